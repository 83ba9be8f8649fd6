/** @file clamp_internal.h @brief The linear system of a channel. */
#ifndef LG_CALCIUM_CLAMP_INTERNAL_H
#define LG_CALCIUM_CLAMP_INTERNAL_H

#include "calcium/clamp.h"

typedef struct clamp_linear {
  double a[CLAMP_STATES][CLAMP_STATES], b[CLAMP_STATES];
} clamp_linear;

void lg_clamp_linear(const clamp_channel *channel, double u, double udot, clamp_linear *system);

/** @brief Times at which u(t) is not smooth, ascending, from 0 to the end, both included; at most this many. */
enum { CLAMP_EDGES = 5 * CLAMP_PARTS + 2 };
size_t lg_clamp_edges(const clamp_protocol *protocol, double edges[CLAMP_EDGES]);

#endif
