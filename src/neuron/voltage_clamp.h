/**
 * @file voltage_clamp.h
 * @brief A point neuron whose potential is held by an ideal clamp: its gates and the current that holds it.
 */
#ifndef LG_NEURON_VOLTAGE_CLAMP_H
#define LG_NEURON_VOLTAGE_CLAMP_H

#include "base/base.h"

#include <loligo/neuron.h>

/**
 * @brief Run a neuron under a protocol that is read as a command potential in mV.
 *
 * Outside all segments the command is 0 mV: let a segment hold over the whole time and add steps to it. The run starts
 * at the steady state of the command at t = 0. The gates move by Runge–Kutta of order 4 in equal steps of at most dt_ms
 * from breakpoint to breakpoint. The current is what an ideal amplifier measures without the capacitive spikes at
 * steps. Presynaptic events arrive as they do without a clamp.
 *
 * @param dt_ms 0: 0.0125
 * @param[out] out all states; the columns end with the ionic current, outward positive, "i_ion" (pA, µA/cm² of hh52)
 * @retval LG_ERR_UNSUPPORTED a model with a reset: it has no currents at a held potential
 */
LG_MUST_CHECK lg_status lg_neuron_voltage_clamp(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                                                double dt_ms, lg_simulation **out);

#endif
