/** @file axon_prediction_file.h @brief What networks say of strain profiles, as CSV and HDF5. */
#ifndef LG_AXON_PREDICTION_FILE_H
#define LG_AXON_PREDICTION_FILE_H

#include "axon/predict.h"
#include "axon/spread_model.h"
#include "data/provenance.h"

/** What a population of gap configurations would say of one profile. */
typedef struct axon_population_said {
  double mean[AXON_PREDICTED], sd[AXON_PREDICTED];
} axon_population_said;

/** @brief Of every row; NAN where the row failed. @param said (profiles->n) @param profiles any length and step */
LG_MUST_CHECK lg_status lg_axon_population_tell(lg_ctx *ctx, const lg_axon_spread_model *model,
                                                const axon_profiles *profiles, const axon_predicted *rows,
                                                axon_population_said *said);

/**
 * @brief Write rows; the ending .h5 of the path says HDF5, all else is CSV ("-" is stdout).
 *
 * CSV: name,mt,mt_sd,axl,axl_sd,tau_pct,tau_pct_sd,nf_pct,nf_pct_sd,in_range,source; in_range 0 or 1, source net or
 * direct. HDF5: attributes format = "loligo-axon-predictions", version = 1; the same columns as datasets of n numbers
 * (in_range, direct: uint8), /name, and of the profiles /position_mm (n, 3), /impact (n), /impact_name where known;
 * /provenance. With a population also mt_population_mean, mt_population_sd, … of the four outputs.
 * @param population (profiles->n) or NULL
 */
LG_MUST_CHECK lg_status lg_axon_predictions_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                                  const axon_predicted *rows, const axon_population_said *population,
                                                  lg_provenance *provenance);

#endif
