/**
 * @file http_connections.h
 * @brief Open connections: how many, of which address, and since when they are at what; those that dawdle are closed.
 */
#ifndef LG_SERVE_HTTP_CONNECTIONS_H
#define LG_SERVE_HTTP_CONNECTIONS_H

#include "base/base.h"

#include <microhttpd.h>

typedef struct connections connections;
typedef struct open_socket open_socket;

/** What a connection does; each has its time. */
typedef enum connection_state {
  CONNECTION_NEW = 0, /* nothing came yet, or not a whole first line: 20 s */
  CONNECTION_IDLE,    /* after an answer: 60 s */
  CONNECTION_HEADERS, /* the first line came: 10 s */
  CONNECTION_BODY,    /* 30 s; an upload: 1 kB/s on average after the first minute */
  CONNECTION_UPLOAD,
  CONNECTION_ANSWER /* as long as the reader takes something every two minutes (libmicrohttpd) */
} connection_state;

LG_MUST_CHECK lg_status connections_create(lg_ctx *ctx, connections **out);
void connections_destroy(lg_ctx *ctx, connections *c);

/** @brief Whether one more may come from there. most_address 0: not counted by address (behind a proxy). */
bool connections_allow(connections *c, const struct sockaddr *from, int64_t most, int64_t most_address);
/** @brief It is open. NULL: no memory (it is not counted then). */
open_socket *connections_open(connections *c, int fd, const struct sockaddr *from);
void connections_close(connections *c, open_socket *one);
void connections_set(connections *c, open_socket *one, connection_state state);
/** @brief Bytes of a body came. */
void connections_feed(connections *c, open_socket *one, size_t bytes);
/** @brief Close those that take too long (ms of a clock that only goes forward); how many. Accepts NULL. */
size_t connections_sweep(connections *c, int64_t now_ms);
/** @brief Ms of that clock. */
int64_t connections_now(void);

/** @brief The address as one name for limits: IPv6 by its network of 64 bits, which belongs to one customer. */
void connections_name(const char *peer, char *out, size_t bytes);

#endif
