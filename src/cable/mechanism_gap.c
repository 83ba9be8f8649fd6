/* Half of a gap junction: a conductance to a potential that someone else writes every step. */
#include "cable/mechanisms.h"

static const lg_field parameters[] = {{"g", "uS", 0.0, 0.0, 1e6, "Conductance of the junction."}};
static const char *const states[] = {"v_other"};

static void start(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) block->state[0][k] = now->v[block->node[k]];
}

static void current(const cable_block *block, const cable_moment *now) {
  const double *g = block->parameter[0], *other = block->state[0];
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    now->g[at] += g[k];
    now->i[at] += g[k] * (now->v[at] - other[k]);
  }
}

const cable_mechanism lg_cable_gap = {
    .name = "gap",
    .summary = "Half of a gap junction: a conductance to the potential of the other side, which the network writes.",
    .source = "Ohm's law",
    .sort = CABLE_POINT,
    .parameters = parameters,
    .n_parameters = 1,
    .states = states,
    .n_states = 1,
    .whole_steps = true,
    .start = start,
    .current = current,
};
