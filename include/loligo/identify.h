/**
 * @file identify.h
 * @brief Identify an Izhikevich 2007 neuron from current-clamp sweeps, without a network, with uncertainty.
 */
#ifndef LOLIGO_IDENTIFY_H
#define LOLIGO_IDENTIFY_H

#include <loligo/ctx.h>
#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Parameters of the standard Izhikevich neuron. */
enum { LG_IZHIKEVICH_PARAMETERS = 9 };

/** One sweep as the identification sees it; i_pA[k] is held over [k, k+1) * dt_ms. Nothing is owned. */
typedef struct lg_trace {
  const double *v_mV; /**< (n); NAN where missing */
  const double *i_pA; /**< (n) */
  size_t n;           /**< samples */
  double dt_ms;       /**< sampling interval, > 0 */
} lg_trace;

/** How far the identification came. */
typedef enum lg_identify_stage {
  LG_IDENTIFY_NONE = 0,        /**< not even a closed form: too few spikes or windows */
  LG_IDENTIFY_CLOSED_FORM = 1, /**< the parameters are the closed form's */
  LG_IDENTIFY_REFINED = 2      /**< the parameters are a least-squares optimum over the traces */
} lg_identify_stage;

/** Options; begin with LG_IDENTIFY_OPTS_INIT. */
typedef struct lg_identify_opts {
  size_t size;          /**< sizeof(lg_identify_opts) */
  double sigma_mV;      /**< standard deviation of the voltage noise; NAN (default): estimated from the sweeps */
  int closed_form_only; /**< stop before the refinement */
  int max_starts;       /**< 1 … 32 starts of the refinement until one is accepted; default 8 */
  int max_iterations;   /**< of one start; default 60 */
  /** Starts of the caller (a network's mean, posterior samples), tried after the closed form: (n_starts, 9) natural
      units, in the order C, k, vr, vt, a, b, c, d, vpeak. */
  const double *starts;
  size_t n_starts;         /**< number of starts */
  unsigned long long seed; /**< of the perturbed starts */
} lg_identify_opts;

/** Default options. */
#define LG_IDENTIFY_OPTS_INIT                                                                                          \
  { sizeof(lg_identify_opts), (double)NAN, 0, 8, 60, NULL, 0, 1 }

/**
 * What was found. Vectors are in the order C pF, k nS/mV, vr mV, vt mV, a 1/ms, b nS, c mV, d pA, vpeak mV; the
 * covariance is of z = (ln C, ln k, vr, vt-vr, ln a, b, c, d, vpeak).
 */
typedef struct lg_izhikevich_fit {
  double parameters[LG_IZHIKEVICH_PARAMETERS];                             /**< natural units */
  double sd[LG_IZHIKEVICH_PARAMETERS];                                     /**< natural units */
  double ci95[LG_IZHIKEVICH_PARAMETERS][2];                                /**< natural units, transformed from z */
  double z[LG_IZHIKEVICH_PARAMETERS];                                      /**< transformed parameters */
  double covariance_z[LG_IZHIKEVICH_PARAMETERS][LG_IZHIKEVICH_PARAMETERS]; /**< of z */
  double closed_form[LG_IZHIKEVICH_PARAMETERS];                            /**< natural units; NAN when there is none */
  double sigma_mV;                                                         /**< noise used */
  double chi2_per_sample;  /**< mean of (residual / sigma)^2 with resets at the observed spikes: 1 for the truth */
  int accepted;            /**< chi2_per_sample in [0.8, 1.25] and the free-running model spikes in the same samples */
  lg_identify_stage stage; /**< how far it came */
  size_t n_spikes;         /**< observed */
  size_t n_samples;        /**< that carry information (not NAN) */
  int starts;              /**< spent in all */
  int iterations;          /**< spent in all */
} lg_izhikevich_fit;

/**
 * @brief Identify the standard Izhikevich 2007 neuron behind some sweeps of one cell.
 *
 * A closed form (weak-form regression, spec section 1.3 D), then maximum likelihood by Levenberg–Marquardt with forward
 * sensitivities, resets at the observed spikes and a homotopy from the observed course to the free model, from several
 * starts until chi2 per sample lies in [0.8, 1.25]. The noise is taken as white and Gaussian. The model begins every
 * sweep in the steady state of its first current.
 *
 * The covariance is that of maximum likelihood at the optimum, scaled by chi2_per_sample. For a recording that the
 * model does not explain (accepted = 0) it is a lower bound: model error is not noise.
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param traces (n_traces) 1 … 64 sweeps of at least 32 samples each
 * @param n_traces number of sweeps
 * @param opts   NULL = defaults
 * @param[out] fit all fields are set on LG_OK; `stage` says how far it came (LG_IDENTIFY_NONE: no spikes, no model)
 * @retval LG_ERR_ARGUMENT  a pointer is NULL
 * @retval LG_ERR_RANGE     no sweeps, too many, too short, a dt or a current that is not finite, v beyond +-500 mV
 * @retval LG_ERR_CANCELLED the caller asked to stop (looked at in every iteration); fit holds what there was
 * @retval LG_ERR_MEMORY    nothing is kept
 *
 * Cost: about 0.1 s per start and 24,000 samples; several restarts when nothing fits. Allocates 7 doubles per sample.
 * @see Izhikevich 2007, Dynamical Systems in Neuroscience, eq. 8.5–8.6
 */
LG_MUST_CHECK lg_status lg_izhikevich_identify(lg_ctx *ctx, const lg_trace *traces, size_t n_traces,
                                               const lg_identify_opts *opts, lg_izhikevich_fit *fit);

#ifdef __cplusplus
}
#endif
#endif
