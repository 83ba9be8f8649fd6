#include "culture/stretch.h"

void lg_culture_stretch(const double *y, const double *u, size_t m, double k, double d, double *scratch, double *sums) {
  const culture_interval h = culture_interval_of(k * d);
  double *start = scratch, *feed = scratch + m, *left = scratch + 2 * m, driven = 0.0;
  start[0] = 1.0, feed[0] = 0.0, left[0] = y[0];
  for (size_t t = 1; t < m; t++) {
    driven = h.fade * driven + k * (h.h1 * u[t - 1] + h.h2 * (u[t] - u[t - 1]));
    start[t] = start[t - 1] * h.fade;
    feed[t] = h.fade * feed[t - 1] + h.h1;
    left[t] = y[t] - driven;
  }
  double ss = 0.0, sf = 0.0, sl = 0.0, ff = 0.0, fl = 0.0, ll = 0.0;
  for (size_t t = 0; t < m; t++) {
    ss += start[t] * start[t], sf += start[t] * feed[t], sl += start[t] * left[t];
    ff += feed[t] * feed[t], fl += feed[t] * left[t], ll += left[t] * left[t];
  }
  sums[0] += ff - sf * sf / ss, sums[1] += fl - sf * sl / ss, sums[2] += ll - sl * sl / ss;
}
