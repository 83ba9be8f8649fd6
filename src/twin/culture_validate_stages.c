/* Row 1: stages of a movie, cells and borders beside SciPy's. */
#include "twin/culture_validate_internal.h"

#include <math.h>

static const int stages_row = CULTURE_ROW_STAGES;

/* ---- stages ------------------------------------------------------------------------------------------------- */

static size_t count_apart(const uint16_t *mine, const double *other, size_t n) {
  size_t apart = 0;
  for (size_t k = 0; k < n; k++) apart += (double)mine[k] != other[k];
  return apart;
}

static lg_status check_values(const culture_check *c, const lg_json_at *root, const lg_culture_movie *m) {
  lg_status status = LG_OK;
  culture_levels levels;
  float *table = NULL;
  double *row = NULL, q1, q3, apart = 0.0;
  size_t n;
  LG_TRY(lg_culture_find_levels(c->ctx, m, 0.0, &levels));
  LG_TRY(lg_json_get_number(c->ctx, root, "q1", NULL, &q1));
  LG_TRY(lg_json_get_number(c->ctx, root, "q3", NULL, &q3));
  lg_culture_check_most(c, stages_row, "quartiles: greatest deviation",
                        fmax(fabs(levels.q1 - q1), fabs(levels.q3 - q3)), "", 1e-6);
  LG_NEW(c->ctx, table, 65536);
  lg_culture_level_table(&levels, table);
  LG_TRY(lg_culture_check_numbers(c, root, "normalised_first_row", &row, &n));
  for (size_t k = 0; k < n && k < m->width; k++) apart = fmax(apart, fabs((double)table[m->counts[k]] - row[k]));
  lg_culture_check_most(c, stages_row, "normalised values: greatest deviation", apart, "", 1e-6);
done:
  lg_free(c->ctx, table);
  lg_free(c->ctx, row);
  return status;
}

static lg_status check_median(const culture_check *c, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list, row;
  lg_culture_movie m = {0};
  double *volume = NULL, *median = NULL;
  size_t n;
  LG_TRY(lg_culture_check_numbers(c, root, "volume", &volume, &n));
  LG_TRY(lg_json_get_array(c->ctx, root, "volume", &list, &m.n_frames));
  row = lg_json_item(&list, 0);
  LG_TRY(lg_json_get_array(c->ctx, &row, "", &list, &m.height));
  if (m.n_frames == 0 || m.height == 0 || n % (m.n_frames * m.height) != 0)
    LG_TRY(lg_fail(c->ctx, LG_ERR_FORMAT, "the volume's rows differ in length"));
  m.width = n / (m.n_frames * m.height);
  LG_NEW(c->ctx, m.counts, n);
  for (size_t k = 0; k < n; k++) m.counts[k] = (uint16_t)volume[k];
  LG_TRY(lg_culture_median(c->ctx, &m));
  LG_TRY(lg_culture_check_numbers(c, root, "median3x3x3_reflect", &median, &n));
  if (n != m.n_frames * m.height * m.width) LG_TRY(lg_fail(c->ctx, LG_ERR_FORMAT, "the median has another size"));
  lg_culture_check_most(c, stages_row, "median of 3 x 3 x 3: pixels that differ",
                        (double)count_apart(m.counts, median, n), "", 0.0);
  LG_TRY(check_values(c, root, &m));
done:
  lg_free(c->ctx, m.counts);
  lg_free(c->ctx, volume);
  lg_free(c->ctx, median);
  return status;
}

/* Labels of the file as masks; free the labels. */
static lg_status read_labels(const culture_check *c, const lg_json_at *root, lg_culture_masks *m) {
  lg_status status = LG_OK;
  lg_json_at list;
  double *labels = NULL;
  size_t n;
  LG_TRY(lg_culture_check_numbers(c, root, "labels", &labels, &n));
  LG_TRY(lg_json_get_array(c->ctx, root, "labels", &list, &m->height));
  if (m->height == 0 || n % m->height != 0) LG_TRY(lg_fail(c->ctx, LG_ERR_FORMAT, "rows of labels differ in length"));
  m->width = n / m->height;
  LG_NEW(c->ctx, m->label, n);
  for (size_t k = 0; k < n; k++) {
    m->label[k] = (uint32_t)labels[k];
    if (m->label[k] > m->most) m->most = m->label[k];
  }
done:
  lg_free(c->ctx, labels);
  return status;
}

static lg_status check_graph(const culture_check *c, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_culture_masks masks = {0};
  lg_culture_graph *g = NULL;
  double *area = NULL, *cy = NULL, *cx = NULL, *edges = NULL, apart = 0.0, least_area;
  size_t n, n_edges, wrong = 0;
  culture_graph_options o = lg_culture_graph_options_default();
  LG_TRY(read_labels(c, root, &masks));
  LG_TRY(lg_culture_check_numbers(c, root, "area", &area, &n));
  LG_TRY(lg_culture_check_numbers(c, root, "cy", &cy, &n));
  LG_TRY(lg_culture_check_numbers(c, root, "cx", &cx, &n));
  LG_TRY(lg_culture_check_numbers(c, root, "edges_i_j_u_lcrack_lcrofton", &edges, &n_edges));
  LG_TRY(lg_json_get_number(c->ctx, root, "minarea", NULL, &least_area));
  o.least_area_px = least_area;
  LG_TRY(lg_culture_graph_of_masks(c->ctx, &masks, &o, &g));
  for (size_t k = 0; k < g->n && k < n; k++) {
    wrong += g->area_px[k] != area[k];
    apart = fmax(apart, fmax(fabs(g->cy_px[k] - cy[k]), fabs(g->cx_px[k] - cx[k])));
  }
  wrong += g->n > n ? g->n - n : n - g->n;
  lg_culture_check_most(c, stages_row, "cells: areas that differ", (double)wrong, "", 0.0);
  wrong = g->n_edges * 5 > n_edges ? g->n_edges - n_edges / 5 : n_edges / 5 - g->n_edges;
  for (size_t e = 0; e < g->n_edges && 5 * e < n_edges; e++) {
    const double *r = edges + 5 * e;
    wrong += (double)g->id[g->edges[e].i] != r[0] || (double)g->id[g->edges[e].j] != r[1] || g->edges[e].l_px != r[3];
    apart = fmax(apart, fabs(g->edges[e].u_px - r[2]));
  }
  lg_culture_check_most(c, stages_row, "borders: cells or lengths that differ", (double)wrong, "", 0.0);
  lg_culture_check_most(c, stages_row, "centroids and distances: greatest deviation", apart, "px", 1e-6);
done:
  lg_free(c->ctx, masks.label);
  lg_free(c->ctx, area);
  lg_free(c->ctx, cy);
  lg_free(c->ctx, cx);
  lg_free(c->ctx, edges);
  lg_culture_graph_destroy(c->ctx, g);
  return status;
}

lg_status lg_culture_validate_stages(const culture_check *c) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  LG_TRY(lg_culture_check_json(c, "stages", &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(check_median(c, &root));
  LG_TRY(check_graph(c, &root));
done:
  lg_json_doc_destroy(c->ctx, doc);
  return status;
}
