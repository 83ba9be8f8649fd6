/* The answer of the sandboxed child, as a child that was taken over could write it: the caller must survive it. */
#include "io/sandbox_internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tape {
  const uint8_t *data;
  size_t n, at;
} tape;

static bool play(void *user, void *bytes, size_t n) {
  tape *t = user;
  if (n == 0) return t->at == t->n;
  if (n > t->n - t->at) return false;
  memcpy(bytes, t->data + t->at, n);
  t->at += n;
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_cage cage = LG_CAGE_FULL;
  tape t = {data, size, 0};
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return 0;
  if (lg_reply_read(ctx, play, &t, &cage, &rec) == LG_OK)
    for (size_t k = 0; k < rec->n_sweeps; k++) {
      const lg_sweep *s = &rec->sweeps[k];
      for (size_t j = 0; j < s->n; j++) sum += s->v_mV[j] + (s->i_pA ? s->i_pA[j] : 0.0);
    }
  lg_recording_destroy(ctx, rec);
  unsigned char *bytes = NULL;
  size_t n = 0;
  t.at = 0;
  if (lg_reply_read_bytes(ctx, play, &t, 1 << 20, &cage, &bytes, &n) == LG_OK)
    for (size_t k = 0; k < n; k++) sum += bytes[k];
  lg_free(ctx, bytes);
  lg_ctx_destroy(ctx);
  return 0;
}
