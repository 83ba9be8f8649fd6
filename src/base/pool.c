#define _POSIX_C_SOURCE 200809L
/* A pool of passive workers. Spinning is avoided on purpose: on a busy two-core machine it cost 40×. */
#include "base/ctx_internal.h"

#include <pthread.h>
#include <string.h>

typedef struct job {
  lg_range_fn fn;
  void *user;
  size_t n, chunk, chunks;
  size_t next;         /* next chunk to hand out */
  size_t failed_chunk; /* lowest failing chunk */
  lg_status status;
} job;

struct lg_pool {
  unsigned threads; /* the calling thread included */
  pthread_t *handles;
  struct worker *workers;
  pthread_mutex_t lock;
  pthread_cond_t wake, idle;
  unsigned long generation;
  unsigned busy;
  bool stop;
  job job;
};

typedef struct worker {
  lg_pool *pool;
  unsigned index;
} worker;

static void work(lg_pool *pool, unsigned index) {
  job *j = &pool->job;
  for (;;) {
    (void)pthread_mutex_lock(&pool->lock);
    const size_t c = j->next;
    const bool more = c < j->chunks && j->status == LG_OK;
    if (more) j->next = c + 1;
    (void)pthread_mutex_unlock(&pool->lock);
    if (!more) return;
    const size_t begin = c * j->chunk;
    const size_t end = begin + j->chunk < j->n ? begin + j->chunk : j->n;
    const lg_status status = j->fn(j->user, begin, end, index);
    if (status == LG_OK) continue;
    (void)pthread_mutex_lock(&pool->lock);
    if (j->status == LG_OK || c < j->failed_chunk) {
      j->status = status;
      j->failed_chunk = c;
    }
    (void)pthread_mutex_unlock(&pool->lock);
  }
}

static void *worker_main(void *arg) {
  const worker *self = arg;
  lg_pool *pool = self->pool;
  unsigned long seen = 0;
  (void)pthread_mutex_lock(&pool->lock);
  if (--pool->busy == 0) (void)pthread_cond_signal(&pool->idle);
  for (;;) {
    while (!pool->stop && pool->generation == seen) (void)pthread_cond_wait(&pool->wake, &pool->lock);
    if (pool->stop) break;
    seen = pool->generation;
    (void)pthread_mutex_unlock(&pool->lock);
    work(pool, self->index);
    (void)pthread_mutex_lock(&pool->lock);
    if (--pool->busy == 0) (void)pthread_cond_signal(&pool->idle);
  }
  (void)pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* A thread that is still coming up may hold a lock of the allocator, which a process forked just then would never get
 * (glibc minds its own, the sanitizers' allocator does not). So a pool is there when all its workers wait. */
static void wait_until_up(lg_pool *pool) {
  (void)pthread_mutex_lock(&pool->lock);
  while (pool->busy > 0) (void)pthread_cond_wait(&pool->idle, &pool->lock);
  (void)pthread_mutex_unlock(&pool->lock);
}

static bool start_worker(lg_pool *pool, unsigned t) {
  pool->workers[t] = (worker){pool, t};
  (void)pthread_mutex_lock(&pool->lock);
  pool->busy++;
  const bool started = pthread_create(&pool->handles[t], NULL, worker_main, &pool->workers[t]) == 0;
  if (!started) pool->busy--;
  (void)pthread_mutex_unlock(&pool->lock);
  return started;
}

lg_status lg_pool_create(lg_ctx *ctx, unsigned threads, lg_pool **out) {
  lg_status status = LG_OK;
  lg_pool *pool = lg_alloc(ctx, 1, sizeof *pool);
  *out = NULL;
  if (!pool) return LG_ERR_MEMORY;
  pool->threads = 1;
  (void)pthread_mutex_init(&pool->lock, NULL);
  (void)pthread_cond_init(&pool->wake, NULL);
  (void)pthread_cond_init(&pool->idle, NULL);
  LG_NEW(ctx, pool->handles, threads);
  LG_NEW(ctx, pool->workers, threads);
  for (unsigned t = 1; t < threads; t++) {
    if (!start_worker(pool, t)) {
      status = lg_fail(ctx, LG_ERR_MEMORY, "only %u of %u threads could be started", t, threads);
      *out = pool;
      return status;
    }
    pool->threads = t + 1;
  }
  wait_until_up(pool);
  *out = pool;
  return LG_OK;
done:
  lg_pool_destroy(ctx, pool);
  return status;
}

void lg_pool_destroy(lg_ctx *ctx, lg_pool *pool) {
  if (!pool) return;
  (void)pthread_mutex_lock(&pool->lock);
  pool->stop = true;
  (void)pthread_cond_broadcast(&pool->wake);
  (void)pthread_mutex_unlock(&pool->lock);
  for (unsigned t = 1; t < pool->threads; t++) (void)pthread_join(pool->handles[t], NULL);
  (void)pthread_cond_destroy(&pool->idle);
  (void)pthread_cond_destroy(&pool->wake);
  (void)pthread_mutex_destroy(&pool->lock);
  lg_free(ctx, pool->handles);
  lg_free(ctx, pool->workers);
  lg_free(ctx, pool);
}

unsigned lg_pool_threads(const lg_pool *pool) { return pool->threads; }

lg_status lg_parallel_for(lg_ctx *ctx, size_t n, size_t chunk, lg_range_fn fn, void *user) {
  if (n == 0) return LG_OK;
  if (chunk == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "chunk = 0; at least 1 item per chunk");
  lg_pool *pool = ctx->pool;
  if (!pool || n <= chunk) {
    for (size_t begin = 0; begin < n; begin += chunk) {
      const lg_status status = fn(user, begin, n - begin < chunk ? n : begin + chunk, 0);
      if (status != LG_OK) return status;
    }
    return LG_OK;
  }
  (void)pthread_mutex_lock(&pool->lock);
  pool->job = (job){.fn = fn, .user = user, .n = n, .chunk = chunk, .chunks = (n - 1) / chunk + 1};
  pool->busy = pool->threads - 1;
  pool->generation++;
  (void)pthread_cond_broadcast(&pool->wake);
  (void)pthread_mutex_unlock(&pool->lock);
  work(pool, 0);
  (void)pthread_mutex_lock(&pool->lock);
  while (pool->busy > 0) (void)pthread_cond_wait(&pool->idle, &pool->lock);
  const lg_status status = pool->job.status;
  (void)pthread_mutex_unlock(&pool->lock);
  return status;
}
