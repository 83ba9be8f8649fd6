/* wasi-libc's printf to a string drags in streams that nothing here opens; with these the module needs no imports. */
#include <stdint.h>

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
