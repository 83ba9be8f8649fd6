/**
 * @file observe.h
 * @brief What the network sees of a recording: 0.25-ms bins of potential and current, and a vector of features.
 *
 * The same code serves training and cloning, so that a network never meets a recording prepared differently. Any
 * sampling rate from 4 kHz, any length; several traces are laid end to end.
 */
#ifndef LG_OBSERVE_H
#define LG_OBSERVE_H

#include "neuron/izhikevich_data.h"
#include "twin/family.h"

enum {
  LG_OBSERVE_CHANNELS = 6,  /* V mean, V max - mean, V mean - min, I / scale, time, steepest dV/dt; all of order 1 */
  LG_OBSERVE_FEATURES = 40, /* see observe_features.c for the list */
  LG_OBSERVE_SELECTED = 3,  /* sweeps that lg_observe_select() returns at most */
  LG_OBSERVE_CLOSED = 10,   /* closed form of the Izhikevich neuron: nine parameters and whether there is one */
};

/** Bin width. */
#define LG_OBSERVE_BIN_MS 0.25

/** @brief Number of bins of traces. */
size_t lg_observe_bins(const lg_fit_trace *traces, size_t n_traces);

/** @brief Largest absolute current of the traces, pA; at least 1e-3. */
double lg_observe_current_scale(const lg_fit_trace *traces, size_t n_traces);

/**
 * @brief Fill the bins.
 * @param scale_pA the current that counts as 1
 * @param[out] x (bins, LG_OBSERVE_CHANNELS), time first
 */
void lg_observe_fill(const lg_fit_trace *traces, size_t n_traces, double scale_pA, float *x);

/** @brief Mark the bins [used, bins) as not recorded: time -1, all else 0. */
void lg_observe_pad(float *x, size_t used, size_t bins);

/**
 * @brief Features of the traces: finite always, 0 (after scaling) where undefined, with flags that say so.
 * @param[out] f (LG_OBSERVE_FEATURES), each scaled to order 1
 */
void lg_observe_features(const lg_fit_trace *traces, size_t n_traces, double scale_pA, float *f);

/**
 * @brief The closed form of the Izhikevich neuron as features: what regression can tell, the network need not learn.
 * @param room  scratch, one per worker
 * @param[out] f (LG_OBSERVE_CLOSED) the nine parameters, scaled as the targets and cut at +-4; then 1; all 0 without
 * one
 */
void lg_observe_closed(lg_izh_data *room, const lg_fit_trace *traces, size_t n_traces, float *f);

/**
 * @brief Choose what a network of fixed length reads of a recording.
 *
 * A recording of up to three sweeps that fits is taken whole. Of others: the sweep with the most negative current, the
 * weakest that fires and the one nearest to twice its current, each from 30 ms before its stimulus on, with an equal
 * share of the duration (a short sweep leaves its rest to the others).
 * @param[out] selected views into the traces
 * @return their number
 */
size_t lg_observe_select(const lg_fit_trace *traces, size_t n_traces, double duration_ms,
                         lg_fit_trace selected[LG_OBSERVE_SELECTED]);

/** Names of the features, for the card and the tests. */
extern const char *const lg_observe_feature_names[LG_OBSERVE_FEATURES];

#endif
