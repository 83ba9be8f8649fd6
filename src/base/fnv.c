#include "base/base.h"

uint64_t lg_fnv(uint64_t hash, const void *bytes, size_t n) {
  const unsigned char *b = bytes;
  for (size_t k = 0; k < n; k++) hash = (hash ^ b[k]) * UINT64_C(1099511628211);
  return hash;
}
