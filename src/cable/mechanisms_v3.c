/* Built-in mechanisms for AVX2 with FMA: four instances at a time. */
#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define LEVEL v3
#include "cable/mechanisms.tmpl.h"
#else /* not on this architecture: never chosen */
#include "cable/mechanisms.h"
const cable_mechanism *const lg_cable_list_v3[] = {NULL};
const size_t lg_cable_list_length_v3 = 0;
#endif
