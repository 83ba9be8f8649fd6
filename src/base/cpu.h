/** @file cpu.h @brief Which build of a kernel this CPU runs: the one place that asks. */
#ifndef LG_CPU_H
#define LG_CPU_H

/** Builds of a kernel: plain C, files *_v3.c (AVX2, FMA) and *_v4.c (AVX-512); larger includes smaller. */
typedef enum lg_cpu { LG_CPU_PLAIN = 1, LG_CPU_V3 = 3, LG_CPU_V4 = 4 } lg_cpu;

/** @brief The widest build that CPU and operating system can run. Cheap: the features were read at the start. */
lg_cpu lg_cpu_level(void);

/** @brief Its name for provenance: "x86-64-v4", "x86-64-v3", "x86-64", or "generic" elsewhere. */
const char *lg_cpu_name(void);

#endif
