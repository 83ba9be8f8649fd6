/** @file recording_table.h @brief A recording as columns (t_ms, i_pA, v_mV, sweep), and back. */
#ifndef LG_RECORDING_TABLE_H
#define LG_RECORDING_TABLE_H

#include "io/table.h"
#include <loligo/recording.h>

/**
 * @brief The columns `t_ms`, `i_pA` (when any sweep has a current), `v_mV` and, for several sweeps, `sweep` (the number
 * of the sweep). Time counts from the start of each sweep.
 */
LG_MUST_CHECK lg_status lg_table_from_recording(lg_ctx *ctx, const lg_recording *rec, lg_table **out);

/** @brief Whether a table is a recording: t_ms and v_mV, perhaps i_pA and sweep, and no other columns of numbers. */
bool lg_table_is_recording(const lg_table *table);

/**
 * @brief Sweeps from the columns of a table, by the rules of CSV (io/csv_recording.h).
 * @retval LG_ERR_FORMAT not a recording, or time that does not advance evenly
 */
LG_MUST_CHECK lg_status lg_table_to_recording(lg_ctx *ctx, const lg_table *table, const char *name, lg_recording **out);

#endif
