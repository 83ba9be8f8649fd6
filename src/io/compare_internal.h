/** @file compare_internal.h @brief What the parts of the comparison share. */
#ifndef LG_COMPARE_INTERNAL_H
#define LG_COMPARE_INTERNAL_H

#include "io/compare.h"

typedef struct lg_comparison {
  lg_ctx *ctx;
  const lg_compare_opts *opts;
  lg_difference_fn fn;
  void *user;
  lg_compare_report report;
} lg_comparison;

/** @brief Whether a key or column is left out. */
bool lg_compare_ignores(const lg_comparison *c, const char *key);
/** @brief Whether two numbers are equal within the tolerance; counts the value and its delta. */
bool lg_compare_numbers(lg_comparison *c, double a, double b);
/** @brief Report a difference (and count it). */
void lg_compare_differ(lg_comparison *c, const char *where, const char *a, const char *b);

LG_MUST_CHECK lg_status lg_compare_csv(lg_comparison *c, const char *a, const char *b, const char *prefix);
LG_MUST_CHECK lg_status lg_compare_tables(lg_comparison *c, const char *a, const char *b, const char *prefix);
LG_MUST_CHECK lg_status lg_compare_json(lg_comparison *c, const char *a, const char *b, const char *prefix);

#endif
