/**
 * @file learn_tm.h
 * @brief Identify one Traub–Miles/Pospischil neuron from current-clamp sweeps: annealed nudging, then multiple
 * shooting.
 */
#ifndef LG_LEARN_TM_H
#define LG_LEARN_TM_H

#include "neuron/posterior_samples.h"
#include "neuron/tm_shoot.h"

/** Options; `size` first, append only. */
typedef struct lg_tm_fit_opts {
  size_t size;
  double taumax_ms;
  double sigma_mV;                                      /* noise; <= 0: estimated from second differences */
  double low[LG_TM_PARAMETERS], high[LG_TM_PARAMETERS]; /* bounds of theta */
  const double *starts;                                 /* (n_starts, 9) theta, tried in order; may be NULL */
  size_t n_starts;
  size_t max_starts; /* given ones first, then our own, until one is in the right valley */
  uint64_t seed;     /* of the draws of the posterior */
} lg_tm_fit_opts;

/** @brief Defaults: the prior's bounds, taumax 600 ms, eight starts. */
lg_tm_fit_opts lg_tm_fit_opts_default(void);

/** Result of a fit. */
typedef struct lg_tm_fit {
  double theta[LG_TM_PARAMETERS];
  double covariance[LG_TM_PARAMETERS][LG_TM_PARAMETERS]; /* of theta, start potentials marginalised, for the
                                                            noise of the residuals; NAN: singular */
  double chi2_per_sample;                                /* 1 when the model explains the data to the noise */
  double sigma_mV;
  bool accepted; /* chi2_per_sample within .8 … 1.25 */
  unsigned starts, iterations;
} lg_tm_fit;

/** Work space for recordings of up to so many samples: one per worker thread. */
typedef struct lg_tm_desk lg_tm_desk;

/** @brief Create; max_samples in all sweeps together. */
LG_MUST_CHECK lg_status lg_tm_desk_create(lg_ctx *ctx, size_t max_samples, lg_tm_desk **out);
/** @brief Make room for draws: accepted fits are followed by those of their posterior from now on. */
LG_MUST_CHECK lg_status lg_tm_desk_add_cloud(lg_ctx *ctx, lg_tm_desk *desk);
void lg_tm_desk_destroy(lg_ctx *ctx, lg_tm_desk *desk);

/**
 * @brief What lg_tm_identify() does, in memory that exists: no context, for worker threads.
 * @return false when no start led to finite trajectories, or the sweeps do not fit the desk
 */
bool lg_tm_identify_in(lg_tm_desk *desk, const lg_tm_sweep *sweeps, size_t n_sweeps, const lg_tm_fit_opts *opts,
                       lg_tm_fit *fit);

/** @brief The weighted draws of theta after the last fit; NULL when there are none. */
lg_importance *lg_tm_desk_cloud(const lg_tm_desk *desk);

/** @brief Robust noise of sweeps from second differences at slow places, mV. */
double lg_tm_noise(const lg_tm_sweep *sweeps, size_t n_sweeps);

/**
 * @brief Fit. Thread-safe for different ctx; allocates its work space once.
 * @param[out] posterior samples around an accepted fit (n 0: not accepted, or none has a density); NULL: not wanted
 * @retval LG_ERR_ARGUMENT a sweep is shorter than 10 ms or holds NaN
 * @retval LG_ERR_NUMERICAL no start led to finite trajectories
 */
LG_MUST_CHECK lg_status lg_tm_identify(lg_ctx *ctx, const lg_tm_sweep *sweeps, size_t n_sweeps,
                                       const lg_tm_fit_opts *opts, lg_tm_fit *fit, lg_posterior *posterior);

#endif
