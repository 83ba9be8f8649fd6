#define _XOPEN_SOURCE 700
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lg_outfile {
  FILE *stream;
  char *path, *temp; /* NULL for stdout */
};

static void outfile_free(lg_ctx *ctx, lg_outfile *file) {
  lg_free(ctx, file->path);
  lg_free(ctx, file->temp);
  lg_free(ctx, file);
}

/* Follow a symbolic link at the target so that the rename replaces the file and not the link. */
static char *resolve_target(lg_ctx *ctx, const char *path) {
  char *real = realpath(path, NULL);
  if (!real) return lg_strdup(ctx, path);
  char *copy = lg_strdup(ctx, real);
  free(real);
  return copy;
}

static lg_status open_temp(lg_ctx *ctx, lg_outfile *file) {
  const size_t n = strlen(file->path) + 16;
  file->temp = lg_alloc(ctx, n, 1);
  if (!file->temp) return LG_ERR_MEMORY;
  (void)snprintf(file->temp, n, "%s.tmp-XXXXXX", file->path);
  const int fd = mkstemp(file->temp);
  if (fd < 0) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be written: %s", file->path, strerror(errno));
  const mode_t mask = umask(0);
  (void)umask(mask);
  (void)fchmod(fd, 0666 & ~mask);
  file->stream = fdopen(fd, "wb");
  if (file->stream) return LG_OK;
  (void)close(fd);
  (void)unlink(file->temp);
  return lg_fail(ctx, LG_ERR_IO, "%s: cannot be written: %s", file->path, strerror(errno));
}

lg_status lg_outfile_open(lg_ctx *ctx, const char *path, lg_outfile **out) {
  lg_status status = LG_OK;
  struct stat st;
  *out = NULL;
  lg_outfile *file = lg_alloc(ctx, 1, sizeof *file);
  if (!file) return LG_ERR_MEMORY;
  if (strcmp(path, "-") == 0) {
    file->stream = stdout;
    *out = file;
    return LG_OK;
  }
  file->path = resolve_target(ctx, path);
  if (!file->path) status = LG_ERR_MEMORY;
  else if (stat(file->path, &st) == 0 && !S_ISREG(st.st_mode)) {
    /* A device such as /dev/full or a pipe: it cannot be replaced by a rename. */
    file->stream = S_ISDIR(st.st_mode) ? NULL : fopen(file->path, "wb");
    if (!file->stream)
      status = lg_fail(ctx, LG_ERR_IO, "%s: cannot be written: %s", path,
                       S_ISDIR(st.st_mode) ? "it is a directory" : strerror(errno));
  } else status = open_temp(ctx, file);
  if (status == LG_OK) *out = file;
  else outfile_free(ctx, file);
  return status;
}

char *lg_folder_of(lg_ctx *ctx, const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = lg_strdup(ctx, slash ? path : ".");
  if (folder && slash) folder[slash == path ? 1 : slash - path] = '\0';
  return folder;
}

FILE *lg_outfile_stream(lg_outfile *file) { return file->stream; }

const char *lg_outfile_temp_path(const lg_outfile *file) { return file->temp; }

/* The new name must survive a crash too: fsync its directory. */
static void sync_directory(const char *path, char *scratch) {
  memcpy(scratch, path, strlen(path) + 1);
  char *slash = strrchr(scratch, '/');
  if (slash == scratch) slash++;
  if (slash) *slash = '\0';
  const int fd = open(slash ? scratch : ".", O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  (void)fsync(fd);
  (void)close(fd);
}

lg_status lg_outfile_commit(lg_ctx *ctx, lg_outfile *file) {
  lg_status status = LG_OK;
  const bool is_stdout = file->stream == stdout;
  const char *name = file->path ? file->path : "standard output";
  int error = 0;
  if (ferror(file->stream) || fflush(file->stream) != 0) error = errno ? errno : EIO;
  if (!error && file->temp && fsync(fileno(file->stream)) != 0) error = errno;
  if (!is_stdout && fclose(file->stream) != 0 && !error) error = errno;
  if (!error && file->temp && rename(file->temp, file->path) != 0) error = errno;
  if (error) {
    if (file->temp) (void)unlink(file->temp);
    status = lg_fail(ctx, LG_ERR_IO, "%s: could not be written: %s; %s", name, strerror(error),
                     file->temp ? "what stood there before is unchanged" : "the output is incomplete");
  } else if (file->temp && file->path) {
    sync_directory(file->path, file->temp); /* the name in temp is no longer needed and long enough */
  }
  outfile_free(ctx, file);
  return status;
}

void lg_outfile_discard(lg_ctx *ctx, lg_outfile *file) {
  if (!file) return;
  if (file->stream != stdout) (void)fclose(file->stream);
  if (file->temp) (void)unlink(file->temp);
  outfile_free(ctx, file);
}

static lg_status read_stream(lg_ctx *ctx, const char *path, FILE *stream, size_t n, unsigned char *bytes) {
  if (fread(bytes, 1, n, stream) != n)
    return lg_fail(ctx, LG_ERR_IO, "%s: could not be read whole (%zu bytes expected)", path, n);
  return LG_OK;
}

lg_status lg_file_read(lg_ctx *ctx, const char *path, size_t max_bytes, unsigned char **bytes, size_t *n) {
  struct stat st;
  *bytes = NULL;
  *n = 0;
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  lg_status status = LG_OK;
  unsigned char *block = NULL;
  if (fstat(fileno(stream), &st) != 0 || !S_ISREG(st.st_mode)) {
    status = lg_fail(ctx, LG_ERR_IO, "%s: is not a regular file", path);
  } else if ((uintmax_t)st.st_size > max_bytes) {
    status = lg_fail(ctx, LG_ERR_LIMIT, "%s: %ju bytes are more than the limit of %zu", path, (uintmax_t)st.st_size,
                     max_bytes);
  } else {
    block = lg_alloc(ctx, (size_t)st.st_size + 1, 1);
    status = block ? read_stream(ctx, path, stream, (size_t)st.st_size, block) : LG_ERR_MEMORY;
  }
  (void)fclose(stream);
  if (status != LG_OK) {
    lg_free(ctx, block);
    return status;
  }
  *bytes = block;
  *n = (size_t)st.st_size;
  return LG_OK;
}

lg_status lg_make_directory(lg_ctx *ctx, const char *path) {
  lg_status status = LG_OK;
  char *copy = lg_strdup(ctx, path);
  if (!copy) return LG_ERR_MEMORY;
  for (char *p = copy + 1;; p++) {
    if (*p != '/' && *p != '\0') continue;
    const char kept = *p;
    *p = '\0';
    if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
      status = lg_fail(ctx, LG_ERR_IO, "%s: cannot be created: %s", copy, strerror(errno));
      break;
    }
    *p = kept;
    if (kept == '\0') break;
  }
  struct stat st;
  if (status == LG_OK && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
    status = lg_fail(ctx, LG_ERR_IO, "%s: exists and is not a directory", path);
  lg_free(ctx, copy);
  return status;
}

bool lg_directory_is_empty(const char *path) {
  DIR *d = opendir(path);
  if (!d) return errno == ENOENT;
  bool empty = true;
  for (const struct dirent *e; empty && (e = readdir(d));)
    empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
  (void)closedir(d);
  return empty;
}
