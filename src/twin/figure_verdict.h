/**
 * @file figure_verdict.h
 * @brief How a verdict looks in every figure and table: an ink, a letter, words. Never an ink alone.
 */
#ifndef LG_TWIN_FIGURE_VERDICT_H
#define LG_TWIN_FIGURE_VERDICT_H

#include "io/plot.h"
#include "twin/assay.h"

typedef struct lg_verdict_look {
  const char *name;   /* as JSON has it: "depolarisation_block" */
  const char *words;  /* "depolarisation block" */
  const char *letter; /* "B" */
  const char *css;    /* class of a tag on a page: "v4" */
  lg_ink ink, letter_ink;
  double alpha; /* of the fill */
} lg_verdict_look;

/** @brief The look of a verdict; of a point that failed when it is none. */
const lg_verdict_look *lg_verdict_look_of(int verdict);
/** @brief The verdict of that JSON name; -1: none has it. */
int lg_verdict_find(const char *name);

/** @brief A cell: fill, frame where the verdict has one, and words (NULL: the letter) in the middle where they fit. */
void lg_verdict_cell(lg_canvas *canvas, lg_box box, int verdict, double font, const char *text);
/** @brief A row of cells between edges (n + 1); where they are too narrow for letters, a run of one verdict is one
 * cell. */
void lg_verdict_row(lg_canvas *canvas, const double *edges, const int *verdicts, size_t n, double y, double height,
                    double font);
/** @brief Draw swatches with words in a row from (x, y), wrapping at x + width; returns the height used. `canvas` NULL:
 * the height only. used[k] says which verdicts stand in the legend; the last is for failed points. */
double lg_verdict_legend(lg_canvas *canvas, double x, double y, double width, double font,
                         const bool used[LG_VERDICTS + 1]);
/** @brief A tag of a page with letter and words. */
void lg_verdict_tag(FILE *stream, int verdict);
/** @brief Rules of the style sheet for the tags. */
extern const char *const lg_verdict_css;

#endif
