/* Eight derivatives as one vector. */
#include "cable/tangent_kernel.h"

#include <math.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define KERNEL(name) name##_v4
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/tangent_kernel.tmpl.h"
#else
const tangent_kernels lg_tangent_v4; /* not on this architecture: never chosen */
#endif
