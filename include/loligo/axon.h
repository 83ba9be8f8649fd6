/**
 * @file axon.h
 * @brief What strain does to the cytoskeleton of an axon: the mechanics, and networks that predict them.
 *
 * Strains are fractions, losses percent. The model and where its constants come from: src/axon/README.md.
 */
#ifndef LOLIGO_AXON_H
#define LOLIGO_AXON_H

#include <loligo/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options of the mechanics. */
typedef struct lg_axon_options {
  size_t size;              /**< sizeof(lg_axon_options) */
  const char *preset;       /**< "male" (default) or "female" */
  const char *const *names; /**< (n_constants) constants that are not the preset's, by name ("rows", "seed", "EA" …) */
  const double *values;     /**< (n_constants) units and ranges: docs/axon-constants.md */
  size_t n_constants;       /**< number of names and values; 0: the preset as it is */
  int exact;                /**< non-zero: doubles with Newton to 1e-9 nm; 0: vectors of floats */
  int second_order;         /**< non-zero: of second order in time; 0: backward Euler, as the reference solutions */
  double most_strain_step;  /**< steps in which the strain moves further are cut; 0: none */
  int trace;                /**< non-zero: the course of every profile too */
} lg_axon_options;

/** Defaults of lg_axon_options. */
#define LG_AXON_OPTIONS_INIT                                                                                           \
  { .size = sizeof(lg_axon_options), .preset = "male" }

/**
 * @brief Read strain profiles: CSV, .npy, .npz or HDF5 (docs/axon-profiles.md).
 *
 * Array "strain" (n, n_times) fractions; text "json": dt_s and the names.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file; its bytes tell the format
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT a sample is missing, times do not rise, two profiles have one name; the message says where
 * @retval LG_ERR_RANGE  fewer than 3 samples, samples more than 0.1 s apart, a strain above 1 (percent?)
 * @retval LG_ERR_LIMIT  more than 5e6 profiles, or profiles of more than 1e5 samples
 */
LG_MUST_CHECK lg_status lg_axon_strain_read(lg_ctx *ctx, const char *path, lg_result **out);

/**
 * @brief Simulate strain profiles on one axon, on the threads of the context.
 *
 * Arrays: "out" (n, 6): greatest strain of microtubules and of the axolemma, then percent of tau, neurofilaments, side
 * arms and microtubules that are lost, NAN where a profile failed; "failed" (n) uint8; with trace "trace" (n, n_times,
 * 7). Text "json": names of the columns.
 * @param ctx the caller's context; holds the message of a failure
 * @param strain (n, n_times) fractions, n_times >= 2, the first sample of every profile 0; read, not kept
 * @param n       profiles, at least 1
 * @param n_times samples of each
 * @param dt_s    interval of the samples, which is the step: 1e-7 … 0.1
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE a strain beyond -0.9 … 1, a step outside 1e-7 … 0.1 s, a constant outside its range
 * @retval LG_ERR_NOT_FOUND no such constant or preset
 */
LG_MUST_CHECK lg_status lg_axon_strain_simulate(lg_ctx *ctx, const double *strain, size_t n, size_t n_times,
                                                double dt_s, const lg_axon_options *options, lg_result **out);

/**
 * @brief Predict what the mechanics would say by the networks that learned it; simulate what is out of their range.
 *
 * Arrays: "mean", "sd" (n, 4): strain of microtubules and axolemma, percent of tau and neurofilaments lost; "nearest"
 * (n), distance to the nearest training profile; "in_range", "direct" (simulated), "failed" (n) uint8.
 * @param ctx the caller's context; holds the message of a failure
 * @param network     path (models/axon-male.safetensors)
 * @param strain      (n, n_times) as of lg_axon_strain_simulate(); read, not kept
 * @param n           profiles, at least 1
 * @param n_times     samples of each, at least 2
 * @param dt_s        interval of the samples, 1e-7 … 0.1; the networks read profiles resampled to their own
 * @param no_fallback non-zero: keep the networks' word out of their range too
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE  as of lg_axon_strain_simulate()
 */
LG_MUST_CHECK lg_status lg_axon_strain_predict(lg_ctx *ctx, const char *network, const double *strain, size_t n,
                                               size_t n_times, double dt_s, int no_fallback, lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
