/** @file axon_profiles.h @brief Files of strain profiles: CSV, NumPy arrays and HDF5. Formats: docs/axon-profiles.md.
 */
#ifndef LG_AXON_PROFILES_FILE_H
#define LG_AXON_PROFILES_FILE_H

#include "axon/profiles.h"
#include "data/provenance.h"

/**
 * @brief Strain profiles out of CSV, .npy, .npz or HDF5, known by content.
 *
 * CSV: a first column t_s or t_ms and one column for each profile; or one row for each profile, `name,0,1,2,...` with
 * times in ms (or `0s`, `0.001s`) as the names of columns. .npy: the fields of a structured array as columns.
 * HDF5: as lg_axon_profiles_write() makes it. Times must be even to a hundredth of the step. A first sample that is not
 * 0 is taken off every sample of its profile (said in the log). Gaps, NaN, uneven time, percent instead of fractions
 * are refused with place and hint.
 *
 * @retval LG_ERR_IO     cannot be read
 * @retval LG_ERR_FORMAT damaged, or not as above; the message says where, what, and what would be right
 * @retval LG_ERR_RANGE  a strain beyond 1, too short
 */
LG_MUST_CHECK lg_status lg_axon_profiles_load(lg_ctx *ctx, const char *path, axon_profiles **out);

/** @brief As lg_axon_profiles_load(); rows of numbers without times (CSV, .npy, .npz) are samples dt_s apart; 0: such
 * files are refused. */
LG_MUST_CHECK lg_status lg_axon_profiles_load_every(lg_ctx *ctx, const char *path, double dt_s, axon_profiles **out);

/**
 * @brief Write profiles; the ending .h5 or .csv of the path says how ("-" is CSV).
 *
 * HDF5: attributes format = "loligo-axon-profiles", version = 1; /strain (n, n_times) float64, /t_s, /name; where known
 * /position_mm (n, 3), /fibre (n, 3), /impact (n) uint32, /impact_name; /provenance. CSV: up to 1000 profiles without
 * positions as columns, otherwise one row each.
 *
 * @param provenance NULL: none
 */
LG_MUST_CHECK lg_status lg_axon_profiles_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                               lg_provenance *provenance);

/** @brief The parser, over a memory image; HDF5 goes through the sandbox. */
LG_MUST_CHECK lg_status lg_axon_profiles_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, double dt_s,
                                               axon_profiles **out);

#endif
