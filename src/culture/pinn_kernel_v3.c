/* AVX2, as the compiler makes of plain C. */
#include "culture/pinn_kernel.h"

#include "learn/real_f32.h"
#define PINN_TABLE lg_f32_pinn_kernels_v3
#include "culture/pinn_kernel.tmpl.h"
#undef PINN_TABLE

#include "learn/real_f64.h"
#define PINN_TABLE lg_f64_pinn_kernels_v3
#include "culture/pinn_kernel.tmpl.h"
