/** @file axon_sensitivity_file.h @brief Sensitivities of an axon as a table and as a tornado plot. */
#ifndef LG_AXON_SENSITIVITY_FILE_H
#define LG_AXON_SENSITIVITY_FILE_H

#include "axon/sensitivity.h"
#include "data/provenance.h"
#include "io/canvas.h"

/** @brief output,constant,unit,value,method,rank,mean,sd,size,min,max,n: by output, then by rank. */
LG_MUST_CHECK lg_status lg_axon_sensitivities_write(lg_ctx *ctx, const char *path, const axon_params *params,
                                                    const axon_sensitivity *sensitivities, lg_provenance *provenance);

/** @brief name,seed,output,constant,sensitivity: a row for each profile, seed, output and constant. */
LG_MUST_CHECK lg_status lg_axon_sensitivities_write_each(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                                         const uint64_t *seeds, size_t n_seeds, const double *each,
                                                         lg_provenance *provenance);

/** @brief The index of the constant of that rank of an output. */
size_t lg_axon_sensitivity_ranked(const axon_sensitivity *sensitivities, size_t output, size_t rank);

/** @brief Four panels of the constants that matter most: bars of the mean, whiskers of one sd over seeds. */
void lg_axon_tornado(lg_canvas *canvas, lg_box box, const axon_sensitivity *sensitivities);

#endif
