/**
 * @file cable_file.h
 * @brief Cells with shape in JSON: spec of the format in docs/cable.md.
 */
#ifndef LG_CABLE_FILE_H
#define LG_CABLE_FILE_H

#include "cable/model.h"
#include "io/json_read.h"

/** @brief Whether the document describes a cable (it has "swc", "sections", "compartments", or "model": "cable"). */
bool lg_cable_is(const lg_json_at *root);

/**
 * @brief Read a cell: celsius, v_init_mV, tstop_ms, sample_ms, swc (relative to the file) | sections | compartments,
 * regions, iclamps, points, synapses, probes, record_extra.
 *
 * Keys it does not know are refused with the nearest one, except below reference, trace_csv, spike_times_ms, case,
 * description. Unknown mechanisms, parameters and places name the nearest that there is.
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names the file and the key path
 */
LG_MUST_CHECK lg_status lg_cable_load(lg_ctx *ctx, const char *path, cable_model **out);
/** @brief The same from a place in a document that is already read (cells inside network files); folder: where relative
 * names start. */
LG_MUST_CHECK lg_status lg_cable_parse(lg_ctx *ctx, const lg_json_at *at, const char *folder, cable_model **out);

#endif
