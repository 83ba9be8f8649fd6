/* One state that opens only while calcium rises and closes at a constant rate: the duration of P is free. */
#include "base/elementary.h"
#include "calcium/gate.h"

static const double opening_max = 2e4, half_uM = 2.0, rise_uM_s = 200.0, width_uM_s = 20.0, opening_least = 1e-3;

static double opening(double u, double udot) {
  const double u4 = u * u * u * u, half4 = half_uM * half_uM * half_uM * half_uM;
  return opening_max * u4 / (half4 + u4) * lg_sigmoid((udot - rise_uM_s) / width_uM_s) + opening_least;
}

static double rest(const calcium_gate *gate, double u, double *s) {
  const calcium_constants *k = gate->own;
  const double on = opening(u, 0.0);
  s[0] = on / (on + k->rise_closing);
  return s[0];
}

static void advance(const calcium_gate *gate, size_t n, double h, const double *u, const double *udot, double *p) {
  const calcium_constants *k = gate->own;
  for (size_t i = 0; i < n; i++) {
    const double on = opening(u[i], udot[i]), rate = on + k->rise_closing, end = on / rate;
    p[i] = end + (p[i] - end) * lg_exp(-h * rate);
  }
}

static void open(const calcium_gate *gate, size_t n, const double *states, double *p) {
  (void)gate;
  for (size_t i = 0; i < n; i++) p[i] = states[i];
}

static void rates(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot, double *on,
                  double *off) {
  const calcium_constants *k = gate->own;
  (void)p;
  for (size_t i = 0; i < n; i++) {
    on[i] = opening(u[i], udot[i]);
    off[i] = k->rise_closing;
  }
}

static void slopes(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                   double *out) {
  const calcium_constants *k = gate->own;
  for (size_t i = 0; i < n; i++) out[i] = opening(u[i], udot[i]) * (1.0 - p[i]) - k->rise_closing * p[i];
}

static void derivatives(const calcium_gate *gate, size_t n, const double *p, const double *u, const double *udot,
                        double *by_state, double *by_u, double *by_udot) {
  const calcium_constants *k = gate->own;
  const double half4 = half_uM * half_uM * half_uM * half_uM;
  for (size_t i = 0; i < n; i++) {
    const double u3 = u[i] * u[i] * u[i], u4 = u3 * u[i], part = 1.0 / (half4 + u4);
    const double rises = lg_sigmoid((udot[i] - rise_uM_s) / width_uM_s), shut = 1.0 - p[i];
    by_state[i] = -opening_max * u4 * part * rises - opening_least - k->rise_closing;
    by_u[i] = opening_max * rises * 4.0 * u3 * half4 * part * part * shut;
    by_udot[i] = opening_max * u4 * part * rises * (1.0 - rises) / width_uM_s * shut;
  }
}

calcium_gate lg_calcium_gate_rise(const calcium_constants *constants) {
  return (calcium_gate){.name = "rise",
                        .n_states = 1,
                        .own = constants,
                        .rest = rest,
                        .advance = advance,
                        .open = open,
                        .rates = rates,
                        .slopes = slopes,
                        .derivatives = derivatives};
}
