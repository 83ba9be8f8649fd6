/* Steps of gates on the tape: what the network is shown, a step of x, the error of P. */
#include "calcium/gate_ops.h"
#include "base/elementary.h"
#include "calcium/gate_blocks.h"

#include <math.h>
#include <string.h>

static const double edge = 1e-6; /* x is cut there, as in lg_gate_features() */

/* ---- features -------------------------------------------------------------------------------------- */

static double asinh_of(double x) {
  const double a = fabs(x), y = lg_ln(a + sqrt(a * a + 1.0));
  return x < 0.0 ? -y : y;
}

static double feature_of(const lg_gate_feature *f, double x, double u, double udot) {
  const double c = x < edge ? edge : x > 1.0 - edge ? 1.0 - edge : x;
  double value = 0.0;
  switch (f->sort) {
  case LG_GATE_X:
    value = x / f->inner;
    break;
  case LG_GATE_LOGIT:
    value = lg_ln(c / (1.0 - c)) / f->inner;
    break;
  case LG_GATE_U:
    value = u / f->inner;
    break;
  case LG_GATE_LOG10_U:
    value = lg_ln((u > 1e-12 ? u : 1e-12) / f->inner) * 0.43429448190325182;
    break;
  case LG_GATE_ASINH_UDOT:
    value = asinh_of(udot / f->inner);
    break;
  }
  return f->factor * (value - f->offset);
}

void lg_gate_features_f64(const lg_gate_plan *plan, const double *gates, double u, double udot, double *x) {
  for (size_t k = 0; k < plan->n_features; k++) {
    const lg_gate_feature *f = &plan->features[k];
    x[k] = f->sort <= LG_GATE_LOGIT && !gates ? 0.0 : feature_of(f, gates ? gates[f->gate] : 0.5, u, udot);
  }
}

/* in: gates (B, G); data[0]: (B, F) with the features of u; out: (B, F). */
static void show_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  const lg_f64_node *x = &tape->nodes[node->in[0]];
  const size_t rows = node->dim[0], nf = p->n_features, ng = p->n_gates;
  memcpy(node->v, node->data[0], rows * nf * sizeof *node->v);
  for (size_t k = 0; k < nf; k++) {
    const lg_gate_feature *f = &p->features[k];
    if (f->sort > LG_GATE_LOGIT) continue;
    for (size_t b = 0; b < rows; b++) node->v[b * nf + k] = feature_of(f, x->v[b * ng + f->gate], 0.0, 0.0);
  }
}

static void show_backward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  lg_f64_node *x = &tape->nodes[node->in[0]];
  const size_t rows = node->dim[0], nf = p->n_features, ng = p->n_gates;
  for (size_t k = 0; x->needs && k < nf; k++) {
    const lg_gate_feature *f = &p->features[k];
    if (f->sort > LG_GATE_LOGIT) continue;
    const double s = f->factor / f->inner;
    for (size_t b = 0; b < rows; b++) {
      const double v = x->v[b * ng + f->gate];
      const double d = f->sort == LG_GATE_X ? s : v > edge && v < 1.0 - edge ? s / (v * (1.0 - v)) : 0.0;
      x->g[b * ng + f->gate] += d * node->g[b * nf + k];
    }
  }
}

static const lg_f64_op op_show = {"gate_show", show_forward, show_backward, false};

/* ---- a step ---------------------------------------------------------------------------------------- */

static double log_rate(double y, double scale, const double range[2], bool *inside) {
  const double l = scale * y;
  *inside = l > range[0] && l < range[1];
  return l < range[0] ? range[0] : l > range[1] ? range[1] : l;
}

/* in: x (B, G), y (B, 2G); data[0]: h (B); out: end + (x - end) e^(-k h). */
static void move_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  const double *x = tape->nodes[node->in[0]].v, *y = tape->nodes[node->in[1]].v, *h = node->data[0];
  const size_t rows = node->dim[0], ng = p->n_gates;
  double *kept = lg_f64_tape_alloc(tape, 3 * rows * ng, sizeof *kept); /* ko, kc, e^(-kh) */
  bool inside;
  if (!kept) return;
  node->work[0] = kept;
  for (size_t b = 0; b < rows; b++)
    for (size_t g = 0; g < ng; g++) {
      const size_t i = b * ng + g;
      const double ko = lg_exp(log_rate(y[2 * i], p->log_scale, p->log_open, &inside));
      const double kc = lg_exp(log_rate(y[2 * i + 1], p->log_scale, p->log_close, &inside));
      const double e = lg_exp(-(ko + kc) * h[b]), end = ko / (ko + kc);
      kept[3 * i] = ko;
      kept[3 * i + 1] = kc;
      kept[3 * i + 2] = e;
      node->v[i] = end + (x[i] - end) * e;
    }
}

static void move_backward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  lg_f64_node *xn = &tape->nodes[node->in[0]], *yn = &tape->nodes[node->in[1]];
  const double *h = node->data[0], *kept = node->work[0];
  const size_t rows = node->dim[0], ng = p->n_gates;
  for (size_t b = 0; b < rows; b++)
    for (size_t g = 0; g < ng; g++) {
      const size_t i = b * ng + g;
      const double ko = kept[3 * i], kc = kept[3 * i + 1], e = kept[3 * i + 2], k = ko + kc, end = ko / k;
      const double out = node->g[i];
      bool open, close;
      (void)log_rate(yn->v[2 * i], p->log_scale, p->log_open, &open);
      (void)log_rate(yn->v[2 * i + 1], p->log_scale, p->log_close, &close);
      if (xn->needs) xn->g[i] += out * e;
      if (!yn->needs) continue;
      const double dend = out * (1.0 - e), dk = -out * h[b] * e * (xn->v[i] - end);
      if (open) yn->g[2 * i] += p->log_scale * ko * (dend * kc / (k * k) + dk);
      if (close) yn->g[2 * i + 1] += p->log_scale * kc * (dk - dend * ko / (k * k));
    }
}

static const lg_f64_op op_move = {"gate_move", move_forward, move_backward, false};

/* Form raw, one gate: x + h x'. */
static double raw_slope(const lg_gate_plan *p, double y, double *slope_of_it) {
  const double c = y > 40.0 ? 40.0 : y < -40.0 ? -40.0 : y;
  if (!p->raw_sinh) {
    *slope_of_it = p->raw_scale;
    return p->raw_scale * y;
  }
  const double e = lg_exp(c), i = 1.0 / e;
  *slope_of_it = c == y ? 0.5 * p->raw_scale * (e + i) : 0.0;
  return 0.5 * p->raw_scale * (e - i);
}

static void push_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const double *x = tape->nodes[node->in[0]].v, *y = tape->nodes[node->in[1]].v;
  double d;
  for (size_t b = 0; b < node->dim[0]; b++) node->v[b] = x[b] + node->data[0][b] * raw_slope(node->layer, y[b], &d);
}

static void push_backward(lg_f64_tape *tape, lg_f64_node *node) {
  lg_f64_node *x = &tape->nodes[node->in[0]], *y = &tape->nodes[node->in[1]];
  for (size_t b = 0; b < node->dim[0]; b++) {
    double d;
    (void)raw_slope(node->layer, y->v[b], &d);
    if (x->needs) x->g[b] += node->g[b];
    if (y->needs) y->g[b] += node->g[b] * node->data[0][b] * d;
  }
}

static const lg_f64_op op_push = {"gate_push", push_forward, push_backward, false};

/* ---- the error of P -------------------------------------------------------------------------------- */

/* Pseudo-Huber: e² for small e, 2 d |e| for large. */
static double huber(double e, double d, double *slope) {
  const double q = sqrt(1.0 + (e / d) * (e / d));
  *slope = 2.0 * e / q;
  return 2.0 * d * d * (q - 1.0);
}

/* Cauchy: e² / 10 d for small e, the logarithm of it for large: slopes that one gate cannot have (memory) do not spoil
 * the rest.
 */
static double cauchy(double e, double d, double *slope) {
  const double q = 1.0 + (e / d) * (e / d);
  *slope = 0.2 * e / (d * q);
  return 0.1 * d * lg_ln(q);
}

static const double floor_of_logit = 1e-5;

static double logit(double p, double *slope) {
  const double c = p < 0.0 ? 0.0 : p > 1.0 ? 1.0 : p, a = c + floor_of_logit, b = 1.0 - c + floor_of_logit;
  *slope = c == p ? 1.0 / a + 1.0 / b : 0.0;
  return lg_ln(a / b);
}

double lg_gate_power(const lg_gate_plan *p, const double *x) {
  double open = 1.0;
  for (size_t g = 0; g < p->n_gates; g++)
    for (unsigned q = 0; q < p->power[g]; q++) open *= x[g];
  return open;
}

/* d P / d x_g without a division: the product with one factor less. */
static double power_slope(const lg_gate_plan *p, const double *x, size_t g) {
  double slope = (double)p->power[g];
  for (size_t k = 0; k < p->n_gates; k++)
    for (unsigned q = k == g; q < p->power[k]; q++) slope *= x[k];
  return p->power[g] ? slope : 0.0;
}

static double row_error(const lg_gate_plan *p, double blind, const double *x, const double *t, double *slope) {
  double dp, dl = 0.0, d1;
  const double open = lg_gate_power(p, x), e = (open - t[0]) * t[1];
  double loss = t[2] * (t[3] == 0.0 ? cauchy(e, blind, &dp) : huber(e, 0.3, &dp));
  *slope = t[2] * dp * t[1];
  if (t[3] == 0.0) return loss;
  loss += t[3] * huber(logit(open, &d1) - logit(t[0], &dp), 1.0, &dl);
  *slope += t[3] * dl * d1;
  return loss;
}

/* in: x (B, G), the sum so far; data[0]: targets (B, 4). */
static void error_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  const lg_f64_node *x = &tape->nodes[node->in[0]];
  double slope, sum = node->n_in > 1 ? tape->nodes[node->in[1]].v[0] : 0.0;
  for (size_t b = 0; b < x->dim[0]; b++) {
    const double *t = node->data[0] + 4 * b;
    if (t[2] != 0.0 || t[3] != 0.0) sum += row_error(p, node->s[0], x->v + b * p->n_gates, t, &slope);
  }
  node->v[0] = sum;
}

static void error_backward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  lg_f64_node *x = &tape->nodes[node->in[0]];
  if (node->n_in > 1 && tape->nodes[node->in[1]].needs) tape->nodes[node->in[1]].g[0] += node->g[0];
  for (size_t b = 0; x->needs && b < x->dim[0]; b++) {
    const double *t = node->data[0] + 4 * b;
    double slope;
    if (t[2] == 0.0 && t[3] == 0.0) continue;
    (void)row_error(p, node->s[0], x->v + b * p->n_gates, t, &slope);
    for (size_t g = 0; g < p->n_gates; g++)
      x->g[b * p->n_gates + g] += node->g[0] * slope * power_slope(p, x->v + b * p->n_gates, g);
  }
}

static const lg_f64_op op_error = {"gate_error", error_forward, error_backward, false};

/* ---- the first gate from P ------------------------------------------------------------------------- */

/* in: x (B, G) at rest; data[0]: P (B). Gate 0 becomes what makes P; the others stay. */
static double others_of(const lg_gate_plan *p, const double *x) {
  double o = 1.0;
  for (size_t g = 1; g < p->n_gates; g++)
    for (unsigned q = 0; q < p->power[g]; q++) o *= x[g];
  return o;
}

double lg_gate_first(const lg_gate_plan *p, double open, const double *x) {
  const double o = others_of(p, x), ratio = o > 1e-12 ? open / o : 1.0;
  const double c = ratio < 1e-12 ? 1e-12 : ratio > 1.0 ? 1.0 : ratio;
  return p->power[0] > 1 ? lg_exp(lg_ln(c) / (double)p->power[0]) : c;
}

static void first_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  memcpy(node->v, tape->nodes[node->in[0]].v, node->count * sizeof *node->v);
  for (size_t b = 0; b < node->dim[0]; b++) {
    double *x = node->v + b * p->n_gates;
    x[0] = lg_gate_first(p, node->data[0][b], x);
  }
}

static void first_backward(lg_f64_tape *tape, lg_f64_node *node) {
  const lg_gate_plan *p = node->layer;
  lg_f64_node *in = &tape->nodes[node->in[0]];
  for (size_t b = 0; in->needs && b < node->dim[0]; b++) {
    const double *x = node->v + b * p->n_gates, *g = node->g + b * p->n_gates;
    const double o = others_of(p, x), ratio = o > 1e-12 ? node->data[0][b] / o : 0.0;
    const bool free_of_it = !(ratio > 1e-12 && ratio < 1.0);
    for (size_t k = 1; k < p->n_gates; k++) {
      in->g[b * p->n_gates + k] += g[k];
      if (!free_of_it && p->power[k]) /* x0 = (P / o)^(1/n): d ln x0 = - power_k / n d ln x_k */
        in->g[b * p->n_gates + k] -= g[0] * x[0] * (double)p->power[k] / ((double)p->power[0] * x[k]);
    }
  }
}

static const lg_f64_op op_first = {"gate_first", first_forward, first_backward, false};

/* ---- the doors ------------------------------------------------------------------------------------- */

typedef struct attributes {
  const lg_gate_plan *plan;
  const double *data;
  double number;
} attributes;

static void set(lg_f64_node *node, void *user) {
  const attributes *a = user;
  node->layer = a->plan;
  node->data[0] = a->data;
  node->s[0] = a->number;
}

static lg_var make(lg_f64_tape *tape, const lg_f64_op *op, size_t n_in, const lg_var *in, size_t rows, size_t columns,
                   const lg_gate_plan *plan, const double *data, double number) {
  attributes a = {plan, data, number};
  const size_t dim[2] = {rows, columns};
  return lg_f64_custom(tape, op, n_in, in, 2, dim, set, &a);
}

static size_t rows_of(const lg_f64_tape *tape, lg_var x) {
  const lg_f64_node *n = lg_f64_node_of(tape, x);
  return n ? n->dim[0] : 0;
}

lg_var lg_gate_op_show(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, const double *features) {
  return make(tape, &op_show, 1, &x, rows_of(tape, x), plan->n_features, plan, features, 0.0);
}

lg_var lg_gate_op_move(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, lg_var y, const double *h) {
  const lg_var in[2] = {x, y};
  const bool raw = plan->form == LG_GATE_RAW;
  return make(tape, raw ? &op_push : &op_move, 2, in, rows_of(tape, x), plan->n_gates, plan, h, 0.0);
}

lg_var lg_gate_op_error(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, lg_var sum, const double *targets,
                        double blind) {
  const lg_var in[2] = {x, sum};
  return make(tape, &op_error, sum == LG_VAR_NONE ? 1 : 2, in, 1, 1, plan, targets, blind);
}

lg_var lg_gate_op_first(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, const double *open) {
  return make(tape, &op_first, 1, &x, rows_of(tape, x), plan->n_gates, plan, open, 0.0);
}
