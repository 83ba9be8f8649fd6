/* Fisher information of a protocol by central differences of freely firing simulations. */
#include "base/base.h"
#include "base/elementary.h"
#include "num/cholesky.h"

#include <loligo/design.h>
#include <math.h>
#include <string.h>

#define STEP 1e-4 /* of the prior's standard deviation: shifts late spikes by a hundredth of a millisecond */

/* Spikes of two runs that are nearer are the same spike: the shift is that of a step of 1e-4, so one parameter may move
   a spike by a second per prior standard deviation before its derivative means nothing. */
#define SAME_SPIKE_MS 0.1

enum { N = LG_DESIGN_MAX_PARAMETERS };

/* Standard deviations of the priors of cloning (uniform sides over sqrt 12), rounded; e-folds for logarithms. */
static const struct {
  const char *name;
  int logarithmic;
  double scale;
} judged[] = {
    {"C", 1, 0.73},     {"k", 1, 0.8},       {"klow", 1, 0.8}, {"khigh", 1, 0.8},   {"vr", 0, 8.7},   {"vt", 0, 9.2},
    {"vb", 0, 9.0},     {"a", 1, 1.13},      {"b", 0, 7.5},    {"b_above", 0, 7.5}, {"c", 0, 7.8},    {"d", 0, 58.0},
    {"vpeak", 0, 13.0}, {"Ishift", 0, 30.0}, {"gNa", 1, 0.55}, {"gK", 1, 0.66},     {"gL", 1, 0.66},  {"gM", 1, 0.98},
    {"ENa", 0, 7.2},    {"EK", 0, 7.2},      {"EL", 0, 6.4},   {"VT", 0, 5.2},      {"gNaP", 1, 0.7}, {"gA", 1, 0.7},
    {"gH", 1, 0.7},     {"gCaT", 1, 0.7},    {"gCaL", 1, 0.7}, {"gSK", 1, 0.7},
};

/* A conductance of 0 is a current that the neuron does not have: nothing to find. */
static void choose(const lg_neuron *neuron, lg_design *d) {
  d->n = 0;
  for (size_t f = 0; f < neuron->info->n_fields; f++)
    for (size_t k = 0; k < sizeof judged / sizeof judged[0] && d->n < N; k++) {
      if (strcmp(neuron->info->fields[f].name, judged[k].name) != 0) continue;
      if (judged[k].logarithmic && !(neuron->value[f] > 0.0)) continue;
      d->parameter[d->n++] = (lg_design_parameter){f, judged[k].logarithmic, judged[k].scale};
    }
}

/* The neuron with x of one parameter moved by `steps` of STEP * scale. */
static lg_neuron moved(const lg_neuron *neuron, const lg_design_parameter *p, double steps) {
  lg_neuron m = *neuron;
  const double dx = steps * STEP * p->scale;
  m.value[p->field] = p->logarithmic ? m.value[p->field] * lg_exp(dx) : m.value[p->field] + dx;
  return m;
}

typedef struct differences {
  double *slope;      /* (n, samples) d v / d (x / scale) */
  double *rate;       /* (samples) dv/dt, mV/ms, not across a spike */
  unsigned char *bad; /* (samples) no derivative here */
  bool given_spikes;  /* sensitivities given the time of the last spike */
} differences;

/* Time of the last spike at or before t, -1 when there is none; *i walks on. */
static double last_spike(const lg_simulation *sim, double t, size_t *i) {
  while (*i < sim->n_spikes && sim->spikes_ms[*i] <= t) (*i)++;
  return *i > 0 ? sim->spikes_ms[*i - 1] : -1.0;
}

/* dv/dt of the base, not across its spikes. */
static void follow_base(const lg_simulation *base, differences *d) {
  const size_t n = base->n_samples;
  const double *v = base->states, dt = base->sample_ms;
  size_t spikes = 0;
  for (size_t k = 0; k < n; k++) {
    const size_t so_far = spikes;
    (void)last_spike(base, (double)k * dt, &spikes);
    const bool left = k > 0 && so_far == spikes;
    const bool right = k + 1 < n && !(spikes < base->n_spikes && base->spikes_ms[spikes] <= (double)(k + 1) * dt);
    const size_t a = left ? k - 1 : k, b = right ? k + 1 : k;
    d->rate[k] = b > a ? (v[b] - v[a]) / ((double)(b - a) * dt) : 0.0;
  }
}

/* One row of sensitivities from the runs on both sides. Where the last spikes of the three runs are not the same one, a
   little earlier or later, there is no derivative. */
static void subtract(const lg_simulation *base, const lg_simulation *low, const lg_simulation *high, double step,
                     const differences *d, double *slope) {
  size_t i = 0, j = 0, k = 0;
  for (size_t q = 0; q < base->n_samples; q++) {
    const double t = (double)q * base->sample_ms, s = last_spike(base, t, &i);
    const double before = last_spike(low, t, &j), after = last_spike(high, t, &k);
    slope[q] = step > 0.0 ? (high->states[q] - low->states[q]) / step : 0.0;
    if (!(fabs(before - s) <= SAME_SPIKE_MS && fabs(after - s) <= SAME_SPIKE_MS)) d->bad[q] = 1;
    if (d->given_spikes && step > 0.0) slope[q] += d->rate[q] * (after - before) / step;
  }
}

static lg_status differentiate(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                               const lg_simulate_options *how, const lg_simulation *base, const lg_design *d,
                               differences *out) {
  lg_status status = LG_OK;
  lg_simulation *sim[2] = {NULL, NULL};
  for (size_t p = 0; p < d->n; p++) {
    const lg_field *field = &neuron->info->fields[d->parameter[p].field];
    double reached[2];
    for (int side = 0; side < 2; side++) {
      const lg_neuron m = moved(neuron, &d->parameter[p], side ? 1.0 : -1.0);
      const double value = m.value[d->parameter[p].field];
      /* at the border of the allowed range: a one-sided difference */
      const bool outside = !(value >= field->low && value <= field->high);
      reached[side] = outside ? 0.0 : (side ? 1.0 : -1.0);
      LG_TRY(lg_simulate(ctx, outside ? neuron : &m, protocol, how, &sim[side]));
    }
    const double step = (reached[1] - reached[0]) * STEP;
    subtract(base, sim[0], sim[1], step, out, out->slope + p * base->n_samples);
    for (int side = 0; side < 2; side++) {
      lg_simulation_destroy(ctx, sim[side]);
      sim[side] = NULL;
    }
  }
done:
  lg_simulation_destroy(ctx, sim[0]);
  lg_simulation_destroy(ctx, sim[1]);
  return status;
}

static void gather(const lg_simulation *base, const differences *diff, double noise_mV, lg_design *d) {
  const double *v = base->states;
  const size_t n = base->n_samples;
  memset(d->information, 0, sizeof d->information);
  for (size_t k = 0; k < n; k++) {
    if (diff->bad[k]) {
      d->n_excluded++;
      continue;
    }
    const size_t a = k > 0 ? k - 1 : k, b = k + 1 < n ? k + 1 : k;
    const double change = b > a ? (v[b] - v[a]) / (double)(b - a) : 0.0;
    const double weight = 1.0 / (noise_mV * noise_mV + 0.25 * change * change);
    for (size_t p = 0; p < d->n; p++)
      for (size_t q = 0; q <= p; q++)
        d->information[p * d->n + q] += weight * diff->slope[p * n + k] * diff->slope[q * n + k];
  }
  for (size_t p = 0; p < d->n; p++)
    for (size_t q = 0; q < p; q++) d->information[q * d->n + p] = d->information[p * d->n + q];
}

/* ln det of the information (plus the unit matrix); -INFINITY when singular. The factor stays in l. */
static double log_det(const lg_design *d, double ridge, double l[N * N]) {
  memcpy(l, d->information, d->n * d->n * sizeof *l);
  for (size_t p = 0; p < d->n; p++) l[p * d->n + p] += ridge;
  if (!lg_cholesky(d->n, l)) return -(double)INFINITY;
  double sum = 0.0;
  for (size_t p = 0; p < d->n; p++) sum += 2.0 * lg_ln(l[p * d->n + p]);
  return sum;
}

static lg_status judge(lg_ctx *ctx, lg_design *d) {
  double l[N * N], inverse[N * N];
  d->log_det = log_det(d, 0.0, l);
  const double with_prior = log_det(d, 1.0, l);
  if (!(fabs(with_prior) < 1e9)) return lg_fail(ctx, LG_ERR_NUMERICAL, "the information is not a finite number");
  d->gain_nats = 0.5 * with_prior;
  lg_cholesky_inverse(d->n, l, inverse);
  for (size_t p = 0; p < d->n; p++) d->sd[p] = sqrt(inverse[p * d->n + p]);
  return LG_OK;
}

lg_status lg_design_judge(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                          const lg_design_options *options, lg_design *out) {
  const lg_design_options defaults = LG_DESIGN_OPTIONS_INIT;
  const lg_design_options *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_simulation *base = NULL;
  differences diff = {NULL, NULL, NULL, false};
  lg_simulate_options how = LG_SIMULATE_OPTIONS_INIT;
  memset(out, 0, sizeof *out);
  if (o->size < sizeof *o)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options of %zu bytes; set .size by LG_DESIGN_OPTIONS_INIT", o->size);
  if (!(o->noise_mV >= 1e-6 && o->noise_mV <= 100.0))
    return lg_fail(ctx, LG_ERR_RANGE, "noise_mV is %g; allowed is 1e-6 … 100", o->noise_mV);
  LG_TRY(lg_neuron_check(ctx, neuron));
  how.solver = o->solver;
  choose(neuron, out);
  LG_TRY(lg_simulate(ctx, neuron, protocol, &how, &base));
  out->n_spikes = base->n_spikes;
  out->n_samples = base->n_samples;
  diff.given_spikes = !o->free_running;
  LG_NEW(ctx, diff.slope, out->n * base->n_samples + 1);
  LG_NEW(ctx, diff.bad, base->n_samples);
  LG_NEW(ctx, diff.rate, base->n_samples);
  follow_base(base, &diff);
  LG_TRY(differentiate(ctx, neuron, protocol, &how, base, out, &diff));
  gather(base, &diff, o->noise_mV, out);
  LG_TRY(judge(ctx, out));
done:
  lg_free(ctx, diff.slope);
  lg_free(ctx, diff.bad);
  lg_free(ctx, diff.rate);
  lg_simulation_destroy(ctx, base);
  return status;
}
