/** @file flow_check.h @brief Which labels stay cells: size, agreement with the flows, holes. Internal to flow_*.c. */
#ifndef LG_CULTURE_FLOW_CHECK_H
#define LG_CULTURE_FLOW_CHECK_H

#include "culture/unet.h"

/** @brief Labels smaller than `least`, of more than 0.4 of the image or with an error above `most_error` go to 0; the
 * others are counted anew. @param error (most + 1) or NULL */
LG_MUST_CHECK lg_status lg_culture_flow_drop(lg_ctx *ctx, lg_culture_masks *masks, size_t least, const double *error,
                                             double most_error);

/** @brief All of the checks in Cellpose's order: agreement, holes, size. */
LG_MUST_CHECK lg_status lg_culture_flow_check(lg_ctx *ctx, lg_culture_masks *masks, const float *flow,
                                              const culture_flow_options *options);

#endif
