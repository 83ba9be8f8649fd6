#include "neuron/izhikevich_misfit.h"

#include "base/cpu.h"

void lg_izh_misfit_add(const lg_izh_misfit *misfit, const lg_izh_sweep *sweep, double cost[LG_IZH_MISFIT_LANES]) {
  lg_izh_misfit_fn *add = lg_izh_misfit_plain;
#if defined(__x86_64__)
  const lg_cpu level = lg_cpu_level();
  add = level >= LG_CPU_V4 ? lg_izh_misfit_v4 : level >= LG_CPU_V3 ? lg_izh_misfit_v3 : add;
#endif
  add(misfit, sweep, cost);
}
