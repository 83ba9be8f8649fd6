/* The same report as pages. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_paper.h"

#include <stdlib.h>

/* ---- first page ------------------------------------------------------------------------------------------ */

static lg_ink flag_ink(lg_report_flag flag) {
  return flag == LG_FLAG_GREEN ? LG_INK_GREEN : (flag == LG_FLAG_AMBER ? LG_INK_ORANGE : LG_INK_VERMILLION);
}

static void chip(lg_paper *p) {
  char text[160];
  static const char *const signs[] = {"\xe2\x9c\x93", "!", "\xe2\x9c\x95"};
  (void)snprintf(text, sizeof text, "%s, %s", lg_report_flag_words(p->v->flag), lg_report_domain_words(&p->v->data));
  const double w = lg_text_width(text, 10.0, LG_TEXT_BOLD) + 36.0;
  lg_canvas_round_rect(p->c, (lg_box){LG_PAPER_MARGIN, p->y + 6.0, w, 20.0}, 10.0, flag_ink(p->v->flag), 0.16);
  lg_canvas_disc(p->c, LG_PAPER_MARGIN + 12.0, p->y + 16.0, 6.0, flag_ink(p->v->flag),
                 (lg_pen){LG_INK_TEXT, 0, LG_DASH_SOLID, 1});
  lg_canvas_text(p->c, LG_PAPER_MARGIN + 12.0, p->y + 19.0, 8.0, LG_INK_PAPER, LG_TEXT_MIDDLE | LG_TEXT_BOLD,
                 signs[p->v->flag]);
  lg_canvas_text(p->c, LG_PAPER_MARGIN + 24.0, p->y + 19.6, 10.0, LG_INK_TEXT, LG_TEXT_BOLD, text);
  p->y += 30.0;
}

static void tiles(lg_paper *p) {
  lg_report_tile t[LG_REPORT_MAX_TILES];
  const size_t n = lg_report_tiles(p->v, t);
  const double gap = 8.0, w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - gap * (double)(n - 1)) / (double)n,
               top = p->y + 10.0;
  double low = top;
  for (size_t k = 0; k < n; k++) {
    const double x = LG_PAPER_MARGIN + (double)k * (w + gap);
    lg_canvas_line(p->c, x, top, x + w, top, (lg_pen){LG_INK_MUTED, 0.8, LG_DASH_SOLID, 1.0});
    p->y = top + 2.0;
    lg_paper_paragraph(p, x, w, 7.5, LG_INK_MUTED, 0, t[k].name);
    if (lg_text_width(t[k].name, 7.5, 0) <= w) p->y += 10.5;
    char value[100];
    (void)snprintf(value, sizeof value, "%s %s", t[k].value, t[k].unit);
    lg_canvas_text(p->c, x, p->y + 17.0, 14.0, LG_INK_TEXT, LG_TEXT_BOLD, value);
    p->y += 20.0;
    lg_paper_paragraph(p, x, w, 7.0, LG_INK_MUTED, 0, t[k].note);
    if (p->y > low) low = p->y;
  }
  p->y = low + 4.0;
}

static lg_status lead(lg_paper *p) {
  char *text = NULL;
  size_t n = 0;
  FILE *m = open_memstream(&text, &n);
  if (m) lg_report_lead(p->v, m);
  if (!m || fclose(m) != 0) {
    free(text);
    return lg_fail(p->ctx, LG_ERR_MEMORY, "no memory for the report");
  }
  lg_paper_paragraph(p, LG_PAPER_MARGIN, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, 10.0, LG_INK_TEXT, 0, text);
  free(text);
  return LG_OK;
}

static lg_status first_page(lg_paper *p) {
  lg_status status = LG_OK;
  const lg_report_data *d = &p->v->data;
  char eyebrow[128];
  (void)snprintf(eyebrow, sizeof eyebrow, "Neuron twin%s%s", d->created ? " \xc2\xb7 " : "",
                 d->created ? d->created : "");
  lg_paper_paragraph(p, LG_PAPER_MARGIN, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, 8.5, LG_INK_MUTED, 0, eyebrow);
  p->y += 4.0;
  lg_paper_paragraph(p, LG_PAPER_MARGIN, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, 21.0, LG_INK_TEXT, LG_TEXT_BOLD,
                     lg_report_title(d));
  p->y += 4.0;
  chip(p);
  LG_TRY(lead(p));
  for (size_t k = 0; k < d->n_reasons; k++) lg_paper_bullet(p, d->reasons[k]);
  tiles(p);
  if (p->v->best < d->n_sweeps) {
    lg_paper_heading(p, "Recording and twin", 200.0);
    double height = lg_paper_room(p) - 8.0;
    if (height > 460.0) height = 460.0;
    const lg_sweep_figure how = {.font = 8.5, .title = true, .legend = true, .residual = true};
    LG_TRY(lg_figure_sweep(p->ctx, p->v, p->v->best, &how, p->c,
                           (lg_box){LG_PAPER_MARGIN, p->y + 6.0, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, height}));
    p->y += height + 8.0;
  }
done:
  return status;
}

/* ---- figures --------------------------------------------------------------------------------------------- */

static lg_status first_spikes(lg_paper *p) {
  lg_status status = LG_OK;
  const double w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 22.0) / 2, f = 7.5;
  double t0, t1;
  if (!lg_figure_first_spikes(p->v, p->v->best, &t0, &t1)) return LG_OK;
  lg_paper_heading(p, "First spikes of this sweep, and their shape", 190.0);
  const lg_sweep_figure how = {.font = f, .t0 = t0, .t1 = t1, .own_range = true};
  LG_TRY(lg_figure_sweep(p->ctx, p->v, p->v->best, &how, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 2.0, w, 186.0}));
  LG_TRY(
      lg_figure_phase(p->ctx, p->v, p->v->best, f, p->c, (lg_box){LG_PAPER_MARGIN + w + 22.0, p->y + 2.0, w, 186.0}));
  p->y += 190.0;
done:
  return status;
}

static lg_status curves(lg_paper *p) {
  lg_status status = LG_OK;
  const double w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 22.0) / 2, f = 7.5;
  const bool fi = lg_figure_fi_possible(p->v);
  if (!fi && p->v->data.n_parameters == 0) return LG_OK;
  const double rows = p->v->data.n_parameters ? lg_figure_parameters_height(p->v, f) : 0.0,
               h = rows > 230.0 ? rows : 230.0;
  lg_paper_heading(
      p, fi ? "f\xe2\x80\x93I curve, and how well each parameter is known" : "How well each parameter is known", h);
  if (fi) LG_TRY(lg_figure_fi(p->ctx, p->v, f, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, w, 226.0}));
  if (p->v->data.n_parameters > 0)
    LG_TRY(lg_figure_parameters(p->ctx, p->v, f, p->c,
                                (lg_box){fi ? LG_PAPER_MARGIN + w + 22.0 : LG_PAPER_MARGIN, p->y + 4.0, w, rows}));
  p->y += h;
done:
  return status;
}

static lg_status side_by_side(lg_paper *p) {
  lg_status status = LG_OK;
  if (!lg_figure_family_possible(p->v)) return LG_OK;
  const double width = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, h = 330.0;
  lg_paper_heading(p, "The same steps, side by side", h);
  LG_TRY(lg_figure_family(p->ctx, p->v, 8.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 6.0, width, h - 6.0}));
  p->y += h;
done:
  return status;
}

static lg_status corner(lg_paper *p) {
  lg_status status = LG_OK;
  if (!lg_figure_posterior_possible(p->v)) return LG_OK;
  const double side = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN;
  lg_paper_heading(p, "Posterior of the parameters", side);
  LG_TRY(lg_figure_posterior(p->ctx, p->v, p->v->data.n_parameters > 7 ? 6.6 : 8.0, p->c,
                             (lg_box){LG_PAPER_MARGIN, p->y + 6.0, side, side}));
  p->y += side + 6.0;
  lg_paper_paragraph(
      p, LG_PAPER_MARGIN, side, 8.0, LG_INK_MUTED, 0,
      "Below the diagonal: density of the samples, the twin's values as diamonds. On it: histograms. Above it: "
      "correlation of "
      "each pair.");
done:
  return status;
}

static lg_status all_sweeps(lg_paper *p) {
  lg_status status = LG_OK;
  const size_t n = p->v->data.n_sweeps;
  if (n < 2) return LG_OK;
  const double gap = 12.0, w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 2 * gap) / 3, h = 118.0;
  lg_paper_heading(p, "All sweeps: spikes recorded | spikes of the twin", h);
  const lg_sweep_figure how = {.font = 5.6, .title = true};
  size_t column = 0;
  for (size_t k = 0; k < n; k++) {
    if (p->v->sweeps[k].n == 0) continue;
    if (column == 0) lg_paper_need(p, h);
    LG_TRY(lg_figure_sweep(p->ctx, p->v, k, &how, p->c,
                           (lg_box){LG_PAPER_MARGIN + (double)column * (w + gap), p->y + 4.0, w, h - 8.0}));
    column = (column + 1) % 3;
    if (column == 0) p->y += h;
  }
  if (column != 0) p->y += h;
done:
  return status;
}

lg_status lg_report_write_pdf(lg_ctx *ctx, const lg_report_view *v, FILE *stream) {
  lg_status status = LG_OK;
  lg_paper p = {.ctx = ctx, .v = v, .y = LG_PAPER_MARGIN, .page = 1};
  LG_TRY(lg_canvas_pdf(ctx, stream, LG_PAPER_WIDTH, LG_PAPER_HEIGHT, lg_report_title(&v->data), v->data.created, &p.c));
  LG_TRY(first_page(&p));
  LG_TRY(first_spikes(&p));
  LG_TRY(side_by_side(&p));
  LG_TRY(curves(&p));
  lg_paper_parameters(&p);
  LG_TRY(corner(&p));
  LG_TRY(all_sweeps(&p));
  lg_paper_features(&p);
  lg_paper_card(&p);
  lg_paper_provenance(&p);
  lg_paper_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  return status;
}
