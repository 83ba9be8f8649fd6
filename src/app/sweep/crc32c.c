#include "app/sweep/crc32c.h"

#include <string.h>

/* Four bits at a time: remainder of k x^28 by the reflected polynomial 0x82f63b78. */
static const uint32_t nibble[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                    0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

uint32_t lg_crc32c_plain(uint32_t crc, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  crc = ~crc;
  for (size_t k = 0; k < n; k++) {
    crc ^= p[k];
    crc = crc >> 4 ^ nibble[crc & 15u];
    crc = crc >> 4 ^ nibble[crc & 15u];
  }
  return ~crc;
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *p, size_t n) {
  uint64_t c = (uint32_t)~crc;
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    c = __builtin_ia32_crc32di(c, word);
  }
  uint32_t rest = (uint32_t)c;
  for (; n > 0; n--) rest = __builtin_ia32_crc32qi(rest, *p++);
  return ~rest;
}

uint32_t lg_crc32c(uint32_t crc, const void *bytes, size_t n) {
  return __builtin_cpu_supports("sse4.2") ? by_instruction(crc, bytes, n) : lg_crc32c_plain(crc, bytes, n);
}
#else
uint32_t lg_crc32c(uint32_t crc, const void *bytes, size_t n) { return lg_crc32c_plain(crc, bytes, n); }
#endif
