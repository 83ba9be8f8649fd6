/* AVX2 + FMA. */
#include "learn/gate_kernel.h"

#if defined(__AVX2__) && defined(__FMA__)
#define LG_GATE(name) name##_v3
#include "learn/gate_kernel.tmpl.h"

const lg_gate_kernel lg_gate_kernel_v3 = {"v3", LG_GATE(features), LG_GATE(rates), LG_GATE(outside), LG_GATE(relax)};
#else
const lg_gate_kernel lg_gate_kernel_v3 = {0};
#endif
