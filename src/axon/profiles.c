#include "axon/profiles.h"

#include <math.h>

static bool same_step(double a, double b) { return fabs(a - b) <= 1e-6 * b; }

bool lg_axon_profiles_are(const axon_profiles *p, size_t n_times, double dt_s) {
  return p->n_times == n_times && same_step(p->dt_s, dt_s);
}

/* Where the window of that many samples of the profile begins: 0 when the peak is in the first ones. */
static size_t window_start(const double *x, size_t n, double wanted) {
  const size_t length = (size_t)ceil(wanted - 1e-9);
  size_t peak = 0;
  for (size_t k = 1; k < n; k++)
    if (fabs(x[k]) > fabs(x[peak])) peak = k;
  if ((double)peak <= wanted + 1e-9) return 0;
  size_t first = peak - (size_t)(0.8 * (double)length), last = peak - (size_t)(0.2 * (double)length);
  if (last > n - 1 - length) last = n - 1 - length; /* the window stays within the profile */
  if (first > last) first = last;
  size_t least = first;
  for (size_t k = first; k <= last; k++)
    if (fabs(x[k]) < fabs(x[least])) least = k;
  return least;
}

unsigned lg_axon_profile_resample(const double *from, size_t n_from, double dt_from_s, double *to, size_t n_to,
                                  double dt_to_s) {
  const bool same = same_step(dt_from_s, dt_to_s);
  const double ratio = same ? 1.0 : dt_to_s / dt_from_s, last = (double)(n_from - 1),
               wanted = ratio * (double)(n_to - 1);
  unsigned done = same ? 0 : AXON_RESAMPLE_READ;
  size_t start = 0;
  if (wanted > last * (1.0 + 1e-9)) done |= AXON_RESAMPLE_HELD;
  if (wanted + 1e-6 < last) {
    start = window_start(from, n_from, wanted);
    done |= start > 0 ? AXON_RESAMPLE_MOVED : AXON_RESAMPLE_CUT;
  }
  const double off = from[start];
  for (size_t t = 0; t < n_to; t++) {
    const double at = (double)start + ratio * (double)t;
    const size_t k = at < last ? (size_t)floor(at + 1e-9) : n_from - 1;
    const double part = at - (double)k;
    to[t] = (k + 1 >= n_from || part < 1e-9 ? from[k] : from[k] + part * (from[k + 1] - from[k])) - (start ? off : 0.0);
  }
  return done;
}

typedef struct job {
  const axon_profiles *from;
  double *to;
  size_t n_times;
  double dt_s;
  unsigned char *done; /* (n) */
} job;

static lg_status resample_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  (void)worker;
  for (size_t k = begin; k < end; k++)
    j->done[k] = (unsigned char)lg_axon_profile_resample(j->from->strain + k * j->from->n_times, j->from->n_times,
                                                         j->from->dt_s, j->to + k * j->n_times, j->n_times, j->dt_s);
  return LG_OK;
}

static void say(lg_ctx *ctx, const job *j) {
  const axon_profiles *p = j->from;
  const double was_ms = 1e3 * p->dt_s * (double)(p->n_times - 1), is_ms = 1e3 * j->dt_s * (double)(j->n_times - 1);
  size_t moved = 0, first = 0;
  unsigned any = 0;
  for (size_t k = p->n; k-- > 0;) {
    any |= j->done[k];
    if (!(j->done[k] & AXON_RESAMPLE_MOVED)) continue;
    moved++;
    first = k;
  }
  if (any & AXON_RESAMPLE_READ)
    lg_log(ctx, LG_LEVEL_INFO, "samples %g ms apart are read off linearly every %g ms", 1e3 * p->dt_s, 1e3 * j->dt_s);
  if (any & AXON_RESAMPLE_HELD)
    lg_log(ctx, LG_LEVEL_WARNING, "profiles of %g ms hold their last value up to %g ms", was_ms, is_ms);
  if (any & AXON_RESAMPLE_CUT)
    lg_log(ctx, LG_LEVEL_WARNING, "profiles of %g ms: the first %g ms are used, they hold the greatest strain%s",
           was_ms, is_ms, moved ? " of the others" : "");
  if (moved)
    lg_log(
        ctx, LG_LEVEL_WARNING,
        "%zu of %zu profiles ('%s' first) have their greatest strain after %g ms: a window of %g ms about it is used, "
        "the strain at its start taken off",
        moved, p->n, p->names ? p->names[first] : "0", is_ms, is_ms);
}

lg_status lg_axon_profiles_resample(lg_ctx *ctx, axon_profiles *p, size_t n_times, double dt_s) {
  lg_status status = LG_OK;
  job j = {.from = p, .n_times = n_times, .dt_s = dt_s};
  if (n_times < 2 || !(dt_s > 0.0) || p->n_times < 1 || !(p->dt_s > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE,
                   "%zu samples of %g s out of %zu of %g s; at least 2 and a step above 0 are needed", n_times, dt_s,
                   p->n_times, p->dt_s);
  if (lg_axon_profiles_are(p, n_times, dt_s)) return LG_OK;
  size_t count;
  if (!lg_mul_size(p->n, n_times, &count)) return lg_fail(ctx, LG_ERR_LIMIT, "%zu profiles are too many", p->n);
  LG_NEW(ctx, j.done, p->n ? p->n : 1);
  LG_NEW(ctx, j.to, count ? count : 1);
  LG_TRY(lg_parallel_for(ctx, p->n, 256, resample_range, &j));
  say(ctx, &j);
  lg_free(ctx, p->strain);
  p->strain = j.to;
  p->n_times = n_times;
  p->dt_s = dt_s;
  j.to = NULL;
done:
  lg_free(ctx, j.to);
  lg_free(ctx, j.done);
  return status;
}
