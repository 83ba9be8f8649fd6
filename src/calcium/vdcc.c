#include "calcium/vdcc.h"
#include "base/elementary.h"

#include <string.h>

bool lg_calcium_vdcc_type(const char *type, calcium_vdcc *out) {
  static const struct {
    const char *name;
    double permeability_um3_s;
    calcium_vdcc_gate m, h;
  } types[] = {{"N", 0.38, {3.4, -21.0, 1.5e-3, 2}, {-2.0, -40.0, 75e-3, 1}},
               {"L", 0.57, {4.6, -1.0, 1.5e-3, 2}, {0.0, 0.0, 1.0, 0}},
               {"T", 0.19, {3.0, -36.0, 1.5e-3, 2}, {-5.2, -68.0, 10e-3, 1}}};
  for (size_t k = 0; k < sizeof types / sizeof types[0]; k++)
    if (strcmp(type, types[k].name) == 0) {
      *out = (calcium_vdcc){.density.everywhere = 1.0,
                            .permeability_um3_s = types[k].permeability_um3_s,
                            .gates = {types[k].m, types[k].h}};
      return true;
    }
  return false;
}

double lg_calcium_per_mV(double celsius) {
  const double faraday = 96485.33212331001, gas = 8.31446261815324;
  return 1e-3 * faraday / (gas * (celsius + 273.15));
}

double lg_calcium_vdcc_steady(const calcium_vdcc_gate *g, double per_mV, double v_mV) {
  return g->power == 0 ? 1.0 : 1.0 / (1.0 + lg_exp(-g->z * per_mV * (v_mV - g->half_mV)));
}

calcium_ghk lg_calcium_ghk(double per_mV, double v_mV) {
  const double x = 2.0 * per_mV * v_mV;
  return (calcium_ghk){lg_x_over_expm1(x), lg_x_over_expm1(-x)};
}
