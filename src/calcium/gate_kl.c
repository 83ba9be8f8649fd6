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

/* Backward Euler in closed form (spec of the room, 5.3): stays in [0, 1] and sums to 1. */
static void advance(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *states) {
  const calcium_constants *k = gate->own;
  double *o2 = states, *c1 = states + n, *c2 = states + 2 * n;
  const double a2 = 1.0 / (1.0 + h * k->kb_off), a3 = 1.0 / (1.0 + h * k->kc_off);
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], ka = h * k->ka_on * u3 * u[i], kb = h * k->kb_on * u3;
    const double a1 = 1.0 / (1.0 + ka);
    const double o1 =
        (1.0 - a2 * o2[i] - a1 * c1[i] - a3 * c2[i]) / (1.0 + a2 * kb + a1 * h * k->ka_off + a3 * h * k->kc_on);
    o2[i] = a2 * (o2[i] + kb * o1);
    c1[i] = a1 * (c1[i] + h * k->ka_off * o1);
    c2[i] = a3 * (c2[i] + h * k->kc_on * o1);
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
