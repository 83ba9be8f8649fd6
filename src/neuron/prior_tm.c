#include "neuron/prior_tm.h"

#include "base/elementary.h"

#define LN15 2.70805020110221
#define LN100 4.605170185988092
/* per pF: gNa 15…100, gK 2…20, gL .015….15, gM .005….15 nS; C 20…250 pF */
const double lg_tm_prior_low[LG_TM_PARAMETERS] = {
    2.995732273553991, LN15, 0.6931471805599453, -4.199705077879927, -5.298317366548036, 40.0, -100.0, -80.0, -66.0};
const double lg_tm_prior_high[LG_TM_PARAMETERS] = {
    5.521460917862246, LN100, 2.995732273553991, -1.897119984885881, -1.897119984885881, 65.0, -75.0, -58.0, -48.0};

static bool fires(const double theta[LG_TM_PARAMETERS], double amp_pA, double *scratch) {
  for (int k = 0; k < LG_TM_RHEOBASE_SAMPLES; k++) scratch[k] = amp_pA;
  return lg_tm_simulate_sampled(theta, LG_TM_PRIOR_TAUMAX, scratch, LG_TM_RHEOBASE_SAMPLES, 0.05, 1, 1, NULL, NULL, 0) >
         0;
}

double lg_tm_rheobase(const double theta[LG_TM_PARAMETERS], double *scratch) {
  double low = 0.0, high = 1.0;
  if (fires(theta, 0.0, scratch)) return 0.0;
  while (!fires(theta, high, scratch)) {
    low = high;
    high *= 2.0;
    if (high > 4096.0) return (double)NAN;
  }
  while (high - low > 0.01 * high) {
    const double middle = 0.5 * (low + high);
    if (fires(theta, middle, scratch)) high = middle;
    else low = middle;
  }
  return high;
}

void lg_tm_prior_draw(lg_rng *rng, double theta[LG_TM_PARAMETERS], double *rheobase_pA, double *scratch) {
  for (;;) {
    for (int k = 0; k < LG_TM_PARAMETERS; k++) theta[k] = lg_rng_range(rng, lg_tm_prior_low[k], lg_tm_prior_high[k]);
    const double rest = lg_tm_rest(theta, LG_TM_PRIOR_TAUMAX);
    if (!(rest < -45.0)) continue;
    *rheobase_pA = lg_tm_rheobase(theta, scratch);
    if (*rheobase_pA >= 1.0 && *rheobase_pA <= 3000.0) return;
  }
}

void lg_tm_clone1_current(lg_rng *rng, double i0_pA, double dt_ms, size_t n, double *i_pA) {
  const double decay = lg_exp(-dt_ms / 3.0), kick = sqrt(1.0 - decay * decay);
  double noise = 0.0;
  for (size_t k = 0; k < n; k++) {
    const double t = ((double)k + 1e-9) * dt_ms; /* a boundary belongs to the segment that begins there */
    double x = 0.0;
    if (t >= 50.0 && t < 200.0) x = -0.5;
    else if (t >= 300.0 && t < 450.0) x = 1.5;
    else if (t >= 500.0 && t < 600.0) x = 3.0;
    else if (t >= 650.0 && t < 850.0) x = 2.5 * (t - 650.0) / 200.0;
    else if (t >= 900.0 && t < 1200.0) {
      x = 0.7 + 0.7 * noise;
      noise = noise * decay + kick * lg_rng_normal(rng);
    }
    i_pA[k] = i0_pA * x;
  }
}
