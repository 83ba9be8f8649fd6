/* Figures of a run of calcium in a dendrite. */
#include "twin/calcium_report.h"

#include "io/plot.h"
#include "io/plot_image.h"

#include <math.h>
#include <string.h>

enum { MOST_TRACES = 5 };

static const lg_ink inks[MOST_TRACES] = {LG_INK_BLUE, LG_INK_VERMILLION, LG_INK_GREEN, LG_INK_ORANGE, LG_INK_PURPLE};

static const char *const layer_names[CALCIUM_FILM_LAYERS] = {"calcium in the cytosol (\xc2\xb5M)",
                                                             "calcium in the ER (\xc2\xb5M)",
                                                             "open probability of the ryanodine receptor"};

/* ---- space and time ------------------------------------------------------------------------------------ */

/* Columns [0, n) of a layer; a range that shows its values. */
static void range_of(const calcium_film *f, size_t layer, size_t n, double *low, double *high) {
  *low = (double)INFINITY;
  *high = -(double)INFINITY;
  for (size_t p = 0; p < f->n_places; p++)
    for (size_t t = 0; t < n; t++) {
      const double x = (double)f->values[(layer * f->n_places + p) * f->n_times + t];
      if (!isfinite(x)) continue;
      *low = fmin(*low, x);
      *high = fmax(*high, x);
    }
  if (layer == CALCIUM_FILM_OPEN || layer == CALCIUM_FILM_C) *low = fmin(*low, 0.0);
  if (!(*high > *low)) *high = *low + 1.0;
}

static lg_status draw_layer(lg_ctx *ctx, const calcium_film *f, size_t layer, size_t n_shown, size_t columns,
                            const lg_plot *plot) {
  lg_status status = LG_OK;
  float *values = NULL;
  double low, high;
  range_of(f, layer, n_shown, &low, &high);
  if (columns > n_shown) columns = n_shown;
  LG_NEW(ctx, values, f->n_places * columns);
  for (size_t p = 0; p < f->n_places; p++)
    for (size_t k = 0; k < columns; k++)
      values[p * columns + k] =
          f->values[(layer * f->n_places + p) * f->n_times + (k * n_shown + n_shown / 2) / columns];
  LG_TRY(lg_plot_image(ctx, plot, values, f->n_places, columns, low, high));
  const double font = plot->font;
  lg_plot_shade_bar(plot->canvas, (lg_box){plot->area.x + plot->area.w + font, plot->area.y, 0.9 * font, plot->area.h},
                    low, high, font, "");
done:
  lg_free(ctx, values);
  return status;
}

static lg_status draw_layers(lg_ctx *ctx, const calcium_view *v, lg_canvas *c, lg_box box, size_t n_layers,
                             size_t n_shown) {
  const calcium_film *f = v->film;
  lg_status status = LG_OK;
  const double font = 11.0, head = 1.9 * font, foot = 3.6 * font, h = (box.h - foot) / (double)n_layers;
  lg_plot p = {.canvas = c,
               .font = font,
               .area = {box.x + 3.6 * font, 0.0, box.w - 9.0 * font, h - head},
               .x1 = 1e3 * f->end_s * (double)n_shown / (double)(f->n_times - 1),
               .y1 = f->length_um};
  for (size_t q = 0; q < n_layers; q++) {
    const bool last = q + 1 == n_layers;
    p.area.y = box.y + (double)q * h + head;
    LG_TRY(draw_layer(ctx, f, q, n_shown, 240, &p));
    lg_plot_frame(&p, LG_FRAME_Y | (last ? LG_FRAME_X | LG_FRAME_LINE : 0u), last ? "time (ms)" : NULL, NULL);
    lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, layer_names[q]);
    lg_canvas_text(c, p.area.x + p.area.w, p.area.y - 0.5 * font, font, LG_INK_MUTED, LG_TEXT_END,
                   "upwards: path (\xc2\xb5m)");
  }
done:
  return status;
}

static lg_status draw_space_time(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const calcium_view *v = user;
  return draw_layers(ctx, v, c, box, CALCIUM_FILM_LAYERS, v->film->n_times);
}

/* Frames up to a quarter behind the last arrival; 0: no wave, or it fills the run. */
static size_t front_frames(const calcium_view *v) {
  double last = 0.0;
  for (size_t k = 0; k < v->result->n_probes; k++)
    if (v->result->arrivals[k].up_s > last) last = v->result->arrivals[k].up_s;
  const double frames = ceil(1.25 * last / v->film->end_s * (double)(v->film->n_times - 1));
  return frames >= 20.0 && frames < 0.6 * (double)v->film->n_times ? (size_t)frames : 0;
}

static lg_status draw_front(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  return draw_layers(ctx, user, c, box, 1, front_frames(user));
}

/* ---- traces -------------------------------------------------------------------------------------------- */

/* At most five of the case's probes, from first to last. */
static size_t chosen(const calcium_view *v, size_t which[MOST_TRACES]) {
  const size_t n = v->c->n_probes, m = n < MOST_TRACES ? n : MOST_TRACES;
  for (size_t k = 0; k < m; k++) which[k] = m == 1 ? 0 : k * (n - 1) / (m - 1);
  return m;
}

static void name_of(const calcium_view *v, size_t probe, char *text, size_t bytes) {
  const calcium_place *p = &v->c->probes[probe];
  char x[40];
  lg_format_short(p->x_um, 5, x);
  if (v->c->is_tree) (void)snprintf(text, bytes, "section %zu, %s \xc2\xb5m", p->section, x);
  else (void)snprintf(text, bytes, "%s \xc2\xb5m", x);
}

/* What a row of traces shows. */
static const char *row_name(const calcium_result *r, size_t q) {
  static const char *const rows[4] = {"calcium in the cytosol (\xc2\xb5M)", "free buffer (\xc2\xb5M)",
                                      "calcium in the ER (\xc2\xb5M)", "open probability"};
  static const char *const species[][2] = {{"ip3", "IP3 (\xc2\xb5M)"},
                                           {"er_buffer", "free calreticulin in the ER (\xc2\xb5M)"}};
  for (size_t k = 0; q >= 4 && k < sizeof species / sizeof species[0]; k++)
    if (strcmp(r->columns[q - 4], species[k][0]) == 0) return species[k][1];
  return q < 4 ? rows[q] : r->columns[q - 4];
}

static lg_status draw_traces(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const calcium_view *v = user;
  const calcium_result *r = v->result;
  lg_status status = LG_OK;
  size_t which[MOST_TRACES];
  char names[MOST_TRACES][64];
  lg_legend legend[MOST_TRACES];
  double *one = NULL;
  const size_t m = chosen(v, which);
  for (size_t k = 0; k < m; k++) {
    name_of(v, which[k], names[k], sizeof names[k]);
    legend[k] = (lg_legend){.text = names[k], .pen = {inks[k], 1.4, LG_DASH_SOLID, 1.0}, .mark = -1};
  }
  const double font = 11.0, head = 1.9 * font, foot = 3.6 * font, top = lg_legend_height(box.w, font, legend, m) + font;
  const double h = (box.h - foot - top) / (double)r->n_columns;
  (void)lg_legend_row(c, box.x + 3.6 * font, box.y + font, box.w - 5.0 * font, font, legend, m);
  lg_plot p = {.canvas = c, .font = font, .area = {box.x + 3.6 * font, 0.0, box.w - 5.0 * font, h - head}};
  p.x1 = 1e3 * r->sample_s[r->n_samples - 1];
  const double step = r->n_samples > 1 ? 1e3 * (r->sample_s[1] - r->sample_s[0]) : 1.0;
  LG_NEW(ctx, one, m * r->n_samples);
  for (size_t q = 0; q < r->n_columns; q++) {
    const bool last = q + 1 == r->n_columns;
    for (size_t k = 0; k < m; k++)
      for (size_t s = 0; s < r->n_samples; s++)
        one[k * r->n_samples + s] = r->samples[(s * r->n_probes + which[k]) * r->n_columns + q];
    p.area.y = box.y + top + (double)q * h + head;
    p.y0 = (double)INFINITY;
    p.y1 = -(double)INFINITY;
    lg_range_extend(&p.y0, &p.y1, one, m * r->n_samples);
    lg_range_pad(&p.y0, &p.y1, 0.05);
    p.y_ticks = (int)(p.area.h / (2.4 * font)) + 1;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | (last ? LG_FRAME_X | LG_FRAME_LINE : 0u),
                  last ? "time (ms)" : NULL, NULL);
    lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, row_name(r, q));
    for (size_t k = 0; k < m; k++)
      LG_TRY(lg_plot_trace(ctx, &p, 0.0, step, one + k * r->n_samples, r->n_samples, legend[k].pen));
  }
done:
  lg_free(ctx, one);
  return status;
}

/* ---- beside another gate ------------------------------------------------------------------------------- */

/* The probe nearest to the middle of the first section. */
static size_t middle_probe(const calcium_view *v) {
  const double middle = 0.5 * v->c->sections[0].length_um;
  size_t best = v->c->n_probes;
  for (size_t k = 0; k < v->c->n_probes; k++) {
    if (v->c->probes[k].section != 0) continue;
    if (best == v->c->n_probes || fabs(v->c->probes[k].x_um - middle) < fabs(v->c->probes[best].x_um - middle))
      best = k;
  }
  return best;
}

static void take_series(const calcium_result *r, size_t probe, size_t quantity, double *out) {
  for (size_t s = 0; s < r->n_samples; s++) out[s] = r->samples[(s * r->n_probes + probe) * r->n_columns + quantity];
}

static lg_status draw_beside(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const size_t quantities[2] = {0, 3};
  static const char *const rows[2] = {"calcium in the cytosol (\xc2\xb5M)", "open probability"};
  const calcium_view *v = user;
  const calcium_result *all[2] = {v->beside.result, v->result};
  lg_status status = LG_OK;
  double *one = NULL;
  const size_t probe = middle_probe(v), n = v->result->n_samples;
  const lg_legend legend[2] = {{.text = v->beside.gate, .pen = {LG_INK_TEXT, 1.2, LG_DASH_SOLID, 1.0}, .mark = -1},
                               {.text = v->gate, .pen = {LG_INK_VERMILLION, 1.5, LG_DASH_LONG, 1.0}, .mark = -1}};
  const double font = 11.0, head = 1.9 * font, foot = 3.6 * font, top = 2.2 * font;
  const double h = (box.h - foot - top) / 2.0,
               step = n > 1 ? 1e3 * (v->result->sample_s[1] - v->result->sample_s[0]) : 1.0;
  lg_plot p = {.canvas = c, .font = font, .area = {box.x + 3.6 * font, 0.0, box.w - 5.0 * font, h - head}};
  p.x1 = 1e3 * v->result->sample_s[n - 1];
  (void)lg_legend_row(c, p.area.x, box.y + font, p.area.w, font, legend, 2);
  LG_NEW(ctx, one, 2 * n);
  for (size_t q = 0; q < 2; q++) {
    for (size_t k = 0; k < 2; k++) take_series(all[k], probe, quantities[q], one + k * n);
    p.area.y = box.y + top + (double)q * h + head;
    p.y0 = 0.0;
    p.y1 = -(double)INFINITY;
    lg_range_extend(&p.y0, &p.y1, one, 2 * n);
    lg_range_pad(&p.y0, &p.y1, 0.05);
    p.y_ticks = (int)(p.area.h / (2.4 * font)) + 1;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | (q == 1 ? LG_FRAME_X | LG_FRAME_LINE : 0u),
                  q == 1 ? "time (ms)" : NULL, NULL);
    lg_canvas_text(c, p.area.x, p.area.y - 0.5 * font, font, LG_INK_TEXT, LG_TEXT_BOLD, rows[q]);
    for (size_t k = 0; k < 2; k++) LG_TRY(lg_plot_trace(ctx, &p, 0.0, step, one + k * n, n, legend[k].pen));
  }
done:
  lg_free(ctx, one);
  return status;
}

/* ---- arrivals ------------------------------------------------------------------------------------------ */

static size_t n_arrived(const calcium_view *v) {
  size_t n = 0;
  for (size_t k = 0; k < v->c->n_probes; k++) n += isfinite(v->result->arrivals[k].up_s);
  return n;
}

static void mark_section(const calcium_view *v, const lg_plot *p, size_t section) {
  for (size_t k = 0; k < v->c->n_probes; k++) {
    const calcium_arrival *a = &v->result->arrivals[k];
    if (v->c->probes[k].section != section || !isfinite(a->up_s)) continue;
    lg_mark_at(p->canvas, lg_plot_x(p, v->c->probes[k].x_um), lg_plot_y(p, 1e3 * a->up_s), 3.2,
               section / MOST_TRACES % 2 ? LG_MARK_DIAMOND : LG_MARK_DISC, inks[section % MOST_TRACES]);
  }
}

static lg_status draw_arrivals(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const calcium_view *v = user;
  const double font = 11.0;
  double longest = 0.0, last = 0.0;
  for (size_t k = 0; k < v->c->n_sections; k++) longest = fmax(longest, v->c->sections[k].length_um);
  for (size_t k = 0; k < v->c->n_probes; k++)
    if (v->result->arrivals[k].up_s > last) last = v->result->arrivals[k].up_s;
  const lg_plot p = {.canvas = c,
                     .font = font,
                     .area = {box.x + 3.6 * font, box.y + 2.0 * font, box.w - 5.0 * font, box.h - 5.6 * font},
                     .x1 = longest,
                     .y1 = 1.05e3 * last};
  (void)ctx;
  lg_plot_frame(&p, LG_FRAME_USUAL, v->c->is_tree ? "place in its section (\xc2\xb5m)" : "place (\xc2\xb5m)",
                "arrival (ms)");
  for (size_t s = 0; s < v->c->n_sections; s++) mark_section(v, &p, s);
  return LG_OK;
}

/* ---- totals -------------------------------------------------------------------------------------------- */

static lg_status draw_totals(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  static const lg_legend legend[4] = {{.text = "free, cytosol", .pen = {LG_INK_BLUE, 1.4, 0, 1.0}, .mark = -1},
                                      {.text = "bound, cytosol", .pen = {LG_INK_GREEN, 1.4, 0, 1.0}, .mark = -1},
                                      {.text = "ER", .pen = {LG_INK_VERMILLION, 1.4, 0, 1.0}, .mark = -1},
                                      {.text = "all", .pen = {LG_INK_TEXT, 1.6, LG_DASH_LONG, 1.0}, .mark = -1}};
  const calcium_result *r = ((const calcium_view *)user)->result;
  lg_status status = LG_OK;
  double *x = NULL;
  const double font = 11.0, top = 2.2 * font;
  lg_plot p = {.canvas = c,
               .font = font,
               .area = {box.x + 3.6 * font, box.y + top + 2.0 * font, box.w - 5.0 * font, box.h - top - 5.6 * font},
               .x1 = 1e3 * r->sample_s[r->n_samples - 1]};
  const double step = r->n_samples > 1 ? 1e3 * (r->sample_s[1] - r->sample_s[0]) : 1.0;
  LG_NEW(ctx, x, 4 * r->n_samples);
  for (size_t s = 0; s < r->n_samples; s++) {
    for (size_t q = 0; q < 3; q++) x[q * r->n_samples + s] = r->totals[3 * s + q];
    x[3 * r->n_samples + s] = r->totals[3 * s] + r->totals[3 * s + 1] + r->totals[3 * s + 2];
  }
  lg_range_extend(&p.y0, &p.y1, x, 4 * r->n_samples);
  lg_range_pad(&p.y0, &p.y1, 0.05);
  p.y0 = 0.0;
  (void)lg_legend_row(c, p.area.x, box.y + font, p.area.w, font, legend, 4);
  lg_plot_frame(&p, LG_FRAME_USUAL, "time (ms)", "calcium (\xc2\xb5M \xc2\xb5m\xc2\xb3)");
  for (size_t q = 0; q < 4; q++)
    LG_TRY(lg_plot_trace(ctx, &p, 0.0, step, x + q * r->n_samples, r->n_samples, legend[q].pen));
done:
  lg_free(ctx, x);
  return status;
}

/* ---- the cable ----------------------------------------------------------------------------------------- */

static lg_status draw_cable(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const calcium_view *v = user;
  const cable_model *model = v->cable->model;
  const cable_result *r = v->cable->cable;
  lg_status status = LG_OK;
  lg_legend legend[MOST_TRACES];
  size_t which[MOST_TRACES], m = 0;
  const double font = 11.0;
  lg_plot p = {.canvas = c, .font = font, .x1 = (double)(r->n_samples - 1) * r->sample_ms, .y0 = (double)INFINITY};
  p.y1 = -p.y0;
  for (size_t k = 0; k < r->n_probes && m < MOST_TRACES; k++) {
    if (model->probes[k].quantity != CABLE_V) continue;
    lg_range_extend(&p.y0, &p.y1, r->values + k * r->n_samples, r->n_samples);
    which[m] = k;
    legend[m] = (lg_legend){.text = model->probes[k].name, .pen = {inks[m], 1.4, LG_DASH_SOLID, 1.0}, .mark = -1};
    m++;
  }
  const double top = lg_legend_height(box.w, font, legend, m) + font;
  p.area = (lg_box){box.x + 3.6 * font, box.y + top + font, box.w - 5.0 * font, box.h - top - 4.6 * font};
  lg_range_pad(&p.y0, &p.y1, 0.05);
  (void)lg_legend_row(c, p.area.x, box.y + font, p.area.w, font, legend, m);
  lg_plot_frame(&p, LG_FRAME_USUAL, "time (ms)", "mV");
  for (size_t k = 0; k < m; k++)
    LG_TRY(lg_plot_trace(ctx, &p, 0.0, r->sample_ms, r->values + which[k] * r->n_samples, r->n_samples, legend[k].pen));
done:
  return status;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

void lg_calcium_pictures(const calcium_view *v, lg_picture pictures[CALCIUM_PICTURES]) {
  const bool film = v->film && v->film->next > 1, series = v->c->n_probes > 0 && v->result->n_samples > 1;
  const lg_picture all[CALCIUM_PICTURES] = {
      {"space-time", "Space and time", 900.0, 640.0, film, draw_space_time},
      {"front", "The wave", 900.0, 280.0, film && front_frames(v) > 0, draw_front},
      {"beside", "Beside another gate", 900.0, 460.0,
       v->beside.result && series && middle_probe(v) < v->c->n_probes &&
           v->beside.result->n_samples == v->result->n_samples,
       draw_beside},
      {"traces", "Traces", 900.0, 160.0 * (double)v->result->n_columns, series, draw_traces},
      {"cable", "Voltage of the cable", 900.0, 280.0, lg_calcium_cable_has_voltages(v->cable), draw_cable},
      {"arrivals", "Arrivals", 640.0, 320.0, n_arrived(v) > 0, draw_arrivals},
      {"totals", "Where the calcium is", 640.0, 320.0, v->result->n_samples > 1, draw_totals}};
  memcpy(pictures, all, sizeof all);
}

void lg_calcium_words(const calcium_view *v, size_t which, char *text, size_t bytes) {
  char threshold[40], length[40];
  lg_format_short(v->c->threshold_uM, 4, threshold);
  lg_format_short(v->film ? v->film->length_um : 0.0, 4, length);
  switch (which) {
  case CALCIUM_SPACE_TIME:
    (void)snprintf(text, bytes,
                   "Upwards the path of %s \xc2\xb5m from the root to the farthest tip, to the right time; shades are "
                   "values.",
                   length);
    break;
  case CALCIUM_FRONT:
    (void)snprintf(text, bytes, "Calcium of the cytosol while the wave runs; its slope is the speed.");
    break;
  case CALCIUM_BESIDE:
    (void)snprintf(text, bytes, "The same case with gate %s (black) and with %s, at the probe next to mid-length.",
                   v->beside.gate, v->gate);
    break;
  case CALCIUM_TRACES:
    (void)snprintf(text, bytes, "At %s of the case's probes.", v->c->n_probes > MOST_TRACES ? "five" : "all");
    break;
  case CALCIUM_CABLE:
    (void)snprintf(text, bytes, "At the probes of the cell: what opens the dendrite's voltage-dependent channels.");
    break;
  case CALCIUM_ARRIVALS:
    (void)snprintf(text, bytes, "When calcium first rises above %s \xc2\xb5M at each probe%s.", threshold,
                   v->c->is_tree ? "; colours are sections" : "");
    break;
  default:
    (void)snprintf(text, bytes,
                   "Amounts in the whole dendrite; only flux through the plasma membrane changes their "
                   "sum.");
    break;
  }
}
