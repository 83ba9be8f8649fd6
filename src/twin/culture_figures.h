/** @file culture_figures.h @brief The drawing of an identified culture's figures, each in a box of a canvas; user is a
 * culture_view. */
#ifndef LG_TWIN_CULTURE_FIGURES_H
#define LG_TWIN_CULTURE_FIGURES_H

#include "io/plot.h"
#include "twin/culture_report.h"

#define LG_CULTURE_FONT 11.0

LG_MUST_CHECK lg_status lg_culture_draw_fits(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);
LG_MUST_CHECK lg_status lg_culture_draw_profile(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);
LG_MUST_CHECK lg_status lg_culture_draw_replicates(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);
LG_MUST_CHECK lg_status lg_culture_draw_events(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);
LG_MUST_CHECK lg_status lg_culture_draw_feeds(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);
LG_MUST_CHECK lg_status lg_culture_draw_training(lg_ctx *ctx, const void *user, lg_canvas *c, lg_box box);

#endif
