#define LG_IZH_FIT_NAME lg_izh_fit_base
#include "neuron/izhikevich_fit_kernel.h"

lg_izh_fit_fn lg_izh_fit_kernel(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  /* by features, not by level: clang 14 does not know the names of levels */
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    return lg_izh_fit_v4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return lg_izh_fit_v3;
#endif
  return lg_izh_fit_base;
}
