/* A queue and two threads. A piece of work belongs to its call and to the queue; the later of them frees it. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_aside.h"

#include "app/serve/http_internal.h"

#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, MOST_WAITING = 128, WAIT_MS = 60000, MESSAGE = 512 };

typedef enum state { QUEUED, RUNNING, ENDED } state;

typedef struct aside {
  struct aside *next;
  aside_fn fn;
  int64_t id; /* negative: no job has it */
  state at;
  bool abandoned; /* the call is gone */
  lg_status status;
  char message[MESSAGE];
  asides *all;
  size_t bytes;
  _Alignas(max_align_t) unsigned char work[];
} aside;

struct asides {
  serve *server;
  pthread_mutex_t lock;
  pthread_cond_t news;
  pthread_t thread[THREADS];
  lg_ctx *ctx[THREADS];
  size_t n_threads, n_waiting;
  aside *first, **last;
  int64_t next_id;
  bool stop;
};

static void drop(aside *a) {
  sodium_memzero(a->work, a->bytes); /* passwords */
  free(a);
}

/* The call ends: what runs is left to its thread. */
static void abandon(lg_ctx *ctx, void *own) {
  (void)ctx;
  aside *a = own;
  asides *all = a->all;
  (void)pthread_mutex_lock(&all->lock);
  const bool mine = a->at == ENDED;
  a->abandoned = true;
  (void)pthread_mutex_unlock(&all->lock);
  if (mine) drop(a);
}

static aside *take(asides *all) {
  (void)pthread_mutex_lock(&all->lock);
  while (!all->first && !all->stop) (void)pthread_cond_wait(&all->news, &all->lock);
  aside *a = all->stop ? NULL : all->first;
  if (a) {
    all->first = a->next;
    if (!all->first) all->last = &all->first;
    all->n_waiting--;
    a->at = RUNNING;
  }
  (void)pthread_mutex_unlock(&all->lock);
  return a;
}

static void end(asides *all, aside *a) {
  (void)pthread_mutex_lock(&all->lock);
  const int64_t id = a->id;
  const bool mine = a->abandoned;
  a->at = ENDED;
  (void)pthread_mutex_unlock(&all->lock);
  if (mine) drop(a);
  else http_news(all->server, id);
}

typedef struct thread_start {
  asides *all;
  lg_ctx *ctx;
} thread_start;

static void *work_on(void *arg) {
  const thread_start start = *(thread_start *)arg;
  free(arg);
  for (aside *a; (a = take(start.all));) {
    a->status = a->fn(start.ctx, start.all->server, a->work);
    if (a->status != LG_OK) (void)snprintf(a->message, sizeof a->message, "%s", lg_ctx_message(start.ctx));
    end(start.all, a);
  }
  return NULL;
}

/* After the connection was suspended: whoever ends it wakes it for certain. */
static void put(asides *all, aside *a) {
  (void)pthread_mutex_lock(&all->lock);
  *all->last = a;
  all->last = &a->next;
  (void)pthread_cond_signal(&all->news);
  (void)pthread_mutex_unlock(&all->lock);
}

static bool has_room(asides *all, int64_t *id) {
  (void)pthread_mutex_lock(&all->lock);
  const bool room = !all->stop && all->n_waiting < MOST_WAITING;
  if (room) all->n_waiting++, *id = --all->next_id;
  (void)pthread_mutex_unlock(&all->lock);
  return room;
}

static lg_status busy(lg_ctx *ctx, http_call *call) {
  http_set_header(call, "Retry-After", "2");
  return http_error(ctx, call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "Try again in a few seconds.",
                    "too much is being done at once");
}

static lg_status begin(lg_ctx *ctx, http_call *call, aside_fn fn, const void *work, size_t bytes) {
  asides *all = call->server->asides;
  int64_t id;
  aside *a = malloc(sizeof *a + bytes);
  if (!a) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for what is to be done");
  if (!has_room(all, &id)) {
    free(a);
    return busy(ctx, call);
  }
  *a = (aside){.fn = fn, .id = id, .all = all, .bytes = bytes};
  memcpy(a->work, work, bytes);
  http_keep(call, a, abandon);
  if (http_wait(call, id, store_now() + WAIT_MS)) {
    put(all, a);
    return LG_OK;
  }
  a->at = ENDED; /* the server is ending: the call's end frees it */
  (void)pthread_mutex_lock(&all->lock);
  all->n_waiting--;
  (void)pthread_mutex_unlock(&all->lock);
  return busy(ctx, call);
}

lg_status http_aside(lg_ctx *ctx, http_call *call, aside_fn fn, const void *work, size_t bytes, void **out) {
  asides *all = call->server->asides;
  aside *a = http_kept(call);
  *out = NULL;
  if (!a) return begin(ctx, call, fn, work, bytes);
  (void)pthread_mutex_lock(&all->lock);
  const bool ended = a->at == ENDED;
  (void)pthread_mutex_unlock(&all->lock);
  if (!ended) return http_wait(call, a->id, store_now() + WAIT_MS) ? LG_OK : busy(ctx, call);
  *out = a->work;
  return a->status == LG_OK ? LG_OK : lg_fail(ctx, a->status, "%s", a->message);
}

lg_status asides_start(lg_ctx *ctx, serve *server, asides **out) {
  asides *all = lg_alloc(ctx, 1, sizeof *all);
  if (!all) return LG_ERR_MEMORY;
  *out = all;
  all->server = server;
  all->last = &all->first;
  (void)pthread_mutex_init(&all->lock, NULL);
  (void)pthread_cond_init(&all->news, NULL);
  for (size_t k = 0; k < THREADS; k++) {
    thread_start *start = malloc(sizeof *start);
    if (!start || lg_ctx_create(&all->ctx[k]) != LG_OK) {
      free(start);
      return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a thread");
    }
    *start = (thread_start){all, all->ctx[k]};
    if (pthread_create(&all->thread[k], NULL, work_on, start) != 0) {
      free(start);
      return lg_fail(ctx, LG_ERR_LIMIT, "no thread could be started");
    }
    all->n_threads++;
  }
  return LG_OK;
}

void asides_stop(asides *all) {
  if (!all) return;
  (void)pthread_mutex_lock(&all->lock);
  all->stop = true;
  (void)pthread_cond_broadcast(&all->news);
  (void)pthread_mutex_unlock(&all->lock);
  for (size_t k = 0; k < all->n_threads; k++) (void)pthread_join(all->thread[k], NULL);
  all->n_threads = 0;
  (void)pthread_mutex_lock(&all->lock); /* nobody does them any more: their calls free them, or did without */
  for (aside *a = all->first, *next; a; a = next) {
    next = a->next;
    a->at = ENDED;
    a->status = LG_ERR_CANCELLED;
    if (a->abandoned) drop(a);
  }
  all->first = NULL;
  (void)pthread_mutex_unlock(&all->lock);
}

void asides_free(lg_ctx *ctx, asides *all) {
  if (!all) return;
  for (size_t k = 0; k < THREADS; k++) lg_ctx_destroy(all->ctx[k]);
  (void)pthread_cond_destroy(&all->news);
  (void)pthread_mutex_destroy(&all->lock);
  lg_free(ctx, all);
}
