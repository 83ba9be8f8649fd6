/* The list of what is built in. */
#include "cable/mechanisms.h"

#include "base/elementary.h"

#include <string.h>

static const cable_mechanism *const all[] = {
    &lg_cable_expsyn,
    &lg_cable_hh,
    &lg_cable_pas,
};

const cable_mechanism *const *lg_cable_mechanisms(size_t *n) {
  *n = sizeof all / sizeof all[0];
  return all;
}

const cable_mechanism *lg_cable_mechanism_find(const char *name) {
  for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
    if (strcmp(all[k]->name, name) == 0) return all[k];
  return NULL;
}

double lg_cable_nernst_mV(double celsius, int valence, double inside_mM, double outside_mM) {
  const double gas = 8.31446261815324, faraday = 96485.33212331001; /* J/(mol K), C/mol */
  return 1000.0 * gas * (celsius + 273.15) / (valence * faraday) * lg_ln(outside_mM / inside_mM);
}
