#define _XOPEN_SOURCE 700
#include "twin/culture_amortised_sets.h"

#include "io/safetensors.h"

#include <string.h>
#include <unistd.h>

enum { BLOCK = 200, HEAD = 12 + CULTURE_AM_RANGES };

void lg_culture_am_plan_text(const culture_amortised_plan *p, char *text, size_t bytes) {
  (void)snprintf(text, bytes,
                 "train=%zu held=%zu calibrate=%zu test=%zu epochs=%zu batch=%zu lr=%g noise=%g..%g k=%g..%g "
                 "cells=%g..%g frames=%g..%g seed=%llu",
                 p->train, p->held, p->calibrate, p->test, p->epochs, p->batch, p->lr, p->noise.low, p->noise.high,
                 p->k.low, p->k.high, p->cells.low, p->cells.high, p->frames.low, p->frames.high,
                 (unsigned long long)p->seed);
}

/* What the cultures of a block depend on: not on how many there are, nor on how they are learned from. */
static void population_text(const culture_amortised_plan *p, size_t n, char *text, size_t bytes) {
  (void)snprintf(text, bytes, "n=%zu noise=%g..%g k=%g..%g cells=%g..%g frames=%g..%g seed=%llu", n, p->noise.low,
                 p->noise.high, p->k.low, p->k.high, p->cells.low, p->cells.high, p->frames.low, p->frames.high,
                 (unsigned long long)p->seed);
}

/* ---- one culture as a row of numbers -------------------------------------------------------------- */

static size_t length_of(size_t n, size_t n_inner, size_t n_links, bool compare) {
  return HEAD + CULTURE_AM_WHOLE + n * CULTURE_AM_CELL + n_links * (CULTURE_AM_LINK + 2) +
         n_inner * (compare ? 7u : 4u);
}

static double *put_floats(double *at, const float *x, size_t n) {
  for (size_t k = 0; k < n; k++) at[k] = (double)x[k];
  return at + n;
}
static double *put_indices(double *at, const int32_t *x, size_t n) {
  for (size_t k = 0; k < n; k++) at[k] = (double)x[k];
  return at + n;
}
static double *put(double *at, const double *x, size_t n) {
  memcpy(at, x, n * sizeof *x);
  return at + n;
}

static void pack(const lg_culture_am_set *s, double *at) {
  const lg_culture_features *x = s->x;
  const double head[12] = {(double)x->n,
                           (double)x->n_inner,
                           (double)x->n_links,
                           s->soe_gamma ? 1.0 : 0.0,
                           s->ln_k,
                           x->ln_k,
                           x->sd_k,
                           s->soe_k,
                           s->soe_k_low,
                           s->soe_k_high,
                           s->features_s,
                           s->soe_s};
  at = put(at, head, 12);
  at = put(at, x->in, CULTURE_AM_RANGES);
  at = put_floats(at, x->whole, CULTURE_AM_WHOLE);
  at = put_floats(at, x->cell, x->n * CULTURE_AM_CELL);
  at = put_floats(at, x->link, x->n_links * CULTURE_AM_LINK);
  at = put_indices(at, x->from, x->n_links);
  at = put_indices(at, x->to, x->n_links);
  at = put_indices(at, x->inner, x->n_inner);
  at = put(at, x->gamma, x->n_inner);
  at = put(at, x->sd_gamma, x->n_inner);
  at = put(at, s->gamma, x->n_inner);
  if (s->soe_gamma) (void)put(at, s->soe_gamma, 3 * x->n_inner);
}

static const double *take_floats(const double *at, float *x, size_t n) {
  for (size_t k = 0; k < n; k++) x[k] = (float)at[k];
  return at + n;
}
static bool take_indices(const double **at, int32_t *x, size_t n, size_t below) {
  for (size_t k = 0; k < n; k++) {
    if (!((*at)[k] >= 0.0 && (*at)[k] < (double)below)) return false;
    x[k] = (int32_t)(*at)[k];
  }
  *at += n;
  return true;
}

/* Read a row of at most `room` numbers; *used of them. */
static lg_status unpack(lg_ctx *ctx, const double *row, size_t room, lg_culture_am_set *s, size_t *used) {
  lg_status status = LG_OK;
  const double most = 1e6;
  memset(s, 0, sizeof *s);
  if (room < HEAD ||
      !(row[0] >= 1.0 && row[0] < most && row[1] >= 1.0 && row[1] <= row[0] && row[2] >= 1.0 && row[2] < most))
    return lg_fail(ctx, LG_ERR_FORMAT, "a kept culture is damaged");
  const size_t n = (size_t)row[0], n_inner = (size_t)row[1], n_links = (size_t)row[2];
  const bool compare = row[3] > 0.5;
  *used = length_of(n, n_inner, n_links, compare);
  if (*used > room) return lg_fail(ctx, LG_ERR_FORMAT, "a kept culture is cut off");
  LG_TRY(lg_culture_features_new(ctx, n, n_inner, n_links, &s->x));
  LG_NEW(ctx, s->gamma, n_inner);
  lg_culture_features *x = s->x;
  s->ln_k = row[4], x->ln_k = row[5], x->sd_k = row[6], s->soe_k = row[7], s->soe_k_low = row[8];
  s->soe_k_high = row[9], s->features_s = row[10], s->soe_s = row[11];
  memcpy(x->in, row + 12, sizeof x->in);
  const double *at = take_floats(row + HEAD, x->whole, CULTURE_AM_WHOLE);
  at = take_floats(at, x->cell, n * CULTURE_AM_CELL);
  at = take_floats(at, x->link, n_links * CULTURE_AM_LINK);
  if (!take_indices(&at, x->from, n_links, n) || !take_indices(&at, x->to, n_links, n) ||
      !take_indices(&at, x->inner, n_inner, n))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "a kept culture names a cell that is not there"));
  memcpy(x->gamma, at, n_inner * sizeof *at), at += n_inner;
  memcpy(x->sd_gamma, at, n_inner * sizeof *at), at += n_inner;
  memcpy(s->gamma, at, n_inner * sizeof *at), at += n_inner;
  if (compare) {
    LG_NEW(ctx, s->soe_gamma, 3 * n_inner);
    memcpy(s->soe_gamma, at, 3 * n_inner * sizeof *at);
    s->soe_gamma_low = s->soe_gamma + n_inner, s->soe_gamma_high = s->soe_gamma_low + n_inner;
  }
done:
  if (status != LG_OK) lg_culture_am_set_clear(ctx, s);
  return status;
}

/* ---- a block of them in parallel -------------------------------------------------------------------- */

typedef struct row {
  double *x; /* of the worker's context; NULL: a culture that cannot be read */
  size_t n;
  unsigned worker;
} row;

typedef struct making {
  lg_ctx *ctx, **workers;
  unsigned threads;
  const culture_amortised_plan *plan;
  uint64_t stream;
  size_t first;
  bool compare;
  row *rows;
} making;

static lg_status make_some(void *user, size_t begin, size_t end, unsigned worker) {
  const making *m = user;
  lg_ctx *own = m->workers[worker];
  for (size_t k = begin; k < end; k++) {
    lg_culture_am_set s;
    if (lg_cancelled(m->ctx)) return LG_ERR_CANCELLED;
    lg_status status = lg_culture_am_set_make(own, m->plan, m->stream, m->first + k, m->compare, &s);
    if (status == LG_ERR_RANGE || status == LG_ERR_NUMERICAL) {
      lg_ctx_clear(own);
      continue;
    }
    if (status != LG_OK) return status;
    row *r = &m->rows[k];
    r->worker = worker, r->n = length_of(s.x->n, s.x->n_inner, s.x->n_links, s.soe_gamma != NULL);
    r->x = lg_alloc(own, r->n, sizeof *r->x);
    if (r->x) pack(&s, r->x);
    lg_culture_am_set_clear(own, &s);
    if (!r->x) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static bool path_of(const char *path, uint64_t stream, size_t block, char *out, size_t bytes) {
  const int n = snprintf(out, bytes, "%s.sets-%u-%zu", path, (unsigned)stream, block);
  return n > 0 && (size_t)n < bytes;
}

/* All rows of a block in one vector. */
static lg_status join(lg_ctx *ctx, const row *rows, size_t n, double **out, size_t *length) {
  lg_status status = LG_OK;
  double *x = NULL;
  *length = 0;
  for (size_t k = 0; k < n; k++) *length += rows[k].x ? rows[k].n : 0;
  LG_NEW(ctx, x, *length + 1);
  for (size_t k = 0, at = 0; k < n; k++) {
    if (!rows[k].x) continue;
    memcpy(x + at, rows[k].x, rows[k].n * sizeof *x);
    at += rows[k].n;
  }
  *out = x;
done:
  return status;
}

static lg_status make_block(lg_ctx *ctx, making *m, size_t n, double **out, size_t *length) {
  lg_status status = LG_OK;
  LG_NEW(ctx, m->rows, n);
  status = lg_parallel_for(ctx, n, 1, make_some, m);
  if (status == LG_ERR_CANCELLED) status = lg_fail(ctx, status, "the training was cancelled");
  else if (status != LG_OK) {
    const char *why = "";
    for (unsigned t = 0; t < m->threads && !why[0]; t++) why = lg_ctx_message(m->workers[t]);
    status = lg_fail(ctx, status, "%s", why);
  }
  if (status == LG_OK) status = join(ctx, m->rows, n, out, length);
done:
  for (size_t k = 0; m->rows && k < n; k++)
    if (m->rows[k].x) lg_free(m->workers[m->rows[k].worker], m->rows[k].x);
  lg_free(ctx, m->rows);
  m->rows = NULL;
  return status;
}

static lg_status keep(lg_ctx *ctx, const char *file, const char *population, const double *x, size_t n) {
  const lg_tensor_entry entry = {.name = "sets", .dtype = LG_DTYPE_F64, .rank = 1, .shape = {n}, .data = x};
  const lg_text_pair more[] = {{"schema", "loligo-culture-amortised-sets/1"}, {"population", population}};
  return lg_safetensors_write(ctx, file, &entry, 1, more, 2);
}

/* A block that an earlier run kept; *x NULL: there is none. */
static lg_status recall(lg_ctx *ctx, const char *file, const char *population, double **x, size_t *n) {
  lg_status status = LG_OK;
  lg_safetensors *st = NULL;
  if (access(file, R_OK) != 0) return LG_OK;
  LG_TRY(lg_safetensors_read(ctx, file, &st));
  const char *kept = lg_safetensors_metadata(st, "population");
  const lg_tensor_entry *entry = lg_safetensors_find(st, "sets");
  if (!kept || strcmp(kept, population) != 0 || !entry || entry->dtype != LG_DTYPE_F64 || entry->rank != 1)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "%s holds cultures of another plan; remove it", file));
  *n = entry->shape[0];
  LG_NEW(ctx, *x, *n + 1);
  memcpy(*x, entry->data, *n * sizeof **x);
done:
  lg_safetensors_destroy(ctx, st);
  return status;
}

static lg_status one_block(lg_ctx *ctx, making *m, size_t n, const char *path, lg_culture_am_set *sets, size_t *count) {
  lg_status status = LG_OK;
  char file[4200], population[300];
  double *x = NULL;
  size_t length = 0;
  population_text(m->plan, n, population, sizeof population);
  if (path && !path_of(path, m->stream, m->first / BLOCK, file, sizeof file))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the network is too long");
  if (path) LG_TRY(recall(ctx, file, population, &x, &length));
  if (!x) {
    LG_TRY(make_block(ctx, m, n, &x, &length));
    if (path) LG_TRY(keep(ctx, file, population, x, length));
  }
  for (size_t at = 0, used = 0; at < length; at += used, (*count)++)
    LG_TRY(unpack(ctx, x + at, length - at, &sets[*count], &used));
done:
  lg_free(ctx, x);
  return status;
}

void lg_culture_am_sets_destroy(lg_ctx *ctx, lg_culture_am_set *sets, size_t count) {
  for (size_t k = 0; sets && k < count; k++) lg_culture_am_set_clear(ctx, &sets[k]);
  lg_free(ctx, sets);
}

lg_status lg_culture_am_sets_make(lg_ctx *ctx, const culture_amortised_plan *plan, uint64_t stream, size_t n,
                                  bool compare, const char *path, lg_culture_am_set **out, size_t *count) {
  lg_status status = LG_OK;
  making m = {.ctx = ctx, .threads = lg_ctx_threads(ctx), .plan = plan, .stream = stream, .compare = compare};
  lg_culture_am_set *sets = NULL;
  *out = NULL, *count = 0;
  LG_NEW(ctx, sets, n ? n : 1);
  LG_NEW(ctx, m.workers, m.threads);
  for (unsigned t = 0; t < m.threads; t++) LG_TRY(lg_ctx_create(&m.workers[t]));
  for (m.first = 0; m.first < n; m.first += BLOCK) {
    LG_TRY(one_block(ctx, &m, n - m.first < BLOCK ? n - m.first : BLOCK, path, sets, count));
    LG_TRY(lg_progress(ctx, "cultures", m.first + BLOCK < n ? m.first + BLOCK : n, n));
  }
  *out = sets;
  sets = NULL;
done:
  for (unsigned t = 0; m.workers && t < m.threads; t++) lg_ctx_destroy(m.workers[t]);
  lg_free(ctx, m.workers);
  if (sets) lg_culture_am_sets_destroy(ctx, sets, *count);
  return status;
}

void lg_culture_am_sets_forget(uint64_t stream, size_t n, const char *path) {
  char file[4200];
  for (size_t b = 0; b * BLOCK < n; b++)
    if (path_of(path, stream, b, file, sizeof file)) (void)unlink(file);
}
