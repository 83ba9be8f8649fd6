/* Cells with shape in JSON; those that are accepted are cut, stepped by each scheme, saved and put back. */
#include "cable/cell.h"
#include "twin/cable_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void step(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, cable_scheme scheme, size_t cells) {
  const cable_run_options o = {.scheme = scheme, .n_cells = cells};
  cable_group *group = NULL;
  size_t node, cell;
  if (lg_cable_group_create(ctx, model, tree, &o, &group) != LG_OK) return;
  for (size_t k = 0; k < 5; k++) lg_cable_group_step(group);
  unsigned char *bytes = malloc(lg_cable_group_state_bytes(group));
  if (bytes) {
    lg_cable_group_save(group, bytes);
    lg_cable_group_step(group);
    lg_cable_group_restore(group, bytes);
    free(bytes);
  }
  (void)lg_cable_group_diverged(group, &node, &cell);
  for (size_t p = 0; p < model->n_probes; p++) (void)lg_cable_group_probe(group, p, cells - 1);
  lg_cable_group_destroy(ctx, group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_json_doc *doc = NULL;
  cable_model *model = NULL;
  cable_tree *tree = NULL;
  cable_cut cut = CABLE_CUT_INIT;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_json_parse(ctx, "fuzz.json", data, size, LG_JSON_COMMENTS, &doc) == LG_OK) {
    const lg_json_at root = lg_json_root(doc);
    cut.n_per_section = 3;
    if (lg_cable_is(&root) && lg_cable_parse(ctx, &root, "tests/data/cable", &model) == LG_OK &&
        lg_cable_tree_create(ctx, model, &cut, &tree) == LG_OK) {
      step(ctx, model, tree, CABLE_SDIRK2, 1);
      step(ctx, model, tree, CABLE_NRN, 3);
      step(ctx, model, tree, CABLE_ADAPTIVE, 1);
    }
  }
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
  lg_json_doc_destroy(ctx, doc);
  lg_ctx_destroy(ctx);
  return 0;
}
