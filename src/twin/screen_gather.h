/**
 * @file screen_gather.h
 * @brief From the points of a screen (compound × dose × individual, in any order) to the cells of its report.
 */
#ifndef LG_TWIN_SCREEN_GATHER_H
#define LG_TWIN_SCREEN_GATHER_H

#include "twin/screen_report.h"

typedef struct lg_screen_gather lg_screen_gather;

/** @brief Room for n_compounds × n_doses × n_individuals points, 9 bytes each; all of them not worked out yet. */
LG_MUST_CHECK lg_status lg_screen_gather_create(lg_ctx *ctx, size_t n_compounds, size_t n_doses, size_t n_individuals,
                                                lg_screen_gather **out);
void lg_screen_gather_destroy(lg_ctx *ctx, lg_screen_gather *gather);

/**
 * @brief Put one point; a later one at the same place replaces it.
 * @param verdict    lg_verdict; -1: failed
 * @param area_ratio treated / untreated, of that individual; NAN is allowed
 * @retval LG_ERR_ARGUMENT an index or the verdict is out of range
 */
LG_MUST_CHECK lg_status lg_screen_gather_put(lg_ctx *ctx, lg_screen_gather *gather, size_t compound, size_t dose,
                                             size_t individual, int verdict, double area_ratio, double rheobase_ratio);

/**
 * @brief The cells (n_compounds, n_doses) row-major: the most frequent verdict (of equally frequent ones the one whose
 * individuals lie nearer to the median area), medians, central 95 % of the area, shares. O(points log individuals).
 */
LG_MUST_CHECK lg_status lg_screen_gather_cells(lg_ctx *ctx, const lg_screen_gather *gather, lg_screen_cell *cells);
/** @brief How many points failed or were never put. */
size_t lg_screen_gather_missing(const lg_screen_gather *gather);

/**
 * @brief Dose of half of the effect on the area, by interpolation over log dose between the doses around it.
 * @param dose_uM (n) ascending
 * @param cells   (n) of one compound
 * @return NAN when the area changes by less than 20 % or half of it is reached below the lowest dose
 */
double lg_screen_ec50(const double *dose_uM, const lg_screen_cell *cells, size_t n);

#endif
