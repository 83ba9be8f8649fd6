/* Drugs: the public interface over the table and what it does to neurons. */
#include "twin/api.h"
#include "twin/dose.h"
#include "twin/drug_json.h"
#include "twin/treat.h"

#include <loligo/drug.h>
#include <string.h>

lg_status lg_drug_table_load(lg_ctx *ctx, const char *path, lg_drug_table **out) {
  return lg_drug_table_read(ctx, path, NULL, out);
}

size_t lg_drug_table_count(const lg_drug_table *table) { return table->n; }

const char *lg_drug_table_name(const lg_drug_table *table, size_t k) {
  return k < table->n ? table->drugs[k].name : NULL;
}

lg_status lg_drug_describe(lg_ctx *ctx, const lg_drug_table *table, const char *name, lg_result **out) {
  lg_status status = LG_OK;
  const lg_drug *drug = NULL;
  lg_result *r = NULL;
  lg_api_json j = {0};
  *out = NULL;
  LG_TRY(lg_drug_find(ctx, table, name, &drug));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-drug/1"));
  lg_drug_json(drug, &j.w);
  LG_TRY(lg_api_json_end(ctx, &j, r));
  *out = r;
  r = NULL;
done:
  lg_result_text_drop(&j.writer);
  lg_result_destroy(ctx, r);
  return status;
}

static lg_status write_notes(lg_ctx *ctx, const lg_treated *how, lg_result **out) {
  lg_status status = LG_OK;
  lg_result *r = NULL;
  lg_api_json j = {0};
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_api_json_begin(ctx, &j, "loligo-treated-notes/1"));
  lg_json_key(&j.w, "effects");
  lg_json_array(&j.w);
  for (size_t k = 0; k < how->notes.n; k++) {
    const lg_drug_note *note = &how->notes.notes[k];
    lg_json_object(&j.w);
    lg_json_key_text(&j.w, "target", note->effect->target);
    lg_json_key_text(&j.w, "mode", lg_drug_mode_name(note->effect->mode));
    lg_json_key_text(&j.w, "outcome", lg_drug_outcome_name(note->outcome));
    lg_json_key_number(&j.w, "strength", note->strength);
    lg_json_end_object(&j.w);
  }
  lg_json_end_array(&j.w);
  lg_json_key_boolean(&j.w, "in_range", !how->beyond);
  lg_json_key_text(&j.w, "reason", how->beyond ? how->reason : NULL);
  LG_TRY(lg_api_json_end(ctx, &j, r));
  *out = r;
  r = NULL;
done:
  lg_result_text_drop(&j.writer);
  lg_result_destroy(ctx, r);
  return status;
}

lg_status lg_neuron_treat(lg_ctx *ctx, const lg_neuron *neuron, const lg_drug_table *table, const char *const *names,
                          const double *free_uM, size_t n, const char *learned, const lg_bath_options *options,
                          lg_neuron *out, lg_result **notes) {
  lg_status status = LG_OK;
  lg_dose *doses = NULL;
  lg_delta_net *net = NULL;
  lg_treated *how = NULL;
  lg_drug_bath bath;
  lg_neuron treated;
  if (notes) *notes = NULL;
  LG_TRY(lg_api_bath(ctx, options, &bath));
  LG_NEW(ctx, how, 1);
  LG_NEW(ctx, doses, n);
  for (size_t k = 0; k < n; k++) {
    LG_TRY(lg_drug_find(ctx, table, names[k], &doses[k].drug));
    doses[k].free_uM = free_uM[k];
  }
  if (learned && strcmp(neuron->info->model, "izhikevich") == 0) LG_TRY(lg_delta_net_load(ctx, learned, &net));
  LG_TRY(lg_treat(ctx, net, neuron, doses, n, &bath, &treated, how));
  if (notes) LG_TRY(write_notes(ctx, how, notes));
  *out = treated;
done:
  lg_free(ctx, how);
  lg_free(ctx, doses);
  lg_delta_net_destroy(ctx, net);
  return status;
}

lg_status lg_doses_read(lg_ctx *ctx, const char *text, const lg_drug_table *table, const char *drug, lg_result **out) {
  lg_status status = LG_OK;
  const lg_drug *known = NULL;
  lg_result *r = NULL;
  double *uM = NULL;
  void *data;
  size_t n = 0;
  *out = NULL;
  if (table && drug) LG_TRY(lg_drug_find(ctx, table, drug, &known));
  LG_TRY(lg_doses_parse(ctx, text, known, &uM, &n));
  LG_TRY(lg_result_create(ctx, &r));
  LG_TRY(lg_result_add(ctx, r, "dose_uM", LG_ARRAY_DOUBLE, 1, &n, &data));
  if (data) memcpy(data, uM, n * sizeof *uM);
  *out = r;
  r = NULL;
done:
  lg_free(ctx, uM);
  lg_result_destroy(ctx, r);
  return status;
}
