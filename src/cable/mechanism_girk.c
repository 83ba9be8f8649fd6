/* Potassium conductance that GABA-B receptors have opened, linear. */
#include "cable/mechanisms.h"

static const lg_field parameters[] = {{"gbar", "S/cm2", 0.0, 0.0, 1e3, "Open conductance."}};
static const cable_ion_use ions[] = {{.name = "k", .valence = 1, .reads_reversal = true, .writes_current = true}};

static void current(const cable_block *block, const cable_moment *now) {
  const cable_ion *k_ion = block->ion[0];
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    const double g = block->parameter[0][k], i = g * (now->v[at] - k_ion->reversal_mV[at]);
    if (k_ion->current_is_read) {
      k_ion->current_mA_cm2[at] += i;
      k_ion->conductance_S_cm2[at] += g;
    }
    now->g[at] += block->scale[k] * g;
    now->i[at] += block->scale[k] * i;
  }
}

const cable_mechanism lg_cable_girk = {
    .name = "girk",
    .summary = "Potassium conductance that GABA-B receptors have opened, linear.",
    .source = "Luscher et al. 1997 Neuron 19:687, doi 10.1016/S0896-6273(00)80381-5",
    .sort = CABLE_DENSITY,
    .parameters = parameters,
    .n_parameters = 1,
    .ions = ions,
    .n_ions = 1,
    .current = current,
};
