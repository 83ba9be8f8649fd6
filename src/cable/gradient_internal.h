/** @file gradient_internal.h @brief What a run with derivatives is made of; private to gradient*.c, tangent.c,
 * adjoint.c.
 */
#ifndef LG_CABLE_GRADIENT_INTERNAL_H
#define LG_CABLE_GRADIENT_INTERNAL_H

#include "cable/gradient.h"
#include "cable/group.h"
#include "cable/slopes.h"

#define GRADIENT_SDIRK_GAMMA 0.29289321881345247559915563789515096

enum { GRADIENT_ION_ARRAYS = 6 }; /* that are kept of an ion that moves */

/** Instances of a block that a parameter means. */
typedef struct gradient_touch {
  size_t block, field; /* field: of a CABLE_FIELD */
  size_t n;
  uint32_t *instances; /* (n) */
  double *factor;      /* (n) value of the instance per value of the parameter: distributions along the cell */
} gradient_touch;

/** A parameter, and where it takes hold. */
typedef struct gradient_seed {
  cable_parameter said;
  double value;
  size_t n_touches;
  gradient_touch *touches; /* fields, and synapses with a weight (field unused) */
  size_t n_places;
  uint32_t *places; /* of capacitances, axial conductances and reversals */
  double *per_unit; /* (n_places) dC, nF; d(1/w), 1/uS; 1 */
  size_t ion;       /* of a reversal */
} gradient_seed;

/** An event within the present step and what it does to the states of its instance. */
typedef struct gradient_event {
  size_t block, instance, synapse, n_jumps;
  cable_jump *jumps;
} gradient_event;

/** One step, linearised where mechanisms have slopes. */
typedef struct gradient_step {
  size_t n_events, events_room;
  gradient_event *events;
  double *v0, *v1;       /* (n) */
  double *g;             /* (n) conductance that the mechanisms add to the nodes */
  double **conductance;  /* (n_ions)(n) of ions whose current is read */
  double **nernst_slope; /* (n_ions)(n) dE / d inside */
  double *clamp_share;   /* (n_clamps) */
} gradient_step;

/** How a block's derivatives are made. */
typedef enum gradient_way {
  GRADIENT_BY_SLOPES, /* slopes.h */
  GRADIENT_BY_SUMS,   /* a fixed leak: what A and h answer to, summed over the steps, is enough */
  GRADIENT_BY_KERNEL  /* hh: kernels of its own */
} gradient_way;

struct cable_gradient {
  cable_group *g;
  cable_model model; /* a shallow copy: its v_init_mV may be a parameter */
  const cable_tree *tree;
  cable_gradient_options o;
  size_t n, n_steps, n_seeds, n_looks;
  bool one_stage;
  double beta;
  gradient_seed *seeds;
  size_t *looks; /* (n_looks) places */
  const uint32_t *up;
  double *axial_uS;      /* (n) sum of the conductances to neighbours */
  double *axial_ohm;     /* (n) 1 / w, by place; 0 at the root */
  double *leak_uS;       /* (n) leaks of the tree, by place */
  double *leak_nA;       /* (n) leak times its reversal */
  bool **wanted;         /* (n_blocks) fields with derivatives */
  bool stale;            /* slopes are to be made anew */
  cable_slopes **slopes; /* (n_blocks); NULL: not made yet */
  cable_drive *drives;
  size_t n_drives;
  unsigned char *fresh; /* state of the group as it was made */
  size_t n_live, kept_bytes;
  struct gradient_live {
    double *at;
    size_t n, offset;            /* where it stands among the kept bytes */
  } * live;                      /* what a run of the model's own changes: v, states, ions that move */
  size_t *live_state, *live_ion; /* (n_blocks) first state; (n_ions) reversal, SIZE_MAX where it does not move */
  gradient_way *way;             /* (n_blocks) */
  size_t n_by_slopes;
  double *i; /* (n) scratch */
  gradient_step step;
};

/** @brief Keep and put back what changes while the model runs: kept_bytes bytes; less than the group's own state, which
 * holds what others drive it with. */
void lg_gradient_keep(const cable_gradient *r, void *bytes);
void lg_gradient_put_back(cable_gradient *r, const void *bytes);
/** @brief Put the group to the start with the present parameters. */
void lg_gradient_restart(cable_gradient *r);
/** @brief The same, with derivatives of the start (slopes of start and of the half step hold afterwards). */
void lg_gradient_linear_start(cable_gradient *r);
/** @brief One step by the group, with drives. */
void lg_gradient_plain_step(cable_gradient *r);
/** @brief One step once more, with slopes, of the mechanisms that have derivatives by slopes: from what was kept before
 * it, with v after it known (with room as g->v). step.g and step.conductance are of these mechanisms only. The clock
 * stays. */
void lg_gradient_replay(cable_gradient *r, const void *bytes, const double *v1);
/** @brief Shares of the step at t in which each clamp is on; fills step.clamp_share. */
void lg_gradient_share_clamps(cable_gradient *r, double t_ms);
/** @brief Slopes with the present parameters, where they have changed. */
LG_MUST_CHECK lg_status lg_gradient_make_slopes(lg_ctx *ctx, cable_gradient *r);
/** @brief Find where the parameters take hold. */
LG_MUST_CHECK lg_status lg_gradient_make_seeds(lg_ctx *ctx, cable_gradient *r, const cable_parameter *said, size_t n);
void lg_gradient_free_seeds(lg_ctx *ctx, cable_gradient *r);
/** @brief Whether v is finite and within ±1000 mV everywhere. */
bool lg_gradient_is_sane(const cable_gradient *r);
lg_status lg_gradient_fail_diverged(lg_ctx *ctx, const cable_gradient *r);
/** @brief An array of `live` among kept bytes. */
static inline const double *gradient_kept(const cable_gradient *r, const void *bytes, size_t live) {
  return (const double *)(const void *)((const unsigned char *)bytes + r->live[live].offset);
}
/** @brief Number of a block's ion in the group. */
static inline size_t gradient_ion(const cable_gradient *r, size_t block, size_t ion) {
  return (size_t)((const group_ion *)(const void *)r->g->blocks[block].block.ion[ion] - r->g->ions);
}

#endif
