/**
 * @file modes.h
 * @brief The network of cells as independent modes: exact solutions for any k at the price of products of vectors.
 *
 * a_ij = w_ij/norm_i with symmetric w, so N^(1/2) A N^(-1/2) is symmetric: one eigendecomposition serves every k. In
 * its modes, c_m = sum_i q_im sqrt(norm_i) y_i, c_m' = -k d_m c_m + k u_m(t) + gamma_m with u_m the border cells'
 * traces: linear between frames, solved exactly.
 */
#ifndef LG_CULTURE_MODES_H
#define LG_CULTURE_MODES_H

#include "culture/graph.h"
#include "culture/panel.h"

typedef struct lg_culture_modes {
  size_t n, n_times;
  double *decay;     /* (n) d_m >= 0 */
  double *to, *from; /* (n, n): c = to y, y = from c */
  double *border;    /* (n, n_times) u_m */
} lg_culture_modes;

LG_MUST_CHECK lg_status lg_culture_modes_create(lg_ctx *ctx, const lg_culture_coupling *coupling,
                                                const lg_culture_data *data, lg_culture_modes **out);
void lg_culture_modes_destroy(lg_ctx *ctx, lg_culture_modes *modes);

typedef enum culture_stepper { CULTURE_EXACT = 0, CULTURE_EULER, CULTURE_RK4 } culture_stepper;

/** A free run of the cells that have an equation, the others as measured. */
typedef struct culture_run {
  const culture_fit *fit;
  const double *input; /* (n_inner, n_times): added in the interval that ends at a frame, per frame; NULL: none */
  culture_stepper stepper;
  unsigned substeps;     /* of Euler and RK4, per frame */
  size_t first, n_times; /* frames [first, first + n_times); starts at what was measured there */
} culture_run;

/** @param out (n_inner, run->n_times) */
LG_MUST_CHECK lg_status lg_culture_run_free(lg_ctx *ctx, const lg_culture_coupling *coupling,
                                            const lg_culture_data *data, const lg_culture_modes *modes,
                                            const culture_run *run, double *out);

/**
 * @brief Multiple shooting of the whole network: windows of `window` frames (0: one) from free starts, one gamma for
 * each cell; residuals weighted by norm_i, so that modes do not mix. Knows no events unless they are given as input.
 * @param input (n_inner, n_times) per frame in the interval that ends at a frame, or NULL
 */
LG_MUST_CHECK lg_status lg_culture_fit_shooting(lg_ctx *ctx, const lg_culture_data *data, const lg_culture_modes *modes,
                                                const double *input, size_t window, double k_low, double k_high,
                                                culture_fit *fit, double *residual_squares);

#endif
