/** @file crc32c.h @brief CRC-32C (Castagnoli; RFC 3720, appendix B.4): the check of journal records. */
#ifndef LG_CRC32C_H
#define LG_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** @brief CRC of n bytes; start with crc = 0, or with the CRC of the bytes before. By the processor's instruction where
 * there is one. */
uint32_t lg_crc32c(uint32_t crc, const void *bytes, size_t n);

/** @brief The same, bit by bit: what the quick one is tested against. */
uint32_t lg_crc32c_plain(uint32_t crc, const void *bytes, size_t n);

#endif
