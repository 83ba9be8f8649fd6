/* Networks of gates: plans, making, asking. */
#include "learn/gate_net.h"

#include "learn/scalar.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

/* ---- plans ------------------------------------------------------------------------------------------- */

static void add_feature(lg_gate_plan *p, lg_gate_sort sort, size_t gate, double inner, double offset, double factor) {
  p->features[p->n_features++] = (lg_gate_feature){sort, gate, inner, offset, factor};
}

lg_gate_plan lg_gate_plan_default(lg_gate_input input, lg_gate_form form, size_t n_gates, const unsigned *powers,
                                  size_t n_hidden, size_t hidden, bool with_udot) {
  lg_gate_plan p = {.form = form,
                    .input = input,
                    .n_gates = n_gates,
                    .act = LG_ACT_TANH,
                    .log_scale = 3.0,
                    .log_open = {-14.0, 18.0},
                    .log_close = {-14.0, 12.0},
                    .raw_scale = 1.0,
                    .celsius = (double)NAN,
                    .q10 = 1.0};
  if (n_gates > LG_GATES_MOST || n_hidden >= LG_MLP_LAYERS) return p; /* the check refuses it */
  for (size_t k = 0; k < n_gates; k++) {
    if (n_gates == 1) (void)snprintf(p.name[k], LG_GATE_NAME, "P");
    else (void)snprintf(p.name[k], LG_GATE_NAME, "x%zu", k);
    p.power[k] = powers ? powers[k] : 1;
    p.range_gates[k][1] = 1.0;
    add_feature(&p, LG_GATE_X, k, 1.0, 0.5, 2.0);
    add_feature(&p, LG_GATE_LOGIT, k, 1.0, 0.0, 0.2);
  }
  if (input == LG_GATE_CALCIUM) add_feature(&p, LG_GATE_LOG10_U, 0, 1.0, 0.0, 1.0);
  else add_feature(&p, LG_GATE_U, 0, 50.0, 0.0, 1.0);
  if (with_udot) add_feature(&p, LG_GATE_ASINH_UDOT, 0, input == LG_GATE_CALCIUM ? 10.0 : 1000.0, 0.0, 0.125);
  p.n_layers = n_hidden + 1;
  p.width[0] = p.n_features;
  for (size_t k = 1; k <= n_hidden; k++) p.width[k] = hidden;
  p.width[n_hidden + 1] = form == LG_GATE_RAW ? 1 : 2 * n_gates;
  (void)snprintf(p.ion, sizeof p.ion, "none");
  return p;
}

static bool ordered(const double range[2]) { return isfinite(range[0]) && isfinite(range[1]) && range[0] <= range[1]; }

static bool good_name(const char *name) {
  const size_t length = strlen(name);
  if (length == 0 || length >= LG_GATE_NAME) return false;
  return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
}

static lg_status check_gates(lg_ctx *ctx, const lg_gate_plan *p) {
  if (p->n_gates == 0 || p->n_gates > LG_GATES_MOST)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu gates; allowed are 1 to %d", p->n_gates, LG_GATES_MOST);
  if (p->form == LG_GATE_RAW && p->n_gates != 1)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu gates in a network of the form raw; it has 1", p->n_gates);
  bool open = false;
  for (size_t k = 0; k < p->n_gates; k++) {
    if (!good_name(p->name[k])) return lg_fail(ctx, LG_ERR_RANGE, "gate %zu has no name of letters and digits", k);
    if (p->power[k] > 8)
      return lg_fail(ctx, LG_ERR_RANGE, "gate %s to the power %u; allowed is 0 to 8", p->name[k], p->power[k]);
    if (!ordered(p->range_gates[k]) || !(p->rest[k] >= 0.0 && p->rest[k] <= 1.0))
      return lg_fail(ctx, LG_ERR_RANGE, "gate %s: range %g to %g, rest %g", p->name[k], p->range_gates[k][0],
                     p->range_gates[k][1], p->rest[k]);
    open = open || p->power[k] > 0;
  }
  return open ? LG_OK : lg_fail(ctx, LG_ERR_RANGE, "all gates have the power 0: nothing opens");
}

static lg_status check_features(lg_ctx *ctx, const lg_gate_plan *p) {
  if (p->n_features == 0 || p->n_features > LG_GATE_FEATURES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu features; allowed are 1 to %d", p->n_features, LG_GATE_FEATURES);
  for (size_t k = 0; k < p->n_features; k++) {
    const lg_gate_feature *f = &p->features[k];
    const bool whole = isfinite(f->inner) && f->inner > 0.0 && isfinite(f->offset) && isfinite(f->factor);
    if (!whole || fabs(f->offset) > 1e9 || fabs(f->factor) > 1e9 || f->inner < 1e-9 || f->inner > 1e9)
      return lg_fail(ctx, LG_ERR_RANGE, "feature %zu: inner %g (1e-9 to 1e9), offset %g, factor %g (within 1e9)", k,
                     f->inner, f->offset, f->factor);
    if (f->sort <= LG_GATE_LOGIT && f->gate >= p->n_gates)
      return lg_fail(ctx, LG_ERR_RANGE, "feature %zu is of gate %zu; there are %zu gates", k, f->gate, p->n_gates);
    if (f->sort == LG_GATE_LOG10_U && p->input == LG_GATE_VOLTAGE)
      return lg_fail(ctx, LG_ERR_RANGE, "feature %zu is the logarithm of a voltage", k);
  }
  return LG_OK;
}

lg_status lg_gate_plan_check(lg_ctx *ctx, const lg_gate_plan *p) {
  lg_status status = LG_OK;
  LG_TRY(check_gates(ctx, p));
  LG_TRY(check_features(ctx, p));
  if (p->n_layers == 0 || p->n_layers > LG_MLP_LAYERS)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu layers; allowed are 1 to %d", p->n_layers, LG_MLP_LAYERS);
  for (size_t k = 0; k <= p->n_layers; k++)
    if (p->width[k] == 0 || p->width[k] > LG_MLP_WIDTH)
      return lg_fail(ctx, LG_ERR_RANGE, "a layer of %zu; allowed are 1 to %d", p->width[k], LG_MLP_WIDTH);
  const size_t out = p->form == LG_GATE_RAW ? 1 : 2 * p->n_gates;
  if (p->width[0] != p->n_features || p->width[p->n_layers] != out)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu inputs and %zu outputs; %zu features and %zu rates want %zu and %zu",
                   p->width[0], p->width[p->n_layers], p->n_features, out, p->n_features, out);
  if (!(p->log_scale > 0.0 && p->log_scale <= 100.0) || !ordered(p->log_open) || !ordered(p->log_close) ||
      p->log_open[0] < -80.0 || p->log_open[1] > 80.0 || p->log_close[0] < -80.0 || p->log_close[1] > 80.0)
    return lg_fail(ctx, LG_ERR_RANGE, "logarithms of rates: scale %g (to 100), %g to %g and %g to %g (within 80)",
                   p->log_scale, p->log_open[0], p->log_open[1], p->log_close[0], p->log_close[1]);
  if (!(p->raw_scale > 0.0 && p->raw_scale <= 1e9))
    return lg_fail(ctx, LG_ERR_RANGE, "a raw rate's scale of %g; above 0 to 1e9", p->raw_scale);
  if (!ordered(p->range_u) || !ordered(p->range_udot) || !isfinite(p->rest_u))
    return lg_fail(ctx, LG_ERR_RANGE, "ranges %g to %g, %g to %g, rest at %g are not finite and in order",
                   p->range_u[0], p->range_u[1], p->range_udot[0], p->range_udot[1], p->rest_u);
  if (!isnan(p->celsius) && !(p->celsius >= -50.0 && p->celsius <= 150.0 && p->q10 > 0.1 && p->q10 < 20.0))
    return lg_fail(ctx, LG_ERR_RANGE, "%g °C (-50 to 150) with a Q10 of %g (0.1 to 20)", p->celsius, p->q10);
  if (!good_name(p->ion) || p->valence < -4 || p->valence > 4)
    return lg_fail(ctx, LG_ERR_RANGE, "ion '%.20s' of valence %d (-4 to 4)", p->ion, p->valence);
done:
  return status;
}

lg_status lg_gate_plan_layers(lg_ctx *ctx, const lg_gate_plan *plan, lg_params *params, lg_dense *layers) {
  lg_status status = LG_OK;
  LG_TRY(lg_gate_plan_check(ctx, plan));
  for (size_t k = 0; k < plan->n_layers; k++) {
    char name[32];
    (void)snprintf(name, sizeof name, "layer.%zu", k);
    LG_TRY(lg_dense_create(ctx, params, name, plan->width[k], plan->width[k + 1], &layers[k]));
  }
done:
  return status;
}

/* ---- making ------------------------------------------------------------------------------------------ */

/* FNV-1a over numbers, not over memory: padding has no say. */
static uint64_t stir(uint64_t hash, const void *bytes, size_t n) {
  const unsigned char *b = bytes;
  for (size_t k = 0; k < n; k++) hash = (hash ^ b[k]) * UINT64_C(0x100000001b3);
  return hash;
}

static uint64_t hash_of(const lg_gate_net *net) {
  const lg_gate_plan *p = &net->plan;
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  const double numbers[] = {(double)p->form,     (double)p->input, (double)p->n_gates, (double)p->act,  p->log_scale,
                            p->log_open[0],      p->log_open[1],   p->log_close[0],    p->log_close[1], p->raw_scale,
                            (double)p->raw_sinh, p->q10,           (double)p->valence};
  h = stir(h, numbers, sizeof numbers);
  for (size_t k = 0; k < p->n_gates; k++) h = stir(h, &p->power[k], sizeof p->power[k]);
  for (size_t k = 0; k < p->n_features; k++) {
    const lg_gate_feature *f = &p->features[k];
    const double row[] = {(double)f->sort, (double)f->gate, f->inner, f->offset, f->factor};
    h = stir(h, row, sizeof row);
  }
  h = stir(h, p->width, (p->n_layers + 1) * sizeof p->width[0]);
  return stir(h, net->theta, net->params.count * sizeof(float));
}

lg_status lg_gate_net_create(lg_ctx *ctx, const lg_gate_plan *plan, const float *theta, lg_gate_net **out) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  lg_act acts[LG_MLP_LAYERS];
  *out = NULL;
  LG_NEW(ctx, net, 1);
  net->plan = *plan;
  LG_TRY(lg_gate_plan_layers(ctx, plan, &net->params, net->layers));
  for (size_t k = 0; k < plan->n_layers; k++) acts[k] = k + 1 < plan->n_layers ? plan->act : LG_ACT_NONE;
  for (size_t k = 0; k < net->params.count; k++)
    if (!isfinite(theta[k])) {
      status = lg_fail(ctx, LG_ERR_FORMAT, "weight %zu of the network is not a finite number", k);
      goto done;
    }
  LG_NEW(ctx, net->theta, net->params.count);
  memcpy(net->theta, theta, net->params.count * sizeof *theta);
  LG_TRY(lg_f32_mlp_create(ctx, plan->n_layers, net->layers, acts, theta, &net->mlp));
  net->hash = hash_of(net);
  *out = net;
  net = NULL;
done:
  lg_gate_net_destroy(ctx, net);
  return status;
}

void lg_gate_net_destroy(lg_ctx *ctx, lg_gate_net *net) {
  if (!net) return;
  lg_params_clear(ctx, &net->params);
  lg_f32_mlp_destroy(ctx, net->mlp);
  lg_free(ctx, net->theta);
  lg_free(ctx, net);
}

double lg_gate_temperature_factor(const lg_gate_plan *plan, double celsius) {
  return isnan(plan->celsius) || plan->q10 == 1.0 ? 1.0 : lg_pow(plan->q10, 0.1 * (celsius - plan->celsius));
}

/* ---- asking ------------------------------------------------------------------------------------------ */

static float cut(double x) { return (float)(x < 1e-6 ? 1e-6 : x > 1.0 - 1e-6 ? 1.0 - 1e-6 : x); }

/* asinh in float: ln(|x| + sqrt(x² + 1)), with the sign of x. */
static float asinh_of(float x) {
  const float a = fabsf(x), y = lg_ln_f32(a + sqrtf(fmaf(a, a, 1.0f)));
  return x < 0.0f ? -y : y;
}

static float feature(const lg_gate_feature *f, double x, double u, double udot) {
  float value = 0.0f;
  const float inner = (float)f->inner;
  switch (f->sort) {
  case LG_GATE_X:
    value = (float)x / inner;
    break;
  case LG_GATE_LOGIT:
    value = lg_ln_f32(cut(x) / cut(1.0 - x)) / inner;
    break;
  case LG_GATE_U:
    value = (float)u / inner;
    break;
  case LG_GATE_LOG10_U:
    value = lg_ln_f32((float)(u > 1e-12 ? u : 1e-12) / inner) * 0.434294481903251828f;
    break;
  case LG_GATE_ASINH_UDOT:
    value = asinh_of((float)(udot > 1e15 ? 1e15 : udot < -1e15 ? -1e15 : udot) / inner);
    break;
  }
  return (float)f->factor * (value - (float)f->offset);
}

void lg_gate_features(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, const double *u,
                      const double *udot, float *x) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < plan->n_features; k++) {
      const lg_gate_feature *f = &plan->features[k];
      x[i * plan->n_features + k] = feature(f, gates[f->gate * stride + i], u[i], udot ? udot[i] : 0.0);
    }
}

static double rate(float y, double scale, const double range[2]) {
  const float log = (float)scale * y, low = (float)range[0], high = (float)range[1];
  return (double)lg_exp_f32(log < low ? low : log > high ? high : log);
}

void lg_gate_net_rates(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                       const double *udot, double *opening, double *closing) {
  const lg_gate_plan *p = &net->plan;
  float x[BLOCK * LG_GATE_FEATURES], y[BLOCK * 2 * LG_GATES_MOST];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    lg_gate_features(p, rows, stride, gates + from, u + from, udot ? udot + from : NULL, x);
    lg_f32_mlp_eval(net->mlp, rows, x, y);
    for (size_t k = 0; k < p->n_gates; k++)
      for (size_t i = 0; i < rows; i++) {
        opening[k * stride + from + i] = rate(y[i * 2 * p->n_gates + 2 * k], p->log_scale, p->log_open);
        closing[k * stride + from + i] = rate(y[i * 2 * p->n_gates + 2 * k + 1], p->log_scale, p->log_close);
      }
  }
}

void lg_gate_net_raw(const lg_gate_net *net, size_t n, const double *gate, const double *u, const double *udot,
                     double *slope) {
  const lg_gate_plan *p = &net->plan;
  float x[BLOCK * LG_GATE_FEATURES], y[BLOCK];
  for (size_t from = 0; from < n; from += BLOCK) {
    const size_t rows = n - from < BLOCK ? n - from : BLOCK;
    lg_gate_features(p, rows, n, gate + from, u + from, udot ? udot + from : NULL, x);
    lg_f32_mlp_eval(net->mlp, rows, x, y);
    for (size_t i = 0; i < rows; i++) {
      const double e = p->raw_sinh ? lg_exp(fabs((double)y[i])) : 0.0;
      const double s = 0.5 * (e - 1.0 / e);
      slope[from + i] = p->raw_scale * (!p->raw_sinh ? (double)y[i] : y[i] < 0.0f ? -s : s);
    }
  }
}

void lg_gate_open(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, double *open) {
  for (size_t i = 0; i < n; i++) open[i] = 1.0;
  for (size_t k = 0; k < plan->n_gates; k++)
    for (unsigned q = 0; q < plan->power[k]; q++)
      for (size_t i = 0; i < n; i++) open[i] *= gates[k * stride + i];
}
