/* Eight derivatives one by one. */
#include "cable/tangent_kernel.h"

#include <math.h>

#include "cable/simd_plain.h"

#define KERNEL(name) name##_plain
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/tangent_kernel.tmpl.h"
