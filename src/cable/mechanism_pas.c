/* A leak that never changes. */
#include "cable/mechanisms.h"

enum { G, E };

static const lg_field parameters[] = {
    {"g", "S/cm2", 0.001, 0.0, 1e3, "Conductance."},
    {"e", "mV", -70.0, -1000.0, 1000.0, "Reversal."},
};

static void current(const cable_block *block, const cable_moment *now) {
  const double *g = block->parameter[G], *e = block->parameter[E];
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double siemens = block->scale[k] * g[k];
    now->g[at] += siemens;
    now->i[at] += siemens * (now->v[at] - e[k]);
  }
}

const cable_mechanism lg_cable_pas = {
    .name = "pas",
    .summary = "Passive leak.",
    .source = "pas.mod of NEURON",
    .sort = CABLE_DENSITY,
    .parameters = parameters,
    .n_parameters = sizeof parameters / sizeof parameters[0],
    .constant_leak = true,
    .current = current,
};
