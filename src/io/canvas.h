/**
 * @file canvas.h
 * @brief A small drawing surface with two back ends: an SVG writer of our own, and cairo (PDF, PNG).
 *
 * Coordinates: x to the right, y down, in px of the figure (PDF: points). Colours are inks of a fixed palette
 * (Okabe & Ito 2008, distinguishable by every kind of colour vision) so that a page can recolour the same figure
 * for the dark: the SVG back end writes the light colour as attribute and the ink's number as class (`s3` strokes,
 * `f3` fills). Drawing calls return nothing: the first error sticks and lg_canvas_close() returns it. The same
 * calls give the same bytes: no date, no random id, no locale.
 */
#ifndef LG_CANVAS_H
#define LG_CANVAS_H

#include "base/base.h"

typedef struct lg_canvas lg_canvas;

/** The palette. Never tell two things apart by ink alone: give them different dashes or marks as well. */
typedef enum lg_ink {
  LG_INK_PAPER = 0, /* background */
  LG_INK_TEXT,      /* words and recorded data */
  LG_INK_MUTED,     /* tick labels, notes */
  LG_INK_GRID,      /* grid and axis lines */
  LG_INK_BLUE,
  LG_INK_VERMILLION,
  LG_INK_GREEN,
  LG_INK_ORANGE,
  LG_INK_SKY,
  LG_INK_PURPLE,
  LG_INK_YELLOW,
  LG_INK_COUNT,
  LG_INK_SHADE = 64, /* first of LG_N_SHADES inks from dark blue by red to light orange: values, not things */
  LG_INK_SHADE_LAST = 127
} lg_ink;

enum { LG_N_SHADES = LG_INK_SHADE_LAST - LG_INK_SHADE + 1 };

/** @brief Ink of a value from 0 to 1 (clamped; not finite: muted grey). Lightness grows with the value, so that it can
 * be told without colours; the same for light and dark pages. */
lg_ink lg_ink_shade(double value);

typedef enum lg_dash { LG_DASH_SOLID = 0, LG_DASH_LONG, LG_DASH_DOTS, LG_DASH_DOT_LONG, LG_DASH_COUNT } lg_dash;

typedef struct lg_pen {
  lg_ink ink;
  double width; /* px */
  lg_dash dash;
  double alpha; /* 0 is taken as 1, so that {LG_INK_BLUE, 1.5} is a whole pen */
} lg_pen;

typedef struct lg_point {
  double x, y;
} lg_point;

typedef struct lg_box {
  double x, y, w, h;
} lg_box;

/** Words may be anchored at their start, middle or end, be bold, or run upwards. */
enum { LG_TEXT_START = 0, LG_TEXT_MIDDLE = 1, LG_TEXT_END = 2, LG_TEXT_BOLD = 4, LG_TEXT_UP = 8, LG_TEXT_MONO = 16 };

/** Options of an SVG. */
typedef struct lg_svg_opts {
  const char *title;       /* <title>: what the figure is; required for readers of the screen */
  const char *description; /* <desc>: what it shows, in words and numbers */
  const char *id;          /* prefix of ids, unique within a page; NULL = "fig" */
  const char *css_class;   /* class of the <svg> element, or NULL */
  bool in_page;            /* true: an element for an HTML page, transparent; false: a file with XML head and paper */
} lg_svg_opts;

/** @brief Draw SVG into a stream. Allocates only the handle. */
LG_MUST_CHECK lg_status lg_canvas_svg(lg_ctx *ctx, FILE *stream, double width, double height, const lg_svg_opts *opts,
                                      lg_canvas **out);
/** @brief Draw a PDF of pages of this size in points. `date` (UTC, ISO 8601) is its creation date; NULL = a fixed one.
 */
LG_MUST_CHECK lg_status lg_canvas_pdf(lg_ctx *ctx, FILE *stream, double width, double height, const char *title,
                                      const char *date, lg_canvas **out);
/** @brief Draw a PNG of width*scale × height*scale pixels; scale 2 suits screens and slides. */
LG_MUST_CHECK lg_status lg_canvas_png(lg_ctx *ctx, FILE *stream, double width, double height, double scale,
                                      lg_canvas **out);
/** @brief Finish the picture and free the canvas. The stream stays open; its own errors are the caller's to check. */
LG_MUST_CHECK lg_status lg_canvas_close(lg_ctx *ctx, lg_canvas *canvas);
/** @brief Free without finishing; accepts NULL. */
void lg_canvas_destroy(lg_ctx *ctx, lg_canvas *canvas);

double lg_canvas_width(const lg_canvas *canvas);
double lg_canvas_height(const lg_canvas *canvas);
/** @brief Columns per px that traces are decimated to: 2 where a reader can zoom, scale of a PNG. */
double lg_canvas_density(const lg_canvas *canvas);

/** @brief Draw a line through points; a point that is not finite lifts the pen. */
void lg_canvas_stroke(lg_canvas *canvas, const lg_point *points, size_t n, lg_pen pen);
void lg_canvas_line(lg_canvas *canvas, double x0, double y0, double x1, double y1, lg_pen pen);
/** @brief Fill a polygon; nothing is drawn when a point is not finite. */
void lg_canvas_fill(lg_canvas *canvas, const lg_point *points, size_t n, lg_ink ink, double alpha);
void lg_canvas_rect(lg_canvas *canvas, lg_box box, lg_ink ink, double alpha);
/** @brief Many rectangles of one ink as one shape: the cells of a density. */
void lg_canvas_rects(lg_canvas *canvas, const lg_box *boxes, size_t n, lg_ink ink, double alpha);
/** @brief A rectangle with round corners. */
void lg_canvas_round_rect(lg_canvas *canvas, lg_box box, double radius, lg_ink ink, double alpha);
/** @brief A disc, filled with one ink and outlined by a pen (width 0: no outline). */
void lg_canvas_disc(lg_canvas *canvas, double x, double y, double radius, lg_ink fill, lg_pen outline);
/** @brief Write UTF-8 words with their baseline at y. Broken UTF-8 and control characters are replaced. */
void lg_canvas_text(lg_canvas *canvas, double x, double y, double size, lg_ink ink, unsigned flags, const char *text);
/** @brief Width of words in px: an upper bound, by the metrics of DejaVu Sans, equal for every back end. */
double lg_text_width(const char *text, double size, unsigned flags);
/** @brief Pixels (height, width, 3) over a box, row 0 on top: photographs; what is drawn of values is better drawn by
 * lg_plot_image(). An SVG holds them as PNG; at most 4096 px a side. */
void lg_canvas_image(lg_canvas *canvas, lg_box box, const uint8_t *rgb, size_t width, size_t height);
/** @brief What is drawn until lg_canvas_pop() is made `scale` times as large and moved by (x, y); not nested. */
void lg_canvas_push(lg_canvas *canvas, double x, double y, double scale);
void lg_canvas_pop(lg_canvas *canvas);
/** @brief Restrict drawing to a box until lg_canvas_unclip(); not nested. */
void lg_canvas_clip(lg_canvas *canvas, lg_box box);
void lg_canvas_unclip(lg_canvas *canvas);
/** @brief Begin the next page (PDF; elsewhere an error that sticks). */
void lg_canvas_next_page(lg_canvas *canvas);

/** @brief Light and dark colour of an ink as 0xRRGGBB. */
uint32_t lg_ink_light(lg_ink ink);
uint32_t lg_ink_dark(lg_ink ink);
/** @brief Dash pattern in px for a pen of 1 px; *n = 0 for a solid line. */
const double *lg_dash_pattern(lg_dash dash, size_t *n);

/** @brief Write text with & < > " ' escaped for XML and HTML, broken UTF-8 as U+FFFD, control characters dropped. */
void lg_write_escaped(FILE *stream, const char *text);
/** @brief Decode one UTF-8 character and step over it; U+FFFD for a broken one; 0 at the end. */
uint32_t lg_utf8_next(const char **text);

#endif
