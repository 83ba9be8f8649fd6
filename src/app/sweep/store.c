/* The union of journals: every file is mapped, every point is an address in one of them. */
#define _XOPEN_SOURCE 700
#include "app/sweep/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MIN_ROW = 5 };

typedef struct journal_file {
  char *path;
  void *map; /* NULL: empty */
  size_t bytes, n_points;
  lg_sweep_shape *shape; /* NULL: the header is damaged */
  size_t begin;          /* of the records */
} journal_file;

struct lg_sweep_store {
  lg_ctx *ctx;
  const lg_sweep_shape *shape; /* the caller's, or that of the first journal */
  size_t n_files, room;
  journal_file *files;
  size_t n_done, n_failed;
  const unsigned char **row; /* (shape->n_points), NULL: not there */
  const char *comments, *provenance;
};

void lg_sweep_store_close(lg_sweep_store *store) {
  if (!store) return;
  lg_ctx *ctx = store->ctx;
  for (size_t k = 0; k < store->n_files; k++) {
    journal_file *f = &store->files[k];
    if (f->map) (void)munmap(f->map, f->bytes);
    lg_sweep_shape_destroy(ctx, f->shape);
    lg_free(ctx, f->path);
  }
  lg_free(ctx, store->files);
  lg_free(ctx, (void *)store->row);
  lg_free(ctx, store);
}

static bool is_journal(const char *name) {
  const size_t n = strlen(name);
  return n > 12 && strncmp(name, "journal-", 8) == 0 && strcmp(name + n - 4, ".lgj") == 0;
}

static lg_status add_file(lg_sweep_store *store, const char *folder, const char *name) {
  lg_ctx *ctx = store->ctx;
  if (store->n_files == store->room) {
    const size_t room = store->room ? 2 * store->room : 16;
    journal_file *grown = lg_realloc(ctx, store->files, store->n_files * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    store->files = grown;
    store->room = room;
  }
  const size_t n = strlen(folder) + strlen(name) + 2;
  char *path = lg_alloc(ctx, n, 1);
  if (!path) return LG_ERR_MEMORY;
  (void)snprintf(path, n, "%s/%s", folder, name);
  store->files[store->n_files++] = (journal_file){.path = path};
  return LG_OK;
}

static lg_status list_folder(lg_sweep_store *store, const char *folder) {
  lg_status status = LG_OK;
  DIR *dir = opendir(folder);
  if (!dir) return lg_fail(store->ctx, LG_ERR_IO, "%s: cannot be opened: %s", folder, strerror(errno));
  for (const struct dirent *entry; status == LG_OK && (entry = readdir(dir)) != NULL;)
    if (is_journal(entry->d_name)) status = add_file(store, folder, entry->d_name);
  (void)closedir(dir);
  return status;
}

static int by_path(const void *a, const void *b) {
  return strcmp(((const journal_file *)a)->path, ((const journal_file *)b)->path);
}

static lg_status map_file(lg_ctx *ctx, journal_file *f) {
  struct stat st;
  const int fd = open(f->path, O_RDONLY);
  if (fd < 0) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", f->path, strerror(errno));
  lg_status status = LG_OK;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
    status = lg_fail(ctx, LG_ERR_IO, "%s: is not a regular file", f->path);
  else if (st.st_size > 0) {
    f->bytes = (size_t)st.st_size;
    f->map = mmap(NULL, f->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (f->map == MAP_FAILED) {
      f->map = NULL;
      status = lg_fail(ctx, LG_ERR_IO, "%s: cannot be read: %s", f->path, strerror(errno));
    }
  }
  (void)close(fd);
  return status;
}

/* A process that is killed while it writes the header leaves a piece: no points are lost with it. */
static lg_status read_header(lg_ctx *ctx, journal_file *f) {
  if (f->bytes == 0) return LG_OK;
  const lg_status status = lg_journal_header_read(ctx, f->path, f->map, f->bytes, &f->shape, &f->begin);
  if (status != LG_ERR_FORMAT) return status;
  lg_log(ctx, LG_LEVEL_WARNING, "%s; what it may hold is worked out again", lg_ctx_message(ctx));
  lg_ctx_clear(ctx);
  return LG_OK;
}

static lg_status check_same(lg_sweep_store *store, const journal_file *f) {
  const char *difference;
  if (!store->shape) store->shape = f->shape;
  if (lg_sweep_same(store->shape, f->shape, &difference)) return LG_OK;
  return lg_fail(store->ctx, LG_ERR_ARGUMENT,
                 "%s: holds points of another sweep (its %s differs): other inputs, options or another version of the "
                 "program; take another folder or remove this one",
                 f->path, difference);
}

static const journal_file *file_of(const lg_sweep_store *store, const unsigned char *row) {
  for (size_t k = 0; k < store->n_files; k++) {
    const unsigned char *map = store->files[k].map;
    if (map && row >= map && row < map + store->files[k].bytes) return &store->files[k];
  }
  return NULL;
}

static lg_status add_record(lg_sweep_store *store, const journal_file *f, const lg_journal_record *r) {
  const unsigned char *row = r->rows;
  for (size_t k = 0; k < r->n; k++) {
    const size_t point = r->first + k, bytes = lg_journal_row_bytes(row);
    const unsigned char *known = store->row[point];
    if (!known) {
      store->row[point] = row;
      store->n_done++;
      store->n_failed += row[4] == 1;
    } else if (lg_journal_row_bytes(known) != bytes || memcmp(known, row, bytes) != 0) {
      const journal_file *other = file_of(store, known);
      return lg_fail(store->ctx, LG_ERR_FORMAT,
                     "%s and %s disagree about point %zu: they were not written by the same program and inputs; remove "
                     "one of them",
                     other ? other->path : "a journal", f->path, point);
    }
    row += bytes;
  }
  return LG_OK;
}

static lg_status read_records(lg_sweep_store *store, journal_file *f) {
  lg_status status = LG_OK;
  lg_journal_record record;
  size_t offset = f->begin, skipped, damaged = 0;
  while (status == LG_OK && lg_journal_next(store->shape, f->map, f->bytes, &offset, &record, &skipped)) {
    damaged += skipped;
    f->n_points += record.n;
    status = add_record(store, f, &record);
  }
  if (damaged > 0)
    lg_log(store->ctx, LG_LEVEL_WARNING, "%s: %zu bytes in the middle are damaged and left out", f->path, damaged);
  return status;
}

static void choose_provenance(lg_sweep_store *store) {
  store->comments = store->shape->comments;
  store->provenance = store->shape->provenance;
  bool any = false;
  for (size_t k = 0; k < store->n_files; k++) {
    const journal_file *f = &store->files[k];
    if (f->n_points == 0 || !f->shape) continue;
    if (any && strcmp(f->shape->provenance, store->provenance) >= 0) continue;
    store->comments = f->shape->comments;
    store->provenance = f->shape->provenance;
    any = true;
  }
}

/* A header that promises more points than the files can hold must not decide how much memory is asked for. */
static lg_status check_promise(lg_sweep_store *store) {
  size_t bytes = 0;
  for (size_t k = 0; k < store->n_files; k++) bytes += store->files[k].bytes;
  if (store->shape->n_points <= bytes / MIN_ROW + 1 || store->shape->n_points <= (size_t)1 << 24) return LG_OK;
  return lg_fail(store->ctx, LG_ERR_NOT_FOUND, "the journals are too short for the %zu points of the sweep",
                 store->shape->n_points);
}

lg_status lg_sweep_store_open(lg_ctx *ctx, const char *const *folders, size_t n_folders, const lg_sweep_shape *expected,
                              lg_sweep_store **out) {
  lg_status status = LG_OK;
  lg_sweep_store *store = NULL;
  *out = NULL;
  LG_NEW(ctx, store, 1);
  store->ctx = ctx;
  store->shape = expected;
  for (size_t k = 0; k < n_folders; k++) LG_TRY(list_folder(store, folders[k]));
  if (store->n_files > 1) qsort(store->files, store->n_files, sizeof *store->files, by_path);
  for (size_t k = 0; k < store->n_files; k++) {
    LG_TRY(map_file(ctx, &store->files[k]));
    LG_TRY(read_header(ctx, &store->files[k]));
    if (store->files[k].shape) LG_TRY(check_same(store, &store->files[k]));
  }
  if (!store->shape) {
    status = lg_fail(ctx, LG_ERR_NOT_FOUND, "%s: there is no journal of a sweep in it (journal-*.lgj)", folders[0]);
    goto done;
  }
  if (!expected) LG_TRY(check_promise(store));
  LG_NEW(ctx, store->row, store->shape->n_points);
  for (size_t k = 0; k < store->n_files; k++)
    if (store->files[k].shape) LG_TRY(read_records(store, &store->files[k]));
  choose_provenance(store);
  *out = store;
  store = NULL;
done:
  lg_sweep_store_close(store);
  return status;
}

const lg_sweep_shape *lg_sweep_store_shape(const lg_sweep_store *store) { return store->shape; }
size_t lg_sweep_store_done(const lg_sweep_store *store) { return store->n_done; }
size_t lg_sweep_store_failed(const lg_sweep_store *store) { return store->n_failed; }
bool lg_sweep_store_has(const lg_sweep_store *store, size_t point) { return store->row[point] != NULL; }
const char *lg_sweep_store_comments(const lg_sweep_store *store) { return store->comments; }
const char *lg_sweep_store_provenance(const lg_sweep_store *store) { return store->provenance; }

size_t lg_sweep_store_journals(const lg_sweep_store *store) {
  size_t n = 0;
  for (size_t k = 0; k < store->n_files; k++) n += store->files[k].n_points > 0;
  return n;
}

void lg_sweep_store_row(const lg_sweep_store *store, size_t point, lg_sweep_cell *cells, float *array, bool *failed,
                        char *message) {
  lg_journal_row_read(store->shape, store->row[point], cells, array, failed, message);
}
