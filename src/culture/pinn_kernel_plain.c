/* Plain C: the reference of the others. */
#include "culture/pinn_kernel.h"

#include "learn/real_f32.h"
#define PINN_TABLE lg_f32_pinn_kernels_plain
#include "culture/pinn_kernel.tmpl.h"
#undef PINN_TABLE

#include "learn/real_f64.h"
#define PINN_TABLE lg_f64_pinn_kernels_plain
#include "culture/pinn_kernel.tmpl.h"

#include "base/cpu.h"

const lg_f32_pinn_kernels *lg_f32_pinn_kernels_best(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4   ? &lg_f32_pinn_kernels_v4
         : level >= LG_CPU_V3 ? &lg_f32_pinn_kernels_v3
                              : &lg_f32_pinn_kernels_plain;
}

const lg_f64_pinn_kernels *lg_f64_pinn_kernels_best(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4   ? &lg_f64_pinn_kernels_v4
         : level >= LG_CPU_V3 ? &lg_f64_pinn_kernels_v3
                              : &lg_f64_pinn_kernels_plain;
}
