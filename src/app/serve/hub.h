/**
 * @file hub.h
 * @brief Live streams: programs that simulate, one thread that hears them all, viewers that read at their own pace.
 *
 * A stream is a process (`loligo neuron live`, in a cage as the programs of jobs) whose records one thread reads. The
 * last frames are kept, whole and shared; a viewer takes the next that it has not had, or the newest where it is too
 * far behind: slow viewers lose frames, and nobody waits for them. Functions may be called from any thread and do not
 * block.
 */
#ifndef LG_SERVE_HUB_H
#define LG_SERVE_HUB_H

#include "app/serve/job_commands.h"

struct MHD_Connection;
struct MHD_Response;
typedef struct hub hub;

/** Kept frames: a viewer that is farther behind loses what is between. At 60 Hz 8 are 133 ms. */
enum { HUB_RING = 8, HUB_WORD = 4200 };

typedef struct hub_options {
  const char *folder;                       /* the store's; streams have theirs in live/ */
  const char *program;                      /* loligo; NULL: no streams */
  unsigned streams, of_user, viewers;       /* at most; 0: 4, 2, 512 */
  int64_t idle_ms;                          /* a stream that nobody looks at ends after that; 0: 30000 */
  void (*news)(void *user, int64_t stream); /* from the hub's thread: it began, ended, or answered */
  void *user;
} hub_options;

LG_MUST_CHECK lg_status hub_start(lg_ctx *ctx, const hub_options *options, hub **out);
/** @brief End every stream and let every viewer go; what viewers hold stays until hub_destroy(). Accepts NULL. */
void hub_stop(hub *h);
void hub_destroy(lg_ctx *ctx, hub *h);

typedef struct hub_new {
  int64_t user;
  const char *user_name;
  bool shared;       /* others may look */
  const char **word; /* (n_words) the command line behind the program's name */
  size_t n_words;
  const char (*from)[HUB_WORD]; /* (n_inputs) paths of blobs; these names in the folder in/ */
  const char *const *name;
  size_t n_inputs;
} hub_new;

/** @brief Begin a stream. @retval LG_ERR_LIMIT there are too many (the message says whose) */
LG_MUST_CHECK lg_status hub_open(lg_ctx *ctx, hub *h, const hub_new *stream, int64_t *id);

/** Whose eyes: 0 sees and does everything. */
typedef struct hub_eye {
  int64_t user;
  bool steers; /* must be the owner, not only somebody who may look */
} hub_eye;

typedef enum hub_state { HUB_STARTING = 0, HUB_RUNNING, HUB_ENDED } hub_state;

/** @brief State of a stream; LG_ERR_NOT_FOUND: none that this user may see (or steer). */
LG_MUST_CHECK lg_status hub_look(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, hub_state *state);
/** @brief Why a stream ended, in words. */
void hub_why(hub *h, int64_t id, char *why, size_t bytes);
/** @brief Write a stream as an object; `whole`: with its layout and stimuli. */
LG_MUST_CHECK lg_status hub_write(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, bool whole, lg_json *w);
/** @brief Write all that the user may see, newest first, as items of an array. */
void hub_write_all(hub *h, hub_eye eye, lg_json *w);

/** @brief Send a request, an object of JSON without "number", to a stream. @param[out] number by which its answer is
 * found @retval LG_ERR_LIMIT the stream does not listen fast enough, or has ended */
LG_MUST_CHECK lg_status hub_ask(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, struct json_t *request, int64_t *number);
/** @brief The answer, a new reference; NULL: not there yet. */
LG_MUST_CHECK lg_status hub_answer(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, int64_t number,
                                   struct json_t **answer);
LG_MUST_CHECK lg_status hub_end(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye);

/** @brief A response that streams the records to a connection. @retval LG_ERR_LIMIT too many viewers */
LG_MUST_CHECK lg_status hub_view(lg_ctx *ctx, hub *h, int64_t id, hub_eye eye, struct MHD_Connection *connection,
                                 struct MHD_Response **out);

typedef struct hub_counts {
  size_t streams, viewers;
  uint64_t frames, sent, dropped; /* made; given to viewers; lost by slow ones */
} hub_counts;
void hub_count(hub *h, hub_counts *out);

#endif
