/* TIFF in: directories first, then pixels into memory shared with the sandboxed child that decodes them. */
#define _GNU_SOURCE
#include "io/tiff_internal.h"

#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void lg_tiff_unmap(void *pixels, size_t bytes) {
  if (pixels) (void)munmap(pixels, bytes);
}

void lg_tiff_destroy(lg_ctx *ctx, lg_tiff *t) {
  if (!t) return;
  lg_tiff_unmap(t->counts ? (void *)t->counts : (void *)t->labels, t->mapped_bytes);
  lg_free(ctx, t);
}

/* A file as it lies on the disk: only the child reads it all. */
static lg_status map_file(lg_ctx *ctx, const char *path, tiff_image *image) {
  struct stat st;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return lg_fail(ctx, LG_ERR_IO, "cannot open: %s", strerror(errno));
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 8) {
    (void)close(fd);
    return lg_fail(ctx, LG_ERR_FORMAT, "no TIFF: not a file of 8 bytes or more");
  }
  void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  (void)close(fd);
  if (bytes == MAP_FAILED) return lg_fail(ctx, LG_ERR_LIMIT, "cannot map the file: %s", strerror(errno));
  image->bytes = bytes;
  image->n = (size_t)st.st_size;
  image->is_mapped = true;
  return LG_OK;
}

static lg_status make_pixels(lg_ctx *ctx, const lg_tiff_info *info, bool labels, lg_tiff **out) {
  lg_status status = LG_OK;
  lg_tiff *t = NULL;
  LG_NEW(ctx, t, 1);
  t->info = *info;
  t->mapped_bytes = info->n_frames * info->height * info->width * (labels ? 4 : 2);
  void *pixels = mmap(NULL, t->mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pixels == MAP_FAILED) {
    lg_free(ctx, t);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for %zu frames of %zu x %zu pixels", info->n_frames, info->width,
                   info->height);
  }
  if (labels) t->labels = pixels;
  else t->counts = pixels;
  *out = t;
done:
  return status;
}

static lg_status check_frames(lg_ctx *ctx, const lg_tiff_info *info, bool labels) {
  if (labels && info->n_frames != 1)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%zu frames; masks are one image", info->n_frames);
  return LG_OK;
}

/* ---- in the child --------------------------------------------------------------------------------------- */

static lg_status child_scan(lg_ctx *ctx, const void *user, unsigned char **bytes, size_t *n) {
  tiff_image image = *(const tiff_image *)user;
  lg_tiff_info info;
  lg_status status = lg_tiff_scan(ctx, &image, &info);
  if (status != LG_OK) return status;
  *bytes = lg_alloc(ctx, 1, sizeof info);
  if (!*bytes) return LG_ERR_MEMORY;
  memcpy(*bytes, &info, sizeof info);
  *n = sizeof info;
  return LG_OK;
}

typedef struct decoding {
  tiff_image image;
  lg_tiff *tiff;
} decoding;

static lg_status child_decode(lg_ctx *ctx, const void *user, unsigned char **bytes, size_t *n) {
  const decoding *d = user;
  tiff_image image = d->image;
  double scaling[2];
  const lg_status status =
      lg_tiff_decode(ctx, &image, &d->tiff->info, d->tiff->counts, d->tiff->labels, &scaling[0], &scaling[1]);
  if (status != LG_OK) return status;
  *bytes = lg_alloc(ctx, 1, sizeof scaling);
  if (!*bytes) return LG_ERR_MEMORY;
  memcpy(*bytes, scaling, sizeof scaling);
  *n = sizeof scaling;
  return LG_OK;
}

/* ---- in the caller -------------------------------------------------------------------------------------- */

/* The child may have been taken over by the file: nothing it says is believed unseen. */
static lg_status believe(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_tiff_info *info) {
  if (n != sizeof *info) return lg_fail(ctx, LG_ERR_FORMAT, "the parser gave no valid answer; the file is damaged");
  memcpy(info, bytes, sizeof *info);
  if (info->n_frames < 1 || info->n_frames > LG_TIFF_MAX_FRAMES || info->width < 1 || info->width > LG_TIFF_MAX_SIDE ||
      info->height < 1 || info->height > LG_TIFF_MAX_SIDE ||
      info->n_frames > LG_TIFF_MAX_PIXELS / (info->width * info->height))
    return lg_fail(ctx, LG_ERR_FORMAT, "the parser gave no valid answer; the file is damaged");
  return LG_OK;
}

static lg_status read_mapped(lg_ctx *ctx, const tiff_image *image, bool labels, lg_tiff **out) {
  lg_status status = LG_OK;
  decoding d = {.image = *image};
  lg_tiff_info info;
  unsigned char *bytes = NULL;
  size_t n;
  LG_TRY(lg_sandbox_bytes(ctx, child_scan, image, image->n, NULL, sizeof info, &bytes, &n));
  LG_TRY(believe(ctx, bytes, n, &info));
  LG_TRY(check_frames(ctx, &info, labels));
  LG_TRY(make_pixels(ctx, &info, labels, &d.tiff));
  lg_free(ctx, bytes);
  bytes = NULL;
  LG_TRY(
      lg_sandbox_bytes(ctx, child_decode, &d, image->n + d.tiff->mapped_bytes, NULL, 2 * sizeof(double), &bytes, &n));
  if (n != 2 * sizeof(double))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the parser gave no valid answer; the file is damaged"));
  memcpy(&d.tiff->offset, bytes, sizeof(double));
  memcpy(&d.tiff->scale, bytes + sizeof(double), sizeof(double));
  *out = d.tiff;
  d.tiff = NULL;
done:
  lg_free(ctx, bytes);
  lg_tiff_destroy(ctx, d.tiff);
  return status;
}

static lg_status read_file(lg_ctx *ctx, const char *path, bool labels, lg_tiff **out) {
  tiff_image image = {0};
  *out = NULL;
  lg_status status = map_file(ctx, path, &image);
  if (status != LG_OK) return status;
  status = read_mapped(ctx, &image, labels, out);
  union {
    const unsigned char *from;
    void *to;
  } pointer = {.from = image.bytes};
  (void)munmap(pointer.to, image.n);
  return status;
}

lg_status lg_tiff_read(lg_ctx *ctx, const char *path, lg_tiff **out) { return read_file(ctx, path, false, out); }

lg_status lg_tiff_read_labels(lg_ctx *ctx, const char *path, lg_tiff **out) { return read_file(ctx, path, true, out); }

lg_status lg_tiff_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, bool labels, lg_tiff **out) {
  lg_status status = LG_OK;
  tiff_image image = {.bytes = bytes, .n = n};
  lg_tiff_info info;
  lg_tiff *t = NULL;
  *out = NULL;
  LG_TRY(lg_tiff_scan(ctx, &image, &info));
  LG_TRY(check_frames(ctx, &info, labels));
  LG_TRY(make_pixels(ctx, &info, labels, &t));
  LG_TRY(lg_tiff_decode(ctx, &image, &info, t->counts, t->labels, &t->offset, &t->scale));
  *out = t;
  t = NULL;
done:
  lg_tiff_destroy(ctx, t);
  return status;
}
