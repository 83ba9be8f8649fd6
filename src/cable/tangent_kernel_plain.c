/* Eight derivatives one by one. */
#include "cable/simd_plain.h"
#include "cable/tangent_kernel.h"

#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define KERNELS lg_tangent_plain
#include "cable/tangent_kernel.inc"
