/* The page of axons under strain. */
#include "twin/axon_report.h"

#include "data/json_writer.h"
#include "io/plot.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = AXON_RAMP_OUTPUTS };

static const char *const outputs[P] = {"Microtubules, peak strain", "Axolemma, peak strain", "Tau lost (%)",
                                       "Neurofilaments lost (%)"};
static const char *const keys[P] = {"mt", "axl", "tau_pct", "nf_pct"};

/* What a reader must know before believing a number; the same words as docs/axon.md. */
static const char *const labels[] = {
    "The published finite-element axon was not recovered: this is a model of its own, anchored on published findings.",
    "Stiffness and viscosity of tau (K, eta) were calibrated to critical rates of 22 to 44 /s, recalled, not read; "
    "most constants that do not belong to microtubules are choices.",
    "One seed of gaps is one axon: for one profile (peak 13 %) the peak strain of microtubules spans 0.095 to 0.170 "
    "over eight seeds.",
    "Thresholds of injury belong to one axon or one population; none is universal.",
    "Not reproduced: microtubules that break at 5 % of fast strain (Ahmadzadeh 2015), and greater strain in female "
    "axons (2023): here fewer microtubules are strained less.",
    "The kernel and its reference solutions share an author, so their agreement checks coding; the exact shear-lag "
    "solution is the independent check.",
    "Axial only: no bending, no myelin.",
};

/* ---- above --------------------------------------------------------------------------------------------- */

static void add_tile(lg_report_tile *tiles, size_t *n, const char *name, const char *unit, const char *note, double x,
                     int digits) {
  lg_report_tile *t = &tiles[(*n)++];
  *t = (lg_report_tile){{0}, {0}, {0}, {0}};
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  lg_format_short(x, digits, t->value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  (void)snprintf(t->note, sizeof t->note, "%s", note);
}

static size_t fill_tiles(const axon_view *v, lg_report_tile *tiles) {
  char note[160];
  size_t n = 0;
  if (v->grid) {
    (void)snprintf(note, sizeof note, "%zu strains, %zu rates", v->grid->n_strains, v->grid->n_rates);
    add_tile(tiles, &n, "Points of the plane", "", note, (double)(v->grid->n_strains * v->grid->n_rates), 8);
    add_tile(tiles, &n, "Axons", "", v->grid->n_axons > 1 ? "seeds of gaps; medians are shown" : "one seed of gaps",
             (double)v->grid->n_axons, 8);
  }
  if (v->pairs) {
    double r2 = INFINITY, nrmse = 0.0;
    for (size_t q = 0; q < P; q++) r2 = fmin(r2, v->pairs->all.r2[q]), nrmse = fmax(nrmse, v->pairs->all.nrmse[q]);
    (void)snprintf(note, sizeof note, "%zu in range", v->pairs->n_inside);
    add_tile(tiles, &n, "Profiles beside each other", "", note, (double)v->pairs->n, 8);
    add_tile(tiles, &n, "Least R\xc2\xb2", "", "of the four outputs", r2, 4);
    add_tile(tiles, &n, "Greatest NRMSE", "%", "of the four outputs", 100.0 * nrmse, 3);
  }
  return n;
}

static void put_header(const axon_view *v, FILE *s) {
  lg_picture pictures[AXON_FIGURES];
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char failed[120] = "", alone[160] = "";
  const char *reasons[2];
  size_t n_reasons = 0;
  lg_axon_pictures(v, pictures);
  if (v->grid && v->grid->n_failed > 0) {
    (void)snprintf(failed, sizeof failed, "%zu runs did not converge; their points are left out.", v->grid->n_failed);
    reasons[n_reasons++] = failed;
  }
  if (v->pairs && v->pairs->n_alone + v->pairs->n_failed > 0) {
    (void)snprintf(alone, sizeof alone,
                   "%zu names stand in one table only, %zu outcomes are no number; they are left out.",
                   v->pairs->n_alone, v->pairs->n_failed);
    reasons[n_reasons++] = alone;
  }
  const lg_page_link links[] = {{"grid", "Strain and rate", pictures[AXON_FIGURE_GRID].possible},
                                {"table", "Table", v->grid != NULL},
                                {"scatter", "Network beside mechanics", v->pairs != NULL},
                                {"labels", "What this is, and is not", true},
                                {"constants", "Constants", v->params != NULL}};
  const lg_page_header header = {
      .kind = "Axons under strain",
      .title = v->title,
      .flag = n_reasons > 0 ? LG_FLAG_AMBER : LG_FLAG_GREEN,
      .flag_words = n_reasons > 0 ? "Read the warnings" : "Everything was simulated",
      .domain_words = "",
      .lead = "What fibre strain does to an axon's cytoskeleton: microtubules in a bundle, joined by tau, "
              "within axolemma and neurofilaments.",
      .n_reasons = n_reasons,
      .reasons = reasons,
      .n_tiles = fill_tiles(v, tiles),
      .tiles = tiles};
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
}

/* ---- tables -------------------------------------------------------------------------------------------- */

/* About n of m indices, first and last among them. */
static size_t some(size_t m, size_t n, size_t *which) {
  if (m < n) n = m;
  for (size_t k = 0; k < n; k++) which[k] = n == 1 ? 0 : k * (m - 1) / (n - 1);
  return n;
}

static void put_table(const axon_view *v, FILE *s) {
  const axon_plane *g = v->grid;
  const char *titles[] = {"Strain (%)", "Rate (1/s)", outputs[0], outputs[1], outputs[2], outputs[3]};
  size_t strain[5], rate[5];
  const size_t n_strains = some(g->n_strains, 5, strain), n_rates = some(g->n_rates, 5, rate);
  (void)fputs("<section id=\"table\">\n<h2>Table</h2>\n", s);
  lg_page_table_head(s, "Outputs over strain and rate", titles, 6);
  for (size_t a = 0; a < n_strains; a++)
    for (size_t b = 0; b < n_rates; b++) {
      const size_t at = (rate[b] * g->n_strains + strain[a]) * P;
      char text[40];
      lg_format_short(100.0 * g->strain[strain[a]], 3, text);
      (void)fputs("<tr>", s);
      lg_page_words(s, "th scope=\"row\"", text);
      lg_page_number(s, g->rate_per_s[rate[b]], 3);
      for (size_t q = 0; q < P; q++) lg_page_number(s, g->median[at + q], 3);
      (void)fputs("</tr>\n", s);
    }
  (void)fputs("</tbody></table></div>\n<p>Every point is in grid.csv.</p>\n</section>\n", s);
}

static void put_scores(const axon_pairs *p, FILE *s) {
  static const char *const titles[] = {"Output", "R\xc2\xb2", "NRMSE (%)", "R\xc2\xb2 in range", "NRMSE in range (%)"};
  lg_page_table_head(s, "Network beside mechanics", titles, 5);
  for (size_t q = 0; q < P; q++) {
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", outputs[q]);
    lg_page_number(s, p->all.r2[q], 5);
    lg_page_number(s, 100.0 * p->all.nrmse[q], 3);
    lg_page_number(s, p->n_inside > 0 ? p->inside.r2[q] : (double)NAN, 5);
    lg_page_number(s, p->n_inside > 0 ? 100.0 * p->inside.nrmse[q] : (double)NAN, 3);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void put_constants(const axon_params *params, FILE *s) {
  static const char *const titles[] = {"Constant", "Value", "Unit", "Of the male axon"};
  const axon_params male = lg_axon_params_male();
  (void)fputs("<section id=\"constants\">\n<h2>Constants</h2>\n", s);
  lg_page_table_head(s, "Constants", titles, 4);
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *name = &lg_axon_param_names[k];
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", name->name);
    lg_page_number(s, lg_axon_param_get(params, name), 6);
    lg_page_unit(s, name->unit);
    lg_page_number(s, lg_axon_param_get(&male, name), 6);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n</section>\n", s);
}

static lg_status put_figure(lg_ctx *ctx, const axon_view *v, const lg_picture *p, size_t which, FILE *s) {
  char words[600];
  if (!p->possible) return LG_OK;
  lg_axon_words(v, which, words, sizeof words);
  (void)fprintf(s, "<section id=\"%s\">\n<h2>%s</h2>\n<figure>\n", p->name, p->title);
  const lg_status status = lg_picture_in_page(ctx, p, &(lg_svg_opts){p->title, words, p->name, NULL, true}, v, s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
  if (which == AXON_FIGURE_SCATTER) put_scores(v->pairs, s);
  (void)fputs("</section>\n", s);
  return status;
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const axon_view *v = user;
  lg_json w = lg_json_begin(s);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-axon-report/1");
  if (v->grid) {
    lg_json_key_integer(&w, "n_strains", (int64_t)v->grid->n_strains);
    lg_json_key_integer(&w, "n_rates", (int64_t)v->grid->n_rates);
    lg_json_key_integer(&w, "n_axons", (int64_t)v->grid->n_axons);
    lg_json_key_integer(&w, "n_failed", (int64_t)v->grid->n_failed);
  }
  for (size_t q = 0; v->pairs && q < P; q++) {
    lg_json_key(&w, keys[q]);
    lg_json_object(&w);
    lg_json_key_number(&w, "r2", v->pairs->all.r2[q]);
    lg_json_key_number(&w, "nrmse", v->pairs->all.nrmse[q]);
    lg_json_end_object(&w);
  }
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : lg_fail(ctx, LG_ERR_INTERNAL, "the facts of axons did not nest");
}

static lg_status put_page(lg_ctx *ctx, const void *user, FILE *s) {
  const axon_view *v = user;
  lg_status status = LG_OK;
  lg_picture pictures[AXON_FIGURES];
  lg_axon_pictures(v, pictures);
  LG_TRY(lg_page_open(ctx, v->title, "axons under strain", NULL, s));
  put_header(v, s);
  LG_TRY(put_figure(ctx, v, &pictures[AXON_FIGURE_GRID], AXON_FIGURE_GRID, s));
  if (v->grid) put_table(v, s);
  LG_TRY(put_figure(ctx, v, &pictures[AXON_FIGURE_SCATTER], AXON_FIGURE_SCATTER, s));
  (void)fputs("<section id=\"labels\">\n<h2>What this is, and is not</h2>\n", s);
  lg_page_list(s, "", labels, sizeof labels / sizeof labels[0]);
  (void)fputs("</section>\n", s);
  if (v->params) put_constants(v->params, s);
  status = lg_page_end(ctx, v->provenance_json, put_json, v, s);
done:
  return status;
}

lg_status lg_axon_report(lg_ctx *ctx, const char *folder, axon_view *v) {
  lg_status status = LG_OK;
  lg_picture pictures[AXON_FIGURES];
  char *provenance = NULL;
  if (v->provenance) {
    provenance = lg_page_provenance_text(ctx, v->provenance);
    if (!provenance) LG_TRY(LG_ERR_MEMORY);
    v->provenance_json = provenance;
  }
  lg_axon_pictures(v, pictures);
  LG_TRY(lg_folder_write(ctx, folder, "report.html", put_page, v));
  LG_TRY(lg_folder_pictures(ctx, folder, pictures, AXON_FIGURES, v));
done:
  v->provenance_json = NULL;
  free(provenance);
  return status;
}
