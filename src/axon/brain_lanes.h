/** @file brain_lanes.h @brief Fibre strain in eight voxels at once: nine oscillators each. */
#ifndef LG_AXON_BRAIN_LANES_H
#define LG_AXON_BRAIN_LANES_H

#include <stddef.h>

enum { BRAIN_MODES = 3, BRAIN_LANES = 8 };

/** One call: voxels in lanes. */
typedef struct brain_lanes {
  size_t n_times;
  double dt_s, damping_s;
  const double *alpha;                        /* (n_times, 3) */
  double w[3][BRAIN_MODES][BRAIN_LANES];      /* rad/s of axis and mode */
  double weight[3][BRAIN_MODES][BRAIN_LANES]; /* strain of a unit of the mode */
  double *strain;                             /* (n_times, BRAIN_LANES), written */
} brain_lanes;

/** The same operations in the same order, so the same bits, in every build. */
void lg_brain_lanes_plain(const brain_lanes *call);
void lg_brain_lanes_v3(const brain_lanes *call);
void lg_brain_lanes_v4(const brain_lanes *call);

#endif
