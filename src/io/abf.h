/**
 * @file abf.h
 * @brief Axon Binary Format 1 and 2 (pCLAMP): from a memory image to a recording.
 *
 * Pure functions: no file is opened here. Formats after Molecular Devices' "ABF user guide" and the headers that its
 * file support pack describes; the scaling of int16 data and the epoch table were compared with pyABF
 * (validation/abf_against_pyabf.py).
 */
#ifndef LG_ABF_H
#define LG_ABF_H

#include "base/base.h"
#include <loligo/recording.h>

/** @brief Whether the image begins as an ABF file does ("ABF " or "ABF2"). */
bool lg_abf_is(const unsigned char *bytes, size_t n);

/**
 * @brief Parse an ABF1 or ABF2 image.
 *
 * The potential is the ADC channel in V, mV or uV. The current is the ADC channel in A … pA when there is one and it
 * follows the command, else the command waveform in such a unit, rebuilt from the epoch table. A command that is
 * neither is never scaled by a guess: i_pA is NULL then and a warning says so.
 *
 * @param bytes,n            the file
 * @param stimulus,n_stimulus image of the external stimulus file (ABF or ATF), NULL when there is none
 * @param name               for messages
 * @retval LG_ERR_FORMAT      damaged or truncated
 * @retval LG_ERR_UNSUPPORTED voltage clamp, or no channel of potential
 */
LG_MUST_CHECK lg_status lg_abf_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const unsigned char *stimulus,
                                     size_t n_stimulus, const char *name, lg_recording **out);

/**
 * @brief Base name of the external stimulus file that an image asks for; "" when it asks for none.
 * @param[out] out buffer of out_bytes bytes
 */
void lg_abf_stimulus_name(const unsigned char *bytes, size_t n, char *out, size_t out_bytes);

#endif
