/** @file drug_table.h @brief The shipped table of drugs and one context for all tests of a file. */
#ifndef LG_TEST_DRUG_TABLE_H
#define LG_TEST_DRUG_TABLE_H

#include "tests/one_ctx.h"
#include "twin/drug.h"

static lg_drug_table *table;

static inline int open_drugs(void **state) {
  if (open_ctx(state) != 0) return -1;
  return lg_drug_table_read(ctx, LG_SOURCE_DIR "/data/drugs.csv", NULL, &table) == LG_OK ? 0 : -1;
}

static inline int close_drugs(void **state) {
  lg_drug_table_destroy(ctx, table);
  return close_ctx(state);
}

#endif
