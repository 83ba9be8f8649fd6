/**
 * @file gate_net.h
 * @brief A ryanodine receptor whose gates are a network (learn/gate_net.h).
 *
 * In the form `rate` every gate moves by x ← x∞ + (x - x∞) e^(-k h) with the network's rates, so 0 <= x <= 1 for any
 * step. The network is shown x at the middle of the step as the rates of the step before foretell it (a state of its
 * own per gate), which makes the second-order scheme of second order in x too. In the form `raw` the one gate moves by
 * explicit Euler and is clipped to 0 … 1; how often, is counted.
 */
#ifndef LG_CALCIUM_GATE_NET_H
#define LG_CALCIUM_GATE_NET_H

#include "calcium/gate.h"
#include "learn/gate_net.h"

typedef struct calcium_gate_net calcium_gate_net;

/**
 * @brief Wrap a network, which must outlive the gate. A gate serves one run at a time: it counts what it meets.
 * @retval LG_ERR_RANGE the network wants a voltage, not calcium; one line says so
 */
LG_MUST_CHECK lg_status lg_calcium_gate_net_create(lg_ctx *ctx, const lg_gate_net *net, calcium_gate_net **out);
/** @brief Destroy; accepts NULL. The gates of it end with it. */
void lg_calcium_gate_net_destroy(lg_ctx *ctx, calcium_gate_net *g);
/** @brief The gate; it points into g. */
calcium_gate lg_calcium_gate_net(calcium_gate_net *g);
/** Where a run went beyond what the network was trained on, on one side. */
typedef struct calcium_stray {
  uint64_t count; /* of nodes times steps; 0: it stayed */
  double value;   /* the farthest */
  double t_s;     /* when */
  size_t node;    /* where */
} calcium_stray;

/** Quantities of a stray: 0 u, 1 udot, 2 + k gate k. */
enum { CALCIUM_STRAYS = 2 + LG_GATES_MOST };

/** @brief Farthest below [0] and above [1] the training range since the gate's rest was asked for; what lies outside by
 * less than a hundredth (of u and udot; 0.01 of a gate) does not count. quantity below 2 + number of gates. */
const calcium_stray *lg_calcium_gate_net_strays(const calcium_gate_net *g, size_t quantity);

/** @brief How many values of a raw gate were clipped since the gate's rest was asked for. */
size_t lg_calcium_gate_net_clipped(const calcium_gate_net *g);

#endif
