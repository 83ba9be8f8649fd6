#define _XOPEN_SOURCE 700
#include "app/serve/http_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOTS = 4096, SLOWEST_UPLOAD = 1000, FREE_UPLOAD_MS = 60000 };

static const int64_t most_ms[] = {
    [CONNECTION_NEW] = 20000, [CONNECTION_IDLE] = 60000, [CONNECTION_HEADERS] = 10000, [CONNECTION_BODY] = 30000};

/* The network part of an address; equal ones are one neighbour. */
typedef struct network {
  unsigned char bytes[9]; /* its kind, then four or eight bytes */
} network;

typedef struct count {
  network from;
  int64_t n;
  struct count *next;
} count;

struct open_socket {
  int fd;
  connection_state state;
  int64_t since;
  uint64_t bytes; /* of the body */
  network from;
  open_socket *next, **back;
};

struct connections {
  pthread_mutex_t lock;
  open_socket *first;
  int64_t n;
  count *slot[SLOTS];
};

int64_t connections_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

lg_status connections_create(lg_ctx *ctx, connections **out) {
  *out = lg_alloc(ctx, 1, sizeof **out);
  if (!*out) return LG_ERR_MEMORY;
  (void)pthread_mutex_init(&(*out)->lock, NULL);
  return LG_OK;
}

void connections_destroy(lg_ctx *ctx, connections *c) {
  if (!c) return;
  while (c->first) connections_close(c, c->first);
  (void)pthread_mutex_destroy(&c->lock);
  lg_free(ctx, c);
}

static network network_of(const struct sockaddr *from) {
  network out = {{0}};
  if (from && from->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, from, sizeof in);
    out.bytes[0] = 4;
    memcpy(out.bytes + 1, &in.sin_addr, 4);
  } else if (from && from->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy(&in6, from, sizeof in6);
    out.bytes[0] = 6;
    memcpy(out.bytes + 1, &in6.sin6_addr, 8);
  }
  return out;
}

void connections_name(const char *peer, char *out, size_t bytes) {
  struct in6_addr six;
  if (inet_pton(AF_INET6, peer, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) {
    (void)snprintf(out, bytes, "%s", peer);
    return;
  }
  memset((unsigned char *)&six + 8, 0, 8);
  if (!inet_ntop(AF_INET6, &six, out, (socklen_t)bytes)) (void)snprintf(out, bytes, "%s", peer);
}

static count **slot_of(connections *c, const network *from) {
  size_t h = 2166136261u;
  for (size_t k = 0; k < sizeof from->bytes; k++) h = (h ^ from->bytes[k]) * 16777619u;
  count **at = &c->slot[h % SLOTS];
  while (*at && memcmp(&(*at)->from, from, sizeof *from) != 0) at = &(*at)->next;
  return at;
}

bool connections_allow(connections *c, const struct sockaddr *from, int64_t most, int64_t most_address) {
  const network net = network_of(from);
  (void)pthread_mutex_lock(&c->lock);
  const count *mine = *slot_of(c, &net);
  const bool good = c->n < most && (most_address == 0 || !mine || mine->n < most_address);
  (void)pthread_mutex_unlock(&c->lock);
  return good;
}

open_socket *connections_open(connections *c, int fd, const struct sockaddr *from) {
  open_socket *one = calloc(1, sizeof *one);
  if (!one) return NULL;
  *one = (open_socket){.fd = fd, .since = connections_now(), .from = network_of(from)};
  (void)pthread_mutex_lock(&c->lock);
  count **at = slot_of(c, &one->from);
  if (!*at && (*at = calloc(1, sizeof **at))) (*at)->from = one->from;
  if (*at) (*at)->n++;
  c->n++;
  one->next = c->first;
  one->back = &c->first;
  if (one->next) one->next->back = &one->next;
  c->first = one;
  (void)pthread_mutex_unlock(&c->lock);
  return one;
}

void connections_close(connections *c, open_socket *one) {
  if (!one) return;
  (void)pthread_mutex_lock(&c->lock);
  count **at = slot_of(c, &one->from), *empty = NULL;
  if (*at && --(*at)->n == 0) {
    empty = *at;
    *at = empty->next;
  }
  c->n--;
  *one->back = one->next;
  if (one->next) one->next->back = one->back;
  (void)pthread_mutex_unlock(&c->lock);
  free(empty);
  free(one);
}

void connections_set(connections *c, open_socket *one, connection_state state) {
  if (!one) return;
  const int64_t now = connections_now();
  (void)pthread_mutex_lock(&c->lock);
  if (one->state != state) one->since = now, one->bytes = 0;
  one->state = state;
  (void)pthread_mutex_unlock(&c->lock);
}

void connections_feed(connections *c, open_socket *one, size_t bytes) {
  if (!one) return;
  (void)pthread_mutex_lock(&c->lock);
  one->bytes += bytes;
  (void)pthread_mutex_unlock(&c->lock);
}

static bool dawdles(const open_socket *one, int64_t now) {
  const int64_t took = now - one->since;
  if (one->state == CONNECTION_ANSWER) return false;
  if (one->state == CONNECTION_UPLOAD)
    return took > FREE_UPLOAD_MS && (int64_t)one->bytes < took / 1000 * SLOWEST_UPLOAD;
  return took > most_ms[one->state];
}

/* The socket is shut, not closed: libmicrohttpd sees its end and closes it, and says so before it does. */
size_t connections_sweep(connections *c, int64_t now_ms) {
  size_t n = 0;
  if (!c) return 0;
  (void)pthread_mutex_lock(&c->lock);
  for (open_socket *one = c->first; one; one = one->next)
    if (dawdles(one, now_ms)) n += shutdown(one->fd, SHUT_RDWR) == 0;
  (void)pthread_mutex_unlock(&c->lock);
  return n;
}
