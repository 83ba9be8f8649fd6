/* Eight derivatives as two vectors of four. */
#include "cable/simd_v3.h"
#include "cable/tangent_kernel.h"

#define ADD(a, b) _mm256_add_pd((a), (b))
#define MUL(a, b) _mm256_mul_pd((a), (b))
#define KERNELS lg_tangent_v3
#include "cable/tangent_kernel.inc"
