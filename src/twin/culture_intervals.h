/** @file culture_intervals.h @brief How often intervals hold the truth: simulated trace sets, identified one by one. */
#ifndef LG_CULTURE_INTERVALS_H
#define LG_CULTURE_INTERVALS_H

#include "culture/identify.h"
#include "culture/simulate.h"

/** One simulated set. */
typedef struct culture_interval_set {
  uint64_t seed;
  culture_law law, found_law;
  double k, k_found, k_low, k_high, half_width; /* the last in units of k */
  bool k_held, identifiable;
  size_t n_cells, feeds_held;
  double feeds_r2;
  size_t n_true_events, n_events, n_hits; /* within two frames */
} culture_interval_set;

typedef struct lg_culture_intervals {
  size_t n;
  culture_interval_set *set; /* (n) */
  size_t k_held, law_right;
  double half_width, bias; /* means over the sets, in units of k */
  double feeds_held;       /* share of all feeds */
  double event_f1;
} lg_culture_intervals;

typedef struct culture_intervals_plan {
  size_t n_sets;                 /* 1 to 10000; 40 */
  uint64_t seed;                 /* set q has seed + q */
  culture_simulation simulation; /* of each; its seed is replaced */
  culture_identify identify;     /* law -1: chosen in each set */
  bool all_laws;                 /* the law of set q is q modulo the number of laws */
} culture_intervals_plan;

/** @brief 40 sets of 108 cells, 361 frames, noise 0.01 with events; the law as simulated is found again. */
culture_intervals_plan lg_culture_intervals_default(void);

/** @brief Run them, one after the other. */
LG_MUST_CHECK lg_status lg_culture_intervals_run(lg_ctx *ctx, const culture_intervals_plan *plan,
                                                 lg_culture_intervals **out);
void lg_culture_intervals_destroy(lg_ctx *ctx, lg_culture_intervals *table);

#endif
