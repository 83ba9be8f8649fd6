/* Which comparison fits: JSON, CSV, arrays and HDF5, or folders of them. */
#define _XOPEN_SOURCE 700
#include "io/compare_internal.h"
#include "io/h5_read.h"
#include "io/table.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool lg_compare_ignores(const lg_comparison *c, const char *key) {
  static const char *const times[] = {"provenance", "elapsed_s", "wall_s", "cpu_s", "timing"};
  const size_t n = strlen(key);
  if (n > 4 && strcmp(key + n - 4, "_utc") == 0) return true;
  for (size_t k = 0; k < sizeof times / sizeof times[0]; k++)
    if (strcmp(key, times[k]) == 0) return true;
  for (size_t k = 0; k < c->opts->n_ignored; k++)
    if (strcmp(key, c->opts->ignored[k]) == 0) return true;
  return false;
}

bool lg_compare_numbers(lg_comparison *c, double a, double b) {
  c->report.n_values++;
  if (a == b || (isnan(a) && isnan(b))) return true;
  const double delta = fabs(a - b);
  if (delta > c->report.largest_delta) c->report.largest_delta = delta;
  return delta <= c->opts->atol + c->opts->rtol * fmax(fabs(a), fabs(b));
}

void lg_compare_differ(lg_comparison *c, const char *where, const char *a, const char *b) {
  c->report.n_different++;
  if (c->fn) c->fn(c->user, where, a, b);
}

typedef enum kind { KIND_JSON, KIND_CSV, KIND_TABLE, KIND_FOLDER, KIND_OTHER } kind;

static lg_status find_kind(lg_ctx *ctx, const char *path, kind *out) {
  struct stat st;
  if (stat(path, &st) != 0) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  if (S_ISDIR(st.st_mode)) {
    *out = KIND_FOLDER;
    return LG_OK;
  }
  FILE *stream = fopen(path, "rb");
  if (!stream) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
  unsigned char magic[16];
  const size_t n_magic = fread(magic, 1, sizeof magic, stream);
  const int first = n_magic ? magic[0] : EOF;
  (void)fclose(stream);
  const char *dot = strrchr(path, '.');
  *out = KIND_OTHER;
  if (first == '{' || first == '[') *out = KIND_JSON;
  else if (lg_npy_is(magic, n_magic) || lg_npz_is(magic, n_magic) || lg_h5_is(magic, n_magic)) *out = KIND_TABLE;
  else if (first == '#' || (dot && strcmp(dot, ".csv") == 0)) *out = KIND_CSV;
  return LG_OK;
}

static const char *kind_words(kind k) {
  static const char *const words[] = {"JSON", "CSV", "an array or HDF5", "a folder", "no JSON, CSV, .npy or HDF5"};
  return words[k];
}

static lg_status compare_files(lg_comparison *c, const char *a, const char *b, const char *prefix, bool inside_folder) {
  kind ka = KIND_OTHER, kb = KIND_OTHER;
  lg_status status = find_kind(c->ctx, a, &ka);
  if (status == LG_OK) status = find_kind(c->ctx, b, &kb);
  if (status != LG_OK) return status;
  if (ka != kb) return lg_fail(c->ctx, LG_ERR_FORMAT, "%s is %s, but %s is %s", a, kind_words(ka), b, kind_words(kb));
  if (ka == KIND_JSON) return lg_compare_json(c, a, b, prefix);
  if (ka == KIND_CSV) return lg_compare_csv(c, a, b, prefix);
  if (ka == KIND_TABLE) return lg_compare_tables(c, a, b, prefix);
  if (inside_folder) return LG_OK; /* pictures and pages are made from the numbers beside them */
  return lg_fail(c->ctx, LG_ERR_UNSUPPORTED,
                 "%s: only JSON, CSV, .npy, HDF5 (NWB) and folders of them are compared by value", a);
}

static int by_name(const void *x, const void *y) { return strcmp(*(char *const *)x, *(char *const *)y); }

enum { MAX_NAMES = 4096 };

static void free_names(lg_ctx *ctx, char **names, size_t n) {
  for (size_t k = 0; names && k < n; k++) lg_free(ctx, names[k]);
  lg_free(ctx, names);
}

/* How the work of a sweep was divided, not what came out; their names hold the process. */
static bool is_journal(const char *name) {
  const size_t n = strlen(name);
  return n > 12 && strncmp(name, "journal-", 8) == 0 && strcmp(name + n - 4, ".lgj") == 0;
}

static lg_status list(lg_ctx *ctx, const char *folder, char ***out, size_t *n) {
  lg_status status = LG_OK;
  *n = 0;
  *out = NULL;
  DIR *dir = opendir(folder);
  if (!dir) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened: %s", folder, strerror(errno));
  char **names = lg_alloc(ctx, MAX_NAMES, sizeof *names);
  if (!names) status = LG_ERR_MEMORY;
  for (struct dirent *e; status == LG_OK && (e = readdir(dir)) != NULL;) {
    if (e->d_name[0] == '.' || is_journal(e->d_name)) continue;
    if (*n >= MAX_NAMES) status = lg_fail(ctx, LG_ERR_LIMIT, "%s: more than %d files", folder, MAX_NAMES);
    else if (!(names[*n] = lg_strdup(ctx, e->d_name))) status = LG_ERR_MEMORY;
    else (*n)++;
  }
  (void)closedir(dir);
  if (status != LG_OK) {
    free_names(ctx, names, *n);
    return status;
  }
  qsort(names, *n, sizeof *names, by_name);
  *out = names;
  return LG_OK;
}

/* RO-Crate metadata is provenance too: hashes of files that hold times. */
static bool is_metadata(const char *name) { return strcmp(name, "ro-crate-metadata.json") == 0; }

static lg_status compare_pair(lg_comparison *c, const char *a, const char *b, const char *name) {
  char path_a[4096], path_b[4096];
  struct stat st;
  (void)snprintf(path_a, sizeof path_a, "%s/%s", a, name);
  (void)snprintf(path_b, sizeof path_b, "%s/%s", b, name);
  if (is_metadata(name)) return LG_OK;
  if (stat(path_a, &st) == 0 && S_ISDIR(st.st_mode)) return LG_OK; /* runs are flat */
  return compare_files(c, path_a, path_b, name, true);
}

static lg_status compare_folders(lg_comparison *c, const char *a, const char *b) {
  char **in_a = NULL, **in_b = NULL;
  size_t n_a = 0, n_b = 0;
  lg_status status = list(c->ctx, a, &in_a, &n_a);
  if (status == LG_OK) status = list(c->ctx, b, &in_b, &n_b);
  for (size_t i = 0, j = 0; status == LG_OK && (i < n_a || j < n_b);) {
    const int order = i >= n_a ? 1 : j >= n_b ? -1 : strcmp(in_a[i], in_b[j]);
    if (order < 0) lg_compare_differ(c, in_a[i++], "there", "missing");
    else if (order > 0) lg_compare_differ(c, in_b[j++], "missing", "there");
    else {
      status = compare_pair(c, a, b, in_a[i++]);
      j++;
    }
  }
  free_names(c->ctx, in_a, n_a);
  free_names(c->ctx, in_b, n_b);
  return status;
}

lg_status lg_compare(lg_ctx *ctx, const char *a, const char *b, const lg_compare_opts *opts, lg_difference_fn fn,
                     void *user, lg_compare_report *report) {
  static const lg_compare_opts exact = {0};
  lg_comparison c = {.ctx = ctx, .opts = opts ? opts : &exact, .fn = fn, .user = user};
  kind ka = KIND_OTHER, kb = KIND_OTHER;
  lg_status status = find_kind(ctx, a, &ka);
  if (status == LG_OK) status = find_kind(ctx, b, &kb);
  if (status == LG_OK && ka == KIND_FOLDER && kb == KIND_FOLDER) status = compare_folders(&c, a, b);
  else if (status == LG_OK) status = compare_files(&c, a, b, "", false);
  if (report) *report = c.report;
  return status;
}
