/* hh in plain C: the reference that the SIMD builds equal bit by bit. */
#include "cable/kernel_hh.h"

#include <math.h>

#include "cable/simd_plain.h"

#define KERNEL(name) name##_plain
#define PAIR 1
#include "cable/kernel_hh.tmpl.h"
