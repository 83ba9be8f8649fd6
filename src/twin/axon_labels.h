/** @file axon_labels.h @brief Profiles and what the mechanics made of them, joined by name: what surrogates learn from.
 */
#ifndef LG_AXON_LABELS_H
#define LG_AXON_LABELS_H

#include "twin/axon_learn.h"

/** What was left out when profiles and outcomes were joined. */
typedef struct axon_join {
  size_t profiles, rows;  /* that were read */
  size_t without_outcome; /* profiles that no row is of */
  size_t without_profile; /* rows whose name no profile has */
  size_t failed;          /* rows with an outcome that is no number: simulations that failed */
  char first[3][64];      /* a name of each of the three */
} axon_join;

/**
 * @brief Read profiles and their outcomes, name,mt,axl,tau_pct,nf_pct,… as `loligo axon simulate` writes them
 * (CSV or HDF5).
 *
 * Further columns are ignored. Profiles of another length or step become 101 samples of 1 ms.
 * @retval LG_ERR_FORMAT a column is missing, a name twice, a cell that is neither a number nor nan; no name is in both
 * @retval LG_ERR_RANGE  a strain below 0 or a percentage outside 0 to 100
 */
LG_MUST_CHECK lg_status lg_axon_examples_load(lg_ctx *ctx, const char *profiles, const char *labels, axon_examples *out,
                                              axon_join *join);

/** @brief The rows of a table of outcomes in memory, matched to profiles (for tests and fuzzing). */
LG_MUST_CHECK lg_status lg_axon_examples_join(lg_ctx *ctx, const axon_profiles *profiles, const unsigned char *labels,
                                              size_t bytes, axon_examples *out, axon_join *join);

#endif
