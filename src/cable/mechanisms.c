/* The list of what is built in. */
#include "base/elementary.h"
#include "cable/mechanism.h"

#include <string.h>

const cable_mechanism *const *lg_cable_mechanisms(size_t *n) {
  static const cable_mechanism *const all[] = {NULL};
  *n = sizeof all / sizeof all[0] - 1;
  return all;
}

const cable_mechanism *lg_cable_mechanism_find(const char *name) {
  size_t n;
  const cable_mechanism *const *all = lg_cable_mechanisms(&n);
  for (size_t k = 0; k < n; k++)
    if (strcmp(all[k]->name, name) == 0) return all[k];
  return NULL;
}

double lg_cable_nernst_mV(double celsius, int valence, double inside_mM, double outside_mM) {
  const double gas = 8.31446261815324, faraday = 96485.33212331001; /* J/(mol K), C/mol */
  return 1000.0 * gas * (celsius + 273.15) / (valence * faraday) * lg_ln(outside_mM / inside_mM);
}
