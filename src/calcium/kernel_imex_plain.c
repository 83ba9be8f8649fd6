/* The sweeps one node at a time: the reference, and what runs where there is no AVX2. */
#include "calcium/kernel_imex_local.h"

#include <math.h>

typedef struct plain_row {
  double v[3];
} plain_row;

static inline plain_row row_load(const double *p) { return (plain_row){{p[0], p[1], p[2]}}; }
static inline void row_store(double *p, plain_row a) { p[0] = a.v[0], p[1] = a.v[1], p[2] = a.v[2]; }
static inline plain_row row_fma(plain_row a, plain_row b, plain_row c) {
  return (plain_row){{fma(a.v[0], b.v[0], c.v[0]), fma(a.v[1], b.v[1], c.v[1]), fma(a.v[2], b.v[2], c.v[2])}};
}
static inline plain_row row_mul(plain_row a, plain_row b) {
  return (plain_row){{a.v[0] * b.v[0], a.v[1] * b.v[1], a.v[2] * b.v[2]}};
}

#define ROW plain_row
#define ROW_ZERO row_load((const double[3]){0.0, 0.0, 0.0})
#define ROW_LOAD(p) row_load(p)
#define ROW_STORE(p, a) row_store((p), (a))
#define ROW_FMA(a, b, c) row_fma((a), (b), (c))
#define ROW_MUL(a, b) row_mul((a), (b))

#include "calcium/kernel_imex_one.inc"
#define PUT(c, b, e, rows) ((rows)[0] = (plain_row){{(c), (b), (e)}})
#define TAKE(rows, d) ((d)[0] = (rows)[0].v[0], (d)[1] = (rows)[0].v[1], (d)[2] = (rows)[0].v[2])
#include "calcium/kernel_imex_node.tmpl.h"

#define WIDE ((size_t)1)
#define begin_wide begin_one
#define end_wide end_one
#define KERNELS lg_calcium_sweep_plain
#include "calcium/kernel_imex_sweep.tmpl.h"

const calcium_sweep_kernels *lg_calcium_sweep_choose(lg_cpu at_most) {
  const lg_cpu here = lg_cpu_level(), level = here < at_most ? here : at_most;
  return level >= LG_CPU_V4   ? &lg_calcium_sweep_v4
         : level >= LG_CPU_V3 ? &lg_calcium_sweep_v3
                              : &lg_calcium_sweep_plain;
}
