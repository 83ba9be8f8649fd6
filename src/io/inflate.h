/** @file inflate.h @brief DEFLATE (RFC 1951): what zip archives and NumPy's .npz are packed with. */
#ifndef LG_INFLATE_H
#define LG_INFLATE_H

#include "base/base.h"

/**
 * @brief Unpack into exactly n_out bytes.
 * @retval LG_ERR_FORMAT damaged, cut off, or another length comes out
 */
LG_MUST_CHECK lg_status lg_inflate(lg_ctx *ctx, const unsigned char *in, size_t n_in, unsigned char *out, size_t n_out);

/** @brief CRC-32 as zip has it (ISO 3309). */
uint32_t lg_crc32(const unsigned char *bytes, size_t n);

#endif
