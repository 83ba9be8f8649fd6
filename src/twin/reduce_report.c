/* The page of a reduction. */
#define _XOPEN_SOURCE 700
#include "twin/reduce_report.h"

#include "cable/reduce_model.h"
#include "io/plot.h"
#include "twin/reduce_run.h"
#include "twin/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is said ------------------------------------------------------------------------------------ */

typedef struct summary {
  double peak, late_ms, spike_ms; /* greatest errors; NAN: none to compare */
  size_t n_epsps, n_spikes, n_lost, n_sites;
} summary;

static void compare_spikes(const reduce_view *v, size_t probe, summary *s) {
  const double late = lg_reduce_spike_shift(v->runs.full, v->runs.reduced, probe);
  const size_t n = lg_reduce_spikes(v->runs.full, probe);
  s->n_spikes += n;
  if (isnan(late)) s->n_lost++;
  else if (n > 0) s->spike_ms = isnan(s->spike_ms) ? late : fmax(s->spike_ms, late);
}

static summary summarise(const reduce_view *v) {
  summary s = {.peak = (double)NAN, .late_ms = (double)NAN, .spike_ms = (double)NAN};
  const cable_reduction *r = v->reduction;
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    if (strcmp(m->what, "synapse") != 0 || m->epsp_full.peak_mV == 0.0) continue;
    const double peak = fabs(m->epsp.peak_mV / m->epsp_full.peak_mV - 1.0);
    const double late = fabs(m->epsp.time_ms - m->epsp_full.time_ms);
    s.peak = s.n_epsps ? fmax(s.peak, peak) : peak;
    s.late_ms = s.n_epsps ? fmax(s.late_ms, late) : late;
    s.n_epsps++;
  }
  for (size_t k = 0; k < r->n_places; k++) s.n_sites += !r->places[k].ring && !r->places[k].line;
  for (size_t p = 0; v->runs.full && v->runs.reduced && p < v->full->n_probes; p++)
    if (v->full->probes[p].quantity == CABLE_V) compare_spikes(v, p, &s);
  return s;
}

static void add_tile(lg_report_tile *tiles, size_t *n, const char *name, const char *unit, const char *note, int digits,
                     double x) {
  lg_report_tile *t = &tiles[(*n)++];
  *t = (lg_report_tile){{0}, {0}, {0}, {0}};
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  if (digits > 0) lg_format_significant(x, digits, t->value);
  else (void)snprintf(t->value, sizeof t->value, "%.0f", x);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  (void)snprintf(t->note, sizeof t->note, "%s", note);
}

static size_t fill_tiles(const reduce_view *v, const summary *s, lg_report_tile *tiles) {
  const cable_reduction *r = v->reduction;
  char note[120];
  size_t n = 0;
  (void)snprintf(note, sizeof note, "of %zu nodes; %zu stand for one place", r->n_nodes, s->n_sites);
  add_tile(tiles, &n, "Compartments", "", note, 0, (double)r->n_places);
  add_tile(tiles, &n, "Input resistance, error", "", "relative", 2,
           fabs(r->resistance_MOhm / r->resistance_full_MOhm - 1.0));
  add_tile(tiles, &n, "Slowest time constant, error", "%", "", 2, 100.0 * fabs(r->tau_ms / r->tau_full_ms - 1.0));
  if (s->n_epsps) {
    (void)snprintf(note, sizeof note, "of %zu EPSPs; peaks at most %.2g %% off", s->n_epsps, 100.0 * s->peak);
    add_tile(tiles, &n, "EPSPs late or early", "ms", note, 2, s->late_ms);
  }
  if (s->n_spikes) {
    if (s->n_lost) (void)snprintf(note, sizeof note, "%zu probes have another number of spikes", s->n_lost);
    else (void)snprintf(note, sizeof note, "of %zu spikes at all probes", s->n_spikes);
    add_tile(tiles, &n, "Spikes late or early", "ms", note, 2, s->spike_ms);
  }
  if (v->runs.full && v->runs.reduced)
    add_tile(tiles, &n, "Faster", "times", "the model's own stimuli, one core", 0,
             v->runs.full_seconds / v->runs.reduced_seconds);
  return n;
}

static lg_report_flag flag_of(const summary *s) {
  if (s->n_lost > 0 || s->spike_ms > 2.0 || s->peak > 0.1) return LG_FLAG_AMBER;
  return s->late_ms > 2.0 ? LG_FLAG_AMBER : LG_FLAG_GREEN;
}

static void put_header(const reduce_view *v, FILE *s) {
  lg_picture pictures[REDUCE_PICTURES];
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char lead[400];
  lg_reduce_pictures(v, pictures);
  const summary sum = summarise(v);
  const lg_report_flag flag = flag_of(&sum);
  (void)snprintf(lead, sizeof lead,
                 "A cell of %zu nodes as %zu compartments: steady answers of the soma and of %zu places kept exactly, "
                 "the slowest time constant kept, capacitances fitted to EPSPs from all over the dendrites.",
                 v->reduction->n_nodes, v->reduction->n_places, sum.n_sites);
  const lg_page_link links[] = {{"traces", "Voltages", pictures[REDUCE_TRACES].possible},
                                {"cell", "Compartments", true},
                                {"impedance", "Impedance", true},
                                {"epsps", "EPSPs", pictures[REDUCE_EPSPS].possible}};
  const lg_page_header header = {.kind = "Reduced cell",
                                 .title = v->title,
                                 .flag = flag,
                                 .flag_words = flag == LG_FLAG_GREEN ? "Answers as the full cell"
                                                                     : "Differs in places: see below",
                                 .domain_words = "",
                                 .lead = lead,
                                 .n_tiles = fill_tiles(v, &sum, tiles),
                                 .tiles = tiles};
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
}

/* ---- figures and tables -------------------------------------------------------------------------------- */

static lg_status put_figure(lg_ctx *ctx, const reduce_view *v, const lg_picture *p, size_t which, FILE *s) {
  char words[400];
  if (!p->possible) return LG_OK;
  lg_reduce_words(v, which, words, sizeof words);
  (void)fprintf(s, "<section id=\"%s\">\n<h2>%s</h2>\n<figure>\n", p->name, p->title);
  const lg_status status = lg_picture_in_page(ctx, p, &(lg_svg_opts){p->title, words, p->name, NULL, true}, v, s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
  return status;
}

static void put_places(const cable_reduction *r, FILE *s) {
  static const char *const titles[] = {"Compartment",
                                       "Path (\xc2\xb5m)",
                                       "Membrane (\xc2\xb5m\xc2\xb2)",
                                       "Capacitance (pF)",
                                       "R in, full (M\xce\xa9)",
                                       "reduced",
                                       "to the soma, full",
                                       "reduced"};
  lg_page_table_head(s, "Compartments", titles, 8);
  for (size_t k = 0; k < r->n_places; k++) {
    const cable_reduced_place *p = &r->places[k];
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", p->name);
    lg_page_number(s, p->distance_um, 4);
    lg_page_number(s, p->area_um2, 4);
    lg_page_number(s, 1000.0 * r->model->compartments[k].capacitance_nF, 4);
    lg_page_number(s, p->resistance_full_MOhm, 6);
    lg_page_number(s, p->resistance_MOhm, 6);
    lg_page_number(s, p->transfer_full_MOhm, 6);
    lg_page_number(s, p->transfer_MOhm, 6);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void put_epsps(const cable_reduction *r, FILE *s) {
  static const char *const titles[] = {"Synapse",         "Peak, full (mV)", "by shares",           "matched",
                                       "Time, full (ms)", "reduced",         "Factor of the weight"};
  lg_page_table_head(s, "EPSPs", titles, 7);
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    char name[CABLE_NAME_BYTES + 32];
    if (strcmp(m->what, "synapse") != 0 || m->epsp_full.peak_mV == 0.0) continue;
    (void)snprintf(name, sizeof name, "%zu %s", m->index, m->name);
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", name);
    lg_page_number(s, m->epsp_full.peak_mV, 4);
    lg_page_number(s, m->epsp_shared.peak_mV, 4);
    lg_page_number(s, m->epsp.peak_mV, 4);
    lg_page_number(s, m->epsp_full.time_ms, 4);
    lg_page_number(s, m->epsp.time_ms, 4);
    lg_page_number(s, m->factor, 3);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const reduce_view *v = user;
  lg_json w = lg_json_begin(s);
  lg_reduction_write_facts(&w, v->full, v->reduction, &v->runs);
  return lg_json_end(&w) ? LG_OK : lg_fail(ctx, LG_ERR_INTERNAL, "the facts of a reduction did not nest");
}

static lg_status put_page(lg_ctx *ctx, const void *user, FILE *s) {
  const reduce_view *v = user;
  lg_status status = LG_OK;
  lg_picture pictures[REDUCE_PICTURES];
  lg_reduce_pictures(v, pictures);
  LG_TRY(lg_page_open(ctx, v->title, "reduced cell", NULL, s));
  put_header(v, s);
  for (size_t k = 0; k < REDUCE_PICTURES; k++) {
    LG_TRY(put_figure(ctx, v, &pictures[k], k, s));
    if (k == REDUCE_CELL) put_places(v->reduction, s);
    if (k == REDUCE_EPSPS && pictures[k].possible) put_epsps(v->reduction, s);
    if (pictures[k].possible) (void)fputs("</section>\n", s);
  }
  status = lg_page_end(ctx, v->provenance_json, put_json, v, s);
done:
  return status;
}

/* ---- the folder ---------------------------------------------------------------------------------------- */

static lg_status find_owners(lg_ctx *ctx, reduce_view *v) {
  const cable_reduction *r = v->reduction;
  lg_status status = LG_OK;
  size_t rank[REDUCE_MAX] = {0};
  LG_NEW(ctx, v->owner, r->linear->n);
  for (size_t k = 0; k < r->cell->plan.n; k++) rank[r->cell->order[k]] = k;
  for (size_t k = 0; k < r->linear->n; k++) {
    const double *phi = r->work->phi + k * r->work->room;
    size_t most = 0;
    for (size_t i = 1; i < r->cell->plan.n; i++)
      if (phi[i] > phi[most]) most = i;
    v->owner[r->linear->node[k]] = (int32_t)rank[most];
  }
done:
  return status;
}

lg_status lg_reduction_report(lg_ctx *ctx, const char *dir, reduce_view *v) {
  lg_status status = LG_OK;
  lg_picture pictures[REDUCE_PICTURES];
  char *provenance = NULL;
  const lg_crate_file files[] = {{"index.html", "What was kept and lost."}, {"reduction.json", "The same as numbers."}};
  LG_TRY(lg_make_directory(ctx, dir));
  LG_TRY(find_owners(ctx, v));
  if (v->provenance) {
    provenance = lg_page_provenance_text(ctx, v->provenance);
    if (!provenance) LG_TRY(LG_ERR_MEMORY);
    v->provenance_json = provenance;
  }
  lg_reduce_pictures(v, pictures);
  LG_TRY(lg_folder_write(ctx, dir, "index.html", put_page, v));
  LG_TRY(lg_folder_write(ctx, dir, "reduction.json", put_json, v));
  LG_TRY(lg_folder_pictures(ctx, dir, pictures, REDUCE_PICTURES, v));
  LG_TRY(lg_folder_crate(ctx, dir, v->title, "A cell with shape and its reduction.", v->provenance, files, 2));
done:
  v->provenance_json = NULL;
  free(provenance);
  lg_free(ctx, v->owner);
  v->owner = NULL;
  return status;
}
