/** @file serve.h @brief The server as a whole: what it was told, what it holds, start and stop. */
#ifndef LG_SERVE_SERVE_H
#define LG_SERVE_SERVE_H

#include "app/serve/http.h"
#include "app/serve/store.h"

typedef struct serve_options {
  const char *folder;      /* store, blobs, folders of jobs */
  const char *address;     /* "127.0.0.1" */
  uint16_t port;           /* 0: a free one */
  const char *certificate; /* PEM files; NULL: plain HTTP */
  const char *key;
  bool behind_proxy;       /* TLS ends before us; the last X-Forwarded-For is believed */
  const char *public_url;  /* "https://twin.lab.example": what Origin and Host must be; NULL: the address */
  unsigned threads;        /* of the door; 0: 2 */
  unsigned workers;        /* processes; 0: one a core */
  uint64_t most_upload;    /* bytes; 0: 512 MiB */
  uint64_t quota;          /* bytes of all uploads of a user; 0: 10 GiB */
  const char *program;     /* path of loligo, for the workers; NULL: jobs wait */
  unsigned streams;        /* live ones at once; 0: 4 */
  uint64_t stream_idle_ms; /* a live stream that nobody looks at ends after that; 0: 30 s */
  const struct serve_commands *commands; /* what jobs may be (job_commands.h); NULL: no jobs */
} serve_options;

/** @brief Open the store, listen. @retval LG_ERR_ARGUMENT a public address without TLS or a proxy; LG_ERR_IO: the port
 * is taken */
LG_MUST_CHECK lg_status serve_start(lg_ctx *ctx, const serve_options *options, serve **out);
/** @brief No new connections, those that are open end; accepts NULL. */
void serve_stop(lg_ctx *ctx, serve *server);
uint16_t serve_port(const serve *server);
const char *serve_url(const serve *server); /* "http://127.0.0.1:8080" */
store *serve_store(serve *server);
/** @brief A job has news (0: it is time to look): whoever waits for it is told. From any thread; `server` is the serve.
 */
void http_news(void *server, int64_t job);
const serve_options *serve_get_options(const serve *server);

#endif
