#include "culture/stretch.h"

/* One pass: what a unit start, a unit feed and the neighbours leave, and their products. */
void lg_culture_stretch(const double *y, const double *u, const double *s, size_t m, double k, double rate,
                        double *sums) {
  const culture_interval h = culture_interval_of(rate);
  const double here = k * (h.h1 - h.h2), next = k * h.h2;
  double driven = 0.0, start = 1.0, feed = 0.0;
  double ss = 1.0, sf = 0.0, sl = y[0], ff = 0.0, fl = 0.0, ll = y[0] * y[0];
  for (size_t t = 1; t < m; t++) {
    driven = h.fade * driven + (here * u[t - 1] + next * u[t]) + (s ? h.h1 * s[t] : 0.0);
    start *= h.fade;
    feed = h.fade * feed + h.h1;
    const double left = y[t] - driven;
    ss += start * start, sf += start * feed, sl += start * left;
    ff += feed * feed, fl += feed * left, ll += left * left;
  }
  sums[0] += ff - sf * sf / ss, sums[1] += fl - sf * sl / ss, sums[2] += ll - sl * sl / ss;
}
