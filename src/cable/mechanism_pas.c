/* Leaks that never change. */
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

static const lg_field gaba_parameters[] = {
    {"g", "S/cm2", 0.0, 0.0, 1e3, "Conductance."},
    {"e", "mV", -70.0, -1000.0, 1000.0, "Reversal."},
};

const cable_mechanism lg_cable_gaba_tonic = {
    .name = "gaba_tonic",
    .summary = "Extrasynaptic GABA-A receptors that ambient GABA keeps open: a leak of its own.",
    .source = "Farrant and Nusser 2005 Nat Rev Neurosci 6:215, doi 10.1038/nrn1625",
    .sort = CABLE_DENSITY,
    .parameters = gaba_parameters,
    .n_parameters = sizeof gaba_parameters / sizeof gaba_parameters[0],
    .constant_leak = true,
    .current = current,
};
