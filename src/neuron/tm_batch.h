/**
 * @file tm_batch.h
 * @brief Eight Traub–Miles neurons in lockstep, one per SIMD lane: the generator of training data.
 *
 * The arithmetic of a lane is that of lg_tm_simulate_slow() in the same order, without contraction: the same bits
 * from the plain, AVX2 and AVX-512 builds, and from any grouping into lanes.
 */
#ifndef LG_TM_BATCH_H
#define LG_TM_BATCH_H

#include "neuron/tm_sampled.h"

enum { LG_TM_LANES = 8 };

/** What a batch needs and returns; sample k of lane l stands at [k * LG_TM_LANES + l]. */
typedef struct lg_tm_batch {
  double theta[LG_TM_PARAMETERS][LG_TM_LANES];
  lg_tm_slow slow[LG_TM_LANES]; /* share 0 in every lane: none */
  double taumax_ms;
  double dt_ms;
  unsigned substeps;
  size_t n;
  const double *i_pA; /* (n, lanes), or NULL: constant amp_pA */
  double amp_pA[LG_TM_LANES];
  double *v_mV;                 /* (n, lanes) out, or NULL */
  bool stop_at_spike;           /* end when every lane has fired */
  uint32_t spikes[LG_TM_LANES]; /* out: upward crossings of -20 mV */
} lg_tm_batch;

/** @brief Simulate from rest, with the widest instructions of this CPU. */
void lg_tm_batch_run(lg_tm_batch *batch);

/** The builds behind it, for the comparison test. */
void lg_tm_batch_run_plain(lg_tm_batch *batch, const double *rest_mV);
void lg_tm_batch_run_v3(lg_tm_batch *batch, const double *rest_mV);
void lg_tm_batch_run_v4(lg_tm_batch *batch, const double *rest_mV);

#endif
