/* Which Igor waves of a folder belong together; see ibw.h. */
#define _XOPEN_SOURCE 700
#include "io/abf_header.h"
#include "io/ibw.h"
#include "io/sandbox.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_WAVES = 20000, MAX_WAVE_BYTES = 1 << 28 };

/* A file: its name, the name without channel and number (series), and the number. */
typedef struct entry {
  char name[256];
  char series[256];
  unsigned long number;
  bool has_channel;
  unsigned char *bytes;
  size_t n;
} entry;

/* What the sandboxed child gets: files that are read already. */
typedef struct file_set {
  const entry *list;
  size_t n;
  const char *source;
} file_set;

static bool is_separator(char c) { return c == '_' || c == '-' || c == '.' || c == ' ' || c == '\0'; }

/* "B6_Ch3_IDRest_181" → "B6__IDRest_" and 181. The channel is "Ch" and digits between separators. */
static void take_apart(entry *e) {
  size_t length = strlen(e->name) - 4; /* without ".ibw" */
  (void)snprintf(e->series, sizeof e->series, "%.*s", (int)length, e->name);
  e->has_channel = false;
  for (size_t k = 0; k + 2 < length && !e->has_channel; k++) {
    if (k > 0 && !is_separator(e->series[k - 1])) continue;
    if (strncasecmp(e->series + k, "ch", 2) != 0) continue;
    size_t end = k + 2;
    while (end < length && isdigit((unsigned char)e->series[end])) end++;
    if (end == k + 2 || !is_separator(e->series[end])) continue;
    memmove(e->series + k, e->series + end, length - end + 1);
    length -= end - k;
    e->has_channel = true;
  }
  size_t end = length;
  while (end > 0 && !isdigit((unsigned char)e->series[end - 1])) end--;
  size_t begin = end;
  while (begin > 0 && isdigit((unsigned char)e->series[begin - 1])) begin--;
  e->number = end > begin ? strtoul(e->series + begin, NULL, 10) : 0;
  if (!e->has_channel) e->series[0] = '\0'; /* only the number joins them */
  else memmove(e->series + begin, e->series + end, length - end + 1);
}

static int by_series_and_number(const void *a, const void *b) {
  const entry *x = a, *y = b;
  const int order = strcmp(x->series, y->series);
  if (order != 0) return order;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  return strcmp(x->name, y->name);
}

static lg_status list_folder(lg_ctx *ctx, const char *folder, entry **out, size_t *n_out) {
  lg_status status = LG_OK;
  entry *list = NULL;
  size_t n = 0, room = 0;
  DIR *dir = opendir(folder);
  if (!dir) return lg_fail(ctx, LG_ERR_IO, "the folder '%s' cannot be opened", folder);
  for (struct dirent *d; (d = readdir(dir)) != NULL;) {
    const size_t length = strlen(d->d_name);
    if (length < 5 || length >= sizeof list->name || strcasecmp(d->d_name + length - 4, ".ibw") != 0) continue;
    if (d->d_name[0] == '.') continue;
    if (n == MAX_WAVES) {
      status = lg_fail(ctx, LG_ERR_LIMIT, "the folder has more than %d Igor waves", MAX_WAVES);
      goto done;
    }
    if (n == room) {
      const size_t more = room ? 2 * room : 64;
      entry *grown = lg_realloc(ctx, list, n * sizeof *grown, more, sizeof *grown);
      if (!grown) {
        status = LG_ERR_MEMORY;
        goto done;
      }
      list = grown;
      room = more;
    }
    memcpy(list[n].name, d->d_name, length + 1);
    take_apart(&list[n]);
    n++;
  }
  if (n > 1) qsort(list, n, sizeof *list, by_series_and_number);
  *out = list;
  *n_out = n;
  list = NULL;
done:
  lg_free(ctx, list);
  (void)closedir(dir);
  return status;
}

/* Read the files into memory; together they may have MAX_WAVE_BYTES. */
static lg_status load(lg_ctx *ctx, const char *folder, entry *list, size_t n, size_t *total) {
  lg_status status = LG_OK;
  *total = 0;
  for (size_t k = 0; k < n; k++) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, list[k].name) >= (int)sizeof path)
      return lg_fail(ctx, LG_ERR_IO, "the path of '%s' is too long", list[k].name);
    LG_TRY(lg_file_read(ctx, path, MAX_WAVE_BYTES - *total, &list[k].bytes, &list[k].n));
    *total += list[k].n;
  }
done:
  return status;
}

static lg_status parse_wave(lg_ctx *ctx, const entry *e, lg_ibw_wave *wave) {
  const lg_status status = lg_ibw_parse(ctx, e->bytes, e->n, wave);
  return status == LG_OK ? LG_OK : lg_fail_prefix(ctx, status, "%s: ", e->name);
}

/* The waves of one number: one potential, at most one current. Others (temperature …) are left aside. */
typedef struct pair {
  lg_ibw_wave v, i;
  char v_name[256], i_name[256];
} pair;

static lg_status read_pair(lg_ctx *ctx, const entry *list, size_t n, pair *p) {
  lg_status status = LG_OK;
  lg_ibw_wave wave = {0};
  for (size_t k = 0; k < n; k++) {
    LG_TRY(parse_wave(ctx, &list[k], &wave));
    if (wave.unit[0] == '\0') {
      status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: the wave has no unit; V, mV, A, nA or pA is needed", list[k].name);
      goto done;
    }
    const bool is_v = abf_unit_to_mV(wave.unit) > 0.0, is_i = abf_unit_to_pA(wave.unit) > 0.0;
    lg_ibw_wave *place = is_v ? &p->v : is_i ? &p->i : NULL;
    if (place && place->values) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "%s and %s are both in %s: which belongs to the cell is not clear",
                       is_v ? p->v_name : p->i_name, list[k].name, is_v ? "volts" : "amperes");
      goto done;
    }
    if (place) {
      *place = wave;
      (void)snprintf(is_v ? p->v_name : p->i_name, sizeof p->v_name, "%s", list[k].name);
      wave = (lg_ibw_wave){0};
    }
    lg_ibw_destroy(ctx, &wave);
  }
  if (p->v.values && p->i.values &&
      (p->v.n != p->i.n || p->v.n_columns != p->i.n_columns || fabs(p->v.dt_ms - p->i.dt_ms) > 1e-6 * p->v.dt_ms))
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s has %zu samples at %g ms, %s has %zu at %g ms: they are no pair",
                     p->v_name, p->v.n, p->v.dt_ms, p->i_name, p->i.n, p->i.dt_ms);
done:
  lg_ibw_destroy(ctx, &wave);
  return status;
}

static lg_status append(lg_ctx *ctx, const pair *p, unsigned long number, lg_recording *rec) {
  lg_status status = LG_OK;
  const double to_mV = abf_unit_to_mV(p->v.unit), to_pA = abf_unit_to_pA(p->i.unit);
  for (size_t c = 0; c < p->v.n_columns; c++) {
    lg_sweep *sweep;
    LG_TRY(lg_recording_add_sweep(ctx, rec, p->v.n, p->v.dt_ms, p->i.values != NULL, &sweep));
    sweep->t0_ms = 0.0; /* waves do not say when they were taken within the experiment */
    sweep->number = p->v.n_columns == 1 && number <= 1000000000UL ? (int)number : (int)rec->n_sweeps - 1;
    sweep->current_origin = p->i.values ? LG_CURRENT_MEASURED : LG_CURRENT_NONE;
    for (size_t k = 0; k < p->v.n; k++) {
      sweep->v_mV[k] = p->v.values[c * p->v.n + k] * to_mV;
      if (p->i.values) sweep->i_pA[k] = p->i.values[c * p->v.n + k] * to_pA;
    }
  }
  if (!p->i.values)
    LG_TRY(lg_recording_warn(ctx, rec, "current missing: no wave in A, nA or pA belongs to %s", p->v_name));
done:
  return status;
}

static lg_status read_groups(lg_ctx *ctx, const entry *list, size_t n, lg_recording *rec) {
  lg_status status = LG_OK;
  char format[32] = "IBW";
  pair p = {0};
  for (size_t k = 0, end; k < n; k = end) {
    for (end = k + 1; end < n && list[end].number == list[k].number && strcmp(list[end].series, list[k].series) == 0;)
      end++;
    LG_TRY(read_pair(ctx, list + k, end - k, &p));
    if (p.v.values) {
      (void)snprintf(format, sizeof format, "IBW %d", p.v.version);
      LG_TRY(append(ctx, &p, list[k].number, rec));
    }
    lg_ibw_destroy(ctx, &p.v);
    lg_ibw_destroy(ctx, &p.i);
  }
  if (rec->n_sweeps == 0) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "none of the %zu Igor waves is a potential in V or mV", n);
    goto done;
  }
  LG_TRY(lg_recording_set_text(ctx, &rec->format, format));
  LG_TRY(lg_recording_set_text(
      ctx, &rec->pairing,
      "waves of one number in their file names: potential in V or mV, current measured in A, nA or pA"));
done:
  lg_ibw_destroy(ctx, &p.v);
  lg_ibw_destroy(ctx, &p.i);
  return status;
}

/* Keep the files of the series of `name`; protocol is what is left of the name. */
static size_t keep_series(entry *list, size_t n, const char *name) {
  entry mine = {0};
  (void)snprintf(mine.name, sizeof mine.name, "%s", name);
  take_apart(&mine);
  size_t kept = 0;
  for (size_t k = 0; k < n; k++)
    if (strcmp(list[k].series, mine.series) == 0 && list[k].has_channel == mine.has_channel) list[kept++] = list[k];
  return kept;
}

/* Runs in the sandboxed child. */
static lg_status parse_set(lg_ctx *ctx, const void *user, lg_recording **out) {
  lg_status status = LG_OK;
  const file_set *set = user;
  lg_recording *rec = NULL;
  *out = NULL;
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, set->source));
  LG_TRY(read_groups(ctx, set->list, set->n, rec));
  if (set->list[0].series[0]) LG_TRY(lg_recording_set_text(ctx, &rec->protocol, set->list[0].series));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  return status;
}

/* The files that belong to a path: all of a folder, those of the series of one file, or the file alone. */
static lg_status choose_files(lg_ctx *ctx, const char *path, char *folder, size_t folder_bytes, entry **list,
                              size_t *n) {
  lg_status status = LG_OK;
  struct stat st;
  if (stat(path, &st) != 0 || snprintf(folder, folder_bytes, "%s", path) >= (int)folder_bytes)
    return lg_fail(ctx, LG_ERR_IO, "'%s' cannot be opened", path);
  if (S_ISDIR(st.st_mode)) return list_folder(ctx, folder, list, n);
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  (void)snprintf(folder, folder_bytes, "%.*s", slash ? (int)(slash - path) + 1 : 2, slash ? path : "./");
  const size_t length = strlen(name);
  if (length >= 5 && length < sizeof(*list)->name && strcasecmp(name + length - 4, ".ibw") == 0) {
    LG_TRY(list_folder(ctx, folder, list, n));
    *n = keep_series(*list, *n, name);
  } else { /* a wave under another name stands alone */
    LG_NEW(ctx, *list, 1);
    (void)snprintf((*list)[0].name, sizeof(*list)[0].name, "%s", name);
    *n = 1;
  }
done:
  return status;
}

lg_status lg_ibw_read(lg_ctx *ctx, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  entry *list = NULL;
  size_t n = 0, total = 0;
  char folder[4096];
  *out = NULL;
  LG_TRY(choose_files(ctx, path, folder, sizeof folder, &list, &n));
  if (n == 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "the folder has no Igor waves (*.ibw)");
    goto done;
  }
  LG_TRY(load(ctx, folder, list, n, &total));
  const file_set set = {.list = list, .n = n, .source = path};
  LG_TRY(lg_sandbox_run(ctx, parse_set, &set, total, NULL, out));
  for (size_t k = 0; k < n; k++) {
    char file[4400];
    const size_t length = strlen(folder);
    const bool here = strcmp(folder, "./") == 0 && strchr(path, '/') == NULL;
    (void)snprintf(file, sizeof file, "%s%s%s", here ? "" : folder, folder[length - 1] == '/' ? "" : "/", list[k].name);
    LG_TRY(lg_recording_add_file(ctx, *out, file));
  }
done:
  if (status != LG_OK) {
    lg_recording_destroy(ctx, *out);
    *out = NULL;
  }
  for (size_t k = 0; k < n; k++) lg_free(ctx, list[k].bytes);
  lg_free(ctx, list);
  return status;
}
