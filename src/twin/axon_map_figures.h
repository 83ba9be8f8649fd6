/** @file axon_map_figures.h @brief Pictures of a map: slices of what was worked out, network against simulation. */
#ifndef LG_TWIN_AXON_MAP_FIGURES_H
#define LG_TWIN_AXON_MAP_FIGURES_H

#include "twin/axon_map.h"
#include "twin/report_folder.h"

/** What can be drawn; those of a network or of errors only where they are known. */
enum {
  AXON_PICTURE_OUTPUT = 0, /* AXON_PREDICTED of them */
  AXON_PICTURE_STRAIN = AXON_PICTURE_OUTPUT + AXON_PREDICTED,
  AXON_PICTURE_RATE,
  AXON_PICTURE_INJURED,
  AXON_PICTURE_SOURCE,
  AXON_PICTURE_RANGE,
  AXON_PICTURE_NEAREST,
  AXON_PICTURE_SD,                                            /* AXON_PREDICTED */
  AXON_PICTURE_ERROR = AXON_PICTURE_SD + AXON_PREDICTED,      /* AXON_PREDICTED */
  AXON_PICTURE_SCATTER = AXON_PICTURE_ERROR + AXON_PREDICTED, /* all four in one */
  AXON_PICTURES
};

/** One picture of a map. */
typedef struct axon_map_view {
  const axon_map *map;
  double at_mm[3]; /* planes: coronal through x, sagittal through y, axial through z */
  size_t which;
} axon_map_view;

/** @brief The picture of a view; not possible when the map lacks what it shows or lies on no grid. */
lg_picture lg_axon_map_picture(const axon_map_view *view);
/** @brief What it shows, in words. */
void lg_axon_map_picture_words(const axon_map_view *view, char *text, size_t bytes);

/** @brief fig-NAME.svg and fig-NAME.png of all that are possible, into a folder that is there. */
LG_MUST_CHECK lg_status lg_axon_map_pictures(lg_ctx *ctx, const char *folder, const axon_map *map,
                                             const double at_mm[3]);

#endif
