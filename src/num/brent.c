#include "num/brent.h"

#include <math.h>

enum { MOST = 200 };

double lg_brent(lg_scalar_fn *fn, void *user, double a, double b, double tolerance, double *least) {
  const double golden = 0.3819660112501051;
  double x = a + golden * (b - a), w = x, v = x, fx = fn(user, x), fw = fx, fv = fx, step = 0.0, before = 0.0;
  for (int it = 0; it < MOST; it++) {
    const double middle = 0.5 * (a + b), tol = tolerance + 1e-12 * fabs(x);
    if (fabs(x - middle) <= 2.0 * tol - 0.5 * (b - a)) break;
    double p = 0.0, q = 0.0;
    if (fabs(before) > tol) { /* a parabola through the three best */
      const double r = (x - w) * (fx - fv);
      q = (x - v) * (fx - fw);
      p = (x - v) * q - (x - w) * r;
      q = 2.0 * (q - r);
      if (q > 0.0) p = -p;
      else q = -q;
    }
    if (fabs(p) < fabs(0.5 * q * before) && p > q * (a - x) && p < q * (b - x)) {
      before = step;
      step = p / q;
      if (x + step - a < 2.0 * tol || b - x - step < 2.0 * tol) step = middle > x ? tol : -tol;
    } else {
      before = (x < middle ? b : a) - x;
      step = golden * before;
    }
    const double u = x + (fabs(step) >= tol ? step : step > 0.0 ? tol : -tol), fu = fn(user, u);
    if (fu <= fx) {
      if (u < x) b = x;
      else a = x;
      v = w, fv = fw, w = x, fw = fx, x = u, fx = fu;
      continue;
    }
    if (u < x) a = u;
    else b = u;
    if (fu <= fw || w == x) v = w, fv = fw, w = u, fw = fu;
    else if (fu <= fv || v == x || v == w) v = u, fv = fu;
  }
  *least = fx;
  return x;
}
