#include "neuron/tm_shoot.h"

bool lg_tm_shoot(const double theta[LG_TM_PARAMETERS], const lg_tm_pass *pass, const lg_tm_sweep *sweeps,
                 const lg_tm_window *windows, size_t n_windows, const double *start_mV, lg_tm_normal *normal,
                 lg_tm_arrow *arrows, double *residual_mV) {
  lg_tm_shoot_fn *shoot = lg_tm_shoot_plain;
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    shoot = lg_tm_shoot_v4;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) shoot = lg_tm_shoot_v3;
#endif
  return shoot(theta, pass, sweeps, windows, n_windows, start_mV, normal, arrows, residual_mV);
}
