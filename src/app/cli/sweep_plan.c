/* Reading of a "loligo-sweep/1" plan. */
#define _XOPEN_SOURCE 700
#include "app/cli/sweep_plan.h"

#include "app/cli/cli.h"
#include "io/json_read.h"
#include "twin/model_file.h"

#include <loligo/version.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
  const char *name;
  lg_sweep_type type;
  bool trace;
} measures[] = {
#define X(name, type, trace, words) {#name, type, trace},
    SWEEP_MEASURES(X)
#undef X
};

static const char *const solver_names[] = {"auto", "batch", "rk4", "euler", "reference"};

const char *sweep_solver_name(sweep_solver solver) { return solver_names[solver]; }

void sweep_job_release(lg_ctx *ctx, sweep_job *job) {
  lg_protocol_destroy(ctx, job->protocol);
  lg_sampler_release(ctx, &job->sampler);
  lg_free(ctx, job->waveform);
  lg_free(ctx, job->trace_t_ms);
  job->protocol = NULL;
  job->waveform = job->trace_t_ms = NULL;
}

/* ---- model and protocol: a file beside the plan, or in the plan itself --------------------------------- */

typedef struct source {
  char path[4096]; /* of a file; "" when it stands in the plan */
  char *text;      /* JSON of malloc */
  char name[300];
} source;

static lg_status find_source(lg_ctx *ctx, const lg_json_at *root, const char *key, source *out) {
  lg_json_at at;
  const char *file;
  *out = (source){.text = NULL};
  lg_status status = lg_json_get(ctx, root, key, &at);
  if (status != LG_OK) return status;
  if (lg_json_is_object(&at)) {
    (void)snprintf(out->name, sizeof out->name, "%.200s: %s", root->file, key);
    out->text = json_dumps(at.value, JSON_REAL_PRECISION(17));
    return out->text ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "no memory for %s", out->name);
  }
  if (!lg_json_is_text(&at))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: the name of a file or an object expected", root->file, key);
  status = lg_json_get_text(ctx, &at, "", &file);
  if (status != LG_OK) return status;
  const char *slash = strrchr(root->file, '/');
  const int folder = file[0] == '/' || !slash ? 0 : (int)(slash - root->file) + 1;
  const int n = snprintf(out->path, sizeof out->path, "%.*s%s", folder, root->file, file);
  if (n < 0 || (size_t)n >= sizeof out->path)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: the path is too long", root->file, key);
  return LG_OK;
}

static lg_status read_model(lg_ctx *ctx, const lg_json_at *root, lg_provenance *provenance, sweep_job *job) {
  source s;
  lg_status status = find_source(ctx, root, "model", &s);
  if (status != LG_OK) return status;
  if (s.text) status = lg_neuron_parse(ctx, s.name, s.text, strlen(s.text), &job->neuron);
  else {
    status = lg_neuron_load(ctx, s.path, &job->neuron);
    if (status == LG_OK && provenance) status = lg_provenance_add_input(ctx, provenance, "model", s.path);
  }
  free(s.text);
  return status;
}

static lg_status read_protocol(lg_ctx *ctx, const lg_json_at *root, lg_provenance *provenance, sweep_job *job) {
  source s;
  lg_status status = find_source(ctx, root, "protocol", &s);
  if (status != LG_OK) return status;
  if (s.text) status = lg_protocol_parse(ctx, s.name, s.text, strlen(s.text), &job->protocol);
  else {
    status = lg_protocol_load(ctx, s.path, &job->protocol);
    if (status == LG_OK && provenance) status = lg_provenance_add_input(ctx, provenance, "protocol", s.path);
  }
  free(s.text);
  return status;
}

/* ---- what varies ------------------------------------------------------------------------------------------ */

/* "gNa" and "nS" make the column "gNa_nS"; "1/ms" is "per_ms". */
static void column_name(const char *field, const char *unit, char *name) {
  size_t n = (size_t)snprintf(name, SWEEP_NAME_BYTES, "%s", field);
  if (!unit || strcmp(unit, "1") == 0) return;
  if (strncmp(unit, "1/", 2) == 0) {
    n += (size_t)snprintf(name + n, SWEEP_NAME_BYTES - n, "_per");
    unit += 2;
  }
  if (n + 1 < SWEEP_NAME_BYTES) name[n++] = '_';
  for (const char *p = unit; *p && n + 1 < SWEEP_NAME_BYTES; p++) {
    const bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
    if (plain) name[n++] = *p;
    else if (name[n - 1] != '_') name[n++] = '_';
  }
  while (n > 0 && name[n - 1] == '_') n--;
  name[n] = '\0';
}

/* The field or the part of the stimulus that a key names, with or without its unit. */
static lg_status find_target(lg_ctx *ctx, const lg_json_at *vary, const char *key, const sweep_job *job, size_t *target,
                             char *column) {
  const lg_model_info *info = job->neuron.info;
  const char *names[LG_NEURON_MAX_FIELDS + 2];
  size_t n = 0;
  for (size_t k = 0; k < info->n_fields; k++) {
    column_name(info->fields[k].name, info->fields[k].unit, column);
    names[n++] = info->fields[k].name;
    *target = k;
    if (strcmp(key, info->fields[k].name) == 0 || strcmp(key, column) == 0) return LG_OK;
  }
  static const char *const stimulus[] = {"stimulus_scale", "stimulus_offset_pA"};
  for (size_t k = 0; k < 2; k++) {
    names[n++] = stimulus[k];
    (void)snprintf(column, SWEEP_NAME_BYTES, "%s", stimulus[k]);
    *target = SWEEP_STIMULUS_SCALE + k;
    if (strcmp(key, stimulus[k]) == 0) return LG_OK;
  }
  const char *near = cli_nearest(key, names, n);
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: vary.%s: %s%s%s has no such parameter; %s%s%s", vary->file, key, info->model,
                 info->variant[0] ? "/" : "", info->variant, near ? "did you mean '" : "'loligo describe neuron/",
                 near ? near : info->model, near ? "'?" : "' lists them, beside stimulus_scale and stimulus_offset_pA");
}

static lg_status read_range(lg_ctx *ctx, const lg_json_at *at, bool grid, lg_sample_axis *axis) {
  static const char *const keys[] = {"from", "to", "n", "scale"}, *const scales[] = {"lin", "log"};
  lg_status status = LG_OK;
  const char *scale;
  int64_t n = 0;
  LG_TRY(lg_json_only_keys(ctx, at, keys, COUNT(keys)));
  LG_TRY(lg_json_get_number(ctx, at, "from", NULL, &axis->from));
  LG_TRY(lg_json_get_number(ctx, at, "to", NULL, &axis->to));
  LG_TRY(lg_json_get_text_or(ctx, at, "scale", "lin", &scale));
  if (strcmp(scale, scales[0]) != 0 && strcmp(scale, scales[1]) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.scale: '%s'; lin or log expected", at->file, at->path, scale);
  axis->logarithmic = strcmp(scale, "log") == 0;
  if (axis->logarithmic && !(axis->from * axis->to > 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s: from %g to %g cannot be divided logarithmically; both must be above 0",
                   at->file, at->path, axis->from, axis->to);
  if (grid) LG_TRY(lg_json_get_integer(ctx, at, "n", 1, 1000000000, &n));
  axis->n = (size_t)n;
done:
  return status;
}

static lg_status read_axis(lg_ctx *ctx, const lg_json_at *at, bool grid, lg_sample_axis *axis) {
  if (lg_json_is_object(at)) return read_range(ctx, at, grid, axis);
  if (!lg_json_is_array(at))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a list of values or {\"from\", \"to\", \"n\", \"scale\"} expected",
                   at->file, at->path);
  const lg_status status = lg_json_get_numbers(ctx, at, "", NULL, &axis->values, &axis->n);
  if (status != LG_OK) return status;
  if (axis->n == 0) return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: an empty list", at->file, at->path);
  for (size_t k = 0; k < axis->n; k++)
    if (!isfinite(axis->values[k]))
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s[%zu]: a number expected", at->file, at->path, k);
  return LG_OK;
}

static lg_status read_sample(lg_ctx *ctx, const lg_json_at *root, uint64_t seed, lg_sampler *s) {
  static const char *const kinds[] = {"grid", "sobol", "latin", "random"};
  lg_json_at at;
  int64_t n;
  s->seed = seed;
  if (!lg_json_has(root, "sample")) return LG_OK;
  lg_status status = lg_json_get(ctx, root, "sample", &at);
  if (status != LG_OK) return status;
  const char *word = "";
  if (lg_json_is_text(&at)) status = lg_json_get_text(ctx, &at, "", &word);
  else if (lg_json_is_object(&at) && json_object_size(at.value) == 1) word = lg_json_key_at(&at, 0);
  if (status != LG_OK) return status;
  size_t k = 0;
  while (k < COUNT(kinds) && strcmp(word, kinds[k]) != 0) k++;
  if (k == COUNT(kinds) || (k == 0) != lg_json_is_text(&at))
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "%s: sample: \"grid\", {\"sobol\": n}, {\"latin\": n} or {\"random\": n} expected", root->file);
  s->kind = (lg_sample_kind)k;
  if (k == 0) return LG_OK;
  status = lg_json_get_integer(ctx, &at, word, 1, UINT32_MAX, &n);
  if (status == LG_OK) s->n_points = (size_t)n;
  return status;
}

static lg_status read_vary(lg_ctx *ctx, const lg_json_at *root, sweep_job *job) {
  lg_status status = LG_OK;
  lg_json_at vary, at;
  LG_TRY(lg_json_get_object(ctx, root, "vary", &vary));
  const size_t n = json_object_size(vary.value);
  if (n < 1 || n > LG_SAMPLE_MAX_AXES)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: vary: %zu parameters; allowed are 1 to %d", root->file, n,
                   LG_SAMPLE_MAX_AXES);
  for (size_t k = 0; k < n; k++) {
    const char *key = lg_json_key_at(&vary, k);
    lg_sampler *s = &job->sampler;
    LG_TRY(find_target(ctx, &vary, key, job, &job->target[k], job->names[k]));
    for (size_t j = 0; j < k; j++)
      if (job->target[j] == job->target[k])
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: vary.%s: it is there twice", root->file, key);
    LG_TRY(lg_json_get_key(ctx, &vary, key, &at));
    s->n_axes = k + 1;
    LG_TRY(read_axis(ctx, &at, s->kind == LG_SAMPLE_GRID, &s->axes[k]));
    job->columns[k] = (lg_sweep_column){job->names[k], LG_SWEEP_NUMBER};
  }
  status = lg_sampler_prepare(ctx, &job->sampler);
  if (status != LG_OK) status = lg_fail_prefix(ctx, LG_ERR_RANGE, "%s: sample: ", root->file);
done:
  return status;
}

/* ---- what is measured --------------------------------------------------------------------------------------- */

static lg_status unknown_measure(lg_ctx *ctx, const lg_json_at *root, const char *word) {
  const char *names[SWEEP_MEASURE_COUNT];
  char list[512] = "";
  for (size_t k = 0; k < SWEEP_MEASURE_COUNT; k++) {
    const size_t used = strlen(list);
    names[k] = measures[k].name;
    (void)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", names[k]);
  }
  const char *near = cli_nearest(word, names, SWEEP_MEASURE_COUNT);
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: measure: '%s' is unknown%s%s%s; known are %s", root->file, word,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", list);
}

static lg_status read_measures(lg_ctx *ctx, const lg_json_at *root, sweep_job *job) {
  lg_status status = LG_OK;
  lg_json_at array;
  const char *word;
  size_t n;
  LG_TRY(lg_json_get_array(ctx, root, "measure", &array, &n));
  if (n < 1 || n > SWEEP_MEASURE_COUNT)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: measure: %zu names; 1 to %d expected", root->file, n, SWEEP_MEASURE_COUNT);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&array, k);
    size_t m = 0;
    LG_TRY(lg_json_get_text(ctx, &item, "", &word));
    while (m < SWEEP_MEASURE_COUNT && strcmp(word, measures[m].name) != 0) m++;
    if (m == SWEEP_MEASURE_COUNT) return unknown_measure(ctx, root, word);
    for (size_t j = 0; j < k; j++)
      if (job->measures[j] == (sweep_measure)m)
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: measure: '%s' is there twice", root->file, word);
    job->measures[k] = (sweep_measure)m;
    job->n_measures = k + 1;
    job->needs_trace = job->needs_trace || measures[m].trace;
    job->columns[job->sampler.n_axes + k] = (lg_sweep_column){measures[m].name, measures[m].type};
  }
done:
  return status;
}

static lg_status read_window(lg_ctx *ctx, const lg_json_at *root, sweep_job *job) {
  double *window = NULL;
  size_t n;
  job->window_ms[0] = 0.0;
  job->window_ms[1] = job->protocol->duration_ms;
  if (!lg_json_has(root, "window_ms")) return LG_OK;
  const lg_status status = lg_json_get_numbers(ctx, root, "window_ms", "ms", &window, &n);
  if (status != LG_OK) return status;
  const bool good = n == 2 && window[0] >= 0.0 && window[1] > window[0] && window[1] <= job->protocol->duration_ms;
  if (good) memcpy(job->window_ms, window, sizeof job->window_ms);
  lg_free(ctx, window);
  if (good) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "%s: window_ms: [from, to] within 0 … %g ms expected", root->file,
                 job->protocol->duration_ms);
}

static lg_status read_trace(lg_ctx *ctx, const lg_json_at *root, sweep_job *job) {
  lg_status status = LG_OK;
  double every;
  const double sample = job->protocol->sample_ms;
  if (!lg_json_has(root, "trace_every_ms")) return LG_OK;
  LG_TRY(lg_json_get_number_in(ctx, root, "trace_every_ms", "ms", sample, job->protocol->duration_ms, &every));
  job->trace_every = (size_t)floor(every / sample + 0.5);
  if (fabs((double)job->trace_every * sample - every) > 1e-9 * every)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: trace_every_ms: %g ms is no multiple of the protocol's sample_ms, %g",
                   root->file, every, sample);
  job->needs_trace = true;
  job->n_trace = (lg_protocol_samples(job->protocol) - 1) / job->trace_every + 1;
  LG_NEW(ctx, job->trace_t_ms, job->n_trace);
  for (size_t k = 0; k < job->n_trace; k++) job->trace_t_ms[k] = (double)(k * job->trace_every) * sample;
done:
  return status;
}

static lg_status read_solver(lg_ctx *ctx, const lg_json_at *root, sweep_job *job) {
  lg_status status = LG_OK;
  const char *word;
  size_t k = 0;
  LG_TRY(lg_json_get_text_or(ctx, root, "solver", "auto", &word));
  while (k < COUNT(solver_names) && strcmp(word, solver_names[k]) != 0) k++;
  if (k == COUNT(solver_names))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: solver: '%s' is unknown; auto, batch, rk4, euler or reference", root->file,
                   word);
  job->solver = (sweep_solver)k;
  LG_TRY(lg_json_get_number_or(ctx, root, "dt_ms", "ms", 1e-6, 100.0, 0.0, &job->dt_ms));
done:
  return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

/* All that the points depend on, as one text. */
static void describe(const sweep_job *job, FILE *f) {
  lg_json w = lg_json_begin(f);
  (void)fprintf(f, "loligo-sweep/1 %s\n", lg_version());
  lg_neuron_write_json(&job->neuron, &w);
  (void)fputc('\n', f);
  lg_protocol_write(f, job->protocol, NULL, NULL, NULL);
  (void)fprintf(f, "%d %zu %llu %s %a %a %a %zu\n", (int)job->sampler.kind, job->sampler.n_points,
                (unsigned long long)job->sampler.seed, sweep_solver_name(job->solver), job->dt_ms, job->window_ms[0],
                job->window_ms[1], job->trace_every);
  for (size_t k = 0; k < job->sampler.n_axes; k++) {
    const lg_sample_axis *a = &job->sampler.axes[k];
    (void)fprintf(f, "%s %a %a %d %zu", job->names[k], a->from, a->to, (int)a->logarithmic, a->n);
    for (size_t j = 0; a->values && j < a->n; j++) (void)fprintf(f, " %a", a->values[j]);
    (void)fputc('\n', f);
  }
  for (size_t k = 0; k < job->n_measures; k++) (void)fprintf(f, "%s\n", measures[job->measures[k]].name);
}

static lg_status make_fingerprint(lg_ctx *ctx, sweep_job *job) {
  char *text = NULL;
  size_t n = 0;
  FILE *stream = open_memstream(&text, &n);
  if (!stream) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the fingerprint");
  describe(job, stream);
  const bool bad = ferror(stream) != 0;
  if (fclose(stream) != 0 || bad || !text) {
    free(text);
    return lg_fail(ctx, LG_ERR_MEMORY, "no memory for the fingerprint");
  }
  lg_sha256_bytes(text, n, job->fingerprint);
  free(text);
  return LG_OK;
}

static lg_status read_plan(lg_ctx *ctx, const lg_json_at *root, uint64_t seed, lg_provenance *provenance,
                           sweep_job *job) {
  static const char *const keys[] = {"schema",  "description", "model",          "protocol", "vary", "sample",
                                     "measure", "window_ms",   "trace_every_ms", "solver",   "dt_ms"};
  lg_status status = LG_OK;
  const char *schema;
  LG_TRY(lg_json_only_keys(ctx, root, keys, COUNT(keys)));
  LG_TRY(lg_json_get_text(ctx, root, "schema", &schema));
  if (strcmp(schema, "loligo-sweep/1") != 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: schema: '%s'; this program reads loligo-sweep/1", root->file, schema);
  LG_TRY(read_model(ctx, root, provenance, job));
  LG_TRY(read_protocol(ctx, root, provenance, job));
  LG_TRY(read_sample(ctx, root, seed, &job->sampler));
  LG_TRY(read_vary(ctx, root, job));
  LG_TRY(read_measures(ctx, root, job));
  LG_TRY(read_window(ctx, root, job));
  LG_TRY(read_trace(ctx, root, job));
  LG_TRY(read_solver(ctx, root, job));
done:
  return status;
}

lg_status sweep_job_load(lg_ctx *ctx, const char *path, uint64_t seed, lg_provenance *provenance, sweep_job *out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  *out = (sweep_job){.protocol = NULL};
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  if (provenance) LG_TRY(lg_provenance_add_input(ctx, provenance, "plan", path));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(read_plan(ctx, &root, seed, provenance, out));
  LG_TRY(sweep_job_choose_solver(ctx, path, out));
  LG_TRY(make_fingerprint(ctx, out));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}
