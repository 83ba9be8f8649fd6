/** @file live.h @brief A point neuron that runs on and on by rk4, stimulated while it runs. */
#ifndef LG_NEURON_LIVE_H
#define LG_NEURON_LIVE_H

#include "base/base.h"

#include <loligo/neuron.h>

typedef struct lg_neuron_live lg_neuron_live;

enum { LG_NEURON_LIVE_STIMULI = 256 };

/** @brief At t = 0 with the neuron's initial states. @param dt_ms 0: 0.025; 1e-6 … 100 */
LG_MUST_CHECK lg_status lg_neuron_live_create(lg_ctx *ctx, const lg_neuron *neuron, double dt_ms, lg_neuron_live **out);
void lg_neuron_live_destroy(lg_ctx *ctx, lg_neuron_live *live);

double lg_neuron_live_dt_ms(const lg_neuron_live *live);
double lg_neuron_live_time_ms(const lg_neuron_live *live);
/** @brief Its states, named as in traces. */
size_t lg_neuron_live_n_states(const lg_neuron_live *live);
const char *lg_neuron_live_state(const lg_neuron_live *live, size_t k);
void lg_neuron_live_states(const lg_neuron_live *live, double *states);

/** @brief n steps of dt: bit for bit what lg_simulate() with rk4 does under the same currents as constant segments.
 * @retval LG_ERR_NUMERICAL it left the finite range */
LG_MUST_CHECK lg_status lg_neuron_live_advance(lg_neuron_live *live, size_t n_steps);

/** @brief A constant current over [t0, t1), t0 not in the past. @retval LG_ERR_LIMIT too many wait or are on */
LG_MUST_CHECK lg_status lg_neuron_live_stimulate(lg_neuron_live *live, double t0_ms, double t1_ms, double amp_pA);

#endif
