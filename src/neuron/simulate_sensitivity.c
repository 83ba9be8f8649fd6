/*
 * lg_simulate_sensitivity: state and sensitivities in one system for the adaptive integrator, a pass per group of
 * parameters. Y holds the n states, then n values per parameter: the derivative times the parameter's scale.
 */
#include "data/stimulus.h"
#include "neuron/run.h"
#include "neuron/tangent.h"

#include <loligo/sensitivity.h>
#include <math.h>
#include <string.h>

#define SAME_MS 1e-9
#define SMALLEST_STEP_MS 1e-13
#define OFF 1e-300 /* instead of a conductance of 0: its gates are integrated, its current is nothing */
#define MAX_SPIKES ((size_t)10000000)
#define CANCEL_EVERY 1024

enum { MAX_Y = LG_DOP853_MAX_STATES };

typedef struct pass {
  lg_ctx *ctx;
  lg_plan plan;
  const lg_neuron *neuron; /* with OFF */
  const lg_protocol *protocol;
  const lg_stimulus_piece *piece;
  lg_sensitivity *result;
  size_t first, n_parameters; /* of this pass, in the result */
  size_t slot[MAX_Y];         /* (n_parameters) places in plan.p */
  double scale[MAX_Y];
  double t, Y[MAX_Y];
  size_t next_sample, next_event, n_spikes, spike_room;
  lg_dop853 step, state; /* of Y; of the states alone, for roots */
  double h;
} pass;

static double *tangent_of(pass *s, double *Y, size_t j) { return Y + s->plan.n * (j + 1); }

/* Parameters as tangents: 1 scale along parameter j (SIZE_MAX: along none). */
static void parameters_along(const pass *s, size_t j, lg_tangent *p) {
  for (size_t k = 0; k < LG_NEURON_MAX_FIELDS; k++) p[k] = s->plan.p[k];
  if (j != SIZE_MAX) p[s->slot[j]] = lg_tangent_make(s->plan.p[s->slot[j]], s->scale[j]);
}

static void join(size_t n, const double *y, const double *dy, lg_tangent *z) {
  for (size_t m = 0; m < n; m++) z[m] = lg_tangent_make(y[m], dy[m]);
}

static void rhs_state(void *user, double t, const double *y, double *dy) {
  const pass *s = user;
  s->plan.ops->rhs(&s->plan, lg_piece_current(s->piece, t), y, dy);
}

static void rhs_all(void *user, double t, const double *Y, double *dY) {
  pass *s = user;
  const size_t n = s->plan.n;
  const double current = lg_piece_current(s->piece, t);
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES], dz[LG_NEURON_MAX_STATES];
  s->plan.ops->rhs(&s->plan, current, Y, dY);
  parameters_along(s, SIZE_MAX, p);
  for (size_t j = 0; j < s->n_parameters; j++) {
    const lg_tangent kept = p[s->slot[j]];
    p[s->slot[j]] = lg_tangent_make(creal(kept), s->scale[j]);
    join(n, Y, Y + n * (j + 1), z);
    s->plan.ops->tangent->rhs(&s->plan, p, current, z, dz);
    for (size_t m = 0; m < n; m++) dY[n * (j + 1) + m] = lg_tangent_slope(dz[m]);
    p[s->slot[j]] = kept;
  }
}

/* ---- start --------------------------------------------------------------------------------------- */

/* d rest / d p along parameter j: -F_p / F_v of the steady-state current F(v, p). */
static double rest_along(const pass *s, size_t j) {
  const lg_tangent_ops *ops = s->plan.ops->tangent;
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES], dz[LG_NEURON_MAX_STATES];
  parameters_along(s, j, p);
  ops->steady(&s->plan, p, s->plan.y0[0], z);
  ops->rhs(&s->plan, p, 0.0, z, dz);
  const double along = lg_tangent_slope(dz[0]);
  parameters_along(s, SIZE_MAX, p);
  ops->steady(&s->plan, p, lg_tangent_make(s->plan.y0[0], 1.0), z);
  ops->rhs(&s->plan, p, 0.0, z, dz);
  return -along / lg_tangent_slope(dz[0]);
}

static void start(pass *s) {
  const lg_plan *plan = &s->plan;
  const lg_tangent_ops *ops = plan->ops->tangent;
  const double *initial = s->neuron->initial;
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES];
  memcpy(s->Y, plan->y0, plan->n * sizeof *s->Y);
  for (size_t j = 0; j < s->n_parameters; j++) {
    double *S = tangent_of(s, s->Y, j), dv = 0.0;
    parameters_along(s, j, p);
    if (isnan(initial[0])) {
      const bool rest = isnan(creal(p[ops->start_field]));
      dv = rest ? rest_along(s, j) : lg_tangent_slope(p[ops->start_field]);
    }
    for (size_t m = 0; m < plan->n; m++) z[m] = 0.0;
    if (ops->start_steady) ops->steady(plan, p, lg_tangent_make(plan->y0[0], dv), z);
    S[0] = dv;
    for (size_t m = 1; m < plan->n; m++) S[m] = isnan(initial[plan->state[m]]) ? lg_tangent_slope(z[m]) : 0.0;
  }
}

/* ---- events -------------------------------------------------------------------------------------- */

typedef lg_tangent (*tangent_fn)(const lg_plan *plan, const lg_tangent *p, const lg_tangent *y);

static double root(pass *s, lg_surface_fn g, double h, double g0, double g1) {
  return lg_run_root(&s->state, &s->plan, s->t, s->Y, g, h, g0, g1);
}

/* tau' of the crossing of g in state Y with slopes f, along parameter j. */
static double time_along(pass *s, tangent_fn g, double *Y, const double *f, size_t j) {
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES];
  parameters_along(s, j, p);
  join(s->plan.n, Y, tangent_of(s, Y, j), z);
  const double moved = lg_tangent_slope(g(&s->plan, p, z));
  parameters_along(s, SIZE_MAX, p);
  join(s->plan.n, Y, f, z);
  return -moved / lg_tangent_slope(g(&s->plan, p, z));
}

static lg_status grow_spikes(pass *s) {
  lg_sensitivity *r = s->result;
  const size_t room = s->spike_room > 0 ? 2 * s->spike_room : 64;
  if (s->n_spikes >= MAX_SPIKES) return lg_fail(s->ctx, LG_ERR_LIMIT, "more than %zu spikes", MAX_SPIKES);
  double *t = lg_realloc(s->ctx, r->spikes_ms, s->n_spikes * sizeof *t, room, sizeof *t);
  if (!t) return LG_ERR_MEMORY;
  r->spikes_ms = t;
  double *d = lg_alloc(s->ctx, room * r->n_parameters, sizeof *d);
  if (!d) return LG_ERR_MEMORY;
  for (size_t j = 0; j < r->n_parameters && s->n_spikes > 0; j++)
    memcpy(d + j * room, r->d_spikes + j * s->spike_room, s->n_spikes * sizeof *d);
  lg_free(s->ctx, r->d_spikes);
  r->d_spikes = d;
  s->spike_room = room;
  return LG_OK;
}

/* Note a spike at time t in state Y with slopes f; the time of later passes is that of the first. */
static lg_status note_spike(pass *s, double t, double *Y, const double *f) {
  lg_sensitivity *r = s->result;
  if (s->n_spikes == s->spike_room) {
    if (s->first > 0)
      return lg_fail(s->ctx, LG_ERR_NUMERICAL, "the passes differ in their spikes at %.9g ms; ask for a smaller rtol",
                     t);
    const lg_status status = grow_spikes(s);
    if (status != LG_OK) return status;
  }
  if (s->first == 0) r->spikes_ms[s->n_spikes] = t;
  for (size_t j = 0; j < s->n_parameters; j++)
    r->d_spikes[(s->first + j) * s->spike_room + s->n_spikes] =
        time_along(s, s->plan.ops->tangent->spike, Y, f, j) / s->scale[j];
  s->n_spikes++;
  return LG_OK;
}

/* The jump at time s->t: from slopes f before to the slopes behind it, by the saltation matrix. */
static void jump(pass *s, tangent_fn g, const double *f, bool reset) {
  lg_plan *plan = &s->plan;
  const size_t n = plan->n;
  double after[LG_NEURON_MAX_STATES], f1[LG_NEURON_MAX_STATES], tau[MAX_Y] = {0};
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES];
  for (size_t j = 0; j < s->n_parameters; j++) {
    double *S = tangent_of(s, s->Y, j);
    tau[j] = time_along(s, g, s->Y, f, j);
    for (size_t m = 0; m < n; m++) S[m] += f[m] * tau[j]; /* of the state at the event */
    if (!reset) continue;
    parameters_along(s, j, p);
    join(n, s->Y, S, z);
    plan->ops->tangent->reset(plan, p, z);
    for (size_t m = 0; m < n; m++) S[m] = lg_tangent_slope(z[m]);
  }
  memcpy(after, s->Y, n * sizeof *after);
  if (reset) plan->ops->reset(plan, after);
  memcpy(s->Y, after, n * sizeof *after);
  if (reset && plan->ops->surface) plan->above = plan->ops->surface(plan, s->Y) > 0.0;
  if (!reset) plan->above = !plan->above;
  rhs_state(s, s->t, s->Y, f1);
  for (size_t j = 0; j < s->n_parameters; j++)
    for (size_t m = 0; m < n; m++) tangent_of(s, s->Y, j)[m] -= f1[m] * tau[j];
}

static void arrivals(pass *s) {
  const lg_protocol *protocol = s->protocol;
  const lg_plan *plan = &s->plan;
  lg_tangent p[LG_NEURON_MAX_FIELDS], z[LG_NEURON_MAX_STATES];
  for (; s->next_event < protocol->n_events && protocol->events[s->next_event].t_ms <= s->t + SAME_MS;
       s->next_event++) {
    const lg_synaptic_event *e = &protocol->events[s->next_event];
    if (!plan->ops->arrive) continue;
    for (size_t j = 0; j < s->n_parameters; j++) {
      double *S = tangent_of(s, s->Y, j);
      parameters_along(s, j, p);
      join(plan->n, s->Y, S, z);
      plan->ops->tangent->arrive(plan, p, e->receptor, e->weight, z);
      for (size_t m = 0; m < plan->n; m++) S[m] = lg_tangent_slope(z[m]);
    }
    plan->ops->arrive(plan, e->receptor, e->weight, s->Y);
  }
}

/* ---- stepping ------------------------------------------------------------------------------------ */

static void write_sample(pass *s, double *Y) {
  lg_sensitivity *r = s->result;
  const size_t k = s->next_sample++;
  for (size_t c = 0; c < r->n_columns; c++) {
    if (s->first == 0) r->states[c * r->n_samples + k] = Y[c];
    for (size_t j = 0; j < s->n_parameters; j++)
      r->d_states[((s->first + j) * r->n_columns + c) * r->n_samples + k] = tangent_of(s, Y, j)[c] / s->scale[j];
  }
}

/* Samples before `until`, on steps from the present place. */
static void sample(pass *s, double until) {
  double Y[MAX_Y];
  while (s->next_sample < s->result->n_samples) {
    const double t = (double)s->next_sample * s->result->sample_ms;
    if (!(t < until - SAME_MS)) return;
    if (t > s->t) lg_dop853_advance(&s->step, s->t, s->Y, t - s->t, Y);
    else memcpy(Y, s->Y, s->step.n * sizeof *Y);
    write_sample(s, Y);
  }
}

static void move(pass *s, double x) {
  double Y[MAX_Y];
  sample(s, s->t + x);
  lg_dop853_advance(&s->step, s->t, s->Y, x, Y);
  memcpy(s->Y, Y, s->step.n * sizeof *Y);
  s->t += x;
}

/* A spike that resets nothing: noted within the step, which goes on. */
static lg_status spike_in_passing(pass *s, double x) {
  double Y[MAX_Y], f[LG_NEURON_MAX_STATES];
  lg_dop853_advance(&s->step, s->t, s->Y, x, Y);
  rhs_state(s, s->t + x, Y, f);
  return note_spike(s, s->t + x, Y, f);
}

/* Earliest switch of sides in (0, x]; x itself when there is none. */
static bool find_switch(pass *s, double *x) {
  const lg_plan *plan = &s->plan;
  double y[LG_NEURON_MAX_STATES];
  if (!plan->ops->surface) return false;
  lg_dop853_advance(&s->state, s->t, s->Y, *x, y);
  const double s0 = plan->ops->surface(plan, s->Y), s1 = plan->ops->surface(plan, y);
  if ((s1 > 0.0) == (plan->above != 0) || s1 == 0.0) return false;
  const bool across = (s0 > 0.0) != (plan->above != 0) && s0 != 0.0; /* rounding left the start on the far side */
  *x = across ? 0.0 : root(s, plan->ops->surface, *x, s0, s1);
  return true;
}

/* What happens in an accepted step of h that ends in Y1. */
static lg_status finish_step(pass *s, double h, const double *Y1) {
  const lg_plan *plan = &s->plan;
  const double g0 = plan->ops->spike(plan, s->Y), g1 = plan->ops->spike(plan, Y1);
  bool spike = g0 < 0.0 && g1 >= 0.0;
  double x = h, f[LG_NEURON_MAX_STATES];
  memcpy(s->state.k[0], s->step.k[0], plan->n * sizeof(double));
  if (spike) x = root(s, plan->ops->spike, h, g0, g1);
  if (spike && !plan->ops->reset) {
    const lg_status status = spike_in_passing(s, x);
    if (status != LG_OK) return status;
    spike = false;
    x = h;
  }
  const bool switches = find_switch(s, &x);
  if (x > 0.0) move(s, x);
  if (!spike && !switches) return LG_OK;
  rhs_state(s, s->t, s->Y, f);
  if (switches) {
    jump(s, plan->ops->tangent->surface, f, false);
    return LG_OK;
  }
  const lg_status status = note_spike(s, s->t, s->Y, f);
  if (status != LG_OK) return status;
  jump(s, plan->ops->tangent->spike, f, true);
  if (plan->ops->spike(plan, s->Y) < 0.0) return LG_OK;
  return lg_fail(s->ctx, LG_ERR_NUMERICAL, "at %.9g ms the reset is not below the peak", s->t);
}

static lg_status take_step(pass *s, double t_end) {
  double Y1[MAX_Y];
  rhs_all(s, s->t, s->Y, s->step.k[0]);
  for (;;) {
    const bool last = s->h >= t_end - s->t;
    const double h = last ? t_end - s->t : s->h, error = lg_dop853_step(&s->step, s->t, s->Y, h, Y1);
    if (error <= 1.0) {
      const double grown = h * lg_dop853_factor(error), before = s->t;
      if (!last || grown > s->h) s->h = grown;
      const lg_status status = finish_step(s, h, Y1);
      if (status == LG_OK && last && s->t >= before + h - SAME_MS) s->t = t_end;
      return status;
    }
    s->h = h * lg_dop853_factor(error);
    if (s->h < SMALLEST_STEP_MS * (1.0 + s->t))
      return lg_fail(s->ctx, LG_ERR_NUMERICAL, "the step size fell below %g ms at %.9g ms (v = %g mV)", s->h, s->t,
                     s->Y[0]);
  }
}

static lg_status run_pass(pass *s, const lg_stimulus *stimulus) {
  size_t steps = 0;
  start(s);
  arrivals(s);
  for (size_t k = 0; k < stimulus->n_pieces; k++) {
    s->piece = &stimulus->pieces[k];
    while (s->t < s->piece->t1_ms) {
      const lg_status status = take_step(s, s->piece->t1_ms);
      if (status != LG_OK) return status;
      if (++steps % CANCEL_EVERY == 0 && lg_cancelled(s->ctx))
        return lg_fail(s->ctx, LG_ERR_CANCELLED, "cancelled at %g ms", s->t);
    }
    arrivals(s);
  }
  sample(s, (double)INFINITY);
  if (s->first > 0 && s->n_spikes != s->result->n_spikes)
    return lg_fail(s->ctx, LG_ERR_NUMERICAL, "the passes differ in their spikes; ask for a smaller rtol");
  s->result->n_spikes = s->n_spikes;
  return LG_OK;
}

/* ---- set-up -------------------------------------------------------------------------------------- */

static bool is_switch(const lg_field *field) { return strcmp(field->unit, "0|1") == 0; }

static lg_status choose(lg_ctx *ctx, const lg_neuron *neuron, const char *const *names, size_t n, lg_sensitivity *r) {
  const lg_model_info *info = neuron->info;
  if (!names) {
    for (size_t k = 0; k < info->n_fields; k++)
      if (!isnan(neuron->value[k]) && !is_switch(&info->fields[k])) r->parameters[r->n_parameters++] = k;
    return LG_OK;
  }
  for (size_t k = 0; k < n; k++) {
    const size_t field = lg_model_field(info, names[k]);
    if (field == SIZE_MAX || isnan(neuron->value[field]))
      return lg_fail(ctx, LG_ERR_NOT_FOUND, "%s%s%s has no parameter '%s'%s", info->model, info->variant[0] ? "/" : "",
                     info->variant, names[k], field == SIZE_MAX ? "" : " with a value");
    if (is_switch(&info->fields[field]))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' is a switch; it has no derivative", names[k]);
    for (size_t j = 0; j < k; j++)
      if (r->parameters[j] == field) return lg_fail(ctx, LG_ERR_ARGUMENT, "parameter '%s' is there twice", names[k]);
    r->parameters[r->n_parameters++] = field;
  }
  return LG_OK;
}

static lg_status make_result(lg_ctx *ctx, const lg_plan *plan, const lg_protocol *protocol, int all_states,
                             lg_sensitivity *r) {
  lg_status status = LG_OK;
  r->sample_ms = protocol->sample_ms;
  r->n_samples = lg_protocol_samples(protocol);
  r->n_columns = all_states ? plan->n : 1;
  LG_NEW(ctx, r->columns, r->n_columns);
  for (size_t c = 0; c < r->n_columns; c++) r->columns[c] = plan->info->states[plan->state[c]];
  LG_NEW(ctx, r->states, r->n_columns * r->n_samples);
  if (r->n_columns * r->n_samples > SIZE_MAX / sizeof(double) / (r->n_parameters + 1)) {
    status =
        lg_fail(ctx, LG_ERR_LIMIT, "%zu parameters times %zu samples do not fit memory", r->n_parameters, r->n_samples);
    goto done;
  }
  LG_NEW(ctx, r->d_states, r->n_parameters * r->n_columns * r->n_samples);
done:
  return status;
}

static void set_pass(pass *s, lg_ctx *ctx, const lg_neuron *neuron, const lg_plan *plan,
                     const lg_sensitivity_options *o) {
  const bool izhikevich = plan->ops->reset != NULL;
  s->ctx = ctx;
  s->plan = *plan;
  s->neuron = neuron;
  s->h = 0.01;
  const size_t fit = MAX_Y / plan->n - 1, left = s->result->n_parameters - s->first;
  s->n_parameters = left < fit ? left : fit;
  for (size_t j = 0; j < s->n_parameters; j++) {
    const size_t field = s->result->parameters[s->first + j];
    const double value = fabs(neuron->value[field]);
    s->slot[j] = izhikevich ? lg_izh_slots[plan->variant][field] : field;
    s->scale[j] = value > OFF ? value : 1.0;
  }
  s->step =
      (lg_dop853){.f = rhs_all, .user = s, .n = plan->n * (1 + s->n_parameters), .rtol = o->rtol, .atol = o->atol};
  s->state = (lg_dop853){.f = rhs_state, .user = s, .n = plan->n, .rtol = o->rtol, .atol = o->atol};
}

/* Give d_spikes its final shape (n_parameters, n_spikes). */
static void pack_spikes(lg_sensitivity *r, size_t room) {
  for (size_t j = 1; j < r->n_parameters && r->n_spikes > 0; j++)
    memmove(r->d_spikes + j * r->n_spikes, r->d_spikes + j * room, r->n_spikes * sizeof *r->d_spikes);
}

static lg_status run_all(lg_ctx *ctx, const lg_neuron *neuron, const lg_plan *plan, const lg_protocol *protocol,
                         const lg_sensitivity_options *o, lg_sensitivity *r) {
  lg_status status = LG_OK;
  lg_stimulus *stimulus = NULL;
  pass *s = NULL;
  size_t room = 0;
  LG_TRY(lg_stimulus_create(ctx, protocol, &stimulus));
  LG_NEW(ctx, s, 1);
  for (size_t first = 0; first < r->n_parameters; first += s->n_parameters) {
    *s = (pass){.protocol = protocol, .result = r, .first = first, .spike_room = room};
    set_pass(s, ctx, neuron, plan, o);
    LG_TRY(run_pass(s, stimulus));
    room = s->spike_room;
  }
  pack_spikes(r, room);
done:
  lg_free(ctx, s);
  lg_stimulus_destroy(ctx, stimulus);
  return status;
}

lg_status lg_simulate_sensitivity(lg_ctx *ctx, const lg_neuron *neuron, const lg_protocol *protocol,
                                  const char *const *names, size_t n, const lg_sensitivity_options *options,
                                  lg_sensitivity **out) {
  static const lg_sensitivity_options defaults = LG_SENSITIVITY_OPTIONS_INIT;
  const lg_sensitivity_options *o = options ? options : &defaults;
  lg_status status = LG_OK;
  lg_sensitivity *r = NULL;
  lg_neuron used = *neuron;
  lg_plan plan;
  *out = NULL;
  LG_TRY(lg_neuron_check(ctx, neuron));
  if (!(o->rtol >= 1e-13 && o->rtol <= 1e-3) || !(o->atol >= 1e-15 && o->atol <= 1e-3))
    return lg_fail(ctx, LG_ERR_RANGE, "tolerances are %g and %g; allowed is rtol 1e-13 … 1e-3, atol 1e-15 … 1e-3",
                   o->rtol, o->atol);
  if (names && n == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "no parameter is named; NULL asks for all");
  LG_NEW(ctx, r, 1);
  LG_NEW(ctx, r->parameters, names ? n : neuron->info->n_fields);
  LG_TRY(choose(ctx, neuron, names, n, r));
  for (size_t k = 0; k < r->n_parameters; k++) {
    const size_t field = r->parameters[k];
    if (used.value[field] == 0.0 && used.info->fields[field].low == 0.0) used.value[field] = OFF;
  }
  LG_TRY(lg_plan_make(ctx, &used, &plan));
  if (!plan.ops->tangent) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "the model %s has no derivatives by its parameters", used.info->model);
    goto done;
  }
  LG_TRY(make_result(ctx, &plan, protocol, o->all_states, r));
  LG_TRY(run_all(ctx, &used, &plan, protocol, o, r));
  *out = r;
  r = NULL;
done:
  lg_sensitivity_destroy(ctx, r);
  return status;
}

void lg_sensitivity_destroy(lg_ctx *ctx, lg_sensitivity *sensitivity) {
  if (!sensitivity) return;
  lg_free(ctx, (void *)sensitivity->columns);
  lg_free(ctx, sensitivity->parameters);
  lg_free(ctx, sensitivity->states);
  lg_free(ctx, sensitivity->d_states);
  lg_free(ctx, sensitivity->spikes_ms);
  lg_free(ctx, sensitivity->d_spikes);
  lg_free(ctx, sensitivity);
}
