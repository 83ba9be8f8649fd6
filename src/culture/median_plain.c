/* One pixel at a time: what the vector kernels are compared with. */
#include "culture/median_kernel.h"

#define MEDIAN lg_culture_median_plain
#define V uint16_t
#define LANES ((size_t)1)
#define LOAD(p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define MINV(a, b) ((a) < (b) ? (a) : (b))
#define MAXV(a, b) ((a) > (b) ? (a) : (b))

#include "culture/median.tmpl.h"
