/* The same report as pages: A4, points. Words wrap by the canvas's own metrics, tables are columns of text. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct paper {
  lg_ctx *ctx;
  const lg_report_view *v;
  lg_canvas *c;
  double y;
  int page;
} paper;

static const double WIDTH = 595.0, HEIGHT = 842.0, MARGIN = 44.0, BODY = 9.0;

static const char *title_of(const lg_report_data *d) {
  if (d->title && d->title[0]) return d->title;
  if (!d->source || !d->source[0]) return "Unnamed recording";
  const char *slash = strrchr(d->source, '/');
  return slash && slash[1] ? slash + 1 : d->source;
}

static void put_foot(paper *p) {
  char text[64];
  (void)snprintf(text, sizeof text, "%d", p->page);
  lg_canvas_text(p->c, MARGIN, HEIGHT - 24.0, 7.5, LG_INK_MUTED, 0,
                 "Loligo \xc2\xb7 neuron twin \xc2\xb7 research use only");
  lg_canvas_text(p->c, WIDTH - MARGIN, HEIGHT - 24.0, 7.5, LG_INK_MUTED, LG_TEXT_END, text);
}

static void next_page(paper *p) {
  put_foot(p);
  lg_canvas_next_page(p->c);
  p->page++;
  p->y = MARGIN;
}

static double room(const paper *p) { return HEIGHT - MARGIN - 6.0 - p->y; }
static void need(paper *p, double height) {
  if (room(p) < height) next_page(p);
}

/* Wrapped words from x with a width; moves y. */
static void paragraph(paper *p, double x, double width, double size, lg_ink ink, unsigned flags, const char *text) {
  char line[1024];
  while (text && *text) {
    size_t n = 0, fits = 0;
    while (text[n] && n + 5 < sizeof line) {
      size_t word = n;
      while (text[word] == ' ') word++;
      while (text[word] && text[word] != ' ' && text[word] != '\n' && word + 5 < sizeof line) word++;
      memcpy(line, text, word);
      line[word] = 0;
      if (fits > 0 && lg_text_width(line, size, flags) > width) break;
      fits = n = word;
      if (text[n] == '\n') break;
    }
    /* a word wider than the line is cut */
    memcpy(line, text, fits);
    line[fits] = 0;
    while (fits > 1 && lg_text_width(line, size, flags) > width) {
      do fits--;
      while (fits > 1 && ((unsigned char)line[fits] & 0xc0) == 0x80);
      line[fits] = 0;
    }
    need(p, 1.4 * size);
    p->y += 1.4 * size;
    lg_canvas_text(p->c, x, p->y, size, ink, flags, line);
    text += fits;
    while (*text == ' ') text++;
    if (*text == '\n') text++;
    if (fits == 0) break;
  }
}

static void heading(paper *p, const char *text, double with) {
  need(p, 30.0 + with);
  p->y += p->y > MARGIN ? 22.0 : 10.0;
  lg_canvas_text(p->c, MARGIN, p->y, 13.0, LG_INK_TEXT, LG_TEXT_BOLD, text);
  p->y += 6.0;
}

static void bullet(paper *p, const char *text) {
  need(p, 1.5 * BODY);
  lg_canvas_disc(p->c, MARGIN + 4.0, p->y + 1.4 * BODY - 0.33 * BODY, 1.3, LG_INK_MUTED,
                 (lg_pen){LG_INK_MUTED, 0, LG_DASH_SOLID, 1});
  paragraph(p, MARGIN + 12.0, WIDTH - 2 * MARGIN - 12.0, BODY, LG_INK_TEXT, 0, text);
}

static void fact(paper *p, const char *name, const char *text) {
  if (!text || !text[0]) return;
  need(p, 1.5 * BODY);
  const double before = p->y;
  const int page = p->page;
  lg_canvas_text(p->c, MARGIN, p->y + 1.4 * BODY, BODY, LG_INK_MUTED, 0, name);
  paragraph(p, MARGIN + 130.0, WIDTH - 2 * MARGIN - 130.0, BODY, LG_INK_TEXT, 0, text);
  if (p->page == page && p->y < before + 1.5 * BODY) p->y = before + 1.5 * BODY;
}

/* ---- first page ------------------------------------------------------------------------------------------ */

static lg_ink flag_ink(lg_report_flag flag) {
  return flag == LG_FLAG_GREEN ? LG_INK_GREEN : (flag == LG_FLAG_AMBER ? LG_INK_ORANGE : LG_INK_VERMILLION);
}

static void chip(paper *p) {
  char text[160];
  static const char *const signs[] = {"\xe2\x9c\x93", "!", "\xe2\x9c\x95"};
  (void)snprintf(text, sizeof text, "%s, %s", lg_report_flag_words(p->v->flag), lg_report_domain_words(&p->v->data));
  const double w = lg_text_width(text, 10.0, LG_TEXT_BOLD) + 36.0;
  lg_canvas_round_rect(p->c, (lg_box){MARGIN, p->y + 6.0, w, 20.0}, 10.0, flag_ink(p->v->flag), 0.16);
  lg_canvas_disc(p->c, MARGIN + 12.0, p->y + 16.0, 6.0, flag_ink(p->v->flag),
                 (lg_pen){LG_INK_TEXT, 0, LG_DASH_SOLID, 1});
  lg_canvas_text(p->c, MARGIN + 12.0, p->y + 19.0, 8.0, LG_INK_PAPER, LG_TEXT_MIDDLE | LG_TEXT_BOLD, signs[p->v->flag]);
  lg_canvas_text(p->c, MARGIN + 24.0, p->y + 19.6, 10.0, LG_INK_TEXT, LG_TEXT_BOLD, text);
  p->y += 30.0;
}

static void tiles(paper *p) {
  lg_report_tile t[LG_REPORT_MAX_TILES];
  const size_t n = lg_report_tiles(p->v, t);
  const double gap = 8.0, w = (WIDTH - 2 * MARGIN - gap * (double)(n - 1)) / (double)n, top = p->y + 10.0;
  double low = top;
  for (size_t k = 0; k < n; k++) {
    const double x = MARGIN + (double)k * (w + gap);
    lg_canvas_line(p->c, x, top, x + w, top, (lg_pen){LG_INK_MUTED, 0.8, LG_DASH_SOLID, 1.0});
    p->y = top + 2.0;
    paragraph(p, x, w, 7.5, LG_INK_MUTED, 0, t[k].name);
    if (lg_text_width(t[k].name, 7.5, 0) <= w) p->y += 10.5;
    char value[100];
    (void)snprintf(value, sizeof value, "%s %s", t[k].value, t[k].unit);
    lg_canvas_text(p->c, x, p->y + 17.0, 14.0, LG_INK_TEXT, LG_TEXT_BOLD, value);
    p->y += 20.0;
    paragraph(p, x, w, 7.0, LG_INK_MUTED, 0, t[k].note);
    if (p->y > low) low = p->y;
  }
  p->y = low + 4.0;
}

static lg_status lead(paper *p) {
  char *text = NULL;
  size_t n = 0;
  FILE *m = open_memstream(&text, &n);
  if (m) lg_report_lead(p->v, m);
  if (!m || fclose(m) != 0) {
    free(text);
    return lg_fail(p->ctx, LG_ERR_MEMORY, "no memory for the report");
  }
  paragraph(p, MARGIN, WIDTH - 2 * MARGIN, 10.0, LG_INK_TEXT, 0, text);
  free(text);
  return LG_OK;
}

static lg_status first_page(paper *p) {
  lg_status status = LG_OK;
  const lg_report_data *d = &p->v->data;
  char eyebrow[128];
  (void)snprintf(eyebrow, sizeof eyebrow, "Neuron twin%s%s", d->created ? " \xc2\xb7 " : "",
                 d->created ? d->created : "");
  paragraph(p, MARGIN, WIDTH - 2 * MARGIN, 8.5, LG_INK_MUTED, 0, eyebrow);
  p->y += 4.0;
  paragraph(p, MARGIN, WIDTH - 2 * MARGIN, 21.0, LG_INK_TEXT, LG_TEXT_BOLD, title_of(d));
  p->y += 4.0;
  chip(p);
  LG_TRY(lead(p));
  for (size_t k = 0; k < d->n_reasons; k++) bullet(p, d->reasons[k]);
  tiles(p);
  if (p->v->best < d->n_sweeps) {
    heading(p, "Recording and twin", 200.0);
    double height = room(p) - 8.0;
    if (height > 460.0) height = 460.0;
    const lg_sweep_figure how = {.font = 8.5, .title = true, .legend = true, .residual = true};
    LG_TRY(lg_figure_sweep(p->ctx, p->v, p->v->best, &how, p->c,
                           (lg_box){MARGIN, p->y + 6.0, WIDTH - 2 * MARGIN, height}));
    p->y += height + 8.0;
  }
done:
  return status;
}

/* ---- figures --------------------------------------------------------------------------------------------- */

static lg_status first_spikes(paper *p) {
  lg_status status = LG_OK;
  const double w = (WIDTH - 2 * MARGIN - 22.0) / 2, f = 7.5;
  double t0, t1;
  if (!lg_figure_first_spikes(p->v, p->v->best, &t0, &t1)) return LG_OK;
  heading(p, "First spikes of this sweep, and their shape", 190.0);
  const lg_sweep_figure how = {.font = f, .t0 = t0, .t1 = t1, .own_range = true};
  LG_TRY(lg_figure_sweep(p->ctx, p->v, p->v->best, &how, p->c, (lg_box){MARGIN, p->y + 2.0, w, 186.0}));
  LG_TRY(lg_figure_phase(p->ctx, p->v, p->v->best, f, p->c, (lg_box){MARGIN + w + 22.0, p->y + 2.0, w, 186.0}));
  p->y += 190.0;
done:
  return status;
}

static lg_status curves(paper *p) {
  lg_status status = LG_OK;
  const double w = (WIDTH - 2 * MARGIN - 22.0) / 2, f = 7.5;
  const bool fi = lg_figure_fi_possible(p->v);
  if (!fi && p->v->data.n_parameters == 0) return LG_OK;
  const double rows = p->v->data.n_parameters ? lg_figure_parameters_height(p->v, f) : 0.0,
               h = rows > 230.0 ? rows : 230.0;
  heading(p, fi ? "f\xe2\x80\x93I curve, and how well each parameter is known" : "How well each parameter is known", h);
  if (fi) LG_TRY(lg_figure_fi(p->ctx, p->v, f, p->c, (lg_box){MARGIN, p->y + 4.0, w, 226.0}));
  if (p->v->data.n_parameters > 0)
    LG_TRY(lg_figure_parameters(p->ctx, p->v, f, p->c, (lg_box){fi ? MARGIN + w + 22.0 : MARGIN, p->y + 4.0, w, rows}));
  p->y += h;
done:
  return status;
}

static lg_status side_by_side(paper *p) {
  lg_status status = LG_OK;
  if (!lg_figure_family_possible(p->v)) return LG_OK;
  const double width = WIDTH - 2 * MARGIN, h = 330.0;
  heading(p, "The same steps, side by side", h);
  LG_TRY(lg_figure_family(p->ctx, p->v, 8.0, p->c, (lg_box){MARGIN, p->y + 6.0, width, h - 6.0}));
  p->y += h;
done:
  return status;
}

static lg_status corner(paper *p) {
  lg_status status = LG_OK;
  if (!lg_figure_posterior_possible(p->v)) return LG_OK;
  const double side = WIDTH - 2 * MARGIN;
  heading(p, "Posterior of the parameters", side);
  LG_TRY(lg_figure_posterior(p->ctx, p->v, p->v->data.n_parameters > 7 ? 6.6 : 8.0, p->c,
                             (lg_box){MARGIN, p->y + 6.0, side, side}));
  p->y += side + 6.0;
  paragraph(p, MARGIN, side, 8.0, LG_INK_MUTED, 0,
            "Below the diagonal: density of the samples, the twin's values as diamonds. On it: histograms. Above it: "
            "correlation of "
            "each pair.");
done:
  return status;
}

static lg_status all_sweeps(paper *p) {
  lg_status status = LG_OK;
  const size_t n = p->v->data.n_sweeps;
  if (n < 2) return LG_OK;
  const double gap = 12.0, w = (WIDTH - 2 * MARGIN - 2 * gap) / 3, h = 118.0;
  heading(p, "All sweeps: spikes recorded | spikes of the twin", h);
  const lg_sweep_figure how = {.font = 5.6, .title = true};
  size_t column = 0;
  for (size_t k = 0; k < n; k++) {
    if (p->v->sweeps[k].n == 0) continue;
    if (column == 0) need(p, h);
    LG_TRY(lg_figure_sweep(p->ctx, p->v, k, &how, p->c,
                           (lg_box){MARGIN + (double)column * (w + gap), p->y + 4.0, w, h - 8.0}));
    column = (column + 1) % 3;
    if (column == 0) p->y += h;
  }
  if (column != 0) p->y += h;
done:
  return status;
}

/* ---- tables ---------------------------------------------------------------------------------------------- */

typedef struct column {
  double x;
  unsigned flags;
} column;

static void row(paper *p, const column *columns, const char *const *cells, size_t n, unsigned flags, lg_ink ink) {
  need(p, 15.0);
  p->y += 12.5;
  for (size_t k = 0; k < n; k++)
    lg_canvas_text(p->c, columns[k].x, p->y, 8.2, ink, columns[k].flags | (k == 0 ? flags : 0), cells[k]);
  lg_canvas_line(p->c, MARGIN, p->y + 3.6, WIDTH - MARGIN, p->y + 3.6, (lg_pen){LG_INK_GRID, 0.5, LG_DASH_SOLID, 1.0});
}

static void parameter_table(paper *p) {
  const lg_report_data *d = &p->v->data;
  if (d->n_parameters == 0) return;
  static const column at[] = {
      {44, 0},           {178, LG_TEXT_END}, {186, 0}, {318, LG_TEXT_END}, {362, LG_TEXT_END}, {470, LG_TEXT_END},
      {551, LG_TEXT_END}};
  static const char *const names[] = {"Parameter",         "Value", "Unit", "95 % interval", "SD", "Training range",
                                      "Held-out R\xc2\xb2"};
  heading(p, "Parameters", 20.0 + 15.0 * (double)d->n_parameters);
  size_t columns = 6; /* the seventh only when a network says how good it is */
  for (size_t k = 0; k < d->n_parameters; k++)
    if (isfinite(d->parameters[k].held_out_r2)) columns = 7;
  row(p, at, names, columns, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_parameters; k++) {
    const lg_report_parameter *q = &d->parameters[k];
    char value[96], interval[96], sd[40], range[96], r2[40], unit[40];
    lg_format_interval(q, value, interval, sizeof value);
    lg_format_significant(q->sd, 2, sd);
    lg_report_limits_words(q->prior_low, q->prior_high, range, sizeof range);
    lg_format_fixed(q->held_out_r2, 3, r2);
    const char *const cells[] = {q->name, value, lg_unit_words(q->unit, unit, sizeof unit), interval, sd, range, r2};
    row(p, at, cells, columns, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void feature_table(paper *p) {
  const lg_report_data *d = &p->v->data;
  if (d->n_features == 0) return;
  static const column at[] = {{44, 0}, {300, LG_TEXT_END}, {380, LG_TEXT_END}, {390, 0}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Feature", "Recording", "Twin", "Unit", "Difference"};
  heading(p, "Features of the cell", 60.0);
  row(p, at, names, 5, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_features; k++) {
    const lg_report_feature *q = &d->features[k];
    char a[40], b[40], c[40], unit[40];
    lg_format_significant(q->recording, 3, a);
    lg_format_significant(q->twin, 3, b);
    lg_format_significant(q->twin - q->recording, 2, c);
    const char *const cells[] = {q->name, a, b, lg_unit_words(q->unit, unit, sizeof unit), c};
    row(p, at, cells, 5, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void check_table(paper *p) {
  const lg_report_data *d = &p->v->data;
  if (d->n_checks == 0) return;
  static const column at[] = {{44, 0}, {340, LG_TEXT_END}, {440, LG_TEXT_END}, {450, 0}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Rule", "This twin", "Allowed", "Unit", "Result"};
  p->y += 8.0;
  row(p, at, names, 5, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_checks; k++) {
    const lg_report_check *q = &d->checks[k];
    char a[40], b[96], unit[40];
    lg_format_short(q->value, 3, a);
    lg_report_limits_words(q->low, q->high, b, sizeof b);
    const char *const cells[] = {q->name, a, b, lg_unit_words(q->unit, unit, sizeof unit),
                                 q->passed ? "passed" : "failed"};
    row(p, at, cells, 5, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void candidate_table(paper *p) {
  const lg_report_data *d = &p->v->data;
  if (d->n_candidates == 0) return;
  static const column at[] = {{44, 0}, {300, LG_TEXT_END}, {380, LG_TEXT_END}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Model that was tried", "\xcf\x87\xc2\xb2 per sample", "Count error", "Result"};
  p->y += 8.0;
  row(p, at, names, 4, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_candidates; k++) {
    const lg_report_candidate *q = &d->candidates[k];
    const lg_report_data named = {.model = q->model, .variant = q->variant};
    char name[96], a[40], b[40];
    lg_report_model_name(&named, name, sizeof name);
    lg_format_significant(q->chi2_per_sample, 3, a);
    lg_format_significant(q->count_rmse, 3, b);
    const char *const cells[] = {name, a, b,
                                 q->chosen ? (q->accepted ? "accepted, chosen" : "not accepted, nearest")
                                           : (q->accepted ? "accepted" : "not accepted")};
    row(p, at, cells, 4, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void card(paper *p) {
  const lg_report_data *d = &p->v->data;
  char model[96], own[4][200], verdict[160];
  lg_report_model_name(d, model, sizeof model);
  heading(p, "Credibility card", 120.0);
  (void)snprintf(verdict, sizeof verdict, "%s, %s", lg_report_flag_words(p->v->flag), lg_report_domain_words(d));
  fact(p, "Context of use", lg_report_context_of_use);
  fact(p, "Model", model);
  fact(p, "How it was found", lg_report_stage_words(d));
  fact(p, "Verdict", verdict);
  for (size_t k = 0; k < d->n_training; k++) fact(p, d->training[k].name, d->training[k].text);
  check_table(p);
  candidate_table(p);
  p->y += 8.0;
  const size_t n = lg_report_own_limits(p->v, own);
  if (d->n_limits + n > 0) heading(p, "Limits", 30.0);
  for (size_t k = 0; k < d->n_limits; k++) bullet(p, d->limits[k]);
  for (size_t k = 0; k < n; k++) bullet(p, own[k]);
  heading(p, "The recording", 60.0);
  fact(p, "File", d->source);
  fact(p, "Format", d->format);
  fact(p, "Protocol", d->protocol);
  fact(p, "Current and potential", d->pairing);
  for (size_t k = 0; k < d->n_warnings; k++) fact(p, k ? "" : "Warnings", d->warnings[k]);
}

static void provenance(paper *p) {
  const char *text = p->v->data.provenance_json;
  if (!text || !text[0]) return;
  heading(p, "Where this comes from", 60.0);
  while (*text) {
    char line[400];
    const size_t n = strcspn(text, "\n"), kept = n < sizeof line - 1 ? n : sizeof line - 1;
    memcpy(line, text, kept);
    line[kept] = 0;
    size_t spaces = strspn(line, " ");
    if (spaces > 24) spaces = 24;
    paragraph(p, MARGIN + 3.0 * (double)spaces, WIDTH - 2 * MARGIN - 3.0 * (double)spaces, 6.8, LG_INK_TEXT,
              LG_TEXT_MONO, line + spaces);
    text += n + (text[n] == '\n');
  }
}

lg_status lg_report_write_pdf(lg_ctx *ctx, const lg_report_view *v, FILE *stream) {
  lg_status status = LG_OK;
  paper p = {.ctx = ctx, .v = v, .y = MARGIN, .page = 1};
  LG_TRY(lg_canvas_pdf(ctx, stream, WIDTH, HEIGHT, title_of(&v->data), v->data.created, &p.c));
  LG_TRY(first_page(&p));
  LG_TRY(first_spikes(&p));
  LG_TRY(side_by_side(&p));
  LG_TRY(curves(&p));
  parameter_table(&p);
  LG_TRY(corner(&p));
  LG_TRY(all_sweeps(&p));
  feature_table(&p);
  card(&p);
  provenance(&p);
  put_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  return status;
}
