#include "cable/distribution.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

#define ANY (double)INFINITY

static const cable_shape_kind kinds[] = {
    {.name = "linear",
     .formula = "at_0 + per_um d",
     .keys = {"at_0", "per_um"},
     .default_value = {1.0, (double)NAN},
     .low = {-1e9, -1e9},
     .high = {1e9, 1e9}},
    {.name = "exponential",
     .formula = "offset + amplitude e^(per_um d)",
     .keys = {"offset", "amplitude", "per_um"},
     .default_value = {0.0, 1.0, (double)NAN},
     .low = {-1e9, -1e9, -10.0},
     .high = {1e9, 1e9, 10.0}},
    {.name = "sigmoid",
     .formula = "low + (high - low) / (1 + e^(-(d - half_um) / width_um))",
     .keys = {"low", "high", "half_um", "width_um"},
     .default_value = {0.0, 1.0, (double)NAN, (double)NAN},
     .low = {-1e9, -1e9, -1e6, -1e6},
     .high = {1e9, 1e9, 1e6, 1e6}},
    {.name = "step",
     .formula = "inside where from_um <= d < to_um, else outside",
     .keys = {"inside", "outside", "from_um", "to_um"},
     .default_value = {1.0, 0.0, 0.0, ANY},
     .low = {-1e9, -1e9, -1e9, -1e9},
     .high = {1e9, 1e9, 1e9, ANY}},
};

const cable_shape_kind *lg_cable_shape_kinds(size_t *n) {
  *n = sizeof kinds / sizeof kinds[0];
  return kinds;
}

double lg_cable_shape_at(const cable_shape *shape, double d) {
  const double *x = shape->number;
  if (!shape->kind) return 1.0;
  switch (shape->kind - kinds) {
  case 0:
    return x[0] + x[1] * d;
  case 1:
    return x[0] + x[1] * lg_exp(x[2] * d);
  case 2:
    return x[0] + (x[1] - x[0]) * lg_sigmoid((d - x[2]) / x[3]);
  default:
    return d >= x[2] && d < x[3] ? x[0] : x[1];
  }
}

double lg_cable_value_at(const cable_use *use, size_t p, double distance_um) {
  const lg_field *f = &use->mechanism->parameters[p];
  if (!use->shapes || !use->shapes[p].kind) return use->values[p];
  const double value = use->values[p] * lg_cable_shape_at(&use->shapes[p], distance_um);
  return value < f->low ? f->low : (value > f->high ? f->high : value);
}
