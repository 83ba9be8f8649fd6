/** @file report_folder.h @brief Files of a report folder, each whole or not at all, and its single figures. */
#ifndef LG_REPORT_FOLDER_H
#define LG_REPORT_FOLDER_H

#include "io/canvas.h"
#include "io/ro_crate.h"

typedef lg_status (*lg_folder_fn)(lg_ctx *ctx, const void *user, FILE *stream);

/** @brief Write one file of a folder by a function. */
LG_MUST_CHECK lg_status lg_folder_write(lg_ctx *ctx, const char *dir, const char *name, lg_folder_fn write,
                                        const void *user);

/** One figure of its own: fig-NAME.svg and fig-NAME.png. */
typedef struct lg_picture {
  const char *name, *title;
  double width, height; /* px */
  bool possible;
  lg_status (*draw)(lg_ctx *ctx, const void *user, lg_canvas *canvas, lg_box box);
} lg_picture;

/** @brief Write those that are possible as SVG and, twice as fine, as PNG. */
LG_MUST_CHECK lg_status lg_folder_pictures(lg_ctx *ctx, const char *dir, const lg_picture *pictures, size_t n,
                                           const void *user);

/** @brief Draw one figure as an SVG element of a page. */
LG_MUST_CHECK lg_status lg_picture_in_page(lg_ctx *ctx, const lg_picture *picture, const lg_svg_opts *opts,
                                           const void *user, FILE *stream);

/** @brief Write ro-crate-metadata.json for those of the files that are there: figures with nothing to show are not. */
LG_MUST_CHECK lg_status lg_folder_crate(lg_ctx *ctx, const char *dir, const char *name, const char *description,
                                        const lg_provenance *provenance, const lg_crate_file *files, size_t n);

#endif
