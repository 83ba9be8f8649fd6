#include "twin/drug_json.h"

#include <math.h>

static void json_range(lg_json *w, const lg_drug *d) {
  lg_json_key(w, "therapeutic");
  lg_json_object(w);
  lg_json_key_number(w, "total_low_uM", d->total_low_uM);
  lg_json_key_number(w, "total_high_uM", d->total_high_uM);
  lg_json_key_number(w, "fraction_unbound", d->fraction_unbound);
  lg_json_key_number(w, "free_low_uM", d->free_low_uM);
  lg_json_key_number(w, "free_high_uM", d->free_high_uM);
  lg_json_key_number(w, "free_uM", lg_drug_therapeutic_uM(d));
  const char confidence[2] = {d->pk_confidence, '\0'};
  lg_json_key_text(w, "confidence", confidence);
  lg_json_key_text(w, "source", d->range_source);
  lg_json_end_object(w);
}

static void json_kinetics(lg_json *w, const lg_drug *d) {
  const lg_drug_kinetics *k = &d->kinetics;
  const char confidence[2] = {k->confidence, '\0'};
  lg_json_key(w, "kinetics");
  if (isnan(k->half_life_h) && isnan(k->volume_L)) {
    lg_json_null(w);
    return;
  }
  lg_json_object(w);
  lg_json_key_number(w, "half_life_h", k->half_life_h);
  lg_json_key_number(w, "volume_L", k->volume_L);
  lg_json_key_number(w, "bioavailability", k->bioavailability);
  lg_json_key_number(w, "tmax_h", k->tmax_h);
  lg_json_key_number(w, "molar_mass_g_per_mol", k->molar_mass_g_per_mol);
  lg_json_key_text(w, "confidence", confidence);
  lg_json_key_text(w, "source", k->source);
  lg_json_end_object(w);
}

static void json_effect(lg_json *w, const lg_drug_effect *e) {
  const char confidence[2] = {e->confidence, '\0'};
  lg_json_object(w);
  lg_json_key_text(w, "target", e->target);
  lg_json_key_text(w, "hook", lg_drug_hook_name(e->hook));
  lg_json_key_text(w, "mode", lg_drug_mode_name(e->mode));
  lg_json_key_boolean(w, "default", e->chosen);
  lg_json_key_number(w, "K_uM", e->K_uM);
  if (isnan(e->K_uM)) lg_json_key_number(w, "above_uM", e->above_uM);
  lg_json_key_number(w, "hill", e->hill);
  lg_json_key_number(w, "max_effect", e->max_effect);
  lg_json_key_number(w, "pK_sd", e->pK_sd > 0.0 ? e->pK_sd : (double)NAN);
  if (e->mode == LG_DRUG_STATE_BLOCK || e->mode == LG_DRUG_SLOW_STATE_BLOCK) {
    lg_json_key_number(w, "K_rest_uM", e->K_rest_uM);
    lg_json_key_number(w, "kon_per_uM_per_ms", e->kon_per_uM_per_ms);
  }
  if (e->mode == LG_DRUG_GATING_SHIFT) {
    lg_json_key_number(w, "shift_mV", e->shift_mV);
    lg_json_key_text(w, "shift_at", e->shift_at_K ? "K" : "saturation");
  }
  if (e->mode == LG_DRUG_VOLTAGE_BLOCK) {
    lg_json_key_number(w, "z_delta", e->z_delta);
    lg_json_key_number(w, "measured_at_mV", e->at_mV);
    lg_json_key_number(w, "measured_at_Mg_mM", e->at_Mg_mM);
    lg_json_key_number(w, "K0_uM", lg_drug_K0(e));
  }
  lg_json_key_text(w, "confidence", confidence);
  lg_json_key_text(w, "source", e->source);
  lg_json_key_text(w, "notes", e->notes);
  lg_json_end_object(w);
}

void lg_drug_json(const lg_drug *d, lg_json *w) {
  lg_json_key_text(w, "name", d->name);
  lg_json_key_text(w, "id", d->id[0] ? d->id : NULL);
  lg_json_key_text(w, "class", d->drug_class);
  lg_json_key_text(w, "expected_verdict", d->expected_verdict);
  json_range(w, d);
  json_kinetics(w, d);
  lg_json_key(w, "targets");
  lg_json_array(w);
  for (size_t k = 0; k < d->n_effects; k++) json_effect(w, &d->effects[k]);
  lg_json_end_array(w);
}
