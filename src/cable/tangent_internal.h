/** @file tangent_internal.h @brief What goes forwards through a run beside it; private to tangent*.c. */
#ifndef LG_CABLE_TANGENT_INTERNAL_H
#define LG_CABLE_TANGENT_INTERNAL_H

#include "cable/gradient_internal.h"
#include "cable/tangent_kernel.h"

enum { LANES = TANGENT_LANES };

/** What a parameter adds to a node's right-hand side and matrix where a span has no row for it. */
typedef struct tangent_extra {
  uint32_t node, lane;
  double p, q;
} tangent_extra;

/** Derivatives of everything that changes, by eight parameters. Arrays of (… , LANES). */
typedef struct lanes {
  double *v;                                                       /* (n); only at nodes of mechanisms with slopes */
  double *y, *z;                                                   /* (n) solutions, v = beta y + z */
  double ***state;                                                 /* (n_blocks)(n_states)(number) */
  double **reversal, **inside, **nernst, **current, **conductance; /* (n_ions)(n) */
  size_t n_spans, n_extras;
  tangent_span *spans;
  tangent_extra *extras;
} lanes;

typedef struct tangent {
  cable_gradient *r;
  size_t n_groups, hh_block; /* SIZE_MAX: none */
  lanes *of;                 /* (n_groups) */
  double *g, *i;             /* (n, LANES) scratch */
  double *moved;             /* (most outputs of a block, LANES) of one instance */
  double *dv;                /* (n_looks, n_seeds) */
  double *v;                 /* (n_looks) */
  const tangent_kernels *kernels;
  tangent_term *terms; /* those of one map */
  tangent_output *outputs;
  unsigned char *before;                                /* what was before the step, as lg_gradient_keep() keeps it */
  double *first_stage, *second;                         /* (n) y and z of the step itself */
  double *s, *by;                                       /* (n) capacitance per stage, and beta times that */
  double *leak_scale, *leak_uS, *leak_mV, *capacitance; /* (n) of the one leak of a node; per uF/cm2, over the stage */
  size_t *leak_block;                                   /* (n) SIZE_MAX: none */
  uint32_t *instance;                                   /* (n) of hh, UINT32_MAX: none */
  size_t n_mixed;
  uint32_t *mixed; /* (n) nodes of mechanisms with slopes */
  tangent_hh hh;
  cable_hh_pace pace;
} tangent;

LG_MUST_CHECK lg_status lg_tangent_create(lg_ctx *ctx, cable_gradient *r, tangent *t);
void lg_tangent_destroy(lg_ctx *ctx, tangent *t);
/** @brief Where the parameters of each group take hold. */
LG_MUST_CHECK lg_status lg_tangent_make_spans(lg_ctx *ctx, tangent *t);
/** @brief The start; slopes of the start hold. */
void lg_tangent_start(tangent *t);
/** @brief The group's run goes on by a step, and all derivatives with it. */
void lg_tangent_step(tangent *t);

#endif
