#include "twin/subject.h"

#include "io/json_read.h"
#include "twin/model_file.h"
#include "twin/posterior.h"

#include <math.h>
#include <string.h>

enum { MOST_MEMBERS = 100000 };

void lg_subject_destroy(lg_ctx *ctx, lg_subject *s) {
  if (!s) return;
  for (size_t k = 0; s->reasons && k < s->n_reasons; k++) lg_free(ctx, s->reasons[k]);
  lg_free(ctx, s->reasons);
  lg_free(ctx, s->members);
  lg_free(ctx, s->name);
  lg_free(ctx, s);
}

static char *name_of(lg_ctx *ctx, const char *path) {
  const char *slash = strrchr(path, '/');
  char *name = lg_strdup(ctx, slash ? slash + 1 : path);
  char *dot = name ? strrchr(name, '.') : NULL;
  if (dot && dot != name) *dot = '\0';
  return name;
}

static const lg_family *family_of(const char *model, const char *variant, bool searched) {
  size_t n;
  const lg_family *const *rows = lg_families(&n);
  for (size_t k = 0; k < n; k++)
    if (strcmp(rows[k]->model, model) == 0 && strcmp(rows[k]->variant, variant) == 0 &&
        (rows[k]->search != NULL) == searched)
      return rows[k];
  return NULL;
}

/* Neuron with the parameters of one draw; false: no neuron can have them. */
static bool member_of(const lg_subject *s, const char *const *names, const double *row, size_t n, lg_neuron *out) {
  *out = s->neuron;
  for (size_t k = 0; k < n; k++)
    if (!isfinite(row[k]) || lg_neuron_set(NULL, out, names[k], row[k]) != LG_OK) return false;
  return lg_neuron_check(NULL, out) == LG_OK;
}

static lg_status take_members(lg_ctx *ctx, lg_subject *s, const char *const *names, const double *rows, size_t n_rows,
                              size_t n_columns) {
  lg_status status = LG_OK;
  LG_NEW(ctx, s->members, n_rows > 0 ? n_rows : 1);
  for (size_t k = 0; k < n_rows; k++)
    if (member_of(s, names, rows + k * n_columns, n_columns, &s->members[s->n_members])) s->n_members++;
done:
  return status;
}

/* n of the twin's own samples, evenly spread over them. */
static lg_status take_samples(lg_ctx *ctx, lg_subject *s, const lg_twin *twin, const char *const *names, size_t n) {
  lg_status status = LG_OK;
  double *rows = NULL;
  if (n > twin->n_samples) n = twin->n_samples;
  LG_NEW(ctx, rows, n * twin->n_parameters);
  for (size_t k = 0; k < n; k++)
    memcpy(rows + k * twin->n_parameters, twin->samples + k * twin->n_samples / n * twin->n_parameters,
           twin->n_parameters * sizeof *rows);
  s->posterior = "samples of the twin";
  status = take_members(ctx, s, names, rows, n, twin->n_parameters);
done:
  lg_free(ctx, rows);
  return status;
}

static lg_status draw(lg_ctx *ctx, lg_subject *s, const lg_twin *twin, size_t n, uint64_t seed) {
  lg_status status = LG_OK;
  double *rows = NULL;
  const char *names[LG_TWIN_MAX_PARAMETERS];
  const lg_family *family =
      family_of(twin->model, twin->variant, twin->method && strcmp(twin->method, "features") == 0);
  for (size_t k = 0; k < twin->n_parameters; k++) names[k] = twin->parameters[k].name;
  if (twin->n_samples > 0) return take_samples(ctx, s, twin, names, n);
  if (!family) {
    s->posterior = "none: the covariance is of a family that is not known";
    return LG_OK;
  }
  LG_NEW(ctx, rows, n * twin->n_parameters);
  if (lg_twin_sample(family, twin, seed, n, rows)) {
    s->posterior = "covariance";
    LG_TRY(take_members(ctx, s, names, rows, n, twin->n_parameters));
  } else s->posterior = "none: the covariance is not that of a distribution";
done:
  lg_free(ctx, rows);
  return status;
}

lg_status lg_subject_of_twin(lg_ctx *ctx, const lg_twin *twin, const char *name, size_t n_members, uint64_t seed,
                             lg_subject **out) {
  lg_status status = LG_OK;
  lg_subject *s = NULL;
  *out = NULL;
  LG_NEW(ctx, s, 1);
  s->name = lg_strdup(ctx, name);
  LG_TRY(s->name ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(lg_neuron_init(ctx, twin->model, twin->variant, &s->neuron));
  for (size_t k = 0; k < twin->n_parameters; k++)
    LG_TRY(lg_neuron_set(ctx, &s->neuron, twin->parameters[k].name, twin->parameters[k].value));
  for (size_t k = 0; k < twin->n_fixed; k++)
    LG_TRY(lg_neuron_set(ctx, &s->neuron, twin->fixed[k].name, twin->fixed[k].value));
  s->is_twin = true;
  s->domain = twin->domain;
  s->accepted = twin->accepted;
  s->range_low_pA = twin->range_low_pA;
  s->range_high_pA = twin->range_high_pA;
  s->posterior = "none";
  LG_NEW(ctx, s->reasons, twin->n_reasons > 0 ? twin->n_reasons : 1);
  for (; s->n_reasons < twin->n_reasons; s->n_reasons++) {
    s->reasons[s->n_reasons] = lg_strdup(ctx, twin->reasons[s->n_reasons]);
    LG_TRY(s->reasons[s->n_reasons] ? LG_OK : LG_ERR_MEMORY);
  }
  if (n_members > 0) LG_TRY(draw(ctx, s, twin, n_members, seed));
  *out = s;
  s = NULL;
done:
  lg_subject_destroy(ctx, s);
  return status;
}

/* ---- from a file --------------------------------------------------------------------------------- */

static lg_status read_domain(lg_ctx *ctx, const lg_json_at *root, lg_subject *s) {
  lg_status status = LG_OK;
  const char *domain;
  lg_json_at reasons;
  size_t n = 0;
  LG_TRY(lg_json_get_text_or(ctx, root, "domain", "green", &domain));
  s->domain = strcmp(domain, "red") == 0     ? LG_DOMAIN_RED
              : strcmp(domain, "amber") == 0 ? LG_DOMAIN_AMBER
                                             : LG_DOMAIN_GREEN;
  if (lg_json_has(root, "fit.accepted")) LG_TRY(lg_json_get_boolean(ctx, root, "fit.accepted", &s->accepted));
  LG_TRY(lg_json_get_number_or(ctx, root, "range.I_low_pA", "pA", -1e9, 1e9, (double)NAN, &s->range_low_pA));
  LG_TRY(lg_json_get_number_or(ctx, root, "range.I_high_pA", "pA", -1e9, 1e9, (double)NAN, &s->range_high_pA));
  if (!lg_json_has(root, "reasons")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, "reasons", &reasons, &n));
  LG_NEW(ctx, s->reasons, n > 0 ? n : 1);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&reasons, k);
    const char *text;
    LG_TRY(lg_json_get_text(ctx, &item, "", &text));
    s->reasons[s->n_reasons] = lg_strdup(ctx, text);
    LG_TRY(s->reasons[s->n_reasons++] ? LG_OK : LG_ERR_MEMORY);
  }
done:
  return status;
}

/* Names of the parameters in the order of the file. */
static lg_status read_names(lg_ctx *ctx, const lg_json_at *root, const char **names, size_t *n) {
  lg_json_at object;
  const lg_status status = lg_json_get_object(ctx, root, "parameters", &object);
  *n = 0;
  if (status != LG_OK) return status;
  while (*n <= LG_TWIN_MAX_PARAMETERS && (names[*n] = lg_json_key_at(&object, *n)) != NULL) (*n)++;
  if (*n > LG_TWIN_MAX_PARAMETERS)
    return lg_fail(ctx, LG_ERR_LIMIT, "%s: more than %d parameters", root->file, (int)LG_TWIN_MAX_PARAMETERS);
  return LG_OK;
}

static lg_status read_samples(lg_ctx *ctx, const lg_json_at *root, const char *const *names, size_t n_names,
                              size_t wanted, lg_subject *s) {
  lg_status status = LG_OK;
  lg_json_at array;
  double *rows = NULL, *row = NULL;
  size_t n = 0, length = 0;
  LG_TRY(lg_json_get_array(ctx, root, "samples", &array, &n));
  const size_t all = n;
  if (n > wanted) n = wanted;
  LG_NEW(ctx, rows, (n > 0 ? n : 1) * n_names);
  for (size_t k = 0; k < n; k++) { /* evenly spread over them */
    const lg_json_at item = lg_json_item(&array, k * all / n);
    LG_TRY(lg_json_get_numbers(ctx, &item, "", NULL, &row, &length));
    if (length != n_names)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: samples[%zu]: %zu numbers; one for each of %zu parameters", root->file, k,
                     length, n_names));
    memcpy(rows + k * n_names, row, n_names * sizeof *row);
    lg_free(ctx, row);
    row = NULL;
  }
  s->posterior = "samples of the file";
  LG_TRY(take_members(ctx, s, names, rows, n, n_names));
done:
  lg_free(ctx, rows);
  lg_free(ctx, row);
  return status;
}

static lg_status read_covariance(lg_ctx *ctx, const lg_json_at *root, const char *const *names, size_t n_names,
                                 size_t wanted, uint64_t seed, lg_subject *s) {
  lg_status status = LG_OK;
  lg_twin *twin = NULL;
  double *covariance = NULL;
  size_t n = 0;
  LG_NEW(ctx, twin, 1);
  LG_TRY(lg_json_get_numbers(ctx, root, "covariance_transformed", NULL, &covariance, &n));
  if (n != n_names * n_names)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: covariance_transformed: %zu numbers; %zu parameters need %zu", root->file,
                   n, n_names, n_names * n_names));
  twin->model = s->neuron.info->model;
  twin->variant = s->neuron.info->variant;
  twin->n_parameters = n_names;
  LG_TRY(lg_json_get_text_or(ctx, root, "fit.method", "trace", &twin->method));
  for (size_t k = 0; k < n_names; k++)
    twin->parameters[k] = (lg_twin_parameter){.name = names[k], .value = lg_neuron_get(&s->neuron, names[k])};
  memcpy(twin->covariance, covariance, n * sizeof *covariance);
  LG_TRY(draw(ctx, s, twin, wanted, seed));
done:
  lg_free(ctx, covariance);
  lg_free(ctx, twin);
  return status;
}

static lg_status read_posterior(lg_ctx *ctx, const lg_json_at *root, size_t wanted, uint64_t seed, lg_subject *s) {
  const char *names[LG_TWIN_MAX_PARAMETERS + 1];
  size_t n_names = 0;
  s->posterior = "none: the file has neither samples nor covariance";
  const bool samples = lg_json_has(root, "samples"), covariance = lg_json_has(root, "covariance_transformed");
  if (wanted == 0 || !(samples || covariance)) return LG_OK;
  const lg_status status = read_names(ctx, root, names, &n_names);
  if (status != LG_OK) return status;
  if (samples) return read_samples(ctx, root, names, n_names, wanted, s);
  return read_covariance(ctx, root, names, n_names, wanted, seed, s);
}

static lg_status load(lg_ctx *ctx, const char *path, const char *json, size_t n_members, uint64_t seed,
                      lg_subject **out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  lg_subject *s = NULL;
  const char *schema;
  *out = NULL;
  if (n_members > MOST_MEMBERS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu draws of a posterior; at most %d", n_members, (int)MOST_MEMBERS);
  LG_NEW(ctx, s, 1);
  s->range_low_pA = s->range_high_pA = (double)NAN;
  s->name = name_of(ctx, path);
  LG_TRY(s->name ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(json ? lg_neuron_parse(ctx, path, json, strlen(json), &s->neuron) : lg_neuron_load(ctx, path, &s->neuron));
  LG_TRY(json ? lg_json_parse(ctx, path, json, strlen(json), LG_JSON_COMMENTS, &doc)
              : lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_text_or(ctx, &root, "schema", "", &schema));
  s->is_twin = strncmp(schema, "loligo-twin/", 12) == 0;
  s->accepted = !s->is_twin;
  if (s->is_twin) LG_TRY(read_domain(ctx, &root, s));
  LG_TRY(read_posterior(ctx, &root, n_members, seed, s));
  *out = s;
  s = NULL;
done:
  lg_json_doc_destroy(ctx, doc);
  lg_subject_destroy(ctx, s);
  return status;
}

lg_status lg_subject_load(lg_ctx *ctx, const char *path, size_t n_members, uint64_t seed, lg_subject **out) {
  return load(ctx, path, NULL, n_members, seed, out);
}

lg_status lg_subject_parse(lg_ctx *ctx, const char *name, const char *json, size_t n_members, uint64_t seed,
                           lg_subject **out) {
  return load(ctx, name, json, n_members, seed, out);
}
