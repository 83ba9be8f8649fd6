/** @file adjoint_internal.h @brief What goes backwards through a run; private to adjoint*.c. */
#ifndef LG_CABLE_ADJOINT_INTERNAL_H
#define LG_CABLE_ADJOINT_INTERNAL_H

#include "cable/adjoint_kernel.h"
#include "cable/gradient_internal.h"

/** Derivatives of the loss by everything that changes. Arrays over nodes have room for whole vectors. */
typedef struct adjoint {
  cable_gradient *r;
  const adjoint_kernels *kernels;
  size_t every; /* steps between checkpoints, and of a segment */
  /* what is kept of steps: states everywhere; within a segment the elimination and the first stage too */
  size_t bytes;                 /* of a state */
  unsigned char *kept;          /* (n_steps / every + 1, bytes) */
  unsigned char *segment;       /* (every + 1, bytes) */
  size_t n_factor, n_stage;     /* doubles */
  double *factor, *first_stage; /* (every, …) */
  /* derivatives by what changes */
  double *v;                                                       /* (n) */
  double ***state;                                                 /* (n_blocks)(n_states)(number) */
  double **reversal, **inside, **nernst, **current, **conductance; /* (n_ions)(n) */
  /* of a step: by what mechanisms with slopes add to g and i, by right-hand sides, by A's diagonal */
  double *g, *i, *eta, *zeta, *h, *diagonal;
  /* sums over the steps, from which derivatives by parameters are made at the end; NULL: not wanted */
  double *sum_nA, *sum_uS, *sum_s, *sum_axial; /* (n) */
  double ***sum_field;                         /* (n_blocks)(n_parameters)(number) */
  bool *wants_reversal;                        /* (n_ions) */
  double *s;                                   /* (n) capacitance per stage, uS */
  uint32_t *up;                                /* (n) */
  cable_hh_pace pace;
  double *out;                 /* (most outputs of a block, its instances) scratch */
  double *courses, *d_courses; /* (n_looks, n_steps + 1) */
  double *derivative;          /* (n_seeds) */
} adjoint;

/** @brief Steps between checkpoints. */
size_t lg_adjoint_spacing(const cable_gradient *r);
LG_MUST_CHECK lg_status lg_adjoint_create(lg_ctx *ctx, cable_gradient *r, adjoint *a);
void lg_adjoint_destroy(lg_ctx *ctx, adjoint *a);

/** @brief From the derivative by what is after a step of the segment to that by what is before it. */
void lg_adjoint_step(adjoint *a, size_t step, size_t in_segment);
/** @brief The same for the start of the run; slopes of the start hold. */
void lg_adjoint_start(adjoint *a);
/** @brief Derivatives by the parameters, from the sums. */
void lg_adjoint_finish(adjoint *a);

#endif
