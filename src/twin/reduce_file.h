/** @file reduce_file.h @brief A reduction as files: the reduced model, and what was kept and lost. */
#ifndef LG_TWIN_REDUCE_FILE_H
#define LG_TWIN_REDUCE_FILE_H

#include "cable/reduce.h"
#include "data/provenance.h"

/** A run of the model's own stimuli, full and reduced. */
typedef struct reduce_runs {
  const cable_result *full, *reduced; /* NULL: not run */
  double full_seconds, reduced_seconds;
} reduce_runs;

/**
 * @brief Write REDUCED.json: the keys of a model that `neuron simulate` runs, below "reference" what was kept and lost.
 * @param mechanism_files (n_files) paths of the user's mechanisms
 */
LG_MUST_CHECK lg_status lg_reduction_save(lg_ctx *ctx, const char *path, const cable_model *full,
                                          const cable_reduction *reduction, const reduce_runs *runs,
                                          char *const *mechanism_files, size_t n_files, lg_provenance *provenance);

/** @brief What was kept and lost, as one JSON object (the value). */
void lg_reduction_write_facts(lg_json *w, const cable_model *full, const cable_reduction *reduction,
                              const reduce_runs *runs);

#endif
