/** @file lanes_common.h @brief What every build of the lanes' kernel needs of the compiler. */
#ifndef LG_AXON_LANES_COMMON_H
#define LG_AXON_LANES_COMMON_H

#include "learn/simd.h"

enum { AXON_MOST_ROWS = 61 };

/* The columns' sums must stay in registers: loops over a constant number of them are written out. */
#if defined(__clang__)
#define LG_UNROLL_ALL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define LG_UNROLL_ALL _Pragma("GCC unroll 32")
#else
#define LG_UNROLL_ALL
#endif

#endif
