/**
 * @file population.h
 * @brief Virtual patients around one twin: how sure the twin is × how cells differ × temperature × covariates, and
 * calibrated: cells outside physiological ranges are not taken.
 */
#ifndef LG_TWIN_POPULATION_H
#define LG_TWIN_POPULATION_H

#include "data/provenance.h"
#include "twin/screening.h"
#include "twin/subject.h"

/** What a patient was measured by when it was calibrated. */
typedef struct lg_patient_features {
  double rheobase_pA, Rin_MOhm, rest_mV, threshold_mV, peak_mV, gain_Hz_per_pA;
} lg_patient_features;

enum { LG_PATIENT_FEATURES = 6 };
extern const char *const lg_patient_feature_names[LG_PATIENT_FEATURES];

typedef enum lg_calibration {
  LG_CALIBRATE_TWIN =
      0,            /**< as far from the twin as cells of its class are from their median (1st to 99th percentile) */
  LG_CALIBRATE_EXC, /**< inside the range of a class of mouse cortical cells, 1st to 99th percentile */
  LG_CALIBRATE_PVALB,
  LG_CALIBRATE_SST,
  LG_CALIBRATE_VIP,
  LG_CALIBRATE_NONE
} lg_calibration;

typedef struct lg_population_opts {
  size_t n; /**< patients wanted */
  uint64_t seed;
  double spread;                       /**< factor on the differences between cells; 0: the posterior alone */
  double temperature_C, recorded_at_C; /**< gates run Q10^((T - recorded)/10) as fast; NAN: as recorded */
  double q10;                          /**< of the gates */
  lg_calibration calibration;
  const char *covariates; /**< CSV: a row per patient (repeated in turn), columns temperature_C, FIELD_factor,
                             FIELD_shift; others are named and refused, but for id; NULL: none */
} lg_population_opts;

#define LG_POPULATION_OPTS_INIT                                                                                        \
  { .n = 1000, .seed = 1, .spread = 1.0, .temperature_C = (double)NAN, .recorded_at_C = (double)NAN, .q10 = 2.3 }

typedef struct lg_population {
  char *twin; /**< name of the subject */
  size_t n, n_tried;
  lg_individual *individuals;    /**< (n) */
  lg_patient_features *features; /**< (n); NAN: not known */
  double *temperature_C;         /**< (n); NAN: as recorded */
} lg_population;

/**
 * @brief Draw patients until n are accepted.
 * @retval LG_ERR_NUMERICAL fewer than one in fifty is accepted; the message says which feature refuses most
 */
LG_MUST_CHECK lg_status lg_population_create(lg_ctx *ctx, const lg_subject *subject, const lg_population_opts *opts,
                                             lg_population **out);
void lg_population_destroy(lg_ctx *ctx, lg_population *population);

/** @brief Write as JSON (schema loligo-population/1) or, when the path ends with .csv, as CSV. */
LG_MUST_CHECK lg_status lg_population_write(lg_ctx *ctx, const lg_population *population, lg_provenance *provenance,
                                            const char *path);

/** @brief Whether a file is a population, by its content. */
bool lg_population_is(lg_ctx *ctx, const char *path);
LG_MUST_CHECK lg_status lg_population_load(lg_ctx *ctx, const char *path, lg_population **out);

#endif
