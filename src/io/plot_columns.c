#include "io/plot_columns.h"

#include <math.h>
#include <string.h>

enum { MOST_PANELS = 8, N_PENS = 7, MOST_ENTRIES = 24 };

/** Bytes of "quantity_unit" at the front of a name. */
static size_t stem_of(const char *name) {
  const char *first = strchr(name, '_');
  if (!first) return strlen(name);
  const char *second = strchr(first + 1, '_');
  return second ? (size_t)(second - name) : strlen(name);
}

static bool same_stem(const char *a, const char *b) {
  return stem_of(a) == stem_of(b) && strncmp(a, b, stem_of(a)) == 0;
}

/** "v_mV_soma" -> "membrane potential (mV)", "cai_mM" -> "cai (mM)". */
static void label_of(const char *name, char *text, size_t bytes) {
  const size_t n = stem_of(name);
  const char *unit = memchr(name, '_', n);
  if (!unit) (void)snprintf(text, bytes, "%.*s", (int)n, name);
  else if (unit - name == 1 && name[0] == 'v')
    (void)snprintf(text, bytes, "membrane potential (%.*s)", (int)(n - 2), unit + 1);
  else
    (void)snprintf(text, bytes, "%.*s (%.*s)", (int)(unit - name), name, (int)(n - (size_t)(unit - name) - 1),
                   unit + 1);
}

static lg_pen pen_of(size_t k, double font) {
  static const lg_ink inks[N_PENS] = {LG_INK_TEXT,   LG_INK_VERMILLION, LG_INK_BLUE, LG_INK_GREEN,
                                      LG_INK_ORANGE, LG_INK_PURPLE,     LG_INK_SKY};
  return (lg_pen){inks[k % N_PENS], 0.1 * font, (lg_dash)(k % LG_DASH_COUNT), 1.0};
}

/** Places in the order in which they come: all columns of a place have one pen. */
static size_t place_of(const lg_plot_column *columns, size_t k) {
  const char *place = columns[k].name + stem_of(columns[k].name);
  size_t index = 0;
  if (!place[0]) return 0;
  for (size_t i = 0; i < k; i++) {
    const char *other = columns[i].name + stem_of(columns[i].name);
    if (strcmp(other, place) == 0) return place_of(columns, i);
    bool first = true;
    for (size_t j = 0; j < i && first; j++) first = strcmp(columns[j].name + stem_of(columns[j].name), other) != 0;
    index += first;
  }
  return index;
}

static double draw_legend(const lg_plot_column *columns, size_t n, lg_canvas *c, lg_box box, double font) {
  lg_legend entries[MOST_ENTRIES];
  size_t n_entries = 0;
  for (size_t k = 0; k < n && n_entries < MOST_ENTRIES; k++) {
    const char *place = columns[k].name + stem_of(columns[k].name);
    if (place_of(columns, k) != n_entries || !place[0]) continue;
    entries[n_entries] = (lg_legend){.text = place + 1, .pen = pen_of(n_entries, 1.4 * font), .mark = -1};
    n_entries++;
  }
  if (n_entries == 0) return 0;
  return lg_legend_row(c, box.x, box.y + font, box.w, font, entries, n_entries) + 0.4 * font;
}

/** First columns of each quantity. */
static size_t find_panels(const lg_plot_column *columns, size_t n, size_t firsts[MOST_PANELS]) {
  size_t n_panels = 0;
  for (size_t k = 0; k < n; k++) {
    bool known = false;
    for (size_t i = 0; i < n_panels && !known; i++) known = same_stem(columns[k].name, columns[firsts[i]].name);
    if (!known && n_panels < MOST_PANELS) firsts[n_panels++] = k;
  }
  return n_panels;
}

lg_status lg_plot_columns(lg_ctx *ctx, const lg_plot_column *columns, size_t n_columns, size_t n, double t0_ms,
                          double dt_ms, double from_ms, double to_ms, double font, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  size_t firsts[MOST_PANELS];
  if (n < 2 || n_columns == 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%zu samples of %zu columns: nothing to draw", n, n_columns);
  if (!(to_ms > from_ms)) from_ms = t0_ms, to_ms = t0_ms + (double)(n - 1) * dt_ms;
  const size_t n_panels = find_panels(columns, n_columns, firsts);
  const double top = box.y + draw_legend(columns, n_columns, c, box, font) + 1.8 * font;
  const double bottom = box.y + box.h - 3.1 * font, gap = 2.6 * font;
  const double high = (bottom - top - gap * (double)(n_panels - 1)) / (double)n_panels;
  const double a = ceil((from_ms - t0_ms) / dt_ms), b = floor((to_ms - t0_ms) / dt_ms);
  const size_t begin = a > 0 ? (a < (double)n ? (size_t)a : n - 1) : 0,
               end = b < (double)n - 1 ? (b > 0 ? (size_t)b : 0) : n - 1;
  for (size_t i = 0; i < n_panels; i++) {
    char label[96];
    lg_plot p = {
        .canvas = c, .font = font, .x0 = from_ms, .x1 = to_ms, .y0 = (double)INFINITY, .y1 = -(double)INFINITY};
    p.area = (lg_box){box.x + 4.4 * font, top + (double)i * (high + gap), box.w - 5.2 * font, high};
    for (size_t k = firsts[i]; k < n_columns && end >= begin; k++)
      if (same_stem(columns[k].name, columns[firsts[i]].name))
        lg_range_extend(&p.y0, &p.y1, columns[k].y + begin, end - begin + 1);
    lg_range_pad(&p.y0, &p.y1, 0.05);
    label_of(columns[firsts[i]].name, label, sizeof label);
    const unsigned last = i + 1 == n_panels ? LG_FRAME_X | LG_FRAME_LINE : 0;
    lg_plot_frame(&p, LG_FRAME_Y | LG_FRAME_Y_GRID | last, last ? "time (ms)" : NULL, label);
    for (size_t k = firsts[i]; k < n_columns; k++)
      if (same_stem(columns[k].name, columns[firsts[i]].name))
        LG_TRY(lg_plot_trace(ctx, &p, t0_ms, dt_ms, columns[k].y, n, pen_of(place_of(columns, k), font)));
  }
done:
  return status;
}
