/* How fast the gates of a network move, and the derivatives of that, for implicit schemes. */
#include "learn/gate_net.h"

#include "base/elementary.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 32 };

void lg_gate_net_slopes(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                        const double *udot, double *slopes) {
  const lg_gate_plan *p = &net->plan;
  double opening[LG_GATES_MOST * BLOCK], closing[LG_GATES_MOST * BLOCK], x[LG_GATES_MOST * BLOCK];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    const double *w = udot ? udot + from : NULL;
    if (p->form == LG_GATE_RAW) {
      lg_gate_net_raw(net, rows, gates + from, u + from, w, slopes + from);
      continue;
    }
    for (size_t k = 0; k < p->n_gates; k++) memcpy(x + k * BLOCK, gates + k * stride + from, rows * sizeof *x);
    lg_gate_net_rates(net, rows, BLOCK, x, u + from, w, opening, closing);
    for (size_t k = 0; k < p->n_gates; k++)
      for (size_t i = 0; i < rows; i++) {
        const double at = x[k * BLOCK + i];
        slopes[k * stride + from + i] = opening[k * BLOCK + i] * (1.0 - at) - closing[k * BLOCK + i] * at;
      }
  }
}

/* Derivative of a feature by what it is of; 0 where that was cut. */
static double steepness(const lg_gate_feature *f, double x, double u, double udot) {
  const double to = f->factor / f->inner;
  switch (f->sort) {
  case LG_GATE_LOGIT:
    return x > 1e-6 && x < 1.0 - 1e-6 ? to / (x * (1.0 - x)) : 0.0;
  case LG_GATE_LOG10_U:
    return u > 1e-12 ? f->factor * 0.434294481903251828 / u : 0.0;
  case LG_GATE_ASINH_UDOT:
    return to / sqrt(1.0 + (udot / f->inner) * (udot / f->inner));
  default:
    return to;
  }
}

/* Which way a feature goes: a gate, then u, then udot. */
static size_t way_of(const lg_gate_plan *p, const lg_gate_feature *f) {
  if (f->sort <= LG_GATE_LOGIT) return f->gate;
  return f->sort == LG_GATE_ASINH_UDOT ? p->n_gates + 1 : p->n_gates;
}

/* d rate / d y of rate = exp(clip(scale y)). */
static double by_output(double y, double scale, const double range[2], double *rate) {
  const double l = scale * y;
  *rate = lg_exp(fmin(range[1], fmax(range[0], l)));
  return l > range[0] && l < range[1] ? scale * *rate : 0.0;
}

/* How the slopes of one row change with its outputs y along dy. */
static void slopes_along(const lg_gate_plan *p, const double *x, const float *y, const float *dy, double *out) {
  if (p->form == LG_GATE_RAW) {
    const double e = p->raw_sinh ? lg_exp(fabs((double)y[0])) : 1.0;
    out[0] = p->raw_scale * 0.5 * (e + 1.0 / e) * (double)dy[0];
    return;
  }
  for (size_t k = 0; k < p->n_gates; k++) {
    double opening, closing;
    const double open_y = by_output((double)y[2 * k], p->log_scale, p->log_open, &opening);
    const double close_y = by_output((double)y[2 * k + 1], p->log_scale, p->log_close, &closing);
    out[k] = open_y * (double)dy[2 * k] * (1.0 - x[k]) - close_y * (double)dy[2 * k + 1] * x[k];
  }
}

/* What x in ko (1 - x) - kc x itself gives, where the rates stay. */
static double own_rate(const lg_gate_plan *p, const float *y, size_t k) {
  double opening, closing;
  if (p->form == LG_GATE_RAW) return 0.0;
  (void)by_output((double)y[2 * k], p->log_scale, p->log_open, &opening);
  (void)by_output((double)y[2 * k + 1], p->log_scale, p->log_close, &closing);
  return -opening - closing;
}

void lg_gate_net_derivatives(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                             const double *udot, double *by_gate, double *by_u, double *by_udot) {
  const lg_gate_plan *p = &net->plan;
  const size_t ways = p->n_gates + 2, in = p->n_features, width = p->width[p->n_layers];
  float x[BLOCK * LG_GATE_FEATURES], dx[BLOCK * LG_GATE_FEATURES], y[BLOCK * 2 * LG_GATES_MOST],
      dy[BLOCK * 2 * LG_GATES_MOST];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    lg_gate_features(p, rows, stride, gates + from, u + from, udot ? udot + from : NULL, x);
    for (size_t way = 0; way < ways; way++) {
      for (size_t i = 0; i < rows; i++)
        for (size_t f = 0; f < in; f++) {
          const lg_gate_feature *of = &p->features[f];
          const size_t at = from + i;
          dx[i * in + f] = way_of(p, of) != way
                               ? 0.0f
                               : (float)steepness(of, gates[of->gate * stride + at], u[at], udot ? udot[at] : 0.0);
        }
      lg_f32_mlp_jvp(net->mlp, rows, x, dx, y, dy);
      for (size_t i = 0; i < rows; i++) {
        double at[LG_GATES_MOST], out[LG_GATES_MOST] = {0};
        for (size_t k = 0; k < p->n_gates; k++) at[k] = gates[k * stride + from + i];
        slopes_along(p, at, y + i * width, dy + i * width, out);
        for (size_t k = 0; k < p->n_gates; k++) {
          double *to = way == p->n_gates       ? by_u + k * stride
                       : way == p->n_gates + 1 ? by_udot + k * stride
                                               : by_gate + (k * p->n_gates + way) * stride;
          to[from + i] = out[k] + (way == k ? own_rate(p, y + i * width, k) : 0.0);
        }
      }
    }
  }
}
