/* The page of a run of calcium in a dendrite. */
#include "twin/calcium_report.h"

#include "io/plot.h"
#include "twin/calcium_file.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what stands above --------------------------------------------------------------------------------- */

static void add_tile(lg_report_tile *tiles, size_t *n, const char *name, const char *unit, const char *note, double x) {
  lg_report_tile *t = &tiles[(*n)++];
  *t = (lg_report_tile){{0}, {0}, {0}, {0}};
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  lg_format_significant(x, 5, t->value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", isfinite(x) ? unit : "");
  (void)snprintf(t->note, sizeof t->note, "%s", note);
}

static size_t fill_tiles(const calcium_view *v, lg_report_tile *tiles) {
  const calcium_summary *s = &v->result->summary;
  char note[160], threshold[40];
  size_t n = 0;
  lg_format_short(v->c->threshold_uM, 4, threshold);
  add_tile(tiles, &n, "Speed", "\xc2\xb5m/s", "from a quarter to three quarters of the first section", s->speed_um_s);
  add_tile(tiles, &n, "Peak calcium", "\xc2\xb5M", "at mid-length of the first section, as all that follow",
           s->peak_uM);
  add_tile(tiles, &n, "Full width at half maximum", "ms", "", s->fwhm_ms);
  (void)snprintf(note, sizeof note, "above %s \xc2\xb5M", threshold);
  add_tile(tiles, &n, "Time above threshold", "ms", note, s->above_threshold_ms);
  char half[40];
  lg_format_significant(s->open_half_ms, 4, half);
  (void)snprintf(note, sizeof note, "more than half of it for %s ms", half);
  add_tile(tiles, &n, "Greatest open probability", "", note, s->open_max);
  add_tile(tiles, &n, "Lowest calcium in the ER", "\xc2\xb5M", "", s->er_min_uM);
  return n;
}

static void put_header(const calcium_view *v, FILE *s) {
  lg_picture pictures[CALCIUM_PICTURES];
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char lead[400], edges[40], unknowns[64] = "";
  lg_calcium_pictures(v, pictures);
  const bool wave = isfinite(v->result->summary.speed_um_s);
  lg_format_significant(v->c->end_s, 3, edges);
  if (v->result->unknowns) (void)snprintf(unknowns, sizeof unknowns, ", %zu unknowns per node", v->result->unknowns);
  (void)snprintf(
      lead, sizeof lead,
      "Calcium in a dendrite with endoplasmic reticulum: %zu section%s cut into %zu nodes, %s s in %zu steps "
      "of scheme %s; ryanodine receptors by gate %s%s.",
      v->c->n_sections, v->c->n_sections == 1 ? "" : "s", v->result->n_nodes, edges, v->result->n_steps, v->scheme,
      v->gate, unknowns);
  lg_page_link links[CALCIUM_PICTURES + 1];
  for (size_t k = 0; k < CALCIUM_PICTURES; k++)
    links[k] = (lg_page_link){pictures[k].name, pictures[k].title, pictures[k].possible};
  links[CALCIUM_PICTURES] = (lg_page_link){"constants", "Constants", true};
  const lg_page_header header = {.kind = "Calcium in a dendrite",
                                 .title = v->title,
                                 .flag = v->n_warnings > 0 ? LG_FLAG_AMBER : LG_FLAG_GREEN,
                                 .flag_words = v->n_warnings > 0 ? "Read the warnings"
                                               : wave            ? "A wave crosses the dendrite"
                                                                 : "No wave crosses the dendrite",
                                 .domain_words = "",
                                 .lead = lead,
                                 .n_reasons = v->n_warnings,
                                 .reasons = v->warnings,
                                 .n_tiles = fill_tiles(v, tiles),
                                 .tiles = tiles};
  lg_page_put_header(&header, links, CALCIUM_PICTURES + 1, s);
}

/* ---- figures and tables -------------------------------------------------------------------------------- */

static void put_arrivals(const calcium_view *v, FILE *s) {
  static const char *const titles[] = {"Place (\xc2\xb5m)", "Section", "Up (ms)", "Down (ms)", "Peak (\xc2\xb5M)"};
  lg_page_table_head(s, "Arrivals", titles, 5);
  for (size_t k = 0; k < v->c->n_probes; k++) {
    const calcium_arrival *a = &v->result->arrivals[k];
    char place[40];
    lg_format_short(v->c->probes[k].x_um, 6, place);
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", place);
    lg_page_number(s, (double)v->c->probes[k].section, 4);
    lg_page_number(s, 1e3 * a->up_s, 6);
    lg_page_number(s, 1e3 * a->down_s, 6);
    lg_page_number(s, a->peak_uM, 5);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

/* Figures of both runs, and how far they are apart. */
static void put_beside(const calcium_view *v, FILE *s) {
  static const char *const names[CALCIUM_FIGURES] = {"Speed (\xc2\xb5m/s)",
                                                     "Peak calcium (\xc2\xb5M)",
                                                     "Full width at half maximum (ms)",
                                                     "Time above threshold (ms)",
                                                     "Greatest open probability",
                                                     "Time above half of it (ms)",
                                                     "Lowest calcium in the ER (\xc2\xb5M)"};
  const char *titles[] = {"", v->beside.gate, v->gate, "apart (%)"};
  double one[CALCIUM_FIGURES], other[CALCIUM_FIGURES];
  lg_calcium_figure_values(&v->result->summary, one);
  lg_calcium_figure_values(&v->beside.result->summary, other);
  lg_page_table_head(s, "Beside another gate", titles, 4);
  for (size_t k = 0; k < CALCIUM_FIGURES; k++) {
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", names[k]);
    lg_page_number(s, other[k], 6);
    lg_page_number(s, one[k], 6);
    lg_page_number(s, 100.0 * (one[k] / other[k] - 1.0), 3);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void put_constant(FILE *s, const char *name, double x, const char *unit) {
  (void)fputs("<tr>", s);
  lg_page_words(s, "th scope=\"row\"", name);
  lg_page_number(s, x, 6);
  lg_page_unit(s, unit);
  (void)fputs("</tr>\n", s);
}

static void put_constants(const calcium_view *v, FILE *s) {
  static const char *const titles[] = {"Constant", "Value", "Unit"};
  const calcium_constants *k = &v->c->constants;
  (void)fputs("<section id=\"constants\">\n<h2>Constants</h2>\n", s);
  lg_page_table_head(s, "Constants", titles, 3);
  put_constant(s, "Diffusion of calcium in the cytosol", k->diffusion_cytosol, "\xc2\xb5m\xc2\xb2/s");
  put_constant(s, "Diffusion of the buffer", k->diffusion_buffer, "\xc2\xb5m\xc2\xb2/s");
  put_constant(s, "Diffusion of calcium in the ER", k->diffusion_er, "\xc2\xb5m\xc2\xb2/s");
  put_constant(s, "Buffer, total", k->buffer_total, "\xc2\xb5M");
  put_constant(s, "Calcium at rest, cytosol", k->cytosol_rest, "\xc2\xb5M");
  put_constant(s, "Calcium at rest, ER", k->er_rest, "\xc2\xb5M");
  put_constant(s, "Calcium outside", k->outside, "\xc2\xb5M");
  put_constant(s, "Ryanodine receptors", k->ryr_density, "1/\xc2\xb5m\xc2\xb2");
  put_constant(s, "SERCA", k->serca_density, "1/\xc2\xb5m\xc2\xb2");
  put_constant(s, "PMCA", k->pmca_density, "1/\xc2\xb5m\xc2\xb2");
  put_constant(s, "NCX", k->ncx_density, "1/\xc2\xb5m\xc2\xb2");
  put_constant(s, "Leak of the ER, from rest", v->result->derived_er_leak, "\xc2\xb5m/s");
  put_constant(s, "Leak of the plasma membrane, from rest", v->result->derived_plasma_leak, "\xc2\xb5m/s");
  put_constant(s, "Open probability at rest", v->result->open_rest, "");
  (void)fputs("</tbody></table></div>\n</section>\n", s);
}

static lg_status put_figure(lg_ctx *ctx, const calcium_view *v, const lg_picture *p, size_t which, FILE *s) {
  char words[400];
  if (!p->possible) return LG_OK;
  lg_calcium_words(v, which, words, sizeof words);
  (void)fprintf(s, "<section id=\"%s\">\n<h2>%s</h2>\n<figure>\n", p->name, p->title);
  const lg_status status = lg_picture_in_page(ctx, p, &(lg_svg_opts){p->title, words, p->name, NULL, true}, v, s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
  if (which == CALCIUM_ARRIVALS) put_arrivals(v, s);
  if (which == CALCIUM_BESIDE) put_beside(v, s);
  (void)fputs("</section>\n", s);
  return status;
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const calcium_view *v = user;
  lg_json w = lg_json_begin(s);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-calcium/1");
  lg_json_key_text(&w, "gate", v->gate);
  lg_json_key_text(&w, "scheme", v->scheme);
  lg_calcium_figures(&w, &v->result->summary);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : lg_fail(ctx, LG_ERR_INTERNAL, "the facts of a wave did not nest");
}

static lg_status put_page(lg_ctx *ctx, const void *user, FILE *s) {
  const calcium_view *v = user;
  lg_status status = LG_OK;
  lg_picture pictures[CALCIUM_PICTURES];
  lg_calcium_pictures(v, pictures);
  LG_TRY(lg_page_open(ctx, v->title, "calcium in a dendrite", NULL, s));
  put_header(v, s);
  for (size_t k = 0; k < CALCIUM_PICTURES; k++) LG_TRY(put_figure(ctx, v, &pictures[k], k, s));
  put_constants(v, s);
  status = lg_page_end(ctx, v->provenance_json, put_json, v, s);
done:
  return status;
}

lg_status lg_calcium_report(lg_ctx *ctx, const char *folder, calcium_view *v) {
  lg_status status = LG_OK;
  lg_picture pictures[CALCIUM_PICTURES];
  char *provenance = NULL;
  if (v->provenance) {
    provenance = lg_page_provenance_text(ctx, v->provenance);
    if (!provenance) LG_TRY(LG_ERR_MEMORY);
    v->provenance_json = provenance;
  }
  lg_calcium_pictures(v, pictures);
  LG_TRY(lg_folder_write(ctx, folder, "report.html", put_page, v));
  LG_TRY(lg_folder_pictures(ctx, folder, pictures, CALCIUM_PICTURES, v));
done:
  v->provenance_json = NULL;
  free(provenance);
  return status;
}
