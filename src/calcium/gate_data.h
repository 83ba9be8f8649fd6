/**
 * @file gate_data.h
 * @brief Recordings of a channel's open probability under a prescribed u(t): what learned gates are trained on.
 */
#ifndef LG_CALCIUM_GATE_DATA_H
#define LG_CALCIUM_GATE_DATA_H

#include "base/base.h"

enum { GATE_DATA_NAME = 64, GATE_DATA_STATES = 8 };

/** One protocol: rows [first, first + n). */
typedef struct gate_protocol {
  char name[GATE_DATA_NAME];
  size_t first, n;
} gate_protocol;

/** All protocols one after the other; t ascends within each. */
typedef struct gate_data {
  bool voltage; /* u in mV, else µM and above 0 */
  size_t n_protocols, n;
  gate_protocol *protocols;
  double *t_s, *u, *udot, *open, *weight; /* (n) each; P in 0 … 1 */
  size_t n_states;                        /* further columns that the file had, for people; not learned from */
} gate_data;

void lg_gate_data_destroy(lg_ctx *ctx, gate_data *data);

/** @brief An empty set with room for n rows and n_protocols; fill `protocols[].name, first, n` and the columns. */
LG_MUST_CHECK lg_status lg_gate_data_create(lg_ctx *ctx, bool voltage, size_t n_protocols, size_t n, gate_data **out);

/** @brief Some of the protocols, in the order given, as a set of their own. */
LG_MUST_CHECK lg_status lg_gate_data_pick(lg_ctx *ctx, const gate_data *data, const size_t *which, size_t n,
                                          gate_data **out);

/**
 * @brief u and u' inside an interval between two rows, s = 0 … 1 of it.
 *
 * Cubic through both ends with their slopes (of log u for calcium), the slopes cut so that it does not overshoot. Where
 * u differs at both ends though both slopes are 0 it was held and jumped: the left value.
 */
void lg_gate_data_at(const gate_data *data, size_t row, double s, double *u, double *udot);

#endif
