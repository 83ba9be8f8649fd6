/** @file block_data.h @brief Raw block of channels by drugs (CiPA's drug_block.csv), and the Hill fits of all pairs. */
#ifndef LG_TWIN_BLOCK_DATA_H
#define LG_TWIN_BLOCK_DATA_H

#include "twin/drug.h"
#include "twin/hill_fit.h"

/** One drug at one channel (at one rate of pacing). */
typedef struct lg_block_pair {
  char drug[64], channel[48], pacing[16];
  size_t n, line;
  double *c_uM, *block; /* (n) */
} lg_block_pair;

typedef struct lg_block_data {
  size_t n;
  lg_block_pair *pairs;
  size_t n_rows, n_missing; /* rows of data; without a value, and at concentration 0 */
} lg_block_data;

/**
 * @brief Read rows `drug,conc,units,channel,block[,pacing]`: percent of block per cell, in any order, other columns
 * ignored. The unit stands in the column's name (conc_nM), in a column units, or in `unit`.
 * @param skipped as lg_drug_table_read()
 */
LG_MUST_CHECK lg_status lg_block_data_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                            const char *unit, lg_drug_problems *skipped, lg_block_data **out);
LG_MUST_CHECK lg_status lg_block_data_read(lg_ctx *ctx, const char *path, const char *unit, lg_drug_problems *skipped,
                                           lg_block_data **out);
void lg_block_data_destroy(lg_ctx *ctx, lg_block_data *data);

/** @brief Fit every pair on the threads of the context; the same bits for any number of them. @param out (data->n) */
LG_MUST_CHECK lg_status lg_block_data_fit(lg_ctx *ctx, const lg_block_data *data, const lg_hill_options *options,
                                          uint64_t seed, lg_hill_result *out);

#endif
