/* Constants of a dendrite with ER from measured calcium waves. */
#include "twin/calcium_fit.h"

#include "base/elementary.h"
#include "twin/calcium_fit_internal.h"
#include "twin/calcium_knob.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One "NAME[=LOW:HIGH]"; returns where it ends. */
static lg_status read_unknown(lg_ctx *ctx, const calcium_case *c, const char *text, size_t length,
                              calcium_fit_unknown *u) {
  char word[96], *end;
  if (length == 0 || length >= sizeof word)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "\"%.40s\": NAME or NAME=LOW:HIGH expected", text);
  memcpy(word, text, length);
  word[length] = '\0';
  char *equals = strchr(word, '=');
  if (equals) *equals = '\0';
  memset(u, 0, sizeof *u);
  if (strlen(word) >= sizeof u->name) return lg_fail(ctx, LG_ERR_NOT_FOUND, "no constant \"%s\"", word);
  memcpy(u->name, word, strlen(word) + 1);
  if (lg_calcium_fit_is_time(u)) {
    u->low = -0.05;
    u->high = 0.05;
  } else {
    const lg_status status = lg_calcium_knob_get(ctx, c, u->name, &u->start);
    if (status != LG_OK) return status;
    if (!(u->start > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g in the case; a fit on logarithms begins above 0", u->name, u->start);
    u->low = 0.1 * u->start;
    u->high = 10.0 * u->start;
  }
  if (equals) {
    u->low = strtod(equals + 1, &end);
    if (end == equals + 1 || *end != ':') return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: bounds are LOW:HIGH", u->name);
    const char *second = end + 1;
    u->high = strtod(second, &end);
    if (end == second || *end) return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: bounds are LOW:HIGH", u->name);
  }
  if (!(u->low < u->high && u->start >= u->low && u->start <= u->high && (lg_calcium_fit_is_time(u) || u->low > 0.0)))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: bounds %g to %g; they must hold the case's value, %g%s", u->name, u->low,
                   u->high, u->start, lg_calcium_fit_is_time(u) ? "" : ", and be above 0");
  return LG_OK;
}

lg_status lg_calcium_fit_unknowns(lg_ctx *ctx, const calcium_case *c, const char *text,
                                  calcium_fit_unknown unknowns[CALCIUM_FIT_MOST], size_t *n) {
  *n = 0;
  for (const char *at = text;; at++) {
    const size_t length = strcspn(at, ",");
    if (*n == CALCIUM_FIT_MOST) return lg_fail(ctx, LG_ERR_LIMIT, "at most %d constants are fitted", CALCIUM_FIT_MOST);
    const lg_status status = read_unknown(ctx, c, at, length, &unknowns[*n]);
    if (status != LG_OK) return status;
    for (size_t k = 0; k < *n; k++)
      if (strcmp(unknowns[k].name, unknowns[*n].name) == 0)
        return lg_fail(ctx, LG_ERR_ARGUMENT, "%s is named twice", unknowns[k].name);
    ++*n;
    at += length;
    if (*at == '\0') return LG_OK;
  }
}

/* ---- starts ------------------------------------------------------------------------------------------ */

/* Start k: the case's own values, then random ones within a factor of 2 of them. */
static void start_at(const fit_desk *d, size_t k, double *x) {
  lg_rng rng = lg_rng_make(d->o->seed, 0xca1b, k);
  for (size_t u = 0; u < d->n; u++) {
    const calcium_fit_unknown *it = &d->unknowns[u];
    const double reach = lg_calcium_fit_is_time(it) ? 5.0 : 0.6931471805599453;
    x[u] = lg_calcium_fit_coordinate(it, it->start) + (k > 0 ? reach * (2.0 * lg_rng_uniform(&rng) - 1.0) : 0.0);
    x[u] = fmin(fmax(x[u], d->lm.low[u]), d->lm.high[u]);
  }
}

typedef struct scan {
  fit_desk *d;
  double *cost;      /* (n) */
  double *residuals; /* (threads, m) */
} scan;

static lg_status scan_work(void *user, size_t begin, size_t end, unsigned worker) {
  scan *s = user;
  double x[CALCIUM_FIT_MOST], *r = s->residuals + worker * s->d->m;
  for (size_t k = begin; k < end; k++) {
    start_at(s->d, k, x);
    s->cost[k] = (double)INFINITY;
    if (!lg_calcium_fit_evaluate(s->d, &s->d->jobs[worker], x, r, NULL)) continue;
    s->cost[k] = 0.0;
    for (size_t q = 0; q < s->d->m; q++) s->cost[k] += 0.5 * r[q] * r[q];
  }
  return LG_OK;
}

/* Descend from the best of four times as many points as starts; the case's own values are always among the starts. */
static lg_status search(lg_ctx *ctx, fit_desk *d, calcium_fit *f, calcium_fit_words *say, void *user) {
  lg_status status = LG_OK;
  const size_t n_points = d->o->starts > 1 ? 4 * d->o->starts : 1;
  scan s = {.d = d};
  double ends[64] = {0};
  char words[160];
  lg_lm best = {0};
  best.cost = (double)INFINITY;
  LG_NEW(ctx, s.cost, n_points);
  LG_NEW(ctx, s.residuals, lg_ctx_threads(ctx) * d->m);
  LG_TRY(lg_parallel_for(ctx, n_points, 1, scan_work, &s));
  f->start_chi2 = 2.0 * s.cost[0] / (double)d->m;
  for (size_t k = 0; k < d->o->starts; k++) {
    size_t at = 0;
    for (size_t q = 0; k > 0 && q < n_points; q++)
      if (s.cost[q] < s.cost[at]) at = q;
    if (k == 0 && !isfinite(s.cost[0])) continue; /* no wave from the case's own values */
    if (!isfinite(s.cost[at])) break;
    start_at(d, at, d->lm.x);
    s.cost[at] = (double)INFINITY;
    if (lg_cancelled(ctx)) {
      status = LG_ERR_CANCELLED;
      goto done;
    }
    if (!lg_lm_descend(&d->lm, d->o->iterations, 1e-3)) continue;
    ends[f->starts_tried++] = d->lm.cost;
    (void)snprintf(words, sizeof words, "start %zu: chi2 per residual %.4g", k + 1, 2.0 * d->lm.cost / (double)d->m);
    if (say) say(user, words);
    if (d->lm.cost < best.cost) best = d->lm;
    const size_t tried = f->starts_tried;
    /* two that end in the same place, as good as noise allows, are enough */
    if (tried > 1 && 2.0 * best.cost / (double)d->m < 1.5 && fabs(ends[tried - 2] - ends[tried - 1]) < 0.5) break;
  }
  if (!isfinite(best.cost)) {
    status = lg_fail(ctx, LG_ERR_NUMERICAL,
                     "none of %zu starts makes a wave at every place where one was measured; bounds or the case's "
                     "stimulus (j0) may be too small",
                     n_points);
    goto done;
  }
  d->lm = best;
  for (size_t k = 0; k < f->starts_tried; k++) f->starts_best += ends[k] <= 1.01 * best.cost + 0.5;
done:
  lg_free(ctx, s.cost);
  lg_free(ctx, s.residuals);
  return status;
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static void prepare(fit_desk *d) {
  const calcium_wave *w = d->wave;
  double latest_up = 0.0;
  for (size_t k = 0; k < w->n_traces; k++) {
    const calcium_trace *t = &w->traces[k];
    if (!isnan(t->up_s)) latest_up = fmax(latest_up, t->up_s);
    if (!isnan(t->down_s)) d->end_s = fmax(d->end_s, t->down_s);
  }
  d->noise = d->o->noise > 0.0 ? d->o->noise : fmax(w->noise, 1e-3 * w->rise);
  d->time_error_s = d->o->time_error_s > 0.0 ? d->o->time_error_s : 1e-4;
  d->peak_error = d->o->peak_error > 0.0 ? d->o->peak_error : 0.02;
  /* slower waves than the measured one must still arrive */
  d->end_s = fmax(d->end_s, w->last_s) + fmax(0.005, 0.6 * latest_up);
  d->sample_s = fmax(2e-5, d->end_s / 20000.0);
}

static lg_status look(fit_desk *d, calcium_fit *f, double *residuals) {
  const fit_look it = {f->shift_s, f->shift_error_s, f->fitted, f->arrivals};
  return lg_calcium_fit_evaluate(d, &d->jobs[0], d->lm.x, residuals, &it) ? LG_OK : LG_ERR_NUMERICAL;
}

static lg_status run_desk(lg_ctx *ctx, fit_desk *d, calcium_fit *f, calcium_fit_words *say, void *user) {
  lg_status status = LG_OK;
  LG_TRY(search(ctx, d, f, say, user));
  lg_calcium_fit_judge(d, f, d->o->profiles);
  f->noise = d->noise * f->scale;
  LG_TRY(look(d, f, d->columns));
  if (d->o->coverage > 0) {
    if (say) say(user, "fitting simulated waves");
    LG_TRY(lg_calcium_fit_cover(ctx, d, f));
  }
done:
  return status;
}

lg_status lg_calcium_fit_run(lg_ctx *ctx, const calcium_wave *wave, const calcium_fit_unknown *unknowns, size_t n,
                             const calcium_fit_options *o, calcium_fit_words *say, void *user, calcium_fit **out) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  calcium_fit *f = NULL;
  fit_desk d = {.o = o, .wave = wave, .unknowns = unknowns, .n = n, .ctx = ctx};
  *out = NULL;
  if (o->starts < 1 || o->starts > 64) return lg_fail(ctx, LG_ERR_RANGE, "%zu starts; allowed is 1 to 64", o->starts);
  if (lg_calcium_fit_residuals(wave) < n)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu numbers were measured for %zu constants", lg_calcium_fit_residuals(wave), n);
  prepare(&d);
  LG_NEW(ctx, f, 1);
  LG_NEW(ctx, f->shift_s, wave->n_traces);
  LG_NEW(ctx, f->shift_error_s, wave->n_traces);
  LG_NEW(ctx, f->arrivals, 3 * wave->n_traces);
  LG_NEW(ctx, f->fitted, wave->n_samples + 1);
  LG_NEW(ctx, d.jobs, threads);
  for (unsigned k = 0; k < threads; k++) {
    status = lg_calcium_fit_job_create(&d.jobs[k], &d);
    if (status != LG_OK) {
      status = lg_fail(ctx, status, "%s", d.jobs[k].ctx ? lg_ctx_message(d.jobs[k].ctx) : "no memory");
      goto done;
    }
  }
  LG_TRY(lg_calcium_fit_desk_open(ctx, &d));
  f->o = *o;
  f->n = n;
  f->wave = wave;
  memcpy(f->unknowns, unknowns, n * sizeof *unknowns);
  LG_TRY(run_desk(ctx, &d, f, say, user));
  for (unsigned k = 0; k < threads; k++) f->runs += d.jobs[k].runs;
  *out = f;
  f = NULL;
done:
  for (unsigned k = 0; k < threads && d.jobs; k++) lg_calcium_fit_job_clear(&d.jobs[k]);
  lg_free(ctx, d.jobs);
  lg_calcium_fit_desk_close(ctx, &d);
  lg_calcium_fit_destroy(ctx, f);
  return status;
}

void lg_calcium_fit_destroy(lg_ctx *ctx, calcium_fit *f) {
  if (!f) return;
  lg_free(ctx, f->shift_s);
  lg_free(ctx, f->shift_error_s);
  lg_free(ctx, f->arrivals);
  lg_free(ctx, f->fitted);
  lg_free(ctx, f);
}
