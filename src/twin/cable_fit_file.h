/** @file cable_fit_file.h @brief A fitted cell as a model file, and a page that shows the fit. */
#ifndef LG_CABLE_FIT_FILE_H
#define LG_CABLE_FIT_FILE_H

#include "data/provenance.h"
#include "twin/cable_fit.h"

/**
 * @brief Write the case again with the fitted values in it, and what is known of them under reference.fit, which
 * readers of models pass over. A relative swc is written as an absolute path when the folder changes.
 */
LG_MUST_CHECK lg_status lg_cable_fit_save(lg_ctx *ctx, const cable_fit *fit, const char *case_path,
                                          const char *recording_path, const char *out_path);

/** @brief Write the fit (values, intervals, sweeps) as an open JSON object's fields. */
void lg_cable_fit_fields(lg_json *w, const cable_fit *fit);

/** @brief A folder with fit.json, report.html (values, sweeps, traces as figures) and traces.csv. */
LG_MUST_CHECK lg_status lg_cable_fit_report(lg_ctx *ctx, const cable_fit *fit, const char *title,
                                            lg_provenance *provenance, const char *folder);

#endif
