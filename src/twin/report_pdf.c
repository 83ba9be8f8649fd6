/* The same report as pages. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_pdf.h"

#include <stdlib.h>

/* ---- first page ------------------------------------------------------------------------------------------ */

static void lead(const void *view, FILE *s) { lg_report_lead(view, s); }

static lg_status first_page(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  const lg_report_data *d = &v->data;
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(p->ctx, lead, v);
  if (!words) return LG_ERR_MEMORY;
  const lg_page_header header = lg_report_header(v, words, tiles);
  lg_paper_header(p, &header);
  if (v->best < d->n_sweeps) {
    lg_paper_heading(p, "Recording and twin", 200.0);
    double height = lg_paper_room(p) - 8.0;
    if (height > 460.0) height = 460.0;
    const lg_sweep_figure how = {.font = 8.5, .title = true, .legend = true, .residual = true};
    LG_TRY(lg_figure_sweep(p->ctx, v, v->best, &how, p->c,
                           (lg_box){LG_PAPER_MARGIN, p->y + 6.0, LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, height}));
    p->y += height + 8.0;
  }
done:
  free(words);
  return status;
}

/* ---- figures --------------------------------------------------------------------------------------------- */

static lg_status first_spikes(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  const double w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 22.0) / 2, f = 7.5;
  double t0, t1;
  if (!lg_figure_first_spikes(v, v->best, &t0, &t1)) return LG_OK;
  lg_paper_heading(p, "First spikes of this sweep, and their shape", 190.0);
  const lg_sweep_figure how = {.font = f, .t0 = t0, .t1 = t1, .own_range = true};
  LG_TRY(lg_figure_sweep(p->ctx, v, v->best, &how, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 2.0, w, 186.0}));
  LG_TRY(lg_figure_phase(p->ctx, v, v->best, f, p->c, (lg_box){LG_PAPER_MARGIN + w + 22.0, p->y + 2.0, w, 186.0}));
  p->y += 190.0;
done:
  return status;
}

static lg_status curves(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  const double w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 22.0) / 2, f = 7.5;
  const bool fi = lg_figure_fi_possible(v);
  if (!fi && v->data.n_parameters == 0) return LG_OK;
  const double rows = v->data.n_parameters ? lg_figure_parameters_height(v, f) : 0.0, h = rows > 230.0 ? rows : 230.0;
  lg_paper_heading(
      p, fi ? "f\xe2\x80\x93I curve, and how well each parameter is known" : "How well each parameter is known", h);
  if (fi) LG_TRY(lg_figure_fi(p->ctx, v, f, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, w, 226.0}));
  if (v->data.n_parameters > 0)
    LG_TRY(lg_figure_parameters(p->ctx, v, f, p->c,
                                (lg_box){fi ? LG_PAPER_MARGIN + w + 22.0 : LG_PAPER_MARGIN, p->y + 4.0, w, rows}));
  p->y += h;
done:
  return status;
}

static lg_status side_by_side(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  if (!lg_figure_family_possible(v)) return LG_OK;
  const double width = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN, h = 330.0;
  lg_paper_heading(p, "The same steps, side by side", h);
  LG_TRY(lg_figure_family(p->ctx, v, 8.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 6.0, width, h - 6.0}));
  p->y += h;
done:
  return status;
}

static lg_status corner(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  if (!lg_figure_posterior_possible(v)) return LG_OK;
  const double side = LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN;
  lg_paper_heading(p, "Posterior of the parameters", side);
  LG_TRY(lg_figure_posterior(p->ctx, v, v->data.n_parameters > 7 ? 6.6 : 8.0, p->c,
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

static lg_status all_sweeps(lg_paper *p, const lg_report_view *v) {
  lg_status status = LG_OK;
  const size_t n = v->data.n_sweeps;
  if (n < 2) return LG_OK;
  const double gap = 12.0, w = (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN - 2 * gap) / 3, h = 118.0;
  lg_paper_heading(p, "All sweeps: spikes recorded | spikes of the twin", h);
  const lg_sweep_figure how = {.font = 5.6, .title = true};
  size_t column = 0;
  for (size_t k = 0; k < n; k++) {
    if (v->sweeps[k].n == 0) continue;
    if (column == 0) lg_paper_need(p, h);
    LG_TRY(lg_figure_sweep(p->ctx, v, k, &how, p->c,
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
  lg_paper p = {.ctx = ctx, .foot = "neuron twin", .y = LG_PAPER_MARGIN, .page = 1};
  LG_TRY(lg_canvas_pdf(ctx, stream, LG_PAPER_WIDTH, LG_PAPER_HEIGHT, lg_report_title(&v->data), v->data.created, &p.c));
  LG_TRY(first_page(&p, v));
  LG_TRY(first_spikes(&p, v));
  LG_TRY(side_by_side(&p, v));
  LG_TRY(curves(&p, v));
  lg_pdf_parameters(&p, v);
  LG_TRY(corner(&p, v));
  LG_TRY(all_sweeps(&p, v));
  lg_pdf_features(&p, v);
  lg_pdf_card(&p, v);
  lg_paper_provenance(&p, v->data.provenance_json);
  lg_paper_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  return status;
}
