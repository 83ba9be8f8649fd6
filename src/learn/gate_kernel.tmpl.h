/* Loops over rows without branches, which compilers make into vectors; the includer defines LG_GATE(name). */
#include "learn/gate_kernel.h"

#include "learn/scalar.h"

static inline double LG_GATE(clip)(double x, double low, double high) {
  const double c = x < low ? low : x;
  return c > high ? high : c;
}

/* ln(x / (1 - x)), x cut to 1e-6 … 1 - 1e-6 before it is rounded to float. */
static void LG_GATE(logit)(size_t n, const double *x, float *y) {
  for (size_t i = 0; i < n; i++) {
    const double c = LG_GATE(clip)(x[i], 1e-6, 1.0 - 1e-6);
    y[i] = lg_ln_f32((float)c / (float)(1.0 - c));
  }
}

static void LG_GATE(log10)(size_t n, const double *u, float per, float *y) {
  for (size_t i = 0; i < n; i++)
    y[i] = lg_ln_f32((float)LG_GATE(clip)(u[i], 1e-12, 1e12) * per) * 0.434294481903251828f;
}

/* asinh: ln(|x| + sqrt(x² + 1)) with the sign of x. */
static void LG_GATE(asinh)(size_t n, const double *u, float per, float *y) {
  for (size_t i = 0; i < n; i++) {
    const float x = (float)LG_GATE(clip)(u[i], -1e9, 1e9) * per;
    const float a = lg_of_bits_f32(lg_bits_of_f32(x) & 0x7fffffffu);
    const float l = lg_ln_f32(a + sqrtf(fmaf(a, a, 1.0f)));
    y[i] = lg_of_bits_f32(lg_bits_of_f32(l) ^ (lg_bits_of_f32(x) & 0x80000000u));
  }
}

static void LG_GATE(plain)(size_t n, const double *x, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = (float)LG_GATE(clip)(x[i], -1e12, 1e12);
}

static void LG_GATE(features)(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, const double *u,
                              const double *udot, float *x) {
  for (size_t k = 0; k < plan->n_features; k++) {
    const lg_gate_feature *f = &plan->features[k];
    float *y = x + k * LG_GATE_BLOCK;
    float per = (float)(1.0 / f->inner);
    const float offset = (float)f->offset, factor = (float)f->factor;
    switch (f->sort) {
    case LG_GATE_X:
      LG_GATE(plain)(n, gates + f->gate * stride, y);
      break;
    case LG_GATE_LOGIT:
      LG_GATE(logit)(n, gates + f->gate * stride, y);
      break;
    case LG_GATE_U:
      LG_GATE(plain)(n, u, y);
      break;
    case LG_GATE_LOG10_U:
      LG_GATE(log10)(n, u, per, y), per = 1.0f;
      break;
    case LG_GATE_ASINH_UDOT:
      if (udot) LG_GATE(asinh)(n, udot, per, y);
      else memset(y, 0, n * sizeof *y);
      per = 1.0f;
      break;
    }
    for (size_t i = 0; i < n; i++) y[i] = factor * (y[i] * per - offset);
  }
}

static void LG_GATE(rates)(size_t n, float scale, const double range[2], const float *y, double *rate) {
  const float low = (float)range[0], high = (float)range[1];
  for (size_t i = 0; i < n; i++) {
    const float l = scale * y[i], c = l < low ? low : l;
    rate[i] = (double)lg_exp_f32(c > high ? high : c);
  }
}

static size_t LG_GATE(outside)(size_t n, const double *x, double low, double high) {
  uint64_t out = 0;
  for (size_t i = 0; i < n; i++) out += (uint64_t)((x[i] < low) | (x[i] > high));
  return (size_t)out;
}

static void LG_GATE(relax)(size_t n, double h, const double *opening, const double *closing, double *x,
                           double *middle) {
  for (size_t i = 0; i < n; i++) {
    const double k = opening[i] + closing[i], end = opening[i] / k, half = lg_exp(-0.5 * h * k);
    const double gap = (x[i] - end) * half;
    x[i] = end + gap * half;
    middle[i] = end + gap * half * half;
  }
}
