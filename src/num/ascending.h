/** @file ascending.h @brief Doubles in ascending order for qsort(); no NaN among them. */
#ifndef LG_ASCENDING_H
#define LG_ASCENDING_H

static inline int lg_ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

#endif
