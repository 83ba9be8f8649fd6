/** @file calcium_knob.h @brief Numbers of a calcium case by name: what fits move and maps vary. */
#ifndef LG_TWIN_CALCIUM_KNOB_H
#define LG_TWIN_CALCIUM_KNOB_H

#include "calcium/case.h"

/**
 * @brief Names: the keys of constants and parameters (rho_R, Dc, …); R and r, the radii at the start of section 0 (all
 * others keep their ratios to it); j0, the first stimulus (likewise).
 */
const char *const *lg_calcium_knob_names(size_t *n);

/** @brief Present value; LG_ERR_NOT_FOUND with the nearest name where there is none of that name. */
LG_MUST_CHECK lg_status lg_calcium_knob_get(lg_ctx *ctx, const calcium_case *c, const char *name, double *value);

/** @brief Set a number that lg_calcium_knob_get() found and that was not 0. The case is not checked. */
void lg_calcium_knob_set(calcium_case *c, const char *name, double value);

/** @brief Where in a case file it stands: "parameters" or "constants"; NULL for R, r, j0. */
const char *lg_calcium_knob_group(const char *name);

#endif
