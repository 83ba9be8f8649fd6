/**
 * @file methods.h
 * @brief From traces to the coupling k and each cell's effective feed gamma: the regressions and the two that last.
 *
 * gamma is the feed plus what static offsets of the log-brightness make of it, -(k/|N_i|) sum w (o_j - o_i): only their
 * sum can be told from traces. Rates are per frame.
 */
#ifndef LG_CULTURE_METHODS_H
#define LG_CULTURE_METHODS_H

#include "culture/graph.h"
#include "culture/panel.h"

/** The paper's regressions by forward Euler, of case 3 (k and one gamma for each cell). */
typedef struct culture_euler {
  unsigned finer;  /* points per frame by linear interpolation, 1 to 100; the paper: 10 */
  size_t n_points; /* the first so many points; 0: all; the paper: 2110 */
  double lambda;   /* Tikhonov, on k and every gamma as printed; NAN: scaled columns, chosen by GCV */
  bool bounded;
  double k_low, k_high, gamma_low, gamma_high;
} culture_euler;

/** @brief As printed: ten points a frame, 211 frames, lambda 0.001, k in [0.001, 0.1], gamma in [-3e-5, 0.1]. */
culture_euler lg_culture_euler_paper(void);

typedef struct culture_euler_result {
  double lambda;   /* used; scaled columns: of those */
  size_t n_active; /* unknowns at a bound */
  bool k_at_bound;
  signed char *at_bound; /* (n_inner) or NULL: not asked; -1, 0, 1 */
  double condition;      /* of the scaled columns */
  double signal;         /* sum of squares of z around its means */
} culture_euler_result;

LG_MUST_CHECK lg_status lg_culture_fit_euler(lg_ctx *ctx, const lg_culture_data *data, const culture_euler *options,
                                             culture_fit *fit, culture_euler_result *result);

/** @brief Weak form: test functions (1-s²)² of half width `half` frames every `step`; robust by bisquare. score: mean
 * over the cells of ln MAD of the residuals (robust only; compares laws), or NULL. */
LG_MUST_CHECK lg_status lg_culture_fit_weak(lg_ctx *ctx, const lg_culture_data *data, size_t half, size_t step,
                                            bool robust, culture_fit *fit, double *score);

/** @brief Differences on the trapezoid of z, instrument z `lag` + 1 frames earlier, robust by bisquare. */
LG_MUST_CHECK lg_status lg_culture_fit_lag(lg_ctx *ctx, const lg_culture_data *data, size_t lag, culture_fit *fit);

/** Whether cells lose by themselves, -leak y_i. */
typedef enum culture_leak { CULTURE_NO_LEAK = 0, CULTURE_COMMON_LEAK, CULTURE_CELL_LEAK } culture_leak;

/** Segmented output error: options and what it finds beside k and gamma. */
typedef struct culture_soe {
  double threshold;     /* of an event, MADs of the sum of three residuals; 4.5 */
  size_t shortest;      /* frames of a stretch; 12 */
  unsigned rounds;      /* mask, fit; 2 */
  double k_low, k_high; /* 2e-4, 3 */
  double least_event;   /* share of the median event's amplitude below which a jump is no event of its own; 0.25 */
  culture_leak leak;    /* none; needs data->leak */
} culture_soe;

culture_soe lg_culture_soe_default(void);

/** @brief Frames whose interval (t-1, t) holds an event, (n_inner, n_times); [0] false. */
LG_MUST_CHECK lg_status lg_culture_find_events(lg_ctx *ctx, const lg_culture_data *data, const culture_fit *fit,
                                               double threshold, bool *masked);

/**
 * @brief Robust lagged start, events masked, then per cell and stretch the exact solution of y' = -k d y + k U(t) +
 * gamma with a free start value; gamma and starts by variable projection, k by Brent's method.
 * @param masked (n_inner, n_times) out
 */
LG_MUST_CHECK lg_status lg_culture_fit_soe(lg_ctx *ctx, const lg_culture_data *data, const culture_soe *options,
                                           culture_fit *fit, bool *masked, double *residual_squares);

/**
 * @brief Squares and feeds of stretches at a given k: what profiles and bootstraps need.
 *
 * Stretches are also cut every `block` frames (0: not). For cell g and block q: n, r and s, so that a feed gamma leaves
 * s - 2 gamma r + gamma² n.
 * @param sums (n_inner, n_blocks, 3)
 */
void lg_culture_soe_sums(const lg_culture_data *data, const bool *masked, size_t shortest, size_t block, double k,
                         double *sums);

/**
 * @brief Rows of the printed regression: A theta = b with theta = (k), (k, gamma) or (k, gamma_1 …).
 *
 * Case 1: one cell of known gamma; 2: k and one gamma for all; 3: one gamma each. Rows cell by cell, in time; forward
 * Euler of step dt.
 * @param a (n_inner (n_times - 1), 1, 2 or n_inner + 1) @param b (n_inner (n_times - 1))
 */
void lg_culture_euler_rows(const lg_culture_data *data, unsigned which, double dt, double known_gamma, double *a,
                           double *b);

#endif
