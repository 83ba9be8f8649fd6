/* Eight derivatives as one vector. */
#include "cable/simd_v4.h"
#include "cable/tangent_kernel.h"

#define ADD(a, b) _mm512_add_pd((a), (b))
#define MUL(a, b) _mm512_mul_pd((a), (b))
#define KERNELS lg_tangent_v4
#include "cable/tangent_kernel.inc"
