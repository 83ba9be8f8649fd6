#include "base/cpu.h"

/* -DLOLIGO_CPU_MOST=v3 or plain: as on a smaller CPU, to compare bits (tools/check_bits.sh) */
#ifndef LG_CPU_MOST
#define LG_CPU_MOST LG_CPU_V4
#endif

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
/* by features, not by level: clang 14 does not know the names of levels */
static lg_cpu widest(void) {
  if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")))
    return LG_CPU_PLAIN;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")))
    return LG_CPU_V3;
  return LG_CPU_V4;
}

lg_cpu lg_cpu_level(void) {
  const lg_cpu level = widest();
  return level < LG_CPU_MOST ? level : LG_CPU_MOST;
}

const char *lg_cpu_name(void) {
  const lg_cpu level = lg_cpu_level();
  return level == LG_CPU_V4 ? "x86-64-v4" : level == LG_CPU_V3 ? "x86-64-v3" : "x86-64";
}
#else
lg_cpu lg_cpu_level(void) { return LG_CPU_PLAIN; }
const char *lg_cpu_name(void) { return "generic"; }
#endif
