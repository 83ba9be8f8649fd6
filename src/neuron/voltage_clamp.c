/* Gates of a point neuron under a command potential. */
#include "neuron/voltage_clamp.h"
#include "data/stimulus.h"
#include "neuron/plan.h"

#include <math.h>
#include <string.h>

#define SAME_MS 1e-9
#define DEFAULT_MS 0.0125
#define MAX_STEPS 1e10

typedef struct {
  lg_plan plan;
  const lg_stimulus_piece *piece;
  double capacitance, y[LG_NEURON_MAX_STATES];
} held;

/* y[0] is the command; returns the current. */
static double slopes(const held *h, double t, double *y, double *dy) {
  y[0] = lg_piece_current(h->piece, t);
  h->plan.ops->rhs(&h->plan, 0.0, y, dy);
  return -h->capacitance * dy[0];
}

static void step(held *h, double t, double dt) {
  const size_t n = h->plan.n;
  double k1[LG_NEURON_MAX_STATES], k2[LG_NEURON_MAX_STATES], k3[LG_NEURON_MAX_STATES], k4[LG_NEURON_MAX_STATES],
      z[LG_NEURON_MAX_STATES];
  (void)slopes(h, t, h->y, k1);
  for (size_t m = 1; m < n; m++) z[m] = h->y[m] + 0.5 * dt * k1[m];
  (void)slopes(h, t + 0.5 * dt, z, k2);
  for (size_t m = 1; m < n; m++) z[m] = h->y[m] + 0.5 * dt * k2[m];
  (void)slopes(h, t + 0.5 * dt, z, k3);
  for (size_t m = 1; m < n; m++) z[m] = h->y[m] + dt * k3[m];
  (void)slopes(h, t + dt, z, k4);
  for (size_t m = 1; m < n; m++) h->y[m] += dt * (1.0 / 6.0) * (k1[m] + 2.0 * (k2[m] + k3[m]) + k4[m]);
}

static void move(held *h, double from, double to, double dt_ms) {
  const double steps = ceil((to - from) / dt_ms - SAME_MS);
  const size_t n = steps > 1.0 ? (size_t)steps : 1;
  const double dt = (to - from) / (double)n;
  for (size_t k = 0; k < n; k++) step(h, from + (double)k * dt, dt);
}

static void sample(held *h, double t, lg_simulation *r, size_t k) {
  double dy[LG_NEURON_MAX_STATES];
  const double current = slopes(h, t, h->y, dy);
  for (size_t c = 0; c < h->plan.n; c++) r->states[c * r->n_samples + k] = h->y[c];
  r->states[h->plan.n * r->n_samples + k] = current;
}

static lg_status make_result(lg_ctx *ctx, const lg_plan *plan, const lg_protocol *protocol, lg_simulation **out) {
  lg_status status = LG_OK;
  lg_simulation *r = NULL;
  LG_NEW(ctx, r, 1);
  *out = r;
  r->sample_ms = protocol->sample_ms;
  r->n_samples = lg_protocol_samples(protocol);
  r->n_columns = plan->n + 1;
  LG_NEW(ctx, r->columns, r->n_columns);
  for (size_t k = 0; k < plan->n; k++) r->columns[k] = plan->info->states[plan->state[k]];
  r->columns[plan->n] = "i_ion";
  LG_NEW(ctx, r->states, r->n_columns * r->n_samples);
done:
  return status;
}

static void run(held *h, const lg_protocol *p, const lg_stimulus *s, double dt_ms, lg_simulation *r) {
  size_t next = 0, event = 0;
  double t = 0.0;
  for (size_t k = 0; k < s->n_pieces; k++) {
    h->piece = &s->pieces[k];
    for (; event < p->n_events && p->events[event].t_ms <= t + SAME_MS; event++)
      if (h->plan.ops->arrive) h->plan.ops->arrive(&h->plan, p->events[event].receptor, p->events[event].weight, h->y);
    while (t < h->piece->t1_ms) {
      if (next < r->n_samples && (double)next * r->sample_ms < t + SAME_MS) sample(h, t, r, next++);
      double to = next < r->n_samples ? (double)next * r->sample_ms : h->piece->t1_ms;
      if (to > h->piece->t1_ms - SAME_MS) to = h->piece->t1_ms;
      move(h, t, to, dt_ms);
      t = to;
    }
  }
  while (next < r->n_samples) sample(h, t, r, next++);
}

lg_status lg_neuron_voltage_clamp(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol, double dt_ms,
                                  lg_simulation **out) {
  lg_status status = LG_OK;
  lg_stimulus *stimulus = NULL;
  lg_simulation *result = NULL;
  lg_neuron started = *neuron;
  held h;
  *out = NULL;
  const double dt = dt_ms == 0.0 ? DEFAULT_MS : dt_ms;
  if (!(dt >= 1e-6 && dt <= 100.0)) return lg_fail(ctx, LG_ERR_RANGE, "dt is %g ms; allowed is 1e-6 … 100", dt_ms);
  if (protocol->duration_ms / dt > MAX_STEPS) return lg_fail(ctx, LG_ERR_LIMIT, "more than 1e10 steps");
  if (isnan(started.initial[0])) started.initial[0] = -65.0; /* a start is not looked for: the command gives it */
  LG_TRY(lg_plan_make(ctx, &started, &h.plan));
  if (h.plan.ops->reset)
    LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "model %s has no voltage clamp; models with channels have, hh52 and tm",
                   neuron->info->model));
  LG_TRY(lg_stimulus_create(ctx, protocol, &stimulus));
  h.capacitance = lg_neuron_get(neuron, "C");
  h.piece = &stimulus->pieces[0];
  h.plan.ops->steady(&h.plan, lg_piece_current(h.piece, 0.0), h.y);
  LG_TRY(make_result(ctx, &h.plan, protocol, &result));
  run(&h, protocol, stimulus, dt, result);
  *out = result;
  result = NULL;
done:
  lg_simulation_destroy(ctx, result);
  lg_stimulus_destroy(ctx, stimulus);
  return status;
}
