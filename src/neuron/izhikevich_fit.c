#define LG_IZH_FIT_NAME lg_izh_fit_base
#include "neuron/izhikevich_fit_kernel.h"

lg_izh_fit_fn lg_izh_fit_kernel(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("x86-64-v4")) return lg_izh_fit_v4;
  if (__builtin_cpu_supports("x86-64-v3")) return lg_izh_fit_v3;
#endif
  return lg_izh_fit_base;
}
