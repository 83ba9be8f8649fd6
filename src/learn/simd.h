/* What the vectorised kernels need of the compiler. */
#ifndef LG_LEARN_SIMD_H
#define LG_LEARN_SIMD_H

#if defined(__clang__)
#define LG_ALWAYS_INLINE __attribute__((always_inline))
#define LG_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define LG_ALWAYS_INLINE __attribute__((always_inline))
#define LG_UNROLL _Pragma("GCC unroll 16")
#else
#define LG_ALWAYS_INLINE
#define LG_UNROLL
#endif

#endif
