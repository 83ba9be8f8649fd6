/* Spiking membranes for AVX-512. */
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define LEVEL v4
#include "cable/membrane.tmpl.h"
#endif
