/* What synapses of synapse_pairs.inc do once per run or per event, where no vectors are needed. */
#include "cable/synapse.h"

#include "base/elementary.h"

#include <math.h>

enum { A, B, LATE_A, LATE_B, LATE_MEAN, FACTOR, STATES };
enum { RATIO = 6 };

const char *const lg_pair_states[] = {"A",  "B",  "late_A",  "late_B",  "late_mean",  "factor",
                                      "A2", "B2", "late_A2", "late_B2", "late_mean2", "factor2"};

/* As NEURON: a rise as slow as the decay would have no peak. */
static void separate(const cable_block *block, size_t tau1, size_t tau2) {
  for (size_t k = 0; k < block->number; k++) {
    double *rise = &block->parameter[tau1][k];
    const double fall = block->parameter[tau2][k];
    *rise = *rise > 0.9999 * fall ? 0.9999 * fall : (*rise < 1e-9 * fall ? 1e-9 * fall : *rise);
  }
}

lg_status lg_pair_prepare_single(lg_ctx *ctx, cable_block *block, double celsius) {
  (void)ctx;
  (void)celsius;
  separate(block, 0, 1);
  return LG_OK;
}

lg_status lg_pair_prepare_dual(lg_ctx *ctx, cable_block *block, double celsius) {
  (void)ctx;
  (void)celsius;
  separate(block, 0, 1);
  separate(block, 2, 3);
  return LG_OK;
}

/* The factor makes the greatest value of e^(-t/tau2) - e^(-t/tau1) 1. */
static void start(const cable_block *block, size_t first, size_t tau) {
  const double *tau1 = block->parameter[tau], *tau2 = block->parameter[tau + 1];
  for (size_t k = 0; k < block->number; k++) {
    for (size_t s = 0; s < FACTOR; s++) block->state[first + s][k] = 0.0;
    const double peak = tau1[k] * tau2[k] / (tau2[k] - tau1[k]) * lg_ln(tau2[k] / tau1[k]);
    block->state[first + FACTOR][k] = 1.0 / (lg_exp(-peak / tau2[k]) - lg_exp(-peak / tau1[k]));
  }
}

void lg_pair_start_single(const cable_block *block, const cable_moment *now) {
  (void)now;
  start(block, 0, 0);
}

void lg_pair_start_dual(const cable_block *block, const cable_moment *now) {
  (void)now;
  start(block, 0, 0);
  start(block, STATES, 2);
}

static void receive(const cable_block *block, size_t k, size_t first, size_t tau, double weight, double offset_ms,
                    const cable_moment *now) {
  double *const *s = block->state + first;
  const double w = weight * s[FACTOR][k];
  if (now->scheme == CABLE_NRN || offset_ms <= 0.0) {
    s[A][k] += w;
    s[B][k] += w;
    return;
  }
  const double tau1 = block->parameter[tau][k], tau2 = block->parameter[tau + 1][k];
  const double rest = now->dt_ms - offset_ms, left1 = lg_expm1(-rest / tau1), left2 = lg_expm1(-rest / tau2);
  s[LATE_A][k] += w * (1.0 + left1);
  s[LATE_B][k] += w * (1.0 + left2);
  s[LATE_MEAN][k] += w * (left1 * tau1 - left2 * tau2) / now->dt_ms;
}

void lg_pair_receive_single(const cable_block *block, size_t k, double weight, double offset_ms,
                            const cable_moment *now) {
  receive(block, k, 0, 0, weight, offset_ms, now);
}

void lg_pair_receive_dual(const cable_block *block, size_t k, double weight, double offset_ms,
                          const cable_moment *now) {
  receive(block, k, 0, 0, weight, offset_ms, now);
  receive(block, k, STATES, 2, weight * block->parameter[RATIO][k], offset_ms, now);
}
