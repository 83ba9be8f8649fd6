#define LG_IZH_FIT_NAME lg_izh_fit_base
#include "neuron/izhikevich_fit_kernel.h"

#include "base/cpu.h"

lg_izh_fit_fn lg_izh_fit_kernel(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4 ? lg_izh_fit_v4 : level >= LG_CPU_V3 ? lg_izh_fit_v3 : lg_izh_fit_base;
}
