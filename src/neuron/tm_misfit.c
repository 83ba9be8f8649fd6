#include "neuron/tm_misfit.h"

void lg_tm_misfit_add(const lg_tm_misfit *misfit, const lg_tm_sweep *sweep, const double start_mV[LG_TM_LANES],
                      double cost[LG_TM_LANES]) {
  lg_tm_misfit_fn *add = lg_tm_misfit_plain;
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    add = lg_tm_misfit_v4;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) add = lg_tm_misfit_v3;
#endif
  add(misfit, sweep, start_mV, cost);
}
