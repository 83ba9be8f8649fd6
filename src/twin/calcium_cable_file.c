/* The key `cable` of a case of calcium, and what a coupled run leaves of its cable. */
#include "data/provenance.h"
#include "io/trace_write.h"
#include "twin/calcium_cable.h"
#include "twin/calcium_file_internal.h"

#include <math.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void lg_calcium_cable_destroy(lg_ctx *ctx, calcium_cable_spec *spec) {
  if (!spec) return;
  lg_free(ctx, spec->path);
  lg_free(ctx, spec->sections);
  lg_free(ctx, spec);
}

static lg_status read_sections(lg_ctx *ctx, const lg_json_at *at, calcium_cable_spec *s) {
  lg_status status = LG_OK;
  double *numbers = NULL;
  size_t n;
  LG_TRY(lg_json_get_numbers(ctx, at, "sections", NULL, &numbers, &n));
  LG_NEW(ctx, s->sections, n);
  s->n_sections = n;
  for (size_t k = 0; k < n; k++) {
    if (!(numbers[k] >= 0.0 && numbers[k] < 1e9 && numbers[k] == floor(numbers[k]))) {
      status = lg_fail(ctx, LG_ERR_RANGE, "%s: cable.sections[%zu] is %g; sections of the cable count from 0", at->file,
                       k, numbers[k]);
      goto done;
    }
    s->sections[k] = (size_t)numbers[k];
  }
done:
  lg_free(ctx, numbers);
  return status;
}

static lg_status read_object(lg_ctx *ctx, const lg_json_at *at, const char *path, calcium_cable_spec *s) {
  static const char *const keys[] = {"file", "sections", "interval_ms", "dt_ms", "max_dx_um", "current"};
  lg_status status = LG_OK;
  const char *name;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_text(ctx, at, "file", &name));
  LG_TRY(lg_calcium_beside(ctx, path, name, &s->path));
  if (lg_json_has(at, "sections")) LG_TRY(read_sections(ctx, at, s));
  LG_TRY(lg_json_get_number_or(ctx, at, "interval_ms", "ms", 1e-4, 10.0, s->interval_ms, &s->interval_ms));
  LG_TRY(lg_json_get_number_or(ctx, at, "dt_ms", "ms", 1e-5, 10.0, fmin(0.025, s->interval_ms), &s->dt_ms));
  LG_TRY(lg_json_get_number_or(ctx, at, "max_dx_um", "um", 1e-3, 1e6, 0.0, &s->max_dx_um));
  if (lg_json_has(at, "current")) LG_TRY(lg_json_get_boolean(ctx, at, "current", &s->current));
  const double steps = s->interval_ms / s->dt_ms;
  if (steps < 0.999 || fabs(steps - floor(steps + 0.5)) > 1e-9 * steps)
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: cable: interval_ms %g is not a whole number of steps dt_ms, %g", at->file,
                     s->interval_ms, s->dt_ms);
done:
  return status;
}

lg_status lg_calcium_cable_read(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_cable_spec **out) {
  lg_status status = LG_OK;
  calcium_cable_spec *s = NULL;
  lg_json_at at;
  const char *name;
  *out = NULL;
  if (!lg_json_has(root, "cable")) return LG_OK;
  LG_TRY(lg_json_get(ctx, root, "cable", &at));
  LG_NEW(ctx, s, 1);
  s->interval_ms = s->dt_ms = 0.025;
  s->current = true;
  if (lg_json_is_object(&at)) {
    LG_TRY(read_object(ctx, &at, path, s));
  } else {
    LG_TRY(lg_json_get_text(ctx, root, "cable", &name));
    LG_TRY(lg_calcium_beside(ctx, path, name, &s->path));
  }
  *out = s;
  s = NULL;
done:
  lg_calcium_cable_destroy(ctx, s);
  return status;
}

lg_status lg_calcium_cable_load(lg_ctx *ctx, const char *path, calcium_cable_spec **out) {
  lg_json_doc *doc = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_calcium_cable_read(ctx, &root, path, out));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

bool lg_calcium_cable_has_voltages(const calcium_cable_result *r) {
  bool any = false;
  for (size_t k = 0; r && k < r->model->n_probes; k++) any = any || r->model->probes[k].quantity == CABLE_V;
  return any && r->cable->n_samples > 1;
}

/* ---- output ---------------------------------------------------------------------------------------- */

static lg_status write_trace(lg_ctx *ctx, const char *path, const cable_model *model, const cable_result *r,
                             lg_provenance *provenance) {
  lg_status status = LG_OK;
  lg_trace_column *columns = NULL;
  double *t = NULL;
  LG_NEW(ctx, columns, r->n_probes + 1);
  LG_NEW(ctx, t, r->n_samples + 1);
  for (size_t k = 0; k < r->n_samples; k++) t[k] = (double)k * r->sample_ms;
  columns[0] = (lg_trace_column){.name = "t_ms", .values = t};
  for (size_t p = 0; p < r->n_probes; p++)
    columns[p + 1] = (lg_trace_column){.name = model->probes[p].column, .values = r->values + p * r->n_samples};
  status = lg_trace_write(ctx, path, columns, r->n_probes + 1, r->n_samples, provenance);
done:
  lg_free(ctx, t);
  lg_free(ctx, columns);
  return status;
}

static lg_status write_spikes(lg_ctx *ctx, const char *path, const cable_model *model, const cable_result *r,
                              lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  if (provenance) lg_provenance_write_comments(provenance, stream);
  (void)fputs("probe,t_ms\n", stream);
  for (size_t k = 0; k < r->n_spikes; k++) {
    char number[32];
    lg_format_double(r->spikes[k].t_ms, number);
    (void)fprintf(stream, "%s,%s\n", model->probes[r->spikes[k].probe].name, number);
  }
  return lg_outfile_commit(ctx, file);
}

lg_status lg_calcium_cable_write(lg_ctx *ctx, const char *folder, const calcium_cable_result *r,
                                 lg_provenance *provenance) {
  char path[4096];
  lg_status status = LG_OK;
  if ((size_t)snprintf(path, sizeof path, "%s/spikes.csv", folder) >= sizeof path)
    return lg_fail(ctx, LG_ERR_RANGE, "the folder's name is too long");
  LG_TRY(write_spikes(ctx, path, r->model, r->cable, provenance));
  (void)snprintf(path, sizeof path, "%s/cable.csv", folder);
  LG_TRY(write_trace(ctx, path, r->model, r->cable, provenance));
done:
  return status;
}
