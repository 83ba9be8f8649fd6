/** @file axon_validate_internal.h @brief Parts of the comparison of axons with reference solutions. */
#ifndef LG_TWIN_AXON_VALIDATE_INTERNAL_H
#define LG_TWIN_AXON_VALIDATE_INTERNAL_H

#include "io/table.h"
#include "twin/axon_validate.h"

enum {
  AXON_ROW_EXACT = 1,
  AXON_ROW_BUNDLE,
  AXON_ROW_DOUBLE,
  AXON_ROW_FLOAT,
  AXON_ROW_TRACES,
  AXON_ROW_CRITICAL,
  AXON_ROW_RATES,
  AXON_ROW_NAKADATE,
  AXON_ROW_BRAIN,
  AXON_ROW_LABELS,
  AXON_ROW_STEPS,
  AXON_ROW_TRENDS,
  AXON_ROW_NOT,
  AXON_ROW_TIME,
  AXON_ROWS = AXON_ROW_TIME
};

typedef struct axon_check {
  lg_ctx *ctx;
  const axon_validation *what;
} axon_check;

/** One figure; what is not given is NAN. */
typedef struct axon_figure {
  const char *what;
  double value, wanted;
  const char *unit;
  double error;
  const char *error_unit;
  double must;
  bool at_least;
} axon_figure;

bool lg_axon_check_wants(const axon_check *c, int row);
void lg_axon_check_say(const axon_check *c, int row, axon_figure figure);
/** @brief Something to know that nothing is asked of. */
void lg_axon_check_note(const axon_check *c, int row, const char *what, double value, const char *unit);
/** @brief folder/name into path (4096 bytes). */
LG_MUST_CHECK lg_status lg_axon_check_path(const axon_check *c, const char *name, char *path);
/** @brief A table of the folder; columns by name. */
LG_MUST_CHECK lg_status lg_axon_check_table(const axon_check *c, const char *name, lg_table **out);
LG_MUST_CHECK lg_status lg_axon_check_column(const axon_check *c, const lg_table *table, const char *name,
                                             const double **x, size_t *n);

/** A fibre drawn evenly to a strain, and held there. */
typedef struct axon_ramp {
  double strain, dt_s;
  double rise_steps; /* need not be whole */
  size_t n_steps;    /* in all */
} axon_ramp;

/** @brief Drawn at rate_per_s in `steps` steps, not held. */
axon_ramp lg_axon_ramp_in(double strain, double rate_per_s, size_t steps);
/** @brief The strain of it; free with lg_axon_profiles_destroy(). */
LG_MUST_CHECK lg_status lg_axon_ramp_profile(lg_ctx *ctx, const axon_ramp *ramp, axon_profiles **out);
/** @brief The outcome of a ramp on an axon. @retval LG_ERR_NUMERICAL it failed */
LG_MUST_CHECK lg_status lg_axon_ramp_run(lg_ctx *ctx, const lg_axon *axon, const axon_ramp *ramp,
                                         axon_precision precision, double out[AXON_OUTPUTS]);

LG_MUST_CHECK lg_status lg_axon_validate_exact(const axon_check *c);     /* 1, 6 */
LG_MUST_CHECK lg_status lg_axon_validate_reference(const axon_check *c); /* 2, 3, 4, 5, 11, 14 */
LG_MUST_CHECK lg_status lg_axon_validate_rates(const axon_check *c);     /* 7 */
LG_MUST_CHECK lg_status lg_axon_validate_nakadate(const axon_check *c);  /* 8 */
LG_MUST_CHECK lg_status lg_axon_validate_brain(const axon_check *c);     /* 9 */
LG_MUST_CHECK lg_status lg_axon_validate_labels(const axon_check *c);    /* 10 */
LG_MUST_CHECK lg_status lg_axon_validate_trends(const axon_check *c);    /* 12, 13 */

#endif
