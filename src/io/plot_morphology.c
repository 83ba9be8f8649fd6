#include "io/plot_morphology.h"

#include "io/plot.h"

#include <limits.h>
#include <math.h>

const char *lg_section_type_name(int type, char *buffer) {
  static const char *const names[] = {"undefined", "soma", "axon", "basal dendrite", "apical dendrite"};
  if (type >= 0 && type < 5) return names[type];
  (void)snprintf(buffer, 32, "type %d", type);
  return buffer;
}

lg_ink lg_section_type_ink(int type) {
  static const lg_ink inks[] = {LG_INK_MUTED, LG_INK_TEXT, LG_INK_BLUE, LG_INK_GREEN, LG_INK_VERMILLION};
  static const lg_ink others[] = {LG_INK_PURPLE, LG_INK_ORANGE, LG_INK_SKY};
  if (type >= 0 && type < 5) return inks[type];
  return others[(unsigned)type % 3];
}

/* ---- projection -------------------------------------------------------------------------------- */

typedef struct projection {
  const lg_morphology *m;
  int right, up;
  double scale, x0, y0; /* px = x0 + scale * um */
} projection;

static double coordinate(const lg_morphology_point *p, int axis) {
  return axis == 0 ? p->x_um : axis == 1 ? p->y_um : p->z_um;
}

static lg_point project(const projection *to, const lg_morphology_point *p) {
  return (lg_point){to->x0 + to->scale * coordinate(p, to->right), to->y0 - to->scale * coordinate(p, to->up)};
}

static projection fit(const lg_morphology *m, const lg_morphology_figure *how, lg_box box) {
  double low[2] = {(double)INFINITY, (double)INFINITY}, high[2] = {-(double)INFINITY, -(double)INFINITY};
  projection to = {.m = m, .right = how->right, .up = how->right == how->up ? 1 : how->up};
  for (size_t k = 0; k < m->n_points; k++) {
    const lg_morphology_point *p = &m->points[k];
    const double at[2] = {coordinate(p, to.right), coordinate(p, to.up)}, r = p->diameter_um / 2;
    for (size_t a = 0; a < 2; a++) low[a] = fmin(low[a], at[a] - r), high[a] = fmax(high[a], at[a] + r);
  }
  const double w = fmax(high[0] - low[0], 1e-6), h = fmax(high[1] - low[1], 1e-6);
  to.scale = fmin(box.w / w, box.h / h);
  to.x0 = box.x + box.w / 2 - to.scale * (low[0] + high[0]) / 2;
  to.y0 = box.y + box.h / 2 + to.scale * (low[1] + high[1]) / 2;
  return to;
}

/* ---- sections ---------------------------------------------------------------------------------- */

/** A stretch of points in px with radii, as it is drawn at once. */
typedef struct stretch {
  lg_point *at;   /* (n) */
  double *radius; /* (n) */
  size_t n;
  lg_point *outline; /* (2 n) */
} stretch;

static const double thinnest_px = 0.35; /* radius; thinner pieces would vanish */

/** Both edges of a stretch as one polygon; a stretch that is seen end on is a disc. */
static void draw_stretch(lg_canvas *canvas, stretch *s, lg_ink ink) {
  double length = 0, widest = 0;
  for (size_t k = 0; k < s->n; k++) {
    widest = fmax(widest, s->radius[k]);
    if (k > 0) length += hypot(s->at[k].x - s->at[k - 1].x, s->at[k].y - s->at[k - 1].y);
  }
  if (s->n < 2 || length < 0.5 * widest) {
    if (s->n > 0) lg_canvas_disc(canvas, s->at[0].x, s->at[0].y, fmax(widest, thinnest_px), ink, (lg_pen){0});
    if (s->n < 2 || length < 1e-3) return;
  }
  double nx = 0, ny = 0;
  for (size_t k = 0; k < s->n; k++) {
    const lg_point a = s->at[k > 0 ? k - 1 : 0], b = s->at[k + 1 < s->n ? k + 1 : k];
    const double dx = b.x - a.x, dy = b.y - a.y, l = hypot(dx, dy);
    if (l > 0) nx = -dy / l, ny = dx / l;
    const double r = fmax(s->radius[k], thinnest_px);
    s->outline[k] = (lg_point){s->at[k].x + r * nx, s->at[k].y + r * ny};
    s->outline[2 * s->n - 1 - k] = (lg_point){s->at[k].x - r * nx, s->at[k].y - r * ny};
  }
  lg_canvas_fill(canvas, s->outline, 2 * s->n, ink, 1.0);
}

/** Add a point unless it is hardly away from the last one. */
static void add(stretch *s, lg_point at, double radius, bool always) {
  if (s->n > 0 && !always) {
    const lg_point last = s->at[s->n - 1];
    if (hypot(at.x - last.x, at.y - last.y) < 0.4 && fabs(radius - s->radius[s->n - 1]) < 0.2) return;
  }
  s->at[s->n] = at, s->radius[s->n] = radius;
  s->n++;
}

/** A section in n pieces of equal length, each with its ink. */
static void draw_section(const projection *to, lg_canvas *canvas, size_t section, size_t n, const double *shades,
                         stretch *s) {
  const lg_morphology *m = to->m;
  const lg_section *sec = &m->sections[section];
  const lg_morphology_point *p = &m->points[sec->first_point];
  const double length = lg_section_length_um(m, section);
  const lg_ink by_type = lg_section_type_ink(sec->type);
  double begin = 0; /* arc length at point i - 1 */
  size_t piece = 0;
  s->n = 0;
  add(s, project(to, &p[0]), to->scale * p[0].diameter_um / 2, true);
  for (size_t i = 1; i < sec->n_points; i++) {
    const double dx = p[i].x_um - p[i - 1].x_um, dy = p[i].y_um - p[i - 1].y_um, dz = p[i].z_um - p[i - 1].z_um;
    const double l = sqrt(dx * dx + dy * dy + dz * dz);
    const lg_point a = project(to, &p[i - 1]), b = project(to, &p[i]);
    const double ra = to->scale * p[i - 1].diameter_um / 2, rb = to->scale * p[i].diameter_um / 2;
    while (piece + 1 < n && begin + l > length * (double)(piece + 1) / (double)n) {
      const bool changes = !shades || lg_ink_shade(shades[piece]) != lg_ink_shade(shades[piece + 1]);
      const double f = l > 0 ? (length * (double)(piece + 1) / (double)n - begin) / l : 1;
      piece++;
      if (!changes) continue; /* goes on in the same ink */
      const lg_point cut = {a.x + f * (b.x - a.x), a.y + f * (b.y - a.y)};
      const double r = ra + f * (rb - ra);
      add(s, cut, r, true);
      draw_stretch(canvas, s, shades ? lg_ink_shade(shades[piece - 1]) : by_type);
      s->n = 0;
      add(s, cut, r, true);
    }
    add(s, b, rb, i + 1 == sec->n_points);
    begin += l;
  }
  draw_stretch(canvas, s, shades ? lg_ink_shade(shades[piece]) : by_type);
}

/** Point of a section at x, px. */
static lg_point place(const projection *to, size_t section, double x) {
  const lg_section *sec = &to->m->sections[section];
  const lg_morphology_point *p = &to->m->points[sec->first_point];
  double left = x * lg_section_length_um(to->m, section);
  for (size_t i = 1; i < sec->n_points; i++) {
    const double dx = p[i].x_um - p[i - 1].x_um, dy = p[i].y_um - p[i - 1].y_um, dz = p[i].z_um - p[i - 1].z_um;
    const double l = sqrt(dx * dx + dy * dy + dz * dz);
    if (left <= l && l > 0) {
      const lg_point a = project(to, &p[i - 1]), b = project(to, &p[i]);
      return (lg_point){a.x + left / l * (b.x - a.x), a.y + left / l * (b.y - a.y)};
    }
    left -= l;
  }
  return project(to, &p[sec->n_points - 1]);
}

/** Where a section begins away from what it is joined to, a thin line says so. */
static void draw_wire(const projection *to, lg_canvas *canvas, size_t section) {
  const lg_section *sec = &to->m->sections[section];
  if (sec->parent < 0) return;
  const lg_point a = place(to, (size_t)sec->parent, sec->parent_x), b = project(to, &to->m->points[sec->first_point]);
  if (hypot(a.x - b.x, a.y - b.y) > 0.6) lg_canvas_line(canvas, a.x, a.y, b.x, b.y, (lg_pen){LG_INK_GRID, 0.7, 0, 0});
}

/* ---- words around it --------------------------------------------------------------------------- */

static double scale_bar_um(double scale, double width) {
  const double target = 0.2 * width / scale;
  if (!(target > 0)) return 1;
  const double decade = pow(10, floor(log10(target)));
  return target >= 5 * decade ? 5 * decade : target >= 2 * decade ? 2 * decade : decade;
}

static void draw_scale_bar(const projection *to, const lg_morphology_figure *how, lg_canvas *canvas, lg_box box) {
  const double um = scale_bar_um(to->scale, box.w), x = box.x + box.w, y = box.y + box.h - 0.3 * how->font;
  char number[40], text[64];
  lg_format_short(um, 3, number);
  (void)snprintf(text, sizeof text, "%s \xc2\xb5m", number);
  lg_canvas_line(canvas, x - um * to->scale, y, x, y, (lg_pen){LG_INK_TEXT, 0.15 * how->font, 0, 0});
  lg_canvas_text(canvas, x, y - 0.5 * how->font, how->font, LG_INK_TEXT, LG_TEXT_END, text);
}

/** Types of a cell in ascending order; at most 8. */
static size_t types_of(const lg_morphology *m, int types[8]) {
  size_t n = 0;
  for (int last = INT_MIN; n < 8;) {
    int next = INT_MAX;
    bool found = false;
    for (size_t k = 0; k < m->n_sections; k++) {
      const int t = m->sections[k].type;
      if ((n == 0 || t > last) && t <= next) next = t, found = true;
    }
    if (!found) break;
    types[n++] = last = next;
  }
  return n;
}

static double draw_legend(const lg_morphology *m, const lg_morphology_figure *how, lg_canvas *canvas, lg_box box) {
  int types[8];
  char buffers[8][32];
  lg_legend entries[8];
  const size_t n = types_of(m, types);
  for (size_t k = 0; k < n; k++)
    entries[k] = (lg_legend){.text = lg_section_type_name(types[k], buffers[k]),
                             .pen = {lg_section_type_ink(types[k]), 0.35 * how->font, 0, 0},
                             .mark = -1};
  return lg_legend_row(canvas, box.x, box.y + how->font, box.w, how->font, entries, n) + 0.5 * how->font;
}

lg_status lg_plot_morphology(lg_ctx *ctx, const lg_morphology *m, const lg_morphology_figure *how, lg_canvas *canvas,
                             lg_box box) {
  lg_status status = LG_OK;
  stretch s = {0};
  size_t most = 0, n_pieces = 0;
  if (m->n_sections == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "a cell without sections cannot be drawn");
  for (size_t k = 0; k < m->n_sections; k++) most = m->sections[k].n_points > most ? m->sections[k].n_points : most;
  most += 2; /* ends of a piece */
  LG_NEW(ctx, s.at, most);
  LG_NEW(ctx, s.radius, most);
  LG_NEW(ctx, s.outline, 2 * most);
  if (!how->shades && !how->no_legend) {
    const double used = draw_legend(m, how, canvas, box);
    box.y += used, box.h -= used;
  }
  if (!how->no_scale_bar) box.h -= 1.6 * how->font;
  const projection to = fit(m, how, box);
  for (size_t k = 0; k < m->n_sections; k++) draw_wire(&to, canvas, k);
  for (size_t k = 0; k < m->n_sections && how->shades; k++) n_pieces += how->n_pieces[k];
  for (size_t k = m->n_sections; k-- > 0;) { /* the soma last, on top */
    const size_t n = how->shades ? how->n_pieces[k] : 1;
    n_pieces -= how->shades ? n : 0;
    draw_section(&to, canvas, k, n, how->shades ? how->shades + n_pieces : NULL, &s);
  }
  if (!how->no_scale_bar) draw_scale_bar(&to, how, canvas, (lg_box){box.x, box.y, box.w, box.h + 1.6 * how->font});
done:
  lg_free(ctx, s.at);
  lg_free(ctx, s.radius);
  lg_free(ctx, s.outline);
  return status;
}

void lg_plot_morphology_words(const lg_morphology *m, char *text, size_t bytes) {
  double length = 0, area = 0;
  char a[40], b[40];
  for (size_t k = 0; k < m->n_sections; k++) {
    length += lg_section_length_um(m, k);
    area += lg_section_area_um2(m, k);
  }
  lg_format_short(length, 5, a);
  lg_format_short(area, 5, b);
  (void)snprintf(text, bytes, "A cell of %zu sections, %s \xc2\xb5m long, with a membrane of %s \xc2\xb5m\xc2\xb2.",
                 m->n_sections, a, b);
}
