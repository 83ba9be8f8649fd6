/**
 * @file nwb.h
 * @brief NWB 2.x (HDF5) intracellular recordings: reader over a memory image, writer.
 */
#ifndef LG_NWB_H
#define LG_NWB_H

#include "base/base.h"
#include <loligo/recording.h>

struct lg_provenance;

/** @brief Whether the bytes look like HDF5, the container of NWB. */
bool lg_nwb_is(const unsigned char *bytes, size_t n);

/**
 * @brief Parse an NWB 2.x file from memory. Opens no file.
 *
 * Current-clamp responses become sweeps in mV with their current in pA. The stimulus of a response is found by, in this
 * order: the intracellular_recordings table, its simultaneous_recordings, the old sweep_table, equal sweep_number,
 * equal start and electrode, equal name; the first rule that pairs anything is used for the whole file and named in
 * rec->pairing. When none does, the file is refused: nothing is guessed.
 *
 * libhdf5 may crash on damaged files: call it on foreign bytes only inside the sandbox (io/sandbox.h).
 *
 * @param path only for messages and rec->source
 * @retval LG_ERR_FORMAT      damaged, not NWB, or contradictory
 * @retval LG_ERR_UNSUPPORTED NWB 1.x, voltage clamp only, no pairing, filters or links that are not read, irregular
 * time
 * @see Rübel et al. 2022, doi:10.7554/eLife.78362; NWB schema 2.7, section icephys
 */
LG_MUST_CHECK lg_status lg_nwb_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path,
                                     lg_recording **out);

/**
 * @brief Write a recording as an NWB 2.7 file that appears whole or not at all.
 *
 * Potentials are stored in mV with the conversion to volts and currents in pA with that to amperes, so that
 * lg_nwb_parse() gives back the same bits. Sweeps stand in the intracellular_recordings table and carry their
 * sweep_number. The date of the session is not known to a recording: it is the epoch, and the description says so.
 *
 * @param provenance may be NULL; becomes the JSON text /general/source_script
 * @retval LG_ERR_ARGUMENT no sweeps, or one that the format cannot hold
 */
LG_MUST_CHECK lg_status lg_nwb_write(lg_ctx *ctx, const char *path, const lg_recording *rec,
                                     struct lg_provenance *provenance);

/** @brief Whether a directory is an NWB Zarr store, which is not read (the caller refuses it by name). */
bool lg_nwb_is_zarr(const char *directory);

#endif
