/** @file abf_stimulus.h @brief Commands that pCLAMP played from another file. */
#ifndef LG_ABF_STIMULUS_H
#define LG_ABF_STIMULUS_H

#include "io/abf_header.h"

/**
 * @brief Samples of a sweep from the image of a stimulus file (ABF or ATF), scaled as the DAC says, in its unit.
 *
 * Sweeps beyond those of the file repeat its last one.
 * @param[out] out (room) samples
 * @retval LG_ERR_FORMAT damaged, another format, or fewer samples than `room`
 */
LG_MUST_CHECK lg_status abf_stimulus_waveform(lg_ctx *ctx, const unsigned char *bytes, size_t n, const abf_dac *dac,
                                              size_t sweep, size_t room, double *out);

#endif
