/**
 * @file mechanism_net.h
 * @brief A channel of a membrane whose gates are a network (learn/gate_net.h): I = gmax Π x^power (V - E).
 */
#ifndef LG_CABLE_MECHANISM_NET_H
#define LG_CABLE_MECHANISM_NET_H

#include "cable/mechanism.h"
#include "learn/gate_net.h"

typedef struct cable_net cable_net;

/**
 * @brief Make a mechanism of a network in the form `rate`.
 *
 * Gated by voltage (input v) or by calcium inside (input c, µM). The current goes through the ion that the network
 * names, with the reversal that regions have for it, or through none; then `reversal_mV` is a parameter. Parameter
 * `gmax_S_cm2`. States are the gates under their names; a network that is shown its gates has one more per gate, what
 * that will be at the middle of the next step, one that is shown a rate of change has `u_before`.
 * @param name   as regions call it
 * @param source where it came from, as `source` of the mechanism
 * @param net    taken over where it succeeds
 * @retval LG_ERR_RANGE a network of the form raw, or an ion that is not na, k or ca of its valence
 */
LG_MUST_CHECK lg_status lg_cable_net_create(lg_ctx *ctx, const char *name, const char *source, lg_gate_net *net,
                                            cable_net **out);
/** @brief Destroy; accepts NULL. No block of the mechanism may be left. */
void lg_cable_net_destroy(lg_ctx *ctx, cable_net *net);
/** @brief The mechanism; lives as long as its owner. */
const cable_mechanism *lg_cable_net_mechanism(const cable_net *net);

#endif
