/**
 * @file verdict_validate.h
 * @brief The truth table of the spec (twin 5.9): what well-known drugs must do to a regular-spiking neuron, and to what
 * share of random neurons they do it.
 */
#ifndef LG_TWIN_VERDICT_VALIDATE_H
#define LG_TWIN_VERDICT_VALIDATE_H

#include "twin/assay.h"
#include "twin/drug.h"

enum { LG_TRUTHS = 13, LG_TRUTH_WORDS = 200 };

/** One row of the table, judged. */
typedef struct lg_truth {
  const char *name;     /**< "XE991 10 uM" */
  const char *expected; /**< "excited" */
  bool right;           /**< of the regular-spiking neuron */
  char found[LG_TRUTH_WORDS];
  size_t n, n_right;            /**< random neurons of the prior */
  size_t verdicts[LG_VERDICTS]; /**< what they came to */
} lg_truth;

/**
 * @brief Judge every row on the regular-spiking neuron and on n neurons of the Traub–Miles prior.
 * @param table the table of drugs (data/drugs.csv)
 */
LG_MUST_CHECK lg_status lg_truth_table(lg_ctx *ctx, const lg_drug_table *table, size_t n, uint64_t seed,
                                       lg_truth rows[LG_TRUTHS]);

#endif
