/** @file canvas_ops.h @brief The inside of a canvas: what a back end implements. Arguments are checked before. */
#ifndef LG_CANVAS_OPS_H
#define LG_CANVAS_OPS_H

#include "io/canvas.h"

typedef struct lg_canvas_ops {
  void (*stroke)(lg_canvas *, const lg_point *, size_t, lg_pen); /* all points finite, n >= 2 */
  void (*fill)(lg_canvas *, const lg_point *, size_t, lg_ink, double alpha);
  void (*rect)(lg_canvas *, lg_box, double radius, lg_ink, double alpha);
  void (*rects)(lg_canvas *, const lg_box *, size_t, lg_ink, double alpha);
  void (*disc)(lg_canvas *, double x, double y, double r, lg_ink, lg_pen);
  void (*text)(lg_canvas *, double x, double y, double size, lg_ink, unsigned flags, const char *);
  void (*image)(lg_canvas *, lg_box, const uint8_t *rgb, size_t width, size_t height);
  void (*push)(lg_canvas *, double x, double y, double scale);
  void (*pop)(lg_canvas *);
  void (*clip)(lg_canvas *, lg_box);
  void (*unclip)(lg_canvas *);
  void (*next_page)(lg_canvas *); /* NULL: one page only */
  lg_status (*close)(lg_canvas *, lg_ctx *);
  void (*destroy)(lg_canvas *); /* what is left of the back end; also after close */
} lg_canvas_ops;

/** @brief Write pixels as PNG in base64 (canvas_cairo.c); false when they could not be written. */
bool lg_put_png_base64(FILE *stream, const uint8_t *rgb, size_t width, size_t height);

struct lg_canvas {
  const lg_canvas_ops *ops;
  FILE *stream;
  double width, height, density;
  lg_status status; /* first error */
  void *surface;    /* cairo: the surface and its context */
  void *pencil;
  double scale;
  char id[48]; /* SVG: prefix of ids */
  unsigned n_clips;
  bool clipped, pushed;
};

#endif
