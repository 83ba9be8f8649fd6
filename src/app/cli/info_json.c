/* JSON files in words: twins, models, protocols, plans, results. */
#include "app/cli/info.h"
#include "twin/cable_file.h"
#include "twin/network_file.h"

#include <math.h>
#include <string.h>

static bool text_at(lg_ctx *ctx, const lg_json_at *at, const char *path, const char **text) {
  return lg_json_has(at, path) && lg_json_get_text(ctx, at, path, text) == LG_OK;
}

double info_number(lg_ctx *ctx, const lg_json_at *at, const char *path) {
  double x = (double)NAN;
  if (!lg_json_has(at, path) || lg_json_get_number(ctx, at, path, NULL, &x) == LG_OK) return x;
  lg_ctx_clear(ctx);
  return (double)NAN;
}

const char *info_document_kind(const lg_json_doc *doc) {
  const lg_json_at root = lg_json_root(doc);
  if (!lg_json_is_object(&root)) return "JSON";
  const json_t *schema = json_object_get(root.value, "schema");
  const char *name = json_is_string(schema) ? json_string_value(schema) : "";
  if (strncmp(name, "loligo-twin/", 12) == 0) return "twin";
  if (strncmp(name, "loligo-", 7) == 0) return "result";
  if (lg_network_is(&root)) return "network of cells";
  if (lg_cable_is(&root)) return "cell";
  if (lg_json_has(&root, "model")) return "model";
  if (lg_json_has(&root, "segments")) return "protocol";
  if (lg_json_has(&root, "neurons") || lg_json_has(&root, "network")) return "plan";
  return "JSON";
}

/* ---- for people ----------------------------------------------------------------------------------- */

/* A column of 12 characters. */
static void spread_text(FILE *stream, double sd) {
  if (isfinite(sd)) (void)fprintf(stream, "± %-10.3g", sd);
  else (void)fprintf(stream, "%-12s", "");
}

/* "parameters": numbers, or objects {value, unit, sd, ci95}. */
static void parameters_text(lg_ctx *ctx, FILE *stream, const lg_json_at *root) {
  lg_json_at list, item;
  const char *name, *unit;
  double bound[2];
  if (!lg_json_has(root, "parameters") || lg_json_get_object(ctx, root, "parameters", &list) != LG_OK) return;
  for (size_t k = 0; (name = lg_json_key_at(&list, k)) != NULL; k++) {
    if (lg_json_get_key(ctx, &list, name, &item) != LG_OK) continue;
    if (lg_json_is_number(&item)) {
      (void)fprintf(stream, "  %-10s %12.6g\n", name, info_number(ctx, &item, ""));
      continue;
    }
    if (!lg_json_is_object(&item)) continue;
    unit = "";
    (void)text_at(ctx, &item, "unit", &unit);
    (void)fprintf(stream, "  %-10s %12.6g ", name, info_number(ctx, &item, "value"));
    spread_text(stream, info_number(ctx, &item, "sd"));
    (void)fprintf(stream, " %-8s", unit);
    bound[0] = lg_json_has(&item, "ci95") ? info_number(ctx, &item, "ci95[0]") : (double)NAN;
    bound[1] = lg_json_has(&item, "ci95") ? info_number(ctx, &item, "ci95[1]") : (double)NAN;
    if (isfinite(bound[0]) && isfinite(bound[1])) (void)fprintf(stream, " 95 %% in %.6g to %.6g", bound[0], bound[1]);
    (void)fputc('\n', stream);
  }
}

static void reasons_text(lg_ctx *ctx, FILE *stream, const lg_json_at *root) {
  lg_json_at list;
  size_t n = 0;
  const char *text;
  if (!lg_json_has(root, "reasons") || lg_json_get_array(ctx, root, "reasons", &list, &n) != LG_OK) return;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    if (lg_json_is_text(&item) && lg_json_get_text(ctx, &item, "", &text) == LG_OK)
      (void)fprintf(stream, "reason       %s\n", text);
  }
}

/* A network's word is not compared with the traces: nothing to say then of how well it explains them. */
static void fit_text(FILE *stream, bool accepted, double chi2_per_sample, double noise_mV) {
  if (!isfinite(chi2_per_sample)) {
    (void)fputs("fit          chi2 per sample not computed\n", stream);
    return;
  }
  (void)fprintf(stream, "fit          %s, chi2 per sample %.4g", accepted ? "accepted" : "not explained by noise alone",
                chi2_per_sample);
  if (isfinite(noise_mV)) (void)fprintf(stream, ", noise %.3g mV", noise_mV);
  (void)fputc('\n', stream);
}

static void twin_text(lg_ctx *ctx, FILE *stream, const lg_json_at *root) {
  const char *text, *more;
  if (text_at(ctx, root, "domain", &text)) (void)fprintf(stream, "domain       %s\n", text);
  reasons_text(ctx, stream, root);
  if (lg_json_has(root, "fit")) {
    bool accepted = false;
    LG_IGNORE(lg_json_get_boolean(ctx, root, "fit.accepted", &accepted));
    fit_text(stream, accepted, info_number(ctx, root, "fit.chi2_per_sample"), info_number(ctx, root, "fit.noise_mV"));
  }
  if (text_at(ctx, root, "recording.format", &text))
    (void)fprintf(stream, "recording    %s, %.0f sweeps%s%s\n", text, info_number(ctx, root, "recording.n_sweeps"),
                  text_at(ctx, root, "recording.protocol", &more) && more[0] ? ", protocol " : "",
                  text_at(ctx, root, "recording.protocol", &more) ? more : "");
}

static void protocol_text(lg_ctx *ctx, FILE *stream, const lg_json_at *root) {
  lg_json_at list;
  size_t n = 0;
  if (lg_json_has(root, "segments")) LG_IGNORE(lg_json_get_array(ctx, root, "segments", &list, &n));
  (void)fprintf(stream, "duration     %.6g ms, sampled every %.6g ms\nsegments     %zu\n",
                info_number(ctx, root, "duration_ms"), info_number(ctx, root, "sample_ms"), n);
}

static void keys_text(FILE *stream, const lg_json_at *root) {
  const char *name;
  if (!lg_json_is_object(root)) return;
  (void)fputs("keys         ", stream);
  for (size_t k = 0; (name = lg_json_key_at(root, k)) != NULL && k < 40; k++)
    (void)fprintf(stream, "%s%.60s", k ? ", " : "", name);
  (void)fputc('\n', stream);
}

void info_document_text(lg_ctx *ctx, FILE *stream, const lg_json_doc *doc) {
  const lg_json_at root = lg_json_root(doc);
  const char *kind = info_document_kind(doc), *schema = "no schema", *model = "", *variant = "";
  (void)text_at(ctx, &root, "schema", &schema);
  (void)fprintf(stream, "%s, %s\n", kind, schema);
  if (text_at(ctx, &root, "model", &model)) {
    (void)text_at(ctx, &root, "variant", &variant);
    (void)fprintf(stream, "model        %s %s\n", model, variant);
  }
  if (strcmp(kind, "twin") == 0) twin_text(ctx, stream, &root);
  else if (strcmp(kind, "protocol") == 0) protocol_text(ctx, stream, &root);
  else if (strcmp(kind, "model") != 0) keys_text(stream, &root);
  parameters_text(ctx, stream, &root);
}

/* ---- for programs --------------------------------------------------------------------------------- */

static void copy_parameter(lg_ctx *ctx, lg_json *w, const lg_json_at *item, const char *name) {
  const char *unit = NULL;
  lg_json_key(w, name);
  lg_json_object(w);
  lg_json_key_number(w, "value", info_number(ctx, item, lg_json_is_number(item) ? "" : "value"));
  if (lg_json_is_object(item)) {
    (void)text_at(ctx, item, "unit", &unit);
    lg_json_key_text(w, "unit", unit);
    lg_json_key_number(w, "sd", info_number(ctx, item, "sd"));
  }
  lg_json_end_object(w);
}

static void copy_text(lg_ctx *ctx, lg_json *w, const lg_json_at *root, const char *key) {
  const char *text;
  if (text_at(ctx, root, key, &text)) lg_json_key_text(w, key, text);
}

void info_document_json(lg_ctx *ctx, lg_json *w, const lg_json_doc *doc) {
  const lg_json_at root = lg_json_root(doc);
  const char *name;
  lg_json_at list, item;
  const char *schema = NULL;
  (void)text_at(ctx, &root, "schema", &schema);
  lg_json_key_text(w, "format", "JSON");
  lg_json_key_text(w, "document_schema", schema);
  lg_json_key(w, "keys");
  lg_json_array(w);
  for (size_t k = 0; lg_json_is_object(&root) && (name = lg_json_key_at(&root, k)) != NULL; k++) lg_json_text(w, name);
  lg_json_end_array(w);
  copy_text(ctx, w, &root, "model");
  copy_text(ctx, w, &root, "variant");
  copy_text(ctx, w, &root, "domain");
  if (lg_json_has(&root, "fit.chi2_per_sample"))
    lg_json_key_number(w, "chi2_per_sample", info_number(ctx, &root, "fit.chi2_per_sample"));
  if (!lg_json_has(&root, "parameters") || lg_json_get_object(ctx, &root, "parameters", &list) != LG_OK) return;
  lg_json_key(w, "parameters");
  lg_json_object(w);
  for (size_t k = 0; (name = lg_json_key_at(&list, k)) != NULL; k++)
    if (lg_json_get_key(ctx, &list, name, &item) == LG_OK) copy_parameter(ctx, w, &item, name);
  lg_json_end_object(w);
}
