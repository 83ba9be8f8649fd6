/* Built-in mechanisms for AVX-512: eight instances at a time. */
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define LEVEL v4
#include "cable/mechanisms.tmpl.h"
#else /* not on this architecture: never chosen */
#include "cable/mechanisms.h"
const cable_mechanism *const lg_cable_list_v4[] = {NULL};
const size_t lg_cable_list_length_v4 = 0;
#endif
