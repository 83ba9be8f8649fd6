/**
 * @file panel.h
 * @brief Regressions with one slope for all cells and a level for each: b = k a + gamma_i, plain, weighted, robust.
 *
 * Eliminating the levels leaves one equation ("within" estimator): O(cells x rows). Robust: Tukey's bisquare with 4.685
 * MADs of each cell, iterated.
 */
#ifndef LG_CULTURE_PANEL_H
#define LG_CULTURE_PANEL_H

#include "base/base.h"

/** Rows of all cells: (n_cells, n_rows). */
typedef struct culture_panel {
  size_t n_cells, n_rows;
  const double *a, *b;
  const double *instrument; /* of a; NULL: a itself */
} culture_panel;

typedef struct culture_fit {
  double k;
  double *gamma; /* (n_cells), of the caller */
} culture_fit;

/**
 * @brief Least squares.
 * @param weights (n_cells, n_rows) or NULL
 * @param ridge_k,ridge_gamma added to the squares of k and of each gamma: lambda
 */
void lg_culture_panel_fit(const culture_panel *panel, const double *weights, double ridge_k, double ridge_gamma,
                          culture_fit *fit);

/**
 * @brief The robust fit.
 * @param[in,out] fit  k is the start unless it is NAN (then plain least squares)
 * @param weights      (n_cells, n_rows) out
 * @return iterations
 */
LG_MUST_CHECK lg_status lg_culture_panel_robust(lg_ctx *ctx, const culture_panel *panel, unsigned most,
                                                culture_fit *fit, double *weights);

/** @brief 1.4826 times the median distance from the median. @param scratch (n) */
double lg_culture_mad(const double *x, size_t n, double *scratch, double *median);

#endif
