/* PDF and PNG by cairo. Hinting is off, so that letters stand where they were measured at every scale. */
#include "io/canvas_ops.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <math.h>
#include <string.h>

static void set_ink(cairo_t *cr, lg_ink ink, double alpha) {
  const uint32_t rgb = lg_ink_light(ink);
  cairo_set_source_rgba(cr, (double)(rgb >> 16 & 255) / 255.0, (double)(rgb >> 8 & 255) / 255.0,
                        (double)(rgb & 255) / 255.0, alpha);
}

static void set_pen(cairo_t *cr, lg_pen pen) {
  set_ink(cr, pen.ink, pen.alpha);
  cairo_set_line_width(cr, pen.width);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cr, pen.dash == LG_DASH_SOLID ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  size_t n;
  const double *pattern = lg_dash_pattern(pen.dash, &n);
  double scaled[4];
  for (size_t k = 0; k < n; k++) scaled[k] = pattern[k] * (pen.width > 1.0 ? pen.width : 1.0);
  cairo_set_dash(cr, scaled, (int)n, 0.0);
}

/* To hundredths, as the SVG: keeps PDF files small and equal. */
static double snap(double x) { return floor(x * 100.0 + 0.5) / 100.0; }

static void add_path(cairo_t *cr, const lg_point *p, size_t n) {
  cairo_new_path(cr);
  for (size_t k = 0; k < n; k++) cairo_line_to(cr, snap(p[k].x), snap(p[k].y));
}

static void pdf_stroke(lg_canvas *c, const lg_point *p, size_t n, lg_pen pen) {
  cairo_t *cr = c->pencil;
  set_pen(cr, pen);
  add_path(cr, p, n);
  cairo_stroke(cr);
}

/* Stroking one path of many points is quadratic in pixman's scan conversion of self-overlapping lines: for pictures,
 * in pieces. Not when transparent or dashed, where the seams would show. */
static void png_stroke(lg_canvas *c, const lg_point *p, size_t n, lg_pen pen) {
  const size_t piece = 64;
  if (pen.alpha < 1.0 || pen.dash != LG_DASH_SOLID) {
    pdf_stroke(c, p, n, pen);
    return;
  }
  for (size_t begin = 0; begin + 1 < n; begin += piece - 1)
    pdf_stroke(c, p + begin, n - begin < piece ? n - begin : piece, pen);
}

static void cairo_back_fill(lg_canvas *c, const lg_point *p, size_t n, lg_ink ink, double alpha) {
  cairo_t *cr = c->pencil;
  set_ink(cr, ink, alpha);
  add_path(cr, p, n);
  cairo_close_path(cr);
  cairo_fill(cr);
}

static void cairo_back_rect(lg_canvas *c, lg_box b, double radius, lg_ink ink, double alpha) {
  const double quarter = 1.57079632679489661923;
  cairo_t *cr = c->pencil;
  set_ink(cr, ink, alpha);
  cairo_new_path(cr);
  double r = radius;
  if (r > b.w / 2) r = b.w / 2;
  if (r > b.h / 2) r = b.h / 2;
  if (r > 0.0) {
    cairo_arc(cr, b.x + b.w - r, b.y + r, r, -quarter, 0.0);
    cairo_arc(cr, b.x + b.w - r, b.y + b.h - r, r, 0.0, quarter);
    cairo_arc(cr, b.x + r, b.y + b.h - r, r, quarter, 2 * quarter);
    cairo_arc(cr, b.x + r, b.y + r, r, 2 * quarter, 3 * quarter);
    cairo_close_path(cr);
  } else {
    cairo_rectangle(cr, snap(b.x), snap(b.y), snap(b.w), snap(b.h));
  }
  cairo_fill(cr);
}

static void cairo_back_rects(lg_canvas *c, const lg_box *b, size_t n, lg_ink ink, double alpha) {
  cairo_t *cr = c->pencil;
  set_ink(cr, ink, alpha);
  cairo_new_path(cr);
  for (size_t k = 0; k < n; k++) {
    const double x = snap(b[k].x), y = snap(b[k].y);
    cairo_rectangle(cr, x, y, snap(b[k].x + b[k].w) - x, snap(b[k].y + b[k].h) - y);
  }
  cairo_fill(cr);
}

static void cairo_back_disc(lg_canvas *c, double x, double y, double r, lg_ink ink, lg_pen pen) {
  cairo_t *cr = c->pencil;
  cairo_new_path(cr);
  cairo_arc(cr, x, y, r, 0.0, 6.28318530717958647693);
  cairo_close_path(cr);
  set_ink(cr, ink, 1.0);
  cairo_fill_preserve(cr);
  if (pen.width > 0.0) {
    set_pen(cr, pen);
    cairo_stroke_preserve(cr);
  }
  cairo_new_path(cr);
}

/* cairo refuses broken UTF-8 for good; write what is sound. */
static void clean_copy(char *to, size_t bytes, const char *text) {
  size_t n = 0;
  while (*text && n + 5 < bytes) {
    const char *begin = text;
    const uint32_t code = lg_utf8_next(&text);
    if (code == 0xfffd && text - begin == 1) {
      memcpy(to + n, "\xef\xbf\xbd", 3);
      n += 3;
    } else if (code < 0x20 || code == 0x7f) {
      to[n++] = ' ';
    } else {
      memcpy(to + n, begin, (size_t)(text - begin));
      n += (size_t)(text - begin);
    }
  }
  to[n] = 0;
}

static void cairo_back_text(lg_canvas *c, double x, double y, double size, lg_ink ink, unsigned flags,
                            const char *text) {
  cairo_t *cr = c->pencil;
  char clean[1024];
  clean_copy(clean, sizeof clean, text);
  cairo_select_font_face(cr, flags & LG_TEXT_MONO ? "monospace" : "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         flags & LG_TEXT_BOLD ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cr, size);
  double shift = 0.0;
  if (flags & (LG_TEXT_END | LG_TEXT_MIDDLE)) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, clean, &extents);
    shift = flags & LG_TEXT_END ? -extents.x_advance : -extents.x_advance / 2;
  }
  set_ink(cr, ink, 1.0);
  cairo_save(cr);
  cairo_translate(cr, x, y);
  if (flags & LG_TEXT_UP) cairo_rotate(cr, -1.57079632679489661923);
  cairo_move_to(cr, shift, 0.0);
  cairo_show_text(cr, clean);
  cairo_restore(cr);
  cairo_new_path(cr);
}

static cairo_surface_t *surface_of(const uint8_t *rgb, size_t width, size_t height) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) return surface;
  cairo_surface_flush(surface);
  unsigned char *to = cairo_image_surface_get_data(surface);
  const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
  for (size_t y = 0; y < height; y++)
    for (size_t x = 0; x < width; x++) {
      const uint8_t *p = rgb + 3 * (y * width + x);
      const uint32_t pixel = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
      memcpy(to + y * stride + 4 * x, &pixel, sizeof pixel);
    }
  cairo_surface_mark_dirty(surface);
  return surface;
}

static void cairo_back_image(lg_canvas *c, lg_box b, const uint8_t *rgb, size_t width, size_t height) {
  cairo_t *cr = c->pencil;
  cairo_surface_t *surface = surface_of(rgb, width, height);
  cairo_save(cr);
  cairo_translate(cr, b.x, b.y);
  cairo_scale(cr, b.w / (double)width, b.h / (double)height);
  cairo_set_source_surface(cr, surface, 0.0, 0.0);
  cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
  cairo_rectangle(cr, 0.0, 0.0, (double)width, (double)height);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
}

static void cairo_back_push(lg_canvas *c, double x, double y, double scale) {
  cairo_save(c->pencil);
  cairo_translate(c->pencil, x, y);
  cairo_scale(c->pencil, scale, scale);
}

static void cairo_back_pop(lg_canvas *c) { cairo_restore(c->pencil); }

/* Base64 as the bytes come. */
typedef struct base64 {
  FILE *stream;
  unsigned char held[3];
  unsigned n;
} base64;

static void put_base64(base64 *b) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned u = (unsigned)b->held[0] << 16 | (unsigned)b->held[1] << 8 | b->held[2];
  for (unsigned j = 0; j < 4; j++) (void)fputc(j <= b->n ? digits[u >> (18 - 6 * j) & 63] : '=', b->stream);
  memset(b->held, 0, sizeof b->held);
  b->n = 0;
}

static cairo_status_t write_base64(void *closure, const unsigned char *bytes, unsigned n) {
  base64 *b = closure;
  for (unsigned k = 0; k < n; k++) {
    b->held[b->n++] = bytes[k];
    if (b->n == 3) put_base64(b);
  }
  return CAIRO_STATUS_SUCCESS;
}

bool lg_put_png_base64(FILE *stream, const uint8_t *rgb, size_t width, size_t height) {
  base64 b = {.stream = stream};
  cairo_surface_t *surface = surface_of(rgb, width, height);
  const cairo_status_t s = cairo_surface_write_to_png_stream(surface, write_base64, &b);
  if (b.n > 0) put_base64(&b);
  cairo_surface_destroy(surface);
  return s == CAIRO_STATUS_SUCCESS;
}

static void cairo_back_clip(lg_canvas *c, lg_box b) {
  cairo_save(c->pencil);
  cairo_rectangle(c->pencil, b.x, b.y, b.w, b.h);
  cairo_clip(c->pencil);
}

static void cairo_back_unclip(lg_canvas *c) { cairo_restore(c->pencil); }

static void pdf_next_page(lg_canvas *c) { cairo_show_page(c->pencil); }

static cairo_status_t write_stream(void *closure, const unsigned char *bytes, unsigned n) {
  return fwrite(bytes, 1, n, closure) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static lg_status check(lg_ctx *ctx, cairo_status_t s) {
  if (s == CAIRO_STATUS_SUCCESS) return LG_OK;
  if (s == CAIRO_STATUS_NO_MEMORY) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a picture");
  return lg_fail(ctx, s == CAIRO_STATUS_WRITE_ERROR ? LG_ERR_IO : LG_ERR_INTERNAL, "a picture could not be written: %s",
                 cairo_status_to_string(s));
}

static lg_status pdf_close(lg_canvas *c, lg_ctx *ctx) {
  cairo_show_page(c->pencil);
  const cairo_status_t drawn = cairo_status(c->pencil);
  cairo_surface_finish(c->surface);
  return check(ctx, drawn != CAIRO_STATUS_SUCCESS ? drawn : cairo_surface_status(c->surface));
}

static lg_status png_close(lg_canvas *c, lg_ctx *ctx) {
  const cairo_status_t drawn = cairo_status(c->pencil);
  if (drawn != CAIRO_STATUS_SUCCESS) return check(ctx, drawn);
  cairo_surface_flush(c->surface);
  return check(ctx, cairo_surface_write_to_png_stream(c->surface, write_stream, c->stream));
}

static void cairo_back_destroy(lg_canvas *c) {
  if (c->pencil) cairo_destroy(c->pencil);
  if (c->surface) cairo_surface_destroy(c->surface);
}

#define COMMON_OPS                                                                                                     \
  .fill = cairo_back_fill, .rect = cairo_back_rect, .disc = cairo_back_disc, .rects = cairo_back_rects,                \
  .text = cairo_back_text, .image = cairo_back_image, .push = cairo_back_push, .pop = cairo_back_pop,                  \
  .clip = cairo_back_clip, .unclip = cairo_back_unclip, .destroy = cairo_back_destroy
static const lg_canvas_ops pdf_ops = {COMMON_OPS, .stroke = pdf_stroke, .next_page = pdf_next_page, .close = pdf_close};
static const lg_canvas_ops png_ops = {COMMON_OPS, .stroke = png_stroke, .close = png_close};

static lg_status finish_create(lg_ctx *ctx, lg_canvas *c, cairo_surface_t *surface, double width, double height,
                               lg_canvas **out) {
  c->surface = surface;
  c->pencil = cairo_create(surface);
  c->width = width;
  c->height = height;
  const lg_status status = check(ctx, cairo_status(c->pencil));
  if (status != LG_OK) {
    lg_canvas_destroy(ctx, c);
    return status;
  }
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(c->pencil, options);
  cairo_font_options_destroy(options);
  *out = c;
  return LG_OK;
}

lg_status lg_canvas_pdf(lg_ctx *ctx, FILE *stream, double width, double height, const char *title, const char *date,
                        lg_canvas **out) {
  *out = NULL;
  if (!(width > 0.0 && width <= 14400.0 && height > 0.0 && height <= 14400.0))
    return lg_fail(ctx, LG_ERR_RANGE, "a page of %g x %g points; allowed are 1 to 14400", width, height);
  lg_canvas *c = lg_alloc(ctx, 1, sizeof *c);
  if (!c) return LG_ERR_MEMORY;
  c->ops = &pdf_ops;
  c->density = 2.0;
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_stream, stream, width, height);
  char clean[512];
  clean_copy(clean, sizeof clean, title ? title : "Figure");
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, clean);
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Loligo");
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date ? date : "2000-01-01T00:00:00Z");
  return finish_create(ctx, c, surface, width, height, out);
}

lg_status lg_canvas_png(lg_ctx *ctx, FILE *stream, double width, double height, double scale, lg_canvas **out) {
  *out = NULL;
  const double w = ceil(width * scale), h = ceil(height * scale);
  if (!(w >= 1.0 && w <= 16384.0 && h >= 1.0 && h <= 16384.0))
    return lg_fail(ctx, LG_ERR_RANGE, "a picture of %g x %g pixels; allowed are 1 to 16384", w, h);
  lg_canvas *c = lg_alloc(ctx, 1, sizeof *c);
  if (!c) return LG_ERR_MEMORY;
  c->ops = &png_ops;
  c->stream = stream;
  c->scale = scale;
  c->density = scale;
  const lg_status status =
      finish_create(ctx, c, cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h), width, height, out);
  if (status != LG_OK) return status;
  cairo_scale(c->pencil, scale, scale);
  cairo_back_rect(c, (lg_box){0, 0, width, height}, 0.0, LG_INK_PAPER, 1.0);
  return LG_OK;
}
