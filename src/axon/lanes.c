#include "axon/lanes.h"

#include "base/cpu.h"

size_t lg_axon_lanes_bytes(const axon_build *build, const lg_axon *axon) {
  const size_t e = axon->params.elements, r = axon->params.rows, b = r + 1, inner = e - 1, p = axon->n_pairs;
  const size_t reals =
      2 * (e + 1) * b + 3 * inner * (p + r) + 6 * e + 3 * e * r + (inner * b + b) * (b + 2) + 5 * b + b * (b + 1) + b;
  return reals * build->lanes * build->real_bytes;
}

const axon_build *lg_axon_float(void) {
  const lg_cpu level = lg_cpu_level();
  if (level >= LG_CPU_V4) return &lg_axon_float_v4;
  return level >= LG_CPU_V3 ? &lg_axon_float_v3 : &lg_axon_float_plain;
}
