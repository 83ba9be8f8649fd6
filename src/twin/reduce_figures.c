/* Figures of a reduction. */
#include "twin/reduce_report.h"

#include "base/elementary.h"
#include "io/plot.h"
#include "io/plot_morphology.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 6 };

static const lg_pen pen_full = {LG_INK_TEXT, 1.2, LG_DASH_SOLID, 1.0};
static const lg_pen pen_small = {LG_INK_VERMILLION, 1.4, LG_DASH_LONG, 1.0};

static const lg_legend names[] = {{.text = "full", .pen = {LG_INK_TEXT, 1.2, LG_DASH_SOLID, 1.0}, .mark = -1},
                                  {.text = "reduced", .pen = {LG_INK_VERMILLION, 1.4, LG_DASH_LONG, 1.0}, .mark = -1}};

/* ---- traces ------------------------------------------------------------------------------------------ */

static size_t voltage_probes(const reduce_view *v, size_t *probe) {
  size_t n = 0;
  for (size_t p = 0; p < v->full->n_probes && n < MOST_ROWS; p++)
    if (v->full->probes[p].quantity == CABLE_V) probe[n++] = p;
  return n;
}

static lg_status draw_traces(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const reduce_view *v = user;
  lg_status status = LG_OK;
  size_t probe[MOST_ROWS];
  const size_t rows = voltage_probes(v, probe);
  const double f = 11.0, head = 1.75 * f, foot = 3.6 * f, top = 1.6 * f;
  const double h = (box.h - foot - top) / (double)rows;
  lg_plot p = {.canvas = c, .font = f, .area = {box.x + 3.2 * f, 0.0, box.w - 4.6 * f, h - head}};
  (void)lg_legend_row(c, p.area.x, box.y + f, p.area.w, f, names, 2);
  const cable_result *a = v->runs.full, *b = v->runs.reduced;
  const size_t n = a->n_samples < b->n_samples ? a->n_samples : b->n_samples;
  p.x1 = (double)(n - 1) * a->sample_ms;
  for (size_t r = 0; r < rows; r++) {
    const double *full = a->values + probe[r] * a->n_samples, *small = b->values + probe[r] * b->n_samples;
    p.area.y = box.y + top + (double)r * h + head;
    p.y0 = (double)INFINITY;
    p.y1 = -(double)INFINITY;
    lg_range_extend(&p.y0, &p.y1, full, n);
    lg_range_extend(&p.y0, &p.y1, small, n);
    lg_range_pad(&p.y0, &p.y1, 0.05);
    p.y_ticks = (int)(p.area.h / (2.4 * f)) + 1;
    const bool last = r + 1 == rows;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | (last ? LG_FRAME_X | LG_FRAME_LINE : 0u),
                  last ? "time (ms)" : NULL, NULL);
    lg_canvas_text(c, p.area.x, p.area.y - 0.5 * f, f, LG_INK_TEXT, LG_TEXT_BOLD, v->full->probes[probe[r]].name);
    if (r == 0)
      lg_canvas_text(c, p.area.x + p.area.w, p.area.y - 0.5 * f, f, LG_INK_MUTED, LG_TEXT_END, "potential (mV)");
    LG_TRY(lg_plot_trace(ctx, &p, 0.0, a->sample_ms, full, n, pen_full));
    LG_TRY(lg_plot_trace(ctx, &p, 0.0, b->sample_ms, small, n, pen_small));
  }
done:
  return status;
}

/* ---- the cell ---------------------------------------------------------------------------------------- */

/* Neighbours in the list get shades far apart. */
static double shade_of(const cable_reduction *r, size_t compartment) {
  const size_t n = r->n_places;
  size_t step = n / 2 + 1;
  for (;; step++) { /* coprime to n: every shade once */
    size_t a = step, b = n;
    while (b != 0) {
      const size_t rest = a % b;
      a = b;
      b = rest;
    }
    if (a == 1) break;
  }
  return n > 1 ? (double)(compartment * step % n) / (double)(n - 1) : 0.5;
}

/* x of every compartment: leaves side by side, parents over the middle of their children. */
static void lay_out(const cable_reduction *r, double *x) {
  const cable_compartment *c = r->model->compartments;
  const size_t n = r->n_places;
  double leaf = 0.0;
  for (size_t k = 0; k < n; k++) x[k] = (double)NAN;
  /* depth first by hand: a leaf takes the next column, in the order in which its branch begins */
  size_t stack[256], depth = 0;
  bool entered[256] = {false};
  stack[depth++] = 0;
  while (depth > 0) {
    const size_t k = stack[depth - 1];
    double low = (double)INFINITY, high = -(double)INFINITY;
    if (!entered[k]) {
      entered[k] = true;
      for (size_t j = n; j-- > k + 1;)
        if (c[j].parent == (ptrdiff_t)k) stack[depth++] = j;
      if (stack[depth - 1] != k) continue;
    }
    for (size_t j = k + 1; j < n; j++)
      if (c[j].parent == (ptrdiff_t)k) {
        low = fmin(low, x[j]);
        high = fmax(high, x[j]);
      }
    x[k] = isfinite(low) ? 0.5 * (low + high) : leaf;
    if (!isfinite(low)) leaf += 1.0;
    depth--;
  }
}

/* The reduced tree: path from the soma upwards, discs by membrane. */
static void draw_tree(const reduce_view *v, lg_canvas *c, lg_box box, double f) {
  const cable_reduction *r = v->reduction;
  double x[256], columns = 1.0, farthest = 1.0, largest = 1.0;
  lay_out(r, x);
  for (size_t k = 0; k < r->n_places; k++) {
    columns = fmax(columns, x[k] + 1.0);
    farthest = fmax(farthest, r->places[k].distance_um);
    largest = fmax(largest, r->places[k].area_um2);
  }
  lg_plot p = {.canvas = c,
               .font = f,
               .area = {box.x + 3.6 * f, box.y + 1.8 * f, box.w - 5.0 * f, box.h - 4.0 * f},
               .x0 = -0.7,
               .x1 = columns - 0.3,
               .y0 = -0.05 * farthest,
               .y1 = 1.06 * farthest};
  lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID, NULL, "path from the soma (\xc2\xb5m)");
  for (size_t k = 1; k < r->n_places; k++) {
    const size_t up = (size_t)r->model->compartments[k].parent;
    lg_canvas_line(c, lg_plot_x(&p, x[k]), lg_plot_y(&p, r->places[k].distance_um), lg_plot_x(&p, x[up]),
                   lg_plot_y(&p, r->places[up].distance_um), (lg_pen){LG_INK_MUTED, 1.5, LG_DASH_SOLID, 1.0});
  }
  for (size_t k = 0; k < r->n_places; k++) {
    const cable_reduced_place *q = &r->places[k];
    const double px = lg_plot_x(&p, x[k]), py = lg_plot_y(&p, q->distance_um);
    const double radius = 3.0 + 9.0 * sqrt(q->area_um2 / largest);
    lg_canvas_disc(c, px, py, radius, lg_ink_shade(shade_of(r, k)),
                   (lg_pen){LG_INK_TEXT, q->ring ? 1.2 : 0.6, q->ring ? LG_DASH_DOTS : LG_DASH_SOLID, 1.0});
    if (r->n_places <= 24) lg_canvas_text(c, px + radius + 2.0, py + 0.35 * f, 0.8 * f, LG_INK_TEXT, 0, q->name);
  }
}

static lg_status draw_shape(lg_ctx *ctx, const reduce_view *v, lg_canvas *c, lg_box box, double f) {
  const lg_morphology *m = v->full->morphology;
  lg_status status = LG_OK;
  size_t *pieces = NULL, n = 0;
  double *shades = NULL;
  LG_NEW(ctx, pieces, m->n_sections);
  for (size_t k = 0; k < m->n_sections; k++) n += pieces[k] = (size_t)v->tree->n_centres[k];
  LG_NEW(ctx, shades, n + 1);
  n = 0;
  for (size_t k = 0; k < m->n_sections; k++)
    for (size_t q = 0; q < pieces[k]; q++)
      shades[n++] = shade_of(v->reduction, (size_t)v->owner[(size_t)v->tree->first_centre[k] + q]);
  const lg_morphology_figure how = {.font = f, .n_pieces = pieces, .shades = shades, .no_legend = true};
  LG_TRY(lg_plot_morphology(ctx, m, &how, c, box));
done:
  lg_free(ctx, pieces);
  lg_free(ctx, shades);
  return status;
}

static lg_status draw_cell(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const reduce_view *v = user;
  const double f = 11.0, left = v->full->morphology ? 0.5 * box.w : 0.0;
  draw_tree(v, c, (lg_box){box.x + left, box.y, box.w - left, box.h}, f);
  if (!v->full->morphology) return LG_OK;
  return draw_shape(ctx, v, c, (lg_box){box.x, box.y, left - f, box.h}, f);
}

/* ---- impedance ---------------------------------------------------------------------------------------- */

static lg_status draw_impedance(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const reduce_view *v = user;
  const cable_reduction *r = v->reduction;
  lg_status status = LG_OK;
  double x[32] = {0}, full[32] = {0}, small[32] = {0};
  size_t n = 0;
  const double f = 11.0;
  lg_plot p = {.canvas = c, .font = f, .area = {box.x + 4.0 * f, box.y + 3.4 * f, box.w - 5.4 * f, box.h - 7.0 * f}};
  for (size_t k = 1; k < r->n_Hz && n < 32; k++) {
    const double *z = r->impedance[k];
    x[n] = lg_ln(r->Hz[k]) / lg_ln(10.0);
    full[n] = sqrt(z[0] * z[0] + z[1] * z[1]);
    small[n++] = sqrt(z[2] * z[2] + z[3] * z[3]);
  }
  p.y0 = 0.0;
  p.y1 = 1e-9;
  lg_range_extend(&p.y0, &p.y1, full, n);
  lg_range_extend(&p.y0, &p.y1, small, n);
  p.y1 *= 1.05;
  p.x0 = x[0];
  p.x1 = n > 0 ? x[n - 1] : 0.0;
  (void)lg_legend_row(c, p.area.x, box.y + f, p.area.w, f, names, 2);
  lg_plot_frame(&p, LG_FRAME_USUAL, "frequency, log10 of Hz", "impedance of the soma (M\xce\xa9)");
  LG_TRY(lg_plot_line(ctx, &p, x, full, n, pen_full));
  LG_TRY(lg_plot_line(ctx, &p, x, small, n, pen_small));
done:
  return status;
}

/* ---- EPSPs -------------------------------------------------------------------------------------------- */

static bool has_epsp(const cable_moved *m) { return strcmp(m->what, "synapse") == 0 && m->epsp_full.peak_mV != 0.0; }

static void marks(const cable_reduction *r, lg_plot *p, bool times, bool shared, const char *x, const char *y) {
  double high = 1e-9;
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    if (!has_epsp(m)) continue;
    high = fmax(high, times ? fmax(m->epsp_full.time_ms, m->epsp.time_ms)
                            : fmax(fabs(m->epsp_full.peak_mV), fabs(m->epsp_shared.peak_mV)));
  }
  p->x0 = p->y0 = 0.0;
  p->x1 = p->y1 = 1.05 * high;
  lg_plot_frame(p, LG_FRAME_USUAL, x, y);
  lg_canvas_line(p->canvas, lg_plot_x(p, 0.0), lg_plot_y(p, 0.0), lg_plot_x(p, p->x1), lg_plot_y(p, p->y1),
                 (lg_pen){LG_INK_MUTED, 1.0, LG_DASH_DOTS, 1.0});
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    if (!has_epsp(m)) continue;
    const double a = times ? m->epsp_full.time_ms : fabs(m->epsp_full.peak_mV);
    const double b = times ? m->epsp.time_ms : fabs(m->epsp.peak_mV), first = fabs(m->epsp_shared.peak_mV);
    if (shared) lg_plot_marks(p, &a, &first, 1, 3.0, LG_MARK_RING, LG_INK_BLUE);
    lg_plot_marks(p, &a, &b, 1, 3.0, LG_MARK_DISC, LG_INK_VERMILLION);
  }
}

static lg_status draw_epsps(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const lg_legend entries[] = {
      {.text = "reduced", .mark = LG_MARK_DISC, .mark_ink = LG_INK_VERMILLION},
      {.text = "before weights were matched", .mark = LG_MARK_RING, .mark_ink = LG_INK_BLUE}};
  const reduce_view *v = user;
  const double f = 11.0, w = 0.5 * box.w;
  lg_plot p = {.canvas = c, .font = f, .area = {box.x + 4.0 * f, box.y + 3.4 * f, w - 5.4 * f, box.h - 7.0 * f}};
  (void)ctx;
  (void)lg_legend_row(c, p.area.x, box.y + f, box.w - 5.0 * f, f, entries, 2);
  marks(v->reduction, &p, false, true, "peak, full (mV)", "peak, reduced (mV)");
  p.area.x += w;
  marks(v->reduction, &p, true, false, "time of the peak, full (ms)", "reduced (ms)");
  return LG_OK;
}

/* ---- all ---------------------------------------------------------------------------------------------- */

void lg_reduce_pictures(const reduce_view *v, lg_picture pictures[REDUCE_PICTURES]) {
  size_t probe[MOST_ROWS], epsps = 0;
  const size_t rows = voltage_probes(v, probe);
  for (size_t k = 0; k < v->reduction->n_moved; k++) epsps += has_epsp(&v->reduction->moved[k]);
  pictures[REDUCE_TRACES] = (lg_picture){.name = "traces",
                                         .title = "Voltages, full and reduced",
                                         .width = 920.0,
                                         .height = 90.0 + 130.0 * (double)(rows > 0 ? rows : 1),
                                         .possible = v->runs.full && v->runs.reduced && rows > 0,
                                         .draw = draw_traces};
  pictures[REDUCE_CELL] = (lg_picture){.name = "cell",
                                       .title = "What each compartment stands for",
                                       .width = 920.0,
                                       .height = 520.0,
                                       .possible = true,
                                       .draw = draw_cell};
  pictures[REDUCE_IMPEDANCE] = (lg_picture){.name = "impedance",
                                            .title = "Impedance of the soma",
                                            .width = 620.0,
                                            .height = 320.0,
                                            .possible = true,
                                            .draw = draw_impedance};
  pictures[REDUCE_EPSPS] = (lg_picture){.name = "epsps",
                                        .title = "EPSPs at the soma",
                                        .width = 820.0,
                                        .height = 380.0,
                                        .possible = epsps > 0,
                                        .draw = draw_epsps};
}

void lg_reduce_words(const reduce_view *v, size_t which, char *text, size_t bytes) {
  const cable_reduction *r = v->reduction;
  switch (which) {
  case REDUCE_TRACES:
    (void)snprintf(text, bytes,
                   "The model's own stimuli on the full cell of %zu nodes and on the reduced one of %zu "
                   "compartments.",
                   r->n_nodes, r->n_places);
    break;
  case REDUCE_CELL:
    (void)snprintf(text, bytes,
                   "Each piece of the full cell in the shade of the compartment that it counts to most; "
                   "beside it the reduced tree, discs by membrane, dotted where a ring of side branches "
                   "is meant and not one place.");
    break;
  case REDUCE_IMPEDANCE:
    (void)snprintf(text, bytes, "Size of the soma's impedance. Without frequency both are %.5g MOhm.",
                   r->resistance_MOhm);
    break;
  default:
    (void)snprintf(text, bytes, "Each synapse alone, the membrane linear: peak and time of the peak at the soma.");
    break;
  }
}
