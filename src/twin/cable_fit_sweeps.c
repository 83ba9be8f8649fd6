/* Recorded sweeps on the grid of the model's steps. */
#include "twin/cable_fit.h"

#include <math.h>
#include <string.h>

void lg_cable_fit_sweeps_destroy(lg_ctx *ctx, cable_fit_sweep *sweeps, size_t n) {
  for (size_t k = 0; sweeps && k < n; k++) {
    lg_free(ctx, sweeps[k].current_nA);
    lg_free(ctx, sweeps[k].towards_mV);
    lg_free(ctx, sweeps[k].v_mV);
    lg_free(ctx, sweeps[k].weight);
    lg_free(ctx, sweeps[k].predicted_mV);
  }
  lg_free(ctx, sweeps);
}

/* Steps per sample (several short ones) or samples per step. */
static void grid(double sample_ms, double most_ms, size_t *split, size_t *stride) {
  *split = *stride = 1;
  if (sample_ms > most_ms * (1.0 + 1e-9)) *split = (size_t)ceil(sample_ms / most_ms - 1e-9);
  else *stride = (size_t)floor(most_ms / sample_ms + 1e-9);
}

static void window(const lg_sweep *s, const cable_fit_options *o, size_t *begin, size_t *end) {
  const double before = o->before_ms > 0.0 ? o->before_ms : 60.0, after = o->after_ms > 0.0 ? o->after_ms : 60.0;
  *begin = 0;
  *end = s->n;
  if (!s->has_step) return;
  const size_t lead = (size_t)(before / s->dt_ms), tail = (size_t)(after / s->dt_ms);
  *begin = s->step_on > lead ? s->step_on - lead : 0;
  *end = s->step_off + tail < s->n ? s->step_off + tail : s->n;
}

/* Before the first sample: the mean current and potential of its first n samples. */
static void rest(cable_fit_sweep *out, size_t n, const lg_sweep *s, size_t begin) {
  double v = 0.0, i = 0.0;
  size_t of = 0;
  for (size_t k = begin; k < s->n && of < n; k++, of++) {
    v += s->v_mV[k];
    i += s->i_pA[k];
  }
  out->start_mV = v / (double)of;
  for (size_t k = 0; k < out->settle; k++) {
    out->towards_mV[k] = out->start_mV;
    out->current_nA[k] = 1e-3 * i / (double)of;
  }
}

static lg_status fill(lg_ctx *ctx, const lg_sweep *s, const cable_fit_options *o, cable_fit_sweep *out) {
  lg_status status = LG_OK;
  size_t split, stride, begin, end;
  const double most = o->dt_ms > 0.0 ? o->dt_ms : 0.05, settle = o->settle_ms > 0.0 ? o->settle_ms : 150.0;
  grid(s->dt_ms, most, &split, &stride);
  window(s, o, &begin, &end);
  const size_t samples = (end - begin - 1) / stride; /* intervals */
  if (end < begin + 2 || samples < 2)
    return lg_fail(ctx, LG_ERR_RANGE, "sweep %d has %zu samples in its window", s->number, end - begin);
  out->number = s->number;
  out->dt_ms = s->dt_ms * (double)stride / (double)split;
  out->settle = (size_t)(settle / out->dt_ms);
  out->t0_ms = (double)begin * s->dt_ms - (double)out->settle * out->dt_ms;
  out->n_steps = out->settle + samples * split;
  LG_NEW(ctx, out->current_nA, out->n_steps);
  LG_NEW(ctx, out->towards_mV, out->n_steps);
  LG_NEW(ctx, out->v_mV, out->n_steps + 1);
  LG_NEW(ctx, out->weight, out->n_steps + 1);
  LG_NEW(ctx, out->predicted_mV, out->n_steps + 1);
  for (size_t k = 0; k <= out->n_steps; k++) out->v_mV[k] = (double)NAN;
  for (size_t k = 0; k <= samples; k++) out->v_mV[out->settle + k * split] = s->v_mV[begin + k * stride];
  const double *v = out->v_mV + out->settle;
  for (size_t k = 0; k < samples; k++) {
    double sum = 0.0;
    for (size_t j = 0; j < stride; j++) sum += s->i_pA[begin + k * stride + j];
    const double a = v[k * split], b = v[(k + 1) * split];
    for (size_t j = 0; j < split; j++) {
      out->current_nA[out->settle + k * split + j] = 1e-3 * sum / (double)stride;
      out->towards_mV[out->settle + k * split + j] = a + (b - a) * ((double)j + 0.5) / (double)split;
    }
  }
  rest(out, (size_t)(5.0 / s->dt_ms) + 1, s, begin);
  for (size_t k = 0; k < samples; k++) {
    const double a = v[k * split], b = v[(k + 1) * split];
    out->n_recorded += a < -10.0 && b >= -10.0;
  }
  out->spikes = out->n_recorded > 0;
done:
  return status;
}

lg_status lg_cable_fit_sweeps(lg_ctx *ctx, const lg_recording *recording, const cable_fit_options *options,
                              const bool *train, cable_fit_sweep **out, size_t *n) {
  lg_status status = LG_OK;
  cable_fit_sweep *list = NULL;
  size_t kept = 0;
  *out = NULL;
  *n = 0;
  LG_NEW(ctx, list, recording->n_sweeps + 1);
  for (size_t k = 0; k < recording->n_sweeps; k++) {
    const lg_sweep *s = &recording->sweeps[k];
    if (!s->i_pA || s->n < 4) continue;
    bool whole = true;
    for (size_t j = 0; j < s->n; j++) whole = whole && isfinite(s->v_mV[j]) && isfinite(s->i_pA[j]);
    if (!whole) continue;
    kept++;
    LG_TRY(fill(ctx, s, options, &list[kept - 1]));
    list[kept - 1].train = train ? train[k] : recording->n_sweeps < 4 || k % 2 == 0;
  }
  if (kept == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "no sweep has a whole potential and a current to drive the model with");
    goto done;
  }
  *out = list;
  *n = kept;
  list = NULL;
done:
  lg_cable_fit_sweeps_destroy(ctx, list, kept);
  return status;
}
