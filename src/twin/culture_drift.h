/** @file culture_drift.h @brief Drift of a film, within the twin layer. */
#ifndef LG_CULTURE_DRIFT_H
#define LG_CULTURE_DRIFT_H

#include "twin/culture_movie.h"

/** @brief Find and undo the drift of a film's movie; film->shift, shift_noise_px and seen are set. */
LG_MUST_CHECK lg_status lg_culture_film_align(lg_ctx *ctx, lg_culture_film *film);

#endif
