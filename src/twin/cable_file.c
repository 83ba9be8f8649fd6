/* Cells with shape in JSON: the document and what is said of the run. */
#include "twin/cable_file_internal.h"
#include "twin/cable_mechanism_file.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const keys[] = {"model",    "celsius",  "v_init_mV",    "tstop_ms",  "sample_ms",  "swc",
                                   "soma",     "sections", "compartments", "regions",   "iclamps",    "points",
                                   "synapses", "probes",   "record_extra", "reference", "trace_csv",  "spike_times_ms",
                                   "case",     "name",     "description",  "$schema",   "provenance", "mechanism_files",
                                   "nseg"};

bool lg_cable_is(const lg_json_at *root) {
  const char *model = json_string_value(json_object_get(root->value, "model"));
  if (model) return strcmp(model, "cable") == 0;
  return lg_json_has(root, "swc") || lg_json_has(root, "sections") || lg_json_has(root, "compartments");
}

static lg_status read_run(lg_ctx *ctx, const lg_json_at *root, cable_model *m) {
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_number_or(ctx, root, "celsius", "°C", -10.0, 60.0, 6.3, &m->celsius));
  LG_TRY(lg_json_get_number_or(ctx, root, "v_init_mV", "mV", -500.0, 500.0, -65.0, &m->v_init_mV));
  LG_TRY(lg_json_get_number_or(ctx, root, "tstop_ms", "ms", 1e-6, 1e9, 0.0, &m->tstop_ms));
  LG_TRY(lg_json_get_number_or(ctx, root, "sample_ms", "ms", 1e-6, 1e9,
                               m->tstop_ms > 0.0 ? fmin(0.1, m->tstop_ms) : 0.1, &m->sample_ms));
  if (m->tstop_ms > 0.0 && m->sample_ms > m->tstop_ms)
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: sample_ms: %g ms is longer than the run, tstop_ms %g ms", root->file,
                     m->sample_ms, m->tstop_ms);
done:
  return status;
}

lg_status lg_cable_parse(lg_ctx *ctx, const lg_json_at *root, const char *folder, cable_model **out) {
  cable_model *m = NULL;
  lg_status status = LG_OK;
  const char *model;
  *out = NULL;
  LG_TRY(lg_json_get_text_or(ctx, root, "model", "cable", &model));
  if (strcmp(model, "cable") != 0) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: model: \"cable\" expected, got \"%.40s\"", root->file, model);
    goto done;
  }
  LG_TRY(lg_json_only_keys(ctx, root, keys, COUNT(keys)));
  LG_NEW(ctx, m, 1);
  LG_TRY(read_run(ctx, root, m));
  LG_TRY(lg_cable_read_shape(ctx, root, folder, m));
  LG_TRY(lg_cable_read_mechanism_files(ctx, root, folder, m));
  LG_TRY(lg_cable_read_regions(ctx, root, m));
  LG_TRY(lg_cable_read_stimuli(ctx, root, m));
  LG_TRY(lg_cable_read_probes(ctx, root, m));
  *out = m;
  m = NULL;
done:
  lg_cable_model_destroy(ctx, m);
  return status;
}

lg_status lg_cable_load(lg_ctx *ctx, const char *path, cable_model **out) {
  lg_json_doc *doc = NULL;
  char *folder = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  folder = lg_folder_of(ctx, path);
  if (!folder) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  const lg_json_at root = lg_json_root(doc);
  status = lg_cable_parse(ctx, &root, folder, out);
done:
  lg_free(ctx, folder);
  lg_json_doc_destroy(ctx, doc);
  return status;
}
