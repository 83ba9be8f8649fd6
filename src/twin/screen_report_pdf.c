/* The same screen as pages. */
#include "io/plot.h"
#include "twin/figure_verdict.h"
#include "twin/report_html.h"
#include "twin/report_paper.h"
#include "twin/screen_report_view.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN)

/* The heat map, as many rows a page as fit. */
static lg_status heat(lg_paper *p, const lg_screen_view *v) {
  lg_status status = LG_OK;
  const double f = 7.0, head = lg_figure_heat_height(v, 0, WIDTH, f),
               row = lg_figure_heat_height(v, 1, WIDTH, f) - head;
  const size_t all = v->data.n_compounds < LG_SCREEN_ROWS ? v->data.n_compounds : LG_SCREEN_ROWS;
  lg_paper_heading(p, "Compounds and doses", head + 10.0 * row);
  for (size_t k = 0; k < all;) {
    lg_paper_need(p, head + 4.0 * row);
    size_t n = (size_t)((lg_paper_room(p) - head - 6.0) / row);
    if (n > all - k) n = all - k;
    if (n == 0) n = 1;
    const double h = head + (double)n * row;
    LG_TRY(lg_figure_heat(p->ctx, v, k, n, f, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, h}));
    p->y += h + 6.0;
    k += n;
  }
  if (v->data.n_compounds > LG_SCREEN_ROWS) {
    lg_paper_heading(p, "The other compounds", 110.0);
    LG_TRY(
        lg_figure_heat_strip(p->ctx, v, LG_SCREEN_ROWS, f, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, 100.0}));
    p->y += 108.0;
  }
done:
  return status;
}

static lg_status figures(lg_paper *p, const lg_screen_view *v) {
  lg_status status = LG_OK;
  LG_TRY(heat(p, v));
  lg_paper_heading(p, "Verdicts by dose", 200.0);
  LG_TRY(lg_figure_heat_counts(p->ctx, v, 7.5, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, 192.0}));
  p->y += 200.0;
  if (v->data.n_doses > 1) {
    const size_t rows = (lg_figure_heat_curves_n(v) + 3) / 4;
    const double h = 100.0 * (double)rows + 20.0;
    lg_paper_heading(p, "Dose and response of the first compounds", h);
    LG_TRY(lg_figure_heat_curves(p->ctx, v, 4, 7.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, h - 6.0}));
    p->y += h;
  }
  if (v->many) {
    const double h = lg_figure_heat_affected_height(v, 7.0) + 6.0;
    lg_paper_heading(p, "Virtual patients affected", h);
    LG_TRY(lg_figure_heat_affected(p->ctx, v, 7.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, h}));
    p->y += h;
    const size_t rows = (lg_figure_heat_curves_n(v) + 2) / 3;
    const double bars = 110.0 * (double)rows + 40.0;
    lg_paper_heading(p, "Verdicts of the virtual patients", bars);
    LG_TRY(lg_figure_heat_shares(p->ctx, v, 3, 7.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, bars - 6.0}));
    p->y += bars;
  }
done:
  return status;
}

static void hits(lg_paper *p, const lg_screen_view *v) {
  static const lg_paper_column at[] = {
      {44, 0}, {190, 0}, {330, LG_TEXT_END}, {390, LG_TEXT_END}, {450, LG_TEXT_END}, {551, LG_TEXT_END}};
  const char *const names[] = {"Compound",
                               "At its strongest",
                               v->data.multiples ? "First dose (\xc3\x97)" : "First dose (\xc2\xb5M)",
                               "f\xe2\x80\x93I area",
                               "EC50 (\xc2\xb5M)",
                               "Therapeutic, free"};
  const size_t n = v->n_hits < 60 ? v->n_hits : 60, doses = v->data.n_doses;
  if (n == 0) return;
  lg_paper_heading(p, "Compounds that change the neuron", 60.0);
  lg_paper_row(p, at, names, 6, 0, LG_INK_MUTED);
  for (size_t k = 0; k < n; k++) {
    const lg_screen_rank *r = &v->ranks[k];
    const lg_screen_compound *q = &v->data.compounds[r->compound];
    char first[40], area[40], ec50[40], range[96];
    lg_format_short(r->first < doses ? v->data.dose_uM[r->first] : (double)NAN, 3, first);
    lg_format_short(r->strongest < doses ? lg_screen_at(v, r->compound, r->strongest)->area_ratio : (double)NAN, 3,
                    area);
    lg_format_short(q->ec50_uM, 3, ec50);
    const char *const cells[] = {q->name, lg_verdict_look_of(r->verdict)->words,
                                 first,   area,
                                 ec50,    lg_dose_range_words(q->free_low_uM, q->free_high_uM, range)};
    lg_paper_row(p, at, cells, 6, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void about(lg_paper *p, const lg_screen_view *v) {
  const lg_screen_report_data *d = &v->data;
  char model[96], text[256], dose[48];
  lg_report_model_name(&(lg_report_data){.model = d->model}, model, sizeof model);
  lg_paper_heading(p, "What was screened, and what it cannot say", 60.0);
  lg_paper_fact(p, "Context of use", lg_report_context_of_use);
  lg_paper_fact(p, "Library", d->library);
  lg_paper_fact(p, "Twins", d->twins);
  lg_paper_fact(p, "Model", model);
  for (size_t k = 0; k < d->n_notes; k++) lg_paper_bullet(p, d->notes[k]);
  if (d->n_failures > 0) lg_paper_heading(p, "Points that were not worked out", 40.0);
  for (size_t k = 0; k < d->n_failures && k < 40; k++) {
    (void)snprintf(text, sizeof text, "%s: %.180s", lg_dose_words(d->failures[k].dose_uM, dose),
                   d->failures[k].message ? d->failures[k].message : "");
    lg_paper_fact(p, d->failures[k].compound ? d->failures[k].compound : "", text);
  }
}

lg_status lg_screen_put_pdf(lg_ctx *ctx, const void *user, FILE *stream) {
  lg_status status = LG_OK;
  const lg_screen_view *v = user;
  lg_paper p = {.ctx = ctx, .foot = "drug screen", .y = LG_PAPER_MARGIN, .page = 1};
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(ctx, lg_screen_lead, v);
  if (!words) return LG_ERR_MEMORY;
  LG_TRY(lg_canvas_pdf(ctx, stream, LG_PAPER_WIDTH, LG_PAPER_HEIGHT, v->title, v->data.created, &p.c));
  const lg_page_header header = lg_screen_header(v, words, tiles);
  lg_paper_header(&p, &header);
  LG_TRY(figures(&p, v));
  hits(&p, v);
  about(&p, v);
  lg_paper_provenance(&p, v->data.provenance_json);
  lg_paper_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  free(words);
  return status;
}
