/* A step backwards, for AVX2. */
#include "cable/adjoint_kernel.h"

#include <math.h>

#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define KERNEL(name) name##_v3
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/adjoint_kernel.tmpl.h"
#else
/* not on this architecture: never chosen */
const adjoint_kernels lg_adjoint_v3 = {0};
#endif
