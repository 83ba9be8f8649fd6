/* Point neurons with learned channels. */
#include "base/elementary.h"
#include "neuron/channels.h"

#include <math.h>
#include <string.h>

enum { C = 0, GL, EL, V0, CELSIUS, FIXED, WORD = LG_CHANNEL_NAME + LG_GATE_NAME + 2 };

struct lg_channels {
  lg_model_info info; /* first: rows point at it */
  size_t n;
  lg_channel list[LG_CHANNELS_MOST];
  lg_field fields[FIXED + 2 * LG_CHANNELS_MOST];
  char field_names[2 * LG_CHANNELS_MOST][WORD];
  const char *states[LG_NEURON_MAX_STATES];
  char state_names[LG_NEURON_MAX_STATES][WORD];
};

static const char model_name[] = "channels";

static const lg_field fixed[FIXED] = {
    {"C", "uF/cm2", 1, 1e-3, 100, "Membrane capacitance."},
    {"gL", "mS/cm2", 0.3, 0, 1e3, "Leak conductance."},
    {"EL", "mV", -54.387, -150, 50, "Leak reversal potential."},
    {"V0", "mV", NAN, -150, 100, "Start potential, the resting potential unless given; the gates start steady at it."},
    {"celsius", "degC", NAN, -50, 100, "Temperature; unless given, that of each network's data."},
};

bool lg_channels_is(const lg_model_info *info) { return info && info->model == model_name; }

static const lg_channels *channels_of(const lg_plan *plan) {
  return (const lg_channels *)(const void *)plan->info; /* the row is its first member */
}

static double faster(const lg_plan *plan, const lg_gate_plan *p) {
  return isnan(plan->p[CELSIUS]) ? 1.0 : lg_gate_temperature_factor(p, plan->p[CELSIUS]);
}

static void rhs(const lg_plan *plan, double current, const double *y, double *dy) {
  const lg_channels *c = channels_of(plan);
  const double *at = y + 1;
  double sum = current - plan->p[GL] * (y[0] - plan->p[EL]);
  for (size_t k = 0; k < c->n; k++) {
    const lg_gate_plan *p = &c->list[k].net->plan;
    double open = 1e3 * plan->p[FIXED + 2 * k]; /* S/cm2 -> mS/cm2 */
    for (size_t g = 0; g < p->n_gates; g++)
      for (unsigned q = 0; q < p->power[g]; q++) open *= at[g];
    sum -= open * (y[0] - plan->p[FIXED + 2 * k + 1]);
    at += p->n_gates;
  }
  dy[0] = sum / plan->p[C];
  at = y + 1;
  double *to = dy + 1;
  for (size_t k = 0; k < c->n; k++) {
    const lg_gate_plan *p = &c->list[k].net->plan;
    const double per_ms = 1e-3 * faster(plan, p);
    double opening[LG_GATES_MOST], closing[LG_GATES_MOST];
    lg_gate_net_rates_exact(c->list[k].net, at, y[0], 1e3 * dy[0], opening, closing);
    for (size_t g = 0; g < p->n_gates; g++) to[g] = per_ms * (opening[g] * (1.0 - at[g]) - closing[g] * at[g]);
    at += p->n_gates;
    to += p->n_gates;
  }
}

static double spike(const lg_plan *plan, const double *y) {
  (void)plan;
  return y[0] + 20.0;
}

static void steady(const lg_plan *plan, double v, double *y) {
  const lg_channels *c = channels_of(plan);
  double *at = y + 1;
  y[0] = v;
  for (size_t k = 0; k < c->n; k++) {
    const lg_gate_net *net = c->list[k].net;
    double opening[LG_GATES_MOST], closing[LG_GATES_MOST];
    (void)lg_gate_net_rest(net, v, at);
    lg_gate_net_rates_exact(net, at, v, 0.0, opening, closing); /* to double where rates do not follow the gates */
    for (size_t g = 0; g < net->plan.n_gates && !lg_gate_plan_shown_itself(&net->plan); g++)
      at[g] = opening[g] / (opening[g] + closing[g]);
    at += net->plan.n_gates;
  }
}

static const lg_plan_ops ops = {.rhs = rhs, .spike = spike, .steady = steady};

lg_status lg_plan_channels(lg_ctx *ctx, const lg_neuron *neuron, lg_plan *plan) {
  plan->ops = &ops;
  plan->n = neuron->info->n_states;
  for (size_t k = 0; k < plan->n; k++) {
    plan->state[k] = (unsigned char)k;
    plan->place[k] = (signed char)k;
  }
  memcpy(plan->p, neuron->value, neuron->info->n_fields * sizeof plan->p[0]);
  double v = isnan(neuron->initial[0]) ? plan->p[V0] : neuron->initial[0];
  if (isnan(v)) {
    const lg_status status = lg_plan_rest(ctx, plan, 0.0, &v);
    if (status != LG_OK) return status;
  }
  steady(plan, v, plan->y0);
  return LG_OK;
}

/* ---- making ------------------------------------------------------------------------------------------ */

static lg_status check(lg_ctx *ctx, size_t n, const lg_channel *list) {
  size_t gates = 0;
  if (n == 0 || n > LG_CHANNELS_MOST)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu channels; allowed are 1 to %d", n, LG_CHANNELS_MOST);
  for (size_t k = 0; k < n; k++) {
    const lg_gate_plan *p = &list[k].net->plan;
    if (p->form != LG_GATE_RATE || p->input != LG_GATE_VOLTAGE)
      return lg_fail(ctx, LG_ERR_RANGE,
                     "channel %s: a point neuron takes networks of rates by voltage (form rate, "
                     "input v)",
                     list[k].name);
    for (size_t q = 0; q < k; q++)
      if (strcmp(list[q].name, list[k].name) == 0)
        return lg_fail(ctx, LG_ERR_RANGE, "two channels with the name %s", list[k].name);
    gates += p->n_gates;
  }
  if (1 + gates > LG_NEURON_MAX_STATES)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu gates; a point neuron has at most %d", gates, LG_NEURON_MAX_STATES - 1);
  return LG_OK;
}

static void name_things(lg_channels *c) {
  memcpy(c->fields, fixed, sizeof fixed);
  (void)snprintf(c->state_names[0], WORD, "v_mV");
  size_t states = 1;
  for (size_t k = 0; k < c->n; k++) {
    const lg_channel *h = &c->list[k];
    (void)snprintf(c->field_names[2 * k], WORD, "gmax_%s", h->name);
    (void)snprintf(c->field_names[2 * k + 1], WORD, "E_%s", h->name);
    c->fields[FIXED + 2 * k] =
        (lg_field){c->field_names[2 * k], "S/cm2", h->gmax_S_cm2, 0.0, 1e3, "Conductance when all channels are open."};
    c->fields[FIXED + 2 * k + 1] =
        (lg_field){c->field_names[2 * k + 1], "mV", h->reversal_mV, -500.0, 500.0, "Potential without current."};
    for (size_t g = 0; g < h->net->plan.n_gates; g++)
      (void)snprintf(c->state_names[states++], WORD, "%s_%s", h->net->plan.name[g], h->name);
  }
  for (size_t s = 0; s < states; s++) c->states[s] = c->state_names[s];
  c->info = (lg_model_info){.room = "neuron",
                            .model = model_name,
                            .variant = "",
                            .summary = "A point neuron whose channels are networks, per area; currents in uA/cm2.",
                            .reference = "",
                            .fields = c->fields,
                            .n_fields = FIXED + 2 * c->n,
                            .states = c->states,
                            .n_states = states};
}

lg_status lg_channels_create(lg_ctx *ctx, size_t n, const lg_channel *list, lg_channels **out) {
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(check(ctx, n, list));
  LG_NEW(ctx, *out, 1);
  (*out)->n = n;
  memcpy((*out)->list, list, n * sizeof *list);
  name_things(*out);
done:
  return status;
}

void lg_channels_destroy(lg_ctx *ctx, lg_channels *c) {
  if (!c) return;
  for (size_t k = 0; k < c->n; k++) lg_gate_net_destroy(ctx, c->list[k].net);
  lg_free(ctx, c);
}

void lg_channels_neuron(const lg_channels *c, lg_neuron *out) {
  memset(out, 0, sizeof *out);
  out->info = &c->info;
  for (size_t k = 0; k < c->info.n_fields; k++) out->value[k] = c->fields[k].default_value;
  for (size_t k = 0; k < LG_NEURON_MAX_STATES; k++) out->initial[k] = (double)NAN;
}
