/* Read a run folder back. The files are ours, but a folder may have been edited, cut or mixed up: everything is
 * checked, and traces.csv must have the hash that run.json was written with. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/report_keep.h"
#include "twin/report_traces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct lg_report {
  lg_report_data data;
  lg_json_doc *doc;
  lg_keeper keeper;
  char *provenance; /* jansson's */
};

#define KEEP(pointer, n) LG_KEEP(ctx, &r->keeper, pointer, n)

/* ---- the parts of run.json --------------------------------------------------------------------------- */

static lg_status read_lists(lg_ctx *ctx, lg_report *r, const lg_json_at *root) {
  lg_status status = LG_OK;
  lg_report_data *d = &r->data;
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "parameters", &lg_record_parameter, &d->parameters, &d->n_parameters));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "features", &lg_record_feature, &d->features, &d->n_features));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "candidates", &lg_record_candidate, &d->candidates, &d->n_candidates));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "checks", &lg_record_check, &d->checks, &d->n_checks));
  LG_TRY(lg_keep_records(ctx, &r->keeper, root, "training", &lg_record_fact, &d->training, &d->n_training));
  LG_TRY(lg_keep_texts(ctx, &r->keeper, root, "reasons", &d->reasons, &d->n_reasons));
  LG_TRY(lg_keep_texts(ctx, &r->keeper, root, "limits", &d->limits, &d->n_limits));
  LG_TRY(lg_keep_texts(ctx, &r->keeper, root, "warnings", &d->warnings, &d->n_warnings));
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
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "posterior.values", values, false, &d->samples));
  LG_TRY(lg_json_get_numbers(ctx, root, "f_I.I_pA", "pA", &x, &m));
  d->n_fi = m;
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "f_I.I_pA", m, false, &d->fi_pA));
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "f_I.n_spikes", m, false, &d->fi_spikes));
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "f_I.lo95", m, true, &d->fi_lo));
  LG_TRY(lg_keep_numbers(ctx, &r->keeper, root, "f_I.hi95", m, true, &d->fi_hi));
done:
  lg_free(ctx, x);
  return status;
}

/* ---- traces.csv ---------------------------------------------------------------------------------------- */

/* One sweep of run.json with room for its samples, of which a row of the file takes ten bytes or more. */
static lg_status read_sweep(lg_ctx *ctx, lg_report *r, const lg_json_at *at, size_t *left, lg_report_sweep *s,
                            lg_trace_columns *columns, bool *band) {
  lg_status status = LG_OK;
  bool current, twin, edges;
  *s = (lg_report_sweep)LG_REPORT_SWEEP_INIT;
  LG_TRY(lg_record_get(ctx, at, &lg_record_sweep, s));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_current", &current));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_twin", &twin));
  LG_TRY(lg_json_get_boolean(ctx, at, "has_band", &edges));
  if (s->n > *left / 10)
    return lg_fail(ctx, LG_ERR_FORMAT, "traces.csv ends before the %zu samples of sweep %d", s->n, s->number);
  *left -= 10 * s->n;
  const bool wanted[LG_TRACE_COLUMNS] = {current, true, twin, edges, edges};
  for (int j = 0; j < LG_TRACE_COLUMNS; j++)
    if (wanted[j]) KEEP(columns->to[j], s->n);
  s->i_pA = columns->to[0];
  s->v_mV = columns->to[1];
  s->twin_mV = columns->to[2];
  s->twin_lo_mV = columns->to[3];
  s->twin_hi_mV = columns->to[4];
  *band = *band || edges;
done:
  return status;
}

static lg_status read_rows(lg_ctx *ctx, lg_report *r, const char *path, const unsigned char *bytes, size_t n,
                           const lg_json_at *list) {
  lg_status status = LG_OK;
  bool band = false;
  size_t left = n;
  lg_report_sweep *sweeps = NULL;
  lg_trace_columns *columns = NULL;
  KEEP(sweeps, r->data.n_sweeps);
  KEEP(columns, r->data.n_sweeps);
  for (size_t k = 0; k < r->data.n_sweeps; k++) {
    const lg_json_at at = lg_json_item(list, k);
    LG_TRY(read_sweep(ctx, r, &at, &left, &sweeps[k], &columns[k], &band));
  }
  LG_TRY(lg_report_parse_traces(ctx, path, bytes, n, sweeps, columns, r->data.n_sweeps, band));
  r->data.sweeps = sweeps;
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
  LG_TRY(read_rows(ctx, r, path, bytes, n, &list));
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
  LG_TRY(lg_record_get(ctx, &root, &lg_record_head, &r->data));
  LG_TRY(read_lists(ctx, r, &root));
  LG_TRY(read_posterior(ctx, r, &root));
  LG_TRY(lg_report_read_provenance(ctx, &root, &r->provenance));
  r->data.provenance_json = r->provenance;
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
  lg_keeper_destroy(ctx, &r->keeper);
  lg_json_doc_destroy(ctx, r->doc);
  free(r->provenance);
  lg_free(ctx, r);
}
