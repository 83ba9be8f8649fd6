/** @file lanes_common.h @brief What every build of the lanes' kernel needs of the compiler. */
#ifndef LG_AXON_LANES_COMMON_H
#define LG_AXON_LANES_COMMON_H

#include "learn/simd.h"

enum { AXON_MOST_ROWS = 61 };

/* The columns' sums must stay in registers: loops over a constant number of them are written out. Not where it would
 * gain nothing: in the plain builds, and under a sanitizer, whose checks of every load take minutes to compile. */
#if defined(AXON_PLAIN) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AXON_WRITE_OUT 0
#define LG_UNROLL_ALL
#elif defined(__clang__)
#define AXON_WRITE_OUT 1
#define LG_UNROLL_ALL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define AXON_WRITE_OUT 1
#define LG_UNROLL_ALL _Pragma("GCC unroll 32")
#else
#define AXON_WRITE_OUT 0
#define LG_UNROLL_ALL
#endif

#endif
