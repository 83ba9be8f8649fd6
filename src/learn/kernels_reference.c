/* The plain kernels and the choice of a table. */
#include "learn/kernels.h"

#include "learn/scalar.h"

#include "learn/real_f32.h"
#define LG_FMA fmaf
#include "learn/gemm_reference.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_reference.tmpl.h"
const lg_f32_kernels lg_f32_kernels_reference = {
    .name = "reference", .gemm = LG_M(gemm), .mlp = LG_M(mlp), LG_ELEMENTWISE};

#undef LG_FMA
#undef LG_ELEMENTWISE
#include "learn/real_f64.h"
#define LG_FMA fma
#include "learn/gemm_reference.tmpl.h"

#include "learn/elementwise.tmpl.h"
#include "learn/mlp_reference.tmpl.h"
const lg_f64_kernels lg_f64_kernels_reference = {
    .name = "reference", .gemm = LG_M(gemm), .mlp = LG_M(mlp), LG_ELEMENTWISE};

#if defined(__GNUC__) && defined(__x86_64__)
static bool has_v3(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_v4(void) {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
}
#else
static bool has_v3(void) { return false; }
static bool has_v4(void) { return false; }
#endif

const lg_f32_kernels *lg_f32_kernels_get(unsigned i) {
  if (i == 0) return &lg_f32_kernels_reference;
  if (i == 1 && has_v3() && lg_f32_kernels_v3.gemm) return &lg_f32_kernels_v3;
  if (i == 2 && has_v4() && lg_f32_kernels_v4.gemm) return &lg_f32_kernels_v4;
  return NULL;
}

const lg_f64_kernels *lg_f64_kernels_get(unsigned i) {
  if (i == 0) return &lg_f64_kernels_reference;
  if (i == 1 && has_v3() && lg_f64_kernels_v3.gemm) return &lg_f64_kernels_v3;
  if (i == 2 && has_v4() && lg_f64_kernels_v4.gemm) return &lg_f64_kernels_v4;
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
