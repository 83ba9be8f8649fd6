/* Work out the points that are missing, then merge. */
#define _XOPEN_SOURCE 700
#include "app/sweep/sweep.h"

#include "app/sweep/journal_file.h"
#include "app/sweep/ranks.h"
#include "app/sweep/store.h"
#include "io/ro_crate.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 256, MIN_PIECE = 8, LOOK_MS = 50 };
/* After Ctrl-C what is in hand may come to its end for this long; mpirun kills 1 s after SIGTERM. */
#define GRACE_S 2.0
#define GRACE_RANKS_S 0.7
#define SYNC_S 2.0 /* a failing power supply costs at most what was worked out in this time */

/* A block of LG_SWEEP_BLOCK points of which some are missing. */
typedef struct block {
  size_t number;
  uint64_t missing; /* bit k: point number * LG_SWEEP_BLOCK + k */
} block;

typedef struct sweep {
  lg_ctx *ctx;
  const lg_sweep_plan *plan;
  const lg_sweep_options *options;
  lg_ranks ranks;
  lg_sweep_shape *shape;
  unsigned char *header;
  size_t n_header;
  size_t n_blocks, n_missing; /* of this shard */
  block *blocks;
  lg_journal_out journal;
  /* shared by the workers, under lock */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  size_t piece;   /* points handed out at once */
  block now;      /* what is left of the block that is being handed out */
  bool no_more;   /* no block is left, or the work has to stop */
  size_t n_taken; /* blocks handed out, to all ranks */
  size_t n_done;  /* points of this process */
  unsigned active;
  volatile int give_up; /* the cancel flag of the workers: later than that of the caller */
  lg_status failure;
  char words[1024];
} sweep;

/* ---- what is missing ------------------------------------------------------------------------------------- */

static uint64_t missing_of(const lg_sweep_store *store, size_t first, size_t n) {
  uint64_t mask = 0;
  for (size_t k = 0; k < n; k++)
    if (!lg_sweep_store_has(store, first + k)) mask |= UINT64_C(1) << k;
  return mask;
}

static size_t count_bits(uint64_t mask) {
  size_t n = 0;
  for (; mask; mask &= mask - 1) n++;
  return n;
}

/* Blocks of this shard that are not whole; those of one shard lie apart, so that shards are equally hard. */
static lg_status list_blocks(sweep *s, const lg_sweep_store *store) {
  lg_status status = LG_OK;
  const size_t n = s->plan->n_points, total = (n - 1) / LG_SWEEP_BLOCK + 1, n_shards = s->options->n_shards;
  LG_NEW(s->ctx, s->blocks, total / (n_shards ? n_shards : 1) + 1);
  for (size_t b = s->options->shard; b < total; b += n_shards ? n_shards : 1) {
    const size_t first = b * LG_SWEEP_BLOCK, left = n - first;
    const uint64_t missing = missing_of(store, first, left < LG_SWEEP_BLOCK ? left : LG_SWEEP_BLOCK);
    if (!missing) continue;
    s->blocks[s->n_blocks++] = (block){b, missing};
    s->n_missing += count_bits(missing);
  }
done:
  return status;
}

/* ---- workers --------------------------------------------------------------------------------------------- */

/* Index of the next block that nobody has: from the common counter when there are ranks. */
static bool next_block(sweep *s, size_t *at) {
  long before = (long)s->n_taken;
  if (s->ranks.n > 1 && !lg_ranks_add(1, &before)) return false;
  *at = (size_t)before;
  s->n_taken = *at + 1;
  return true;
}

/* The next points to work out; false when there are none. */
static bool take(sweep *s, size_t *first, size_t *n) {
  size_t at;
  (void)pthread_mutex_lock(&s->lock);
  if (!s->no_more && !s->now.missing) {
    if (!next_block(s, &at)) {
      s->no_more = true;
      s->failure = LG_ERR_IO;
      (void)snprintf(s->words, sizeof s->words, "MPI: the other ranks cannot be reached");
    } else if (at < s->n_blocks) s->now = s->blocks[at];
    else s->no_more = true;
  }
  const bool got = !s->no_more;
  if (got) {
    size_t k = 0;
    while (!(s->now.missing >> k & 1u)) k++;
    *first = s->now.number * LG_SWEEP_BLOCK + k;
    for (*n = 0; *n < s->piece && k < LG_SWEEP_BLOCK && (s->now.missing >> k & 1u); ++*n, ++k)
      s->now.missing &= ~(UINT64_C(1) << k);
  }
  (void)pthread_mutex_unlock(&s->lock);
  return got;
}

/* The first failure is told and ends the work. */
static void stop(sweep *s, lg_status status, const char *words) {
  (void)pthread_mutex_lock(&s->lock);
  if (s->failure == LG_OK) {
    s->failure = status;
    (void)snprintf(s->words, sizeof s->words, "%s", words);
  }
  s->no_more = true;
  (void)pthread_cond_signal(&s->changed);
  (void)pthread_mutex_unlock(&s->lock);
}

static void note_done(sweep *s, size_t n) {
  (void)pthread_mutex_lock(&s->lock);
  s->n_done += n;
  (void)pthread_mutex_unlock(&s->lock);
}

typedef struct scratch {
  lg_sweep_cell *cells;
  float *arrays;
  bool *failed;
  char (*message)[LG_SWEEP_MESSAGE];
  unsigned char *record;
} scratch;

static lg_status allocate(const sweep *s, lg_ctx *ctx, scratch *w) {
  lg_status status = LG_OK;
  size_t n_cells, n_floats;
  if (!lg_mul_size(s->piece, s->plan->n_columns, &n_cells) || !lg_mul_size(s->piece, s->plan->n_array, &n_floats))
    return lg_fail(ctx, LG_ERR_MEMORY, "the rows are too large");
  LG_NEW(ctx, w->cells, n_cells);
  if (n_floats > 0) LG_NEW(ctx, w->arrays, n_floats);
  LG_NEW(ctx, w->failed, s->piece);
  LG_NEW(ctx, w->message, s->piece);
  LG_NEW(ctx, w->record, lg_journal_record_bound(s->plan, s->piece));
done:
  return status;
}

static void release(lg_ctx *ctx, scratch *w) {
  lg_free(ctx, w->cells);
  lg_free(ctx, w->arrays);
  lg_free(ctx, w->failed);
  lg_free(ctx, w->message);
  lg_free(ctx, w->record);
}

static void clear(const sweep *s, scratch *w, size_t n) {
  memset(w->cells, 0, n * s->plan->n_columns * sizeof *w->cells);
  for (size_t k = 0; k < n; k++)
    for (size_t c = 0; c < s->plan->n_columns; c++) {
      lg_sweep_cell *cell = &w->cells[k * s->plan->n_columns + c];
      if (s->plan->columns[c].type == LG_SWEEP_NUMBER) cell->number = (double)NAN;
      if (s->plan->columns[c].type == LG_SWEEP_INTEGER) cell->integer = INT64_MIN;
    }
  for (size_t k = 0; w->arrays && k < n * s->plan->n_array; k++) w->arrays[k] = (float)NAN;
  memset(w->failed, 0, n * sizeof *w->failed);
  memset(w->message, 0, n * sizeof *w->message);
}

static void work(sweep *s, lg_ctx *ctx, scratch *w) {
  size_t first, n;
  while (take(s, &first, &n)) {
    clear(s, w, n);
    const lg_status status = s->plan->run(ctx, s->plan->user, first, n, w->cells, w->arrays, w->failed, w->message);
    if (status != LG_OK) {
      stop(s, status, lg_ctx_message(ctx));
      return;
    }
    const size_t bytes = lg_journal_record_make(s->plan, first, n, w->cells, w->arrays, w->failed,
                                                (const char(*)[LG_SWEEP_MESSAGE])w->message, w->record);
    if (!lg_journal_out_append(&s->journal, w->record, bytes)) {
      stop(s, LG_ERR_IO, "");
      return;
    }
    note_done(s, n);
  }
}

static void *worker_main(void *user) {
  sweep *s = user;
  lg_ctx *ctx = NULL;
  scratch w = {0};
  lg_status status = lg_ctx_create(&ctx);
  if (status == LG_OK) {
    lg_ctx_set_cancel_flag(ctx, &s->give_up);
    status = allocate(s, ctx, &w);
  }
  if (status == LG_OK && w.cells) work(s, ctx, &w);
  else stop(s, status, "no memory for a worker");
  if (ctx) release(ctx, &w);
  lg_ctx_destroy(ctx);
  (void)pthread_mutex_lock(&s->lock);
  s->active--;
  (void)pthread_cond_signal(&s->changed);
  (void)pthread_mutex_unlock(&s->lock);
  return NULL;
}

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Sleep until a worker ends, LOOK_MS at most; returns whether workers are still there. */
static bool wait_a_little(sweep *s, size_t *done) {
  struct timespec until;
  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += LOOK_MS * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_nsec -= 1000000000L;
    until.tv_sec++;
  }
  (void)pthread_mutex_lock(&s->lock);
  if (s->active > 0) (void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
  const bool busy = s->active > 0;
  *done = s->n_done;
  if (s->ranks.n > 1 && s->ranks.rank == 0) { /* what all have taken; the call lets MPI serve the others, too */
    long taken;
    if (lg_ranks_add(0, &taken) && (size_t)taken > s->n_taken) s->n_taken = (size_t)taken;
    const double part = (double)(s->n_taken < s->n_blocks ? s->n_taken : s->n_blocks) / (double)s->n_blocks;
    *done = (size_t)(part * (double)s->n_missing);
  }
  (void)pthread_mutex_unlock(&s->lock);
  return busy;
}

static lg_status show(const sweep *s, size_t done, size_t total) {
  if (s->ranks.rank == 0) return lg_progress(s->ctx, s->shape->what, done, total);
  return lg_cancelled(s->ctx) ? LG_ERR_CANCELLED : LG_OK;
}

/* The calling thread only watches: progress, Ctrl-C, the disk. */
static void watch(sweep *s, size_t before) {
  const double grace = s->ranks.n > 1 ? GRACE_RANKS_S : GRACE_S;
  double synced = now_s(), stopped = 0.0;
  size_t done;
  bool busy;
  const lg_status first = show(s, before, before + s->n_missing);
  if (first != LG_OK) stop(s, first, "");
  do {
    busy = wait_a_little(s, &done);
    const lg_status status = show(s, before + done, before + s->n_missing);
    if (status != LG_OK) stop(s, status, "");
    if (status != LG_OK && stopped == 0.0) stopped = now_s();
    if (stopped > 0.0 && now_s() - stopped > grace) __atomic_store_n(&s->give_up, 1, __ATOMIC_RELAXED);
    if (now_s() - synced < SYNC_S) continue;
    if (!lg_journal_out_sync(&s->journal)) stop(s, LG_ERR_IO, "");
    synced = now_s();
  } while (busy);
}

/* All that is in hand at once is about one block; of few points every worker gets some. */
static size_t piece_of(const sweep *s, unsigned workers) {
  const size_t least = s->plan->together > 0 ? s->plan->together : MIN_PIECE;
  const size_t share = s->n_missing / ((size_t)workers * 2) / least * least;
  size_t piece = LG_SWEEP_BLOCK / workers;
  if (s->plan->together > 0) piece = piece / least * least;
  if (piece > share) piece = share;
  return piece < least ? least : piece;
}

static lg_status run_workers(sweep *s, size_t before) {
  pthread_t threads[MAX_THREADS];
  unsigned wanted = s->options->threads ? s->options->threads : lg_ctx_threads(s->ctx), n = 0;
  if (wanted > MAX_THREADS) wanted = MAX_THREADS;
  s->piece = piece_of(s, wanted);
  (void)pthread_mutex_init(&s->lock, NULL);
  (void)pthread_cond_init(&s->changed, NULL);
  s->active = wanted;
  while (n < wanted && pthread_create(&threads[n], NULL, worker_main, s) == 0) n++;
  (void)pthread_mutex_lock(&s->lock);
  s->active -= wanted - n;
  (void)pthread_mutex_unlock(&s->lock);
  if (n == 0) stop(s, LG_ERR_LIMIT, "no thread could be started");
  watch(s, before);
  for (unsigned k = 0; k < n; k++) (void)pthread_join(threads[k], NULL);
  (void)pthread_cond_destroy(&s->changed);
  (void)pthread_mutex_destroy(&s->lock);
  if (!lg_journal_out_close(&s->journal) && s->failure == LG_OK) s->failure = LG_ERR_IO;
  const size_t saved = before + s->n_done;
  if (s->failure == LG_ERR_CANCELLED)
    return lg_fail(s->ctx, LG_ERR_CANCELLED,
                   "%s: interrupted; %zu of %zu points are saved, the same command goes on from there",
                   s->options->directory, saved, before + s->n_missing);
  if (s->failure == LG_ERR_IO && s->journal.failed)
    return lg_fail(s->ctx, LG_ERR_IO,
                   "%s: could not be written: %s; the %zu points before are saved: make room and give the same command "
                   "again",
                   s->journal.path, s->journal.reason, saved);
  return s->failure == LG_OK ? LG_OK : lg_fail(s->ctx, s->failure, "%s", s->words);
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static lg_status write_crate(sweep *s) {
  const lg_sweep_options *o = s->options;
  lg_crate_file files[4];
  size_t n = 0;
  char name[128];
  if (o->csv)
    files[n++] = (lg_crate_file){"results.csv", "One row per point; lines that begin with # say how it was made."};
  if (o->sqlite) files[n++] = (lg_crate_file){"results.sqlite", "The same rows as a table, and a table provenance."};
  if (o->hdf5) files[n++] = (lg_crate_file){"results.h5", "The same columns, and the arrays of all points."};
  files[n++] = (lg_crate_file){"run.json", "Numbers of points and the provenance of the run."};
  (void)snprintf(name, sizeof name, "Results of a %s", s->plan->name);
  return lg_ro_crate_write(s->ctx, o->directory, name,
                           "Every point was worked out by itself; the rows stand in their order.", o->provenance, files,
                           n);
}

static lg_status write_run(sweep *s, const lg_sweep_report *report) {
  char path[4096], host[65] = "", ranks[32];
  lg_provenance *p = s->options->provenance;
  lg_outfile *file = NULL;
  if (!p) return LG_OK;
  (void)gethostname(host, sizeof host - 1);
  (void)snprintf(ranks, sizeof ranks, "%d", s->ranks.n);
  lg_status status = lg_provenance_add_option(s->ctx, p, "host", host);
  if (status == LG_OK) status = lg_provenance_add_option(s->ctx, p, "ranks", ranks);
  (void)snprintf(path, sizeof path, "%s/run.json", s->options->directory);
  if (status == LG_OK) status = lg_outfile_open(s->ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-sweep-run/1");
  lg_json_key_text(&w, "name", s->plan->name);
  lg_json_key_integer(&w, "n_points", (int64_t)report->n_points);
  lg_json_key_integer(&w, "n_failed", (int64_t)report->n_failed);
  lg_json_key_text(&w, "fingerprint", s->plan->fingerprint);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(p, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  status = lg_outfile_commit(s->ctx, file);
  return status == LG_OK ? write_crate(s) : status;
}

/* Merge when every point of every shard is there. */
static lg_status merge(sweep *s, lg_sweep_report *report) {
  lg_sweep_store *store = NULL;
  lg_status status = lg_sweep_store_open(s->ctx, &s->options->directory, 1, s->shape, &store);
  if (status != LG_OK) return status;
  report->n_done = lg_sweep_store_done(store);
  report->n_failed = lg_sweep_store_failed(store);
  report->complete = report->n_done == report->n_points;
  if (report->complete) status = lg_sweep_write_results(s->ctx, store, s->options->directory);
  lg_sweep_store_close(store);
  return status == LG_OK && report->complete ? write_run(s, report) : status;
}

/* All ranks go on with what rank 0 did, or fail as it did. */
static lg_status agree(sweep *s, lg_status status) {
  if (s->ranks.n == 1) return status;
  int code = (int)status;
  const lg_status sent = lg_ranks_broadcast(s->ctx, &code, sizeof code);
  if (s->ranks.rank == 0 || sent != LG_OK) return status == LG_OK ? sent : status;
  return code == LG_OK ? LG_OK : lg_fail(s->ctx, (lg_status)code, "rank 0 failed; it says why");
}

static lg_status finish(sweep *s, lg_sweep_report *report) {
  lg_status status = lg_ranks_barrier(s->ctx); /* every journal is on the disk */
  if (status != LG_OK) return status;
  if (s->ranks.rank == 0) status = merge(s, report);
  status = agree(s, status);
  return status == LG_OK ? lg_ranks_broadcast(s->ctx, report, sizeof *report) : status;
}

/* What is there and what is missing, by rank 0: other machines may see other states of a network folder. */
static lg_status look(sweep *s, size_t *before) {
  lg_sweep_store *store = NULL;
  lg_status status = lg_sweep_store_open(s->ctx, &s->options->directory, 1, s->shape, &store);
  if (status == LG_OK) status = list_blocks(s, store);
  if (status == LG_OK) *before = lg_sweep_store_done(store);
  lg_sweep_store_close(store);
  return status;
}

static lg_status share_look(sweep *s, size_t *before) {
  lg_status status = LG_OK;
  size_t counts[] = {s->n_blocks, s->n_missing, *before};
  if (s->ranks.n == 1) return LG_OK;
  LG_TRY(lg_ranks_broadcast(s->ctx, counts, sizeof counts));
  s->n_blocks = counts[0];
  s->n_missing = counts[1];
  *before = counts[2];
  if (s->ranks.rank > 0) LG_NEW(s->ctx, s->blocks, s->n_blocks + 1);
  LG_TRY(lg_ranks_broadcast(s->ctx, s->blocks, s->n_blocks * sizeof *s->blocks));
  status = lg_ranks_reset(s->ctx);
done:
  return status;
}

/* Ranks that were started with other files or options would write points that do not belong together. */
static lg_status check_same_plan(sweep *s) {
  char own[65], first[65];
  (void)snprintf(own, sizeof own, "%s", s->shape->fingerprint);
  memcpy(first, own, sizeof first);
  const lg_status status = lg_ranks_broadcast(s->ctx, first, sizeof first);
  if (status != LG_OK || strcmp(first, own) == 0) return status;
  return lg_fail(s->ctx, LG_ERR_ARGUMENT, "rank %d reads other inputs or options than rank 0", s->ranks.rank);
}

static lg_status prepare(sweep *s, size_t *before) {
  lg_status status = LG_OK;
  size_t begin;
  LG_TRY(lg_journal_header_make(s->ctx, s->plan, s->options, &s->header, &s->n_header));
  LG_TRY(lg_journal_header_read(s->ctx, "journal", s->header, s->n_header, &s->shape, &begin));
  LG_TRY(check_same_plan(s));
  LG_TRY(lg_make_directory(s->ctx, s->options->directory));
  if (s->ranks.rank == 0) status = look(s, before);
  LG_TRY(agree(s, status));
  status = share_look(s, before);
done:
  return status;
}

static lg_status run_ranks(sweep *s, lg_sweep_report *report) {
  lg_status status = LG_OK;
  size_t before = 0;
  LG_TRY(prepare(s, &before));
  report->n_resumed = before;
  if ((size_t)s->ranks.rank < s->n_blocks) {
    LG_TRY(lg_journal_out_open(s->ctx, s->options->directory, s->ranks.rank, s->options->shard, s->header, s->n_header,
                               &s->journal));
    LG_TRY(run_workers(s, before));
  }
  status = finish(s, report);
done:
  return status;
}

lg_status lg_sweep_run(lg_ctx *ctx, const lg_sweep_plan *plan, const lg_sweep_options *options,
                       lg_sweep_report *report) {
  sweep s = {.ctx = ctx, .plan = plan, .options = options, .journal = {.fd = -1}};
  *report = (lg_sweep_report){.n_points = plan->n_points};
  if (options->n_shards > 1 && options->shard >= options->n_shards)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "shard %zu of %zu; the last is %zu", options->shard, options->n_shards,
                   options->n_shards - 1);
  lg_status status = lg_ranks_join(ctx, &s.ranks);
  if (status == LG_OK) status = run_ranks(&s, report);
  if (status != LG_OK) lg_ranks_abandon(); /* the others end with us */
  lg_sweep_shape_destroy(ctx, s.shape);
  lg_free(ctx, s.header);
  lg_free(ctx, s.blocks);
  return status;
}

lg_status lg_sweep_each(lg_ctx *ctx, const lg_sweep_plan *plan, const char *directory, lg_sweep_row_fn fn, void *user) {
  lg_status status = LG_OK;
  lg_sweep_store *store = NULL;
  lg_sweep_shape *shape = NULL;
  lg_sweep_cell *cells = NULL;
  float *array = NULL;
  unsigned char *header = NULL;
  size_t n_header, begin;
  char message[LG_SWEEP_MESSAGE];
  bool failed;
  const lg_sweep_options none = {.directory = directory};
  LG_TRY(lg_journal_header_make(ctx, plan, &none, &header, &n_header));
  LG_TRY(lg_journal_header_read(ctx, "journal", header, n_header, &shape, &begin));
  LG_TRY(lg_sweep_store_open(ctx, &directory, 1, shape, &store));
  LG_NEW(ctx, cells, plan->n_columns);
  if (plan->n_array > 0) LG_NEW(ctx, array, plan->n_array);
  for (size_t k = 0; k < plan->n_points; k++) {
    if (!lg_sweep_store_has(store, k)) {
      status = lg_fail(ctx, LG_ERR_NOT_FOUND, "%s: point %zu is not there yet", directory, k);
      goto done;
    }
    lg_sweep_store_row(store, k, cells, array, &failed, message);
    LG_TRY(fn(ctx, user, k, cells, array, failed, message));
  }
done:
  lg_sweep_store_close(store);
  lg_sweep_shape_destroy(ctx, shape);
  lg_free(ctx, header);
  lg_free(ctx, cells);
  lg_free(ctx, array);
  return status;
}

lg_status lg_sweep_merge(lg_ctx *ctx, const char *const *folders, size_t n_folders, const char *out,
                         lg_sweep_report *report) {
  lg_sweep_store *store = NULL;
  *report = (lg_sweep_report){0};
  lg_status status = lg_sweep_store_open(ctx, folders, n_folders, NULL, &store);
  if (status != LG_OK) return status;
  report->n_points = lg_sweep_store_shape(store)->n_points;
  report->n_done = report->n_resumed = lg_sweep_store_done(store);
  report->n_failed = lg_sweep_store_failed(store);
  report->complete = report->n_done == report->n_points;
  if (report->complete && out) status = lg_make_directory(ctx, out);
  if (report->complete && status == LG_OK) status = lg_sweep_write_results(ctx, store, out ? out : folders[0]);
  lg_sweep_store_close(store);
  return status;
}
