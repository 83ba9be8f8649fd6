/* Corner plot: what the recording says about every pair of parameters. Below the diagonal the density of the
 * posterior samples, on it their histograms, above it the correlation, where the space would be empty. */
#include "num/ascending.h"
#include "twin/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 22, HISTOGRAM = 26, LEVELS = 4 };

typedef struct corner {
  const lg_report_view *v;
  lg_canvas *c;
  size_t n, d;   /* samples; parameters that are shown */
  size_t *index; /* (d) of them: one that was held fixed has nothing to show */
  double f, x, y, cell, gap;
  double *low, *high;  /* (d) */
  double *sorted;      /* (n) scratch */
  double *correlation; /* (d, d) */
} corner;

bool lg_figure_posterior_possible(const lg_report_view *v) {
  return v->data.n_samples >= 10 && v->data.n_parameters >= 1;
}

static double sample(const corner *q, size_t k, size_t j) {
  return q->v->data.samples[k * q->v->data.n_parameters + q->index[j]];
}

static const lg_report_parameter *parameter(const corner *q, size_t j) { return &q->v->data.parameters[q->index[j]]; }

/* Range of a parameter: 0.5 to 99.5 % of the samples and the value, padded. */
static void find_range(corner *q, size_t j) {
  size_t m = 0;
  for (size_t k = 0; k < q->n; k++)
    if (isfinite(sample(q, k, j))) q->sorted[m++] = sample(q, k, j);
  q->low[j] = (double)INFINITY;
  q->high[j] = -(double)INFINITY;
  if (m > 0) {
    qsort(q->sorted, m, sizeof *q->sorted, lg_ascending);
    const size_t cut = m / 200;
    lg_range_extend(&q->low[j], &q->high[j], q->sorted + cut, m - 2 * cut);
  }
  lg_range_extend(&q->low[j], &q->high[j], &parameter(q, j)->value, 1);
  lg_range_pad(&q->low[j], &q->high[j], 0.06);
}

static double correlation_of(const lg_report_data *d, size_t a, size_t b) {
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = 0;
  for (int pass = 0; pass < 2; pass++) {
    const double ma = pass ? sa / n : 0, mb = pass ? sb / n : 0;
    for (size_t k = 0; k < d->n_samples; k++) {
      const double x = d->samples[k * d->n_parameters + a], y = d->samples[k * d->n_parameters + b];
      if (!isfinite(x) || !isfinite(y)) continue;
      if (pass == 0) sa += x, sb += y, n += 1;
      else saa += (x - ma) * (x - ma), sbb += (y - mb) * (y - mb), sab += (x - ma) * (y - mb);
    }
  }
  return saa > 0 && sbb > 0 ? sab / sqrt(saa * sbb) : (double)NAN;
}

static lg_box cell_box(const corner *q, size_t row, size_t column) {
  const double pitch = q->cell + q->gap;
  return (lg_box){q->x + (double)column * pitch, q->y + (double)row * pitch, q->cell, q->cell};
}

static int bin_of(const corner *q, double x, size_t j, int bins) {
  const double u = (x - q->low[j]) / (q->high[j] - q->low[j]);
  if (!(u >= 0.0 && u < 1.0)) return -1;
  return (int)(u * bins);
}

static void draw_histogram(const corner *q, size_t j) {
  const lg_box b = cell_box(q, j, j);
  int counts[HISTOGRAM] = {0}, most = 1;
  for (size_t k = 0; k < q->n; k++) {
    const int bin = bin_of(q, sample(q, k, j), j, HISTOGRAM);
    if (bin >= 0 && ++counts[bin] > most) most = counts[bin];
  }
  lg_box bars[HISTOGRAM];
  size_t n = 0;
  for (int k = 0; k < HISTOGRAM; k++) {
    if (counts[k] == 0) continue;
    const double h = 0.92 * b.h * counts[k] / most;
    bars[n++] = (lg_box){b.x + b.w * k / HISTOGRAM, b.y + b.h - h, b.w / HISTOGRAM, h};
  }
  lg_canvas_rects(q->c, bars, n, LG_INK_SKY, 0.75);
  const double u = (parameter(q, j)->value - q->low[j]) / (q->high[j] - q->low[j]);
  lg_canvas_line(q->c, b.x + u * b.w, b.y, b.x + u * b.w, b.y + b.h, (lg_pen){LG_INK_BLUE, 1.2, LG_DASH_LONG, 1.0});
}

static void draw_density(const corner *q, size_t row, size_t column) {
  const lg_box b = cell_box(q, row, column);
  static const double alpha[LEVELS] = {0.18, 0.38, 0.62, 0.9};
  int counts[BINS * BINS] = {0}, most = 1;
  for (size_t k = 0; k < q->n; k++) {
    const int x = bin_of(q, sample(q, k, column), column, BINS), y = bin_of(q, sample(q, k, row), row, BINS);
    if (x >= 0 && y >= 0 && ++counts[y * BINS + x] > most) most = counts[y * BINS + x];
  }
  lg_box boxes[BINS * BINS];
  for (int level = 0; level < LEVELS; level++) {
    size_t n = 0;
    for (int k = 0; k < BINS * BINS; k++) {
      int mine = (int)(LEVELS * sqrt((double)counts[k] / most));
      if (mine >= LEVELS) mine = LEVELS - 1;
      if (counts[k] == 0 || mine != level) continue;
      const double w = b.w / BINS;
      const int right = k % BINS, up = k / BINS + 1;
      boxes[n++] = (lg_box){b.x + right * w, b.y + b.h - up * w, w, w};
    }
    lg_canvas_rects(q->c, boxes, n, LG_INK_BLUE, alpha[level]);
  }
  const double u = (parameter(q, column)->value - q->low[column]) / (q->high[column] - q->low[column]);
  const double t = (parameter(q, row)->value - q->low[row]) / (q->high[row] - q->low[row]);
  if (u >= 0 && u <= 1 && t >= 0 && t <= 1)
    lg_mark_at(q->c, b.x + u * b.w, b.y + (1 - t) * b.h, 0.22 * q->f, LG_MARK_DIAMOND, LG_INK_VERMILLION);
}

static void draw_correlation(const corner *q, size_t row, size_t column) {
  const lg_box b = cell_box(q, row, column);
  const double r = q->correlation[row * q->d + column];
  char text[40];
  lg_format_fixed(r, 2, text);
  lg_canvas_rect(q->c, b, r < 0 ? LG_INK_ORANGE : LG_INK_SKY, isfinite(r) ? 0.5 * r * r : 0.0);
  lg_canvas_text(q->c, b.x + b.w / 2, b.y + b.h / 2 + 0.36 * q->f, q->f, fabs(r) >= 0.5 ? LG_INK_TEXT : LG_INK_MUTED,
                 LG_TEXT_MIDDLE | (fabs(r) >= 0.8 ? LG_TEXT_BOLD : 0), text);
}

/* Name with unit below each column and at the left of each row; two numbers on the outer axes. */
static void draw_labels(const corner *q, size_t j) {
  const lg_report_parameter *p = parameter(q, j);
  char unit[32], label[96];
  lg_unit_words(p->unit, unit, sizeof unit);
  (void)snprintf(label, sizeof label, unit[0] ? "%s (%s)" : "%s%s", p->name, unit);
  if (lg_text_width(label, q->f, 0) > q->cell + q->gap) (void)snprintf(label, sizeof label, "%s", p->name);
  const lg_box below = cell_box(q, q->d - 1, j), left = cell_box(q, j, 0);
  const double f = q->f;
  lg_plot plot = {.canvas = q->c, .area = below, .x0 = q->low[j], .x1 = q->high[j], .y0 = 0, .y1 = 1, .font = 0.82 * f};
  plot.x_ticks = 2;
  lg_plot_frame(&plot, LG_FRAME_X | LG_FRAME_LINE, NULL, NULL);
  lg_canvas_text(q->c, below.x + below.w / 2, below.y + below.h + 2.7 * f, f, LG_INK_TEXT, LG_TEXT_MIDDLE, label);
  lg_canvas_text(q->c, left.x - 3.6 * f, left.y + left.h / 2 + (j ? lg_text_width(label, f, 0) / 2 : 0), f, LG_INK_TEXT,
                 j ? LG_TEXT_UP : LG_TEXT_END, j ? label : "");
  if (j == 0) return;
  plot = (lg_plot){.canvas = q->c, .area = left, .x0 = 0, .x1 = 1, .y0 = q->low[j], .y1 = q->high[j], .font = 0.82 * f};
  plot.y_ticks = 2;
  lg_plot_frame(&plot, LG_FRAME_Y, NULL, NULL);
}

lg_status lg_figure_posterior(lg_ctx *ctx, const lg_report_view *v, double f, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  corner q = {.v = v, .c = c, .n = v->data.n_samples, .f = f};
  LG_NEW(ctx, q.index, v->data.n_parameters);
  for (size_t j = 0; j < v->data.n_parameters; j++)
    if (!lg_report_is_fixed(&v->data.parameters[j])) q.index[q.d++] = j;
  const size_t d = q.d;
  const double left = 5.2 * f, below = 3.2 * f;
  q.gap = 0.35 * f;
  const double w = (box.w - left + q.gap) / (double)d - q.gap, h = (box.h - below + q.gap) / (double)d - q.gap;
  q.cell = w < h ? w : h;
  q.x = box.x + left;
  q.y = box.y;
  if (d == 0 || q.cell < 4.0) goto done;
  LG_NEW(ctx, q.low, d);
  LG_NEW(ctx, q.high, d);
  LG_NEW(ctx, q.correlation, d * d);
  LG_NEW(ctx, q.sorted, q.n);
  for (size_t j = 0; j < d; j++) {
    find_range(&q, j);
    for (size_t i = 0; i < j; i++) q.correlation[i * d + j] = correlation_of(&v->data, q.index[i], q.index[j]);
  }
  for (size_t j = 0; j < d; j++) {
    for (size_t i = 0; i < d; i++) {
      if (i < j) draw_density(&q, j, i);
      else if (i > j) draw_correlation(&q, j, i);
    }
    draw_histogram(&q, j);
    draw_labels(&q, j);
  }
done:
  lg_free(ctx, q.index);
  lg_free(ctx, q.low);
  lg_free(ctx, q.high);
  lg_free(ctx, q.correlation);
  lg_free(ctx, q.sorted);
  return status;
}

void lg_figure_posterior_words(const lg_report_view *v, FILE *stream) {
  const lg_report_data *d = &v->data;
  double most = -1.0, r_most = 0.0;
  size_t a = 0, b = 0;
  for (size_t j = 1; j < d->n_parameters; j++)
    for (size_t i = 0; i < j; i++) {
      const double r = correlation_of(d, i, j);
      if (isfinite(r) && fabs(r) > most) most = fabs(r), r_most = r, a = i, b = j;
    }
  size_t fixed = 0;
  for (size_t j = 0; j < d->n_parameters; j++) fixed += lg_report_is_fixed(&d->parameters[j]) ? 1 : 0;
  (void)fprintf(stream, "%zu posterior samples of %zu parameters", d->n_samples, d->n_parameters - fixed);
  if (fixed > 0) (void)fprintf(stream, "; %zu more %s held fixed", fixed, fixed == 1 ? "was" : "were");
  (void)fputc('.', stream);
  if (most < 0.0) return;
  char text[40];
  lg_format_fixed(r_most, 2, text);
  (void)fprintf(stream, " The most strongly coupled pair is %s and %s (correlation %s)%s", d->parameters[a].name,
                d->parameters[b].name, text,
                most > 0.95 ? ": the recording fixes a combination of the two better than either one." : ".");
}
