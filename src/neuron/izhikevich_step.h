/**
 * @file izhikevich_step.h
 * @brief One step of the Izhikevich 2007 equations in scaled form, shared by the generator and the identification.
 *
 * With x = v - vr and w = u / C the equations lose their divisions:  x' = q x (x - g) - w + j,  w' = a (e x - w)
 * where q = k/C, g = vt-vr, e = b/C, j = I/C.
 */
#ifndef LG_IZHIKEVICH_STEP_H
#define LG_IZHIKEVICH_STEP_H

#include "neuron/prior_izhikevich.h"

#include <math.h>

/* Substeps keep h * rate below this: samples are then within 1e-4 mV of the exact course (tests/unit). */
#define LG_IZH_ETA 0.05

typedef struct lg_izh_scaled {
  double q, g, a, e, inv_C;
  double reset_x, jump_w, peak_x;
} lg_izh_scaled;

static inline lg_izh_scaled lg_izh_scale(const lg_izh_params *p) {
  const double inv_C = 1.0 / p->C;
  const lg_izh_scaled s = {.q = p->k * inv_C,
                           .g = p->vt - p->vr,
                           .a = p->a,
                           .e = p->b * inv_C,
                           .inv_C = inv_C,
                           .reset_x = p->c - p->vr,
                           .jump_w = p->d * inv_C,
                           .peak_x = p->vpeak - p->vr};
  return s;
}

static inline double lg_izh_dx(const lg_izh_scaled *s, double j, double x, double w) {
  return s->q * x * (x - s->g) - w + j;
}

static inline double lg_izh_dw(const lg_izh_scaled *s, double x, double w) { return s->a * (s->e * x - w); }

/* Square of the fastest rate at a point: the linear rate |d x'/dx| and the Riccati rate sqrt(q |x'|) of a course that
   moves the linear one. Substeps keep h * rate <= eta. */
static inline double lg_izh_rate2(const lg_izh_scaled *s, double j, double x, double w) {
  const double linear = s->q * (2.0 * x - s->g);
  return linear * linear + s->a * s->a + 4.0 * s->q * fabs(lg_izh_dx(s, j, x, w));
}

/* Longest step that keeps the accuracy. */
static inline double lg_izh_max_step(const lg_izh_scaled *s, double j, double x, double w, double eta) {
  return eta / sqrt(lg_izh_rate2(s, j, x, w));
}

static inline void lg_izh_rk4(const lg_izh_scaled *s, double j, double h, double *x, double *w) {
  const double x0 = *x, w0 = *w, half = 0.5 * h;
  const double kx1 = lg_izh_dx(s, j, x0, w0), kw1 = lg_izh_dw(s, x0, w0);
  const double x2 = x0 + half * kx1, w2 = w0 + half * kw1;
  const double kx2 = lg_izh_dx(s, j, x2, w2), kw2 = lg_izh_dw(s, x2, w2);
  const double x3 = x0 + half * kx2, w3 = w0 + half * kw2;
  const double kx3 = lg_izh_dx(s, j, x3, w3), kw3 = lg_izh_dw(s, x3, w3);
  const double x4 = x0 + h * kx3, w4 = w0 + h * kw3;
  const double kx4 = lg_izh_dx(s, j, x4, w4), kw4 = lg_izh_dw(s, x4, w4);
  *x = x0 + h * (1.0 / 6.0) * (kx1 + 2.0 * (kx2 + kx3) + kx4);
  *w = w0 + h * (1.0 / 6.0) * (kw1 + 2.0 * (kw2 + kw3) + kw4);
}

/* Time from (x, w) to x = target on a rising course, by RK4 with x as the independent variable; w is moved along.
   NAN when the course does not rise. */
static inline double lg_izh_time_to(const lg_izh_scaled *s, double j, double x, double target, double *w) {
  const double D = target - x, half = 0.5 * D, w0 = *w;
  const double f1 = lg_izh_dx(s, j, x, w0), r1 = lg_izh_dw(s, x, w0) / f1;
  const double w2 = w0 + half * r1, f2 = lg_izh_dx(s, j, x + half, w2), r2 = lg_izh_dw(s, x + half, w2) / f2;
  const double w3 = w0 + half * r2, f3 = lg_izh_dx(s, j, x + half, w3), r3 = lg_izh_dw(s, x + half, w3) / f3;
  const double w4 = w0 + D * r3, f4 = lg_izh_dx(s, j, target, w4), r4 = lg_izh_dw(s, target, w4) / f4;
  if (!(f1 > 0.0 && f2 > 0.0 && f3 > 0.0 && f4 > 0.0)) return (double)NAN;
  *w = w0 + D * (1.0 / 6.0) * (r1 + 2.0 * (r2 + r3) + r4);
  return D * (1.0 / 6.0) * (1.0 / f1 + 2.0 * (1.0 / f2 + 1.0 / f3) + 1.0 / f4);
}

/* As many substeps as the course needs, until a reset or the end of `left` ms; returns the time that is left. */
static inline double lg_izh_to_reset(const lg_izh_scaled *s, double j, double left, double *x, double *w, bool *reset) {
  *reset = false;
  while (left > 0.0) {
    const double longest = lg_izh_max_step(s, j, *x, *w, LG_IZH_ETA);
    const bool last = left <= longest;
    /* equal substeps rather than a long and a short one */
    const double h = last ? left : left / ceil(left / longest);
    double x1 = *x, w1 = *w;
    lg_izh_rk4(s, j, h, &x1, &w1);
    if (x1 < s->peak_x) {
      *x = x1;
      *w = w1;
      left = last ? 0.0 : left - h;
      continue;
    }
    double w_peak = *w;
    double used = lg_izh_time_to(s, j, *x, s->peak_x, &w_peak);
    if (!(used <= h)) { /* the course turns within the step: a tangent crossing; also x already above the peak */
      used = *x >= s->peak_x ? 0.0 : h * (s->peak_x - *x) / (x1 - *x);
      w_peak = *w + (w1 - *w) * used / h;
    }
    if (used < 0.0) used = 0.0;
    *x = s->reset_x;
    *w = w_peak + s->jump_w;
    *reset = true;
    return left - used;
  }
  return 0.0;
}

#endif
