/**
 * @file gate_fit.h
 * @brief Networks of voltage-dependent gates for tests, without training: tanh of steps along the potential, of which
 * least squares makes the logarithms of the rates.
 */
#ifndef LG_TEST_GATE_FIT_H
#define LG_TEST_GATE_FIT_H

#include "tests/test.h"

#include "learn/gate_net.h"

#include <math.h>
#include <string.h>

enum { LG_FIT_STEPS = 49, LG_FIT_TERMS = LG_FIT_STEPS + 1, LG_FIT_POINTS = 401 };

/** Squid gates of Hodgkin and Huxley, 1/s at 6.3 °C: m, h, n; opening and closing. */
static inline void lg_test_squid(double v, double open[3], double close[3]) {
  const double am = 0.1 * (v + 40.0), an = 0.1 * (v + 55.0);
  open[0] = 1e3 * (fabs(am) < 1e-9 ? 1.0 : am / -expm1(-am));
  close[0] = 4e3 * exp(-(v + 65.0) / 18.0);
  open[1] = 70.0 * exp(-(v + 65.0) / 20.0);
  close[1] = 1e3 / (1.0 + exp(-(v + 35.0) / 10.0));
  open[2] = 100.0 * (fabs(an) < 1e-9 ? 1.0 : an / -expm1(-an));
  close[2] = 125.0 * exp(-(v + 65.0) / 80.0);
}

/* Solves a x = b for each column of b in place, a symmetric and positive. */
static inline void lg_test_cholesky(size_t n, double *a, size_t columns, double *b) {
  for (size_t j = 0; j < n; j++)
    for (size_t i = j; i < n; i++) {
      double s = a[i * n + j];
      for (size_t k = 0; k < j; k++) s -= a[i * n + k] * a[j * n + k];
      assert_true(i != j || s > 0.0);
      a[i * n + j] = i == j ? sqrt(s) : s / a[j * n + j];
    }
  for (size_t c = 0; c < columns; c++) {
    for (size_t i = 0; i < n; i++) {
      for (size_t k = 0; k < i; k++) b[i * columns + c] -= a[i * n + k] * b[k * columns + c];
      b[i * columns + c] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
      for (size_t k = i + 1; k < n; k++) b[i * columns + c] -= a[k * n + i] * b[k * columns + c];
      b[i * columns + c] /= a[i * n + i];
    }
  }
}

/**
 * @brief Gates first … first + n_gates of the squid with these powers and names, fitted from -120 to 80 mV.
 * @param ion "na", "k" or "none"
 */
static inline lg_gate_net *lg_test_squid_net(lg_ctx *own, size_t first, size_t n_gates, const unsigned *powers,
                                             const char *ion) {
  lg_gate_plan p = lg_gate_plan_default(LG_GATE_VOLTAGE, LG_GATE_RATE, n_gates, powers, 1, LG_FIT_STEPS, false);
  static const char *const names[] = {"m", "h", "n"};
  const size_t out = 2 * n_gates;
  static double normal[LG_FIT_TERMS * LG_FIT_TERMS], right[LG_FIT_TERMS * 6];
  float theta[2 * LG_FIT_STEPS + LG_FIT_TERMS * 6];
  lg_gate_net *net = NULL;
  p.n_features = 1;
  p.features[0] = (lg_gate_feature){LG_GATE_U, 0, 50.0, 0.0, 1.0};
  p.width[0] = 1;
  p.range_u[0] = -120.0, p.range_u[1] = 80.0, p.rest_u = -65.0;
  p.celsius = 6.3, p.q10 = 3.0;
  for (size_t g = 0; g < n_gates; g++) (void)snprintf(p.name[g], LG_GATE_NAME, "%s", names[first + g]);
  (void)snprintf(p.ion, sizeof p.ion, "%s", ion);
  p.valence = strcmp(ion, "none") != 0;
  memset(normal, 0, sizeof normal);
  memset(right, 0, sizeof right);
  for (size_t k = 0; k < LG_FIT_POINTS; k++) {
    const double v = -120.0 + 0.5 * (double)k;
    double terms[LG_FIT_TERMS], open[3], close[3];
    lg_test_squid(v, open, close);
    for (size_t s = 0; s < LG_FIT_STEPS; s++) terms[s] = tanh(0.1 * (v + 140.0 - 5.0 * (double)s));
    terms[LG_FIT_STEPS] = 1.0;
    for (size_t i = 0; i < LG_FIT_TERMS; i++) {
      for (size_t j = 0; j < LG_FIT_TERMS; j++) normal[i * LG_FIT_TERMS + j] += terms[i] * terms[j];
      for (size_t g = 0; g < n_gates; g++) {
        right[i * out + 2 * g] += terms[i] * log(open[first + g]) / 3.0;
        right[i * out + 2 * g + 1] += terms[i] * log(close[first + g]) / 3.0;
      }
    }
  }
  for (size_t i = 0; i < LG_FIT_TERMS; i++) normal[i * LG_FIT_TERMS + i] += 1e-7;
  lg_test_cholesky(LG_FIT_TERMS, normal, out, right);
  for (size_t s = 0; s < LG_FIT_STEPS; s++) {
    theta[s] = 5.0f; /* of u / 50 */
    theta[LG_FIT_STEPS + s] = (float)(0.1 * (140.0 - 5.0 * (double)s));
  }
  for (size_t k = 0; k < LG_FIT_TERMS * out; k++) theta[2 * LG_FIT_STEPS + k] = (float)right[k];
  assert_ok(own, lg_gate_net_create(own, &p, theta, &net));
  return net;
}

#endif
