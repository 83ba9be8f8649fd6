#include "neuron/features_internal.h"
#include "num/median.h"

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

double features_median(const double *x, size_t n, double *scratch) {
  size_t m = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(x[i])) scratch[m++] = x[i];
  if (m == 0 || 2 * m < n) return (double)NAN;
  return lg_median(scratch, m);
}
