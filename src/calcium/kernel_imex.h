/**
 * @file kernel_imex.h
 * @brief One IMEX step of a tree without further species in two sweeps over its nodes.
 *
 * Down, from the last node to the root: reactions, fluxes along edges and the elimination of (V/g − D L) together; up,
 * from the root: back substitution, the new concentrations and, of Keizer and Levine's gate, the states. In memory the
 * three right sides of a node stand side by side, so that one vector carries all three recurrences. Most nodes follow
 * their parents (a chain); edges for which that is not so are loose and listed.
 */
#ifndef LG_CALCIUM_KERNEL_IMEX_H
#define LG_CALCIUM_KERNEL_IMEX_H

#include "base/cpu.h"
#include "calcium/reactions.h"

/** Right sides and coefficients of a node: c, b, e and one unused. */
typedef double calcium_row[4];

/** An edge to a parent that does not stand just before the node. */
typedef struct calcium_loose {
  uint32_t head, parent;
  double cytosol_um, er_um; /* face area / length */
  calcium_row carry;        /* conductance / pivot of the head */
  calcium_row passed;       /* what the head hands to its parent */
} calcium_loose;

/** A node at which a sweep does more than follow the chain. */
typedef struct calcium_event {
  uint32_t node, loose;
  bool is_parent; /* the parent of the loose edge, else its head */
} calcium_event;

typedef struct calcium_sweep {
  size_t n;
  calcium_constants constants;
  calcium_derived derived;
  const double *local; /* (CALCIUM_LOCALS, n) of reactions.h, NULL: derived holds everywhere */
  bool closed;
  /* 8 values before and after the arrays of concentrations may be read */
  double *c, *b, *e;                    /* (n) µM */
  double *open;                         /* (n) */
  double *gates, *before_gates;         /* (3, n) of Keizer and Levine; NULL: gates are moved elsewhere */
  const double *cytosol_um3, *er_um3;   /* (n) */
  const double *plasma_um2, *er_um2;    /* (n) */
  const double *cytosol_edge, *er_edge; /* (n + 1) face area / length of the edge to node − 1; 0 where there is none */
  const double *inflow;                 /* (n) µM µm/s, NULL: none */
  double *history[3];                   /* (n) share V d' − F', µM µm³/s */
  double *change;                       /* (n) of c in this step, NULL: not wanted */
  calcium_row *right;                   /* (n) */
  const calcium_row *carry, *inverse;   /* (n + 1): along the chain; (n): 1 / pivot */
  calcium_loose *loose;                 /* (n_loose) */
  size_t n_events;
  const calcium_event *events; /* (n_events) ascending by node; at a node the head first */
  /* the step */
  bool gates_first;         /* down moves them, with the concentrations at the start; else up */
  double past, present;     /* weights of history and of F: 1 and 2, or 0 and 1 */
  double share;             /* 1/s: what makes history of this step's change */
  double gate_s, gate_past; /* step of the gate and 1/3 or 0: the weight of its last change */
} calcium_sweep;

typedef struct calcium_sweep_kernels {
  void (*down)(const calcium_sweep *q);
  void (*up)(const calcium_sweep *q);
} calcium_sweep_kernels;

extern const calcium_sweep_kernels lg_calcium_sweep_plain, lg_calcium_sweep_v3, lg_calcium_sweep_v4;

/** @brief The widest that this machine runs, or `at_most`. */
const calcium_sweep_kernels *lg_calcium_sweep_choose(lg_cpu at_most);

#endif
