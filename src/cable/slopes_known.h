/**
 * @file slopes_known.h
 * @brief Derivatives written out for the mechanisms that most compartments have: hh and fixed leaks.
 *
 * They are the derivatives of the same equations; test_cable_slopes compares them with the differences.
 */
#ifndef LG_CABLE_SLOPES_KNOWN_H
#define LG_CABLE_SLOPES_KNOWN_H

#include "cable/kernel_hh.h"
#include "cable/slopes.h"

enum { CABLE_KNOWN_MOST = 24 };

/** One derivative, by what and of what. */
typedef struct cable_known_slope {
  cable_function function;
  cable_slot out, in;
} cable_known_slope;

/** Derivatives of one mechanism. value[k]: those of list[k] (NULL: not wanted). */
typedef struct cable_known {
  const cable_known_slope *list;
  size_t n;
  void (*at)(const cable_block *block, cable_function function, const cable_moment *now, double *const *value);
} cable_known;

/** @brief Written-out derivatives of a block, NULL where differences must do. */
const cable_known *lg_cable_known(const cable_block *block);

/** What the kernel of hh works on: contiguous arrays of n instances with room for whole vectors; outputs where not
 * NULL. */
typedef struct cable_known_hh {
  size_t n;
  const double *v, *m, *h, *k, *scale, *gnabar, *gkbar, *gl, *el, *ena, *ek;
  cable_hh_pace pace; /* of the step; unused by the current */
  double *const *value;
} cable_known_hh;

typedef void cable_known_hh_fn(const cable_known_hh *a);
cable_known_hh_fn lg_cable_known_hh_current_plain, lg_cable_known_hh_current_v3, lg_cable_known_hh_current_v4;
cable_known_hh_fn lg_cable_known_hh_advance_plain, lg_cable_known_hh_advance_v3, lg_cable_known_hh_advance_v4;

/** Order of the list of hh. */
enum {
  KNOWN_HH_I_V,
  KNOWN_HH_I_M,
  KNOWN_HH_I_H,
  KNOWN_HH_I_N,
  KNOWN_HH_G_M,
  KNOWN_HH_G_H,
  KNOWN_HH_G_N,
  KNOWN_HH_I_ENA,
  KNOWN_HH_I_EK,
  KNOWN_HH_I_GNABAR,
  KNOWN_HH_G_GNABAR,
  KNOWN_HH_I_GKBAR,
  KNOWN_HH_G_GKBAR,
  KNOWN_HH_I_GL,
  KNOWN_HH_G_GL,
  KNOWN_HH_I_EL,
  KNOWN_HH_M_M,
  KNOWN_HH_M_V,
  KNOWN_HH_H_H,
  KNOWN_HH_H_V,
  KNOWN_HH_N_N,
  KNOWN_HH_N_V,
  KNOWN_HH_SLOPES
};

#endif
