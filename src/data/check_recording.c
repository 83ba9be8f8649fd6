/* Whether numbers can be a current-clamp recording. Words, never corrections: nothing is rescaled here. */
#include "data/steps_internal.h"

#include <math.h>
#include <string.h>

enum { SAMPLES_OF_REST = 20000 };

static const double low_mV = -200.0, high_mV = 150.0;

typedef struct survey {
  size_t n, missing, outside, missing_current;
  size_t first_outside; /* sweep */
  double least, largest;
  double current; /* largest |current|, 0 when there is none */
} survey;

static survey look(const lg_recording *rec) {
  survey s = {.least = INFINITY, .largest = -INFINITY, .first_outside = SIZE_MAX};
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *sweep = &rec->sweeps[k];
    for (size_t j = 0; j < sweep->n; j++) {
      const double v = sweep->v_mV[j];
      s.n++;
      if (sweep->i_pA && !isfinite(sweep->i_pA[j])) s.missing_current++;
      else if (sweep->i_pA) s.current = fmax(s.current, fabs(sweep->i_pA[j]));
      if (!isfinite(v)) {
        s.missing++;
        continue;
      }
      s.least = fmin(s.least, v);
      s.largest = fmax(s.largest, v);
      if (v < low_mV || v > high_mV) {
        s.outside++;
        if (s.first_outside == SIZE_MAX) s.first_outside = k;
      }
    }
  }
  return s;
}

/* Median of evenly spaced finite samples: of whole sweeps, or of the 50 ms before the steps. */
static lg_status median_potential(lg_ctx *ctx, const lg_recording *rec, bool before_steps, double *median) {
  lg_status status = LG_OK;
  double *x = NULL;
  size_t n = 0, filled = 0;
  *median = (double)NAN;
  for (int pass = 0; pass < 2; pass++) {
    const size_t stride = n / SAMPLES_OF_REST + 1;
    size_t count = 0;
    if (pass == 1) LG_NEW(ctx, x, n / stride + 1);
    for (size_t k = 0; k < rec->n_sweeps; k++) {
      const lg_sweep *s = &rec->sweeps[k];
      if (before_steps && !s->has_step) continue;
      const size_t window = (size_t)(50.0 / s->dt_ms + 0.5), end = before_steps ? s->step_on : s->n;
      for (size_t j = before_steps && end > window ? end - window : 0; j < end; j++) {
        if (!isfinite(s->v_mV[j])) continue;
        if (pass == 1 && count % stride == 0) x[filled++] = s->v_mV[j];
        count++;
      }
    }
    n = count;
    if (n == 0) goto done;
  }
  *median = lg_median_of(x, filled);
done:
  lg_free(ctx, x);
  return status;
}

static lg_status refuse_wrong_scale(lg_ctx *ctx, const lg_recording *rec, const survey *s) {
  double median;
  const lg_status status = median_potential(ctx, rec, false, &median);
  if (status != LG_OK) return status;
  if (!(median >= low_mV && median <= high_mV))
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "the potential has a median of %.4g mV (range %.4g to %.4g), allowed are -200 to 150 mV: the scale or "
        "the unit in the file is wrong",
        median, s->least, s->largest);
  if (s->outside > (s->n - s->missing) / 5)
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "%.0f %% of the samples of the potential are outside -200 to 150 mV (range %.4g to %.4g mV): the scale "
        "or the unit in the file is wrong",
        100.0 * (double)s->outside / (double)(s->n - s->missing), s->least, s->largest);
  if (s->least > -1.0 && s->largest < 1.0)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "the potential stays between %.4g and %.4g mV: no neuron's does; are these volts, labelled mV?",
                   s->least, s->largest);
  return LG_OK;
}

/* A flat top (or bottom) at the extreme of the whole recording, entered by a jump: the amplifier or converter ended. */
static size_t clipped_samples(const lg_recording *rec, double extreme, bool top) {
  size_t clipped = 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    const size_t least = (size_t)fmax(4.0, 0.3 / s->dt_ms);
    for (size_t j = 0; j < s->n;) {
      size_t end = j;
      while (end < s->n && s->v_mV[end] == extreme) end++;
      const double rise = j >= 2 ? fabs(extreme - s->v_mV[j - 2]) : 0.0;
      if (end - j >= least && rise > 5.0 && (top ? extreme > -20.0 : extreme < -60.0)) clipped += end - j;
      j = end > j ? end : j + 1;
    }
  }
  return clipped;
}

static lg_status warn_of_current(lg_ctx *ctx, lg_recording *rec) {
  lg_status status = LG_OK;
  double hold = 0.0;
  size_t without = 0;
  bool said = false; /* by the reader, which knows why */
  for (size_t k = 0; k < rec->n_warnings; k++) said |= strncmp(rec->warnings[k], "current missing", 15) == 0;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    without += s->i_pA == NULL;
    if (s->has_step && fabs(s->step_hold_pA) > fabs(hold)) hold = s->step_hold_pA;
  }
  if (without > 0 && !said)
    LG_TRY(lg_recording_warn(ctx, rec, "current missing in %zu of %zu sweeps", without, rec->n_sweeps));
  if (fabs(hold) > 5.0)
    LG_TRY(lg_recording_warn(
        ctx, rec, "a holding current of up to %.4g pA flows between the steps: the rest is not the cell's own", hold));
done:
  return status;
}

static lg_status warn_of_sampling(lg_ctx *ctx, lg_recording *rec) {
  double slowest = 0.0;
  for (size_t k = 0; k < rec->n_sweeps; k++) slowest = fmax(slowest, rec->sweeps[k].dt_ms);
  if (slowest < 0.2 - 1e-9) return LG_OK;
  return lg_recording_warn(ctx, rec,
                           "sampled at %.4g kHz: spike shapes and the spike threshold are coarse at 5 kHz or less "
                           "(10 kHz or more is better)",
                           1.0 / slowest);
}

lg_status lg_recording_check(lg_ctx *ctx, lg_recording *rec) {
  lg_status status = LG_OK;
  const survey s = look(rec);
  double rest;
  if (s.n == 0) return lg_fail(ctx, LG_ERR_FORMAT, "the recording has no samples");
  if (s.missing == s.n) return lg_fail(ctx, LG_ERR_FORMAT, "all %zu samples of the potential are missing (NaN)", s.n);
  LG_TRY(refuse_wrong_scale(ctx, rec, &s));
  if (s.outside > 0)
    LG_TRY(lg_recording_warn(
        ctx, rec, "the potential leaves -200 to 150 mV (%.4g to %.4g mV, first in sweep %d): gain error or artefact",
        s.least, s.largest, rec->sweeps[s.first_outside].number));
  if (s.missing > 0)
    LG_TRY(lg_recording_warn(ctx, rec, "%zu of %zu samples of the potential are missing (NaN)", s.missing, s.n));
  if (s.missing_current > 0)
    LG_TRY(lg_recording_warn(ctx, rec, "%zu of %zu samples of the current are missing (NaN)", s.missing_current, s.n));
  LG_TRY(median_potential(ctx, rec, true, &rest));
  if (!isfinite(rest)) LG_TRY(median_potential(ctx, rec, false, &rest));
  if (isfinite(rest) && (rest < -95.0 || rest > -35.0))
    LG_TRY(lg_recording_warn(
        ctx, rec,
        "the cell rests at %.4g mV, expected is -95 to -35 mV: a gain or offset error, or a dying cell; "
        "nothing was corrected",
        rest));
  /* a flat bottom at the rest is a recording without noise, not one that was cut off */
  const bool rests_at_bottom = isfinite(rest) && fabs(s.least - rest) < 5.0;
  const size_t clipped =
      clipped_samples(rec, s.largest, true) + (rests_at_bottom ? 0 : clipped_samples(rec, s.least, false));
  if (clipped > 0)
    LG_TRY(lg_recording_warn(ctx, rec,
                             "%zu samples stand flat at the extremes (%.4g, %.4g mV): the potential is clipped",
                             clipped, s.least, s.largest));
  if (s.current > 0.0 && s.current < 2.0)
    LG_TRY(lg_recording_warn(ctx, rec, "the current stays within %.3g pA: are these nA, labelled pA?", s.current));
  if (s.current > 50000.0)
    LG_TRY(lg_recording_warn(ctx, rec, "the current reaches %.3g pA: are these fA, labelled pA?", s.current));
  LG_TRY(warn_of_current(ctx, rec));
  LG_TRY(warn_of_sampling(ctx, rec));
done:
  return status;
}
