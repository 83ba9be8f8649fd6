/**
 * @file sensitivity.h
 * @brief Which constant matters: d ln output / d ln constant over profiles and gap configurations.
 *
 * Constants that outputs follow smoothly: exact derivatives (tangent.h). Those that move gaps and node by whole
 * elements, or only decide whether something breaks: differences of runs with 0.8 and 1.2 times the constant; for one
 * axon these say little (its gaps jump), over seeds their mean does.
 */
#ifndef LG_AXON_SENSITIVITY_H
#define LG_AXON_SENSITIVITY_H

#include "axon/tangent.h"
#include "axon/threshold.h"

enum { AXON_DIFFERENCED = 6, AXON_SENSITIVE = AXON_TANGENTS + AXON_DIFFERENCED };
/** Names: those of tangents, then mt_fail, L_mean, L_cv, L_min, L_max, node_len. */
const char *lg_axon_sensitive_name(size_t constant);

/** One constant and one output. */
typedef struct axon_sensitivity {
  size_t n;         /* values that are finite */
  double mean, sd;  /* over seeds, of the means over profiles; sd NAN: one seed */
  double low, high; /* least and greatest of all profiles and seeds */
  double size;      /* mean over profiles of |mean over seeds|: what constants are ranked by */
  size_t rank;      /* from 1, of this output */
} axon_sensitivity;

/**
 * @brief Sensitivities of mt, axl, tau_pct and nf_pct.
 * @param seeds (n_seeds)
 * @param out   (AXON_SENSITIVE, AXON_JUDGED)
 * @param each  (profiles->n, n_seeds, AXON_SENSITIVE, AXON_JUDGED) or NULL; NAN where a run failed or an output is 0
 */
LG_MUST_CHECK lg_status lg_axon_sensitivities(lg_ctx *ctx, const axon_params *params, const uint64_t *seeds,
                                              size_t n_seeds, const axon_profiles *profiles, axon_sensitivity *out,
                                              double *each);

#endif
