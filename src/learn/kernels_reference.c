/* The plain kernels and the choice of a table. */
#include "learn/kernels.h"

#include "base/cpu.h"
#include "learn/scalar.h"

#include "learn/real_f32.h"
#define LG_FMA fmaf
#include "learn/gemm_reference.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_reference.tmpl.h"
const lg_f32_kernels lg_f32_kernels_reference = {
    .name = "reference", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};

#undef LG_FMA
#undef LG_ELEMENTWISE
#include "learn/real_f64.h"
#define LG_FMA fma
#include "learn/gemm_reference.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_reference.tmpl.h"
const lg_f64_kernels lg_f64_kernels_reference = {
    .name = "reference", .gemm = LG_M(gemm), .mlp = LG_M(mlp), .mlp_columns = LG_M(mlp_columns), LG_ELEMENTWISE};

const lg_f32_kernels *lg_f32_kernels_get(unsigned i) {
  if (i == 0) return &lg_f32_kernels_reference;
  if (i == 1 && lg_cpu_level() >= LG_CPU_V3 && lg_f32_kernels_v3.gemm) return &lg_f32_kernels_v3;
  if (i == 2 && lg_cpu_level() >= LG_CPU_V4 && lg_f32_kernels_v4.gemm) return &lg_f32_kernels_v4;
  return NULL;
}

const lg_f64_kernels *lg_f64_kernels_get(unsigned i) {
  if (i == 0) return &lg_f64_kernels_reference;
  if (i == 1 && lg_cpu_level() >= LG_CPU_V3 && lg_f64_kernels_v3.gemm) return &lg_f64_kernels_v3;
  if (i == 2 && lg_cpu_level() >= LG_CPU_V4 && lg_f64_kernels_v4.gemm) return &lg_f64_kernels_v4;
  return NULL;
}

const lg_f32_kernels *lg_f32_kernels_best(void) {
  for (unsigned i = 3; i-- > 1;)
    if (lg_f32_kernels_get(i)) return lg_f32_kernels_get(i);
  return &lg_f32_kernels_reference;
}

const lg_f64_kernels *lg_f64_kernels_best(void) {
  for (unsigned i = 3; i-- > 1;)
    if (lg_f64_kernels_get(i)) return lg_f64_kernels_get(i);
  return &lg_f64_kernels_reference;
}
