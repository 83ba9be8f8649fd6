/**
 * @file identify.h
 * @brief Identify an Izhikevich 2007 neuron from current-clamp sweeps, without a network, with uncertainty.
 */
#ifndef LOLIGO_IDENTIFY_H
#define LOLIGO_IDENTIFY_H

#include <loligo/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LG_IZHIKEVICH_PARAMETERS = 9 };

/** One sweep as the identification sees it; i_pA[k] is held over [k, k+1) * dt_ms. Nothing is owned. */
typedef struct lg_trace {
  const double *v_mV; /**< (n); NAN where missing */
  const double *i_pA; /**< (n) */
  size_t n;
  double dt_ms;
} lg_trace;

/** How far the identification came. */
typedef enum lg_identify_stage {
  LG_IDENTIFY_NONE = 0,        /**< not even a closed form: too few spikes or windows */
  LG_IDENTIFY_CLOSED_FORM = 1, /**< the parameters are the closed form's */
  LG_IDENTIFY_REFINED = 2      /**< the parameters are a least-squares optimum over the traces */
} lg_identify_stage;

/** Options; begin with LG_IDENTIFY_OPTS_INIT. */
typedef struct lg_identify_opts {
  size_t size;
  double sigma_mV;      /**< standard deviation of the voltage noise; NAN (default): estimated from the sweeps */
  int closed_form_only; /**< stop before the refinement */
  int max_starts;       /**< 1 … 32 starts of the refinement until one is accepted; default 8 */
  int max_iterations;   /**< of one start; default 60 */
  /** Starts of the caller (a network's mean, posterior samples), tried after the closed form. */
  const double *starts; /**< (n_starts, 9) natural units, in the order C, k, vr, vt, a, b, c, d, vpeak */
  size_t n_starts;
  unsigned long long seed; /**< of the perturbed starts */
} lg_identify_opts;

#define LG_IDENTIFY_OPTS_INIT                                                                                          \
  { sizeof(lg_identify_opts), (double)NAN, 0, 8, 60, NULL, 0, 1 }

/**
 * What was found. Vectors are in the order C pF, k nS/mV, vr mV, vt mV, a 1/ms, b nS, c mV, d pA, vpeak mV; the
 * covariance is of z = (ln C, ln k, vr, vt-vr, ln a, b, c, d, vpeak).
 */
typedef struct lg_izhikevich_fit {
  double parameters[LG_IZHIKEVICH_PARAMETERS];
  double sd[LG_IZHIKEVICH_PARAMETERS];      /**< natural units */
  double ci95[LG_IZHIKEVICH_PARAMETERS][2]; /**< natural units, transformed from z */
  double z[LG_IZHIKEVICH_PARAMETERS];
  double covariance_z[LG_IZHIKEVICH_PARAMETERS][LG_IZHIKEVICH_PARAMETERS];
  double closed_form[LG_IZHIKEVICH_PARAMETERS]; /**< natural units; NAN when there is none */
  double sigma_mV;                              /**< noise used */
  double chi2_per_sample; /**< mean of (residual / sigma)^2 with resets at the observed spikes: 1 for the truth */
  int accepted;           /**< chi2_per_sample in [0.8, 1.25] and the free-running model spikes in the same samples */
  lg_identify_stage stage;
  size_t n_spikes;        /**< observed */
  size_t n_samples;       /**< that carry information (not NAN) */
  int starts, iterations; /**< spent in all */
} lg_izhikevich_fit;

#ifdef __cplusplus
}
#endif
#endif
