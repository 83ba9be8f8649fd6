/* The crossing of a surface inside a step of dop853. */
#include "neuron/run.h"

#include <math.h>

double lg_run_root(lg_dop853 *step, const lg_plan *plan, double t, const double *y, lg_surface_fn g, double h,
                   double g0, double g1) {
  double a = 0.0, b = h, ga = g0, gb = g1, at[LG_NEURON_MAX_STATES];
  int side = 0;
  for (int k = 0; k < LG_ROOT_ITERATIONS && b - a > 1e-15 * (1.0 + t); k++) {
    double x = ga != gb ? b - gb * (b - a) / (gb - ga) : 0.5 * (a + b);
    if (!(x > a && x < b) || k % 8 == 7) x = 0.5 * (a + b);
    if (!(x > a && x < b)) break;
    lg_dop853_advance(step, t, y, x, at);
    const double gx = g(plan, at);
    if (gx == 0.0) return x;
    if ((gx > 0.0) == (g1 > 0.0)) {
      b = x;
      gb = gx;
      if (side == 1) ga *= 0.5;
      side = 1;
    } else {
      a = x;
      ga = gx;
      if (side == -1) gb *= 0.5;
      side = -1;
    }
    if (fabs(gx) < 1e-13 && side == 1) return x;
  }
  return b;
}
