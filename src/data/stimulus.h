/**
 * @file stimulus.h
 * @brief A protocol cut at all its breakpoints into pieces on which the current is smooth: what the solvers run on.
 */
#ifndef LG_STIMULUS_H
#define LG_STIMULUS_H

#include "base/base.h"

#include <loligo/protocol.h>

enum { LG_STIMULUS_MAX_WAVES = 8 };

/** On [t0, t1): level + slope (t - t0) + the waves. */
typedef struct lg_stimulus_piece {
  double t0_ms, t1_ms;
  double level_pA, slope_pA_ms;
  unsigned n_waves;
  const lg_segment *waves[LG_STIMULUS_MAX_WAVES]; /* sines and chirps; borrowed from the protocol */
} lg_stimulus_piece;

/** The pieces cover [0, duration] without gaps. */
typedef struct lg_stimulus {
  size_t n_pieces;
  lg_stimulus_piece *pieces;
} lg_stimulus;

/** @brief Cut a protocol; the protocol must outlive the stimulus. Synaptic events cut too. */
LG_MUST_CHECK lg_status lg_stimulus_create(lg_ctx *ctx, const lg_protocol *protocol, lg_stimulus **out);
void lg_stimulus_destroy(lg_ctx *ctx, lg_stimulus *stimulus);

/** @brief Current of a segment at a time inside it. */
double lg_segment_current(const lg_segment *segment, double t_ms);

/** @brief Current of a piece at a time inside it (its end included: the limit from the left). */
static inline double lg_piece_current(const lg_stimulus_piece *piece, double t_ms) {
  double sum = piece->level_pA + piece->slope_pA_ms * (t_ms - piece->t0_ms);
  for (unsigned k = 0; k < piece->n_waves; k++) sum += lg_segment_current(piece->waves[k], t_ms);
  return sum;
}

#endif
