#include "twin/cable_validate.h"

#include "io/json_read.h"
#include "io/table.h"
#include "twin/cable_file.h"

#include <math.h>
#include <string.h>

/* What the file says of the reference: the trace beside it, spikes by probe. */
typedef struct reference {
  lg_json_doc *doc;
  lg_table *trace;
} reference;

static lg_status open_reference(lg_ctx *ctx, const char *path, reference *r) {
  char file[4096];
  const char *name;
  lg_status status = LG_OK;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &r->doc));
  const lg_json_at root = lg_json_root(r->doc);
  LG_TRY(lg_json_get_text(ctx, &root, "trace_csv", &name));
  const char *slash = strrchr(path, '/');
  const int folder = slash ? (int)(slash - path) + 1 : 0;
  if ((size_t)snprintf(file, sizeof file, "%.*s%s", folder, path, name) >= sizeof file)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%s: trace_csv: the path is too long", path));
  LG_TRY(lg_table_read(ctx, file, &r->trace));
  if (r->trace->n < 2 || strcmp(r->trace->items[0].name, "t_ms") != 0 || !r->trace->items[0].x)
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: the first column must be t_ms", file);
done:
  return status;
}

static void close_reference(lg_ctx *ctx, reference *r) {
  lg_table_destroy(ctx, r->trace);
  lg_json_doc_destroy(ctx, r->doc);
}

static void compare_samples(const cable_result *run, size_t probe, const lg_table *trace, const lg_table_item *column,
                            double from_ms, cable_deviation *d) {
  const double *t = trace->items[0].x;
  double sum = 0.0;
  for (size_t k = 0; k < column->n && k < trace->items[0].n; k++) {
    const double at = floor(t[k] / run->sample_ms + 0.5);
    if (t[k] < from_ms || at >= (double)run->n_samples || fabs(at * run->sample_ms - t[k]) > 1e-6) continue;
    const double off = run->values[probe * run->n_samples + (size_t)at] - column->x[k];
    d->max = fmax(d->max, fabs(off));
    sum += off * off;
    d->n_samples++;
  }
  d->rms = d->n_samples > 0 ? sqrt(sum / (double)d->n_samples) : (double)NAN;
}

static void compare_spikes(const cable_result *run, size_t probe, const json_t *times, cable_deviation *d) {
  d->n_reference = json_array_size(times);
  double worst = 0.0;
  for (size_t k = 0; k < run->n_spikes; k++) {
    if (run->spikes[k].probe != probe) continue;
    if (d->n_spikes < d->n_reference)
      worst = fmax(worst, fabs(run->spikes[k].t_ms - json_number_value(json_array_get(times, d->n_spikes))));
    d->n_spikes++;
  }
  d->spike_ms = d->n_spikes == d->n_reference ? worst : (double)NAN;
}

static lg_status compare(lg_ctx *ctx, const cable_model *model, const cable_result *run, const reference *r,
                         double from_ms, cable_deviation *out) {
  const lg_json_at root = lg_json_root(r->doc);
  const json_t *spikes = json_object_get(root.value, "spike_times_ms");
  for (size_t c = 1; c < r->trace->n; c++) {
    const lg_table_item *column = &r->trace->items[c];
    cable_deviation *d = &out[c - 1];
    size_t p = 0;
    while (p < model->n_probes && strcmp(model->probes[p].column, column->name) != 0) p++;
    if (p == model->n_probes || !column->x)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: no probe makes the reference's column %s", root.file, column->name);
    (void)snprintf(d->column, sizeof d->column, "%s", column->name);
    d->is_voltage = model->probes[p].quantity == CABLE_V;
    compare_samples(run, p, r->trace, column, from_ms, d);
    if (d->is_voltage) compare_spikes(run, p, json_object_get(spikes, model->probes[p].name), d);
  }
  return LG_OK;
}

lg_status lg_cable_deviations(lg_ctx *ctx, const char *path, const cable_cut *cut, const cable_run_options *options,
                              double from_ms, cable_deviation **out, size_t *n) {
  reference r = {NULL, NULL};
  cable_model *model = NULL;
  cable_tree *tree = NULL;
  cable_result *run = NULL;
  cable_deviation *rows = NULL;
  lg_status status = LG_OK;
  LG_TRY(open_reference(ctx, path, &r));
  LG_TRY(lg_cable_load(ctx, path, &model));
  LG_TRY(lg_cable_tree_create(ctx, model, cut, &tree));
  LG_TRY(lg_cable_simulate(ctx, model, tree, options, &run));
  LG_NEW(ctx, rows, r.trace->n);
  LG_TRY(compare(ctx, model, run, &r, from_ms, rows));
  *out = rows;
  *n = r.trace->n - 1;
  rows = NULL;
done:
  lg_free(ctx, rows);
  lg_cable_result_destroy(ctx, run);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
  close_reference(ctx, &r);
  return status;
}
