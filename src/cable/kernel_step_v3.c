/* Passes of a step for AVX2: 4 doubles a vector. */
#include "cable/kernel_step.h"

#include "base/elementary.h"
#include <math.h>
#include <stdbool.h>

#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define KERNEL(name) name##_v3
#include "cable/kernel_step.tmpl.h"
#else
const cable_pass_kernels lg_cable_pass_v3; /* not on this architecture: never chosen */
#endif
