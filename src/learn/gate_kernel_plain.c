/* Gates of networks in plain C, and the choice of a table. */
#define LG_GATE(name) name##_plain
#include "learn/gate_kernel.tmpl.h"

const lg_gate_kernel lg_gate_kernel_plain = {"plain", LG_GATE(features), LG_GATE(rates), LG_GATE(outside),
                                             LG_GATE(relax)};

#include "base/cpu.h"

const lg_gate_kernel *lg_gate_kernel_get(unsigned i) {
  if (i == 0) return &lg_gate_kernel_plain;
  if (i == 1 && lg_cpu_level() >= LG_CPU_V3 && lg_gate_kernel_v3.name) return &lg_gate_kernel_v3;
  if (i == 2 && lg_cpu_level() >= LG_CPU_V4 && lg_gate_kernel_v4.name) return &lg_gate_kernel_v4;
  return NULL;
}

const lg_gate_kernel *lg_gate_kernel_best(void) {
  for (unsigned i = 3; i-- > 1;)
    if (lg_gate_kernel_get(i)) return lg_gate_kernel_get(i);
  return &lg_gate_kernel_plain;
}
