#include "twin/api.h"

#include <string.h>

lg_status lg_api_size(lg_ctx *ctx, const char *what, size_t size, size_t wanted) {
  if (size == wanted) return LG_OK;
  return lg_fail(ctx, LG_ERR_ARGUMENT, "%s has %zu bytes, %zu are wanted; begin with its INIT macro", what, size,
                 wanted);
}

lg_status lg_api_bath(lg_ctx *ctx, const lg_bath_options *o, lg_drug_bath *out) {
  *out = (lg_drug_bath)LG_DRUG_BATH_INIT;
  if (!o) return LG_OK;
  const lg_status status = lg_api_size(ctx, "lg_bath_options", o->size, sizeof *o);
  if (status != LG_OK) return status;
  if (!(o->gaba_tonic_uM >= 0.0 && o->gGABA_tonic_nS >= 0.0 && o->gaba_synaptic_uM >= 0.0 && o->gGIRK_max_nS >= 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "a concentration or conductance of the bath is below 0, or not a number");
  out->gaba_tonic_uM = o->gaba_tonic_uM;
  out->gGABA_tonic_nS = o->gGABA_tonic_nS;
  out->gaba_synaptic_uM = o->gaba_synaptic_uM;
  out->EGABA_mV = o->EGABA_mV;
  out->gGIRK_max_nS = o->gGIRK_max_nS;
  out->combination = o->one_site ? LG_COMBINE_ONE_SITE : LG_COMBINE_BLISS;
  return LG_OK;
}

lg_status lg_api_json_begin(lg_ctx *ctx, lg_api_json *j, const char *schema) {
  const lg_status status = lg_result_text_begin(ctx, &j->writer);
  if (status != LG_OK) return status;
  j->w = lg_json_begin(j->writer.stream);
  lg_json_object(&j->w);
  lg_json_key_text(&j->w, "schema", schema);
  return LG_OK;
}

lg_status lg_api_json_end(lg_ctx *ctx, lg_api_json *j, lg_result *result) {
  lg_json_end_object(&j->w);
  if (!lg_json_end(&j->w)) return lg_fail(ctx, LG_ERR_INTERNAL, "the JSON of a result did not nest");
  return lg_result_text_end(ctx, result, "json", &j->writer);
}

lg_status lg_api_document(lg_ctx *ctx, const char *path, const char *json, lg_json_doc **out) {
  if (!json) return lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, out);
  return lg_json_parse(ctx, path, json, strlen(json), LG_JSON_COMMENTS, out);
}
