/* SHA-256 of bytes and of files. */
#include "data/provenance.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static void hex_of(const unsigned char *digest, char hex[65]) {
  for (int k = 0; k < 32; k++) (void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
}

void lg_sha256_bytes(const void *bytes, size_t n, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  (void)crypto_hash_sha256(digest, bytes, n);
  hex_of(digest, hex);
}

lg_status lg_sha256_file(lg_ctx *ctx, const char *path, char hex[65]) {
  unsigned char digest[crypto_hash_sha256_BYTES], block[65536];
  crypto_hash_sha256_state state;
  size_t n;
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  (void)crypto_hash_sha256_init(&state);
  while ((n = fread(block, 1, sizeof block, stream)) > 0) (void)crypto_hash_sha256_update(&state, block, n);
  const bool bad = ferror(stream) != 0;
  (void)fclose(stream);
  if (bad) return lg_fail(ctx, LG_ERR_IO, "%s: could not be read whole", path);
  (void)crypto_hash_sha256_final(&state, digest);
  hex_of(digest, hex);
  return LG_OK;
}
