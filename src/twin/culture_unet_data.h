/** @file culture_unet_data.h @brief Simulated monolayers as the flow network's training sees them. */
#ifndef LG_CULTURE_UNET_DATA_H
#define LG_CULTURE_UNET_DATA_H

#include "culture/simulate.h"
#include "culture/stain.h"
#include "twin/culture_unet.h"

/** What the network is shown of one monolayer, and its cells. */
typedef struct unet_sample {
  size_t side;
  float *maps;  /* (side, side, 2): of a movie, or an image twice */
  float *image; /* (side, side, 2): a movie's mean twice; NULL: the maps are of an image */
  lg_culture_masks *masks;
} unet_sample;

/** @brief Movie `index` of a stream of a seed. @param hole_share of cells that are gaps; 0: confluent */
LG_MUST_CHECK lg_status lg_culture_unet_sample(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell,
                                               size_t frames, double hole_share, unet_sample *out);

/** @brief The same with the simulator's own light, noise and activity. */
LG_MUST_CHECK lg_status lg_culture_unet_plain(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell,
                                              size_t frames, unet_sample *out);

/** @brief Image `index` of a stream of a seed: stained membranes or bright cells, as one image would come in. */
LG_MUST_CHECK lg_status lg_culture_unet_still(lg_ctx *ctx, uint64_t seed, size_t index, size_t size, size_t ncell,
                                              unet_sample *out);

/** @brief Noise without cells. */
LG_MUST_CHECK lg_status lg_culture_unet_nothing(lg_ctx *ctx, uint64_t seed, size_t index, size_t size,
                                                unet_sample *out);
void lg_culture_unet_sample_clear(lg_ctx *ctx, unet_sample *sample);

#endif
