#include "culture/identify.h"

#include <math.h>

double lg_culture_noise(const double *x, size_t n, double *scratch) {
  double median;
  if (n < 8) return 0.0;
  for (size_t t = 0; t + 3 < n; t++) scratch[t] = x[t + 3] - 3.0 * x[t + 2] + 3.0 * x[t + 1] - x[t];
  return lg_culture_mad(scratch, n - 3, scratch + n, &median) / sqrt(20.0);
}

/* How far the trace falls from a peak on one side before it rises above it. */
static double lowest(const double *x, size_t n, size_t peak, int side) {
  double low = x[peak];
  for (size_t t = peak; side < 0 ? t-- > 0 : ++t < n;) {
    if (x[t] > x[peak]) break;
    low = fmin(low, x[t]);
  }
  return low;
}

size_t lg_culture_peaks(const double *x, size_t n, double prominence, size_t *frames) {
  size_t count = 0;
  for (size_t t = 1; t + 1 < n; t++) {
    if (!(x[t] > x[t - 1])) continue;
    size_t end = t; /* a plateau counts once, at its middle */
    while (end + 1 < n && x[end + 1] == x[t]) end++;
    if (end + 1 < n && x[end + 1] < x[t] && x[t] - fmax(lowest(x, n, t, -1), lowest(x, n, end, 1)) >= prominence)
      frames[count++] = (t + end) / 2;
    t = end;
  }
  return count;
}
