/** @file validate_record.h @brief Recordings of neurons of any family that the validation knows. */
#ifndef LG_VALIDATE_RECORD_H
#define LG_VALIDATE_RECORD_H

#include "neuron/prior_tm.h"
#include "neuron/validate.h"

/** The neuron behind a recording. */
typedef struct lg_validate_cell {
  lg_validate_family family;
  double i0_pA;
  double natural[LG_VALIDATE_P]; /* of the families that can be fitted */
} lg_validate_cell;

/** Neurons of the Traub–Miles prior are drawn eight at a time; a worker keeps the last eight. */
typedef struct lg_validate_drawer {
  uint64_t base;
  bool filled;
  lg_tm_draw tm[LG_TM_LANES];
} lg_validate_drawer;

/** @brief Draw neuron `index`, play it the protocol. @param i_pA, v_mV (n) out, with noise */
void lg_validate_record(const lg_validation *plan, uint64_t index, lg_validate_drawer *drawer, size_t n, double *i_pA,
                        double *v_mV, lg_validate_cell *cell);

/** @brief Spike times of a neuron of a family that can be fitted. @return their number, also beyond max_spikes */
size_t lg_validate_spikes(lg_validate_family family, const double natural[LG_VALIDATE_P], const double *i_pA, size_t n,
                          double dt_ms, double *spikes_ms, size_t max_spikes);

#endif
