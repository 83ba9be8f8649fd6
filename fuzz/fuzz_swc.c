/* SWC by every rule; what is accepted is cut into compartments and drawn. */
#include "cable/tree.h"
#include "io/plot_morphology.h"
#include "io/swc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

static void check_tree(const lg_morphology *m, const cable_tree *tree) {
  for (size_t k = 0; k < tree->n_nodes; k++) {
    const int32_t parent = tree->parent[k];
    require(k == 0 ? parent == -1 : parent >= 0 && (size_t)parent < k, "parents do not stand first", "");
    require(k == 0 || tree->axial_uS[k] > 0, "no axial conductance", "");
    require(isfinite(tree->axial_uS[k]) && isfinite(tree->area_um2[k]), "not finite", "");
  }
  for (size_t s = 0; s < m->n_sections; s++) {
    double area = 0;
    const double want = lg_section_area_um2(m, s);
    for (int32_t i = 0; i < tree->n_centres[s]; i++) area += tree->area_um2[tree->first_centre[s] + i];
    require(fabs(area - want) <= 1e-9 * want, "areas do not sum up", "");
  }
}

static void cut(lg_ctx *ctx, lg_morphology *m) {
  cable_region region = {.all_types = true, .axial_resistivity_ohm_cm = 100, .capacitance_uF_cm2 = 1};
  const cable_model model = {.morphology = m, .n_regions = 1, .regions = &region};
  const cable_cut three = {.n_per_section = 3, .frequency_Hz = 100};
  cable_tree *tree = NULL;
  if (lg_cable_tree_create(ctx, &model, &three, &tree) == LG_OK) check_tree(m, tree);
  lg_cable_tree_destroy(ctx, tree);
}

static void draw(lg_ctx *ctx, const lg_morphology *m) {
  FILE *sink = fopen("/dev/null", "w");
  lg_canvas *c = NULL;
  if (!sink) return;
  if (lg_canvas_svg(ctx, sink, 300, 300, NULL, &c) == LG_OK) {
    LG_IGNORE(lg_plot_morphology(ctx, m, &(lg_morphology_figure){.font = 10}, c, (lg_box){0, 0, 300, 300}));
    LG_IGNORE(lg_canvas_close(ctx, c));
  }
  (void)fclose(sink);
}

static void parse(lg_ctx *ctx, const uint8_t *data, size_t size, const lg_swc_options *options) {
  lg_morphology *m = NULL;
  const lg_status status = lg_swc_parse(ctx, data, size, "fuzz.swc", options, &m);
  const char *message = lg_ctx_message(ctx);
  require(m != NULL, "neither cell nor notes", message);
  require((status == LG_OK) == (m->n_sections > 0), "status and sections disagree", message);
  require(status == LG_OK || strlen(message) > 10, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
  for (size_t k = 0; k < m->n_sections; k++) {
    const lg_section *s = &m->sections[k];
    require(s->parent < (ptrdiff_t)k && (s->parent >= 0) == (k > 0), "parents do not stand first", "");
    require(s->n_points >= 2 && s->first_point + s->n_points <= m->n_points, "points are not there", "");
    require(isfinite(lg_section_length_um(m, k)), "length not finite", "");
  }
  if (m->n_sections > 0) cut(ctx, m), draw(ctx, m);
  lg_morphology_destroy(ctx, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  for (int soma = 0; soma < 3; soma++)
    parse(ctx, data, size, &(lg_swc_options){.soma = (lg_swc_soma)soma, .keep_soma_tree = soma != 0});
  lg_ctx_destroy(ctx);
  return 0;
}
