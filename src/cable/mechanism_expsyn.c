/* Conductance that jumps by the weight and decays exponentially. */
#include "base/elementary.h"
#include "cable/mechanisms.h"

enum { TAU, E };
/* g at the start of the step; what events inside the step leave at its end, and add to its mean. */
enum { CONDUCTANCE, LATE, LATE_MEAN };

static const lg_field parameters[] = {
    {"tau", "ms", 0.1, 1e-9, 1e9, "Time constant of the decay."},
    {"e", "mV", 0.0, -1000.0, 1000.0, "Reversal."},
};

static const char *const states[] = {"g", "late", "late_mean"};

static void start(const cable_block *block, const cable_moment *now) {
  (void)now;
  for (size_t s = 0; s < 3; s++)
    for (size_t k = 0; k < block->number; k++) block->state[s][k] = 0.0;
}

/* The mean of e^(-t/tau) over 0 … duration, times duration / step. */
static double mean_of_decay(double duration, double tau, double step) {
  return -lg_expm1(-duration / tau) * (tau / step);
}

static void current(const cable_block *block, const cable_moment *now) {
  const double *tau = block->parameter[TAU], *e = block->parameter[E];
  const double *g = block->state[CONDUCTANCE], *late_mean = block->state[LATE_MEAN];
  const bool mean = now->scheme != CABLE_NRN;
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double now_g = mean ? g[k] * mean_of_decay(now->dt_ms, tau[k], now->dt_ms) + late_mean[k] : g[k];
    now->g[at] += now_g;
    now->i[at] += now_g * (now->v[at] - e[k]);
  }
}

static void advance(const cable_block *block, const cable_moment *now) {
  const double *tau = block->parameter[TAU];
  double *g = block->state[CONDUCTANCE], *late = block->state[LATE], *late_mean = block->state[LATE_MEAN];
  for (size_t k = 0; k < block->number; k++) {
    g[k] = g[k] * lg_exp(-now->dt_ms / tau[k]) + late[k];
    late[k] = 0.0;
    late_mean[k] = 0.0;
  }
}

static void receive(const cable_block *block, size_t k, double weight, double offset_ms, const cable_moment *now) {
  const double tau = block->parameter[TAU][k], rest = now->dt_ms - offset_ms;
  if (now->scheme == CABLE_NRN || offset_ms <= 0.0) {
    block->state[CONDUCTANCE][k] += weight;
    return;
  }
  block->state[LATE][k] += weight * lg_exp(-rest / tau);
  block->state[LATE_MEAN][k] += weight * mean_of_decay(rest, tau, now->dt_ms);
}

const cable_mechanism lg_cable_expsyn = {
    .name = "ExpSyn",
    .summary = "Synapse whose conductance jumps by the weight (uS) and decays exponentially.",
    .source = "expsyn.mod of NEURON",
    .sort = CABLE_POINT,
    .parameters = parameters,
    .n_parameters = sizeof parameters / sizeof parameters[0],
    .states = states,
    .n_states = sizeof states / sizeof states[0],
    .whole_steps = true,
    .start = start,
    .current = current,
    .advance = advance,
    .receive = receive,
};
