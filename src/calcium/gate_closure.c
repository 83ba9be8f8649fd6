/* One state: Keizer-Levine with its fast states in balance and its slow state c2 at rest. */
#include "base/elementary.h"
#include "calcium/gate.h"

static double closed_at_rest(const calcium_constants *k) {
  const double u = k->cytosol_rest, u3 = u * u * u;
  const double kc = k->kc_on / k->kc_off;
  return kc / (1.0 + kc + k->ka_off / (k->ka_on * u3 * u) + k->kb_on / k->kb_off * u3);
}

static double rest(const calcium_gate *gate, double u, double *s) {
  const calcium_constants *k = gate->own;
  const double u3 = u * u * u, on = k->ka_on * u3 * u, off = k->ka_off / (1.0 + k->kb_on / k->kb_off * u3);
  s[0] = on * (1.0 - closed_at_rest(k)) / (on + off);
  return s[0];
}

static void advance(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *p) {
  const calcium_constants *k = gate->own;
  const double c2 = closed_at_rest(k);
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], on = k->ka_on * u3 * u[i],
                 off = k->ka_off / (1.0 + k->kb_on / k->kb_off * u3);
    const double end = on * (1.0 - c2) / (on + off);
    p[i] = end + (p[i] - end) * lg_exp(-h * (on + off));
  }
}

/* P' = on (1 - P - c2) - off P in rate form. */
static void rates(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                  double *opening, double *closing) {
  const calcium_constants *k = gate->own;
  const double c2 = closed_at_rest(k);
  (void)p;
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], on = k->ka_on * u3 * u[i];
    opening[i] = on * (1.0 - c2);
    closing[i] = k->ka_off / (1.0 + k->kb_on / k->kb_off * u3) + on * c2;
  }
}

static void slopes(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                   double *out) {
  const calcium_constants *k = gate->own;
  const double c2 = closed_at_rest(k);
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], on = k->ka_on * u3 * u[i];
    out[i] = on * (1.0 - p[i] - c2) - k->ka_off / (1.0 + k->kb_on / k->kb_off * u3) * p[i];
  }
}

static void derivatives(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                        double *by_state, double *by_u, double *by_udot) {
  const calcium_constants *k = gate->own;
  const double c2 = closed_at_rest(k), kb = k->kb_on / k->kb_off;
  (void)udot;
  for (size_t i = 0; i < n; i++) {
    const double u2 = u[i] * u[i], u3 = u2 * u[i], part = 1.0 / (1.0 + kb * u3);
    by_state[i] = -k->ka_on * u3 * u[i] - k->ka_off * part;
    by_u[i] = 4.0 * k->ka_on * u3 * (1.0 - p[i] - c2) + k->ka_off * part * part * 3.0 * kb * u2 * p[i];
    by_udot[i] = 0.0;
  }
}

static void open(const calcium_gate *gate, size_t n, const double *states, double *p) {
  (void)gate;
  for (size_t i = 0; i < n; i++) p[i] = states[i];
}

calcium_gate lg_calcium_gate_closure(const calcium_constants *constants) {
  return (calcium_gate){.name = "closure",
                        .n_states = 1,
                        .own = constants,
                        .rest = rest,
                        .advance = advance,
                        .open = open,
                        .rates = rates,
                        .slopes = slopes,
                        .derivatives = derivatives};
}
