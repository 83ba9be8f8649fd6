/**
 * @file graph_ode.h
 * @brief A graph neural ODE: what passes between two cells as a learned function instead of k times a difference.
 *
 * dy_i/dt = (1/norm_i) sum_j phi(y_j - y_i, u_ij/u_mean, l_ij/l_mean) + gamma_i + s_i(t)
 *
 * phi is an MLP 3-16-16-1 made odd in its first argument, (f(d, u, l) - f(-d, u, l))/2: what i gives j takes. norm_i is
 * that of a law of coupling (neighbours, or area for finite volumes), with which a linear phi is that law. Trained on
 * the weak form (Messenger & Bortz 2021, doi:10.1137/20M1343166), so that no trajectory is integrated and no adjoint is
 * needed; Tukey's bisquare with the MAD of each cell keeps the cells' own events out. Noise in the arguments flattens
 * phi a little; one factor for all of it is found by segmented output error, as k is for the linear law (fit_soe.c).
 */
#ifndef LG_CULTURE_GRAPH_ODE_H
#define LG_CULTURE_GRAPH_ODE_H

#include "culture/graph.h"
#include "learn/layers.h"
#include "learn/tape.h"

enum { CULTURE_PHI_IN = 3, CULTURE_PHI_WIDTH = 16, CULTURE_PHI_LAYERS = 3, CULTURE_CURVE = 81 };

/** The message function; weights are beside it. */
typedef struct culture_phi {
  lg_params params;
  lg_dense layer[CULTURE_PHI_LAYERS];
  double difference; /* unit of the first argument */
  double message;    /* unit of the value */
} culture_phi;

LG_MUST_CHECK lg_status lg_culture_phi_create(lg_ctx *ctx, culture_phi *phi);
void lg_culture_phi_clear(lg_ctx *ctx, culture_phi *phi);

/** @brief phi of n rows (d, u, l). @param theta (params.count) @param out (n) */
LG_MUST_CHECK lg_status lg_culture_phi_values(lg_ctx *ctx, const culture_phi *phi, const double *theta, const double *x,
                                              size_t n, double *out);

typedef struct culture_graph_ode {
  size_t half, step; /* test functions, frames; 10 and 2 */
  size_t n_train;    /* frames of the first part, that the held-out score is not of; 0: 7 in 12 */
  size_t epochs;     /* 60 */
  size_t members;    /* of the ensemble: other starts and resampled blocks of frames; 8 */
  size_t block;      /* frames; 30 */
  double lr;
  uint64_t seed;
} culture_graph_ode;

culture_graph_ode lg_culture_graph_ode_default(void);

/** A number of the ensemble: of the fit to all frames, and the 95 % band of the members around it. */
typedef struct culture_banded {
  double value, low, high;
} culture_banded;

typedef struct lg_culture_learned {
  culture_law law;            /* whose norm it has, and that it is compared with */
  culture_banded k;           /* least-squares slope of phi over w d at the measured differences */
  double unit;                /* w of the mean distance and border */
  culture_banded k_small;     /* slope over w for differences that go to 0, there */
  culture_banded bend;        /* phi at the 95 % quantile of |d| over k_small d: 1 is linear, below it saturates */
  double k_linear;            /* the linear law's, by the lagged instrument */
  double flattening;          /* factor found by segmented output error */
  size_t n_train;             /* frames of the first part */
  double score, score_linear; /* mean ln MAD of weak residuals on the frames that were not trained on */
  double score_z;             /* mean over its standard error over cells of score_linear - score */
  size_t n_inner;
  uint32_t *inner;                        /* (n_inner) */
  double *gamma, *gamma_low, *gamma_high; /* (n_inner) */
  double d_reach;                         /* curve from -d_reach to d_reach: the 99.5 % quantile of |d| */
  double d[CULTURE_CURVE];
  culture_banded curve[CULTURE_CURVE];            /* phi(d, 1, 1) */
  double near[CULTURE_CURVE], far[CULTURE_CURVE]; /* phi(d, 1, l) at the 10 % and 90 % quantile of l over its mean */
  double l_near, l_far;
  culture_phi phi;
  double *theta; /* (phi.params.count) of the fit to all frames, flattening not in it */
} lg_culture_learned;

/**
 * @brief Learn the message function of a culture.
 * @param y (n_times, graph->n) @param law -1: the one with the smallest weak residuals
 * @retval LG_ERR_RANGE too few frames for test functions in both parts
 */
LG_MUST_CHECK lg_status lg_culture_learn_coupling(lg_ctx *ctx, const lg_culture_graph *graph, const double *y,
                                                  size_t n_times, int law, const culture_graph_ode *options,
                                                  lg_culture_learned **out);
void lg_culture_learned_destroy(lg_ctx *ctx, lg_culture_learned *learned);

/* ---- what training is made of, for tests ---- */

typedef struct culture_weak_form {
  size_t n_times, rows, step, half;
  const double *value;  /* (2 half + 1) test function over its sum */
  const double *weight; /* (rows) of resampling, common to all cells; NULL: 1 */
  double message;
} culture_weak_form;

/** One cell as the weak form sees it. */
typedef struct culture_weak_cell {
  const culture_weak_form *form;
  size_t n_links;
  double *x; /* (n_links, n_times, 2, 3) d, u, l and -d, u, l; d in the unit of phi */
  double *b; /* (rows) -sum phi' y / sum phi */
  double norm;
  double scale; /* of the residuals; 0: their MAD */
} culture_weak_cell;

/**
 * @brief Loss of one cell, rank 0: mean of bisquare's rho of the residuals over their scale, gamma at its best.
 * @param f (2 n_links n_times, 1) of the MLP
 */
lg_var lg_culture_weak_loss(lg_f64_tape *tape, const culture_weak_cell *cell, lg_var f);

/** @brief The MLP on rows. @param x (n, 3) */
lg_var lg_culture_phi_output(lg_f64_tape *tape, const culture_phi *phi, lg_var x);

#endif
