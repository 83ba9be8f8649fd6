/* The membrane time constant: one exponential by least squares. For a given tau the exponential is linear in its two
   other parameters, so that the search is over log tau alone (variable projection, Golub and Pereyra 1973). */
#include "base/elementary.h"
#include "neuron/features_internal.h"

enum { MAX_POINTS = 400, GRID = 24, GOLDEN = 40 };

typedef struct points {
  double t[MAX_POINTS], y[MAX_POINTS], w[MAX_POINTS]; /* block centre, mean, number of samples */
  size_t n;
} points;

static void average_blocks(const features_trace *t, size_t begin, size_t end, points *p) {
  const size_t width = (end - begin + MAX_POINTS - 1) / MAX_POINTS;
  p->n = 0;
  for (size_t i = begin; i < end; i += width) {
    double sum = 0.0, at = 0.0, m = 0.0;
    for (size_t k = i; k < i + width && k < end; k++)
      if (isfinite(t->v[k])) {
        sum += t->v[k];
        at += (double)(k - begin);
        m += 1.0;
      }
    if (m == 0.0) continue;
    p->t[p->n] = at / m * t->dt;
    p->y[p->n] = sum / m;
    p->w[p->n++] = m;
  }
}

/* Weighted linear regression of y on e^(-t/tau): sum of squares that is left. */
static double residual(const points *p, double tau, double *inf, double *a) {
  double w = 0.0, e1 = 0.0, e2 = 0.0, y1 = 0.0, ey = 0.0, y2 = 0.0;
  const double y0 = p->y[0];
  for (size_t k = 0; k < p->n; k++) {
    const double e = lg_exp(-p->t[k] / tau), y = p->y[k] - y0, m = p->w[k];
    w += m;
    e1 += m * e;
    e2 += m * e * e;
    y1 += m * y;
    ey += m * e * y;
    y2 += m * y * y;
  }
  const double det = w * e2 - e1 * e1;
  if (!(det > 1e-12 * w * e2)) return (double)INFINITY;
  *a = (w * ey - e1 * y1) / det;
  *inf = (y1 - *a * e1) / w;
  const double left = y2 - *inf * y1 - *a * ey;
  *inf += y0;
  return left > 0.0 ? left : 0.0;
}

static double search(const points *p, double low, double high, features_exponential *fit) {
  double best = (double)INFINITY, at = 0.0;
  const double step = (high - low) / (double)(GRID - 1);
  for (int k = 0; k < GRID; k++) {
    const double left = residual(p, lg_exp(low + step * k), &fit->v_inf_mV, &fit->a_mV);
    if (left < best) {
      best = left;
      at = low + step * k;
    }
  }
  const double ratio = 0.6180339887498949;
  double a = at - step, b = at + step;
  double c = b - ratio * (b - a), d = a + ratio * (b - a);
  double fc = residual(p, lg_exp(c), &fit->v_inf_mV, &fit->a_mV);
  double fd = residual(p, lg_exp(d), &fit->v_inf_mV, &fit->a_mV);
  for (int k = 0; k < GOLDEN; k++) {
    if (fc < fd) {
      b = d;
      d = c;
      fd = fc;
      c = b - ratio * (b - a);
      fc = residual(p, lg_exp(c), &fit->v_inf_mV, &fit->a_mV);
    } else {
      a = c;
      c = d;
      fc = fd;
      d = a + ratio * (b - a);
      fd = residual(p, lg_exp(d), &fit->v_inf_mV, &fit->a_mV);
    }
  }
  fit->tau_ms = lg_exp(0.5 * (a + b));
  return residual(p, fit->tau_ms, &fit->v_inf_mV, &fit->a_mV);
}

const char *features_fit_exponential(const features_trace *t, size_t begin, size_t end, double *scratch,
                                     features_exponential *fit) {
  points p;
  (void)scratch;
  *fit = (features_exponential){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
  if (end < begin + 8) return "The deflection has fewer than 8 samples.";
  average_blocks(t, begin, end, &p);
  if (p.n < 8) return "The deflection has fewer than 8 samples.";
  const double window = p.t[p.n - 1] - p.t[0];
  const double left = search(&p, lg_ln(0.5 * t->dt), lg_ln(20.0 * window), fit);
  double mean = 0.0, w = 0.0, total = 0.0;
  for (size_t k = 0; k < p.n; k++) {
    mean += p.w[k] * p.y[k];
    w += p.w[k];
  }
  mean /= w;
  for (size_t k = 0; k < p.n; k++) total += p.w[k] * (p.y[k] - mean) * (p.y[k] - mean);
  fit->r2 = total > 0.0 ? 1.0 - left / total : (double)NAN;
  if (!(fit->r2 >= 0.5)) return "One exponential explains less than half of the variance.";
  if (fit->tau_ms > 3.0 * window) return "The deflection does not come near its end within the window.";
  if (fit->tau_ms < 2.0 * t->dt) return "The deflection is faster than two samples.";
  return NULL;
}

/* Mean of up to 1 ms from sample i on. */
static double mean_at(const features_sweep *s, size_t i, size_t end) {
  const size_t want = features_samples(1.0, s->trace.dt);
  const size_t width = want ? want : 1;
  double sum = 0.0, m = 0.0;
  for (size_t k = i; k < i + width && k < end; k++)
    if (isfinite(s->trace.v[k])) {
      sum += s->trace.v[k];
      m += 1.0;
    }
  return sum / m;
}

/* The extreme of 1-ms means in the step, for a sign of deflection. */
static size_t extreme(const features_sweep *s, double sign) {
  const size_t want = features_samples(1.0, s->trace.dt);
  const size_t width = want ? want : 1;
  size_t best = s->on;
  double top = -(double)INFINITY;
  for (size_t i = s->on; i + width <= s->off; i += width) {
    const double v = sign * mean_at(s, i, s->off);
    if (v > top) {
      top = v;
      best = i;
    }
  }
  return best + width < s->off ? best + width : s->off;
}

static const char *window(const features_sweep *s, size_t *begin, size_t *end) {
  if (!s->has_step) return "The sweep has no current step.";
  if (s->n_spikes > 0) return "The step has spikes.";
  if (!isfinite(s->step_pA)) return "The current of the step is not known.";
  if (fabs(s->step_pA) < 1.0) return "The step is smaller than 1 pA.";
  if (s->values[LG_SF_V_BASE].reason) return s->values[LG_SF_V_BASE].reason;
  const double base = s->values[LG_SF_V_BASE].value, sign = s->step_pA < 0.0 ? -1.0 : 1.0;
  *end = extreme(s, sign);
  const double peak = sign * (mean_at(s, *end > s->on ? *end - 1 : s->on, s->off) - base);
  const double noise = s->values[LG_SF_V_NOISE].value;
  if (!(peak > 0.2) || peak < 3.0 * noise) return "The deflection is not above the noise.";
  *begin = s->on;
  while (*begin < *end && !(sign * (s->trace.v[*begin] - base) >= 0.1 * peak)) (*begin)++;
  return NULL;
}

static void tau_after(features_sweep *s) {
  const size_t want = s->off + features_samples(200.0, s->trace.dt);
  size_t end = want < s->trace.n ? want : s->trace.n;
  features_exponential fit;
  const char *why = NULL;
  if (!s->has_step) why = "The sweep has no current step.";
  else if (s->n_spikes > 0) why = "The step has spikes.";
  else if (fabs(s->step_pA) < 1.0) why = "The step is smaller than 1 pA.";
  for (size_t k = 0; k < s->n_all && !why; k++)
    if (s->all[k].i_peak >= s->off && s->all[k].i_threshold < end) why = "Spikes follow the step.";
  if (!why) why = features_fit_exponential(&s->trace, s->off + 1 < end ? s->off + 1 : end, end, s->scratch, &fit);
  features_set(s, LG_SF_TAU_OFF, why ? (double)NAN : fit.tau_ms, why);
}

void features_group_tau(features_sweep *s) {
  size_t begin = 0, end = 0;
  features_exponential fit = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
  const char *why = window(s, &begin, &end);
  if (!why) why = features_fit_exponential(&s->trace, begin, end, s->scratch, &fit);
  const double r_MOhm = (fit.v_inf_mV - s->values[LG_SF_V_BASE].value) / s->step_pA * 1e3;
  static const char odd[] = "The fitted resistance is not positive.";
  features_set(s, LG_SF_TAU, why ? (double)NAN : fit.tau_ms, why);
  features_set(s, LG_SF_TAU_R2, why ? (double)NAN : fit.r2, why);
  features_set(s, LG_SF_CAPACITANCE, why || !(r_MOhm > 0.0) ? (double)NAN : fit.tau_ms / r_MOhm * 1e3, why ? why : odd);
  tau_after(s);
}
