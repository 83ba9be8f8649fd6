/** @file leak.h @brief A leak of each cell, or one for all, beside the coupling; and how far the two can be told apart.
 */
#ifndef LG_CULTURE_LEAK_H
#define LG_CULTURE_LEAK_H

#include "culture/methods.h"

enum { CULTURE_LEAK_GRID = 21 };

/** The plane of k and leak around a fit. */
typedef struct culture_leak_study {
  double median; /* of the cells' leaks, per frame */
  double sd;     /* of a shift of all leaks, k free, for white residuals */
  double kept;   /* share of what is known of k that is left when leaks are free: 1 all, 0 none */
  double k[CULTURE_LEAK_GRID], shift[CULTURE_LEAK_GRID]; /* shift: added to every cell's leak */
  double squares[CULTURE_LEAK_GRID][CULTURE_LEAK_GRID];  /* by k, then shift; feeds and starts at their best */
} culture_leak_study;

/**
 * @brief Squares of stretches over k, leaks, feeds and starts. Leaks go to data->leak.
 * @param[in,out] fit k and gamma
 */
LG_MUST_CHECK lg_status lg_culture_fit_leak(lg_ctx *ctx, const lg_culture_data *data, const bool *masked,
                                            const culture_soe *options, culture_leak which, culture_fit *fit,
                                            double *residual_squares);

/** @brief How far leak and coupling can be told apart. */
LG_MUST_CHECK lg_status lg_culture_study_leak(lg_ctx *ctx, const lg_culture_data *data, const bool *masked,
                                              const culture_soe *options, culture_leak which, const culture_fit *fit,
                                              culture_leak_study *out);

#endif
