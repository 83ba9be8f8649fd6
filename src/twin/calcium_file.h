/** @file calcium_file.h @brief Cases of calcium in a dendrite, in JSON (docs/calcium.md has the format), and what runs
 * leave. */
#ifndef LG_CALCIUM_FILE_H
#define LG_CALCIUM_FILE_H

#include "calcium/run.h"
#include "data/json_writer.h"
#include "io/json_read.h"

struct lg_provenance;

/**
 * @brief Read a case: geometry | sections | swc + er_fraction, constants, parameters, stimulus, initial, t_end_s,
 * probes_um | probes, snapshots_s, threshold_uM, membrane_closed.
 *
 * Other keys are refused with the nearest one, except what stands under derived, reference, metrics, units, description
 * and the results of earlier programs (conv, fv2_convergence…, sweep…, thresholds, pluggable_gates, expected…,
 * results).
 */
LG_MUST_CHECK lg_status lg_calcium_load(lg_ctx *ctx, const char *path, calcium_case **out);
/** @brief The same of JSON in memory, 0-terminated, as if it stood at path: there relative names start. */
LG_MUST_CHECK lg_status lg_calcium_parse(lg_ctx *ctx, const char *path, const char *json, calcium_case **out);

/** @brief The figures of a wave as keys of the object that is open: speed_um_s … ce_min_uM. */
void lg_calcium_figures(lg_json *w, const calcium_summary *summary);

/** The same case with another gate, to look at the first beside it. */
typedef struct calcium_beside {
  const char *gate;
  const calcium_result *result; /* NULL: none was run */
} calcium_beside;

/** @brief Figures of a wave in their order; names as keys, values of a summary. */
enum { CALCIUM_FIGURES = 7 };
extern const char *const lg_calcium_figure_names[CALCIUM_FIGURES];
void lg_calcium_figure_values(const calcium_summary *summary, double values[CALCIUM_FIGURES]);

/** @brief Write arrivals.csv, timeseries.csv, snapshots.csv, totals.csv and summary.json into a folder. */
LG_MUST_CHECK lg_status lg_calcium_write(lg_ctx *ctx, const char *folder, const calcium_case *c,
                                         const calcium_grid *grid, const calcium_result *result,
                                         const char *const *warnings, size_t n_warnings, calcium_beside beside,
                                         struct lg_provenance *provenance);

#endif
