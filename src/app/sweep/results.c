/* Merged results as CSV and HDF5: one pass over the points in their order, so the bytes depend on the points alone. */
#define _GNU_SOURCE
#include "app/sweep/store.h"
#include "io/h5_write.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Quoted where CSV needs it. */
static void put_word(FILE *f, const char *word) {
  if (!strpbrk(word, ",\"\r\n#") && word[0] != ' ') {
    (void)fputs(word, f);
    return;
  }
  (void)fputc('"', f);
  for (const char *p = word; *p; p++) {
    if (*p == '"') (void)fputc('"', f);
    (void)fputc(*p == '\n' || *p == '\r' ? ' ' : *p, f);
  }
  (void)fputc('"', f);
}

static void put_cell(FILE *f, lg_sweep_type type, const lg_sweep_cell *cell) {
  char text[32];
  if (type == LG_SWEEP_WORD) put_word(f, cell->word);
  else if (type == LG_SWEEP_INTEGER) {
    if (cell->integer != INT64_MIN) (void)fprintf(f, "%lld", (long long)cell->integer);
  } else if (!isnan(cell->number)) {
    lg_format_double(cell->number, text);
    (void)fputs(text, f);
  }
}

lg_status lg_sweep_write_csv(lg_ctx *ctx, const lg_sweep_store *store, const char *path) {
  lg_status status = LG_OK;
  const lg_sweep_shape *shape = lg_sweep_store_shape(store);
  lg_sweep_cell *cells = NULL;
  lg_outfile *file = NULL;
  char message[LG_SWEEP_MESSAGE];
  bool failed;
  LG_NEW(ctx, cells, shape->n_columns);
  LG_TRY(lg_outfile_open(ctx, path, &file));
  FILE *f = lg_outfile_stream(file);
  (void)fputs(lg_sweep_store_comments(store), f);
  for (size_t c = 0; c < shape->n_columns; c++) (void)fprintf(f, "%s,", shape->columns[c].name);
  (void)fputs("error\n", f);
  for (size_t k = 0; k < shape->n_points; k++) {
    lg_sweep_store_row(store, k, cells, NULL, &failed, message);
    for (size_t c = 0; c < shape->n_columns; c++) {
      put_cell(f, shape->columns[c].type, &cells[c]);
      (void)fputc(',', f);
    }
    if (failed) put_word(f, message[0] ? message : "failed");
    (void)fputc('\n', f);
  }
  status = lg_outfile_commit(ctx, file);
  file = NULL;
done:
  lg_outfile_discard(ctx, file);
  lg_free(ctx, cells);
  return status;
}

/* One column at a time: memory for one, whatever their number. */
static lg_status put_columns(lg_ctx *ctx, const lg_sweep_store *store, lg_h5_out *out) {
  lg_status status = LG_OK;
  const lg_sweep_shape *shape = lg_sweep_store_shape(store);
  const size_t n = shape->n_points;
  lg_sweep_cell *cells = NULL;
  char path[96];
  double *numbers = NULL;
  int64_t *integers = NULL;
  char(*words)[LG_SWEEP_TEXT] = NULL;
  const char **texts = NULL;
  bool failed;
  LG_NEW(ctx, cells, shape->n_columns);
  LG_NEW(ctx, numbers, n);
  LG_NEW(ctx, integers, n);
  for (size_t c = 0; c < shape->n_columns; c++) {
    const lg_sweep_type type = shape->columns[c].type;
    if (type == LG_SWEEP_WORD && !words) {
      LG_NEW(ctx, words, n);
      texts = lg_alloc(ctx, n, sizeof *texts);
      if (!texts) {
        status = LG_ERR_MEMORY;
        goto done;
      }
    }
    for (size_t k = 0; k < n; k++) {
      lg_sweep_store_row(store, k, cells, NULL, &failed, NULL);
      if (type == LG_SWEEP_WORD) texts[k] = memcpy(words[k], cells[c].word, LG_SWEEP_TEXT);
      else if (type == LG_SWEEP_INTEGER) integers[k] = cells[c].integer;
      else numbers[k] = cells[c].number;
    }
    (void)snprintf(path, sizeof path, "/%s", shape->columns[c].name);
    if (type == LG_SWEEP_WORD) lg_h5_put_texts(out, path, texts, n);
    else if (type == LG_SWEEP_INTEGER) lg_h5_put_vector(out, path, H5T_STD_I64LE, integers, n);
    else lg_h5_put_vector(out, path, H5T_NATIVE_DOUBLE, numbers, n);
  }
  for (size_t k = 0; k < n; k++) {
    lg_sweep_store_row(store, k, cells, NULL, &failed, NULL);
    integers[k] = failed;
  }
  lg_h5_put_vector(out, "/error", H5T_STD_I64LE, integers, n);
done:
  lg_free(ctx, cells);
  lg_free(ctx, numbers);
  lg_free(ctx, integers);
  lg_free(ctx, words);
  lg_free(ctx, (void *)texts);
  return status;
}

static lg_status put_arrays(lg_ctx *ctx, const lg_sweep_store *store, lg_h5_out *out) {
  lg_status status = LG_OK;
  const lg_sweep_shape *shape = lg_sweep_store_shape(store);
  lg_sweep_cell *cells = NULL;
  float *arrays = NULL;
  char path[96];
  bool failed;
  size_t count;
  if (shape->n_array == 0) return LG_OK;
  if (!lg_mul_size(shape->n_points, shape->n_array, &count))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu arrays of %zu numbers are too many", shape->n_points, shape->n_array);
  LG_NEW(ctx, cells, shape->n_columns);
  LG_NEW(ctx, arrays, count);
  for (size_t k = 0; k < shape->n_points; k++)
    lg_sweep_store_row(store, k, cells, arrays + k * shape->n_array, &failed, NULL);
  (void)snprintf(path, sizeof path, "/%s", shape->array_name);
  lg_h5_put_matrix(out, path, H5T_NATIVE_FLOAT, arrays, shape->n_points, shape->n_array);
  if (shape->array_axis) {
    lg_h5_put_attribute_text(out, path, "axis", shape->array_axis_name);
    (void)snprintf(path, sizeof path, "/%s", shape->array_axis_name);
    lg_h5_put_vector(out, path, H5T_NATIVE_DOUBLE, shape->array_axis, shape->n_array);
  }
done:
  lg_free(ctx, cells);
  lg_free(ctx, arrays);
  return status;
}

lg_status lg_sweep_write_h5(lg_ctx *ctx, const lg_sweep_store *store, const char *path) {
  lg_status status = LG_OK;
  lg_h5_out out;
  bool open = false;
  LG_TRY(lg_h5_out_open(ctx, &out));
  open = true;
  lg_h5_put_attribute_text(&out, "/", "format", "loligo-sweep");
  lg_h5_put_attribute_integer(&out, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_attribute_text(&out, "/", "name", lg_sweep_store_shape(store)->name);
  LG_TRY(put_columns(ctx, store, &out));
  LG_TRY(put_arrays(ctx, store, &out));
  lg_h5_put_text(&out, "/provenance", lg_sweep_store_provenance(store));
  open = false;
  status = lg_h5_out_commit(ctx, &out, path);
done:
  if (open) lg_h5_out_discard(&out);
  return status;
}

/* One process merges at a time, where the file system has locks; then temporary files are those of one that was killed.
 */
static int lock_folder(const char *folder) {
  const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || flock(fd, LOCK_EX) == 0) return fd;
  (void)close(fd);
  return -1;
}

static void remove_left_over(const char *folder, int lock) {
  static const char *const names[] = {"results.csv.tmp-", "results.sqlite.tmp-", "results.h5.tmp-"};
  char path[4096];
  DIR *dir = lock < 0 ? NULL : opendir(folder);
  for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
      if (strncmp(e->d_name, names[k], strlen(names[k])) != 0) continue;
      const int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
      if (n > 0 && (size_t)n < sizeof path) (void)unlink(path);
    }
  }
  if (dir) (void)closedir(dir);
}

lg_status lg_sweep_write_results(lg_ctx *ctx, const lg_sweep_store *store, const char *folder) {
  lg_status status = LG_OK;
  const lg_sweep_shape *shape = lg_sweep_store_shape(store);
  char path[4096];
  const struct {
    bool wanted;
    const char *name;
    lg_status (*write)(lg_ctx *ctx, const lg_sweep_store *store, const char *path);
  } all[] = {{shape->csv, "results.csv", lg_sweep_write_csv},
             {shape->sqlite, "results.sqlite", lg_sweep_write_sqlite},
             {shape->hdf5, "results.h5", lg_sweep_write_h5}};
  const int lock = lock_folder(folder);
  remove_left_over(folder, lock);
  for (size_t k = 0; k < 3; k++) {
    if (!all[k].wanted) continue;
    const int n = snprintf(path, sizeof path, "%s/%s", folder, all[k].name);
    if (n < 0 || (size_t)n >= sizeof path) status = lg_fail(ctx, LG_ERR_IO, "%s: the path is too long", folder);
    LG_TRY(status);
    LG_TRY(all[k].write(ctx, store, path));
  }
done:
  if (lock >= 0) (void)close(lock);
  return status;
}
