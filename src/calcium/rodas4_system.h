/**
 * @file rodas4_system.h
 * @brief The equations of a dendrite as one vector, and linear systems with their exact Jacobian.
 *
 * y = (c, b, e, states of the gate), (3 + m, n). The gate's states have no neighbours: they are eliminated node by node
 * (Schur complement), what is left are 3×3 blocks on the tree, eliminated from the tips to the root (Hines' order).
 * Gates that follow the rate of change of c are coupled through all neighbours of a node; but a stage (1/(γh) - J) u =
 * r says J u of its row of c itself, u_c/(γh) - r_c, so their block stays local as well.
 */
#ifndef LG_CALCIUM_RODAS4_SYSTEM_H
#define LG_CALCIUM_RODAS4_SYSTEM_H

#include "calcium/run_internal.h"

/** Most states of a gate. */
enum { RODAS4_MOST_STATES = 8 };

/** A node's rows of the eliminated system. */
typedef struct rodas4_block {
  double inverse[9]; /* of the pivot */
  double back[9];    /* inverse × what the parent brings into the node's rows */
  double down[9];    /* what the node brings into its parent's rows; diagonal where nothing is blended */
} rodas4_block;

typedef struct rodas4_system {
  calcium_run *run;
  size_t n, m, size; /* size = (3 + m) n */
  bool slopes;       /* the gate gives slopes; else P itself is the one state, and the gate gives rates */
  bool differences;  /* the gate's derivatives are differences */
  double middle_s;   /* stimuli that are on there are on for the whole step */
  double *open;      /* (n) */
  double *work;      /* ((3 + 2 m) n) */
  double *jacobian;  /* (9, n): cc, cb, ce, cP, bc, bb, ec, ee, eP */
  double *by_state;  /* (m, m, n) */
  double *by_u, *by_udot, *open_by; /* (m, n) */
  double *gate_inverse;             /* (m, m, n) of 1/(γh) - by_state */
  double *gate_u;                   /* (m, n) what u_c does to the states */
  double *gate_open;                /* (m, n) what the states' right side does to P */
  double *per_volume;               /* (2, n) 1 / volume of cytosol and ER */
  rodas4_block *blocks;             /* (n) */
  double *local;                    /* (n, 9) g - J of the nodes without diffusion; NULL: order 2 in space */
  calcium_diffusion mass[2];        /* M of cytosol and ER, eliminated */
} rodas4_system;

LG_MUST_CHECK lg_status lg_rodas4_system_create(lg_ctx *ctx, calcium_run *run, rodas4_system *out);
void lg_rodas4_system_clear(lg_ctx *ctx, rodas4_system *s);

/** @brief f = y' at t; open is set. */
void lg_rodas4_rates(rodas4_system *s, double t_s, const double *y, double *f);
/** @brief ∂y'/∂t with y fixed: the ramps of the stimuli; false where it is 0. Needs the Jacobian. */
bool lg_rodas4_time_rates(rodas4_system *s, double *f);
/** @brief Derivatives at y; f = y' there. */
void lg_rodas4_jacobian(rodas4_system *s, const double *y, const double *f);
/** @brief Eliminate (g - J), g = 1/(γh). */
void lg_rodas4_factor(rodas4_system *s, double g);
/** @brief Solve (g - J) u = r in place. */
void lg_rodas4_solve(rodas4_system *s, double *r);

#endif
