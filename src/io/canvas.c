#include "io/canvas_ops.h"

#include <math.h>
#include <string.h>

/* Okabe & Ito (2008), "Color Universal Design", and greys; for the dark the same hues, lighter. */
static const struct {
  uint32_t light, dark;
} palette[LG_INK_COUNT] = {
    [LG_INK_PAPER] = {0xffffff, 0x15191e},  [LG_INK_TEXT] = {0x1b1f24, 0xe8eaed},
    [LG_INK_MUTED] = {0x57606a, 0xa3adb8},  [LG_INK_GRID] = {0xd0d7de, 0x3a424c},
    [LG_INK_BLUE] = {0x0072b2, 0x4db2f0},   [LG_INK_VERMILLION] = {0xd55e00, 0xff8b3d},
    [LG_INK_GREEN] = {0x009e73, 0x2cc79b},  [LG_INK_ORANGE] = {0xe69f00, 0xf2b431},
    [LG_INK_SKY] = {0x56b4e9, 0x7cc8f2},    [LG_INK_PURPLE] = {0xcc79a7, 0xe29ac2},
    [LG_INK_YELLOW] = {0xf0e442, 0xf5ec6e},
};

/* Between these, evenly spaced and without the lightest end, which is lost on paper: after matplotlib's "plasma"
 * (van der Walt & Smith, CC0), whose lightness is even for every kind of colour vision. */
static const uint8_t shade_stops[][3] = {{13, 8, 135},   {76, 2, 161},   {126, 3, 168},  {168, 34, 150},
                                         {203, 70, 121}, {229, 107, 93}, {248, 148, 65}, {253, 195, 40}};

static uint32_t shade_of(lg_ink ink) {
  const size_t n = sizeof shade_stops / sizeof *shade_stops;
  const double at = (double)(ink - LG_INK_SHADE) / (LG_N_SHADES - 1) * (double)(n - 1);
  const size_t k = at >= (double)(n - 1) ? n - 2 : (size_t)at;
  uint32_t rgb = 0;
  for (size_t c = 0; c < 3; c++) {
    const double a = shade_stops[k][c], b = shade_stops[k + 1][c];
    rgb = rgb << 8 | (uint32_t)(a + (b - a) * (at - (double)k) + 0.5);
  }
  return rgb;
}

static bool is_shade(lg_ink ink) { return ink >= LG_INK_SHADE && ink <= LG_INK_SHADE_LAST; }

lg_ink lg_ink_shade(double value) {
  if (!isfinite(value)) return LG_INK_MUTED;
  const double x = value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value;
  return (lg_ink)(LG_INK_SHADE + (int)(x * (LG_N_SHADES - 1) + 0.5));
}

uint32_t lg_ink_light(lg_ink ink) {
  if (is_shade(ink)) return shade_of(ink);
  return ink < LG_INK_COUNT ? palette[ink].light : 0;
}

uint32_t lg_ink_dark(lg_ink ink) {
  if (is_shade(ink)) return shade_of(ink);
  return ink < LG_INK_COUNT ? palette[ink].dark : 0;
}

const double *lg_dash_pattern(lg_dash dash, size_t *n) {
  static const double long_dash[] = {5.0, 3.0}, dots[] = {1.2, 2.4}, dot_long[] = {6.0, 2.5, 1.2, 2.5};
  switch (dash) {
  case LG_DASH_LONG:
    *n = 2;
    return long_dash;
  case LG_DASH_DOTS:
    *n = 2;
    return dots;
  case LG_DASH_DOT_LONG:
    *n = 4;
    return dot_long;
  default:
    *n = 0;
    return NULL;
  }
}

/* ---- words ------------------------------------------------------------------------------------- */

uint32_t lg_utf8_next(const char **text) {
  const unsigned char *p = (const unsigned char *)*text;
  if (p[0] == 0) return 0;
  uint32_t code = p[0];
  size_t more = 0;
  uint32_t least = 0;
  if (code < 0x80) {
    *text += 1;
    return code;
  }
  if ((code & 0xe0) == 0xc0) more = 1, code &= 0x1f, least = 0x80;
  else if ((code & 0xf0) == 0xe0) more = 2, code &= 0x0f, least = 0x800;
  else if ((code & 0xf8) == 0xf0) more = 3, code &= 0x07, least = 0x10000;
  for (size_t k = 1; k <= more; k++) {
    if ((p[k] & 0xc0) != 0x80) more = 0; /* also stops at the final 0 */
    else code = code << 6 | (p[k] & 0x3f);
  }
  if (more == 0 || code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    *text += 1;
    return 0xfffd;
  }
  *text += 1 + more;
  return code;
}

static void put_utf8(FILE *stream, uint32_t c) {
  if (c < 0x80) {
    (void)fputc((int)c, stream);
  } else if (c < 0x800) {
    (void)fputc((int)(0xc0 | c >> 6), stream);
    (void)fputc((int)(0x80 | (c & 0x3f)), stream);
  } else if (c < 0x10000) {
    (void)fputc((int)(0xe0 | c >> 12), stream);
    (void)fputc((int)(0x80 | (c >> 6 & 0x3f)), stream);
    (void)fputc((int)(0x80 | (c & 0x3f)), stream);
  } else {
    (void)fputc((int)(0xf0 | c >> 18), stream);
    (void)fputc((int)(0x80 | (c >> 12 & 0x3f)), stream);
    (void)fputc((int)(0x80 | (c >> 6 & 0x3f)), stream);
    (void)fputc((int)(0x80 | (c & 0x3f)), stream);
  }
}

void lg_write_escaped(FILE *stream, const char *text) {
  if (!text) return;
  for (uint32_t c; (c = lg_utf8_next(&text)) != 0;) {
    switch (c) {
    case '&':
      (void)fputs("&amp;", stream);
      break;
    case '<':
      (void)fputs("&lt;", stream);
      break;
    case '>':
      (void)fputs("&gt;", stream);
      break;
    case '"':
      (void)fputs("&quot;", stream);
      break;
    case '\'':
      (void)fputs("&#39;", stream);
      break;
    default:
      if (c == '\t' || c == '\n') (void)fputc(' ', stream);
      else if (c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff) put_utf8(stream, c);
    }
  }
}

/* Advance widths of DejaVu Sans and its bold, in 1/1000 em, for 0x20 … 0x7e. System fonts are narrower. */
static const uint16_t widths[2][95] = {
    {318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
     636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
     575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
     611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
     278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838},
    {348, 456,  521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415,  380, 365, 696, 696,  696,
     696, 696,  696, 696, 696, 696,  696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830,  683,
     683, 821,  837, 372, 372, 775,  637, 995, 837, 850, 733, 850, 770, 720,  682, 812, 774, 1103, 771,
     724, 725,  457, 365, 457, 838,  500, 500, 675, 716, 593, 716, 678, 435,  716, 712, 343, 343,  665,
     343, 1042, 712, 687, 716, 716,  493, 595, 478, 712, 652, 924, 645, 652,  582, 712, 365, 712,  838},
};

double lg_text_width(const char *text, double size, unsigned flags) {
  const unsigned bold = flags & LG_TEXT_BOLD ? 1 : 0;
  double sum = 0.0;
  for (uint32_t c; text && (c = lg_utf8_next(&text)) != 0;) {
    if (flags & LG_TEXT_MONO) sum += 602.0;
    else if (c >= 0x20 && c < 0x7f) sum += widths[bold][c - 0x20];
    else if (c == 0xb2 || c == 0xb3 || c == 0xb9 || c == 0xb7) sum += 440.0; /* superscripts, middle dot */
    else if (c == 0x2013) sum += 500.0;
    else if (c == 0x2014 || c == 0x2026) sum += 1000.0;
    else if (c < 0x500) sum += bold ? 780.0 : 690.0; /* Latin, Greek, Cyrillic */
    else if (c < 0x3000) sum += 840.0;               /* arrows, operators */
    else sum += 1000.0;
  }
  return sum * size / 1000.0;
}

/* ---- drawing: check, then hand to the back end --------------------------------------------------- */

double lg_canvas_width(const lg_canvas *canvas) { return canvas->width; }
double lg_canvas_height(const lg_canvas *canvas) { return canvas->height; }
double lg_canvas_density(const lg_canvas *canvas) { return canvas->density; }

static bool finite_box(lg_box b) { return isfinite(b.x) && isfinite(b.y) && isfinite(b.w) && isfinite(b.h); }

static lg_pen whole_pen(lg_pen pen) {
  if (pen.alpha == 0.0) pen.alpha = 1.0;
  return pen;
}

void lg_canvas_stroke(lg_canvas *canvas, const lg_point *points, size_t n, lg_pen pen) {
  if (!(pen.width > 0.0)) return;
  pen = whole_pen(pen);
  for (size_t begin = 0; begin < n;) {
    while (begin < n && !(isfinite(points[begin].x) && isfinite(points[begin].y))) begin++;
    size_t end = begin;
    while (end < n && isfinite(points[end].x) && isfinite(points[end].y)) end++;
    if (end - begin >= 2) canvas->ops->stroke(canvas, points + begin, end - begin, pen);
    else if (end - begin == 1)
      canvas->ops->disc(canvas, points[begin].x, points[begin].y, pen.width / 2, pen.ink, (lg_pen){0});
    begin = end;
  }
}

void lg_canvas_line(lg_canvas *canvas, double x0, double y0, double x1, double y1, lg_pen pen) {
  const lg_point p[2] = {{x0, y0}, {x1, y1}};
  lg_canvas_stroke(canvas, p, 2, pen);
}

void lg_canvas_fill(lg_canvas *canvas, const lg_point *points, size_t n, lg_ink ink, double alpha) {
  if (n < 3) return;
  for (size_t k = 0; k < n; k++)
    if (!isfinite(points[k].x) || !isfinite(points[k].y)) return;
  canvas->ops->fill(canvas, points, n, ink, alpha);
}

void lg_canvas_rect(lg_canvas *canvas, lg_box box, lg_ink ink, double alpha) {
  lg_canvas_round_rect(canvas, box, 0.0, ink, alpha);
}

void lg_canvas_round_rect(lg_canvas *canvas, lg_box box, double radius, lg_ink ink, double alpha) {
  if (!finite_box(box) || box.w <= 0.0 || box.h <= 0.0) return;
  canvas->ops->rect(canvas, box, radius, ink, alpha);
}

void lg_canvas_rects(lg_canvas *canvas, const lg_box *boxes, size_t n, lg_ink ink, double alpha) {
  if (n == 0) return;
  for (size_t k = 0; k < n; k++)
    if (!finite_box(boxes[k])) return;
  canvas->ops->rects(canvas, boxes, n, ink, alpha);
}

void lg_canvas_disc(lg_canvas *canvas, double x, double y, double radius, lg_ink fill, lg_pen outline) {
  if (!isfinite(x) || !isfinite(y) || !(radius > 0.0)) return;
  canvas->ops->disc(canvas, x, y, radius, fill, whole_pen(outline));
}

void lg_canvas_text(lg_canvas *canvas, double x, double y, double size, lg_ink ink, unsigned flags, const char *text) {
  if (!text || !text[0] || !isfinite(x) || !isfinite(y) || !(size > 0.0)) return;
  canvas->ops->text(canvas, x, y, size, ink, flags, text);
}

void lg_canvas_image(lg_canvas *canvas, lg_box box, const uint8_t *rgb, size_t width, size_t height) {
  if (!finite_box(box) || box.w <= 0.0 || box.h <= 0.0 || width == 0 || height == 0) return;
  if (width > 4096 || height > 4096) canvas->status = LG_ERR_LIMIT;
  else canvas->ops->image(canvas, box, rgb, width, height);
}

void lg_canvas_push(lg_canvas *canvas, double x, double y, double scale) {
  if (canvas->pushed || canvas->clipped || !isfinite(x) || !isfinite(y) || !(scale > 0.0 && scale < 1e3)) {
    canvas->status = LG_ERR_INTERNAL;
    return;
  }
  canvas->pushed = true;
  canvas->ops->push(canvas, x, y, scale);
}

void lg_canvas_pop(lg_canvas *canvas) {
  if (!canvas->pushed) return;
  canvas->pushed = false;
  canvas->ops->pop(canvas);
}

void lg_canvas_clip(lg_canvas *canvas, lg_box box) {
  if (canvas->clipped || !finite_box(box)) {
    canvas->status = LG_ERR_INTERNAL;
    return;
  }
  canvas->clipped = true;
  canvas->ops->clip(canvas, box);
}

void lg_canvas_unclip(lg_canvas *canvas) {
  if (!canvas->clipped) return;
  canvas->clipped = false;
  canvas->ops->unclip(canvas);
}

void lg_canvas_next_page(lg_canvas *canvas) {
  if (canvas->ops->next_page) canvas->ops->next_page(canvas);
  else canvas->status = LG_ERR_UNSUPPORTED;
}

lg_status lg_canvas_close(lg_ctx *ctx, lg_canvas *canvas) {
  lg_canvas_unclip(canvas);
  lg_canvas_pop(canvas);
  lg_status status = canvas->status;
  if (status != LG_OK)
    status = lg_fail(ctx, status,
                     "drawing failed: clip boxes were nested, pages asked of a picture, or an image was too large");
  else status = canvas->ops->close(canvas, ctx);
  lg_canvas_destroy(ctx, canvas);
  return status;
}

void lg_canvas_destroy(lg_ctx *ctx, lg_canvas *canvas) {
  if (!canvas) return;
  canvas->ops->destroy(canvas);
  lg_free(ctx, canvas);
}
