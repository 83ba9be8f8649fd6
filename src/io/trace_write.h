/**
 * @file trace_write.h
 * @brief Write traces (columns of equal length, the first one time) as CSV, .npy, HDF5 or NWB, by the file's extension.
 */
#ifndef LG_TRACE_WRITE_H
#define LG_TRACE_WRITE_H

#include "base/base.h"

struct lg_provenance;

/** One column: a name with its unit ("t_ms", "v_mV", "v_mV_soma", "u_pA") and n rows of values. */
typedef struct lg_trace_column {
  const char *name;
  const double *values; /**< (n_rows) */
} lg_trace_column;

/**
 * @brief Write columns to a file that appears whole or not at all.
 *
 * | extension     | content                                                                                       |
 * |---------------|-----------------------------------------------------------------------------------------------|
 * | .csv, none, - | `#` lines of provenance, one row of names, then rows; numbers read back to the same bits        |
 * | .npy          | structured array of float64 with the names as fields; provenance beside it in FILE.npy.json     |
 * | .h5, .hdf5    | one float64 dataset per column with the attribute `unit`; provenance in the text /provenance    |
 * | .nwb          | NWB 2: v_mV… as CurrentClampSeries (volts), i_pA… as CurrentClampStimulusSeries (amperes),       |
 * |               | other columns as TimeSeries; provenance in /general/source_script (JSON)                          |
 *
 * @param columns    (n_columns) the first one must be `t_ms`; NAN values are written as `nan`
 * @param provenance may be NULL: none is written
 * @retval LG_ERR_ARGUMENT no columns, a first column that is not t_ms, a name with a comma or line break, or an
 *                         extension that stands for none of the formats; nothing was written
 * @retval LG_ERR_IO       could not be written; what stood at path before is unchanged
 */
LG_MUST_CHECK lg_status lg_trace_write(lg_ctx *ctx, const char *path, const lg_trace_column *columns, size_t n_columns,
                                       size_t n_rows, struct lg_provenance *provenance);

#endif
