/* Tree kernels in plain C: the reference that the SIMD builds equal bit by bit. */
#include "num/tree_solver_internal.h"

#define W ((size_t)1)
#define V double
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define LOAD_SOME(p, n) ((void)(n), *(p))
#define STORE_SOME(p, x, n) ((void)(n), *(p) = (x))
#define INSERT(x, l, y) ((void)(l), (void)(x), (y))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define KERNEL(name) name##_plain
#define LG_TREE_CONSTANT_VECTORS 0
#include "num/tree_kernel.tmpl.h"
#include "num/tree_lanes.tmpl.h"
#include "num/tree_sides.tmpl.h"

const lg_tree_kernels lg_tree_kernels_plain = {solve_plain,       again_plain,      solve_lanes_plain,
                                               again_lanes_plain, step_lanes_plain, sides_plain};
