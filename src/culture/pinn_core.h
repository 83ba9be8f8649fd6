/**
 * @file pinn_core.h
 * @brief The physics-informed network's loss and gradient, for float (training) and double (checks).
 *
 * A network from time to the traces of all cells with an equation, y_i(t) = mean_i + sd_i f_i(t). The derivative dy/dt
 * is carried forward through the layers as a tangent and both are taken back by hand: three products a layer on
 * stacked values and tangents, no tape. Coupling joins cells at one time only, so that chunks of times are independent.
 */
#ifndef LG_CULTURE_PINN_CORE_H
#define LG_CULTURE_PINN_CORE_H

#include "culture/pinn.h"
#include "culture/pinn_kernel.h"
#include "learn/kernels.h"

/** Points of time and what is known there. */
typedef struct culture_pinn_problem {
  size_t n_rows, n_cells;
  double frames_per_row; /* 1/finer */
  double middle, half;   /* frames: centre of the points and half their span */
  double *target;        /* (n_cells, n_rows) traces, linear between frames */
  double *weight;        /* (n_rows) 1 where the trace is asked for, else 0 */
  size_t n_asked;        /* rows of weight 1 */
  double *forcing;       /* (n_cells, n_rows) sum over border cells of a_ib y_b, linear between frames */
  double *mean, *sd;     /* (n_cells) */
  double *noise;         /* (n_cells) sd of the trace's white noise */
  double *decay;         /* (n_cells) sum_j a_ij */
  size_t *first;         /* (n_cells + 1) neighbours with an equation */
  uint32_t *other;       /* index into these cells */
  double *a;
} culture_pinn_problem;

LG_MUST_CHECK lg_status lg_culture_pinn_problem_create(lg_ctx *ctx, const lg_culture_coupling *coupling,
                                                       const lg_culture_data *data, const culture_pinn *options,
                                                       culture_pinn_problem **out);
void lg_culture_pinn_problem_destroy(lg_ctx *ctx, culture_pinn_problem *problem);

/** Where the weights of the layers lie: each layer (in, out) by rows, then its bias as one more row. */
typedef struct culture_pinn_plan {
  size_t n_layers;
  size_t width[CULTURE_PINN_LAYERS + 2]; /* inputs, hidden layers, cells */
  size_t at[CULTURE_PINN_LAYERS + 1];    /* offset of a layer */
  size_t row[CULTURE_PINN_LAYERS + 2];   /* first row of a layer among those of all layers */
  size_t n_params, n_rows;
} culture_pinn_plan;

culture_pinn_plan lg_culture_pinn_plan(const culture_pinn *options, size_t n_cells);

#include "learn/real_f32.h"

#include "culture/pinn_core_decl.tmpl.h"

#include "learn/real_f64.h"

#include "culture/pinn_core_decl.tmpl.h"

#endif
