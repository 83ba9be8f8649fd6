/** @file axon_population_file.h @brief Tables of populations of axons, written block by block. */
#ifndef LG_AXON_POPULATION_FILE_H
#define LG_AXON_POPULATION_FILE_H

#include "axon/population.h"
#include "data/provenance.h"

typedef struct lg_axon_population_table lg_axon_population_table;

/**
 * @brief Begin the tables; both appear whole or not at all.
 * @param path      one row for each profile and output:
 *                  name,output,n,mean,sd,q05,q25,q50,q75,q95,min,max,share_injured
 * @param each_path one row for each profile and seed: name,seed,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct; or NULL
 */
LG_MUST_CHECK lg_status lg_axon_population_table_open(lg_ctx *ctx, const char *path, const char *each_path,
                                                      lg_provenance *provenance, lg_axon_population_table **out);

/**
 * @brief Write the rows of profiles.
 * @param outcomes (profiles->n, population->n)
 * @param spreads  (profiles->n, AXON_OUTPUTS)
 */
void lg_axon_population_table_add(lg_axon_population_table *table, const lg_axon_population *population,
                                  const axon_profiles *profiles, const axon_outcome *outcomes,
                                  const axon_spread *spreads);

/** @brief Finish the files; the table is gone afterwards. */
LG_MUST_CHECK lg_status lg_axon_population_table_commit(lg_ctx *ctx, lg_axon_population_table *table);
void lg_axon_population_table_discard(lg_ctx *ctx, lg_axon_population_table *table);

#endif
