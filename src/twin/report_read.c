/* Read a run folder back. The files are ours, but a folder may have been edited, cut or mixed up: everything is
 * checked, and traces.csv must have the hash that run.json was written with. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "io/json_read.h"
#include "twin/report_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct block {
  struct block *next;
  void *data;
} block;

struct lg_report {
  lg_report_data data;
  lg_json_doc *doc;
  block *blocks;
  char *provenance; /* jansson's */
};

/* Memory that lives as long as the report. */
static void *keep(lg_ctx *ctx, lg_report *r, size_t n, size_t size) {
  block *b = lg_alloc(ctx, 1, sizeof *b);
  if (!b) return NULL;
  b->data = lg_alloc(ctx, n > 0 ? n : 1, size);
  if (!b->data) {
    lg_free(ctx, b);
    return NULL;
  }
  b->next = r->blocks;
  r->blocks = b;
  return b->data;
}

#define KEEP(pointer, n)                                                                                               \
  do {                                                                                                                 \
    (pointer) = keep(ctx, r, (n), sizeof *(pointer));                                                                  \
    if (!(pointer)) {                                                                                                  \
      status = LG_ERR_MEMORY;                                                                                          \
      goto done;                                                                                                       \
    }                                                                                                                  \
  } while (0)

static lg_status text(lg_ctx *ctx, const lg_json_at *at, const char *key, const char **to) {
  return lg_json_get_text_or(ctx, at, key, NULL, to);
}

static lg_status number(lg_ctx *ctx, const lg_json_at *at, const char *key, double fallback, double *to) {
  const double any = 1.7976931348623157e308;
  return lg_json_get_number_or(ctx, at, key, NULL, -any, any, fallback, to);
}

static lg_status texts(lg_ctx *ctx, lg_report *r, const lg_json_at *root, const char *key, const char *const **to,
                       size_t *n) {
  lg_status status = LG_OK;
  lg_json_at list;
  const char **kept = NULL;
  LG_TRY(lg_json_get_array(ctx, root, key, &list, n));
  KEEP(kept, *n);
  for (size_t k = 0; k < *n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(lg_json_get_text(ctx, &item, "", &kept[k]));
  }
  *to = kept;
done:
  return status;
}

static lg_status numbers(lg_ctx *ctx, lg_report *r, const lg_json_at *root, const char *key, size_t expected,
                         bool optional, const double **to) {
  lg_status status = LG_OK;
  double *x = NULL, *kept = NULL;
  size_t n = 0;
  LG_TRY(lg_json_get_numbers(ctx, root, key, NULL, &x, &n));
  if (optional && n == 0) goto done;
  if (n != expected) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %zu numbers, %zu expected", root->file, key, n, expected);
    goto done;
  }
  KEEP(kept, n);
  if (n > 0) memcpy(kept, x, n * sizeof *x);
  *to = kept;
done:
  lg_free(ctx, x);
  return status;
}

/* ---- the parts of run.json --------------------------------------------------------------------------- */

static lg_status read_head(lg_ctx *ctx, lg_report_data *d, const lg_json_at *root) {
  lg_status status = LG_OK;
  const struct {
    const char *key, **to;
  } rows[] = {{"title", &d->title},     {"source", &d->source},     {"format", &d->format},
              {"pairing", &d->pairing}, {"protocol", &d->protocol}, {"created_utc", &d->created},
              {"model", &d->model},     {"variant", &d->variant},   {"stage", &d->stage},
              {"domain", &d->domain}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) LG_TRY(text(ctx, root, rows[k].key, rows[k].to));
  LG_TRY(lg_json_get_boolean(ctx, root, "accepted", &d->accepted));
  LG_TRY(number(ctx, root, "chi2_per_sample", (double)NAN, &d->chi2_per_sample));
  LG_TRY(number(ctx, root, "noise_mV", (double)NAN, &d->noise_mV));
done:
  return status;
}

static lg_status count(lg_ctx *ctx, const lg_json_at *at, const char *key, int *to) {
  int64_t x = -1;
  lg_status status = LG_OK;
  if (lg_json_has(at, key)) status = lg_json_get_integer(ctx, at, key, 0, 1000000000, &x);
  *to = (int)x;
  return status;
}

static lg_status read_sweep(lg_ctx *ctx, const lg_json_at *at, lg_report_sweep *s, bool have[3]) {
  lg_status status = LG_OK;
  int64_t x = 0;
  *s = (lg_report_sweep)LG_REPORT_SWEEP_INIT;
  LG_TRY(lg_json_get_integer(ctx, at, "sweep", -2147483647, 2147483647, &x));
  s->number = (int)x;
  LG_TRY(lg_json_get_integer(ctx, at, "samples", 0, 2000000000, &x));
  s->n = (size_t)x;
  LG_TRY(lg_json_get_boolean(ctx, at, "fitted", &s->fitted));
  LG_TRY(number(ctx, at, "dt_ms", 0.0, &s->dt_ms));
  LG_TRY(number(ctx, at, "t0_ms", 0.0, &s->t0_ms));
  LG_TRY(number(ctx, at, "I_step_pA", (double)NAN, &s->step_pA));
  LG_TRY(number(ctx, at, "t_on_ms", (double)NAN, &s->step_on_ms));
  LG_TRY(number(ctx, at, "t_off_ms", (double)NAN, &s->step_off_ms));
  LG_TRY(count(ctx, at, "n_spikes", &s->n_spikes));
  LG_TRY(count(ctx, at, "n_spikes_twin", &s->n_spikes_twin));
  LG_TRY(number(ctx, at, "n_spikes_twin_lo95", (double)NAN, &s->n_spikes_twin_lo));
  LG_TRY(number(ctx, at, "n_spikes_twin_hi95", (double)NAN, &s->n_spikes_twin_hi));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_current", &have[0]));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_twin", &have[1]));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_band", &have[2]));
done:
  return status;
}

static lg_status read_parameters(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_report_parameter *p = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "parameters", &list, &r->data.n_parameters));
  KEEP(p, r->data.n_parameters);
  r->data.parameters = p;
  for (size_t k = 0; k < r->data.n_parameters; k++, p++) {
    const lg_json_at at = lg_json_item(&list, k);
    const double none = (double)NAN;
    LG_TRY(lg_json_get_text(ctx, &at, "name", &p->name));
    LG_TRY(text(ctx, &at, "unit", &p->unit));
    LG_TRY(text(ctx, &at, "meaning", &p->meaning));
    LG_TRY(number(ctx, &at, "value", none, &p->value));
    LG_TRY(number(ctx, &at, "sd", none, &p->sd));
    LG_TRY(number(ctx, &at, "lo95", none, &p->lo95));
    LG_TRY(number(ctx, &at, "hi95", none, &p->hi95));
    LG_TRY(number(ctx, &at, "prior_low", none, &p->prior_low));
    LG_TRY(number(ctx, &at, "prior_high", none, &p->prior_high));
    LG_TRY(number(ctx, &at, "held_out_r2", none, &p->held_out_r2));
    LG_TRY(number(ctx, &at, "held_out_error_percent", none, &p->held_out_error_percent));
  }
done:
  return status;
}

static lg_status read_posterior(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_report_data *d = &r->data;
  int64_t n = 0;
  double *x = NULL;
  size_t m = 0, values;
  LG_TRY(lg_json_get_integer(ctx, root, "posterior.samples", 0, 100000000, &n));
  d->n_samples = (size_t)n;
  if (!lg_mul_size(d->n_samples, d->n_parameters, &values))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: posterior.samples is too large", root->file);
  LG_TRY(numbers(ctx, r, root, "posterior.values", values, false, &d->samples));
  LG_TRY(lg_json_get_numbers(ctx, root, "f_I.I_pA", "pA", &x, &m));
  d->n_fi = m;
  LG_TRY(numbers(ctx, r, root, "f_I.I_pA", m, false, &d->fi_pA));
  LG_TRY(numbers(ctx, r, root, "f_I.n_spikes", m, false, &d->fi_spikes));
  LG_TRY(numbers(ctx, r, root, "f_I.lo95", m, true, &d->fi_lo));
  LG_TRY(numbers(ctx, r, root, "f_I.hi95", m, true, &d->fi_hi));
done:
  lg_free(ctx, x);
  return status;
}

static lg_status read_features(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_report_feature *f = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "features", &list, &r->data.n_features));
  KEEP(f, r->data.n_features);
  r->data.features = f;
  for (size_t k = 0; k < r->data.n_features; k++, f++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_json_get_text(ctx, &at, "name", &f->name));
    LG_TRY(text(ctx, &at, "unit", &f->unit));
    LG_TRY(text(ctx, &at, "meaning", &f->meaning));
    LG_TRY(number(ctx, &at, "recording", (double)NAN, &f->recording));
    LG_TRY(number(ctx, &at, "twin", (double)NAN, &f->twin));
  }
done:
  return status;
}

static lg_status read_candidates(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_report_candidate *c = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "candidates", &list, &r->data.n_candidates));
  KEEP(c, r->data.n_candidates);
  r->data.candidates = c;
  for (size_t k = 0; k < r->data.n_candidates; k++, c++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(text(ctx, &at, "model", &c->model));
    LG_TRY(text(ctx, &at, "variant", &c->variant));
    LG_TRY(text(ctx, &at, "note", &c->note));
    LG_TRY(number(ctx, &at, "chi2_per_sample", (double)NAN, &c->chi2_per_sample));
    LG_TRY(number(ctx, &at, "count_rmse", (double)NAN, &c->count_rmse));
    LG_TRY(lg_json_get_boolean(ctx, &at, "accepted", &c->accepted));
    LG_TRY(lg_json_get_boolean(ctx, &at, "chosen", &c->chosen));
  }
done:
  return status;
}

static lg_status read_checks(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_json_at list;
  lg_report_check *c = NULL;
  LG_TRY(lg_json_get_array(ctx, root, "checks", &list, &r->data.n_checks));
  KEEP(c, r->data.n_checks);
  r->data.checks = c;
  for (size_t k = 0; k < r->data.n_checks; k++, c++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_json_get_text(ctx, &at, "name", &c->name));
    LG_TRY(text(ctx, &at, "unit", &c->unit));
    LG_TRY(number(ctx, &at, "value", (double)NAN, &c->value));
    LG_TRY(number(ctx, &at, "low", -(double)INFINITY, &c->low));
    LG_TRY(number(ctx, &at, "high", (double)INFINITY, &c->high));
    LG_TRY(lg_json_get_boolean(ctx, &at, "passed", &c->passed));
  }
done:
  return status;
}

static lg_status read_words(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_report_data *d = &r->data;
  lg_json_at list;
  lg_report_fact *f = NULL;
  LG_TRY(texts(ctx, r, root, "reasons", &d->reasons, &d->n_reasons));
  LG_TRY(texts(ctx, r, root, "limits", &d->limits, &d->n_limits));
  LG_TRY(texts(ctx, r, root, "warnings", &d->warnings, &d->n_warnings));
  LG_TRY(lg_json_get_array(ctx, root, "training", &list, &d->n_training));
  KEEP(f, d->n_training);
  d->training = f;
  for (size_t k = 0; k < d->n_training; k++, f++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(text(ctx, &at, "name", &f->name));
    LG_TRY(text(ctx, &at, "text", &f->text));
  }
done:
  return status;
}

static lg_status read_provenance(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_json_at at;
  if (!lg_json_has(root, "provenance")) return LG_OK;
  const lg_status status = lg_json_get_object(ctx, root, "provenance", &at);
  if (status != LG_OK) return status;
  r->provenance = json_dumps(at.value, JSON_INDENT(2));
  r->data.provenance_json = r->provenance;
  return r->provenance ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance");
}

/* ---- traces.csv ---------------------------------------------------------------------------------------- */

typedef struct cursor {
  const char *at, *end;
  size_t line;
} cursor;

/* A decimal with at most 11 digits before and 5 after the point, or "nan"; stops at ',' or the line's end. */
static bool take_number(cursor *c, double *x) {
  if (c->end - c->at >= 3 && memcmp(c->at, "nan", 3) == 0) {
    c->at += 3;
    *x = (double)NAN;
    return true;
  }
  const bool minus = c->at < c->end && *c->at == '-';
  if (minus) c->at++;
  uint64_t u = 0;
  double scale = 1.0;
  int digits = 0;
  bool point = false;
  for (; c->at < c->end; c->at++) {
    if (*c->at == '.' && !point) {
      point = true;
    } else if (*c->at >= '0' && *c->at <= '9') {
      if (++digits > 17) return false;
      u = 10 * u + (uint64_t)(*c->at - '0');
      if (point) scale *= 10.0;
    } else {
      break;
    }
  }
  *x = (minus ? -(double)u : (double)u) / scale;
  return digits > 0;
}

static bool take(cursor *c, char wanted) {
  if (c->at >= c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool take_row(cursor *c, double *x, int n) {
  c->line++;
  for (int k = 0; k < n; k++)
    if ((k > 0 && !take(c, ',')) || !take_number(c, &x[k])) return false;
  return take(c, '\n');
}

static bool skip_line(cursor *c, const char *expected) {
  const char *end = memchr(c->at, '\n', (size_t)(c->end - c->at));
  if (!end) return false;
  const bool same =
      !expected || ((size_t)(end - c->at) == strlen(expected) && memcmp(c->at, expected, strlen(expected)) == 0);
  c->at = end + 1;
  c->line++;
  return same;
}

/* Columns of a sweep in the order of the file's columns i, v, twin, lo, hi; NULL where the run has none. */
static lg_status make_columns(lg_ctx *ctx, lg_report *r, lg_report_sweep *s, const bool have[3], double *to[5]) {
  lg_status status = LG_OK;
  const bool wanted[5] = {have[0], true, have[1], have[2], have[2]};
  for (int j = 0; j < 5; j++) {
    to[j] = NULL;
    if (wanted[j]) KEEP(to[j], s->n);
  }
  s->i_pA = to[0];
  s->v_mV = to[1];
  s->twin_mV = to[2];
  s->twin_lo_mV = to[3];
  s->twin_hi_mV = to[4];
done:
  return status;
}

static lg_status read_rows(lg_ctx *ctx, lg_report *r, const char *path, cursor *c, const lg_json_at *list) {
  lg_status status = LG_OK;
  bool band = false;
  lg_report_sweep *sweeps = NULL;
  KEEP(sweeps, r->data.n_sweeps);
  r->data.sweeps = sweeps;
  for (size_t k = 0; k < r->data.n_sweeps; k++) {
    const lg_json_at at = lg_json_item(list, k);
    bool have;
    LG_TRY(lg_json_get_boolean(ctx, &at, "has_band", &have));
    band = band || have;
  }
  (void)skip_line(c, NULL);
  if (!skip_line(c,
                 band ? "t_ms,i_pA,v_mV,sweep,twin_v_mV,twin_lo95_mV,twin_hi95_mV" : "t_ms,i_pA,v_mV,sweep,twin_v_mV"))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: line 2: not the columns of a run's traces", path);
  for (size_t k = 0; k < r->data.n_sweeps; k++) {
    const lg_json_at at = lg_json_item(list, k);
    bool have[3];
    double *to[5], x[7];
    LG_TRY(read_sweep(ctx, &at, &sweeps[k], have));
    if (sweeps[k].n > (size_t)(c->end - c->at) / 10)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: ends before the %zu samples of sweep %d", path, sweeps[k].n,
                     sweeps[k].number);
    LG_TRY(make_columns(ctx, r, &sweeps[k], have, to));
    for (size_t i = 0; i < sweeps[k].n; i++) {
      if (!take_row(c, x, band ? 7 : 5) || x[3] != sweeps[k].number)
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: not a row of sweep %d", path, c->line, sweeps[k].number);
      const double values[5] = {x[1], x[2], x[4], band ? x[5] : 0.0, band ? x[6] : 0.0};
      for (int j = 0; j < 5; j++)
        if (to[j]) to[j][i] = values[j];
    }
  }
  if (c->at != c->end)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: line %zu: more rows than run.json names", path, c->line + 1);
done:
  return status;
}

static lg_status read_traces(lg_ctx *ctx, lg_report *r, const char *path, const lg_json_at *root) {
  lg_status status = LG_OK;
  unsigned char *bytes = NULL;
  size_t n = 0;
  const char *expected = NULL;
  char actual[65];
  lg_json_at list;
  LG_TRY(lg_json_get_text(ctx, root, "traces.sha256", &expected));
  LG_TRY(lg_json_get_array(ctx, root, "sweeps", &list, &r->data.n_sweeps));
  LG_TRY(lg_file_read(ctx, path, (size_t)4 << 30, &bytes, &n));
  lg_sha256_bytes(bytes, n, actual);
  if (strcmp(expected, actual) != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: changed since run.json was written (SHA-256 %.12s…, %.12s… expected)",
                     path, actual, expected);
    goto done;
  }
  cursor c = {(const char *)bytes, (const char *)bytes + n, 0};
  LG_TRY(read_rows(ctx, r, path, &c, &list));
done:
  lg_free(ctx, bytes);
  return status;
}

lg_status lg_report_read(lg_ctx *ctx, const char *path, lg_report **out) {
  lg_status status = LG_OK;
  lg_report *r = NULL;
  char run[4096], traces[4096];
  struct stat info;
  const char *schema = NULL;
  *out = NULL;
  const bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
  const char *slash = strrchr(path, '/');
  const int parent = folder ? (int)strlen(path) : (slash ? (int)(slash - path) : 0);
  if (strlen(path) + 16 > sizeof run) return lg_fail(ctx, LG_ERR_ARGUMENT, "the path is too long");
  (void)snprintf(run, sizeof run, folder ? "%s/run.json" : "%s", path);
  (void)snprintf(traces, sizeof traces, "%.*s%straces.csv", parent, path, folder || slash ? "/" : "");
  LG_NEW(ctx, r, 1);
  LG_TRY(lg_json_load(ctx, run, LG_JSON_STRICT, (size_t)512 << 20, &r->doc));
  const lg_json_at root = lg_json_root(r->doc);
  LG_TRY(lg_json_get_text(ctx, &root, "schema", &schema));
  if (strcmp(schema, "loligo-report/1") != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: schema is '%s'; a run of the clone command has 'loligo-report/1'", run,
                     schema);
    goto done;
  }
  LG_TRY(read_head(ctx, &r->data, &root));
  LG_TRY(read_parameters(ctx, r, &root));
  LG_TRY(read_posterior(ctx, r, &root));
  LG_TRY(read_features(ctx, r, &root));
  LG_TRY(read_candidates(ctx, r, &root));
  LG_TRY(read_checks(ctx, r, &root));
  LG_TRY(read_words(ctx, r, &root));
  LG_TRY(read_provenance(ctx, r, &root));
  LG_TRY(read_traces(ctx, r, traces, &root));
  *out = r;
  r = NULL;
done:
  lg_report_destroy(ctx, r);
  return status;
}

const lg_report_data *lg_report_get(const lg_report *r) { return &r->data; }

void lg_report_destroy(lg_ctx *ctx, lg_report *r) {
  if (!r) return;
  while (r->blocks) {
    block *b = r->blocks;
    r->blocks = b->next;
    lg_free(ctx, b->data);
    lg_free(ctx, b);
  }
  lg_json_doc_destroy(ctx, r->doc);
  free(r->provenance);
  lg_free(ctx, r);
}
