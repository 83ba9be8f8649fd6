/**
 * @file screening.h
 * @brief Many individuals × many compounds × doses: what one point of a screen is worked out by.
 *
 * Point = (individual * n_compounds + compound) * n_doses + dose. Points are independent; lg_screening_points() may be
 * called by many threads at once, each with its own context.
 */
#ifndef LG_TWIN_SCREENING_H
#define LG_TWIN_SCREENING_H

#include "twin/drug.h"
#include "twin/trial.h"

/** Someone to be treated. */
typedef struct lg_individual {
  char name[48];
  lg_neuron neuron; /**< as recorded: healthy, without tone */
  lg_domain domain;
  double rheobase_pA; /**< where it is known; 0: it is titrated */
} lg_individual;

typedef enum lg_screening_protocol {
  LG_SCREENING_FI = 0, /**< the f–I curve of an assay, 500-ms steps, 0.05 ms */
  LG_SCREENING_STEP    /**< one step of 1 s at 3 x the rheobase; verdicts are by this one count */
} lg_screening_protocol;

typedef struct lg_screening_opts {
  lg_screening_protocol protocol;
  size_t n_individuals;
  const lg_individual *individuals; /**< (n_individuals) */
  const lg_drug_table *table;
  size_t n_doses;
  const double *dose_uM; /**< (table->n, n_doses) free concentrations; NAN: unknown for that compound */
  lg_drug_bath bath;
  bool epileptic;
  const lg_delta_net *learned; /**< what drugs do to izhikevich individuals; NULL: such ones are refused */
} lg_screening_opts;

/** What came out of a point. */
typedef struct lg_screening_result {
  bool failed;
  char message[200];
  lg_verdict verdict;
  lg_verdict_ratios ratios;  /**< STEP: area is the ratio of the counts, the others NAN */
  lg_assay assay;            /**< STEP: n_spikes of the level 3 x, latency, rates, rest */
  size_t n_acted;            /**< effects of the compound that changed the neuron */
  bool extrapolated, beyond; /**< doses where nobody measured; beyond what the learned map was trained on */
  double area_to_healthy;    /**< epileptic individuals; else NAN */
} lg_screening_result;

typedef struct lg_screening lg_screening;

/**
 * @brief Titrate and measure every untreated individual; on the threads of the context.
 *
 * Individuals that never fire stay; their points fail with words. The individuals, table and doses are borrowed.
 */
LG_MUST_CHECK lg_status lg_screening_create(lg_ctx *ctx, const lg_screening_opts *opts, lg_screening **out);
void lg_screening_destroy(lg_ctx *ctx, lg_screening *screening);

size_t lg_screening_n_points(const lg_screening *screening);

/** @brief Plan and untreated measurement of an individual. */
const lg_assay_plan *lg_screening_plan(const lg_screening *screening, size_t individual);
const lg_assay *lg_screening_before(const lg_screening *screening, size_t individual);
/** @brief Area of the untreated epileptic individual / of its healthy self; NAN if not epileptic. */
double lg_screening_ill_to_healthy(const lg_screening *screening, size_t individual);

/**
 * @brief Work out points [first, first + n).
 * @return a failure of the whole (no memory, cancelled); what a point cannot do stands in its result
 */
LG_MUST_CHECK lg_status lg_screening_points(lg_ctx *ctx, const lg_screening *screening, size_t first, size_t n,
                                            lg_screening_result *results);

#endif
