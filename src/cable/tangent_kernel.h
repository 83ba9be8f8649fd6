/** @file tangent_kernel.h @brief Linear maps of a step on eight derivatives side by side; the same bits from all
 * builds.
 */
#ifndef LG_CABLE_TANGENT_KERNEL_H
#define LG_CABLE_TANGENT_KERNEL_H

#include "cable/kernel_hh.h"

enum { TANGENT_LANES = 8, TANGENT_MOST_TERMS = 512 };

/** y += slope x, for one input of one output. */
typedef struct tangent_term {
  const double *slope; /* (number) */
  const double *x;     /* (… , 8) by instance or by node */
  bool own;            /* by instance */
} tangent_term;

/** An output and its terms, which stand behind one another. */
typedef struct tangent_output {
  double *y; /* (… , 8) */
  bool own;
  size_t first, n;
} tangent_output;

typedef struct tangent_map {
  size_t number; /* instances */
  const uint32_t *node;
  size_t n_outputs;
  const tangent_output *outputs;
  const tangent_term *terms;
  double *moved; /* (n_outputs, 8) scratch */
} tangent_map;

/** What a parameter may change of a node: the right-hand side has p v-independent and -q y, the matrix q. */
typedef enum tangent_row {
  TANGENT_GNABAR,
  TANGENT_GKBAR,
  TANGENT_LEAK_G,
  TANGENT_LEAK_E,
  TANGENT_CAPACITANCE,
  TANGENT_ROWS
} tangent_row;

/** Nodes side by side, with instances of hh side by side or without, that parameters change alike. */
typedef struct tangent_span {
  size_t node, n, instance; /* first node; SIZE_MAX: no hh */
  bool has[TANGENT_ROWS];
  double row[TANGENT_ROWS][TANGENT_LANES]; /* share of each of the eight parameters */
} tangent_span;

/** How hh answers, by instance: (number, whole vectors). */
typedef struct tangent_hh {
  size_t n;
  const uint32_t *node;
  const double *gate[3], *scale, *gnabar, *gkbar, *v; /* v by node */
  const cable_hh_pace *pace;
  double *by_m, *by_h, *by_n; /* conductances by gates */
  double *open_na, *open_k;   /* by gnabar, gkbar */
  double *own[3], *by_v[3];   /* gates after a step by themselves and by v */
} tangent_hh;

/** From the solutions of the last step to the right-hand sides of the next; the gates move between. Arrays by node (n),
 * lanes (n, 8). */
typedef struct tangent_flow {
  size_t n_spans;
  const tangent_span *spans;
  bool one_stage;
  double beta;
  const double *s, *v0, *y0, *z0, *ena, *ek;
  const double *leak_scale, *leak_uS, *leak_mV, *capacitance; /* of a node's leak: per S/cm2; itself; its reversal */
  const tangent_hh *hh;
  double *gate[3];              /* lanes by instance */
  const double *by_ena, *by_ek; /* lanes; NULL: reversals answer to nothing */
  double *y, *z;                /* lanes: solutions in, right-hand sides out */
} tangent_flow;

/** Mechanisms with slopes: what they add to the right-hand sides. */
typedef struct tangent_mix {
  size_t n;
  const uint32_t *node; /* (n) where there are any */
  double beta;
  bool one_stage;
  const double *v0, *y0, *z0, *g; /* g: theirs */
  const double *v, *dg, *di;      /* lanes */
  double *y, *z;
} tangent_mix;

typedef struct tangent_kernels {
  void (*add)(const tangent_map *map);     /* outputs += terms */
  void (*replace)(const tangent_map *map); /* outputs = terms, all of an instance at once */
  void (*hh_flow)(const tangent_hh *hh);   /* by_m … open_k */
  void (*hh_gates)(const tangent_hh *hh);  /* own, by_v */
  void (*flow)(const tangent_flow *flow);
  void (*mix)(const tangent_mix *mix);
  void (*value)(const tangent_mix *mix, double *v); /* lanes: v = beta y + z */
} tangent_kernels;

extern const tangent_kernels lg_tangent_plain, lg_tangent_v3, lg_tangent_v4;

#endif
