/** @file axon_profiles_summary.h @brief What is in a set of strain profiles: figures, words and a picture. */
#ifndef LG_AXON_PROFILES_SUMMARY_H
#define LG_AXON_PROFILES_SUMMARY_H

#include "axon/profiles.h"
#include "io/canvas.h"

typedef struct axon_profiles_summary {
  double peak[3];               /* 5th, 50th, 95th percentile over profiles of the greatest |strain| */
  double least, greatest;       /* strain of any sample */
  size_t least_at, greatest_at; /* whose */
  double rate;                  /* greatest |strain rate|, 1/s */
  size_t rate_at;
  double place_low[3], place_high[3]; /* mm; NAN: no places */
} axon_profiles_summary;

LG_MUST_CHECK lg_status lg_axon_profiles_summarise(lg_ctx *ctx, const axon_profiles *profiles,
                                                   axon_profiles_summary *out);

/**
 * @brief Strain over time: up to 12 profiles as lines; of more the median, the bands of 5 to 95 and 25 to 75 %, and the
 * profile with the greatest |strain|.
 * @param from_ms,to_ms the window; all when to is not beyond from
 */
LG_MUST_CHECK lg_status lg_axon_profiles_draw(lg_ctx *ctx, const axon_profiles *profiles, double from_ms, double to_ms,
                                              double font, lg_canvas *canvas, lg_box box);

#endif
