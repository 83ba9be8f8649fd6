#include "num/chi2.h"
#include "num/special.h"

#include <math.h>

double lg_chi2_tail(int dof, double x) {
  if (!(x > 0.0)) return 1.0;
  const double half = 0.5 * x;
  if (dof % 2 == 0) {
    double term = 1.0, sum = 1.0;
    for (int k = 1; k < dof / 2; k++) {
      term *= half / k;
      sum += term;
    }
    return lg_exp(-half) * sum;
  }
  double term = sqrt(x), sum = 0.0; /* x^(1/2)/1, x^(3/2)/(1 3), … */
  for (int k = 1; k < dof; k += 2) {
    if (k > 1) term *= x / k;
    sum += term;
  }
  return lg_erfc(sqrt(half)) + 0.7978845608028654 * lg_exp(-half) * sum;
}
