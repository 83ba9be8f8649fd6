/* The learned map: architecture, evaluation, application to a twin. */
#include "twin/drug_learn_net.h"

#include "base/elementary.h"
#include "neuron/plan.h"

#include <string.h>

enum { M = LG_MECHANISMS, P = LG_EFFECT_P, Z = LG_EFFECT_Z };

lg_status lg_delta_net_create(lg_ctx *ctx, size_t hidden, lg_delta_net **out) {
  lg_status status = LG_OK;
  lg_delta_net *net = NULL;
  *out = NULL;
  LG_NEW(ctx, net, 1);
  net->hidden = hidden;
  LG_TRY(lg_dense_create(ctx, &net->params, "hidden.0", LG_DELTA_INPUTS, hidden, &net->layer[0]));
  LG_TRY(lg_dense_create(ctx, &net->params, "hidden.1", hidden, hidden, &net->layer[1]));
  LG_TRY(lg_dense_create(ctx, &net->params, "head", hidden, M * P + P, &net->layer[2]));
  LG_NEW(ctx, net->theta, net->params.count);
  for (int k = 0; k < P; k++) net->delta_sd[k] = net->spread[k] = 1.0;
  *out = net;
  return LG_OK;
done:
  lg_delta_net_destroy(ctx, net);
  return status;
}

void lg_delta_net_destroy(lg_ctx *ctx, lg_delta_net *net) {
  if (!net) return;
  lg_params_clear(ctx, &net->params);
  lg_free(ctx, net->theta);
  lg_free(ctx, net);
}

void lg_delta_net_inputs(const lg_delta_net *net, const double z[Z], const lg_mechanism *m, float x[LG_DELTA_INPUTS]) {
  size_t n = 0;
  for (int k = 0; k < Z; k++) x[n++] = (float)((z[k] - net->z_mean[k]) / net->z_sd[k]);
  for (int k = 0; k < M; k++) x[n++] = (float)m->strength[k];
  for (int k = 0; k < LG_MECHANISM_CONTEXT; k++) x[n++] = (float)m->context[k];
  /* what is left of a conductance matters by its logarithm */
  for (int k = 0; k < 3; k++) x[n++] = (float)-lg_ln(fmax(1.0 - m->strength[k], 0.02));
}

double lg_delta_gate(const lg_mechanism *m) {
  double sum = 0.0;
  for (int k = 0; k < M; k++) sum += fabs(m->strength[k]);
  return sum / (0.3 + sum);
}

static void dense(const float *theta, const lg_dense *layer, const double *x, bool bend, double *y) {
  for (size_t j = 0; j < layer->out; j++) y[j] = (double)theta[layer->bias + j];
  for (size_t i = 0; i < layer->in; i++)
    for (size_t j = 0; j < layer->out; j++) y[j] += x[i] * (double)theta[layer->weight + i * layer->out + j];
  for (size_t j = 0; bend && j < layer->out; j++) y[j] = lg_tanh(y[j]);
}

static double distance_of(const lg_delta_net *net, const double z[Z]) {
  double y[Z], sum = 0.0;
  for (int i = 0; i < Z; i++) {
    y[i] = (z[i] - net->z_mean[i]) / net->z_sd[i];
    for (int k = 0; k < i; k++) y[i] -= net->chol[i * Z + k] * y[k];
    y[i] /= net->chol[i * Z + i];
    sum += y[i] * y[i];
  }
  return sqrt(sum) / net->limit;
}

/* A mechanism that was not trained on does nothing that is known. */
static lg_mechanism within(const lg_delta_net *net, const lg_mechanism *m) {
  lg_mechanism inside = *m;
  for (int k = 0; k < M; k++)
    inside.strength[k] = fmin(fmax(m->strength[k], net->strength_low[k]), net->strength_high[k]);
  return inside;
}

void lg_delta_net_guess(const lg_delta_net *net, const lg_izh_params *p, const lg_mechanism *asked,
                        lg_delta_guess *out) {
  const lg_mechanism clipped = within(net, asked), *m = &clipped;
  float inputs[LG_DELTA_INPUTS];
  double x[LG_DELTA_HIDDEN_MOST], y[LG_DELTA_HIDDEN_MOST], head[M * P + P], z[Z];
  const double gate = lg_delta_gate(m);
  lg_effect_z(p, z);
  lg_delta_net_inputs(net, z, m, inputs);
  for (int k = 0; k < LG_DELTA_INPUTS; k++) x[k] = (double)inputs[k];
  dense(net->theta, &net->layer[0], x, true, y);
  dense(net->theta, &net->layer[1], y, true, x);
  dense(net->theta, &net->layer[2], x, false, head);
  for (int j = 0; j < P; j++) {
    out->delta[j] = 0.0;
    for (int k = 0; k < M; k++) out->delta[j] += m->strength[k] * head[k * P + j];
    out->delta[j] *= net->delta_sd[j];
    const double log_variance = fmin(fmax(head[M * P + j], -12.0), 12.0);
    out->sd[j] = net->spread[j] * net->delta_sd[j] * gate * lg_exp(0.5 * log_variance);
  }
  out->distance = distance_of(net, z);
}

/* ---- on a twin -------------------------------------------------------------------------------------- */

/* A conductance neuron of the twin's size and steady conductance, for drugs to act on; the middle of the prior. */
static lg_status stand_in(lg_ctx *ctx, const lg_izh_params *p, lg_neuron *out) {
  const lg_status status = lg_neuron_init(ctx, "tm", "", out);
  const double leak = p->k * (p->vt - p->vr) + p->b;
  double *v = out->value;
  v[LG_TM_C] = p->C;
  v[LG_TM_GNA] = 39.0 * p->C;
  v[LG_TM_GK] = 6.3 * p->C;
  v[LG_TM_GM] = 0.027 * p->C;
  v[LG_TM_GL] = fmin(fmax(leak, 0.015 * p->C), 0.15 * p->C);
  return status;
}

/* Whether a drug acts on a current of real cells that the training neurons lack: then "no effect" is not known. */
static bool misses(const lg_drug_notes *notes) {
  for (size_t k = 0; k < notes->n; k++) {
    const lg_drug_hook hook = notes->notes[k].effect->hook;
    if (notes->notes[k].outcome == LG_DRUG_NO_TARGET &&
        (hook == LG_HOOK_NAP || hook == LG_HOOK_A || (hook >= LG_HOOK_H && hook <= LG_HOOK_SK)))
      return true;
  }
  return false;
}

static void judge(const lg_delta_net *net, const lg_delta_guess *guess, lg_learned_note *note) {
  const double *s = note->mechanism.strength;
  int acting = 0;
  note->inside = true;
  for (int k = 0; k < M; k++) {
    acting += s[k] != 0.0 && k != 7; /* resting and inactivated block come together */
    if (s[k] >= net->strength_low[k] - 1e-9 && s[k] <= net->strength_high[k] + 1e-9) continue;
    note->inside = false;
    (void)snprintf(note->reason, sizeof note->reason, "%s of %.3g is outside the trained range %.3g ... %.3g",
                   lg_mechanism_names[k], s[k], net->strength_low[k], net->strength_high[k]);
  }
  for (int j = 0; j < P; j++) {
    if (fabs(guess->delta[j]) <= lg_effect_most[j]) continue;
    note->inside = false;
    (void)snprintf(note->reason, sizeof note->reason, "a change of %s by %.3g %s is more than was trained on (%.3g)",
                   lg_effect_names[j], guess->delta[j], lg_effect_units[j], lg_effect_most[j]);
  }
  if (acting > 2) {
    note->inside = false;
    (void)snprintf(note->reason, sizeof note->reason, "%d mechanisms at once; the network saw one or two", acting);
  }
  if (note->mechanism.other) {
    note->inside = false;
    (void)snprintf(note->reason, sizeof note->reason,
                   "the drug also acts on a current that the training neurons do not have");
  }
  if (guess->distance > 1.0) {
    note->inside = false;
    (void)snprintf(note->reason, sizeof note->reason,
                   "the twin lies outside the training population (distance %.2f, above 1 for 2.5 %% of it)",
                   guess->distance);
  }
}

lg_status lg_drug_learned_apply(lg_ctx *ctx, const lg_delta_net *net, const lg_neuron *neuron, const lg_dose *doses,
                                size_t n, const lg_drug_bath *bath, lg_neuron *out, lg_learned_note *note) {
  lg_status status = LG_OK;
  lg_neuron plain, treated;
  lg_learned_note own;
  lg_delta_guess guess;
  if (neuron->info != &lg_info_izhikevich[LG_IZH_STD])
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "learned effects are of izhikevich std, this neuron is %s %s",
                   neuron->info->model, neuron->info->variant);
  memset(&own, 0, sizeof own);
  const lg_izh_params p = lg_izh_from_vector(neuron->value);
  lg_drug_bath usual = LG_DRUG_BATH_INIT;
  usual.gGABA_tonic_nS = 0.05 * p.C;
  LG_TRY(stand_in(ctx, &p, &plain));
  LG_TRY(lg_drug_apply(ctx, &plain, doses, n, bath ? bath : &usual, &treated, &own.notes));
  lg_mechanism_between(&plain, &treated, &own.mechanism);
  own.mechanism.other = own.mechanism.other || misses(&own.notes);
  lg_delta_net_guess(net, &p, &own.mechanism, &guess);
  *out = *neuron;
  if (lg_delta_gate(&own.mechanism) > 0.0) {
    const lg_izh_params q = lg_effect_changed(&p, guess.delta);
    lg_izh_to_vector(&q, out->value);
    if (!(out->value[6] < out->value[8])) out->value[6] = out->value[8] - 1.0; /* c stays below vpeak */
  }
  for (int j = 0; j < P; j++) own.sd[j] = guess.sd[j] * (j == 3 ? p.C : 1.0);
  judge(net, &guess, &own);
  if (note) *note = own;
done:
  return status;
}
