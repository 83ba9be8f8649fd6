/* Squid axon: sodium, potassium and leak (Hodgkin and Huxley 1952) with the signs and the temperature of NEURON's
 * hh.mod, whose rates are computed here, not tabled. */
#include "base/elementary.h"
#include "cable/kernel_hh.h"
#include "cable/mechanisms.h"

enum { GNABAR, GKBAR, GL, EL };
enum { M, H, N };
enum { NA, K };

static const lg_field parameters[] = {
    {"gnabar", "S/cm2", 0.12, 0.0, 1e3, "Greatest sodium conductance."},
    {"gkbar", "S/cm2", 0.036, 0.0, 1e3, "Greatest potassium conductance."},
    {"gl", "S/cm2", 0.0003, 0.0, 1e3, "Leak conductance."},
    {"el", "mV", -54.3, -1000.0, 1000.0, "Reversal of the leak."},
};

static const char *const states[] = {"m", "h", "n"};

static const cable_ion_use ions[] = {
    {.name = "na", .valence = 1, .reads_reversal = true, .writes_current = true},
    {.name = "k", .valence = 1, .reads_reversal = true, .writes_current = true},
};

static void steady(double v, double x[3]) {
  const double a[3] = {lg_x_over_expm1(-(v + 40.0) / 10.0), 0.07 * lg_exp(-(v + 65.0) / 20.0),
                       0.1 * lg_x_over_expm1(-(v + 55.0) / 10.0)};
  const double b[3] = {4.0 * lg_exp(-(v + 65.0) / 18.0), 1.0 / (lg_exp(-(v + 35.0) / 10.0) + 1.0),
                       0.125 * lg_exp(-(v + 65.0) / 80.0)};
  for (size_t k = 0; k < 3; k++) x[k] = a[k] / (a[k] + b[k]);
}

static void start(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    double x[3];
    steady(now->v[block->node[k]], x);
    for (size_t j = 0; j < 3; j++) block->state[j][k] = x[j];
  }
}

/* What goes through the ion channels, for those who read it. */
static void add_ion_currents(const cable_block *block, const cable_moment *now) {
  const double *gnabar = block->parameter[GNABAR], *gkbar = block->parameter[GKBAR];
  const double *m = block->state[M], *h = block->state[H], *n = block->state[N];
  const cable_ion *sodium = block->ion[NA], *potassium = block->ion[K];
  if (!sodium->current_is_read && !potassium->current_is_read) return;
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double v = now->v[at], n2 = n[k] * n[k];
    const double gna = gnabar[k] * (m[k] * m[k] * m[k] * h[k]), gk = gkbar[k] * (n2 * n2);
    if (sodium->current_is_read) {
      sodium->current_mA_cm2[at] += gna * (v - sodium->reversal_mV[at]);
      sodium->conductance_S_cm2[at] += gna;
    }
    if (potassium->current_is_read) {
      potassium->current_mA_cm2[at] += gk * (v - potassium->reversal_mV[at]);
      potassium->conductance_S_cm2[at] += gk;
    }
  }
}

static void current(const cable_block *block, const cable_moment *now) {
  lg_cable_hh_current(block, now);
  add_ion_currents(block, now);
}

static void advance_current(const cable_block *block, const cable_moment *now) {
  lg_cable_hh_advance_current(block, now);
  add_ion_currents(block, now);
}

const cable_mechanism lg_cable_hh = {
    .name = "hh",
    .summary = "Sodium, potassium and leak of the squid axon.",
    .source = "Hodgkin and Huxley 1952, J Physiol 117:500; hh.mod of NEURON with exact rates, q10 3 from 6.3 °C",
    .sort = CABLE_DENSITY,
    .parameters = parameters,
    .n_parameters = sizeof parameters / sizeof parameters[0],
    .states = states,
    .n_states = sizeof states / sizeof states[0],
    .n_memory = CABLE_HH_MEMORY,
    .memory_is_dear = true,
    .ions = ions,
    .n_ions = sizeof ions / sizeof ions[0],
    .prepare = lg_cable_hh_prepare,
    .release = lg_cable_hh_release,
    .start = start,
    .current = current,
    .advance = lg_cable_hh_advance,
    .advance_current = advance_current,
};
