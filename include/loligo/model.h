/**
 * @file model.h
 * @brief The table of models: one row per model and variant, from which come the command line,
 *        `loligo describe`, the documentation and a battery of tests.
 */
#ifndef LOLIGO_MODEL_H
#define LOLIGO_MODEL_H

#include <loligo/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One parameter of a model. */
typedef struct lg_field {
  const char *name;     /**< as in JSON and on the command line, e.g. "C" */
  const char *unit;     /**< "pF", "mV", "1/ms", "1" when without dimension */
  double default_value; /**< NAN: required */
  double low;           /**< lowest allowed value */
  double high;          /**< highest allowed value */
  const char *doc;      /**< one sentence, ends with a period */
} lg_field;

/** One model (with its variant) of a room. */
typedef struct lg_model_info {
  const char *room;          /**< "neuron" */
  const char *model;         /**< "izhikevich" */
  const char *variant;       /**< "std"; "" when the model has no variants */
  const char *summary;       /**< one sentence */
  const char *reference;     /**< paper, equation, DOI */
  const lg_field *fields;    /**< (n_fields) its parameters */
  size_t n_fields;           /**< number of parameters */
  const char *const *states; /**< names with units: "v_mV", "u_pA" */
  size_t n_states;           /**< number of states */
} lg_model_info;

/**
 * @brief Return the table of all models of all rooms; *n receives the number of rows.
 * @param[out] n number of rows
 */
const lg_model_info *const *lg_models(size_t *n);

#ifdef __cplusplus
}
#endif
#endif
