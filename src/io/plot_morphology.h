/**
 * @file plot_morphology.h
 * @brief A cell's shape on a canvas: projected, diameters to scale, coloured by type or by a value along it.
 */
#ifndef LG_PLOT_MORPHOLOGY_H
#define LG_PLOT_MORPHOLOGY_H

#include "data/morphology.h"
#include "io/canvas.h"

typedef struct lg_morphology_figure {
  double font;
  int right, up; /* which of x, y, z (0, 1, 2) points where; both 0: x and y */
  /** Values from 0 to 1 along the sections: section k has n_pieces[k] pieces of equal length, of all sections in order.
   * NULL: coloured by type. */
  const size_t *n_pieces;
  const double *shades;
  bool no_scale_bar, no_legend;
} lg_morphology_figure;

/** @brief Draw a cell into a box, as large as fits. */
LG_MUST_CHECK lg_status lg_plot_morphology(lg_ctx *ctx, const lg_morphology *m, const lg_morphology_figure *how,
                                           lg_canvas *canvas, lg_box box);

/** @brief What the picture shows, in words and numbers. */
void lg_plot_morphology_words(const lg_morphology *m, char *text, size_t bytes);

/** @brief "soma", "axon", "basal dendrite", "apical dendrite", "type 7" (buffer of 32 bytes). */
const char *lg_section_type_name(int type, char *buffer);

/** @brief Ink of a type. */
lg_ink lg_section_type_ink(int type);

#endif
