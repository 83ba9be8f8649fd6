/* Slices of a map through three planes, with bars of colours; densities of network against simulation. */
#include "twin/axon_map_figures.h"

#include "base/elementary.h"
#include "io/plot_image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is shown ---------------------------------------------------------------------------------------- */

typedef struct shown {
  const char *name, *title, *unit;
  const char *const *kinds; /* categories instead of values */
  size_t n_kinds;
} shown;

static const char *const injured_kinds[] = {"not injured", "injured"};
static const char *const range_kinds[] = {"in range", "out of range"};
static const char *const sd_names[] = {"sd-mt", "sd-axl", "sd-tau", "sd-nf"};
static const char *const error_names[] = {"error-mt", "error-axl", "error-tau", "error-nf"};
static const char *const sd_titles[] = {
    "Uncertainty of the network: strain of microtubules", "Uncertainty of the network: strain of the axolemma",
    "Uncertainty of the network: tau bonds lost", "Uncertainty of the network: neurofilaments lost"};
static const char *const error_titles[] = {
    "Error of the network: strain of microtubules", "Error of the network: strain of the axolemma",
    "Error of the network: tau bonds lost", "Error of the network: neurofilaments lost"};
static const char *const output_names[] = {"mt", "axl", "tau", "nf"};

static shown of_which(size_t which) {
  if (which < AXON_PICTURE_STRAIN)
    return (shown){output_names[which], lg_axon_output_names[which].title, lg_axon_output_names[which].unit, NULL, 0};
  if (which >= AXON_PICTURE_SD && which < AXON_PICTURE_ERROR) {
    const size_t q = which - AXON_PICTURE_SD;
    return (shown){sd_names[q], sd_titles[q], lg_axon_output_names[q].unit, NULL, 0};
  }
  if (which >= AXON_PICTURE_ERROR && which < AXON_PICTURE_SCATTER) {
    const size_t q = which - AXON_PICTURE_ERROR;
    return (shown){error_names[q], error_titles[q], lg_axon_output_names[q].unit, NULL, 0};
  }
  switch (which) {
  case AXON_PICTURE_STRAIN:
    return (shown){"strain", "Peak strain of the fibres", "", NULL, 0};
  case AXON_PICTURE_RATE:
    return (shown){"rate", "Peak strain rate of the fibres", "1/s", NULL, 0};
  case AXON_PICTURE_INJURED:
    return (shown){"injured", "Injury", "", injured_kinds, 2};
  case AXON_PICTURE_SOURCE:
    return (shown){"source", "Where the values come from", "", lg_axon_map_sources, 3};
  case AXON_PICTURE_RANGE:
    return (shown){"range", "Range of the network", "", range_kinds, 2};
  case AXON_PICTURE_NEAREST:
    return (shown){"nearest", "Distance to a profile that the network was trained on", "", NULL, 0};
  default:
    return (shown){"scatter", "Network against direct simulation", "", NULL, 0};
  }
}

static bool is_known(const axon_map *m, size_t which) {
  if (which == AXON_PICTURE_SCATTER) return m->net[0] && m->direct[0];
  if (which >= AXON_PICTURE_ERROR) return m->net[0] && m->direct[0];
  if (which >= AXON_PICTURE_RANGE) return m->net[0] != NULL;
  return true;
}

static float value_of(const axon_map *m, size_t which, size_t k) {
  if (which < AXON_PICTURE_STRAIN) return m->value[which][k];
  if (which >= AXON_PICTURE_ERROR) {
    const size_t q = which - AXON_PICTURE_ERROR;
    return fabsf(m->net[q][k] - m->direct[q][k]);
  }
  if (which >= AXON_PICTURE_SD) return m->sd[which - AXON_PICTURE_SD][k];
  switch (which) {
  case AXON_PICTURE_STRAIN:
    return m->peak_strain[k];
  case AXON_PICTURE_RATE:
    return m->peak_rate[k];
  case AXON_PICTURE_INJURED:
    return m->source[k] == AXON_MAP_FAILED ? (float)NAN : (float)m->injured[k];
  case AXON_PICTURE_SOURCE:
    return (float)m->source[k];
  case AXON_PICTURE_RANGE:
    return m->in_range[k] ? 0.0f : 1.0f;
  default:
    return m->nearest[k];
  }
}

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* Upper end of the colours: few voxels lie above it, so that one of them does not darken all others. */
static lg_status upper_end(lg_ctx *ctx, const axon_map *m, size_t which, double *high, bool *beyond) {
  lg_status status = LG_OK;
  float *x = NULL;
  size_t n = 0;
  LG_NEW(ctx, x, m->n);
  for (size_t k = 0; k < m->n; k++)
    if (isfinite(value_of(m, which, k))) x[n++] = value_of(m, which, k);
  qsort(x, n, sizeof *x, by_value);
  *high = n > 0 ? (double)x[(size_t)floor(0.998 * (double)(n - 1))] : 1.0;
  *beyond = n > 0 && (double)x[n - 1] > *high;
  if (!(*high > 0.0)) *high = n > 0 && (double)x[n - 1] > 0.0 ? (double)x[n - 1] : 1.0;
done:
  lg_free(ctx, x);
  return status;
}

/* ---- slices ----------------------------------------------------------------------------------------------- */

/* A plane: what runs along its rows (upwards) and columns (to the right), and which way. */
typedef struct plane {
  const char *name;
  char axis; /* what is constant */
  size_t fixed, up, right;
  bool reversed; /* columns run against the axis: left of the body at the left */
  const char *top, *bottom, *left_side, *right_side;
} plane;

static const plane planes[3] = {{"axial", 'z', 2, 0, 1, true, "A", "P", "L", "R"},
                                {"coronal", 'x', 0, 2, 1, true, "S", "I", "L", "R"},
                                {"sagittal", 'y', 1, 2, 0, false, "S", "I", "P", "A"}};

static size_t nearest_cell(const axon_map_grid *g, size_t axis, double mm) {
  const double at = floor((mm - g->origin_mm[axis]) / g->spacing_mm + 0.5);
  return at <= 0.0 ? 0 : at >= (double)(g->n[axis] - 1) ? g->n[axis] - 1 : (size_t)at;
}

static void fill_slice(const axon_map *m, size_t which, const plane *p, size_t at, float *image) {
  const axon_map_grid *g = &m->grid;
  for (size_t k = 0; k < g->n[p->up] * g->n[p->right]; k++) image[k] = (float)NAN;
  for (size_t k = 0; k < m->n; k++) {
    const size_t cell = g->cell[k], index[3] = {cell / g->n[2] / g->n[1], cell / g->n[2] % g->n[1], cell % g->n[2]};
    if (index[p->fixed] != at) continue;
    const size_t column = p->reversed ? g->n[p->right] - 1 - index[p->right] : index[p->right];
    image[index[p->up] * g->n[p->right] + column] = value_of(m, which, k);
  }
}

static void put_label(lg_canvas *c, double x, double y, const char *text) {
  lg_canvas_text(c, x, y, 12, LG_INK_MUTED, LG_TEXT_MIDDLE | LG_TEXT_BOLD, text);
}

/* Colours from low to high of one picture. */
typedef struct scale {
  double low, high;
  bool beyond; /* some voxels lie above */
} scale;

static lg_status scale_of(lg_ctx *ctx, const axon_map_view *v, const shown *s, scale *out) {
  *out = (scale){-0.35, (double)s->n_kinds - 0.65, false};
  return s->kinds ? LG_OK : (out->low = 0.0, upper_end(ctx, v->map, v->which, &out->high, &out->beyond));
}

static lg_status draw_plane(lg_ctx *ctx, const axon_map_view *v, const plane *p, const scale *colours, lg_canvas *c,
                            lg_box area) {
  lg_status status = LG_OK;
  const axon_map_grid *g = &v->map->grid;
  const size_t at = nearest_cell(g, p->fixed, v->at_mm[p->fixed]);
  const lg_plot plot = {.canvas = c, .area = area, .x1 = 1, .y1 = 1};
  float *image = NULL;
  char words[80], mm[40];
  LG_NEW(ctx, image, g->n[p->up] * g->n[p->right]);
  fill_slice(v->map, v->which, p, at, image);
  LG_TRY(lg_plot_image(ctx, &plot, image, g->n[p->up], g->n[p->right], colours->low, colours->high));
  put_label(c, area.x + 0.5 * area.w, area.y - 5, p->top);
  put_label(c, area.x + 0.5 * area.w, area.y + area.h + 14, p->bottom);
  put_label(c, area.x - 9, area.y + 0.5 * area.h + 4, p->left_side);
  put_label(c, area.x + area.w + 9, area.y + 0.5 * area.h + 4, p->right_side);
  lg_format_fixed(g->origin_mm[p->fixed] + g->spacing_mm * (double)at, 0, mm);
  (void)snprintf(words, sizeof words, "%s, %c = %s mm", p->name, p->axis, mm);
  lg_canvas_text(c, area.x + 0.5 * area.w, area.y - 24, 12, LG_INK_TEXT, LG_TEXT_MIDDLE, words);
done:
  lg_free(ctx, image);
  return status;
}

static void put_length(lg_canvas *c, double x, double y, double px_per_mm) {
  const lg_pen pen = {LG_INK_TEXT, 1.5, LG_DASH_SOLID, 0};
  lg_canvas_line(c, x, y, x + 50 * px_per_mm, y, pen);
  lg_canvas_line(c, x, y - 3, x, y + 3, pen);
  lg_canvas_line(c, x + 50 * px_per_mm, y - 3, x + 50 * px_per_mm, y + 3, pen);
  lg_canvas_text(c, x + 25 * px_per_mm, y - 6, 11, LG_INK_TEXT, LG_TEXT_MIDDLE, "50 mm");
}

/* Patches of categories, or a bar of values. */
static void put_key(lg_canvas *c, const axon_map_view *v, const shown *s, const scale *colours, lg_box bar) {
  const bool distance = v->which == AXON_PICTURE_NEAREST;
  for (size_t k = 0; k < s->n_kinds; k++) {
    const double value = ((double)k - colours->low) / (colours->high - colours->low), y = bar.y + 22.0 * (double)k;
    lg_canvas_rect(c, (lg_box){bar.x, y, 14, 14}, lg_ink_shade(value), 1.0);
    lg_canvas_text(c, bar.x + 20, y + 11, 11, LG_INK_TEXT, LG_TEXT_START, s->kinds[k]);
  }
  if (s->kinds) return;
  lg_plot_shade_bar(c, bar, colours->low, colours->high, 11, distance ? "distance" : *s->unit ? s->unit : "strain");
  if (colours->beyond)
    lg_canvas_text(c, bar.x, bar.y + bar.h + 15, 10, LG_INK_MUTED, LG_TEXT_START, "lightest: and above");
}

static lg_status draw_slices(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  lg_status status = LG_OK;
  const axon_map_view *v = user;
  const axon_map_grid *g = &v->map->grid;
  const shown s = of_which(v->which);
  const double key = 112, gap = 44, head = 60, foot = 22;
  double mm_wide = 0.0, mm_high = 0.0, x = box.x + 16;
  scale colours;
  LG_TRY(scale_of(ctx, v, &s, &colours));
  for (size_t k = 0; k < 3; k++) {
    mm_wide += (double)g->n[planes[k].right] * g->spacing_mm;
    mm_high = fmax(mm_high, (double)g->n[planes[k].up] * g->spacing_mm);
  }
  const double px = fmin((box.w - key - 3 * gap) / mm_wide, (box.h - head - foot) / mm_high);
  lg_canvas_text(c, box.x, box.y + 12, 14, LG_INK_TEXT, LG_TEXT_START | LG_TEXT_BOLD, s.title);
  for (size_t k = 0; k < 3; k++) {
    const double w = px * g->spacing_mm * (double)g->n[planes[k].right],
                 h = px * g->spacing_mm * (double)g->n[planes[k].up];
    LG_TRY(draw_plane(ctx, v, &planes[k], &colours, c, (lg_box){x, box.y + head + 0.5 * (px * mm_high - h), w, h}));
    x += w + gap;
  }
  put_key(c, v, &s, &colours, (lg_box){x + 6, box.y + head + 6, 16, fmin(px * mm_high - 30, 200)});
  put_length(c, x + 6, box.y + head + px * mm_high + 6, px);
done:
  return status;
}

/* ---- network against simulation ---------------------------------------------------------------------------- */

enum { BINS = 110 };

/* Voxels of each cell of the plane, as logarithm; none: paper. */
static lg_status draw_density(lg_ctx *ctx, const axon_map *m, size_t q, lg_canvas *c, lg_box area) {
  lg_status status = LG_OK;
  float *image = NULL, most = 1.0f;
  double high = 0.0;
  axon_agreement a;
  char words[120], r2[40], nrmse[40], label[120];
  LG_TRY(lg_axon_map_agreement(ctx, m, q, false, &a));
  for (size_t k = 0; k < m->n; k++)
    if (isfinite(m->direct[q][k])) high = fmax(high, fmax((double)m->direct[q][k], (double)m->net[q][k]));
  if (!(high > 0.0) || !isfinite(high)) high = 1.0;
  LG_NEW(ctx, image, (size_t)BINS * BINS);
  for (size_t k = 0; k < m->n; k++) {
    if (!isfinite(m->direct[q][k])) continue;
    const double x = (double)m->direct[q][k] / high * BINS, y = fmax(0.0, (double)m->net[q][k] / high * BINS);
    image[(size_t)fmin(y, BINS - 1) * BINS + (size_t)fmin(x, BINS - 1)] += 1.0f;
  }
  for (size_t k = 0; k < (size_t)BINS * BINS; k++) {
    image[k] = image[k] > 0.0f ? (float)lg_ln(1.0 + (double)image[k]) : (float)NAN;
    if (isfinite(image[k])) most = fmaxf(most, image[k]);
  }
  const lg_plot plot = {.canvas = c, .area = area, .x1 = high, .y1 = high};
  const char *unit = *lg_axon_output_names[q].unit ? " (%)" : "";
  (void)snprintf(label, sizeof label, "direct%s", unit);
  (void)snprintf(words, sizeof words, "network%s", unit);
  lg_plot_frame(&plot, LG_FRAME_USUAL, label, words);
  LG_TRY(lg_plot_image(ctx, &plot, image, BINS, BINS, 0.0, (double)most));
  lg_canvas_line(c, area.x, area.y + area.h, area.x + area.w, area.y, (lg_pen){LG_INK_TEXT, 1, LG_DASH_LONG, 0});
  lg_format_fixed(a.r2, 4, r2);
  lg_format_fixed(a.nrmse_pct, 2, nrmse);
  lg_canvas_text(c, area.x, area.y - 30, 12, LG_INK_TEXT, LG_TEXT_START | LG_TEXT_BOLD, lg_axon_output_names[q].title);
  (void)snprintf(words, sizeof words, "R\xc2\xb2 %s, NRMSE %s %%", r2, nrmse);
  lg_canvas_text(c, area.x + area.w, area.y - 14, 11, LG_INK_TEXT, LG_TEXT_END, words);
done:
  lg_free(ctx, image);
  return status;
}

static lg_status draw_scatter(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const axon_map_view *v = user;
  const double left = 50, top = 46, bottom = 42, gap_x = 64, gap_y = 88;
  const double side = fmin((box.w - left - gap_x - 10) / 2, (box.h - top - bottom - gap_y) / 2);
  lg_status status = LG_OK;
  for (size_t q = 0; q < AXON_PREDICTED && status == LG_OK; q++) {
    const size_t column = q % 2, row = q / 2;
    status = draw_density(ctx, v->map, q, c,
                          (lg_box){box.x + left + (double)column * (side + gap_x),
                                   box.y + top + (double)row * (side + gap_y), side, side});
  }
  return status;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

lg_picture lg_axon_map_picture(const axon_map_view *v) {
  const shown s = of_which(v->which);
  const bool scatter = v->which == AXON_PICTURE_SCATTER, known = is_known(v->map, v->which);
  return (lg_picture){s.name,
                      s.title,
                      scatter ? 720.0 : 960.0,
                      scatter ? 760.0 : 380.0,
                      known && (scatter || v->map->grid.n[0] > 0),
                      scatter ? draw_scatter : draw_slices};
}

void lg_axon_map_picture_words(const axon_map_view *v, char *text, size_t bytes) {
  const shown s = of_which(v->which);
  if (v->which == AXON_PICTURE_SCATTER) {
    (void)snprintf(
        text, bytes,
        "Every voxel by direct simulation (to the right) and by the network (upwards); lighter cells hold more "
        "voxels, logarithmically; on the dashed line both agree.");
    return;
  }
  if (v->which == AXON_PICTURE_NEAREST) {
    (void)snprintf(text, bytes,
                   "Distance of each voxel's strain profile to a training profile: out of range to the nearest one, in "
                   "range to the first that was found near enough.");
    return;
  }
  (void)snprintf(
      text, bytes, "%s%s%s%s in an axial, a coronal and a sagittal plane; left of the body is at the left.%s", s.title,
      *s.unit ? " (" : "", s.unit, *s.unit ? ")" : "", s.kinds ? "" : " The bar ends at the 99.8th percentile.");
}

lg_status lg_axon_map_pictures(lg_ctx *ctx, const char *folder, const axon_map *map, const double at_mm[3]) {
  for (size_t which = 0; which < AXON_PICTURES; which++) {
    const axon_map_view view = {map, {at_mm[0], at_mm[1], at_mm[2]}, which};
    const lg_picture picture = lg_axon_map_picture(&view);
    const lg_status status = lg_folder_pictures(ctx, folder, &picture, 1, &view);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}
