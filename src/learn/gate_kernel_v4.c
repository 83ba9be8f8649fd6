/* AVX-512. */
#include "learn/gate_kernel.h"

#if defined(__AVX512F__) && defined(__AVX512VL__)
#define LG_GATE(name) name##_v4
#include "learn/gate_kernel.tmpl.h"

const lg_gate_kernel lg_gate_kernel_v4 = {"v4", LG_GATE(features), LG_GATE(rates), LG_GATE(outside), LG_GATE(relax)};
#else
const lg_gate_kernel lg_gate_kernel_v4 = {0};
#endif
