/** @file culture_report.h @brief The page of an identified culture: movie, graph, fits, coupling and how sure it is,
 * events, feeds and what they are not. */
#ifndef LG_TWIN_CULTURE_REPORT_H
#define LG_TWIN_CULTURE_REPORT_H

#include "culture/identify.h"
#include "culture/movie.h"
#include "twin/report_folder.h"

enum { CULTURE_STILL_SIDE = 400 };

/** Pictures of a movie, shrunk to at most CULTURE_STILL_SIDE px a side. */
typedef struct culture_stills {
  size_t height, width;
  size_t shrink; /* pixels of the movie per pixel here */
  float *mean;   /* (height, width) */
  float *correlation;
  float *frame;     /* one frame, normalised */
  size_t frame_at;  /* which */
  bool has_event;   /* the largest event of all begins just before it */
  uint32_t at_cell; /* index of the cell that makes it */
  uint32_t *label;  /* (height, width) */
} culture_stills;

/**
 * @brief Pictures of a film that went through its stages: its mean, its correlation map, the frame after the largest
 * event (without events the brightest one).
 * @param table (65536) normalised values of counts
 */
LG_MUST_CHECK lg_status lg_culture_stills_create(lg_ctx *ctx, const lg_culture_movie *movie, const float *table,
                                                 const lg_culture_masks *masks, const lg_culture_result *result,
                                                 culture_stills **out);
void lg_culture_stills_destroy(lg_ctx *ctx, culture_stills *stills);

/** What a page shows; all borrowed. */
typedef struct culture_view {
  const char *title, *method;
  const lg_culture_graph *graph;
  const double *y; /* (n_times, graph->n) */
  size_t n_times;
  const lg_culture_result *result;
  const culture_identify *options;
  const culture_stills *stills; /* NULL: no movie is there */
  double frame_s, pixel_um;     /* NAN: not known */
  const char *provenance_json;  /* of lg_page_provenance_text(), or NULL */
} culture_view;

enum {
  CULTURE_FIGURE_MOVIE = 0,
  CULTURE_FIGURE_GRAPH,
  CULTURE_FIGURE_FITS,
  CULTURE_FIGURE_PROFILE,
  CULTURE_FIGURE_REPLICATES,
  CULTURE_FIGURE_EVENTS,
  CULTURE_FIGURE_FEEDS,
  CULTURE_FIGURE_TRAINING, /* of a physics-informed network */
  CULTURE_FIGURES
};

/** @brief The figures of a view; those with nothing to show are not possible. */
void lg_culture_pictures(const culture_view *view, lg_picture pictures[CULTURE_FIGURES]);
/** @brief What a figure shows, in words. */
void lg_culture_words(const culture_view *view, size_t which, char *text, size_t bytes);

/** @brief Cells of the figure of fits: of each group the best, the median and the worst by NMSE.
 * @param cell (12) indices into result->inner @return how many */
size_t lg_culture_chosen_fits(const lg_culture_result *result, size_t cell[12]);

/** @brief Standard deviation over the cells of the feed that static differences of brightness alone would make:
 * k sum_j a_ij (mean_j - mean_i). What of gamma is no more than that cannot be told from dye and light. */
LG_MUST_CHECK lg_status lg_culture_static_spread(lg_ctx *ctx, const culture_view *view, double *spread);

/** @brief Write report.html, report.pdf and every figure by itself (SVG, PNG) into a folder that is there.
 * @param what LG_REPORT_HTML | LG_REPORT_PDF | LG_REPORT_FIGURES (twin/report.h) */
LG_MUST_CHECK lg_status lg_culture_report(lg_ctx *ctx, const char *folder, const culture_view *view, unsigned what);

#endif
