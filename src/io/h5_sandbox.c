#include "io/h5_sandbox.h"
#include "io/sandbox.h"

typedef struct work {
  lg_h5_fn fn;
  const void *user;
  const unsigned char *image;
  size_t image_bytes;
} work;

static lg_status in_child(lg_ctx *ctx, const void *user, unsigned char **bytes, size_t *n) {
  const work *w = user;
  lg_h5 h5;
  lg_h5_lock();
  lg_status status = lg_h5_open(ctx, w->image, w->image_bytes, &h5);
  if (status == LG_OK) {
    status = w->fn(ctx, &h5, w->user, bytes, n);
    lg_h5_close(&h5);
  }
  lg_h5_unlock();
  return status;
}

lg_status lg_h5_sandbox(lg_ctx *ctx, lg_h5_fn fn, const void *user, const unsigned char *image, size_t image_bytes,
                        size_t max_bytes, unsigned char **bytes, size_t *n) {
  const work w = {fn, user, image, image_bytes};
  return lg_sandbox_bytes(ctx, in_child, &w, image_bytes, NULL, max_bytes, bytes, n);
}
