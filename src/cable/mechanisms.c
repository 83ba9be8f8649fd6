/* The list of what is built in, as the machine runs it fastest. */
#include "cable/mechanisms.h"

#include "base/elementary.h"

#include <string.h>

const cable_mechanism *const *lg_cable_mechanisms_at(lg_cpu level, size_t *n) {
  if (level >= LG_CPU_V4 && lg_cable_list_length_v4 > 0) {
    *n = lg_cable_list_length_v4;
    return lg_cable_list_v4;
  }
  if (level >= LG_CPU_V3 && lg_cable_list_length_v3 > 0) {
    *n = lg_cable_list_length_v3;
    return lg_cable_list_v3;
  }
  *n = lg_cable_list_length_plain;
  return lg_cable_list_plain;
}

const cable_mechanism *const *lg_cable_mechanisms(size_t *n) { return lg_cable_mechanisms_at(lg_cpu_level(), n); }

const cable_mechanism *lg_cable_mechanism_find(const char *name) {
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t k = 0; k < n; k++)
    if (strcmp(all[k]->name, name) == 0) return all[k];
  return NULL;
}

double lg_cable_nernst_factor_mV(double celsius, int valence) {
  const double gas = 8.31446261815324, faraday = 96485.33212331001; /* J/(mol K), C/mol */
  return 1000.0 * gas * (celsius + 273.15) / (valence * faraday);
}

double lg_cable_nernst_mV(double celsius, int valence, double inside_mM, double outside_mM) {
  return lg_cable_nernst_factor_mV(celsius, valence) * lg_ln(outside_mM / inside_mM);
}
