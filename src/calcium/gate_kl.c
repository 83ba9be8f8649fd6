/* Keizer & Levine 1996, equations 1-4: states o2, c1, c2; o1 = 1 - o2 - c1 - c2; P = o1 + o2. */
#include "calcium/gate.h"

static double rest(const calcium_gate *gate, double u, double *s) {
  const calcium_constants *k = gate->own;
  const double u3 = u * u * u, ka = k->ka_on / k->ka_off * u3 * u, kb = k->kb_on / k->kb_off * u3,
               kc = k->kc_on / k->kc_off;
  const double o1 = 1.0 / (1.0 + kc + 1.0 / ka + kb);
  s[0] = kb * o1;
  s[1] = o1 / ka;
  s[2] = kc * o1;
  return o1 + s[0];
}

static double not_below_zero(double x) { return x > 0.0 ? x : 0.0; }

/* Backward Euler in closed form for the changes of the states: from 0 to 1 with sum 1 it leads there again, and a rest
 * state stays where it is. What BDF2 puts on the right side may lie outside: then what comes out is put back. */
static void advance(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *states) {
  const calcium_constants *k = gate->own;
  double *o2 = states, *c1 = states + n, *c2 = states + 2 * n;
  const double b_off = h * k->kb_off, a_off = h * k->ka_off, c_on = h * k->kc_on, c_off = h * k->kc_off;
  const double a2 = 1.0 / (1.0 + b_off), a3 = 1.0 / (1.0 + c_off);
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], a_on = h * k->ka_on * u3 * u[i], b_on = h * k->kb_on * u3;
    const double o1 = 1.0 - o2[i] - c1[i] - c2[i];
    const double r2 = a2 * (b_on * o1 - b_off * o2[i]), r3 = a3 * (c_on * o1 - c_off * c2[i]);
    const double r1 = a_off * o1 - a_on * c1[i]; /* over 1 + a_on */
    const double both = (1.0 + a_on) * (1.0 + a2 * b_on + a3 * c_on) + a_off;
    const double inverse = 1.0 / ((1.0 + a_on) * both);
    const double d = -((1.0 + a_on) * (r2 + r3) + r1) * (1.0 + a_on) * inverse; /* change of o1 */
    double p = not_below_zero(o2[i] + (r2 + a2 * b_on * d));
    double q = not_below_zero(c1[i] + (r1 + a_off * d) * both * inverse);
    double s = not_below_zero(c2[i] + (r3 + a3 * c_on * d));
    const double sum = p + q + s;
    if (sum > 1.0) p /= sum, q /= sum, s /= sum;
    o2[i] = p;
    c1[i] = q;
    c2[i] = s;
  }
}

static void slopes(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                   double *out) {
  const calcium_constants *k = gate->own;
  const double *o2 = states, *c1 = states + n, *c2 = states + 2 * n;
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], o1 = 1.0 - o2[i] - c1[i] - c2[i];
    out[i] = k->kb_on * u3 * o1 - k->kb_off * o2[i];
    out[n + i] = k->ka_off * o1 - k->ka_on * u3 * u[i] * c1[i];
    out[2 * n + i] = k->kc_on * o1 - k->kc_off * c2[i];
  }
}

static void derivatives(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                        double *by_state, double *by_u, double *by_udot) {
  const calcium_constants *k = gate->own;
  const double *o2 = states, *c1 = states + n, *c2 = states + 2 * n;
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u2 = u[i] * u[i], u3 = u2 * u[i], o1 = 1.0 - o2[i] - c1[i] - c2[i];
    const double on[3] = {k->kb_on * u3, k->ka_off, k->kc_on}, off[3] = {k->kb_off, k->ka_on * u3 * u[i], k->kc_off};
    for (size_t r = 0; r < 3; r++) {
      for (size_t s = 0; s < 3; s++) by_state[(3 * r + s) * n + i] = -on[r] - (r == s ? off[r] : 0.0);
      by_udot[r * n + i] = 0.0;
    }
    by_u[i] = 3.0 * k->kb_on * u2 * o1;
    by_u[n + i] = -4.0 * k->ka_on * u3 * c1[i];
    by_u[2 * n + i] = 0.0;
  }
}

static void open(const calcium_gate *gate, size_t n, const double *states, double *p) {
  (void)gate;
  for (size_t i = 0; i < n; i++) p[i] = 1.0 - states[n + i] - states[2 * n + i];
}

calcium_gate lg_calcium_gate_kl(const calcium_constants *constants) {
  return (calcium_gate){.name = "kl",
                        .n_states = 3,
                        .own = constants,
                        .rest = rest,
                        .advance = advance,
                        .open = open,
                        .slopes = slopes,
                        .derivatives = derivatives,
                        .linear = true};
}

const calcium_constants *lg_calcium_gate_kl_of(const calcium_gate *gate) {
  return gate->advance == advance ? gate->own : NULL;
}
