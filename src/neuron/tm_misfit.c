#include "neuron/tm_misfit.h"

#include "base/cpu.h"

void lg_tm_misfit_add(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[LG_TM_LANES],
                      double cost[LG_TM_LANES]) {
  const lg_cpu level = lg_cpu_level();
  lg_tm_misfit_fn *const add = level >= LG_CPU_V4   ? lg_tm_misfit_v4
                               : level >= LG_CPU_V3 ? lg_tm_misfit_v3
                                                    : lg_tm_misfit_plain;
  add(misfit, sweep, start_mV, cost);
}
