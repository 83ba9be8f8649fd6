/**
 * @file lanes.h
 * @brief Several profiles of strain, on one axon or on axons that differ in their gaps, side by side in the lanes of a
 * vector.
 *
 * Builds: double with one lane (the reference: Newton to a tolerance), float with 1, 8 (AVX2) and 16 lanes (AVX-512),
 * whose bits are the same whatever the number of lanes.
 */
#ifndef LG_AXON_LANES_H
#define LG_AXON_LANES_H

#include "axon/axon.h"

enum { AXON_MT = 0, AXON_AXOLEMMA, AXON_TAU, AXON_NF, AXON_ARM, AXON_MT_BROKEN, AXON_OUTPUTS };
/* beside those: greatest force at x = 0 (pN), greatest strain by which a microtubule is shorter than where it bent (c),
 * times of the greatest strains (s since the run or the impact began) */
enum { AXON_REACTION = 0, AXON_COMPRESSION, AXON_MT_TIME, AXON_AXOLEMMA_TIME, AXON_FURTHER };
enum {
  AXON_TRACE_STRAIN = 0,
  AXON_TRACE_MT,
  AXON_TRACE_AXOLEMMA,
  AXON_TRACE_TAU,
  AXON_TRACE_NF,
  AXON_TRACE_REACTION,
  AXON_TRACE_COMPRESSION,
  AXON_TRACES
};

/** How time is stepped (README.md, schemes). */
typedef enum axon_scheme {
  AXON_EULER = 0, /* backward Euler, as the reference solutions */
  AXON_SECOND     /* two stages, second order but for the moments at which microtubules break */
} axon_scheme;

/** One call of a kernel: as many profiles as it has lanes. */
typedef struct axon_lanes {
  const lg_axon *axon;
  const lg_axon *const *axon_of_lane; /* (lanes) the same constants, but other gaps; NULL: axon in every lane */
  const double *strain;               /* (n_steps + 1, lanes), [0] is 0 */
  const unsigned *pieces;             /* (n_steps + 1) into how many each step is cut; NULL: one */
  size_t n_steps;
  double dt_s;
  axon_scheme scheme;
  unsigned newton;      /* most iterations of a balance of forces: one a step, of second order two */
  unsigned newton_more; /* as many more where the last one changed a strain by more than this; 0: none */
  double more_above;
  double tolerance_nm; /* stop when no displacement moves more; 0: always do them all */
  void *work;          /* lg_axon_lanes_bytes() of the build */
  const size_t *ends;  /* (n_ends) steps at which impacts end, rising, the last is n_steps; NULL: one impact */
  size_t n_ends;       /* 0 and 1: one */
  bool relax;          /* an impact begins at rest, at no strain: of the one before stays only what was lost */
  double *out;     /* (n_ends, lanes, AXON_OUTPUTS): greatest strains of the impact as fractions, losses in percent */
  double *further; /* (n_ends, lanes, AXON_FURTHER) or NULL */
  double *trace;   /* (lanes, n_steps + 1, AXON_TRACES) or NULL */
  double *moved;   /* (n_ends, lanes) by how much the last Newton iteration of a step changed a strain, the most of all
                      steps */
} axon_lanes;

typedef struct axon_build {
  const char *name;
  size_t lanes, real_bytes;
  void (*run)(const axon_lanes *call);
} axon_build;

/** @brief Bytes of the work of one call. */
size_t lg_axon_lanes_bytes(const axon_build *build, const lg_axon *axon);

extern const axon_build lg_axon_double, lg_axon_float_plain, lg_axon_float_v3, lg_axon_float_v4;
/** @brief The widest float build that this CPU runs. */
const axon_build *lg_axon_float(void);

#endif
