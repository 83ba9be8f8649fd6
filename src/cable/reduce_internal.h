/**
 * @file reduce_internal.h
 * @brief The parts of the reduction: the linear cell, the basis of a plan of sites and rings, capacitances, the search.
 *
 * Everything here is in mV, nA, µS, MΩ, nF, ms. Nothing between the search's start and end allocates, so that plans
 * are judged side by side. docs/cable-reduction.md has the mathematics.
 */
#ifndef LG_CABLE_REDUCE_INTERNAL_H
#define LG_CABLE_REDUCE_INTERNAL_H

#include "cable/tree.h"

enum {
  REDUCE_MAX = 128,        /* compartments of a reduced cell at most */
  REDUCE_REGIONS = 32,     /* kinds of membrane that are told apart */
  REDUCE_FREQUENCIES = 13, /* 0, 1, 2, 4 … 2048 Hz */
  REDUCE_AXON = 1,         /* groups of stems, as bits */
  REDUCE_BASAL = 2,
  REDUCE_APICAL = 4
};

/** The frequencies at which cells are compared, Hz. */
extern const double lg_reduce_Hz[REDUCE_FREQUENCIES];

/** A complex number; plain pairs keep products free of the checks of C's own. */
typedef struct reduce_membrane reduce_membrane;
typedef struct reduce_ac {
  double re, im;
} reduce_ac;

/**
 * The cell at rest as a tree of conductances and capacitances whose root is the soma. The nodes below a node follow it
 * without a gap (depth first).
 */
typedef struct cable_linear {
  size_t n;
  int32_t *parent;     /* (n) -1 at 0, the soma */
  double *axial_uS;    /* (n) to the parent */
  double *leak_uS;     /* (n) slope of the steady membrane current at rest; it holds what follows and constant leaks */
  double *capacity_nF; /* (n) */
  double *area_um2;    /* (n) */
  int32_t *region;     /* (n) kind of membrane, 0 … n_regions - 1 */
  size_t n_regions;
  reduce_ac excess[REDUCE_REGIONS][REDUCE_FREQUENCIES]; /* µS/µm² by which the membrane's admittance exceeds its
                                                           steady slope: channels that follow the voltage */
  uint8_t *group;                                       /* (n) of the stem that the node hangs on; 0 at the soma */
  int32_t *type;                                        /* (n) SWC type */
  int32_t *node;                                        /* (n) of the tree */
  size_t n_places;                                      /* nodes of the tree */
  int32_t *place;                                       /* (n_places) where a node of the tree stands here */
  double tau_ms;                                        /* slowest time constant */
  reduce_ac *transfer[REDUCE_FREQUENCIES];              /* (n) impedance between a node and the soma, MΩ */
  double *below_um2;                                    /* (n) area of the node and all below it */
} cable_linear;

/** The cell as it is cut, before it is turned round its soma. */
typedef struct cable_linear_input {
  size_t n, soma;
  const int32_t *parent; /* (n) */
  const double *axial_uS, *leak_uS, *capacity_nF, *area_um2;
  const int32_t *type, *region; /* region NULL: one */
  size_t n_regions;
  const reduce_ac (*excess)[REDUCE_FREQUENCIES]; /* NULL: none */
} cable_linear_input;

/** @brief Turn a tree round its soma; impedances and the slowest time constant.
 * @retval LG_ERR_RANGE no leak anywhere, no capacitance */
LG_MUST_CHECK lg_status lg_linear_create(lg_ctx *ctx, const cable_linear_input *input, cable_linear **out);
void lg_linear_destroy(lg_ctx *ctx, cable_linear *linear);
/** @brief Solve G x = r; r in, x out; scratch (n). */
void lg_linear_solve(const cable_linear *linear, double *x, double *scratch);
/** @brief Solve (Y(f) + axial) x = r at f_Hz; excess: index of the frequency in lg_reduce_Hz whose channels are added,
 * SIZE_MAX: none; scratch (n). */
void lg_linear_solve_ac(const cable_linear *linear, double f_Hz, size_t excess, reduce_ac *x, reduce_ac *scratch);

/* ---- a plan: where the compartments of the reduced cell stand ------------------------------------ */

typedef enum reduce_sort {
  REDUCE_SITE, /* a node of the cell */
  REDUCE_RING  /* all places of the side branches of a site at which a steady voltage there has fallen to `level` */
} reduce_sort;

typedef struct reduce_item {
  reduce_sort sort;
  int32_t node; /* of a site */
  int32_t up;   /* of a ring: the item it hangs on, a site or a ring */
  int groups;   /* of a ring: which groups of stems */
  double level; /* of a ring: share of the voltage at its site, 0 … 1 */
  bool wanted;  /* stays where it is */
} reduce_item;

/** Item 0 is the site at the soma; a ring stands after what it hangs on. */
typedef struct reduce_plan {
  size_t n;
  reduce_item item[REDUCE_MAX];
} reduce_plan;

/** The reduced cell of a plan. */
typedef struct reduce_cell {
  reduce_plan plan;
  int32_t up[REDUCE_MAX];                      /* parent; -1 at 0; not in order */
  int32_t order[REDUCE_MAX];                   /* items, parents first */
  double axial_uS[REDUCE_MAX];                 /* to the parent */
  double leak_uS[REDUCE_MAX];                  /* row sums of the condensed matrix */
  double integral_uS[REDUCE_MAX];              /* integral of g phi: leak_uS over it is the factor of densities */
  double integral_nF[REDUCE_MAX];              /* integral of c phi */
  double row_nF[REDUCE_MAX];                   /* row sums of Phi^T C Phi */
  double capacity_nF[REDUCE_MAX];              /* chosen */
  double area_um2[REDUCE_MAX][REDUCE_REGIONS]; /* integral of phi over the membrane of a region */
  double cost;
} reduce_cell;

/** What one worker needs; no allocation while it works. */
typedef struct reduce_work {
  size_t room;              /* compartments at most */
  double *phi;              /* (n, room) the basis, rows of room */
  double *share;            /* (n) factor to the parent */
  int32_t *fixed;           /* (n) item that holds the node, -1 free */
  double *value;            /* (n) its basis value there */
  int32_t *anchor;          /* (n) the site whose side branches hold the node, -1 on paths between sites */
  double *sum;              /* (n) sum of the basis */
  uint8_t *on_path;         /* (n) */
  reduce_ac *z;             /* (REDUCE_FREQUENCIES, room, room) impedances */
  double *jacobian;         /* (room, n_residuals) */
  double *residual, *trial; /* (n_residuals) */
  double *hessian, *factor; /* (room, room) */
  struct reduce_share *at;  /* (n samples) */
} reduce_work;

/** How a place acts on the reduced cell: shares of a current into one item or two neighbours. */
typedef struct reduce_share {
  int32_t item[2]; /* the second may be -1 */
  double share[2];
  double error; /* of the waveform at the soma, relative */
} reduce_share;

/** Places whose EPSPs at the soma count. */
typedef struct reduce_samples {
  size_t n;
  int32_t *node;  /* (n) places of the linear cell */
  double *weight; /* (n) sum 1 */
  double *size;   /* (n) norm of the target */
  double pull[REDUCE_FREQUENCIES];
} reduce_samples;

LG_MUST_CHECK lg_status lg_reduce_work_create(lg_ctx *ctx, const cable_linear *linear, size_t room, size_t n_samples,
                                              reduce_work **out);
void lg_reduce_work_destroy(lg_ctx *ctx, reduce_work *work);

/**
 * @brief Basis, conductances and both capacitances of a plan. Rings whose level lies outside the branches left to them
 * are moved inside. The basis stays in work->phi.
 * @return false where a ring has no branches, or the plan is not closed
 */
bool lg_reduce_build(const cable_linear *linear, const reduce_plan *plan, reduce_work *work, reduce_cell *cell);

/** @brief Slowest time constant with the chosen capacitances, ms. mode (REDUCE_MAX) receives its shape; NULL: none. */
double lg_reduce_tau(const reduce_cell *cell, double *mode);
/** @brief Impedances of the reduced cell into work->z. */
void lg_reduce_impedances(const cable_linear *linear, const reduce_cell *cell, reduce_work *work);
/**
 * @brief Choose capacitances by least squares over the samples, the slowest time constant kept; sets cell->cost. Call
 * after lg_reduce_build() with the same work.
 * @param before NULL, or a cell whose items stand first among the cell's: its capacitances are one place to start from
 */
bool lg_reduce_fit(const cable_linear *linear, const reduce_samples *samples, const reduce_cell *before, int rounds,
                   reduce_work *work, reduce_cell *cell);
/** @brief Shares of a place; work->phi and work->z hold basis and impedances. */
reduce_share lg_reduce_share_of(const cable_linear *linear, const reduce_cell *cell, const double *pull,
                                const reduce_work *work, int32_t node);

#endif
