#include "num/median.h"

#include <math.h>

/* Hoare's selection with the median of three as the pivot. */
double lg_select(double *x, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    const double a = x[low], b = x[low + (high - low) / 2], c = x[high];
    const double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
    size_t i = low, j = high;
    for (;;) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i >= j) break;
      const double swap = x[i];
      x[i++] = x[j], x[j--] = swap;
    }
    if (k <= j) high = j;
    else low = j + 1;
  }
  return x[k];
}

double lg_median(double *x, size_t n) {
  if (n == 0) return (double)NAN;
  const double upper = lg_select(x, n, n / 2);
  if (n % 2) return upper;
  double lower = x[0]; /* what selection left below the middle */
  for (size_t k = 1; k < n / 2; k++) lower = x[k] > lower ? x[k] : lower;
  return 0.5 * (lower + upper);
}
