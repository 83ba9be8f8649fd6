/**
 * @file calcium_film_file.h
 * @brief A run along its longest path as bytes, for the page that plays it.
 */
#ifndef LG_TWIN_CALCIUM_FILM_FILE_H
#define LG_TWIN_CALCIUM_FILM_FILE_H

#include "calcium/film.h"

/**
 * @brief One line of JSON, then little-endian float32 (layers, times, places).
 *
 * The line: schema loligo-calcium-film/1, layers (c_uM, ce_uM, P), n_times, n_places, every_s from frame to frame,
 * length_um of the path. Places are the middles of cells of equal length from the root to the farthest tip; NAN: not
 * seen (a run that went on from a saved state).
 * @param most so many frames at most: of more every second, third … is written; 2 or more
 * @retval LG_ERR_UNSUPPORTED the film has seen nothing
 */
LG_MUST_CHECK lg_status lg_calcium_film_write(lg_ctx *ctx, const char *path, const calcium_film *film, size_t most);

#endif
