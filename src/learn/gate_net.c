/* Networks of gates: plans, making, asking. */
#include "learn/gate_net.h"

#include "learn/gate_kernel.h"
#include "learn/scalar.h"

#include <math.h>
#include <string.h>

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

/* Over numbers, not over memory: padding has no say. */
static uint64_t hash_of(const lg_gate_net *net) {
  const lg_gate_plan *p = &net->plan;
  uint64_t h = LG_FNV_START;
  const double numbers[] = {(double)p->form,     (double)p->input, (double)p->n_gates, (double)p->act,  p->log_scale,
                            p->log_open[0],      p->log_open[1],   p->log_close[0],    p->log_close[1], p->raw_scale,
                            (double)p->raw_sinh, p->q10,           (double)p->valence};
  h = lg_fnv(h, numbers, sizeof numbers);
  for (size_t k = 0; k < p->n_gates; k++) h = lg_fnv(h, &p->power[k], sizeof p->power[k]);
  for (size_t k = 0; k < p->n_features; k++) {
    const lg_gate_feature *f = &p->features[k];
    const double row[] = {(double)f->sort, (double)f->gate, f->inner, f->offset, f->factor};
    h = lg_fnv(h, row, sizeof row);
  }
  h = lg_fnv(h, p->width, (p->n_layers + 1) * sizeof p->width[0]);
  return lg_fnv(h, net->theta, net->params.count * sizeof(float));
}

lg_status lg_gate_net_create(lg_ctx *ctx, const lg_gate_plan *plan, const float *theta, lg_gate_net **out) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  double *wide = NULL;
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
  LG_NEW(ctx, wide, net->params.count);
  for (size_t k = 0; k < net->params.count; k++) wide[k] = (double)theta[k];
  LG_TRY(lg_f64_mlp_create(ctx, plan->n_layers, net->layers, acts, wide, &net->exact));
  net->kernel = lg_gate_kernel_best();
  net->hash = hash_of(net);
  *out = net;
  net = NULL;
done:
  lg_free(ctx, wide);
  lg_gate_net_destroy(ctx, net);
  return status;
}

void lg_gate_net_destroy(lg_ctx *ctx, lg_gate_net *net) {
  if (!net) return;
  lg_params_clear(ctx, &net->params);
  lg_f32_mlp_destroy(ctx, net->mlp);
  lg_f64_mlp_destroy(ctx, net->exact);
  lg_free(ctx, net->theta);
  lg_free(ctx, net);
}

double lg_gate_temperature_factor(const lg_gate_plan *plan, double celsius) {
  return isnan(plan->celsius) || plan->q10 == 1.0 ? 1.0 : lg_pow(plan->q10, 0.1 * (celsius - plan->celsius));
}

/* ---- asking ------------------------------------------------------------------------------------------ */

enum { CHUNK = 32 }; /* rows that are looked at together: what the widest kernel takes at once */

/* Rows from … from + n that are all shown the same: a dendrite at rest, a membrane under a clamp. */
static bool all_same(size_t from, size_t n, size_t n_features, const float *x) {
  for (size_t k = 0; k < n_features; k++) {
    const float *row = x + k * LG_GATE_BLOCK + from;
    unsigned differ = 0;
    for (size_t i = 1; i < n; i++) differ |= lg_bits_of_f32(row[i]) ^ lg_bits_of_f32(row[0]);
    if (differ) return false;
  }
  return true;
}

static bool same_rows(size_t a, size_t b, size_t n_features, const float *x) {
  for (size_t k = 0; k < n_features; k++)
    if (lg_bits_of_f32(x[k * LG_GATE_BLOCK + a]) != lg_bits_of_f32(x[k * LG_GATE_BLOCK + b])) return false;
  return true;
}

/* y (outputs, LG_GATE_BLOCK) of a block of rows. Of a chunk whose rows are all shown the same one is asked, and none
 * where that is what the last such chunk was shown: the same bits for less. */
static void ask(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                const double *udot, float *y) {
  const lg_gate_plan *p = &net->plan;
  float x[LG_GATE_BLOCK * LG_GATE_FEATURES];
  const size_t outputs = p->width[p->n_layers];
  size_t asked = 0, known = SIZE_MAX; /* rows before `asked` have their y; row `known` is of a uniform chunk */
  net->kernel->features(p, n, stride, gates, u, udot, x);
  for (size_t from = 0; from < n; from += CHUNK) {
    const size_t rows = n - from < CHUNK ? n - from : CHUNK;
    if (rows == 1 || !all_same(from, rows, p->n_features, x)) continue;
    if (from > asked) lg_f32_mlp_columns(net->mlp, from - asked, LG_GATE_BLOCK, x + asked, y + asked);
    if (known == SIZE_MAX || !same_rows(known, from, p->n_features, x)) {
      lg_f32_mlp_columns(net->mlp, 1, LG_GATE_BLOCK, x + from, y + from);
      known = from;
    }
    for (size_t k = 0; k < outputs; k++) {
      const float one = y[k * LG_GATE_BLOCK + known];
      for (size_t i = 0; i < rows; i++) y[k * LG_GATE_BLOCK + from + i] = one;
    }
    asked = from + rows;
  }
  if (n > asked) lg_f32_mlp_columns(net->mlp, n - asked, LG_GATE_BLOCK, x + asked, y + asked);
}

static size_t rows_from(size_t n, size_t from) { return n - from < LG_GATE_BLOCK ? n - from : LG_GATE_BLOCK; }

void lg_gate_features(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, const double *u,
                      const double *udot, float *x) {
  const lg_gate_kernel *kernel = lg_gate_kernel_best();
  float columns[LG_GATE_BLOCK * LG_GATE_FEATURES];
  for (size_t from = 0; from < n; from += LG_GATE_BLOCK) {
    const size_t rows = rows_from(n, from);
    kernel->features(plan, rows, stride, gates + from, u + from, udot ? udot + from : NULL, columns);
    for (size_t i = 0; i < rows; i++)
      for (size_t k = 0; k < plan->n_features; k++)
        x[(from + i) * plan->n_features + k] = columns[k * LG_GATE_BLOCK + i];
  }
}

void lg_gate_net_rates(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                       const double *udot, double *opening, double *closing) {
  const lg_gate_plan *p = &net->plan;
  float y[LG_GATE_BLOCK * 2 * LG_GATES_MOST];
  for (size_t from = 0; from < n; from += LG_GATE_BLOCK) {
    const size_t rows = rows_from(n, from);
    ask(net, rows, stride, gates + from, u + from, udot ? udot + from : NULL, y);
    for (size_t k = 0; k < p->n_gates; k++) {
      const float *at = y + 2 * k * LG_GATE_BLOCK;
      net->kernel->rates(rows, (float)p->log_scale, p->log_open, at, opening + k * stride + from);
      net->kernel->rates(rows, (float)p->log_scale, p->log_close, at + LG_GATE_BLOCK, closing + k * stride + from);
    }
  }
}

void lg_gate_net_raw(const lg_gate_net *net, size_t n, const double *gate, const double *u, const double *udot,
                     double *slope) {
  const lg_gate_plan *p = &net->plan;
  float y[LG_GATE_BLOCK];
  for (size_t from = 0; from < n; from += LG_GATE_BLOCK) {
    const size_t rows = rows_from(n, from);
    ask(net, rows, n, gate + from, u + from, udot ? udot + from : NULL, y);
    for (size_t i = 0; i < rows; i++) {
      const double e = p->raw_sinh ? lg_exp(fabs((double)y[i])) : 0.0;
      const double s = 0.5 * (e - 1.0 / e);
      slope[from + i] = p->raw_scale * (!p->raw_sinh ? (double)y[i] : y[i] < 0.0f ? -s : s);
    }
  }
}

void lg_gate_relax(const lg_gate_net *net, size_t n, double h_s, const double *opening, const double *closing,
                   double *x, double *middle) {
  net->kernel->relax(n, h_s, opening, closing, x, middle);
}

size_t lg_gate_outside(const lg_gate_net *net, size_t n, const double *x, double low, double high) {
  return net->kernel->outside(n, x, low, high);
}

void lg_gate_open(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, double *open) {
  if (plan->n_gates == 1 && plan->power[0] == 1) {
    memcpy(open, gates, n * sizeof *open);
    return;
  }
  for (size_t i = 0; i < n; i++) open[i] = 1.0;
  for (size_t k = 0; k < plan->n_gates; k++)
    for (unsigned q = 0; q < plan->power[k]; q++)
      for (size_t i = 0; i < n; i++) open[i] *= gates[k * stride + i];
}
