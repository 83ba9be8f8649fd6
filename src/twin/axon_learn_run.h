/** @file axon_learn_run.h @brief A whole training: folds, networks, tests, learning curve, the file. */
#ifndef LG_AXON_LEARN_RUN_H
#define LG_AXON_LEARN_RUN_H

#include "io/safetensors.h"
#include "twin/axon_learn.h"

enum { AXON_CURVE = 12, AXON_TESTS = 4 };

typedef struct axon_learn_run {
  const axon_examples *examples;
  axon_learn_opts opts; /* state is set from output */
  size_t folds;         /* 0: no cross-validation, and no calibrated sd */
  size_t n_tests;
  const char *test_names[AXON_TESTS];
  const axon_examples *tests[AXON_TESTS];
  size_t n_curve, curve[AXON_CURVE]; /* so many profiles, drawn from the seed; judged by the first test */
  const char *output;
  const lg_text_pair *more; /* further metadata */
  size_t n_more;
} axon_learn_run;

typedef struct axon_learn_table {
  axon_folds folds;
  axon_score tests[AXON_TESTS], curve[AXON_CURVE];
  double reach;
} axon_learn_table;

/**
 * @brief Cross-validate, train, test, write; goes on where it was stopped (`<output>.state.…`).
 * @retval LG_ERR_CANCELLED the same call goes on
 */
LG_MUST_CHECK lg_status lg_axon_learn_run(lg_ctx *ctx, const axon_learn_run *run, axon_learn_table *out);

#endif
