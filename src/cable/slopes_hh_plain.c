/* The derivatives of hh in plain C. */
#include "base/elementary.h"
#include "cable/slopes_known.h"

#include <math.h>

#include "cable/simd_plain.h"

#define KERNEL(name) lg_cable_known_hh_##name##_plain
#define PAIR 1
#include "cable/kernel_hh_rates.tmpl.h"

#include "cable/hh_slopes.tmpl.h"

#include "cable/slopes_hh.inc"
