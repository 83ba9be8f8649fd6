/* SWC: bytes to a morphology. */
#include "io/swc.h"
#include "io/swc_internal.h"

#include <string.h>

static const size_t most_bytes = (size_t)1 << 30;

static const char *const soma_names[] = {"g1", "import3d", "arbor"};

lg_status lg_swc_soma_from_name(lg_ctx *ctx, const char *name, lg_swc_soma *soma) {
  for (size_t k = 0; k < sizeof soma_names / sizeof *soma_names; k++) {
    if (strcmp(name, soma_names[k]) != 0) continue;
    *soma = (lg_swc_soma)k;
    return LG_OK;
  }
  return lg_fail(ctx, LG_ERR_ARGUMENT, "no rule for somata is called \"%s\": g1, import3d or arbor", name);
}

static lg_status make_sections(swc_building *b, lg_swc_soma soma, const swc_tree *tree) {
  switch (soma) {
  case LG_SWC_G1:
    return lg_swc_sections_g1(b, tree);
  case LG_SWC_IMPORT3D:
    return lg_swc_sections_import3d(b, tree);
  case LG_SWC_ARBOR:
    return lg_swc_sections_arbor(b, tree);
  }
  return lg_fail(b->ctx, LG_ERR_ARGUMENT, "no rule for somata has the number %d", (int)soma);
}

/** The first refusal as the message of the failure. */
static lg_status fail_with(lg_ctx *ctx, const swc_building *b, const char *name) {
  const lg_morphology *m = b->m;
  size_t k = 0;
  while (k < m->n_notes && !m->notes[k].refusal) k++;
  if (k == m->n_notes) return lg_fail(ctx, LG_ERR_INTERNAL, "%s: refused without a reason", name);
  const lg_morphology_note *note = &m->notes[k];
  char where[64] = "", more[48] = "";
  if (note->line > 0 && note->node_id >= 0)
    (void)snprintf(where, sizeof where, "line %zu: node %lld: ", note->line, (long long)note->node_id);
  else if (note->line > 0) (void)snprintf(where, sizeof where, "line %zu: ", note->line);
  if (b->n_refusals > 1) (void)snprintf(more, sizeof more, " (and %zu more)", b->n_refusals - 1);
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s%s%s", name, where, note->text, more);
}

lg_status lg_swc_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name,
                       const lg_swc_options *options, lg_morphology **out) {
  const lg_swc_options by_default = {0};
  if (!options) options = &by_default;
  lg_status status = LG_OK;
  swc_tree tree = {0};
  swc_building b = {.ctx = ctx};
  *out = NULL;
  LG_NEW(ctx, b.m, 1);
  LG_TRY(lg_swc_lines(&b, bytes, n, &tree));
  if (tree.n > 0) LG_TRY(lg_swc_link(&b, options->keep_soma_tree, &tree));
  if (b.n_refusals == 0) LG_TRY(make_sections(&b, options->soma, &tree));
  if (b.n_refusals == 0 && b.m->n_sections == 0)
    LG_TRY(lg_swc_note(&b, "no_sections", true, -1, 0, "no two nodes lie apart: there is no section"));
  LG_TRY(lg_swc_note_rest(&b));
  if (b.n_refusals > 0) {
    b.m->n_sections = b.m->n_points = 0;
    status = fail_with(ctx, &b, name);
  }
  *out = b.m;
  b.m = NULL;
done:
  lg_morphology_destroy(ctx, b.m);
  lg_free(ctx, tree.nodes);
  lg_free(ctx, tree.first_child);
  lg_free(ctx, tree.next_sibling);
  lg_free(ctx, tree.n_children);
  return status;
}

lg_status lg_swc_read(lg_ctx *ctx, const char *path, const lg_swc_options *options, lg_morphology **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, most_bytes, &bytes, &n);
  if (status == LG_OK) status = lg_swc_parse(ctx, bytes, n, path, options, out);
  lg_free(ctx, bytes);
  return status;
}
