/* The page of an identified culture. */
#include "twin/culture_report.h"

#include "io/plot.h"
#include "twin/culture_file.h"
#include "twin/culture_report_words.h"
#include "twin/report.h"
#include "twin/report_sheets.h"

#include <math.h>
#include <string.h>

static const char *const group_names[4] = {"I", "II", "III", "IV"};

/** What is worked out once for the page and the pages to print. */
typedef struct facts {
  const culture_view *view;
  lg_picture pictures[CULTURE_FIGURES];
  const char *reasons[CULTURE_WARNINGS];
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  size_t n_tiles;
  char lead[500];
  char feeds[700]; /* what gamma is here */
} facts;

/* ---- above -------------------------------------------------------------------------------------------------- */

static lg_report_tile *add_tile(facts *f, const char *name, const char *value, const char *unit) {
  lg_report_tile *t = &f->tiles[f->n_tiles++];
  *t = (lg_report_tile){{0}, {0}, {0}, {0}};
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  (void)snprintf(t->value, sizeof t->value, "%s", value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  return t;
}

static void tile_of_k(facts *f) {
  const lg_culture_result *r = f->view->result;
  char k[40], low[40], high[40], rate[60] = "";
  lg_format_significant(r->k, 3, k);
  lg_format_significant(r->k_low, 3, low);
  lg_format_significant(r->k_high, 3, high);
  if (isfinite(f->view->frame_s)) {
    char x[40];
    lg_format_significant(r->k / f->view->frame_s, 3, x);
    (void)snprintf(rate, sizeof rate, "; %s per s", x);
  }
  lg_report_tile *t = add_tile(f, "Coupling k", k, "per frame");
  if (isfinite(r->k_low)) (void)snprintf(t->note, sizeof t->note, "95 %%: %s \xe2\x80\xa6 %s%s", low, high, rate);
  else (void)snprintf(t->note, sizeof t->note, "this method gives no interval%s", rate);
}

static void fill_tiles(facts *f) {
  const lg_culture_result *r = f->view->result;
  char value[64], note[40];
  tile_of_k(f);
  lg_report_tile *t = add_tile(f, "Law of coupling", lg_culture_law_name(r->law), "");
  (void)snprintf(t->note, sizeof t->note, "%s",
                 f->view->options->law < 0 ? "chosen by the data among four" : "as it was asked for");
  (void)snprintf(value, sizeof value, "%zu", r->n_inner);
  t = add_tile(f, "Cells with an equation", value, "");
  (void)snprintf(t->note, sizeof t->note, "of %zu; the others touch the image's border or stand alone",
                 f->view->graph->n);
  (void)snprintf(value, sizeof value, "%zu", r->n_events);
  t = add_tile(f, "Events", r->has_events ? value : "\xe2\x80\x93", "");
  lg_format_significant(100.0 * r->masked_share, 2, note);
  if (r->has_events) (void)snprintf(t->note, sizeof t->note, "%s %% of the frames", note);
  else (void)snprintf(t->note, sizeof t->note, "this method knows none");
  lg_format_significant(r->mse_median, 2, value);
  t = add_tile(f, r->has_events ? "Median error with events" : "Median error", value, "MSE");
  lg_format_significant(r->mse_bare_median, 2, note);
  if (r->has_events) (void)snprintf(t->note, sizeof t->note, "of free runs; without events %s", note);
  (void)snprintf(value, sizeof value, "%zu", r->group[0]);
  t = add_tile(f, "Cells well met (group I)", value, "");
  (void)snprintf(t->note, sizeof t->note, "II: %zu, III: %zu, IV: %zu", r->group[1], r->group[2], r->group[3]);
}

static lg_page_header header_of(const facts *f) {
  const lg_culture_result *r = f->view->result;
  const bool red = !r->identifiable, amber = r->n_warnings > 0;
  return (lg_page_header){.kind = "Culture of cells",
                          .title = f->view->title,
                          .flag = red     ? LG_FLAG_RED
                                  : amber ? LG_FLAG_AMBER
                                          : LG_FLAG_GREEN,
                          .flag_words = red     ? "k is not identifiable from these data"
                                        : amber ? "k is identified; read the warnings"
                                                : "k is identified",
                          .domain_words = "",
                          .lead = f->lead,
                          .n_reasons = r->n_warnings,
                          .reasons = f->reasons,
                          .n_tiles = f->n_tiles,
                          .tiles = f->tiles};
}

static void put_header(const facts *f, FILE *s) {
  const lg_page_header header = header_of(f);
  lg_page_link links[CULTURE_FIGURES + 4];
  size_t n = 0;
  for (size_t k = 0; k < CULTURE_FIGURES; k++)
    links[n++] = (lg_page_link){f->pictures[k].name, f->pictures[k].title, f->pictures[k].possible};
  links[n++] = (lg_page_link){"parameters", "Parameters", true};
  links[n++] = (lg_page_link){"groups", "Groups", true};
  links[n++] = (lg_page_link){"limits", "What this is, and is not", true};
  links[n++] = (lg_page_link){"provenance", "Where this comes from", f->view->provenance_json != NULL};
  lg_page_put_header(&header, links, n, s);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

static void put_row(FILE *s, const char *name, double x, int digits, const char *unit, const char *note) {
  (void)fputs("<tr>", s);
  lg_page_words(s, "th scope=\"row\"", name);
  lg_page_number(s, x, digits);
  lg_page_unit(s, unit);
  lg_page_words(s, "td class=\"d\"", note);
  (void)fputs("</tr>\n", s);
}

static void put_parameters(const facts *f, FILE *s) {
  static const char *const titles[] = {"", "Value", "Unit", "What it is"};
  static const char *const law_titles[] = {"Law", "score"};
  const lg_culture_result *r = f->view->result;
  culture_parameter rows[CULTURE_PARAMETERS];
  const size_t n = lg_culture_parameters(f->view, rows);
  (void)fputs("<section id=\"parameters\">\n<h2>Parameters</h2>\n", s);
  lg_page_table_head(s, "Parameters", titles, 4);
  for (size_t k = 0; k < n; k++) put_row(s, rows[k].name, rows[k].value, 4, rows[k].unit, rows[k].note);
  (void)fputs("</tbody></table></div>\n", s);
  if (f->view->options->law < 0) {
    (void)fputs("<h3>Laws beside each other</h3>\n<p>Mean over the cells of the logarithm of what each law leaves of "
                "the traces between events: the smallest is taken. A difference of 0.01 is 1 % of it.</p>\n",
                s);
    (void)fprintf(s, "<p>The best is better than the next (%s) by %.1f standard errors over the cells%s.</p>\n",
                  lg_culture_law_name(r->choice.next), r->choice.margin, r->choice.margin < 2.0 ? ": undecided" : "");
    lg_page_table_head(s, "Laws", law_titles, 2);
    for (int q = 0; q < CULTURE_LAWS; q++) {
      (void)fprintf(s, "<tr%s>", (culture_law)q == r->law ? " class=\"chosen\"" : "");
      lg_page_words(s, "th scope=\"row\"", lg_culture_law_name((culture_law)q));
      lg_page_number(s, r->choice.score[q], 5);
      (void)fputs("</tr>\n", s);
    }
    (void)fputs("</tbody></table></div>\n", s);
  }
  (void)fputs("<p>Every cell's feed, its interval and its fit are in params.csv and fit.csv, the events in "
              "events.csv.</p>\n</section>\n",
              s);
}

static void put_groups(const facts *f, FILE *s) {
  static const char *const titles[] = {"Group", "Cells", "Share (%)", "NMSE", "F1 of peaks", "In words"};
  const lg_culture_result *r = f->view->result;
  (void)fputs("<section id=\"groups\">\n<h2>Groups of cells</h2>\n<p>By the free run: its squares over the trace's "
              "variance (NMSE), and how many peaks it has within two frames of the trace's (F1).</p>\n",
              s);
  lg_page_table_head(s, "Groups", titles, 6);
  for (int q = 0; q < 4; q++) {
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", group_names[q]);
    (void)fprintf(s, "<td class=\"n\">%zu</td>", r->group[q]);
    lg_page_number(s, 100.0 * (double)r->group[q] / (double)r->n_inner, 3);
    lg_page_words(s, "td class=\"n\"", q < 2 ? "< 0.25" : "\xe2\x89\xa5 0.25");
    lg_page_words(s, "td class=\"n\"", q % 2 == 0 ? "\xe2\x89\xa5 0.7" : "< 0.7");
    lg_page_words(s, "td class=\"d\"", lg_culture_group_words[q]);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n</section>\n", s);
}

static void put_limits(const facts *f, FILE *s) {
  (void)fputs("<section id=\"limits\">\n<h2>What this is, and is not</h2>\n", s);
  if (f->view->result->n_warnings > 0) {
    (void)fputs("<h3>Warnings of this run</h3>\n", s);
    lg_page_list(s, " class=\"warn\"", f->reasons, f->view->result->n_warnings);
  }
  (void)fputs("<h3>What gamma is, and is not</h3>\n", s);
  lg_page_words(s, "p", f->feeds);
  (void)fputs("\n<h3>Before believing a number</h3>\n", s);
  lg_page_list(s, "", lg_culture_limits, lg_culture_n_limits);
  (void)fputs("</section>\n", s);
}

static lg_status put_figure(lg_ctx *ctx, const facts *f, size_t which, FILE *s) {
  const lg_picture *p = &f->pictures[which];
  char words[800];
  if (!p->possible) return LG_OK;
  lg_culture_words(f->view, which, words, sizeof words);
  (void)fprintf(s, "<section id=\"%s\">\n<h2>%s</h2>\n<figure>\n", p->name, p->title);
  const lg_status status = lg_picture_in_page(ctx, p, &(lg_svg_opts){p->title, words, p->name, NULL, true}, f->view, s);
  lg_page_caption(s, words);
  (void)fputs("</figure>\n</section>\n", s);
  return status;
}

/* ---- the page ----------------------------------------------------------------------------------------------- */

static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const culture_view *v = ((const facts *)user)->view;
  const lg_culture_result *r = v->result;
  lg_json w = lg_json_begin(s);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-culture-report/1");
  lg_culture_summary(&w, v->graph, r, v->method);
  lg_json_key_numbers(&w, "profile_k", r->profile_k, CULTURE_PROFILE);
  lg_json_key_numbers(&w, "profile_squares", r->profile, CULTURE_PROFILE);
  lg_json_key(&w, "cells");
  lg_json_array(&w);
  for (size_t k = 0; k < r->n_inner; k++) {
    lg_json_object(&w);
    lg_json_key_integer(&w, "cell", (int64_t)v->graph->id[r->inner[k]]);
    lg_json_key_number(&w, "gamma_per_frame", r->gamma[k]);
    lg_json_key_number(&w, "nmse", r->cell[k].nmse);
    lg_json_key_text(&w, "group", group_names[r->cell[k].group - 1]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : lg_fail(ctx, LG_ERR_INTERNAL, "the facts of a culture did not nest");
}

static lg_status put_page(lg_ctx *ctx, const void *user, FILE *s) {
  const facts *f = user;
  lg_status status = LG_OK;
  LG_TRY(lg_page_open_images(ctx, f->view->title, "culture of cells", NULL, s));
  put_header(f, s);
  for (size_t k = 0; k < CULTURE_FIGURES; k++) { /* k's two figures side by side */
    if (k == CULTURE_FIGURE_PROFILE) (void)fputs("<div class=\"pair\">\n", s);
    LG_TRY(put_figure(ctx, f, k, s));
    if (k == CULTURE_FIGURE_REPLICATES) (void)fputs("</div>\n", s);
  }
  put_parameters(f, s);
  put_groups(f, s);
  put_limits(f, s);
  status = lg_page_end(ctx, f->view->provenance_json, put_json, f, s);
done:
  return status;
}

/* ---- the pages to print ------------------------------------------------------------------------------------- */

static void words_of(const void *user, size_t which, char *text, size_t bytes) {
  lg_culture_words(user, which, text, bytes);
}

static void put_tables(lg_paper *p, const void *user) {
  const culture_view *v = user;
  culture_parameter rows[CULTURE_PARAMETERS];
  const size_t n = lg_culture_parameters(v, rows);
  lg_paper_heading(p, "Parameters", 120.0);
  const lg_paper_column columns[3] = {
      {LG_PAPER_MARGIN, 0}, {LG_PAPER_MARGIN + 210.0, LG_TEXT_END}, {LG_PAPER_MARGIN + 222.0, 0}};
  for (size_t k = 0; k < n; k++) {
    char value[40];
    lg_format_significant(rows[k].value, 4, value);
    lg_paper_row(p, columns, (const char *const[]){rows[k].name, value, rows[k].unit}, 3, LG_TEXT_BOLD, LG_INK_TEXT);
  }
  lg_paper_heading(p, "Groups of cells", 80.0);
  const lg_paper_column of_groups[3] = {
      {LG_PAPER_MARGIN, 0}, {LG_PAPER_MARGIN + 70.0, LG_TEXT_END}, {LG_PAPER_MARGIN + 82.0, 0}};
  for (int q = 0; q < 4; q++) {
    char count[24];
    (void)snprintf(count, sizeof count, "%zu", v->result->group[q]);
    lg_paper_row(p, of_groups, (const char *const[]){group_names[q], count, lg_culture_group_words[q]}, 3, LG_TEXT_BOLD,
                 LG_INK_TEXT);
  }
  lg_paper_heading(p, "Before believing a number", 60.0);
  for (size_t k = 0; k < lg_culture_n_limits; k++) lg_paper_bullet(p, lg_culture_limits[k]);
}

static lg_status gather(lg_ctx *ctx, const culture_view *v, facts *f) {
  double spread;
  *f = (facts){.view = v};
  lg_culture_pictures(v, f->pictures);
  for (size_t k = 0; k < v->result->n_warnings; k++) f->reasons[k] = v->result->warning[k];
  fill_tiles(f);
  lg_culture_lead(v, f->lead, sizeof f->lead);
  const lg_status status = lg_culture_static_spread(ctx, v, &spread);
  if (status == LG_OK) lg_culture_feed_words(v, spread, f->feeds, sizeof f->feeds);
  return status;
}

lg_status lg_culture_report(lg_ctx *ctx, const char *folder, const culture_view *v, unsigned what) {
  lg_status status = LG_OK;
  facts f;
  LG_TRY(gather(ctx, v, &f));
  if (what & LG_REPORT_HTML) LG_TRY(lg_folder_write(ctx, folder, "report.html", put_page, &f));
  if (what & LG_REPORT_FIGURES) LG_TRY(lg_folder_pictures(ctx, folder, f.pictures, CULTURE_FIGURES, v));
  if (what & LG_REPORT_PDF) {
    const lg_page_header header = header_of(&f);
    LG_TRY(lg_folder_sheets(ctx, folder, "report.pdf",
                            &(lg_sheets){.title = v->title,
                                         .foot = "culture of cells",
                                         .header = &header,
                                         .pictures = f.pictures,
                                         .n_pictures = CULTURE_FIGURES,
                                         .words = words_of,
                                         .tables = put_tables,
                                         .user = v,
                                         .provenance_json = v->provenance_json}));
  }
done:
  return status;
}
