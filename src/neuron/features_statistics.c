#include "neuron/features_internal.h"

size_t features_argmin(const double *v, size_t begin, size_t end) {
  size_t best = end;
  for (size_t i = begin; i < end; i++)
    if (isfinite(v[i]) && (best == end || v[i] < v[best])) best = i;
  return best;
}

size_t features_argmax(const double *v, size_t begin, size_t end) {
  size_t best = end;
  for (size_t i = begin; i < end; i++)
    if (isfinite(v[i]) && (best == end || v[i] > v[best])) best = i;
  return best;
}

static void swap(double *x, size_t i, size_t j) {
  const double kept = x[i];
  x[i] = x[j];
  x[j] = kept;
}

/* k-th smallest of finite values (Hoare's quickselect, median of three); x is rearranged. */
static double select_kth(double *x, size_t n, size_t k) {
  size_t lo = 0, hi = n - 1;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    if (x[mid] < x[lo]) swap(x, mid, lo);
    if (x[hi] < x[lo]) swap(x, hi, lo);
    if (x[hi] < x[mid]) swap(x, hi, mid);
    const double pivot = x[mid];
    size_t i = lo, j = hi;
    while (i <= j) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i <= j) {
        swap(x, i, j);
        i++;
        if (j == 0) break;
        j--;
      }
    }
    if (k <= j) hi = j;
    else if (k >= i) lo = i;
    else return x[k];
  }
  return x[k];
}

double features_median(const double *x, size_t n, double *scratch) {
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(x[i])) scratch[m++] = x[i];
  if (m == 0 || 2 * m < n) return (double)NAN;
  const double upper = select_kth(scratch, m, m / 2);
  if (m % 2) return upper;
  double lower = scratch[0]; /* the lower half stands before m/2 now */
  for (size_t i = 1; i < m / 2; i++)
    if (scratch[i] > lower) lower = scratch[i];
  return 0.5 * (lower + upper);
}
