/**
 * @file rescue.h
 * @brief Which drug brings an epileptic twin back: every drug of a table at its therapeutic free concentration.
 */
#ifndef LG_TWIN_RESCUE_H
#define LG_TWIN_RESCUE_H

#include "twin/trial.h"

typedef struct lg_rescue_row {
  const lg_drug *drug;
  double dose_uM;         /**< top of the therapeutic free range */
  double area_to_healthy; /**< area under the f–I curve, treated and epileptic / healthy */
  lg_verdict verdict;     /**< against the untreated epileptic neuron */
  bool acts, rescues;     /**< rescues: within 20 % of the healthy neuron, where the untreated one is not */
} lg_rescue_row;

typedef struct lg_rescue {
  double ill_to_healthy; /**< area, untreated / healthy */
  size_t n;
  lg_rescue_row *rows; /**< (n) nearest to the healthy neuron first */
  size_t n_unknown;    /**< drugs without a therapeutic free concentration: not tried */
} lg_rescue;

/** @brief Try every drug of the table. Failures as lg_trial_run(). */
LG_MUST_CHECK lg_status lg_rescue_run(lg_ctx *ctx, const lg_subject *subject, const lg_drug_table *table,
                                      const lg_drug_bath *bath, const lg_assay_opts *opts, lg_rescue **out);
void lg_rescue_destroy(lg_ctx *ctx, lg_rescue *rescue);

#endif
