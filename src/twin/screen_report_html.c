/* The page of a screen or a population. */
#include "io/plot.h"
#include "twin/figure_verdict.h"
#include "twin/report_html.h"
#include "twin/screen_report_view.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <stdlib.h>

enum { TABLE_ROWS = 200, PAGE_POINTS = 30000 };

/* A figure for wide screens, another for narrow ones, its words below. */
static lg_status figure(lg_ctx *ctx, const lg_screen_view *v, size_t which, lg_words_fn words_fn, FILE *s) {
  lg_status status = LG_OK;
  lg_picture wide[LG_SCREEN_PICTURES], narrow[LG_SCREEN_PICTURES];
  lg_screen_pictures(v, false, wide);
  lg_screen_pictures(v, true, narrow);
  char id[64], *words = lg_words_of(ctx, words_fn, v);
  if (!words) return LG_ERR_MEMORY;
  (void)fputs("<figure>\n", s);
  (void)snprintf(id, sizeof id, "%s-w", wide[which].name);
  LG_TRY(lg_picture_in_page(ctx, &wide[which], &(lg_svg_opts){wide[which].title, words, id, "wide", true}, v, s));
  (void)snprintf(id, sizeof id, "%s-n", wide[which].name);
  LG_TRY(lg_picture_in_page(ctx, &narrow[which], &(lg_svg_opts){wide[which].title, words, id, "narrow", true}, v, s));
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
done:
  free(words);
  return status;
}

static void strip_words(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  (void)fprintf(s,
                "The other %zu compounds, one thin column each, doses from bottom to top, grouped by their verdict at "
                "the dose that changes them most.",
                v->data.n_compounds - LG_SCREEN_ROWS);
}

static void section(FILE *s, const char *id, const char *title) {
  (void)fprintf(s, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

static lg_status figures(lg_ctx *ctx, const lg_screen_view *v, FILE *s) {
  lg_status status = LG_OK;
  section(s, "heat", "Compounds and doses");
  LG_TRY(figure(ctx, v, LG_SCREEN_HEAT, lg_figure_heat_words, s));
  if (v->data.n_compounds > LG_SCREEN_ROWS) LG_TRY(figure(ctx, v, LG_SCREEN_STRIP, strip_words, s));
  (void)fputs("</section>\n", s);
  section(s, "counts", "Verdicts by dose");
  LG_TRY(figure(ctx, v, LG_SCREEN_COUNTS, lg_figure_heat_counts_words, s));
  (void)fputs("</section>\n", s);
  if (v->data.n_doses > 1) {
    section(s, "dose", "Dose and response of the first compounds");
    LG_TRY(figure(ctx, v, LG_SCREEN_DOSE, lg_figure_heat_curves_words, s));
    (void)fputs("</section>\n", s);
  }
  if (v->many) {
    section(s, "affected", "Virtual patients affected");
    LG_TRY(figure(ctx, v, LG_SCREEN_AFFECTED, lg_figure_heat_affected_words, s));
    LG_TRY(figure(ctx, v, LG_SCREEN_SHARES, lg_figure_heat_shares_words, s));
    (void)fputs("</section>\n", s);
  }
done:
  return status;
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static void short_cell(FILE *s, double x) {
  char text[40];
  lg_format_short(x, 3, text);
  (void)fprintf(s, "<td class=\"n\">%s</td>", text);
}

static void hit_row(const lg_screen_view *v, size_t k, FILE *s) {
  const lg_screen_rank *r = &v->ranks[k];
  const lg_screen_compound *q = &v->data.compounds[r->compound];
  const size_t n = v->data.n_doses;
  char range[96];
  (void)fprintf(s, "<tr><td class=\"n\">%zu</td><th scope=\"row\">", k + 1);
  lg_write_escaped(s, q->name);
  if (q->id && q->id[0]) {
    (void)fputs("<br><small class=\"u\">", s);
    lg_write_escaped(s, q->id);
    (void)fputs("</small>", s);
  }
  (void)fputs("</th><td>", s);
  lg_verdict_tag(s, r->verdict);
  (void)fputs("</td>", s);
  short_cell(s, r->first < n ? v->data.dose_uM[r->first] : (double)NAN);
  short_cell(s, r->strongest < n ? lg_screen_at(v, r->compound, r->strongest)->area_ratio : (double)NAN);
  short_cell(s, r->strongest < n ? v->data.dose_uM[r->strongest] : (double)NAN);
  short_cell(s, q->ec50_uM);
  (void)fprintf(s, "<td class=\"n\">%s</td>",
                isfinite(q->free_high_uM) || isfinite(q->free_low_uM)
                    ? lg_dose_range_words(q->free_low_uM, q->free_high_uM, range)
                    : "\xe2\x80\x93");
  if (v->data.healthy_area_ratio > 0.0) short_cell(s, r->restored < n ? v->data.dose_uM[r->restored] : (double)NAN);
  if (v->many) {
    const double share = lg_screen_at(v, r->compound, r->strongest < n ? r->strongest : n - 1)->affected;
    char text[40];
    lg_format_fixed(100.0 * share, 0, text);
    (void)fprintf(s, "<td class=\"n\">%s%s</td>", text, isfinite(share) ? " %" : "");
  }
  lg_page_words(s, "td class=\"d\"", q->targets);
  lg_page_words(s, "td class=\"d\"", q->flags);
  (void)fputs("</tr>\n", s);
}

static void hits(const lg_screen_view *v, FILE *s) {
  size_t n = v->n_hits > v->n_restored ? v->n_hits : v->n_restored;
  const size_t all = n;
  if (n == 0) n = v->data.n_compounds < 20 ? v->data.n_compounds : 20;
  if (n > TABLE_ROWS) n = TABLE_ROWS;
  section(s, "hits", all > 0 ? "Compounds that change the neuron" : "Compounds: none changes the neuron");
  (void)fprintf(
      s,
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of hits\"><table>\n<thead><tr><th "
      "scope=\"col\" class=\"n\">Rank</th><th scope=\"col\">Compound</th><th scope=\"col\">At its "
      "strongest</th><th scope=\"col\" class=\"n\">First dose (%s)</th><th scope=\"col\" "
      "class=\"n\">f\xe2\x80\x93I area</th><th scope=\"col\" class=\"n\">at (%s)</th><th scope=\"col\" "
      "class=\"n\">EC50 (\xc2\xb5M)</th><th scope=\"col\" class=\"n\">Therapeutic, free</th>",
      lg_screen_unit(v), lg_screen_unit(v));
  if (v->data.healthy_area_ratio > 0.0)
    (void)fprintf(s, "<th scope=\"col\" class=\"n\">Restores from (%s)</th>", lg_screen_unit(v));
  if (v->many) (void)fputs("<th scope=\"col\" class=\"n\">Affected</th>", s);
  (void)fputs("<th scope=\"col\">Targets</th><th scope=\"col\">Warnings</th></tr></thead>\n<tbody>\n", s);
  for (size_t k = 0; k < n; k++) hit_row(v, k, s);
  (void)fprintf(
      s,
      "</tbody></table></div>\n<p><small>Ranked by the lowest dose that changes the verdict, then by the size "
      "of the change. f\xe2\x80\x93I area: treated over untreated, at the dose that changes it most.%s</small>"
      "</p>\n</section>\n",
      all > n ? " The table ends here; all stand in results.csv." : "");
}

static void failures(const lg_screen_report_data *d, FILE *s) {
  if (d->n_failed_points == 0 && d->n_failures == 0) return;
  section(s, "failures", "Points that were not worked out");
  (void)fprintf(s, "<p>%zu of them; the rest of the screen went on without them.</p>\n", d->n_failed_points);
  if (d->n_failures > 0) {
    (void)fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of failures\"><table>\n<thead>"
                "<tr><th scope=\"col\">Compound</th><th scope=\"col\" class=\"n\">Dose (\xc2\xb5M)</th><th "
                "scope=\"col\">Why</th></tr></thead>\n<tbody>\n",
                s);
    for (size_t k = 0; k < d->n_failures && k < TABLE_ROWS; k++) {
      (void)fputs("<tr>", s);
      lg_page_words(s, "th scope=\"row\"", d->failures[k].compound);
      short_cell(s, d->failures[k].dose_uM);
      lg_page_words(s, "td class=\"d\"", d->failures[k].message);
      (void)fputs("</tr>\n", s);
    }
    (void)fputs("</tbody></table></div>\n", s);
  }
  (void)fputs("</section>\n", s);
}

static void about(const lg_screen_view *v, FILE *s) {
  const lg_screen_report_data *d = &v->data;
  char model[96], text[40];
  lg_report_model_name(&(lg_report_data){.model = d->model}, model, sizeof model);
  section(s, "about", "What was screened, and what it cannot say");
  (void)fputs("<dl class=\"facts\">\n", s);
  lg_page_fact(s, "Context of use", lg_report_context_of_use);
  lg_page_fact(s, "Library", d->library);
  lg_page_fact(s, "Twins", d->twins);
  lg_page_fact(s, "Model", model);
  if (d->healthy_area_ratio > 0.0) {
    lg_format_significant(d->healthy_area_ratio, 3, text);
    lg_page_fact(s, "Area of the healthy neuron", text);
  }
  lg_page_fact(s, "Verdicts",
               "silenced: no spike up to six times the untreated rheobase; inhibited: area under f\xe2\x80\x93I below "
               "0.8 of the untreated; excited: above 1.25; depolarisation block: the train collapses at a depolarised "
               "potential; mixed: threshold and strong drive change in opposite directions; unchanged: none of these");
  (void)fputs("</dl>\n", s);
  lg_page_list(s, "", d->notes, d->n_notes);
  (void)fputs("</section>\n", s);
}

/* ---- the page -------------------------------------------------------------------------------------- */

/* Of a very large screen the page carries the best; screen.json has all. */
static lg_status put_json(lg_ctx *ctx, const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const size_t most = (size_t)PAGE_POINTS / v->data.n_doses + 1;
  return lg_screen_put_json(ctx, v, most < v->data.n_compounds ? most : 0, s);
}

static lg_status put_header(lg_ctx *ctx, const lg_screen_view *v, FILE *s) {
  const lg_page_link links[] = {{"heat", "Heat map", true},
                                {"counts", "Verdicts by dose", true},
                                {"dose", "Dose and response", v->data.n_doses > 1},
                                {"affected", "Virtual patients", v->many},
                                {"hits", "Table", true},
                                {"failures", "Failed points", v->data.n_failed_points + v->data.n_failures > 0},
                                {"about", "About this screen", true}};
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(ctx, lg_screen_lead, v);
  if (!words) return LG_ERR_MEMORY;
  const lg_page_header header = lg_screen_header(v, words, tiles);
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
  free(words);
  return LG_OK;
}

lg_status lg_screen_put_html(lg_ctx *ctx, const void *user, FILE *s) {
  lg_status status = LG_OK;
  const lg_screen_view *v = user;
  LG_TRY(lg_page_open(ctx, v->title, "drug screen", lg_verdict_css, s));
  LG_TRY(put_header(ctx, v, s));
  LG_TRY(figures(ctx, v, s));
  hits(v, s);
  failures(&v->data, s);
  about(v, s);
  lg_page_put_provenance(v->data.provenance_json, s);
  lg_page_put_footer("Written by Loligo. The numbers of this page are in it as JSON (element loligo-data); every point "
                     "stands in results.csv beside it.",
                     s);
  LG_TRY(lg_page_close(ctx, put_json, v, s));
done:
  return status;
}
