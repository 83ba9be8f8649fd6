/* vpeak as a set-membership problem: no sample ever shows the peak, but every reset bounds it from both sides. */
#include "base/elementary.h"
#include "neuron/izhikevich_step.h"
#include "neuron/learn_izhikevich.h"

#define V_LOW (-30.0)
#define V_HIGH 120.0
#define V_STEP 0.05

enum { POINTS = 3001 };

/* ln of the normal distribution function, good to 1e-7 relative in the tail that matters and never -infinity. */
static double ln_phi(double z) {
  if (z < -8.0) return -0.5 * z * z - lg_ln(-z) - 0.9189385332046727;
  if (z > 8.0) return 0.0;
  /* Abramowitz and Stegun 26.2.17 */
  const double x = fabs(z), t = 1.0 / (1.0 + 0.2316419 * x);
  const double poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const double tail = 0.3989422804014327 * lg_exp(-0.5 * x * x) * poly;
  return lg_ln(z < 0.0 ? tail + 1e-300 : 1.0 - tail);
}

/* Flow over one sample from v, without reset; v is capped where it explodes. */
static double flow(const lg_izh_scaled *s, double j, double dt, double x, double w) {
  double left = dt;
  while (left > 0.0 && x < 400.0) {
    const double longest = lg_izh_max_step(s, j, x, w, 0.1);
    const double h = left < longest ? left : longest;
    lg_izh_rk4(s, j, h, &x, &w);
    left -= h;
  }
  return x < 400.0 ? x : 400.0;
}

double lg_izh_vpeak_from_bounds(const lg_izh_data *data, const lg_izh_params *p, const double *u_before) {
  const lg_izh_scaled scaled = lg_izh_scale(p);
  double likelihood[POINTS] = {0.0};
  size_t n = 0;
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    for (size_t spike = 0; spike < s->n_spikes; spike++, n++) {
      const size_t k = s->last[spike];
      const double v = s->smooth[k], j = s->i[k] * scaled.inv_C, x = v - p->vr, u = u_before[n] * scaled.inv_C;
      if (v != v) continue;
      const double top = flow(&scaled, j, s->dt, x, u), bump = flow(&scaled, j, s->dt, x + data->sigma, u);
      /* the noise of v_i, stretched by the flow; plus what the estimate of the other parameters is unsure about */
      const double sigma_low = data->sigma, sigma_top = fabs(bump - top) + data->sigma;
      for (int g = 0; g < POINTS; g++) {
        const double peak = V_LOW + g * V_STEP;
        likelihood[g] += ln_phi((peak - v) / sigma_low) + ln_phi((top + p->vr - peak) / sigma_top);
      }
    }
  }
  double best = likelihood[0], sum = 0.0, mean = 0.0;
  for (int g = 1; g < POINTS; g++) best = fmax(best, likelihood[g]);
  for (int g = 0; g < POINTS; g++) {
    const double weight = lg_exp(likelihood[g] - best);
    sum += weight;
    mean += weight * (V_LOW + g * V_STEP);
  }
  return n ? mean / sum : (double)NAN;
}
