/**
 * @file unet.h
 * @brief Cells by a small U-Net: flows towards each cell's middle and whether a pixel is one of a cell's.
 *
 * As Cellpose (Stringer et al. 2021, doi:10.1038/s41592-020-01018-x) has it, with weights of our own that are trained
 * on simulated monolayers only. Input: two channels (height, width), each as local standard deviations (Gaussian of 20
 * px) from 0 (3 or more below what is around; outside of the image) to 2; output: flow y, flow x (times 5), logit of
 * being inside a cell. Widths 16, 32, 48, 64; three poolings; batch norm; 226,419 numbers.
 */
#ifndef LG_CULTURE_UNET_H
#define LG_CULTURE_UNET_H

#include "culture/movie.h"
#include "learn/layers.h"
#include "learn/tape.h"

enum { CULTURE_UNET_IN = 2, CULTURE_UNET_OUT = 3, CULTURE_UNET_LEVELS = 4, CULTURE_UNET_GRAIN = 8 };

/** Convolution, batch norm, ReLU. */
typedef struct culture_unit {
  lg_conv2d conv;
  lg_norm norm;
} culture_unit;

typedef struct culture_unet {
  lg_params params;
  culture_unit down[CULTURE_UNET_LEVELS][2], up[CULTURE_UNET_LEVELS - 1][2];
  lg_conv2d head;
} culture_unet;

LG_MUST_CHECK lg_status lg_culture_unet_create(lg_ctx *ctx, culture_unet *net);
void lg_culture_unet_clear(lg_ctx *ctx, culture_unet *net);

/** @brief x (B, H, W, 2), H and W multiples of 8 → (B, H, W, 3). */
lg_var lg_culture_unet_output(lg_f32_tape *tape, const culture_unet *net, lg_var x);

/** @brief A unit as one convolution: its batch norm in the weights (9 in out) and the bias (out). */
void lg_culture_unit_fold(const float *theta, const culture_unit *unit, float *weight, float *bias);

/** @brief Fisher's z of a correlation map, in place: as uneven near 1 as elsewhere. */
void lg_culture_unet_correlation(float *correlation, size_t n);

/** @brief Both channels in local standard deviations. @param a,b (height, width), may be one @param x (…, 2) */
LG_MUST_CHECK lg_status lg_culture_unet_input(lg_ctx *ctx, const float *a, const float *b, size_t height, size_t width,
                                              float *x);

/**
 * @brief Run the network on an image of any size; in tiles with overlap where it is large (some 100 MB a thread).
 *
 * Batch norms are folded into the convolutions, nothing is kept for a gradient.
 * @param theta (net->params.count) @param x (height, width, 2) @param out (height, width, 3)
 */
LG_MUST_CHECK lg_status lg_culture_unet_run(lg_ctx *ctx, const culture_unet *net, const float *theta, const float *x,
                                            size_t height, size_t width, float *out);

/** @brief What the network is to say of labels: unit flows down the heat that spreads from each cell's middle, times 5,
 * and inside (1) or not (0). @param target (height, width, 3) */
LG_MUST_CHECK lg_status lg_culture_flow_target(lg_ctx *ctx, const lg_culture_masks *masks, float *target);

/** Names and defaults as Cellpose has them. */
typedef struct culture_flow_options {
  double least_logit;    /* of being inside; 0 */
  double flow_threshold; /* cells go whose own flows lie farther than this from those that were said, squared; 0.4 */
  unsigned steps;        /* of following the flows; 200 */
  size_t least_area_px;  /* 15 */
  bool fill;             /* confluent: pixels inside that reached no sink join their neighbours */
} culture_flow_options;

culture_flow_options lg_culture_flow_default(void);

/**
 * @brief Labels out of flows: pixels follow them to sinks. Cells of more than 0.4 of the image, small ones and those
 * that the flows do not agree with are dropped, holes in a cell are filled.
 * @param flow (height, width, 3) @retval LG_ERR_NOT_FOUND no cell
 */
LG_MUST_CHECK lg_status lg_culture_flow_masks(lg_ctx *ctx, const float *flow, size_t height, size_t width,
                                              const culture_flow_options *options, lg_culture_masks **out);

/** @brief Mean square by which the unit flows of each label lie off those that were said. @param error (most + 1) */
LG_MUST_CHECK lg_status lg_culture_flow_error(lg_ctx *ctx, const lg_culture_masks *masks, const float *flow,
                                              double *error);

#endif
