/* hh for AVX2 and FMA: 4 doubles a vector. */
#include "cable/kernel_hh.h"

#include <math.h>

#if defined(__AVX2__) && defined(__FMA__)
#include "cable/simd_v3.h"

#define KERNEL(name) name##_v3
#define PAIR 4
#include "cable/kernel_hh.tmpl.h"
#else
/* not on this architecture: never chosen */
void lg_cable_hh_run_v3(const cable_hh_run *run) { lg_cable_hh_run_plain(run); }
#endif
