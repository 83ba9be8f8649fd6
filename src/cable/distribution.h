/** @file distribution.h @brief Parameters of channels that change along the cell: with the path from the soma. */
#ifndef LG_CABLE_DISTRIBUTION_H
#define LG_CABLE_DISTRIBUTION_H

#include "cable/tree.h"

enum { CABLE_SHAPE_NUMBERS = 4 };

/** How a kind of shape is said; d is the path from the soma's middle, um. */
typedef struct cable_shape_kind {
  const char *name, *formula;
  const char *keys[CABLE_SHAPE_NUMBERS];     /* NULL: fewer */
  double default_value[CABLE_SHAPE_NUMBERS]; /* NAN: required */
  double low[CABLE_SHAPE_NUMBERS], high[CABLE_SHAPE_NUMBERS];
} cable_shape_kind;

/** What a parameter's value is multiplied by at a distance. kind NULL: 1 everywhere. */
typedef struct cable_shape {
  const cable_shape_kind *kind;
  double number[CABLE_SHAPE_NUMBERS];
} cable_shape;

/** @brief linear, exponential, sigmoid, step; *n receives how many. */
const cable_shape_kind *lg_cable_shape_kinds(size_t *n);

/** @brief The factor at a distance. */
double lg_cable_shape_at(const cable_shape *shape, double distance_um);

/** @brief Value of a parameter at a distance: values[p] times its shape, held in the range of the field. */
double lg_cable_value_at(const cable_use *use, size_t p, double distance_um);

#endif
