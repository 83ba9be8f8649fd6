/* Exported studies: archive, manifest, acts; as they come and with the headers' checksums put right. */
#include "app/serve/study_verify.h"
#include "app/serve/tar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what, const char *message) {
  if (condition) return;
  (void)fprintf(stderr, "finding: %s: %s\n", what, message);
  abort();
}

/* Otherwise nearly every change ends at a header. */
static void put_right(unsigned char *bytes, size_t size) {
  char words[8];
  for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
    unsigned char *block = bytes + at;
    unsigned sum = 8u * ' ';
    if (memcmp(block + 257, "ustar", 5) != 0) continue;
    for (size_t k = 0; k < TAR_BLOCK; k++) sum += k >= 148 && k < 156 ? 0u : block[k];
    (void)snprintf(words, sizeof words, "%06o", sum & 0777777u);
    memcpy(block + 148, words, 7);
    block[155] = ' ';
  }
}

static void check(const unsigned char *bytes, size_t size) {
  lg_ctx *ctx = NULL;
  study_checked c;
  FILE *stream = tmpfile();
  if (!stream || lg_ctx_create(&ctx) != LG_OK) {
    if (stream) (void)fclose(stream);
    return;
  }
  (void)fwrite(bytes, 1, size, stream);
  rewind(stream);
  const lg_status status = study_verify_stream(ctx, stream, NULL, &c);
  const char *message = lg_ctx_message(ctx);
  require(status == LG_OK || strlen(message) > 5, "no message", lg_status_name(status));
  require(!strpbrk(message, "\n\r\x1b"), "not one line", message);
  for (size_t k = 0; status == LG_OK && k < c.n_differences; k++)
    require(!strpbrk(c.differences[k].path, "\n\r\x1b"), "a path is not one line", c.differences[k].path);
  study_checked_forget(ctx, &c);
  lg_ctx_destroy(ctx);
  (void)fclose(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check(data, size);
  unsigned char *copy = malloc(size ? size : 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  put_right(copy, size);
  check(copy, size);
  free(copy);
  return 0;
}
