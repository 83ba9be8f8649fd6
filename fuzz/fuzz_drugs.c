/* Tables of drugs in every form, raw block, doses. What is read is written, and reads back to the same drugs; every
 * drug that was accepted can be given to a neuron. */
#define _XOPEN_SOURCE 700
#include "twin/block_data.h"
#include "twin/dose.h"
#include "twin/drug.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give(lg_ctx *ctx, const lg_neuron *neuron, const lg_drug *drug) {
  static const double doses[] = {0.0, 1e-3, 10.0, 1e6};
  lg_neuron out;
  for (size_t k = 0; k < 4; k++) {
    const lg_dose dose = {drug, doses[k]};
    if (lg_drug_apply(ctx, neuron, &dose, 1, NULL, &out, NULL) != LG_OK) continue;
    for (size_t j = 0; j < out.info->n_fields; j++)
      if (isinf(out.value[j])) abort();
  }
}

static void write_and_read(lg_ctx *ctx, const lg_drug_table *table) {
  char *text = NULL;
  size_t n = 0, rows = 0, again_rows = 0;
  lg_drug_table *again = NULL;
  FILE *stream = open_memstream(&text, &n);
  if (!stream) return;
  lg_drug_table_write(stream, table);
  if (fclose(stream) != 0) abort();
  for (size_t k = 0; k < table->n; k++) rows += table->drugs[k].n_effects;
  if (rows > 0) {
    if (lg_drug_table_parse(ctx, "again.csv", (unsigned char *)text, n, NULL, NULL, &again) != LG_OK) {
      (void)fprintf(stderr, "%s\n", lg_ctx_message(ctx));
      abort();
    }
    for (size_t k = 0; k < again->n; k++) again_rows += again->drugs[k].n_effects;
    if (again_rows != rows) abort();
  }
  lg_drug_table_destroy(ctx, again);
  free(text);
}

static void try_table(lg_ctx *ctx, const lg_neuron *neuron, const uint8_t *data, size_t size, bool keep_going) {
  static const lg_drug_read_options nM = {.unit = "nM"};
  lg_drug_table *table = NULL;
  lg_drug_problems problems = {0};
  const lg_status status = lg_drug_table_parse(ctx, "fuzz.csv", data, size, &nM, keep_going ? &problems : NULL, &table);
  if ((status == LG_OK) != (table != NULL)) abort();
  if (table) {
    write_and_read(ctx, table);
    for (size_t k = 0; k < table->n && k < 8; k++) give(ctx, neuron, &table->drugs[k]);
  }
  lg_drug_table_destroy(ctx, table);
  lg_free(ctx, problems.problems);
}

static void try_rest(lg_ctx *ctx, const uint8_t *data, size_t size) {
  lg_block_data *block = NULL;
  lg_drug_problems problems = {0};
  double *doses = NULL;
  size_t n = 0;
  if (lg_block_data_parse(ctx, "fuzz.csv", data, size, "uM", &problems, &block) == LG_OK && block->n > 0) {
    const size_t pairs = block->n;
    lg_hill_result r;
    lg_hill_options o = LG_HILL_OPTIONS_INIT;
    o.n_bootstrap = 2;
    block->n = 1;
    LG_IGNORE(lg_block_data_fit(ctx, block, &o, 1, &r));
    block->n = pairs;
  }
  lg_block_data_destroy(ctx, block);
  lg_free(ctx, problems.problems);
  char *text = malloc(size + 1);
  if (!text) return;
  memcpy(text, data, size);
  text[size] = '\0';
  if (lg_doses_parse(ctx, text, NULL, &doses, &n) == LG_OK)
    for (size_t k = 0; k < n; k++)
      if (!(doses[k] >= 0.0 && doses[k] <= 1e9 * (1.0 + 1e-9))) abort();
  lg_free(ctx, doses);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_neuron neuron;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_neuron_init(ctx, "tm", NULL, &neuron) == LG_OK) {
    LG_IGNORE(lg_neuron_set(ctx, &neuron, "gGABA", 2.0));
    LG_IGNORE(lg_neuron_set(ctx, &neuron, "gNMDA", 1.0));
    try_table(ctx, &neuron, data, size, false);
    try_table(ctx, &neuron, data, size, true);
    try_rest(ctx, data, size);
  }
  lg_ctx_destroy(ctx);
  return 0;
}
