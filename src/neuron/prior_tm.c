#include "neuron/prior_tm.h"

#include "base/elementary.h"

#include <string.h>

#define LN15 2.70805020110221
#define LN100 4.605170185988092
/* per pF: gNa 15…100, gK 2…20, gL .015….15, gM .005….15 nS; C 20…250 pF */
const double lg_tm_prior_low[LG_TM_PARAMETERS] = {
    2.995732273553991, LN15, 0.6931471805599453, -4.199705077879927, -5.298317366548036, 40.0, -100.0, -80.0, -66.0};
const double lg_tm_prior_high[LG_TM_PARAMETERS] = {
    5.521460917862246, LN100, 2.995732273553991, -1.897119984885881, -1.897119984885881, 65.0, -75.0, -58.0, -48.0};

enum { RHEOBASE_SAMPLES = 10000, STREAM_DRAW = 0x746d01 }; /* 500 ms at 0.05 ms */

static void fire(lg_tm_batch *b, const double amp_pA[LG_TM_LANES]) {
  memcpy(b->amp_pA, amp_pA, sizeof b->amp_pA);
  lg_tm_batch_run(b);
}

/* Bisection on log2 of the current between 1 and 4096 pA, all lanes at once; 10 halvings leave 0.8 %. */
static void rheobases(lg_tm_batch *b, double rheobase_pA[LG_TM_LANES]) {
  double low[LG_TM_LANES], high[LG_TM_LANES], amp[LG_TM_LANES];
  bool silent_at_rest[LG_TM_LANES];
  for (int j = 0; j < LG_TM_LANES; j++) {
    low[j] = 0.0;
    high[j] = 12.0;
    amp[j] = 0.0;
  }
  fire(b, amp);
  for (int j = 0; j < LG_TM_LANES; j++) silent_at_rest[j] = b->spikes[j] == 0;
  for (int k = 0; k < 10; k++) {
    for (int j = 0; j < LG_TM_LANES; j++) amp[j] = lg_exp(0.6931471805599453 * 0.5 * (low[j] + high[j]));
    fire(b, amp);
    for (int j = 0; j < LG_TM_LANES; j++) *(b->spikes[j] > 0 ? &high[j] : &low[j]) = 0.5 * (low[j] + high[j]);
  }
  for (int j = 0; j < LG_TM_LANES; j++) {
    const double r = lg_exp(0.6931471805599453 * high[j]);
    rheobase_pA[j] = silent_at_rest[j] && high[j] < 12.0 && low[j] > 0.0 && r <= 3000.0 ? r : (double)NAN;
  }
}

static void propose(lg_rng *rng, double theta[LG_TM_PARAMETERS]) {
  do {
    for (int p = 0; p < LG_TM_PARAMETERS; p++) theta[p] = lg_rng_range(rng, lg_tm_prior_low[p], lg_tm_prior_high[p]);
  } while (!(lg_tm_rest(theta, LG_TM_PRIOR_TAUMAX) < -45.0));
}

void lg_tm_prior_draw(uint64_t seed, uint64_t first, lg_tm_draw draws[LG_TM_LANES]) {
  lg_rng rng[LG_TM_LANES];
  bool done[LG_TM_LANES] = {false};
  size_t left = LG_TM_LANES;
  for (int j = 0; j < LG_TM_LANES; j++) rng[j] = lg_rng_make(seed, STREAM_DRAW, first + (uint64_t)j);
  while (left > 0) {
    lg_tm_batch b = {
        .taumax_ms = LG_TM_PRIOR_TAUMAX, .dt_ms = 0.05, .substeps = 1, .n = RHEOBASE_SAMPLES, .stop_at_spike = true};
    double rheobase[LG_TM_LANES];
    for (int j = 0; j < LG_TM_LANES; j++) {
      if (!done[j]) propose(&rng[j], draws[j].theta);
      for (int p = 0; p < LG_TM_PARAMETERS; p++) b.theta[p][j] = draws[j].theta[p];
    }
    rheobases(&b, rheobase);
    for (int j = 0; j < LG_TM_LANES; j++) {
      if (done[j] || !(rheobase[j] > 0.0)) continue;
      done[j] = true;
      left--;
      draws[j].rheobase_pA = rheobase[j];
      draws[j].i0_pA = rheobase[j] * lg_exp(0.12 * lg_rng_normal(&rng[j]));
    }
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
