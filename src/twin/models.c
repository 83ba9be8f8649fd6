/* The table of models of all rooms: one call per room. */
#include "base/base.h"

#include <loligo/neuron.h>

const lg_model_info *const *lg_models(size_t *n) { return lg_neuron_models(n); }
