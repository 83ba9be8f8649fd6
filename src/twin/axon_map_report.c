/* The page of a map of axons. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/axon_map_report.h"

#include "data/json_writer.h"
#include "io/plot.h"
#include "twin/axon_map_figures.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REASONS = 6 };

/** What is worked out once for the whole page. */
typedef struct facts {
  const axon_map_page *page;
  axon_region whole, *regions; /* (n_regions) */
  axon_agreement agreement[AXON_PREDICTED], in_range[AXON_PREDICTED];
  bool compared;
  size_t n_reasons;
  char reason[MOST_REASONS][200];
} facts;

static lg_status gather(lg_ctx *ctx, const axon_map_page *p, facts *f) {
  lg_status status = LG_OK;
  const axon_map *m = p->map;
  *f = (facts){.page = p, .compared = m->net[0] && m->direct[0] && lg_axon_map_count(m, AXON_MAP_DIRECT) * 2 > m->n};
  LG_NEW(ctx, f->regions, m->n_regions);
  LG_TRY(lg_axon_map_region(ctx, m, m->n_regions, &f->whole));
  for (size_t k = 0; k < m->n_regions; k++) LG_TRY(lg_axon_map_region(ctx, m, k, &f->regions[k]));
  for (size_t q = 0; f->compared && q < AXON_PREDICTED; q++) {
    LG_TRY(lg_axon_map_agreement(ctx, m, q, false, &f->agreement[q]));
    LG_TRY(lg_axon_map_agreement(ctx, m, q, true, &f->in_range[q]));
  }
done:
  return status;
}

static char *new_reason(facts *f) { return f->n_reasons < MOST_REASONS ? f->reason[f->n_reasons++] : NULL; }

static void find_reasons(facts *f) {
  const size_t failed = f->whole.n_failed;
  char *at = failed > 0 ? new_reason(f) : NULL;
  if (at) (void)snprintf(at, 200, "%zu of %zu voxels have no value: they could not be simulated.", failed, f->whole.n);
  at = f->whole.out_of_range_pct > AXON_MAP_MOST_OUT_PCT ? new_reason(f) : NULL;
  if (at)
    (void)snprintf(at, 200, "%.1f %% of the voxels are out of the network's range; their values are simulated.",
                   f->whole.out_of_range_pct);
  for (size_t q = 0; f->compared && q < AXON_PREDICTED; q++) {
    at = f->agreement[q].r2 >= AXON_MAP_LEAST_R2 ? NULL : new_reason(f);
    if (at)
      (void)snprintf(at, 200, "%s: R\xc2\xb2 of the network against simulation is %.4f, below %.2f.",
                     lg_axon_output_names[q].title, f->agreement[q].r2, AXON_MAP_LEAST_R2);
  }
}

/* ---- what stands above -------------------------------------------------------------------------------------- */

static void add_tile(lg_report_tile *tiles, size_t *n, const char *name, double x, const char *unit, const char *note) {
  lg_report_tile *t = &tiles[(*n)++];
  *t = (lg_report_tile){{0}, {0}, {0}, {0}};
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  lg_format_significant(x, 3, t->value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", isfinite(x) ? unit : "");
  (void)snprintf(t->note, sizeof t->note, "%s", note);
}

static size_t fill_tiles(const facts *f, lg_report_tile *tiles) {
  size_t n = 0;
  char note[160];
  (void)snprintf(note, sizeof note, "strain of microtubules %g or more, of this one axon", f->page->map->threshold);
  add_tile(tiles, &n, "Injured", f->whole.injured_pct, "%", note);
  add_tile(tiles, &n, "Strain of microtubules", f->whole.p95[AXON_MT], "", "95th percentile of the voxels");
  add_tile(tiles, &n, "Strain of the axolemma", f->whole.p95[AXON_AXOLEMMA], "", "95th percentile");
  add_tile(tiles, &n, "Tau bonds lost", f->whole.p95[AXON_TAU], "%", "95th percentile");
  add_tile(tiles, &n, "Neurofilaments lost", f->whole.p95[AXON_NF], "%", "95th percentile");
  if (isfinite(f->whole.out_of_range_pct))
    add_tile(tiles, &n, "Out of the network's range", f->whole.out_of_range_pct, "%",
             "of the voxels; simulated instead");
  return n;
}

static void put_header(const facts *f, FILE *s) {
  const axon_map *m = f->page->map;
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  const char *reasons[MOST_REASONS];
  char lead[600];
  for (size_t k = 0; k < f->n_reasons; k++) reasons[k] = f->reason[k];
  (void)snprintf(
      lead, sizeof lead,
      "What strain does to the axons of %zu voxels of white matter: %zu by direct simulation, %zu by the network "
      "%s. Peak strains are fractions, losses percent of the bonds or filaments.",
      m->n, lg_axon_map_count(m, AXON_MAP_DIRECT), lg_axon_map_count(m, AXON_MAP_NETWORK),
      f->page->network && *f->page->network ? f->page->network : "(none)");
  const lg_page_link links[] = {{"maps", "Maps", m->grid.n[0] > 0},
                                {"agreement", "Network and simulation", f->compared},
                                {"range", "Range", m->in_range && m->grid.n[0] > 0},
                                {"regions", "Regions", m->n_regions > 0},
                                {"times", "Times", f->page->times.threads > 0},
                                {"limits", "What this is not", true}};
  const lg_page_header header = {.kind = "Axons of a white matter",
                                 .title = f->page->title,
                                 .flag = f->n_reasons > 0 ? LG_FLAG_AMBER : LG_FLAG_GREEN,
                                 .flag_words = f->n_reasons > 0 ? "Read the reservations"
                                               : f->compared    ? "Network and simulation agree"
                                                                : "Every voxel has its values",
                                 .domain_words = "",
                                 .lead = lead,
                                 .n_reasons = f->n_reasons,
                                 .reasons = reasons,
                                 .n_tiles = fill_tiles(f, tiles),
                                 .tiles = tiles};
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
}

/* ---- pictures ------------------------------------------------------------------------------------------------ */

static lg_status put_picture(lg_ctx *ctx, const facts *f, size_t which, FILE *s) {
  const axon_map_page *p = f->page;
  const axon_map_view view = {p->map, {p->at_mm[0], p->at_mm[1], p->at_mm[2]}, which};
  const lg_picture picture = lg_axon_map_picture(&view);
  char words[400];
  if (!picture.possible) return LG_OK;
  lg_axon_map_picture_words(&view, words, sizeof words);
  (void)fputs("<figure>\n", s);
  const lg_status status =
      lg_picture_in_page(ctx, &picture, &(lg_svg_opts){picture.title, words, picture.name, NULL, true}, &view, s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
  return status;
}

static lg_status put_pictures(lg_ctx *ctx, const facts *f, size_t first, size_t n, FILE *s) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n && status == LG_OK; k++) status = put_picture(ctx, f, first + k, s);
  return status;
}

static lg_status put_maps(lg_ctx *ctx, const facts *f, FILE *s) {
  lg_status status = LG_OK;
  if (f->page->map->grid.n[0] == 0) return LG_OK;
  (void)fputs("<section id=\"maps\">\n<h2>Maps</h2>\n", s);
  LG_TRY(put_pictures(ctx, f, AXON_PICTURE_OUTPUT, AXON_PREDICTED, s));
  LG_TRY(put_pictures(ctx, f, AXON_PICTURE_STRAIN, 3, s)); /* strain, rate, injury */
  (void)fputs("</section>\n", s);
done:
  return status;
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

static void end_table(FILE *s) { (void)fputs("</tbody></table></div>\n", s); }

static void put_agreement_row(FILE *s, size_t q, const axon_agreement *a, const char *which) {
  char name[120];
  (void)snprintf(name, sizeof name, "%s%s", lg_axon_output_names[q].title, which);
  (void)fputs("<tr>", s);
  lg_page_words(s, "th scope=\"row\"", name);
  lg_page_number(s, (double)a->n, 7);
  lg_page_number(s, a->r2, 5);
  lg_page_number(s, a->nrmse_pct, 3);
  lg_page_number(s, a->mean_error, 3);
  lg_page_number(s, a->p95_error, 3);
  lg_page_number(s, a->worst_error, 3);
  (void)fputs("</tr>\n", s);
}

static lg_status put_agreement(lg_ctx *ctx, const facts *f, FILE *s) {
  static const char *const titles[] = {
      "Output", "Voxels", "R\xc2\xb2", "NRMSE (%)", "Mean error", "95 % of |errors| below", "Worst |error|"};
  lg_status status = LG_OK;
  if (!f->compared) return LG_OK;
  (void)fputs(
      "<section id=\"agreement\">\n<h2>Network and simulation</h2>\n"
      "<p>The network against direct simulation at every voxel. R\xc2\xb2 = 1 - SSE/SST and NRMSE = RMSE/(max - "
      "min), both in natural units; errors are network minus simulation.</p>\n",
      s);
  lg_page_table_head(s, "Network and simulation", titles, 7);
  for (size_t q = 0; q < AXON_PREDICTED; q++) put_agreement_row(s, q, &f->agreement[q], "");
  for (size_t q = 0; q < AXON_PREDICTED; q++) put_agreement_row(s, q, &f->in_range[q], ", in range");
  end_table(s);
  LG_TRY(put_picture(ctx, f, AXON_PICTURE_SCATTER, s));
  LG_TRY(put_pictures(ctx, f, AXON_PICTURE_ERROR, AXON_PREDICTED, s));
  (void)fputs("</section>\n", s);
done:
  return status;
}

static lg_status put_range(lg_ctx *ctx, const facts *f, FILE *s) {
  lg_status status = LG_OK;
  if (!f->page->map->in_range || f->page->map->grid.n[0] == 0) return LG_OK;
  (void)fputs(
      "<section id=\"range\">\n<h2>Range of the network</h2>\n<p>Out of range: the networks disagree, or no profile "
      "that they were trained on is near. Those voxels are simulated directly.</p>\n",
      s);
  LG_TRY(put_picture(ctx, f, AXON_PICTURE_SOURCE, s));
  LG_TRY(put_picture(ctx, f, AXON_PICTURE_RANGE, s));
  LG_TRY(put_picture(ctx, f, AXON_PICTURE_NEAREST, s));
  LG_TRY(put_picture(ctx, f, AXON_PICTURE_SD + AXON_MT, s));
  (void)fputs("</section>\n", s);
done:
  return status;
}

static void put_region(FILE *s, const axon_region *r) {
  (void)fputs("<tr>", s);
  lg_page_words(s, "th scope=\"row\"", r->name);
  lg_page_number(s, (double)r->n, 7);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    lg_page_number(s, r->median[q], 3);
    lg_page_number(s, r->p95[q], 3);
    lg_page_number(s, r->most[q], 3);
  }
  lg_page_number(s, r->injured_pct, 3);
  lg_page_number(s, r->out_of_range_pct, 3);
  (void)fputs("</tr>\n", s);
}

static void put_regions(const facts *f, FILE *s) {
  static const char *const titles[] = {"Region",
                                       "Voxels",
                                       "MT median",
                                       "95th",
                                       "max",
                                       "Axolemma median",
                                       "95th",
                                       "max",
                                       "Tau median (%)",
                                       "95th",
                                       "max",
                                       "NF median (%)",
                                       "95th",
                                       "max",
                                       "Injured (%)",
                                       "Out of range (%)"};
  const axon_map *m = f->page->map;
  if (m->n_regions == 0) return;
  (void)fputs("<section id=\"regions\">\n<h2>Regions</h2>\n", s);
  lg_page_words(s, "p", m->partition);
  lg_page_table_head(s, "Regions", titles, sizeof titles / sizeof titles[0]);
  put_region(s, &f->whole);
  for (size_t k = 0; k < m->n_regions; k++)
    if (f->regions[k].n > 0) put_region(s, &f->regions[k]);
  end_table(s);
  (void)fputs("</section>\n", s);
}

static void put_time(FILE *s, const char *name, double wall, double cpu, double n) {
  if (!isfinite(wall)) return;
  (void)fputs("<tr>", s);
  lg_page_words(s, "th scope=\"row\"", name);
  lg_page_number(s, n, 7);
  lg_page_number(s, wall, 4);
  lg_page_number(s, cpu, 4);
  lg_page_number(s, n > 0.0 ? 1e3 * cpu / n : (double)NAN, 3);
  (void)fputs("</tr>\n", s);
}

static void put_times(const facts *f, FILE *s) {
  static const char *const titles[] = {"What", "Voxels", "Wall time (s)", "CPU time (s)", "CPU per voxel (ms)"};
  const axon_map_times *t = &f->page->times;
  if (t->threads == 0) return;
  (void)fprintf(s, "<section id=\"times\">\n<h2>Times</h2>\n<p>%zu thread%s, %zu rank%s.%s</p>\n", t->threads,
                t->threads == 1 ? "" : "s", t->ranks, t->ranks == 1 ? "" : "s",
                t->ranks > 1 ? " CPU times are those of rank 0." : "");
  lg_page_table_head(s, "Times", titles, 5);
  put_time(s, "Strain profiles", t->profiles_s, (double)NAN, (double)f->page->map->n);
  put_time(s, "Network", t->network_s, t->network_cpu_s, (double)f->page->map->n);
  if (t->n_simulated > 0) put_time(s, "Direct simulation", t->direct_s, t->direct_cpu_s, (double)t->n_simulated);
  end_table(s);
  (void)fputs("</section>\n", s);
}

static void put_limits(FILE *s) {
  static const char *const limits[] = {
      "The axon is a self-contained model: the constants of the published finite-element axon were not recovered. "
      "Stiffness "
      "and viscosity of tau were calibrated to recalled critical rates; most constants that do not belong to "
      "microtubules are "
      "choices.",
      "One seed of gaps is one axon. Peak strain of microtubules spans 0.081 to 0.146 over eight seeds for one "
      "profile: "
      "loligo axon population gives that spread.",
      "The threshold of injury belongs to this axon (0.20: gap seed 1, from the strains and rates of Nakadate et al. "
      "2017) "
      "and is not universal.",
      "Maps of --seed and of kinematics use a linear viscoelastic sphere and formulas for the directions of fibres, no "
      "finite-element brain and no tractography.",
      "Regions cut by geometry are not an atlas."};
  (void)fputs("<section id=\"limits\">\n<h2>What this is not</h2>\n", s);
  lg_page_list(s, "", limits, sizeof limits / sizeof limits[0]);
  (void)fputs("</section>\n", s);
}

/* ---- the page ------------------------------------------------------------------------------------------------ */

static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const facts *f = user;
  lg_json w = lg_json_begin(s);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-axon-map-report/1");
  lg_json_key_text(&w, "title", f->page->title);
  lg_json_key_integer(&w, "n_voxels", (int64_t)f->whole.n);
  lg_json_key_integer(&w, "n_failed", (int64_t)f->whole.n_failed);
  lg_json_key_number(&w, "injury_threshold", f->page->map->threshold);
  lg_json_key_number(&w, "injured_pct", f->whole.injured_pct);
  lg_json_key_number(&w, "out_of_range_pct", f->whole.out_of_range_pct);
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    lg_json_key(&w, lg_axon_output_names[q].name);
    lg_json_object(&w);
    lg_json_key_number(&w, "median", f->whole.median[q]);
    lg_json_key_number(&w, "p95", f->whole.p95[q]);
    lg_json_key_number(&w, "max", f->whole.most[q]);
    if (f->compared) lg_json_key_number(&w, "r2", f->agreement[q].r2);
    if (f->compared) lg_json_key_number(&w, "nrmse_pct", f->agreement[q].nrmse_pct);
    lg_json_end_object(&w);
  }
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : lg_fail(ctx, LG_ERR_INTERNAL, "the facts of a map did not nest");
}

static lg_status put_page(lg_ctx *ctx, const void *user, FILE *s) {
  const facts *f = user;
  lg_status status = LG_OK;
  LG_TRY(lg_page_open(ctx, f->page->title, "axons of a white matter", NULL, s));
  put_header(f, s);
  LG_TRY(put_maps(ctx, f, s));
  LG_TRY(put_agreement(ctx, f, s));
  LG_TRY(put_range(ctx, f, s));
  put_regions(f, s);
  put_times(f, s);
  put_limits(s);
  status = lg_page_end(ctx, f->page->provenance_json, put_json, f, s);
done:
  return status;
}

lg_status lg_axon_map_report(lg_ctx *ctx, const char *folder, const axon_map_page *page) {
  lg_status status = LG_OK;
  facts f = {0};
  LG_TRY(gather(ctx, page, &f));
  find_reasons(&f);
  LG_TRY(lg_folder_write(ctx, folder, "report.html", put_page, &f));
  status = lg_axon_map_pictures(ctx, folder, page->map, page->at_mm);
done:
  lg_free(ctx, f.regions);
  return status;
}
