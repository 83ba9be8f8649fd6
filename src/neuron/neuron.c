/* Neurons as rows of the table with values: making, setting, checking, resting. */
#include "neuron/channels.h"
#include "neuron/plan.h"

#include <math.h>
#include <string.h>

static const lg_model_info *const rows[] = {
    &lg_info_izhikevich[LG_IZH_STD],
    &lg_info_izhikevich[LG_IZH_LTS],
    &lg_info_izhikevich[LG_IZH_FS],
    &lg_info_izhikevich[LG_IZH_TC],
    &lg_info_izhikevich[LG_IZH_RTN],
    &lg_info_izhikevich[LG_IZH_KLOWKHIGH],
    &lg_info_hh52,
    &lg_info_tm,
};

const lg_model_info *const *lg_neuron_models(size_t *n) {
  *n = sizeof rows / sizeof rows[0];
  return rows;
}

size_t lg_model_field(const lg_model_info *info, const char *name) {
  for (size_t k = 0; k < info->n_fields; k++)
    if (strcmp(info->fields[k].name, name) == 0) return k;
  return SIZE_MAX;
}

static const lg_model_info *find_row(const char *model, const char *variant, bool *model_known) {
  *model_known = false;
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    if (strcmp(rows[k]->model, model) != 0) continue;
    *model_known = true;
    if (!variant || variant[0] == '\0' || strcmp(rows[k]->variant, variant) == 0) return rows[k];
  }
  return NULL;
}

lg_status lg_neuron_init(lg_ctx *ctx, const char *model, const char *variant, lg_neuron *out) {
  bool known;
  memset(out, 0, sizeof *out);
  const lg_model_info *info = find_row(model, variant, &known);
  if (!info && !known)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no model '%s'; models are izhikevich, hh52, tm", model);
  if (!info)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "model %s has no variant '%s'; %s", model, variant,
                   strcmp(model, "izhikevich") == 0
                       ? "variants are std, LTS, FS, TC, RTN, klowkhigh (and 2003 in files)"
                       : "it has none");
  out->info = info;
  for (size_t k = 0; k < info->n_fields; k++) out->value[k] = info->fields[k].default_value;
  for (size_t k = 0; k < LG_NEURON_MAX_STATES; k++) out->initial[k] = (double)NAN;
  return LG_OK;
}

/* A field may stay NAN where its default is: the model finds the value itself. */
static lg_status check_field(lg_ctx *ctx, const lg_field *f, double value) {
  if (isnan(value) && isnan(f->default_value)) return LG_OK;
  if (value >= f->low && value <= f->high) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "%s is %g %s; allowed is %g … %g", f->name, value, f->unit, f->low, f->high);
}

lg_status lg_neuron_set(lg_ctx *ctx, lg_neuron *neuron, const char *field, double value) {
  const size_t k = lg_model_field(neuron->info, field);
  if (k == SIZE_MAX)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "model %s %s has no parameter '%s'", neuron->info->model,
                   neuron->info->variant, field);
  const lg_status status = check_field(ctx, &neuron->info->fields[k], value);
  if (status == LG_OK) neuron->value[k] = value;
  return status;
}

double lg_neuron_get(const lg_neuron *neuron, const char *field) {
  const size_t k = lg_model_field(neuron->info, field);
  return k == SIZE_MAX ? (double)NAN : neuron->value[k];
}

static lg_status check_initial(lg_ctx *ctx, const lg_neuron *neuron) {
  const double v = neuron->initial[0];
  if (!isnan(v) && !(v >= -200.0 && v <= 150.0))
    return lg_fail(ctx, LG_ERR_RANGE, "initial %s is %g; allowed is -200 … 150", neuron->info->states[0], v);
  for (size_t k = 1; k < neuron->info->n_states; k++)
    if (!isnan(neuron->initial[k]) && !(fabs(neuron->initial[k]) <= 1e6))
      return lg_fail(ctx, LG_ERR_RANGE, "initial %s is %g; allowed is ±1e6", neuron->info->states[k],
                     neuron->initial[k]);
  return LG_OK;
}

lg_status lg_neuron_check(lg_ctx *ctx, const lg_neuron *neuron) {
  if (!neuron->info) return lg_fail(ctx, LG_ERR_ARGUMENT, "the neuron has no model; make it with lg_neuron_init()");
  for (size_t k = 0; k < neuron->info->n_fields; k++) {
    const lg_status status = check_field(ctx, &neuron->info->fields[k], neuron->value[k]);
    if (status != LG_OK) return status;
  }
  const lg_status status = check_initial(ctx, neuron);
  if (status != LG_OK) return status;
  if (strcmp(neuron->info->model, "izhikevich") == 0) return lg_check_izhikevich(ctx, neuron);
  if (neuron->info == &lg_info_tm) return lg_check_tm(ctx, neuron);
  return LG_OK;
}

void lg_plan_given_states(const lg_neuron *neuron, lg_plan *plan) {
  for (size_t k = 1; k < plan->n; k++) {
    const double given = neuron->initial[plan->state[k]];
    if (!isnan(given)) plan->y0[k] = given;
  }
}

lg_status lg_plan_make(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  lg_status status = lg_neuron_check(ctx, neuron);
  if (status != LG_OK) return status;
  memset(plan, 0, sizeof *plan);
  memset(plan->place, -1, sizeof plan->place);
  plan->info = neuron->info;
  plan->v_inward = -150.0;
  if (neuron->info == &lg_info_hh52) status = lg_plan_hh52(ctx, neuron, plan);
  else if (neuron->info == &lg_info_tm) status = lg_plan_tm(ctx, neuron, plan);
  else if (lg_channels_is(neuron->info)) status = lg_plan_channels(ctx, neuron, plan);
  else status = lg_plan_izhikevich(ctx, neuron, plan);
  if (status != LG_OK) return status;
  lg_plan_given_states(neuron, plan);
  plan->above = plan->ops->surface ? plan->ops->surface(plan, plan->y0) > 0.0 : 0;
  return LG_OK;
}

static double steady_slope(const lg_plan *plan, double current, double v) {
  double y[LG_NEURON_MAX_STATES], dy[LG_NEURON_MAX_STATES];
  plan->ops->steady(plan, v, y);
  if (!plan->ops->surface) {
    plan->ops->rhs(plan, current, y, dy);
    return dy[0];
  }
  lg_plan clamped = *plan;
  clamped.above = plan->ops->surface(plan, y) > 0.0;
  plan->ops->rhs(&clamped, current, y, dy);
  return dy[0];
}

enum { REST_GRID = 2000, REST_STRIDE = 8 };

static double rest_grid(int k) { return -150.0 + 0.1 * k; }

/* Zero between low, where the current is inward, and high; halved until neighbours are left. */
static double bisect_rest(const lg_plan *plan, double current, double low, double high) {
  for (int i = 0; i < 60; i++) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    if (steady_slope(plan, current, middle) >= 0.0) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

/* A resting point is stable: the current turns from inward to outward. The first such interval of the grid from point k
   to end, or -1; *slope is that at k, then that at the last point looked at. */
static int turn_of_current(const lg_plan *plan, double current, int k, int end, double *slope) {
  for (; k < end; k++) {
    const double next = steady_slope(plan, current, rest_grid(k + 1));
    if (*slope >= 0.0 && next < 0.0) return k;
    *slope = next;
  }
  return -1;
}

bool lg_plan_find_rest(const lg_plan *plan, double current, double *v_mV) {
  int k = 0; /* the grid is the same wherever the search begins */
  if (current >= 0.0 && plan->v_inward > -149.0) k = (int)((plan->v_inward + 150.0) * 10.0) - 2;
  double slope = steady_slope(plan, current, rest_grid(k)), before = (double)NAN;
  *v_mV = (double)NAN;
  while (k < REST_GRID) {
    const int end = k + REST_STRIDE < REST_GRID ? k + REST_STRIDE : REST_GRID;
    const double far = steady_slope(plan, current, rest_grid(end)), start = slope;
    const double bend = fabs((far - slope) - (slope - before));
    /* a stride where the current stays inward by more than its bend could take away holds no zero */
    if (slope > 2.0 * bend && far > 2.0 * bend) slope = far;
    else {
      const int turn = turn_of_current(plan, current, k, end, &slope);
      if (turn >= 0) {
        *v_mV = bisect_rest(plan, current, rest_grid(turn), rest_grid(turn + 1));
        return true;
      }
    }
    before = start;
    k = end;
  }
  return false;
}

lg_status lg_plan_rest(lg_ctx *ctx, const lg_plan *plan, double current, double *v_mV) {
  if (lg_plan_find_rest(plan, current, v_mV)) return LG_OK;
  return lg_fail(ctx, LG_ERR_RANGE, "there is no resting potential between -150 and 50 mV; give V0");
}

lg_status lg_neuron_rest(lg_ctx *ctx, const lg_neuron *neuron, double current, double *v_mV) {
  lg_plan plan;
  lg_neuron started = *neuron;
  *v_mV = (double)NAN;
  if (isnan(started.initial[0])) started.initial[0] = -65.0; /* the start does not matter for the rest */
  if (neuron->info && strcmp(neuron->info->model, "izhikevich") == 0) started.initial[0] = neuron->initial[0];
  const lg_status status = lg_plan_make(ctx, &started, &plan);
  if (status != LG_OK) return status;
  return lg_plan_rest(ctx, &plan, current, v_mV);
}

lg_status lg_neuron_from_izhikevich_2003(lg_ctx *ctx, double a, double b, double c, double d, double peak_mV,
                                         lg_neuron *out) {
  lg_status status = LG_OK;
  const double discriminant = (5.0 - b) * (5.0 - b) - 4.0 * 0.04 * 140.0;
  if (!(discriminant >= 0.0))
    return lg_fail(ctx, LG_ERR_RANGE, "b is %g; with (5-b)^2 < 22.4 the 2003 form has no resting point to map", b);
  const double vr = (-(5.0 - b) - sqrt(discriminant)) / 0.08;
  LG_TRY(lg_neuron_init(ctx, "izhikevich", "std", out));
  LG_TRY(lg_neuron_set(ctx, out, "C", 1.0));
  LG_TRY(lg_neuron_set(ctx, out, "k", 0.04));
  LG_TRY(lg_neuron_set(ctx, out, "vr", vr));
  LG_TRY(lg_neuron_set(ctx, out, "vt", -125.0 - vr));
  LG_TRY(lg_neuron_set(ctx, out, "a", a));
  LG_TRY(lg_neuron_set(ctx, out, "b", b));
  LG_TRY(lg_neuron_set(ctx, out, "c", c));
  LG_TRY(lg_neuron_set(ctx, out, "d", d));
  LG_TRY(lg_neuron_set(ctx, out, "vpeak", peak_mV));
done:
  return status;
}

lg_status lg_izhikevich_derive(lg_ctx *ctx, const lg_neuron *neuron, lg_izhikevich_facts *out) {
  lg_status status = lg_neuron_check(ctx, neuron);
  if (status != LG_OK) return status;
  if (neuron->info != &lg_info_izhikevich[LG_IZH_STD])
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the facts are those of izhikevich/std, not of %s/%s", neuron->info->model,
                   neuron->info->variant);
  const double *x = neuron->value;
  const double C = x[0], k = x[1], vr = x[2], vt = x[3], a = x[4], b = x[5];
  out->g_rest_nS = k * (vt - vr);
  out->g_steady_nS = out->g_rest_nS + b;
  out->tau_ms = C / out->g_rest_nS;
  out->v_saddle_mV = 0.5 * (vr + vt) + 0.5 * b / k;
  out->v_hopf_mV = 0.5 * (vr + vt) + 0.5 * a * C / k;
  out->hopf_first = a * C < b;
  const double v = out->hopf_first ? out->v_hopf_mV : out->v_saddle_mV;
  out->rheobase_pA = b * (v - vr) - k * (v - vr) * (v - vt);
  return LG_OK;
}
