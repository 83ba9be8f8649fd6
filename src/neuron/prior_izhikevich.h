/**
 * @file prior_izhikevich.h
 * @brief Data generator for cloning: random Izhikevich 2007 neurons, the protocols they are recorded with, and an
 * event-exact simulator that returns what an amplifier would have sampled.
 *
 * Everything here is pure: no context, no allocation, no global state, safe from any thread, and every random number
 * is named by (seed, index). Typical use, per training example `index`:
 *
 *     lg_izh_draw draw;
 *     lg_izh_prior_draw(seed, index, &draw);
 *     const size_t n = lg_izh_protocol_samples(LG_IZH_CLONE1, dt_ms);
 *     lg_izh_protocol_fill(LG_IZH_CLONE1, draw.i0_pA, seed, index, dt_ms, n, i_pA);
 *     lg_izh_simulate_sampled(&draw.p, i_pA, n, dt_ms, v_mV, NULL, 0);
 *     lg_izh_add_noise(v_mV, n, 0.2, seed, index);
 *
 * Model (Izhikevich 2007, Dynamical Systems in Neuroscience, eq. 8.5–8.6):
 *
 *     C v' = k (v-vr)(v-vt) - u + I,   u' = a (b (v-vr) - u),   at v = vpeak: v <- c, u <- u+d;   start v = vr, u = 0
 *
 * Units mV, ms, pA, pF, nS, nS/mV, 1/ms.
 */
#ifndef LG_PRIOR_IZHIKEVICH_H
#define LG_PRIOR_IZHIKEVICH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LG_IZH_N_PARAMS = 9 };

/** Parameters of one neuron (the standard variant), in the order of the vectors below. */
typedef struct lg_izh_params {
  double C, k, vr, vt, a, b, c, d, vpeak;
} lg_izh_params;

/** Names and units in that order. */
extern const char *const lg_izh_param_names[LG_IZH_N_PARAMS];
extern const char *const lg_izh_param_units[LG_IZH_N_PARAMS];

/** @brief Struct to vector (C, k, vr, vt, a, b, c, d, vpeak). */
void lg_izh_to_vector(const lg_izh_params *p, double x[LG_IZH_N_PARAMS]);
/** @brief Vector to struct. */
lg_izh_params lg_izh_from_vector(const double x[LG_IZH_N_PARAMS]);

/* ---- transformed parameters -------------------------------------------------------------------- */

/**
 * @brief Transformed vector z = (ln C, ln k, vr, vt-vr, ln a, b, c, d, vpeak): in z the prior is a box with uniform
 * sides.
 */
void lg_izh_to_z(const lg_izh_params *p, double z[LG_IZH_N_PARAMS]);
/** @brief Inverse of lg_izh_to_z(). */
lg_izh_params lg_izh_from_z(const double z[LG_IZH_N_PARAMS]);
/** @brief The box of the prior in z. */
void lg_izh_prior_box(double low[LG_IZH_N_PARAMS], double high[LG_IZH_N_PARAMS]);
/** @brief y = logit((z - low) / (high - low)) per parameter; z outside the box is moved to 1e-6 inside. */
void lg_izh_z_to_logit(const double z[LG_IZH_N_PARAMS], double y[LG_IZH_N_PARAMS]);
/** @brief Inverse of lg_izh_z_to_logit(). */
void lg_izh_logit_to_z(const double y[LG_IZH_N_PARAMS], double z[LG_IZH_N_PARAMS]);

/* ---- prior ------------------------------------------------------------------------------------- */

/** One neuron of the prior. */
typedef struct lg_izh_draw {
  lg_izh_params p;
  double rheobase_pA; /**< smallest 500-ms step from rest with a spike, within 0.1 % */
  double i0_pA;       /**< what an experimenter's titration would call rheobase: rheobase * exp(N(0, 0.12)) */
  unsigned n_spikes;  /**< under CLONE-1 with i0_pA (and the OU noise of the same seed and index) */
  unsigned rejected;  /**< proposals that were thrown away before this one */
} lg_izh_draw;

/**
 * @brief Draw neuron `index` of the prior of `seed`.
 *
 * C logU[20,250], k logU[.25,4], vr U[-80,-50], vt = vr + U[8,40], a logU[.005,.25], b U[-6,20], c U[-65,-38],
 * d U[0,200], vpeak U[10,55]. Rejected: steady conductance k(vt-vr)+b < 1 nS; c > vt + 8 mV; rheobase outside 1…3000
 * pA; fewer than 4 or at least 300 spikes under CLONE-1. Cost: about 1.5 ms.
 */
void lg_izh_prior_draw(uint64_t seed, uint64_t index, lg_izh_draw *out);

/** @brief Whether parameters respect the box and the two static rules of the prior. */
bool lg_izh_prior_contains(const lg_izh_params *p);

/**
 * @brief Smallest constant current, switched on at rest, that makes a spike within duration_ms.
 * @return pA, within 0.1 %; INFINITY when even max_pA makes none, 0 when the neuron fires at 0 pA
 */
double lg_izh_rheobase(const lg_izh_params *p, double duration_ms, double max_pA);

/* ---- protocols --------------------------------------------------------------------------------- */

typedef enum lg_izh_protocol {
  /**
   * 1.2 s: 0-50 ms 0; 50-200 -0.5 I0; 200-300 0; 300-450 1.5 I0; 450-500 0; 500-600 3 I0; 600-650 0; 650-850 ramp
   * 0 -> 2.5 I0; 850-900 0; 900-1200 Ornstein–Uhlenbeck, tau 3 ms, mean .7 I0, sd .7 I0.
   */
  LG_IZH_CLONE1 = 0,
  LG_IZH_STEP = 1 /**< 600 ms: 50-550 ms 1.7 I0 */
} lg_izh_protocol;

/** @brief Number of samples of a protocol. */
size_t lg_izh_protocol_samples(lg_izh_protocol protocol, double dt_ms);

/**
 * @brief Write the command current, one value per sample, held until the next sample.
 *
 * The noise is an exact OU process on a fixed 0.05-ms grid, of which any sampling rate picks its values: the same
 * (seed, index) is the same stimulus at 5, 10, 20 or 50 kHz.
 * @param i_pA (n) out; samples past the end of the protocol are 0
 */
void lg_izh_protocol_fill(lg_izh_protocol protocol, double i0_pA, uint64_t seed, uint64_t index, double dt_ms, size_t n,
                          double *i_pA);

/* ---- simulator --------------------------------------------------------------------------------- */

/** State of a neuron between calls, for recordings made in pieces. */
typedef struct lg_izh_state {
  double v_mV, u_pA;
} lg_izh_state;

/**
 * @brief Simulate and sample: v_mV[k] is the potential at k*dt_ms, i_pA[k] is held over [k*dt_ms, (k+1)*dt_ms).
 *
 * Runge–Kutta 4 with substeps h <= 0.05 / rate, rate^2 = (d v'/dv)^2 + 4 k |v'| / C + a^2, and every spike time as the
 * root of v = vpeak found by integrating with v as the independent variable (Hénon 1982,
 * doi 10.1016/0167-2789(82)90034-3). Ramps are staircases, as a converter plays them. Samples are within 1e-4 mV of the
 * exact solution (tests/unit). A spike between two samples is followed by the reset: the later sample lies behind it. A
 * spike exactly on a sample: the value after the reset.
 * @param i_pA            (n)
 * @param v_mV            (n) out, or NULL to count spikes only
 * @param spike_times_ms  (max_spikes) out, or NULL
 * @return number of spikes, also those beyond max_spikes
 */
size_t lg_izh_simulate_sampled(const lg_izh_params *p, const double *i_pA, size_t n, double dt_ms, double *v_mV,
                               double *spike_times_ms, size_t max_spikes);

/**
 * @brief The same from a given state; `state` is moved on to time n*dt_ms.
 * @param t0_ms added to the spike times
 */
size_t lg_izh_simulate_from(const lg_izh_params *p, lg_izh_state *state, double t0_ms, const double *i_pA, size_t n,
                            double dt_ms, double *v_mV, double *spike_times_ms, size_t max_spikes);

/** @brief Add Gaussian noise of standard deviation sigma_mV to n samples. */
void lg_izh_add_noise(double *v_mV, size_t n, double sigma_mV, uint64_t seed, uint64_t index);

#endif
