/**
 * @file protocol.h
 * @brief A stimulus protocol: pieces of current over time, and the arrival times of synaptic input.
 *
 * Segments are half-open [t0, t1); outside all segments the current is 0; where segments overlap their currents add.
 * Units: ms, pA (µA/cm² for models that are given per area), Hz.
 */
#ifndef LOLIGO_PROTOCOL_H
#define LOLIGO_PROTOCOL_H

#include <loligo/ctx.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shape of a segment; x = t - t0, T = t1 - t0. */
typedef enum lg_segment_type {
  LG_SEGMENT_CONST = 0, /**< amp */
  LG_SEGMENT_RAMP,      /**< from + (to - from) x / T */
  LG_SEGMENT_SINE,      /**< mean + amp sin(2 pi (1e-3 f0 x + phase)) */
  LG_SEGMENT_CHIRP,     /**< mean + amp sin(2 pi 1e-3 (f0 x + (f1 - f0) x^2 / (2 T))) */
  LG_SEGMENT_HOLD,      /**< values[k] for x in [k dt, (k+1) dt); the last value holds until t1 */
  LG_SEGMENT_TRAIN      /**< amp during the first width ms of every period 1000 / rate */
} lg_segment_type;

/** One segment. Fields that its type does not name are 0. */
typedef struct lg_segment {
  lg_segment_type type; /**< its shape */
  double t0_ms;         /**< start */
  double t1_ms;         /**< end */
  double amp_pA;        /**< const, sine, chirp, train */
  double mean_pA;       /**< sine, chirp */
  double from_pA;       /**< ramp: at its start */
  double to_pA;         /**< ramp: at its end */
  double f0_Hz;         /**< sine; chirp: at its start */
  double f1_Hz;         /**< chirp: at its end */
  double phase_turn;    /**< sine: phase at t0 in whole turns */
  double rate_Hz;       /**< train: pulses per second */
  double width_ms;      /**< train: length of a pulse */
  double dt_ms;         /**< hold */
  size_t n_values;      /**< hold */
  double *values_pA;    /**< hold: (n_values), owned by the protocol */
} lg_segment;

/** Receptors that synaptic input arrives at. */
typedef enum lg_receptor {
  LG_RECEPTOR_AMPA = 0, /**< AMPA */
  LG_RECEPTOR_NMDA,     /**< NMDA */
  LG_RECEPTOR_GABA_A,   /**< GABA-A */
  LG_RECEPTORS          /**< their number */
} lg_receptor;

/** A presynaptic spike. */
typedef struct lg_synaptic_event {
  double t_ms;          /**< its time */
  lg_receptor receptor; /**< where it arrives */
  double weight;        /**< factor on the model's peak conductance */
} lg_synaptic_event;

/** A protocol. Owns its arrays. */
typedef struct lg_protocol {
  double duration_ms;        /**< the simulation runs over [0, duration] */
  double sample_ms;          /**< traces are sampled at k * sample */
  size_t n_segments;         /**< number of segments */
  lg_segment *segments;      /**< (n_segments) in the order in which they were added */
  size_t n_events;           /**< number of presynaptic spikes */
  lg_synaptic_event *events; /**< in order of time */
} lg_protocol;

/**
 * @brief Create a protocol without current.
 * @param ctx the caller's context; holds the message of a failure
 * @param duration_ms in (0, 1e7]
 * @param sample_ms   in (0, duration]; at most 2e8 samples
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 * @retval LG_ERR_RANGE a value is outside its range
 */
LG_MUST_CHECK lg_status lg_protocol_create(lg_ctx *ctx, double duration_ms, double sample_ms, lg_protocol **out);

/**
 * @brief Destroy a protocol; accepts NULL.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol may be NULL
 */
void lg_protocol_destroy(lg_ctx *ctx, lg_protocol *protocol);

/**
 * @brief Append a segment; its values are copied.
 *
 * Parts beyond the duration are never reached. A hold segment with t1 <= t0 ends after its last value.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param segment copied with its values
 * @retval LG_ERR_RANGE not finite, t1 <= t0, a frequency below 0, a train whose pulses are longer than their period …
 */
LG_MUST_CHECK lg_status lg_protocol_add(lg_ctx *ctx, lg_protocol *protocol, const lg_segment *segment);

/**
 * @brief Append a constant current.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param t0_ms start
 * @param t1_ms end, above t0_ms
 * @param amp_pA the current
 */
LG_MUST_CHECK lg_status lg_protocol_add_const(lg_ctx *ctx, lg_protocol *protocol, double t0_ms, double t1_ms,
                                              double amp_pA);

/**
 * @brief Append a linear ramp.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param t0_ms start
 * @param t1_ms end, above t0_ms
 * @param from_pA current at the start
 * @param to_pA current at the end
 */
LG_MUST_CHECK lg_status lg_protocol_add_ramp(lg_ctx *ctx, lg_protocol *protocol, double t0_ms, double t1_ms,
                                             double from_pA, double to_pA);

/** An Ornstein–Uhlenbeck current. */
typedef struct lg_ou_options {
  size_t size;    /**< sizeof(lg_ou_options) */
  double t0_ms;   /**< start */
  double t1_ms;   /**< end */
  double mean_pA; /**< of the stationary process */
  double sd_pA;   /**< of the stationary process */
  double tau_ms;  /**< correlation time */
  double dt_ms;   /**< the value is held for this long; default 0.05 */
  uint64_t seed;  /**< same seed, same current */
} lg_ou_options;

/** Defaults of lg_ou_options. */
#define LG_OU_OPTIONS_INIT                                                                                             \
  { .size = sizeof(lg_ou_options), .tau_ms = 3.0, .dt_ms = 0.05 }

/**
 * @brief Append an Ornstein–Uhlenbeck current as a hold segment, started from its stationary distribution.
 *
 * Exact update x' = m + (x - m) e^(-dt/tau) + s sqrt(1 - e^(-2 dt/tau)) N(0,1).
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param options begin with LG_OU_OPTIONS_INIT
 * @see Uhlenbeck & Ornstein 1930; Gillespie 1996, doi 10.1103/PhysRevE.54.2084
 */
LG_MUST_CHECK lg_status lg_protocol_add_ou(lg_ctx *ctx, lg_protocol *protocol, const lg_ou_options *options);

/**
 * @brief Append presynaptic spikes (any order). weight: factor on the model's peak conductance.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param receptor where they arrive
 * @param times_ms (n) finite
 * @param n number of spikes
 * @param weight >= 0
 */
LG_MUST_CHECK lg_status lg_protocol_add_synaptic(lg_ctx *ctx, lg_protocol *protocol, lg_receptor receptor,
                                                 const double *times_ms, size_t n, double weight);

/**
 * @brief Append Poisson presynaptic spikes over [t0, t1). Same seed, same times.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param receptor where they arrive
 * @param t0_ms start
 * @param t1_ms end
 * @param rate_Hz mean rate, >= 0
 * @param weight factor on the model's peak conductance, >= 0
 * @param seed of the times
 */
LG_MUST_CHECK lg_status lg_protocol_add_poisson(lg_ctx *ctx, lg_protocol *protocol, lg_receptor receptor, double t0_ms,
                                                double t1_ms, double rate_Hz, double weight, uint64_t seed);

/**
 * @brief Append a copy of another protocol's segments and presynaptic spikes, moved to a later time.
 *
 * The duration stays: parts beyond it are never reached.
 * @param ctx the caller's context; holds the message of a failure
 * @param protocol unchanged on failure
 * @param other is copied
 * @param at_ms >= 0 time at which the other protocol begins
 */
LG_MUST_CHECK lg_status lg_protocol_append(lg_ctx *ctx, lg_protocol *protocol, const lg_protocol *other, double at_ms);

/**
 * @brief Read a protocol: `{"duration_ms", "sample_ms", "segments": […], "synaptic": […]}`.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file, at most 256 MiB
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names the file and the key
 */
LG_MUST_CHECK lg_status lg_protocol_load(lg_ctx *ctx, const char *path, lg_protocol **out);

/**
 * @brief As lg_protocol_load(), of JSON in memory.
 * @param ctx the caller's context; holds the message of a failure
 * @param name stands in messages in the place of a path
 * @param bytes (n) JSON; read, not kept
 * @param n number of bytes
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message has the name and the key
 */
LG_MUST_CHECK lg_status lg_protocol_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n,
                                          lg_protocol **out);

/**
 * @brief Number of samples of a trace: those k with k * sample <= duration.
 * @param protocol a protocol
 */
size_t lg_protocol_samples(const lg_protocol *protocol);

/**
 * @brief Current at a time (pA). Cost: one look at every segment.
 * @param protocol a protocol
 * @param t_ms the time
 */
double lg_protocol_current(const lg_protocol *protocol, double t_ms);

/* ---- protocols that are built in ---------------------------------------------------------------- */

/**
 * @brief CLONE-1, the designed protocol of cloning (1200 ms) for a titrated current i0.
 *
 * 50–200 ms -0.5 I0; 300–450 1.5 I0; 500–600 3 I0; 650–850 ramp 0 to 2.5 I0; 900–1200 Ornstein–Uhlenbeck noise (tau 3
 * ms, mean and sd 0.7 I0). Sampled at sample_ms (0 = 0.05).
 * @param ctx the caller's context; holds the message of a failure
 * @param i0_pA the cell's rheobase, > 0
 * @param sample_ms interval of samples; 0 = 0.05
 * @param seed of the noise
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_clone1(lg_ctx *ctx, double i0_pA, double sample_ms, uint64_t seed,
                                           lg_protocol **out);

/**
 * @brief STEP: one step of amp over 50–550 of 600 ms.
 * @param ctx the caller's context; holds the message of a failure
 * @param amp_pA the current
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_step(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out);

/**
 * @brief FI, sweep k of 12: a step of amp_k over 100–600 of 800 ms, amp_k = i0 (-0.5, 0, .5, .8, 1, 1.2, 1.5, 2, 2.5,
 * 3, 4, 6).
 * @param ctx the caller's context; holds the message of a failure
 * @param k 0 ... 11
 * @param i0_pA the cell's rheobase, > 0
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_fi(lg_ctx *ctx, unsigned k, double i0_pA, double sample_ms, lg_protocol **out);

/** Number of sweeps of FI. */
enum { LG_PROTOCOL_FI_SWEEPS = 12 };

/**
 * @brief All sweeps of FI, one after the other, each of 800 ms.
 * @param ctx the caller's context; holds the message of a failure
 * @param i0_pA the cell's rheobase, > 0
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_fi_all(lg_ctx *ctx, double i0_pA, double sample_ms, lg_protocol **out);

/**
 * @brief TRAIN at 5, 10, 20, 50, 100 and 200 Hz, one after the other, each of 1200 ms.
 * @param ctx the caller's context; holds the message of a failure
 * @param amp_pA current of a pulse
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_train_all(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out);

/**
 * @brief SUB: a chirp from 0.5 to 100 Hz of ±amp (0 = 20 pA) over 200–20200 of 20400 ms, for the impedance.
 * @param ctx the caller's context; holds the message of a failure
 * @param amp_pA amplitude; 0 = 20
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_sub(lg_ctx *ctx, double amp_pA, double sample_ms, lg_protocol **out);

/**
 * @brief TRAIN: 2-ms pulses of amp at rate_Hz (5 … 200) over 50–1050 of 1200 ms.
 * @param ctx the caller's context; holds the message of a failure
 * @param amp_pA current of a pulse
 * @param rate_Hz pulses per second
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_train(lg_ctx *ctx, double amp_pA, double rate_Hz, double sample_ms,
                                          lg_protocol **out);

/**
 * @brief PLATEAU: a depolarisation of amp for length_ms (500 … 10000) after 200 ms, 500 ms of rest behind it.
 * @param ctx the caller's context; holds the message of a failure
 * @param amp_pA the current
 * @param length_ms how long
 * @param sample_ms interval of samples; 0 = 0.05
 * @param[out] out destroy with lg_protocol_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_protocol_plateau(lg_ctx *ctx, double amp_pA, double length_ms, double sample_ms,
                                            lg_protocol **out);

#ifdef __cplusplus
}
#endif
#endif
