/** @file picture.h @brief A figure into a file: .svg, .png or .pdf, written whole or not at all. */
#ifndef LG_CLI_PICTURE_H
#define LG_CLI_PICTURE_H

#include "app/cli/cli.h"
#include "io/canvas.h"

/** What draws on the canvas, within the box. */
typedef lg_status (*cli_draw_fn)(lg_ctx *ctx, void *user, lg_canvas *canvas, lg_box box);

typedef struct cli_picture {
  const char *title, *id;
  const char *words; /* what it shows; the command that drew it and its inputs are added */
  double width, height;
  cli_draw_fn draw;
  void *user;
} cli_picture;

/** @brief Whether a path ends in .svg, .png or .pdf, or is "-" (SVG). */
bool cli_is_picture(const char *path);

LG_MUST_CHECK lg_status cli_write_picture(cli_run *run, const char *path, const cli_picture *picture);

#endif
