/*
 * Strain profiles in HDF5. The file is read inside the sandbox; the child answers with one block: head, times, strain,
 * and what else is known, texts last. The caller checks every length of it.
 */
#include "io/h5_sandbox.h"
#include "io/h5_write.h"
#include "twin/axon_profiles_internal.h"

#include <stdlib.h>
#include <string.h>

static const char format_name[] = "loligo-axon-profiles";

enum { HAS_POSITION = 1, HAS_FIBRE = 2, HAS_IMPACT = 4, MAX_IMPACTS = 1000000 };

typedef struct head {
  uint64_t n, n_times, n_impacts, has, name_bytes, impact_bytes;
  double unit; /* of the times, s */
} head;

/* Bytes of the parts before the texts; false: too many. */
static bool numbers_bytes(const head *h, size_t *bytes) {
  size_t cells;
  if (h->n > AXON_PROFILE_MOST || h->n_times > AXON_PROFILE_MOST_SAMPLES) return false;
  if (!lg_mul_size((size_t)h->n, (size_t)h->n_times, &cells) || cells > LG_H5_MAX_SAMPLES) return false;
  const size_t three = 3 * (size_t)h->n * sizeof(double);
  *bytes = sizeof *h + ((size_t)h->n_times + cells) * sizeof(double) + (h->has & HAS_POSITION ? three : 0) +
           (h->has & HAS_FIBRE ? three : 0) + (h->has & HAS_IMPACT ? (size_t)h->n * sizeof(uint32_t) : 0);
  return true;
}

/* ---- in the child ------------------------------------------------------------------------------------- */

typedef struct reading {
  lg_ctx *ctx;
  lg_h5 *h5;
  hid_t strain, t, position, fibre, impact; /* datasets, negative: not there */
  head head;
  char *names, *impact_names;
  unsigned char *bytes;
  size_t used;
} reading;

static lg_status check_format(reading *r) {
  char text[64] = "";
  double version = 1.0;
  const hid_t root = lg_h5_object(r->h5, r->h5->file, "/");
  if (root >= 0) {
    (void)lg_h5_attribute_text(root, "format", text, sizeof text);
    (void)lg_h5_attribute_number(root, "version", &version);
    (void)H5Oclose(root);
  }
  if (text[0] && strcmp(text, format_name) != 0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "the file says that it holds '%s'; '%s' is needed", text, format_name);
  if (!(version >= 1.0 && version < 2.0))
    return lg_fail(r->ctx, LG_ERR_UNSUPPORTED, "version %g of strain profiles; this program reads version 1", version);
  if (!lg_h5_has(r->h5, r->h5->file, "strain"))
    return lg_fail(r->ctx, LG_ERR_FORMAT,
                   "there is no /strain; strain profiles hold /strain (profiles, times) and /t_s");
  return LG_OK;
}

static lg_status open_times(reading *r) {
  const bool ms = !lg_h5_has(r->h5, r->h5->file, "t_s") && lg_h5_has(r->h5, r->h5->file, "t_ms");
  size_t n;
  r->head.unit = ms ? 1e-3 : 1.0;
  const lg_status status = lg_h5_open_vector(r->ctx, r->h5, r->h5->file, ms ? "t_ms" : "t_s", ms ? "/t_ms" : "/t_s",
                                             H5T_FLOAT, H5T_INTEGER, &r->t, &n);
  if (status != LG_OK) return status;
  if (n != r->head.n_times)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "/strain is %llu × %llu and there are %zu times; %s",
                   (unsigned long long)r->head.n, (unsigned long long)r->head.n_times, n,
                   n == r->head.n ? "rows must be profiles: transpose /strain" : "(profiles, times) is needed");
  return LG_OK;
}

/* A dataset of one row for each profile that need not be there. */
static lg_status open_extra(reading *r, const char *name, size_t columns, unsigned bit, hid_t *dataset) {
  size_t rows = 0, n = 1;
  if (!lg_h5_has(r->h5, r->h5->file, name)) return LG_OK;
  const lg_status status =
      columns == 1
          ? lg_h5_open_vector(r->ctx, r->h5, r->h5->file, name, name, H5T_INTEGER, H5T_INTEGER, dataset, &rows)
          : lg_h5_open_matrix(r->ctx, r->h5, r->h5->file, name, name, H5T_FLOAT, H5T_INTEGER, dataset, &rows, &n);
  if (status != LG_OK) return status;
  if (rows != r->head.n || n != columns)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "/%s is %zu × %zu; %llu × %zu is needed", name, rows, n,
                   (unsigned long long)r->head.n, columns);
  r->head.has |= bit;
  return LG_OK;
}

static lg_status open_all(reading *r) {
  lg_status status = LG_OK;
  size_t n, n_times, bytes, count;
  LG_TRY(check_format(r));
  LG_TRY(lg_h5_open_matrix(r->ctx, r->h5, r->h5->file, "strain", "/strain", H5T_FLOAT, H5T_FLOAT, &r->strain, &n,
                           &n_times));
  r->head.n = n;
  r->head.n_times = n_times;
  LG_TRY(open_times(r));
  LG_TRY(open_extra(r, "position_mm", 3, HAS_POSITION, &r->position));
  LG_TRY(open_extra(r, "fibre", 3, HAS_FIBRE, &r->fibre));
  LG_TRY(open_extra(r, "impact", 1, HAS_IMPACT, &r->impact));
  if (!numbers_bytes(&r->head, &bytes))
    LG_TRY(lg_fail(r->ctx, LG_ERR_LIMIT, "/strain is %zu × %zu; up to %d profiles of up to %d samples are read", n,
                   n_times, AXON_PROFILE_MOST, AXON_PROFILE_MOST_SAMPLES));
  if (lg_h5_has(r->h5, r->h5->file, "name")) {
    LG_TRY(lg_h5_read_texts(r->ctx, r->h5, r->h5->file, "name", "/name", n, &r->names, &bytes, &count));
    r->head.name_bytes = bytes;
    if (count != n) LG_TRY(lg_fail(r->ctx, LG_ERR_FORMAT, "/name has %zu texts, /strain %zu rows", count, n));
  }
  if ((r->head.has & HAS_IMPACT) && lg_h5_has(r->h5, r->h5->file, "impact_name")) {
    LG_TRY(lg_h5_read_texts(r->ctx, r->h5, r->h5->file, "impact_name", "/impact_name", MAX_IMPACTS, &r->impact_names,
                            &bytes, &count));
    r->head.impact_bytes = bytes;
    r->head.n_impacts = count;
  }
done:
  return status;
}

static lg_status read_numbers(reading *r) {
  lg_status status = LG_OK;
  const size_t n = (size_t)r->head.n, n_times = (size_t)r->head.n_times;
  unsigned char *at = r->bytes + sizeof(head);
  LG_TRY(lg_h5_read_vector(r->ctx, r->t, "/t_s", H5T_NATIVE_DOUBLE, 0, n_times, at));
  at += n_times * sizeof(double);
  LG_TRY(lg_h5_read_rows(r->ctx, r->strain, "/strain", H5T_NATIVE_DOUBLE, 0, n, n_times, at));
  at += n * n_times * sizeof(double);
  if (r->head.has & HAS_POSITION) {
    LG_TRY(lg_h5_read_rows(r->ctx, r->position, "/position_mm", H5T_NATIVE_DOUBLE, 0, n, 3, at));
    at += 3 * n * sizeof(double);
  }
  if (r->head.has & HAS_FIBRE) {
    LG_TRY(lg_h5_read_rows(r->ctx, r->fibre, "/fibre", H5T_NATIVE_DOUBLE, 0, n, 3, at));
    at += 3 * n * sizeof(double);
  }
  if (r->head.has & HAS_IMPACT) {
    LG_TRY(lg_h5_read_vector(r->ctx, r->impact, "/impact", H5T_NATIVE_UINT32, 0, n, at));
    at += n * sizeof(uint32_t);
  }
  if (r->head.name_bytes) memcpy(at, r->names, (size_t)r->head.name_bytes);
  at += r->head.name_bytes;
  if (r->head.impact_bytes) memcpy(at, r->impact_names, (size_t)r->head.impact_bytes);
done:
  return status;
}

static lg_status read_all(reading *r) {
  lg_status status = LG_OK;
  LG_TRY(open_all(r));
  if (!numbers_bytes(&r->head, &r->used)) LG_TRY(lg_fail(r->ctx, LG_ERR_LIMIT, "there are too many profiles"));
  r->used += (size_t)(r->head.name_bytes + r->head.impact_bytes);
  LG_NEW(r->ctx, r->bytes, r->used);
  memcpy(r->bytes, &r->head, sizeof r->head);
  LG_TRY(read_numbers(r));
done:
  lg_free(r->ctx, r->names);
  lg_free(r->ctx, r->impact_names);
  return status;
}

static lg_status in_child(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n) {
  (void)user;
  reading r = {.ctx = ctx, .h5 = h5, .strain = -1, .t = -1, .position = -1, .fibre = -1, .impact = -1};
  const lg_status status = read_all(&r);
  *bytes = r.bytes;
  *n = r.used;
  return status;
}

/* ---- in the caller ------------------------------------------------------------------------------------ */

static lg_status broken(lg_ctx *ctx) { return lg_fail(ctx, LG_ERR_FORMAT, "the answer of the reader is damaged"); }

/* n texts that end with 0 within bytes. */
static lg_status take_texts(lg_ctx *ctx, const unsigned char *at, size_t bytes, size_t n, char **out) {
  size_t used = 0;
  for (size_t k = 0; k < n; k++) {
    const unsigned char *end = used < bytes ? memchr(at + used, 0, bytes - used) : NULL;
    if (!end) return broken(ctx);
    out[k] = lg_strdup(ctx, (const char *)at + used);
    if (!out[k]) return LG_ERR_MEMORY;
    lg_one_line(out[k]);
    used = (size_t)(end - at) + 1;
  }
  return used == bytes ? LG_OK : broken(ctx);
}

static lg_status number_names(lg_ctx *ctx, axon_profiles *p) {
  char text[24];
  for (size_t k = 0; k < p->n; k++) {
    (void)snprintf(text, sizeof text, "%zu", k);
    p->names[k] = lg_strdup(ctx, text);
    if (!p->names[k]) return LG_ERR_MEMORY;
  }
  return LG_OK;
}

static lg_status take_doubles(lg_ctx *ctx, const unsigned char **at, size_t n, double **out) {
  *out = lg_alloc(ctx, n ? n : 1, sizeof **out);
  if (!*out) return LG_ERR_MEMORY;
  if (n) memcpy(*out, *at, n * sizeof **out);
  *at += n * sizeof **out;
  return LG_OK;
}

static lg_status take_impacts(lg_ctx *ctx, const unsigned char **at, const head *h, axon_profiles *p) {
  lg_status status = LG_OK;
  LG_NEW(ctx, p->impact, p->n ? p->n : 1);
  memcpy(p->impact, *at, p->n * sizeof *p->impact);
  *at += p->n * sizeof *p->impact;
  if (h->impact_bytes) {
    LG_NEW(ctx, p->impact_names, (size_t)h->n_impacts);
    p->n_impacts = (size_t)h->n_impacts;
  }
  for (size_t k = 0; k < p->n; k++) {
    if (p->impact[k] >= MAX_IMPACTS || (p->impact_names && p->impact[k] >= p->n_impacts))
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "/impact, profile %zu: impact %u of %zu", k, (unsigned)p->impact[k],
                     p->impact_names ? p->n_impacts : (size_t)MAX_IMPACTS));
    if (!p->impact_names && p->impact[k] >= p->n_impacts) p->n_impacts = (size_t)p->impact[k] + 1;
  }
done:
  return status;
}

static lg_status take(lg_ctx *ctx, const unsigned char *bytes, size_t n, profiles_raw *raw) {
  lg_status status = LG_OK;
  head h;
  size_t numbers;
  if (n < sizeof h) return broken(ctx);
  memcpy(&h, bytes, sizeof h);
  if (!numbers_bytes(&h, &numbers) || numbers > n || h.name_bytes > n - numbers ||
      h.impact_bytes != n - numbers - h.name_bytes || h.n_impacts > h.impact_bytes)
    return broken(ctx);
  LG_TRY(axon_profiles_raw_create(ctx, (size_t)h.n, (size_t)h.n_times, raw));
  axon_profiles *p = raw->p;
  const unsigned char *at = bytes + sizeof h;
  raw->layout = PROFILES_IN_H5;
  raw->unit = h.unit == 1.0 ? "s" : "ms";
  LG_TRY(take_doubles(ctx, &at, p->n_times, &raw->t_s));
  for (size_t t = 0; t < p->n_times; t++) raw->t_s[t] *= h.unit;
  memcpy(p->strain, at, p->n * p->n_times * sizeof *p->strain);
  at += p->n * p->n_times * sizeof *p->strain;
  if (h.has & HAS_POSITION) LG_TRY(take_doubles(ctx, &at, 3 * p->n, &p->position_mm));
  if (h.has & HAS_FIBRE) LG_TRY(take_doubles(ctx, &at, 3 * p->n, &p->fibre));
  if (h.has & HAS_IMPACT) LG_TRY(take_impacts(ctx, &at, &h, p));
  if (h.name_bytes) LG_TRY(take_texts(ctx, at, (size_t)h.name_bytes, p->n, p->names));
  else LG_TRY(number_names(ctx, p));
  if (h.impact_bytes) LG_TRY(take_texts(ctx, at + h.name_bytes, (size_t)h.impact_bytes, p->n_impacts, p->impact_names));
done:
  return status;
}

lg_status axon_profiles_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, profiles_raw *raw) {
  const size_t most = (size_t)LG_H5_MAX_SAMPLES * 2 * sizeof(double);
  unsigned char *answer = NULL;
  size_t answer_bytes = 0;
  lg_status status = lg_h5_sandbox(ctx, in_child, NULL, bytes, n, most, &answer, &answer_bytes);
  if (status == LG_OK) status = take(ctx, answer, answer_bytes, raw);
  lg_free(ctx, answer);
  return status;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static lg_status put_times(lg_ctx *ctx, lg_h5_out *out, const axon_profiles *p) {
  double *t = lg_alloc(ctx, p->n_times, sizeof *t);
  if (!t) return LG_ERR_MEMORY;
  for (size_t k = 0; k < p->n_times; k++) t[k] = (double)k * p->dt_s;
  lg_h5_put_vector(out, "/t_s", H5T_NATIVE_DOUBLE, t, p->n_times);
  lg_h5_put_attribute_text(out, "/t_s", "unit", "s");
  lg_free(ctx, t);
  return LG_OK;
}

static lg_status put_all(lg_ctx *ctx, lg_h5_out *out, const axon_profiles *p, lg_provenance *provenance) {
  lg_h5_put_attribute_text(out, "/", "format", format_name);
  lg_h5_put_attribute_integer(out, "/", "version", H5T_STD_I32LE, 1);
  const lg_status status = put_times(ctx, out, p);
  if (status != LG_OK) return status;
  lg_h5_put_matrix(out, "/strain", H5T_NATIVE_DOUBLE, p->strain, p->n, p->n_times);
  lg_h5_put_attribute_text(out, "/strain", "unit", "1");
  lg_h5_put_texts(out, "/name", (const char *const *)p->names, p->n);
  if (p->position_mm) {
    lg_h5_put_matrix(out, "/position_mm", H5T_NATIVE_DOUBLE, p->position_mm, p->n, 3);
    lg_h5_put_attribute_text(out, "/position_mm", "unit", "mm");
  }
  if (p->fibre) lg_h5_put_matrix(out, "/fibre", H5T_NATIVE_DOUBLE, p->fibre, p->n, 3);
  if (p->impact) lg_h5_put_vector(out, "/impact", H5T_NATIVE_UINT32, p->impact, p->n);
  if (p->impact_names) lg_h5_put_texts(out, "/impact_name", (const char *const *)p->impact_names, p->n_impacts);
  return lg_h5_put_provenance(ctx, out, provenance);
}

lg_status axon_profiles_write_h5(lg_ctx *ctx, const char *path, const axon_profiles *p, lg_provenance *provenance) {
  lg_h5_out out;
  lg_status status = lg_h5_out_open(ctx, &out);
  if (status != LG_OK) return status;
  status = put_all(ctx, &out, p, provenance);
  if (status == LG_OK) return lg_h5_out_commit(ctx, &out, path);
  lg_h5_out_discard(&out);
  return status;
}
