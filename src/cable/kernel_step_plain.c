/* Passes of a step in plain C: the reference that the SIMD builds equal bit by bit. */
#include "cable/kernel_step.h"

#include "base/cpu.h"

#include "base/elementary.h"
#include <math.h>
#include <stdbool.h>

#include "cable/simd_plain.h"

#define KERNEL(name) name##_plain
#include "cable/kernel_step.tmpl.h"

const cable_pass_kernels *lg_cable_pass_kernels(void) {
  const lg_cpu level = lg_cpu_level();
  return level >= LG_CPU_V4 ? &lg_cable_pass_v4 : level >= LG_CPU_V3 ? &lg_cable_pass_v3 : &lg_cable_pass_plain;
}
