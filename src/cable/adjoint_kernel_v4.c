/* A step backwards, for AVX-512. */
#include "cable/adjoint_kernel.h"

#include <math.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define KERNEL(name) name##_v4
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/adjoint_kernel.tmpl.h"
#else
/* not on this architecture: never chosen */
const adjoint_kernels lg_adjoint_v4 = {0};
#endif
