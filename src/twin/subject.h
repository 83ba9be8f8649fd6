/**
 * @file subject.h
 * @brief Whom a trial is run on: a twin with its posterior, or a plain model.
 */
#ifndef LG_TWIN_SUBJECT_H
#define LG_TWIN_SUBJECT_H

#include "twin/twin.h"

#include <loligo/neuron.h>

typedef struct lg_subject {
  char *name;       /**< file name without folder and ending */
  lg_neuron neuron; /**< the best one */
  bool is_twin;     /**< a clone of a recording; else a model, which has neither posterior nor domain */
  lg_domain domain;
  bool accepted;
  size_t n_reasons;
  char **reasons;                     /**< (n_reasons) why the domain has its colour */
  double range_low_pA, range_high_pA; /**< steps over which the twin was judged; NAN: none */
  size_t n_members;
  lg_neuron *members;    /**< (n_members) draws of the posterior */
  const char *posterior; /**< where they come from: "samples of the file", "covariance", "none: …" */
} lg_subject;

/**
 * @brief Read a twin or a model file.
 *
 * Draws: the twin's own `samples` (rows in the order of its parameters), else normal draws from its covariance
 * (posterior.h); a model without uncertainty has none.
 * @param n_members draws wanted; those that no neuron can have are left out
 */
LG_MUST_CHECK lg_status lg_subject_load(lg_ctx *ctx, const char *path, size_t n_members, uint64_t seed,
                                        lg_subject **out);

/** @brief The same of JSON in memory, 0-terminated; name stands for the file's. */
LG_MUST_CHECK lg_status lg_subject_parse(lg_ctx *ctx, const char *name, const char *json, size_t n_members,
                                         uint64_t seed, lg_subject **out);

/** @brief The same of a twin in memory; samples as for a file without `samples`. */
LG_MUST_CHECK lg_status lg_subject_of_twin(lg_ctx *ctx, const lg_twin *twin, const char *name, size_t n_members,
                                           uint64_t seed, lg_subject **out);

void lg_subject_destroy(lg_ctx *ctx, lg_subject *subject);

#endif
