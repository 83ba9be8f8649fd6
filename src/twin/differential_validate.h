/**
 * @file differential_validate.h
 * @brief How well the differential estimator does: simulated pairs of recordings with one known change each.
 */
#ifndef LG_DIFFERENTIAL_VALIDATE_H
#define LG_DIFFERENTIAL_VALIDATE_H

#include "base/base.h"

enum { LG_DELTA_KINDS = 6 };

/** A change that is made: of which candidate, by how much (logarithm of a scale, or a shift). */
typedef struct lg_delta_kind {
  const char *words;  /* "gNa -30 %" */
  const char *target; /* name of the candidate; NULL: nothing is changed */
  bool scale;
  double delta;
} lg_delta_kind;

/** @brief The changes that pairs of a model get in turn. @param model "tm" or "izhikevich" */
const lg_delta_kind *lg_delta_kinds(const char *model, size_t *n);

typedef struct lg_delta_validation {
  const char *model; /* "tm", "izhikevich" */
  size_t n;          /* pairs; pair k gets change k modulo the number of kinds */
  uint64_t seed, first;
  double sigma_mV, dt_ms;
} lg_delta_validation;

typedef struct lg_delta_trial {
  size_t kind;
  bool fitted, accepted;
  char target[16];     /* named; "none" when no change is the likeliest */
  double probability;  /* of the named target (of no change) */
  bool exact;          /* the best subset is the true one */
  double found, sd;    /* delta of the true candidate where the best subset holds it, else NAN */
  double value_error;  /* relative error of the changed value: e^(found - delta) - 1, or found/delta - 1 of a shift */
  double change_error; /* relative error of the change itself */
  double chi2_before, chi2_after, seconds;
} lg_delta_trial;

/** @brief Run; the same result for any number of threads. @param trials (plan->n) out */
LG_MUST_CHECK lg_status lg_delta_validate(lg_ctx *ctx, const lg_delta_validation *plan, lg_delta_trial *trials);

/** @brief Samples of one recording of a pair. */
size_t lg_delta_samples(const lg_delta_validation *plan);
/** @brief Pair `index` itself, CLONE-1. @param i_pA, before_mV, after_mV (lg_delta_samples) out */
void lg_delta_record(const lg_delta_validation *plan, uint64_t index, double *i_pA, double *before_mV,
                     double *after_mV);

#endif
