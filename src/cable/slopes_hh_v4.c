/* The derivatives of hh for AVX-512. */
#include "base/elementary.h"
#include "cable/slopes_known.h"

#include <math.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include "cable/simd_v4.h"

#define KERNEL(name) lg_cable_known_hh_##name##_v4
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/slopes_hh.inc"
#else
/* not on this architecture: never chosen */
void lg_cable_known_hh_current_v4(const cable_known_hh *a) { lg_cable_known_hh_current_plain(a); }
void lg_cable_known_hh_advance_v4(const cable_known_hh *a) { lg_cable_known_hh_advance_plain(a); }
#endif
