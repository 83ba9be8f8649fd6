/**
 * @file tangent.h
 * @brief Derivatives of the models' own equations: a value with an infinitesimal beside it.
 *
 * Complex-step differentiation: with x + i h x' and h = 1e-100 every product and quotient carries h x' along, and h^2
 * is nothing beside a real part. The equations of a model are one text, included once for double and once for
 * lg_tangent, so the derivatives are those of the equations that run, whatever is added to them.
 * @see Squire & Trapp 1998, doi 10.1137/S003614459631241X; Martins et al. 2003, doi 10.1145/838250.838251
 */
#ifndef LG_NEURON_TANGENT_H
#define LG_NEURON_TANGENT_H

#include "base/elementary.h"

#include <complex.h>
#include <loligo/protocol.h>
#include <stdbool.h>

typedef double _Complex lg_tangent;

/* The infinitesimal. */
#define LG_TANGENT_STEP 1e-100

struct lg_plan;

/** Functions of a model on tangents; p: its parameters in the order of lg_plan.p. */
typedef struct lg_tangent_ops {
  void (*rhs)(const struct lg_plan *plan, const lg_tangent *p, double current, const lg_tangent *y, lg_tangent *dy);
  lg_tangent (*spike)(const struct lg_plan *plan, const lg_tangent *p, const lg_tangent *y);
  void (*reset)(const struct lg_plan *plan, const lg_tangent *p, lg_tangent *y);               /* or NULL */
  lg_tangent (*surface)(const struct lg_plan *plan, const lg_tangent *p, const lg_tangent *y); /* or NULL */
  void (*steady)(const struct lg_plan *plan, const lg_tangent *p, lg_tangent v_mV, lg_tangent *y);
  void (*arrive)(const struct lg_plan *plan, const lg_tangent *p, lg_receptor receptor, double weight,
                 lg_tangent *y); /* or NULL */
  int start_field;               /* place in p of the start potential; NAN there: the resting potential */
  bool start_steady;             /* the other states start at steady state, else at 0 */
} lg_tangent_ops;

/* CMPLX() of C11, which glibc gives to GCC only; a complex number is laid out as two (C17, 6.2.5). */
static inline lg_tangent lg_tangent_parts(double real, double imaginary) {
  union {
    double part[2];
    lg_tangent z;
  } u = {{real, imaginary}};
  return u.z;
}

static inline lg_tangent lg_tangent_make(double x, double dx) { return lg_tangent_parts(x, LG_TANGENT_STEP * dx); }
static inline double lg_tangent_slope(lg_tangent z) { return cimag(z) / LG_TANGENT_STEP; }

static inline lg_tangent lg_tangent_exp(lg_tangent z) {
  const double e = lg_exp(creal(z));
  return lg_tangent_parts(e, e * cimag(z));
}

static inline lg_tangent lg_tangent_ln(lg_tangent z) { return lg_tangent_parts(lg_ln(creal(z)), cimag(z) / creal(z)); }

static inline lg_tangent lg_tangent_abs(lg_tangent z) { return creal(z) < 0.0 ? -z : z; }

static inline lg_tangent lg_tangent_sigmoid(lg_tangent z) {
  const double e = lg_exp(-fabs(creal(z))), slope = e / ((1.0 + e) * (1.0 + e));
  return lg_tangent_parts(lg_sigmoid(creal(z)), slope * cimag(z));
}

/* x/(e^x - 1): the slope is ((1 - phi)/(e^x - 1)) - phi; near 0 its series. */
static inline lg_tangent lg_tangent_x_over_expm1(lg_tangent z) {
  const double x = creal(z), phi = lg_x_over_expm1(x);
  const double slope =
      fabs(x) < 1e-3 ? -0.5 + x * (1.0 / 6.0) - x * x * x * (1.0 / 180.0) : (1.0 - phi) / lg_expm1(x) - phi;
  return lg_tangent_parts(phi, slope * cimag(z));
}

#endif
