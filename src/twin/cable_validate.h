/** @file cable_validate.h @brief A simulated cell with shape beside its reference solution. */
#ifndef LG_CABLE_VALIDATE_H
#define LG_CABLE_VALIDATE_H

#include "cable/cell.h"

/** How far one column is from the reference. */
typedef struct cable_deviation {
  char column[2 * CABLE_NAME_BYTES];
  bool is_voltage;
  size_t n_samples;             /* that both have, from the given time on */
  double max, rms;              /* of the difference, mV or mM */
  size_t n_spikes, n_reference; /* of voltages */
  double spike_ms;              /* largest difference of a spike's time; NAN where the numbers differ */
} cable_deviation;

/**
 * @brief Run the cell of a file and compare it with the trace `trace_csv` beside the file and with `spike_times_ms`.
 * @param from_ms compare samples from there on (a current that starts at 0 makes a singular start)
 * @param[out] out (*n) one per column of the reference, free with lg_free
 * @retval LG_ERR_FORMAT the reference lacks a column or a file
 */
LG_MUST_CHECK lg_status lg_cable_deviations(lg_ctx *ctx, const char *path, const cable_cut *cut,
                                            const cable_run_options *options, double from_ms, cable_deviation **out,
                                            size_t *n);

#endif
