/* Figures of an identified culture: the movie with its cells, the graph, and the list of all of them. */
#include "twin/culture_figures.h"

#include "base/elementary.h"
#include "io/plot_image.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

static const double font = LG_CULTURE_FONT;

/* The value below which a share of x lies; x is reordered. */
static double share_of(double *x, size_t n, double share) {
  return lg_select(x, n, (size_t)(share * (double)(n - 1) + 0.5));
}

static lg_status range_of(lg_ctx *ctx, const float *x, size_t n, double share, double *low, double *high) {
  double *copy = lg_alloc(ctx, n, sizeof *copy);
  size_t m = 0;
  if (!copy) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++)
    if (isfinite(x[k])) copy[m++] = (double)x[k];
  *low = m > 0 ? share_of(copy, m, share) : 0.0;
  *high = m > 0 ? share_of(copy, m, 1.0 - share) : 1.0;
  if (!(*high > *low)) *high = *low + 1.0;
  lg_free(ctx, copy);
  return LG_OK;
}

/* ---- movie ------------------------------------------------------------------------------------------------- */

static void tone(const float *x, size_t n, double low, double high, bool shades, uint8_t *rgb) {
  for (size_t k = 0; k < n; k++) {
    const double v = fmin(fmax(((double)x[k] - low) / (high - low), 0.0), 1.0);
    const uint32_t c = shades ? lg_ink_light(lg_ink_shade(v)) : (uint32_t)(255.0 * v + 0.5) * 0x010101u;
    rgb[3 * k] = (uint8_t)(c >> 16), rgb[3 * k + 1] = (uint8_t)(c >> 8), rgb[3 * k + 2] = (uint8_t)c;
  }
}

/* Borders of labels as thin boxes, runs of them as one. */
static size_t outline(const culture_stills *s, lg_box area, double thick, lg_box *boxes) {
  const double px = area.w / (double)s->width, py = area.h / (double)s->height;
  const uint32_t *l = s->label;
  size_t n = 0;
  for (size_t y = 1; y < s->height; y++)
    for (size_t x = 0; x < s->width; x++) {
      const size_t begin = x;
      while (x < s->width && l[y * s->width + x] != l[(y - 1) * s->width + x]) x++;
      if (x > begin)
        boxes[n++] =
            (lg_box){area.x + (double)begin * px, area.y + (double)y * py - thick / 2, (double)(x - begin) * px, thick};
    }
  for (size_t x = 1; x < s->width; x++)
    for (size_t y = 0; y < s->height; y++) {
      const size_t begin = y;
      while (y < s->height && l[y * s->width + x] != l[y * s->width + x - 1]) y++;
      if (y > begin)
        boxes[n++] =
            (lg_box){area.x + (double)x * px - thick / 2, area.y + (double)begin * py, thick, (double)(y - begin) * py};
    }
  return n;
}

static lg_status draw_still(lg_ctx *ctx, const culture_stills *s, const float *x, const double range[2], bool shades,
                            lg_canvas *c, lg_box area) {
  lg_status status = LG_OK;
  uint8_t *rgb = NULL;
  lg_box *boxes = NULL;
  const size_t n = s->height * s->width;
  LG_NEW(ctx, rgb, 3 * n);
  LG_NEW(ctx, boxes, 2 * n);
  tone(x, n, range[0], range[1], shades, rgb);
  lg_canvas_image(c, area, rgb, s->width, s->height);
  lg_canvas_rects(c, boxes, outline(s, area, 0.9, boxes), shades ? LG_INK_PAPER : LG_INK_YELLOW, 0.75);
done:
  lg_free(ctx, rgb);
  lg_free(ctx, boxes);
  return status;
}

/* A bar whose length is a round number of µm (or of pixels where the file does not say what a pixel is). */
static void scale_bar(const culture_view *v, lg_canvas *c, lg_box area) {
  static const double rounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000};
  const bool known = isfinite(v->pixel_um) && v->pixel_um > 0.0;
  const double unit = (known ? v->pixel_um : 1.0) * (double)v->stills->shrink * (double)v->stills->width / area.w;
  double length = rounds[0];
  char text[48], number[40];
  for (size_t k = 0; k < sizeof rounds / sizeof rounds[0]; k++)
    if (rounds[k] <= 0.25 * area.w * unit) length = rounds[k];
  const double w = length / unit, x = area.x + area.w - w - 8.0, y = area.y + area.h - 9.0;
  lg_format_short(length, 4, number);
  (void)snprintf(text, sizeof text, "%s %s", number, known ? "\xc2\xb5m" : "px");
  lg_canvas_round_rect(c, (lg_box){x - 4.0, y - 1.5 * font, w + 8.0, 1.5 * font + 7.0}, 3.0, LG_INK_PAPER, 0.8);
  lg_canvas_rect(c, (lg_box){x, y, w, 3.0}, LG_INK_TEXT, 1.0);
  lg_canvas_text(c, x + w / 2, y - 4.0, 0.9 * font, LG_INK_TEXT, LG_TEXT_MIDDLE, text);
}

static lg_status draw_movie(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const culture_stills *s = v->stills;
  const size_t n = s->height * s->width;
  lg_status status = LG_OK;
  double mean[2], correlation[2], frame[2];
  char title[96];
  LG_TRY(range_of(ctx, s->mean, n, 0.003, &mean[0], &mean[1]));
  LG_TRY(range_of(ctx, s->correlation, n, 0.02, &correlation[0], &correlation[1]));
  LG_TRY(range_of(ctx, s->frame, n, 0.003, &frame[0], &frame[1]));
  const double gap = 14.0, head = 1.8 * font, w = (box.w - 2 * gap) / 3.0;
  lg_box area = {box.x, box.y + head, w, w * (double)s->height / (double)s->width};
  lg_canvas_text(c, area.x, box.y + font, font, LG_INK_TEXT, LG_TEXT_BOLD, "mean of the movie");
  LG_TRY(draw_still(ctx, s, s->mean, mean, false, c, area));
  scale_bar(v, c, area);
  area.x += w + gap;
  lg_canvas_text(c, area.x, box.y + font, font, LG_INK_TEXT, LG_TEXT_BOLD, "correlation with the neighbour pixels");
  LG_TRY(draw_still(ctx, s, s->correlation, correlation, true, c, area));
  area.x += w + gap;
  if (s->has_event)
    (void)snprintf(title, sizeof title, "frame %zu, after the largest event (cell %u)", s->frame_at,
                   v->graph->id[s->at_cell]);
  else (void)snprintf(title, sizeof title, "frame %zu, the brightest", s->frame_at);
  lg_canvas_text(c, area.x, box.y + font, font, LG_INK_TEXT, LG_TEXT_BOLD, title);
  LG_TRY(draw_still(ctx, s, s->frame, frame, false, c, area));
done:
  return status;
}

/* ---- graph ------------------------------------------------------------------------------------------------- */

/* What a law makes of a border, its mean over the edges 1. */
static void weigh_edges(const culture_view *v, double *w) {
  const lg_culture_graph *g = v->graph;
  double sum = 0.0;
  for (size_t e = 0; e < g->n_edges; e++) {
    const culture_edge *d = &g->edges[e];
    switch (v->result->law) {
    case CULTURE_UL_DEGREE:
      w[e] = d->u_px * d->l_px;
      break;
    case CULTURE_L_DEGREE:
      w[e] = d->l_px;
      break;
    case CULTURE_LU_AREA:
      w[e] = d->l_px / d->u_px;
      break;
    default:
      w[e] = 1.0;
    }
    sum += w[e];
  }
  for (size_t e = 0; e < g->n_edges; e++) w[e] *= (double)g->n_edges / sum;
}

typedef struct layout {
  lg_box area;
  double x0, y0, px; /* what stands at the area's corner; px of the figure per px of the movie */
} layout;

static double width_of_cells(const lg_culture_graph *g, double low[2], double high[2]) {
  double area = 0.0;
  low[0] = low[1] = (double)INFINITY, high[0] = high[1] = -(double)INFINITY;
  for (size_t i = 0; i < g->n; i++) {
    lg_range_extend(&low[0], &high[0], &g->cx_px[i], 1);
    lg_range_extend(&low[1], &high[1], &g->cy_px[i], 1);
    area += g->area_px[i] / (double)g->n;
  }
  return sqrt(area);
}

static layout place(const culture_view *v, lg_box box) {
  double low[2], high[2];
  const double pad = 0.6 * width_of_cells(v->graph, low, high);
  layout l = {.area = box, .x0 = low[0] - pad, .y0 = low[1] - pad};
  const double w = high[0] - low[0] + 2 * pad, h = high[1] - low[1] + 2 * pad;
  l.px = fmin(box.w / w, box.h / h);
  l.area.x += 0.5 * (box.w - w * l.px);
  l.area.w = w * l.px;
  l.area.h = h * l.px;
  return l;
}

/* Height of the graph's figure for a width of its area. */
static double graph_height(const culture_view *v, double width, double most) {
  double low[2], high[2];
  const double pad = 0.6 * width_of_cells(v->graph, low, high);
  return fmin(most, width * (high[1] - low[1] + 2 * pad) / (high[0] - low[0] + 2 * pad));
}

static lg_point at(const layout *l, const lg_culture_graph *g, size_t i) {
  return (lg_point){l->area.x + (g->cx_px[i] - l->x0) * l->px, l->area.y + (g->cy_px[i] - l->y0) * l->px};
}

static void draw_cells(const culture_view *v, const layout *l, const double range[2], lg_canvas *c) {
  const lg_culture_graph *g = v->graph;
  const lg_culture_result *r = v->result;
  for (size_t i = 0; i < g->n; i++) {
    const lg_point p = at(l, g, i);
    if (g->is_border[i]) lg_mark_at(c, p.x, p.y, 4.0, LG_MARK_RING, LG_INK_MUTED);
  }
  for (size_t k = 0; k < r->n_inner; k++) {
    const lg_point p = at(l, g, r->inner[k]);
    const double radius = fmin(fmax(0.28 * l->px * sqrt(g->area_px[r->inner[k]]), 3.5), 11.0);
    lg_canvas_disc(c, p.x, p.y, radius, lg_ink_shade((r->gamma[k] - range[0]) / (range[1] - range[0])),
                   (lg_pen){LG_INK_TEXT, 0.8, LG_DASH_SOLID, 1.0});
    if (radius < 7.5 || g->id[r->inner[k]] > 999) continue;
    char text[16];
    (void)snprintf(text, sizeof text, "%u", g->id[r->inner[k]]);
    lg_canvas_text(c, p.x + radius + 1.5, p.y - 0.5 * radius, 0.68 * font, LG_INK_TEXT, 0, text);
  }
}

static lg_status draw_graph(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box) {
  const culture_view *v = user;
  const lg_culture_graph *g = v->graph;
  const lg_culture_result *r = v->result;
  lg_status status = LG_OK;
  double *block = NULL;
  LG_NEW(ctx, block, r->n_inner + g->n_edges);
  double *weight = block + r->n_inner;
  memcpy(block, r->gamma, r->n_inner * sizeof *block);
  double range[2] = {share_of(block, r->n_inner, 0.02), share_of(block, r->n_inner, 0.98)};
  if (!(range[1] > range[0])) lg_range_pad(&range[0], &range[1], 0.1);
  weigh_edges(v, weight);
  const double side = 9.0 * font;
  const layout l = place(v, (lg_box){box.x, box.y, box.w - side, box.h});
  for (size_t e = 0; e < g->n_edges; e++) {
    const lg_point p = at(&l, g, g->edges[e].i), q = at(&l, g, g->edges[e].j);
    lg_canvas_line(c, p.x, p.y, q.x, q.y,
                   (lg_pen){LG_INK_MUTED, 0.4 + 1.3 * fmin(weight[e], 3.0), LG_DASH_SOLID, 0.55});
  }
  draw_cells(v, &l, range, c);
  const double x = box.x + box.w - side + 1.2 * font;
  lg_plot_shade_bar(c, (lg_box){x, box.y + 3.2 * font, 0.9 * font, fmin(box.h - 8.0 * font, 240.0)}, range[0], range[1],
                    font, "feed per frame");
  lg_mark_at(c, x + 0.4 * font, box.y + box.h - 2.2 * font, 4.0, LG_MARK_RING, LG_INK_MUTED);
  lg_canvas_text(c, x + 1.2 * font, box.y + box.h - 1.9 * font, 0.9 * font, LG_INK_TEXT, 0, "border cell");
done:
  lg_free(ctx, block);
  return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

void lg_culture_pictures(const culture_view *v, lg_picture pictures[CULTURE_FIGURES]) {
  const lg_culture_graph *g = v->graph;
  const lg_culture_result *r = v->result;
  size_t chosen[12];
  const bool places = g->cy_px && g->cx_px && g->n > 1;
  const double rows = ceil((double)lg_culture_chosen_fits(r, chosen) / 3.0);
  const double still = v->stills ? (960.0 - 56.0) / 3.0 * (double)v->stills->height / (double)v->stills->width : 0.0;
  const lg_picture all[CULTURE_FIGURES] = {
      [CULTURE_FIGURE_MOVIE] = {"movie", "The movie and its cells", 960.0, still + 52.0, v->stills != NULL, draw_movie},
      [CULTURE_FIGURE_GRAPH] = {"graph", "Who touches whom, and each cell's effective feed", 900.0,
                                places ? graph_height(v, 900.0 - 28.0 - 9.0 * font, 760.0) + 28.0 : 0.0, places,
                                draw_graph},
      [CULTURE_FIGURE_FITS] = {"fits", "How well cells are met", 960.0, 60.0 + 156.0 * rows, rows > 0.0,
                               lg_culture_draw_fits},
      [CULTURE_FIGURE_PROFILE] = {"profile", "How sharply the data decide k", 620.0, 330.0, true,
                                  lg_culture_draw_profile},
      [CULTURE_FIGURE_REPLICATES] = {"replicates", "k of resampled data", 620.0, 330.0, r->n_replicates > 0,
                                     lg_culture_draw_replicates},
      [CULTURE_FIGURE_EVENTS] = {"events", "Traces and events", 960.0, 640.0, true, lg_culture_draw_events},
      [CULTURE_FIGURE_FEEDS] = {"feeds", "Effective feeds", 960.0, 320.0, true, lg_culture_draw_feeds},
      [CULTURE_FIGURE_TRAINING] = {"training", "Training of the network", 960.0, 300.0, r->pinn.n_history > 1,
                                   lg_culture_draw_training},
  };
  memcpy(pictures, all, sizeof all);
}
