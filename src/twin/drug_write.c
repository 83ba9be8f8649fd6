/* A table of drugs as CSV: the columns of data/drugs.csv. */
#include "data/json_writer.h"
#include "io/csv_rows.h"
#include "twin/drug.h"

#include <math.h>
#include <string.h>

static const char header[] =
    "drug,class,target,model_hook,mode,K_or_IC50_uM,hill,max_effect,K_rest_uM,kon_per_uM_per_ms,"
    "gating_shift_mV_at_sat,plasma_total_low_uM,plasma_total_high_uM,fraction_unbound,free_low_uM,free_high_uM,"
    "pd_confidence,pk_confidence,expected_verdict,source,notes,default,id,pK_sd,z_delta,measured_at_mV,"
    "measured_at_Mg_mM,shift_at,range_source,half_life_h,volume_L,bioavailability,tmax_h,molar_mass_g_per_mol,"
    "kinetics_confidence,kinetics_source\n";

static void text(FILE *stream, const char *words) {
  lg_csv_write_cell(stream, words);
  (void)fputc(',', stream);
}

static void number(FILE *stream, double x) {
  char digits[32];
  if (!isnan(x)) {
    lg_format_double(x, digits);
    (void)fputs(digits, stream);
  }
  (void)fputc(',', stream);
}

static void letter(FILE *stream, char confidence) { (void)fprintf(stream, "%c,", confidence); }

static void effect(FILE *stream, const lg_drug *d, const lg_drug_effect *e) {
  const bool state = e->mode == LG_DRUG_STATE_BLOCK || e->mode == LG_DRUG_SLOW_STATE_BLOCK;
  const bool shift = e->mode == LG_DRUG_GATING_SHIFT, voltage = e->mode == LG_DRUG_VOLTAGE_BLOCK;
  text(stream, d->name);
  text(stream, d->drug_class);
  text(stream, e->target);
  text(stream, lg_drug_hook_name(e->hook));
  text(stream, lg_drug_mode_name(e->mode));
  if (isnan(e->K_uM) && e->above_uM > 0.0) (void)fputc('>', stream);
  number(stream, isnan(e->K_uM) ? e->above_uM > 0.0 ? e->above_uM : (double)NAN : e->K_uM);
  number(stream, e->hill);
  number(stream, e->max_effect);
  number(stream, state ? e->K_rest_uM : (double)NAN);
  number(stream, state ? e->kon_per_uM_per_ms : (double)NAN);
  number(stream, shift ? e->shift_mV : (double)NAN);
  number(stream, d->total_low_uM);
  number(stream, d->total_high_uM);
  number(stream, d->fraction_unbound);
  number(stream, d->free_low_uM);
  number(stream, d->free_high_uM);
  letter(stream, e->confidence);
  letter(stream, d->pk_confidence);
  text(stream, d->expected_verdict);
  text(stream, e->source);
  text(stream, e->notes);
  (void)fprintf(stream, "%d,", e->chosen);
  text(stream, d->id);
  number(stream, e->pK_sd > 0.0 ? e->pK_sd : (double)NAN);
  number(stream, voltage ? e->z_delta : (double)NAN);
  number(stream, voltage && !isnan(e->z_delta) ? e->at_mV : (double)NAN);
  number(stream, voltage && !isnan(e->z_delta) ? e->at_Mg_mM : (double)NAN);
  text(stream, shift ? (e->shift_at_K ? "K" : "saturation") : "");
  text(stream, d->range_source);
  number(stream, d->kinetics.half_life_h);
  number(stream, d->kinetics.volume_L);
  number(stream, d->kinetics.bioavailability);
  number(stream, d->kinetics.tmax_h);
  number(stream, d->kinetics.molar_mass_g_per_mol);
  letter(stream, d->kinetics.confidence);
  lg_csv_write_cell(stream, d->kinetics.source);
  (void)fputc('\n', stream);
}

void lg_drug_table_write(FILE *stream, const lg_drug_table *table) {
  (void)fputs(header, stream);
  for (size_t k = 0; k < table->n; k++)
    for (size_t j = 0; j < table->drugs[k].n_effects; j++)
      effect(stream, &table->drugs[k], &table->drugs[k].effects[j]);
}
