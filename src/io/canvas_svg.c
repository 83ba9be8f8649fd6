/* SVG 1.1 by hand: coordinates in hundredths of a px, written as integers so that no locale and no printf rounding
 * comes between the same drawing and the same bytes; paths are relative, which halves their size. */
#include "io/canvas_ops.h"

#include "data/json_writer.h"

#include <math.h>
#include <string.h>

static long hundredths(double x) {
  const double limit = 1e7;
  return (long)floor((x > limit ? limit : (x < -limit ? -limit : x)) * 100.0 + 0.5);
}

/* Write h/100 without trailing zeros: -50 -> -.5 */
static void put_hundredths(FILE *s, long h) {
  char buffer[24];
  size_t n = sizeof buffer;
  unsigned long u = h < 0 ? (unsigned long)-h : (unsigned long)h;
  const unsigned long fraction = u % 100;
  if (fraction % 10 != 0) buffer[--n] = (char)('0' + fraction % 10);
  if (fraction != 0) {
    buffer[--n] = (char)('0' + fraction / 10);
    buffer[--n] = '.';
  }
  u /= 100;
  if (u == 0 && fraction == 0) buffer[--n] = '0';
  for (; u != 0; u /= 10) buffer[--n] = (char)('0' + u % 10);
  if (h < 0) buffer[--n] = '-';
  (void)fwrite(buffer + n, 1, sizeof buffer - n, s);
}

static void put_number(FILE *s, double x) { put_hundredths(s, hundredths(x)); }

static void put_attribute(FILE *s, const char *name, double x) {
  (void)fprintf(s, " %s=\"", name);
  put_number(s, x);
  (void)fputc('"', s);
}

static void put_fill(FILE *s, lg_ink ink, double alpha) {
  (void)fprintf(s, " class=\"f%d\" fill=\"#%06x\"", (int)ink, (unsigned)lg_ink_light(ink));
  if (alpha < 1.0) put_attribute(s, "fill-opacity", alpha);
}

static void put_stroke(FILE *s, lg_pen pen, const char *css_extra) {
  (void)fprintf(s, " class=\"s%d%s\" stroke=\"#%06x\"", (int)pen.ink, css_extra, (unsigned)lg_ink_light(pen.ink));
  put_attribute(s, "stroke-width", pen.width);
  if (pen.alpha < 1.0) put_attribute(s, "stroke-opacity", pen.alpha);
  size_t n;
  const double *dash = lg_dash_pattern(pen.dash, &n);
  if (n == 0) return;
  (void)fputs(" stroke-dasharray=\"", s);
  for (size_t k = 0; k < n; k++) {
    if (k > 0) (void)fputc(' ', s);
    put_number(s, dash[k] * (pen.width > 1.0 ? pen.width : 1.0));
  }
  (void)fputc('"', s);
}

/* Relative path; differences of rounded positions, so that errors do not add up. */
static void put_path(FILE *s, const lg_point *p, size_t n) {
  long x = hundredths(p[0].x), y = hundredths(p[0].y);
  (void)fputc('M', s);
  put_hundredths(s, x);
  (void)fputc(y < 0 ? ' ' : ',', s);
  put_hundredths(s, y);
  if (n > 1) (void)fputc('l', s);
  for (size_t k = 1; k < n; k++) {
    const long nx = hundredths(p[k].x), ny = hundredths(p[k].y);
    if (k > 1 && nx - x >= 0) (void)fputc(' ', s);
    put_hundredths(s, nx - x);
    if (ny - y >= 0) (void)fputc(',', s);
    put_hundredths(s, ny - y);
    x = nx;
    y = ny;
  }
}

static void svg_stroke(lg_canvas *c, const lg_point *p, size_t n, lg_pen pen) {
  FILE *s = c->stream;
  (void)fputs("<path fill=\"none\"", s);
  put_stroke(s, pen, "");
  (void)fputs(" stroke-linejoin=\"round\"", s);
  if (pen.dash == LG_DASH_SOLID) (void)fputs(" stroke-linecap=\"round\"", s);
  (void)fputs(" d=\"", s);
  put_path(s, p, n);
  (void)fputs("\"/>\n", s);
}

static void svg_fill(lg_canvas *c, const lg_point *p, size_t n, lg_ink ink, double alpha) {
  (void)fputs("<path", c->stream);
  put_fill(c->stream, ink, alpha);
  (void)fputs(" d=\"", c->stream);
  put_path(c->stream, p, n);
  (void)fputs("z\"/>\n", c->stream);
}

static void svg_rect(lg_canvas *c, lg_box b, double radius, lg_ink ink, double alpha) {
  FILE *s = c->stream;
  (void)fputs("<rect", s);
  put_attribute(s, "x", b.x);
  put_attribute(s, "y", b.y);
  put_attribute(s, "width", b.w);
  put_attribute(s, "height", b.h);
  if (radius > 0.0) put_attribute(s, "rx", radius);
  put_fill(s, ink, alpha);
  (void)fputs("/>\n", s);
}

static void svg_rects(lg_canvas *c, const lg_box *b, size_t n, lg_ink ink, double alpha) {
  FILE *s = c->stream;
  (void)fputs("<path", s);
  put_fill(s, ink, alpha);
  (void)fputs(" d=\"", s);
  for (size_t k = 0; k < n; k++) {
    const long x = hundredths(b[k].x), y = hundredths(b[k].y);
    const long w = hundredths(b[k].x + b[k].w) - x, h = hundredths(b[k].y + b[k].h) - y;
    (void)fputc('M', s);
    put_hundredths(s, x);
    (void)fputc(',', s);
    put_hundredths(s, y);
    (void)fputc('h', s);
    put_hundredths(s, w);
    (void)fputc('v', s);
    put_hundredths(s, h);
    (void)fputc('h', s);
    put_hundredths(s, -w);
    (void)fputc('z', s);
  }
  (void)fputs("\"/>\n", s);
}

static void svg_disc(lg_canvas *c, double x, double y, double r, lg_ink ink, lg_pen pen) {
  FILE *s = c->stream;
  (void)fputs("<circle", s);
  put_attribute(s, "cx", x);
  put_attribute(s, "cy", y);
  put_attribute(s, "r", r);
  if (pen.width > 0.0) {
    char fill[16];
    (void)snprintf(fill, sizeof fill, " f%d", (int)ink);
    put_stroke(s, pen, fill);
    (void)fprintf(s, " fill=\"#%06x\"", (unsigned)lg_ink_light(ink));
  } else {
    put_fill(s, ink, 1.0);
  }
  (void)fputs("/>\n", s);
}

static void svg_text(lg_canvas *c, double x, double y, double size, lg_ink ink, unsigned flags, const char *text) {
  FILE *s = c->stream;
  (void)fputs("<text", s);
  if (flags & LG_TEXT_UP) {
    (void)fputs(" transform=\"translate(", s);
    put_number(s, x);
    (void)fputc(',', s);
    put_number(s, y);
    (void)fputs(") rotate(-90)\"", s);
  } else {
    put_attribute(s, "x", x);
    put_attribute(s, "y", y);
  }
  put_attribute(s, "font-size", size);
  if (flags & LG_TEXT_BOLD) (void)fputs(" font-weight=\"600\"", s);
  if (flags & LG_TEXT_MONO) (void)fputs(" font-family=\"ui-monospace, Menlo, Consolas, monospace\"", s);
  if (flags & LG_TEXT_END) (void)fputs(" text-anchor=\"end\"", s);
  else if (flags & LG_TEXT_MIDDLE) (void)fputs(" text-anchor=\"middle\"", s);
  put_fill(s, ink, 1.0);
  (void)fputc('>', s);
  lg_write_escaped(s, text);
  (void)fputs("</text>\n", s);
}

static void svg_image(lg_canvas *c, lg_box b, const uint8_t *rgb, size_t width, size_t height) {
  FILE *s = c->stream;
  (void)fputs("<image", s);
  put_attribute(s, "x", b.x);
  put_attribute(s, "y", b.y);
  put_attribute(s, "width", b.w);
  put_attribute(s, "height", b.h);
  (void)fputs(" preserveAspectRatio=\"none\" href=\"data:image/png;base64,", s);
  if (!lg_put_png_base64(s, rgb, width, height)) c->status = LG_ERR_MEMORY;
  (void)fputs("\"/>\n", s);
}

static void svg_push(lg_canvas *c, double x, double y, double scale) {
  char text[32];
  (void)fputs("<g transform=\"translate(", c->stream);
  put_number(c->stream, x);
  (void)fputc(',', c->stream);
  put_number(c->stream, y);
  lg_format_double(scale, text);
  (void)fprintf(c->stream, ") scale(%s)\">\n", text);
}

static void svg_pop(lg_canvas *c) { (void)fputs("</g>\n", c->stream); }

static void svg_clip(lg_canvas *c, lg_box b) {
  FILE *s = c->stream;
  (void)fprintf(s, "<clipPath id=\"%s-c%u\"><rect", c->id, c->n_clips);
  put_attribute(s, "x", b.x);
  put_attribute(s, "y", b.y);
  put_attribute(s, "width", b.w > 0 ? b.w : 0);
  put_attribute(s, "height", b.h > 0 ? b.h : 0);
  (void)fprintf(s, "/></clipPath>\n<g clip-path=\"url(#%s-c%u)\">\n", c->id, c->n_clips);
  c->n_clips++;
}

static void svg_unclip(lg_canvas *c) { (void)fputs("</g>\n", c->stream); }

static lg_status svg_close(lg_canvas *c, lg_ctx *ctx) {
  (void)ctx;
  (void)fputs("</svg>\n", c->stream);
  return LG_OK;
}

static void svg_destroy(lg_canvas *c) { (void)c; }

static const lg_canvas_ops svg_ops = {
    .stroke = svg_stroke,
    .fill = svg_fill,
    .rect = svg_rect,
    .rects = svg_rects,
    .disc = svg_disc,
    .text = svg_text,
    .image = svg_image,
    .push = svg_push,
    .pop = svg_pop,
    .clip = svg_clip,
    .unclip = svg_unclip,
    .close = svg_close,
    .destroy = svg_destroy,
};

static void put_head(lg_canvas *c, const lg_svg_opts *o) {
  FILE *s = c->stream;
  if (!o->in_page) (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", s);
  (void)fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", s);
  put_number(s, c->width);
  (void)fputc(' ', s);
  put_number(s, c->height);
  (void)fputc('"', s);
  if (!o->in_page) {
    put_attribute(s, "width", c->width);
    put_attribute(s, "height", c->height);
  }
  if (o->css_class) (void)fprintf(s, " class=\"%s\"", o->css_class);
  (void)fprintf(s, " role=\"img\" aria-labelledby=\"%s-t%s%s%s\"", c->id, o->description ? " " : "",
                o->description ? c->id : "", o->description ? "-d" : "");
  (void)fputs(" font-family=\"system-ui, -apple-system, &#39;Segoe UI&#39;, Roboto, &#39;Helvetica Neue&#39;, Arial, "
              "sans-serif\">\n",
              s);
  (void)fprintf(s, "<title id=\"%s-t\">", c->id);
  lg_write_escaped(s, o->title ? o->title : "Figure");
  (void)fputs("</title>\n", s);
  if (o->description) {
    (void)fprintf(s, "<desc id=\"%s-d\">", c->id);
    lg_write_escaped(s, o->description);
    (void)fputs("</desc>\n", s);
  }
  if (!o->in_page) svg_rect(c, (lg_box){0, 0, c->width, c->height}, 0.0, LG_INK_PAPER, 1.0);
}

lg_status lg_canvas_svg(lg_ctx *ctx, FILE *stream, double width, double height, const lg_svg_opts *opts,
                        lg_canvas **out) {
  const lg_svg_opts none = {0};
  const lg_svg_opts *o = opts ? opts : &none;
  *out = NULL;
  if (!(width > 0.0 && width <= 1e5 && height > 0.0 && height <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "a figure of %g x %g px; allowed are 1 to 100000", width, height);
  const char *id = o->id ? o->id : "fig";
  if (strlen(id) >= sizeof((lg_canvas *)0)->id ||
      strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(id))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "id of a figure must be short and of letters, digits and '-'");
  lg_canvas *c = lg_alloc(ctx, 1, sizeof *c);
  if (!c) return LG_ERR_MEMORY;
  c->ops = &svg_ops;
  c->stream = stream;
  c->width = width;
  c->height = height;
  c->density = 2.0;
  memcpy(c->id, id, strlen(id) + 1);
  put_head(c, o);
  *out = c;
  return LG_OK;
}
