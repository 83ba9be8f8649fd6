/**
 * @file flow.h
 * @brief A neuron over one step of somebody else's clock: RK4 with the times of spikes, under an outside current that
 *        is linear in v. The steps are those of simulate_fixed.c.
 */
#ifndef LG_NEURON_FLOW_H
#define LG_NEURON_FLOW_H

#include "neuron/plan.h"

enum { LG_FLOW_SPIKES = 4 };

/** Into the cell flow current_pA - conductance_nS (v - at_mV). */
typedef struct lg_flow_drive {
  double current_pA, conductance_nS, at_mV;
} lg_flow_drive;

/** Spikes of one flow. */
typedef struct lg_flow_spikes {
  size_t n;
  double after_ms[LG_FLOW_SPIKES]; /* the start of the flow */
} lg_flow_spikes;

/**
 * @brief Move the states over h_ms in `steps` steps. No context: may run in parallel.
 * @param above the side of the switching surface, kept from flow to flow; at the start lg_flow_above()
 * @param y     (plan->n); not a number where there were more than LG_FLOW_SPIKES spikes or the states left the finite
 * range
 */
void lg_neuron_flow(const lg_plan *plan, const lg_flow_drive *drive, double h_ms, size_t steps, int *above, double *y,
                    lg_flow_spikes *spikes);

/** @brief The side of the switching surface on which y lies; 0 where there is none. */
int lg_flow_above(const lg_plan *plan, const double *y);

#endif
