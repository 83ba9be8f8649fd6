/* Passes of a step for AVX-512: 8 doubles a vector. */
#include "cable/kernel_step.h"

#include "base/elementary.h"
#include <math.h>
#include <stdbool.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define KERNEL(name) name##_v4
#include "cable/kernel_step.tmpl.h"
#else
const cable_pass_kernels lg_cable_pass_v4; /* not on this architecture: never chosen */
#endif
