/* Shapes of the spikes in the window: first, second, last, means. */
#include "neuron/features_internal.h"

#include <stddef.h>

static const char NO_SPIKE[] = "There is no spike in the window.";
static const char NO_SECOND[] = "There are fewer than 2 spikes in the window.";
static const char NO_STEP[] = "The sweep has no current step.";
static const char CUT[] = "The spike does not offer it: the trace ends or turns before.";

/* A number of lg_spike by its place in the structure. */
static double field(const lg_spike *spike, size_t offset) {
  return *(const double *)(const void *)((const char *)spike + offset);
}

typedef struct taken {
  lg_sweep_feature id;
  size_t offset;
} taken;

static void set_fields(features_sweep *s, const lg_spike *spike, const taken *rows, size_t n, const char *why) {
  for (size_t k = 0; k < n; k++)
    features_set(s, rows[k].id, spike ? field(spike, rows[k].offset) : (double)NAN, spike ? CUT : why);
}

static double mean_field(const features_sweep *s, size_t offset) {
  double sum = 0.0, m = 0.0;
  for (size_t k = 0; k < s->n_spikes; k++) {
    const double x = field(&s->spikes[k], offset);
    if (!isfinite(x)) continue;
    sum += x;
    m += 1.0;
  }
  return m > 0.0 ? sum / m : (double)NAN;
}

static const taken first_fields[] = {
    {LG_SF_AP1_THR, offsetof(lg_spike, threshold_mV)},
    {LG_SF_AP1_PEAK, offsetof(lg_spike, peak_mV)},
    {LG_SF_AP1_AMP, offsetof(lg_spike, amplitude_mV)},
    {LG_SF_AP1_HW, offsetof(lg_spike, half_width_ms)},
    {LG_SF_AP1_UPSTROKE, offsetof(lg_spike, upstroke_V_s)},
    {LG_SF_AP1_DOWNSTROKE, offsetof(lg_spike, downstroke_V_s)},
    {LG_SF_AP1_FAST_AHP, offsetof(lg_spike, fast_ahp_mV)},
    {LG_SF_AP1_FAST_AHP_TIME, offsetof(lg_spike, fast_ahp_ms)},
    {LG_SF_AP1_RISE, offsetof(lg_spike, rise_ms)},
    {LG_SF_AP1_FALL, offsetof(lg_spike, fall_ms)},
    {LG_SF_AP1_PHASE_SLOPE, offsetof(lg_spike, phase_slope_per_ms)},
};
static const taken second_fields[] = {
    {LG_SF_AP2_AMP, offsetof(lg_spike, amplitude_mV)},
    {LG_SF_AP2_HW, offsetof(lg_spike, half_width_ms)},
};
static const taken last_fields[] = {
    {LG_SF_APL_THR, offsetof(lg_spike, threshold_mV)},
    {LG_SF_APL_AMP, offsetof(lg_spike, amplitude_mV)},
    {LG_SF_APL_HW, offsetof(lg_spike, half_width_ms)},
};
static const taken mean_fields[] = {
    {LG_SF_MEAN_AMP, offsetof(lg_spike, amplitude_mV)},
    {LG_SF_MEAN_HW, offsetof(lg_spike, half_width_ms)},
    {LG_SF_MEAN_THR, offsetof(lg_spike, threshold_mV)},
    {LG_SF_MEAN_PEAK, offsetof(lg_spike, peak_mV)},
    {LG_SF_MEAN_UPSTROKE, offsetof(lg_spike, upstroke_V_s)},
    {LG_SF_MEAN_DOWNSTROKE, offsetof(lg_spike, downstroke_V_s)},
    {LG_SF_MEAN_FAST_AHP, offsetof(lg_spike, fast_ahp_mV)},
};

/* Minimum between the first two peaks, what comes later than 5 ms, and the bump between the two minima. */
static void after_first(features_sweep *s) {
  static const lg_sweep_feature all[] = {LG_SF_AP1_TROUGH, LG_SF_AP1_TROUGH_TIME, LG_SF_AP1_SLOW_AHP,
                                         LG_SF_AP1_SLOW_AHP_TIME, LG_SF_AP1_ADP};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) features_set(s, all[k], (double)NAN, NO_SECOND);
  if (s->n_spikes < 2) return;
  const lg_spike *first = &s->spikes[0];
  const double *v = s->trace.v, dt = s->trace.dt;
  features_set(s, LG_SF_AP1_TROUGH, first->trough_mV, CUT);
  features_set(s, LG_SF_AP1_TROUGH_TIME, first->trough_ms, CUT);
  const size_t next = s->spikes[1].i_threshold, soon = first->i_peak + features_samples(5.0, dt);
  static const char close[] = "The second spike begins within 5 ms of the first peak.";
  const size_t slow = soon < next ? features_argmin(v, soon, next) : next;
  features_set(s, LG_SF_AP1_SLOW_AHP, slow < next ? first->threshold_mV - v[slow] : (double)NAN, close);
  features_set(s, LG_SF_AP1_SLOW_AHP_TIME, slow < next ? (double)(slow - first->i_peak) * dt : (double)NAN, close);
  features_set(s, LG_SF_AP1_ADP, (double)NAN, close);
  if (slow >= next) return;
  const size_t fast = features_argmin(v, first->i_peak, soon);
  const size_t top = features_argmax(v, fast, slow);
  const double rise = top < slow && top > fast ? v[top] - v[fast] : (double)NAN;
  /* a bump is followed by a minimum; without one the potential only rises to the next spike */
  const bool bump = rise > 3.0 * s->values[LG_SF_V_NOISE].value && v[slow] < v[top];
  features_set(s, LG_SF_AP1_ADP, bump ? rise : (double)NAN, "No bump stands between the fast and the slow AHP.");
}

static void changes(features_sweep *s) {
  const bool two = s->n_spikes >= 2;
  const lg_spike *first = two ? &s->spikes[0] : NULL, *last = two ? &s->spikes[s->n_spikes - 1] : NULL;
  const double none = (double)NAN;
  features_set(s, LG_SF_AMP_CHANGE, two ? (last->amplitude_mV - first->amplitude_mV) / first->amplitude_mV : none,
               NO_SECOND);
  features_set(s, LG_SF_HW_CHANGE, two ? (last->half_width_ms - first->half_width_ms) / first->half_width_ms : none,
               two ? CUT : NO_SECOND);
  features_set(s, LG_SF_THR_CHANGE, two ? last->threshold_mV - first->threshold_mV : none, NO_SECOND);
  double sum = 0.0;
  const double mean = s->values[LG_SF_MEAN_AMP].value;
  for (size_t k = 0; k < s->n_spikes; k++) {
    const double d = s->spikes[k].amplitude_mV - mean;
    sum += d * d;
  }
  features_set(s, LG_SF_AMP_SD, two ? sqrt(sum / (double)(s->n_spikes - 1)) : none, NO_SECOND);
  features_set(s, LG_SF_AHP_DEPTH, s->values[LG_SF_MEAN_TROUGH].value - s->values[LG_SF_V_BASE].value,
               two ? s->values[LG_SF_V_BASE].reason : NO_SECOND);
}

/* Mean current in the 1 ms before the first threshold, and the slope of a current that rises in a line up to there. */
static void current_at_first(features_sweep *s) {
  const char *why = s->n_spikes == 0 ? NO_SPIKE : (s->i_pA ? NULL : "The current is not known sample by sample.");
  features_set(s, LG_SF_I_AP1, (double)NAN, why);
  features_set(s, LG_SF_RAMP_SLOPE, (double)NAN, why);
  if (why) return;
  const size_t at = s->spikes[0].i_threshold, ms = features_samples(1.0, s->trace.dt);
  const size_t begin = at > ms ? at - ms : 0;
  double sum = 0.0;
  for (size_t i = begin; i <= at; i++) sum += s->i_pA[i];
  features_set(s, LG_SF_I_AP1, sum / (double)(at - begin + 1) - (s->has_step ? s->hold_pA : 0.0), CUT);
  /* line over the last half of the way from the step's start */
  const size_t from = s->on + (at > s->on ? (at - s->on) / 2 : 0);
  double n = 0.0, x1 = 0.0, y1 = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
  for (size_t i = from; i < at; i++) {
    const double x = (double)(i - from) * s->trace.dt * 1e-3, y = s->i_pA[i] - s->i_pA[from];
    n += 1.0;
    x1 += x;
    y1 += y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const double sxx = xx - x1 * x1 / n, sxy = xy - x1 * y1 / n, syy = yy - y1 * y1 / n;
  const bool line = n >= 20.0 && syy > 1.0 && sxy * sxy >= 0.9 * sxx * syy;
  features_set(s, LG_SF_RAMP_SLOPE, line ? sxy / sxx : (double)NAN, "The current is not a ramp up to the first spike.");
}

static void counts(features_sweep *s) {
  size_t before = 0, after = 0;
  const size_t end = s->off + features_samples(s->trace.opts.window_extra_ms, s->trace.dt);
  for (size_t k = 0; k < s->n_all; k++) {
    before += s->all[k].i_peak < s->on;
    after += s->all[k].i_peak >= end;
  }
  features_set(s, LG_SF_N_SPIKES, (double)s->n_spikes, NO_SPIKE);
  features_set(s, LG_SF_N_TOTAL, (double)s->n_all, NO_SPIKE);
  features_set(s, LG_SF_N_BEFORE, s->has_step ? (double)before : (double)NAN, NO_STEP);
  features_set(s, LG_SF_N_AFTER, s->has_step ? (double)after : (double)NAN, NO_STEP);
  features_set(s, LG_SF_RATE, (double)s->n_spikes / ((double)(s->off - s->on) * s->trace.dt) * 1e3, NO_SPIKE);
}

#define COUNT_OF(x) (sizeof(x) / sizeof *(x))

void features_group_spikes(features_sweep *s) {
  const size_t n = s->n_spikes;
  const lg_spike *first = n ? &s->spikes[0] : NULL;
  const double on_ms = (double)s->on * s->trace.dt, none = (double)NAN;
  counts(s);
  set_fields(s, first, first_fields, COUNT_OF(first_fields), NO_SPIKE);
  set_fields(s, n > 1 ? &s->spikes[1] : NULL, second_fields, COUNT_OF(second_fields), NO_SECOND);
  set_fields(s, n ? &s->spikes[n - 1] : NULL, last_fields, COUNT_OF(last_fields), NO_SPIKE);
  for (size_t k = 0; k < COUNT_OF(mean_fields); k++)
    features_set(s, mean_fields[k].id, mean_field(s, mean_fields[k].offset), n ? CUT : NO_SPIKE);
  double trough = 0.0;
  for (size_t k = 0; k + 1 < n; k++) trough += s->spikes[k].trough_mV / (double)(n - 1);
  features_set(s, LG_SF_MEAN_TROUGH, n > 1 ? trough : none, NO_SECOND);
  const char *why = !s->has_step ? NO_STEP : NO_SPIKE;
  const bool timed = s->has_step && n > 0;
  features_set(s, LG_SF_LATENCY, timed ? (double)(first->i_peak - s->on) * s->trace.dt : none, why);
  features_set(s, LG_SF_LATENCY_THR, timed ? first->t_threshold_ms - on_ms : none, why);
  features_set(s, LG_SF_T_LAST, timed ? (double)(s->spikes[n - 1].i_peak - s->on) * s->trace.dt : none, why);
  features_set(s, LG_SF_AP1_THR_REL, n ? first->threshold_mV - s->values[LG_SF_V_BASE].value : none,
               n ? s->values[LG_SF_V_BASE].reason : NO_SPIKE);
  features_set(s, LG_SF_AP1_WIDTH, n ? first->rise_ms + first->fall_ms : none, n ? CUT : NO_SPIKE);
  features_set(s, LG_SF_AP1_UPDOWN, n ? first->upstroke_V_s / fabs(first->downstroke_V_s) : none, n ? CUT : NO_SPIKE);
  after_first(s);
  changes(s);
  current_at_first(s);
}
