/* What the module does without: point neurons whose channels a file gives (networks as gates, tables). Nothing that the
   module exports makes such a neuron. */
#include "neuron/channels.h"
#include "neuron/plan.h"

bool lg_channels_is(const lg_model_info *info) {
  (void)info;
  return false;
}

lg_status lg_plan_channels(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  (void)plan;
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "model %s does not run in the browser", neuron->info->model);
}

/* wasi-libc's printf to a string drags in streams that nothing here opens; with these the module needs no imports. */
enum { BAD_DESCRIPTOR = 8 };
int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t fd);
int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t fd) {
  (void)fd;
  return BAD_DESCRIPTOR;
}
int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t fd, int64_t offset, int32_t whence, int32_t out);
int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t fd, int64_t offset, int32_t whence, int32_t out) {
  (void)fd;
  (void)offset;
  (void)whence;
  (void)out;
  return BAD_DESCRIPTOR;
}
int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t fd, int32_t vectors, int32_t n, int32_t out);
int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t fd, int32_t vectors, int32_t n, int32_t out) {
  (void)fd;
  (void)vectors;
  (void)n;
  (void)out;
  return BAD_DESCRIPTOR;
}
