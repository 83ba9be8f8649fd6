/* Eight derivatives as two vectors of four. */
#include "cable/tangent_kernel.h"

#include <math.h>

#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define KERNEL(name) name##_v3
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/tangent_kernel.tmpl.h"
#else
const tangent_kernels lg_tangent_v3; /* not on this architecture: never chosen */
#endif
