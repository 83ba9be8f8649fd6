/* Spiking membranes for AVX2 with FMA. */
#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define LEVEL v3
#include "cable/membrane.tmpl.h"
#endif
