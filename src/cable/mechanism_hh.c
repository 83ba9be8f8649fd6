/* Squid axon: sodium, potassium and leak (Hodgkin and Huxley 1952) with the signs and the temperature of NEURON's
 * hh.mod, whose rates are computed here, not tabled. */
#include "base/elementary.h"
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

typedef struct gates {
  double steady[3], rate[3]; /* x∞ and 1/τ (per ms) of m, h, n */
} gates;

static void rates(double v, double q10, gates *out) {
  const double a[3] = {lg_x_over_expm1(-(v + 40.0) / 10.0), 0.07 * lg_exp(-(v + 65.0) / 20.0),
                       0.1 * lg_x_over_expm1(-(v + 55.0) / 10.0)};
  const double b[3] = {4.0 * lg_exp(-(v + 65.0) / 18.0), 1.0 / (lg_exp(-(v + 35.0) / 10.0) + 1.0),
                       0.125 * lg_exp(-(v + 65.0) / 80.0)};
  for (size_t x = 0; x < 3; x++) {
    const double sum = a[x] + b[x];
    out->steady[x] = a[x] / sum;
    out->rate[x] = q10 * sum;
  }
}

static double speed(double celsius) { return lg_pow(3.0, (celsius - 6.3) / 10.0); }

static void start(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    gates at;
    rates(now->v[block->node[k]], 1.0, &at);
    for (size_t x = 0; x < 3; x++) block->state[x][k] = at.steady[x];
  }
}

static void current(const cable_block *block, const cable_moment *now) {
  const double *gnabar = block->parameter[GNABAR], *gkbar = block->parameter[GKBAR], *gl = block->parameter[GL],
               *el = block->parameter[EL], *m = block->state[M], *h = block->state[H], *n = block->state[N];
  const double *ena = block->ion[NA]->reversal_mV, *ek = block->ion[K]->reversal_mV;
  const cable_ion *sodium = block->ion[NA], *potassium = block->ion[K];
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double v = now->v[at], n2 = n[k] * n[k];
    const double gna = gnabar[k] * (m[k] * m[k] * m[k] * h[k]), gk = gkbar[k] * (n2 * n2);
    const double na = gna * (v - ena[at]), ka = gk * (v - ek[at]);
    now->g[at] += block->scale[k] * (gna + gk + gl[k]);
    now->i[at] += block->scale[k] * (na + ka + gl[k] * (v - el[k]));
    if (sodium->current_is_read) sodium->current_mA_cm2[at] += na, sodium->conductance_S_cm2[at] += gna;
    if (potassium->current_is_read) potassium->current_mA_cm2[at] += ka, potassium->conductance_S_cm2[at] += gk;
  }
}

static void advance(const cable_block *block, const cable_moment *now) {
  const double q10 = speed(now->celsius);
  for (size_t k = 0; k < block->number; k++) {
    gates at;
    rates(now->v[block->node[k]], q10, &at);
    for (size_t x = 0; x < 3; x++) {
      double *state = block->state[x] + k;
      *state -= lg_expm1(-now->dt_ms * at.rate[x]) * (at.steady[x] - *state);
    }
  }
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
    .ions = ions,
    .n_ions = sizeof ions / sizeof ions[0],
    .start = start,
    .current = current,
    .advance = advance,
};
