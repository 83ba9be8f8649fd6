/** @file culture_unet_data.h @brief Simulated monolayers as the flow network's training sees them. */
#ifndef LG_CULTURE_UNET_DATA_H
#define LG_CULTURE_UNET_DATA_H

#include "culture/simulate.h"
#include "twin/culture_unet.h"

/** Maps of one monolayer and what is to be said of it. */
typedef struct unet_sample {
  size_t side;
  float *maps;   /* (side, side, 2) of the movie */
  float *image;  /* (side, side, 2) of its mean alone, as one image would be */
  float *target; /* (side, side, 3) */
  lg_culture_masks *masks;
} unet_sample;

/** @brief Monolayer `index` of a stream of a seed. @param hole_share of cells that are gaps; 0: confluent */
LG_MUST_CHECK lg_status lg_culture_unet_sample(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell,
                                               size_t frames, double hole_share, unet_sample *out);
void lg_culture_unet_sample_clear(lg_ctx *ctx, unet_sample *sample);

#endif
