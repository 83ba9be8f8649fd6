/**
 * @file learn_izhikevich.h
 * @brief The two estimators behind lg_izhikevich_identify(): the closed form and the refinement. No allocation.
 */
#ifndef LG_LEARN_IZHIKEVICH_H
#define LG_LEARN_IZHIKEVICH_H

#include "neuron/izhikevich_data.h"
#include "neuron/prior_izhikevich.h"

/**
 * @brief Closed form: weak-form linear regression, one search over a.
 *
 * For given a, u is linear in b and d, so I = C v' - k v^2 + … is linear in the rest; it is integrated over 4-ms
 * windows without reset, half overlapping. Uses data->scratch.
 * @return false when there are too few windows or spikes, or the solution is no neuron (C, k, g <= 0)
 */
bool lg_izh_closed_form(const lg_izh_data *data, lg_izh_params *out);

/**
 * @brief Most probable vpeak given the other parameters: every spike says v_i < vpeak <= Phi(v_i), where v_i is the
 * last sample before the reset and Phi the flow over one sample. Posterior mean on a grid, flat prior. u is rebuilt
 * from the observed course; uses data->scratch.
 */
double lg_izh_vpeak(const lg_izh_data *data, const lg_izh_params *p);

/** @brief The same with u known: @param u_before (n_spikes over all sweeps) u at the last sample before each reset, pA
 */
double lg_izh_vpeak_from_bounds(const lg_izh_data *data, const lg_izh_params *p, const double *u_before);

/** A refined point. */
typedef struct lg_izh_refined {
  lg_izh_params p;
  double chi2;   /* per sample, resets at the observed spikes */
  double robust; /* cost per sample that forgives the steep parts: comparable between bad fits */
  double covariance[LG_IZH_N_PARAMS * LG_IZH_N_PARAMS]; /* of z, for noise of the given sigma */
  size_t clamped;                                       /* observed spikes whose interval the model misses */
  bool accepted;                                        /* chi2 in [0.8, 1.25] */
  int starts, iterations;
} lg_izh_refined;

/**
 * @brief Refine by least squares over all samples, from several starts until one is accepted.
 *
 * Every start runs through a homotopy: the model is pulled towards the observed course (v' += K (v_obs - v)), which
 * removes the minima that a missed or early spike makes; K goes to 0 in stages, then the weights of the steep parts are
 * raised to those of white noise. The last stage is maximum likelihood.
 * @param starts (n_starts) tried in order, then perturbations of the best so far
 * @return false when not even one start could be evaluated
 */
bool lg_izh_refine(lg_izh_data *data, const lg_izh_params *starts, size_t n_starts, int max_starts, int max_iterations,
                   uint64_t seed, lg_izh_refined *out);

/**
 * @brief Weighted draws of the posterior around an accepted point: those whose resets do not all fall where they were
 * observed weigh nothing.
 * @param ctx whose threads help; NULL: none do, which changes no bit
 * @return false when no draw has a density: the cloud then says nothing
 */
bool lg_izh_sample_posterior(const lg_izh_data *data, lg_ctx *ctx, const lg_izh_refined *fit, uint64_t seed,
                             lg_importance *cloud);

/** @brief z to natural units, as rows of samples have them. */
void lg_izh_z_to_natural(const double *z, double *natural);

/**
 * @brief What lg_izhikevich_identify() does, in memory that exists: no context, for worker threads.
 * @return false when the traces do not fit into data (see lg_izh_data_prepare())
 */
bool lg_izh_identify_in(lg_izh_data *data, const lg_trace *traces, size_t n_traces, const lg_identify_opts *opts,
                        lg_izhikevich_fit *fit);

/**
 * @brief lg_izhikevich_identify() with samples.
 * @param[out] posterior samples around an accepted fit (n 0: not accepted, or none has a density); NULL: not wanted
 */
LG_MUST_CHECK lg_status lg_izh_identify_posterior(lg_ctx *ctx, const lg_trace *traces, size_t n_traces,
                                                  const lg_identify_opts *opts, lg_izhikevich_fit *fit,
                                                  lg_posterior *posterior);

#endif
