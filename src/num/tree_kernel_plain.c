/* Tree kernels in plain C: the reference that the SIMD builds equal bit by bit. */
#include "num/tree_solver_internal.h"

#define W ((size_t)1)
#define V double
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define KERNEL(name) name##_plain
#include "num/tree_kernel.tmpl.h"

const lg_tree_kernels lg_tree_kernels_plain = {solve_plain, again_plain, solve_lanes_plain, again_lanes_plain};
