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
 * last sample before the reset and Phi the flow over one sample. Posterior mean on a grid, flat prior.
 * @param u_before (n_spikes over all sweeps) u at the last sample before each reset, pA
 */
double lg_izh_vpeak_from_bounds(const lg_izh_data *data, const lg_izh_params *p, const double *u_before);

#endif
