#include "neuron/tm_shoot.h"

#include "base/cpu.h"

bool lg_tm_shoot(const double theta[LG_TM_PARAMETERS], const lg_tm_pass *pass, const lg_tm_sweep *sweeps,
                 const lg_tm_window *windows, size_t n_windows, const double *start_mV, lg_tm_normal *normal,
                 lg_tm_arrow *arrows, double *residual_mV) {
  const lg_cpu level = lg_cpu_level();
  lg_tm_shoot_fn *const shoot = level >= LG_CPU_V4   ? lg_tm_shoot_v4
                                : level >= LG_CPU_V3 ? lg_tm_shoot_v3
                                                     : lg_tm_shoot_plain;
  return shoot(theta, pass, sweeps, windows, n_windows, start_mV, normal, arrows, residual_mV);
}
