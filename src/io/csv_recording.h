/** @file csv_recording.h @brief A recording as CSV: t_ms, i_pA, v_mV and, for several sweeps, sweep. */
#ifndef LG_CSV_RECORDING_H
#define LG_CSV_RECORDING_H

#include "base/base.h"
#include <loligo/recording.h>

/** One sample. */
typedef struct lg_recording_row {
  double t, i, v, sweep;
} lg_recording_row;

/**
 * @brief Append rows [0, n) as a sweep; their time must advance by equal intervals.
 * @param first_line line or row of the first one, for messages
 */
LG_MUST_CHECK lg_status lg_recording_add_rows(lg_ctx *ctx, bool has_current, const lg_recording_row *r, size_t n,
                                              size_t first_line, lg_recording *rec);

/** @brief Whether the image looks like text whose first row names the columns t_ms and v_mV. */
bool lg_csv_is(const unsigned char *bytes, size_t n);

/**
 * @brief Parse a recording from CSV.
 *
 * The first row that is not empty and does not begin with '#' names the columns: `t_ms` and `v_mV` are needed, `i_pA`
 * and `sweep` (whole numbers from 0, rows of a sweep together) are optional, columns of other names are ignored. Time
 * must advance by equal intervals (to 1 % and, over the sweep, to half an interval). Decimal point, comma between
 * columns (or ';' or tab, by the first row); "nan" and empty cells are missing samples.
 *
 * @param name for messages and rec->source
 * @retval LG_ERR_FORMAT with the line's number
 */
LG_MUST_CHECK lg_status lg_csv_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *name,
                                     lg_recording **out);

#endif
