/* Voltage clamp through a resistance: three levels one after the other, then none. */
#include "cable/mechanisms.h"

enum { RS, DURATION1, LEVEL1 };

static const lg_field parameters[] = {
    {"rs", "MOhm", 1.0, 1e-9, 1e9, "Resistance in series."},
    {"dur1", "ms", 0.0, 0.0, 1e15, "How long the first level holds."},
    {"amp1", "mV", 0.0, -1e4, 1e4, "First level."},
    {"dur2", "ms", 0.0, 0.0, 1e15, "How long the second level holds."},
    {"amp2", "mV", 0.0, -1e4, 1e4, "Second level."},
    {"dur3", "ms", 0.0, 0.0, 1e15, "How long the third level holds."},
    {"amp3", "mV", 0.0, -1e4, 1e4, "Third level."},
};

/* Share of a step that lies within begin … end; in CABLE_NRN all of it goes where its middle lies. */
static double share(double begin, double end, const cable_moment *now) {
  const double from = now->t_ms, to = from + now->dt_ms;
  if (now->scheme == CABLE_NRN) {
    const double middle = from + 0.5 * now->dt_ms;
    return middle >= begin && middle < end ? 1.0 : 0.0;
  }
  const double low = begin > from ? begin : from, high = end < to ? end : to;
  return high > low ? (high - low) / now->dt_ms : 0.0;
}

static void current(const cable_block *block, const cable_moment *now) {
  for (size_t k = 0; k < block->number; k++) {
    const uint32_t at = block->node[k];
    double begin = 0.0, g = 0.0, i = 0.0;
    for (size_t level = 0; level < 3; level++) {
      const double end = begin + block->parameter[DURATION1 + 2 * level][k];
      const double part = share(begin, end, now) / block->parameter[RS][k];
      g += part;
      i += part * (now->v[at] - block->parameter[LEVEL1 + 2 * level][k]);
      begin = end;
    }
    now->g[at] += g;
    now->i[at] += i;
  }
}

const cable_mechanism lg_cable_seclamp = {
    .name = "SEClamp",
    .summary = "Voltage clamp through a resistance, three levels one after the other.",
    .source = "svclmp.mod of NEURON",
    .sort = CABLE_POINT,
    .parameters = parameters,
    .n_parameters = sizeof parameters / sizeof parameters[0],
    .current = current,
};
