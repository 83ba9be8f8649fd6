/** @file culture_simulate.h @brief Parameters of simulated cultures out of JSON, and all of their truth into a folder.
 */
#ifndef LG_CULTURE_SIMULATE_FILE_H
#define LG_CULTURE_SIMULATE_FILE_H

#include "culture/simulate.h"
#include "data/provenance.h"

/** @brief The defaults, with what the file names replaced: seed, size, ncell, frames, law, k, gscale, … (simulate.h).
 */
LG_MUST_CHECK lg_status lg_culture_simulation_load(lg_ctx *ctx, const char *path, culture_simulation *out);

/** @brief masks.tif, cells.csv (with gamma_per_frame and load), edges.csv, latent.csv, events.csv, traces.csv (noisy),
 * and movie.tif unless it is NULL. */
LG_MUST_CHECK lg_status lg_culture_truth_write(lg_ctx *ctx, const char *folder, const culture_simulation *s,
                                               const lg_culture_truth *truth, const lg_culture_movie *movie,
                                               lg_provenance *provenance);

#endif
