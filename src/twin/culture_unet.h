/** @file culture_unet.h @brief The flow network of the culture room: trained on simulated movies, kept as safetensors.
 */
#ifndef LG_CULTURE_UNET_FILE_H
#define LG_CULTURE_UNET_FILE_H

#include "culture/unet.h"
#include "io/safetensors.h"
#include "twin/culture_movie.h"

/** A network with its weights; start from {0}. */
typedef struct lg_culture_unet_file {
  culture_unet net;
  float *theta;
} lg_culture_unet_file;

LG_MUST_CHECK lg_status lg_culture_unet_load(lg_ctx *ctx, const char *path, lg_culture_unet_file *out);
/** @brief The same of a file that is open. */
LG_MUST_CHECK lg_status lg_culture_unet_of(lg_ctx *ctx, const lg_safetensors *file, lg_culture_unet_file *out);
/** Whether a file says that it is one. */
bool lg_culture_is_unet(const lg_safetensors *file);
void lg_culture_unet_file_clear(lg_ctx *ctx, lg_culture_unet_file *file);

/** @brief As an ONNX graph: x (batch, height, width, 2), both multiples of 8 → y (batch, height, width, 3). */
LG_MUST_CHECK lg_status lg_culture_unet_write_onnx(lg_ctx *ctx, const lg_culture_unet_file *net,
                                                   const lg_text_pair *metadata, size_t n_metadata, const char *path);

/** How to train; see lg_culture_unet_plan_default(). */
typedef struct culture_unet_plan {
  size_t samples, size, ncell, frames, crop, batch, steps;
  double lr;
  double still_share; /* of samples that are one image: stained membranes, bright cells */
  double image_share; /* of a movie's crops that show its mean alone */
  double hole_share;  /* of movies with gaps between cells */
  size_t held;        /* movies of 288 px, and as many images, to judge it on; 0: none */
  uint64_t seed;
} culture_unet_plan;

culture_unet_plan lg_culture_unet_plan_default(void);

/** Scores on monolayers that were not trained on; means. */
typedef struct culture_unet_scores {
  size_t n;
  double ap50, ap75, ap90, iou, recall75, edge_f1;
} culture_unet_scores;

typedef struct culture_unet_table {
  culture_unet_scores movies, varied,
      stills; /* as `culture simulate` makes them; light and noise of all kinds; images */
} culture_unet_table;

/** @brief Train and write; resumes from path.state. @param[out] table on others of 288 px */
LG_MUST_CHECK lg_status lg_culture_unet_train(lg_ctx *ctx, const culture_unet_plan *plan, const char *path,
                                              culture_unet_table *table);

/** @brief Scores of a network on `held` movies as `culture simulate` makes them, as many of varied light, and images.
 */
LG_MUST_CHECK lg_status lg_culture_unet_judge(lg_ctx *ctx, const char *path, uint64_t seed, size_t held,
                                              culture_unet_table *table);

typedef struct culture_unet_options {
  double zoom; /* of the image, to the size of cells that it was trained on; NAN: found */
  culture_flow_options flow;
} culture_unet_options;

culture_unet_options lg_culture_unet_options_default(void);

/** Diameter (of a disc of the same area) of the cells that it was trained on, at a zoom of 1. */
double lg_culture_unet_diameter_px(void);

/**
 * @brief Cells of a film by the network: of a movie by mean and correlation, of an image by its (turned) logarithm.
 *
 * Zoom NAN: from the area of what the watershed finds, then from that of what the network itself finds.
 * @param[out] zoom what was used
 */
LG_MUST_CHECK lg_status lg_culture_film_unet(lg_ctx *ctx, const lg_culture_film *film, const lg_culture_unet_file *net,
                                             const culture_unet_options *options, lg_culture_masks **out, double *zoom);

#endif
