/**
 * @file channels.h
 * @brief Point neurons whose channels are networks of gates (learn/gate_net.h), beside a leak:
 *        C V' = I - gL (V - EL) - Σ gmax Π x^power (V - E), per area.
 *
 * A neuron of this kind has a row of its own, which lives as long as its channels: model "channels", parameters C, gL,
 * EL, V0, celsius, and gmax_<name>, E_<name> of every channel; states v_mV and <name>_<gate>. It is run by
 * lg_simulate() as the others are. Rates are taken in double, so that the reference solver keeps its accuracy.
 */
#ifndef LG_NEURON_CHANNELS_H
#define LG_NEURON_CHANNELS_H

#include "learn/gate_net.h"
#include "neuron/plan.h"

enum { LG_CHANNELS_MOST = 12, LG_CHANNEL_NAME = 24 };

typedef struct lg_channels lg_channels;

/** A channel; name of letters, digits and _. */
typedef struct lg_channel {
  char name[LG_CHANNEL_NAME];
  lg_gate_net *net;
  double gmax_S_cm2, reversal_mV; /* defaults of its parameters */
} lg_channel;

/**
 * @brief Make the row of a neuron with these channels (n).
 * @param list its networks are taken over where it succeeds
 * @retval LG_ERR_RANGE a network of the form raw or of calcium, two of one name, or too many gates
 */
LG_MUST_CHECK lg_status lg_channels_create(lg_ctx *ctx, size_t n, const lg_channel *list, lg_channels **out);
/** @brief Destroy; accepts NULL. No neuron of it may be left in use. */
void lg_channels_destroy(lg_ctx *ctx, lg_channels *channels);
/** @brief A neuron with the default of every field. */
void lg_channels_neuron(const lg_channels *channels, lg_neuron *out);
/** @brief Whether a row is of this kind. */
bool lg_channels_is(const lg_model_info *info);

/** @brief Called by lg_plan_make(). */
LG_MUST_CHECK lg_status lg_plan_channels(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan);

#endif
