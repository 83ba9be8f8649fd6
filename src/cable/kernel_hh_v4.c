/* hh for AVX-512: 8 doubles a vector. */
#include "cable/kernel_hh.h"

#include <math.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define KERNEL(name) name##_v4
#define PAIR 4
#include "cable/kernel_hh.tmpl.h"
#else
/* not on this architecture: never chosen */
void lg_cable_hh_run_v4(const cable_hh_run *run) { lg_cable_hh_run_plain(run); }
#endif
