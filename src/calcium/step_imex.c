/* Implicit diffusion, explicit reactions: first order (IMEX1) and second (SBDF2), on a tree.
 *
 * Both solve for the change d of a step, not for the value: IMEX1 (V/dt − D L) d = V f + D L u, SBDF2 with g = 2 dt/3
 * (V/g − D L) d = V (d' /(3 g) + 2 f − f') + D L u, d' and f' one step ago. D L u is summed as fluxes along edges, so
 * that totals are kept to rounding of what changes, not of what is there. Without further species that is done in two
 * sweeps over the nodes (kernel_imex.h), with them by fields. */
#include "calcium/sweep.h"

#include <string.h>

typedef struct imex {
  calcium_sweeper *sweeper;   /* NULL where there are further channels; else change … right are not used */
  double *block;              /* all that is (n) below */
  double **change;            /* (n_fields) of the step before; then of this step */
  double **rates, **previous; /* (n_fields) now and one step ago */
  double **right;             /* (n_fields) */
  double *udot;               /* (n) du/dt of the last step */
  double *work, *more;        /* (n) */
  double *before_gates;       /* (n_states, n) one step ago */
  double *before_extra;       /* (extra's n_gates, n) one step ago */
} imex;

static void destroy(lg_ctx *ctx, void *own) {
  imex *m = own;
  if (!m) return;
  lg_calcium_sweeper_destroy(ctx, m->sweeper);
  lg_free(ctx, m->block);
  lg_free(ctx, m->change);
  lg_free(ctx, m->rates);
  lg_free(ctx, m->previous);
  lg_free(ctx, m->right);
  lg_free(ctx, m);
}

static lg_status create(lg_ctx *ctx, calcium_run *run, void **own) {
  lg_status status = LG_OK;
  const bool fields = run->extra || run->grid->cytosol_blend_um3; /* the fused sweeps have neither */
  const size_t n = run->now.n, f = fields ? run->n_fields : 0, n_extra = run->extra ? run->extra->n_gates : 0;
  imex *m = NULL;
  LG_NEW(ctx, m, 1);
  LG_NEW(ctx, m->block, n * (4 * f + 3 + run->gate->n_states + n_extra));
  LG_NEW(ctx, m->change, f + 1);
  LG_NEW(ctx, m->rates, f + 1);
  LG_NEW(ctx, m->previous, f + 1);
  LG_NEW(ctx, m->right, f + 1);
  double *next = m->block, **const sets[] = {m->change, m->rates, m->previous, m->right};
  for (size_t k = 0; k < 4; k++)
    for (size_t s = 0; s < f; s++, next += n) sets[k][s] = next;
  m->udot = next;
  m->work = next + n;
  m->more = next + 2 * n;
  m->before_gates = next + 3 * n;
  m->before_extra = m->before_gates + n * run->gate->n_states;
  if (!fields) LG_TRY(lg_calcium_sweeper_create(ctx, run, &m->sweeper));
  if (m->sweeper && lg_calcium_gate_kl_of(run->gate)) {
    const calcium_constants *k = lg_calcium_gate_kl_of(run->gate);
    calcium_sweep *q = &m->sweeper->sweep;
    q->constants.ka_on = k->ka_on, q->constants.ka_off = k->ka_off;
    q->constants.kb_on = k->kb_on, q->constants.kb_off = k->kb_off;
    q->constants.kc_on = k->kc_on, q->constants.kc_off = k->kc_off;
    q->gates = run->now.gates;
    q->before_gates = m->before_gates;
  }
  *own = m;
  m = NULL;
done:
  destroy(ctx, m);
  return status;
}

/* The rate of change of c where the stretch begins: what gates that follow it are given before there is a step. */
static void begin(calcium_run *run) {
  imex *m = run->own;
  const size_t n = run->now.n;
  const calcium_rates base = {m->udot, m->work, m->work};
  lg_calcium_inflow(run, run->now.t_s);
  if (run->extra) {
    lg_calcium_rates(run, run->now.t_s, m->rates);
    memcpy(m->udot, m->rates[0], n * sizeof(double));
  } else {
    lg_calcium_reactions(&run->reactions, run->now.c, run->now.b, run->now.e, run->now.open, &base);
  }
  memset(m->work, 0, n * sizeof(double));
  lg_calcium_diffusion_add(&run->diffusions[0], run->now.c, m->work);
  for (size_t k = 0; k < n; k++) m->udot[k] += m->work[k] / run->diffusions[0].volume[k];
}

/* B s = (M - V) s / V, a twelfth of the second difference. */
static void bend(const calcium_diffusion *d, size_t n, const double *s, double *out) {
  memset(out, 0, n * sizeof(double));
  lg_calcium_diffusion_blend(d, s, out);
  for (size_t k = 0; k < n; k++) out[k] /= d->volume[k];
}

/* From the fourth to the sixth order: D L (0.6 B² u), at most 7 % of what is implicit, with u foretold for the end. */
static void sharpen(calcium_run *run, size_t s, bool history) {
  imex *m = run->own;
  const size_t n = run->now.n;
  const double *u = run->values[s], *last = m->change[s];
  double *a = m->work, *b = m->more;
  for (size_t k = 0; k < n; k++) a[k] = 0.6 * (history ? u[k] + last[k] : u[k]);
  bend(&run->diffusions[s], n, a, b);
  bend(&run->diffusions[s], n, b, a);
  lg_calcium_diffusion_add(&run->diffusions[s], a, m->right[s]);
}

/* right has what changes the fields without diffusion; g is the step that multiplies it. */
static void diffuse(calcium_run *run, double g, bool history) {
  imex *m = run->own;
  for (size_t s = 0; s < run->n_fields; s++) {
    lg_calcium_diffusion_factor(&run->diffusions[s], g);
    if (run->diffusions[s].blend) {
      for (size_t k = 0; k < run->now.n; k++) m->work[k] = m->right[s][k] / run->diffusions[s].volume[k];
      lg_calcium_diffusion_blend(&run->diffusions[s], m->work, m->right[s]);
      if (run->grid->order == 6) sharpen(run, s, history);
    }
    lg_calcium_diffusion_add(&run->diffusions[s], run->values[s], m->right[s]);
  }
  lg_calcium_diffusion_solve(run->diffusions, run->n_fields, m->right);
}

static void take(calcium_run *run) {
  imex *m = run->own;
  double **const change = m->change;
  for (size_t s = 0; s < run->n_fields; s++)
    for (size_t k = 0; k < run->now.n; k++) run->values[s][k] += m->right[s][k];
  m->change = m->right;
  m->right = change;
}

static void tell(calcium_run *run) {
  const calcium_gate *gate = run->gate;
  const calcium_state *s = &run->now;
  const imex *m = run->own;
  if (gate->watch) gate->watch(gate, s->n, s->t_s + run->stretch.dt_s, s->c, m->udot, s->gates);
}

static void swap_rates(imex *m) {
  double **const rates = m->rates;
  m->rates = m->previous;
  m->previous = rates;
}

/* The extra's gates are linear in themselves: backward Euler, or BDF2 by its right side; with the values at t. */
static void move_extra(calcium_run *run, double t, double g, bool second, bool history) {
  imex *m = run->own;
  const calcium_extra *x = run->extra;
  if (!x || x->n_gates == 0) return;
  for (size_t k = 0; second && k < x->n_gates * run->now.n; k++) {
    const double s = run->now.extra_gates[k];
    if (history) run->now.extra_gates[k] = s + (s - m->before_extra[k]) * (1.0 / 3.0);
    m->before_extra[k] = s;
  }
  x->advance(x, t, g, run->now.c, run->now.e, run->now.species, run->now.extra_gates);
}

static void explicit_right(calcium_run *run) {
  imex *m = run->own;
  for (size_t s = 0; s < run->n_fields; s++) {
    const double *volume = run->diffusions[s].volume;
    for (size_t k = 0; k < run->now.n; k++) m->right[s][k] = volume[k] * m->rates[s][k];
  }
}

/* Both sweeps; gates other than Keizer and Levine's get udot, the rate of change of c over the step. */
static void sweep(calcium_run *run, double g, bool first_order, bool history) {
  imex *m = run->own;
  const double dt = run->stretch.dt_s;
  calcium_sweep *q = &m->sweeper->sweep;
  q->gates_first = first_order;
  q->past = history ? 1.0 : 0.0;
  q->present = history ? 2.0 : 1.0;
  q->share = first_order ? 0.0 : 0.5 / dt; /* of the next step, whose g is 2 dt/3: 1/(3 g) */
  q->gate_s = g;
  q->gate_past = history ? 1.0 / 3.0 : 0.0;
  q->change = q->gates ? NULL : m->udot;
  lg_calcium_sweeper_move(run, m->sweeper, g);
  if (!q->gates)
    for (size_t k = 0; k < run->now.n; k++) m->udot[k] /= dt;
}

/* The paper's family: gates with the concentrations at the start, reactions with the new gates. */
static lg_status step_imex1(lg_ctx *ctx, calcium_run *run) {
  imex *m = run->own;
  const size_t n = run->now.n;
  const double dt = run->stretch.dt_s;
  (void)ctx;
  if (!m->sweeper || !m->sweeper->sweep.gates) {
    run->gate->advance(run->gate, n, dt, run->now.c, m->udot, run->now.gates);
    run->gate->open(run->gate, n, run->now.gates, run->now.open);
  }
  if (m->sweeper) {
    sweep(run, dt, true, false);
  } else {
    move_extra(run, run->now.t_s + dt, dt, false, false);
    lg_calcium_inflow(run, run->now.t_s);
    lg_calcium_rates(run, run->now.t_s, m->rates);
    explicit_right(run);
    diffuse(run, dt, false);
    for (size_t k = 0; k < n; k++) m->udot[k] = m->right[0][k] / dt;
    take(run);
  }
  tell(run);
  return LG_OK;
}

/* To the end of the step, where c is: gates of a linear system by BDF2 of step g, others exactly with rates at
 * mid-step. */
static void move_gates(calcium_run *run, double g, bool history) {
  imex *m = run->own;
  const size_t n = run->now.n;
  const double dt = run->stretch.dt_s, *c = run->now.c;
  if (run->gate->linear) {
    for (size_t k = 0; k < run->gate->n_states * n; k++) {
      const double x = run->now.gates[k];
      if (history) run->now.gates[k] = x + (x - m->before_gates[k]) * (1.0 / 3.0);
      m->before_gates[k] = x;
    }
    run->gate->advance(run->gate, n, g, c, m->udot, run->now.gates);
  } else {
    for (size_t k = 0; k < n; k++) m->work[k] = c[k] - 0.5 * dt * m->udot[k];
    run->gate->advance(run->gate, n, dt, m->work, m->udot, run->now.gates);
  }
  run->gate->open(run->gate, n, run->now.gates, run->now.open);
}

/* Fields one by one, with what further channels add. */
static void step_fields(calcium_run *run, double g, bool history) {
  imex *m = run->own;
  const double share = 1.0 / (3.0 * g);
  lg_calcium_inflow(run, run->now.t_s);
  lg_calcium_rates(run, run->now.t_s, m->rates);
  if (!history) explicit_right(run);
  for (size_t s = 0; s < run->n_fields && history; s++) {
    const double *volume = run->diffusions[s].volume, *f = m->rates[s], *f0 = m->previous[s], *d = m->change[s];
    double *right = m->right[s];
    for (size_t k = 0; k < run->now.n; k++) right[k] = volume[k] * (share * d[k] + (2.0 * f[k] - f0[k]));
  }
  diffuse(run, g, history);
  for (size_t k = 0; k < run->now.n; k++) m->udot[k] = m->right[0][k] / run->stretch.dt_s;
  take(run);
  swap_rates(m);
}

static lg_status step_imex2(lg_ctx *ctx, calcium_run *run) {
  imex *m = run->own;
  const bool history = run->stretch.step > 0;
  const double dt = run->stretch.dt_s, g = history ? 2.0 * dt / 3.0 : dt;
  (void)ctx;
  if (m->sweeper) sweep(run, g, false, history);
  else step_fields(run, g, history);
  if (!m->sweeper || !m->sweeper->sweep.gates) move_gates(run, g, history);
  move_extra(run, run->now.t_s + dt, g, true, history);
  tell(run);
  return LG_OK;
}

static size_t history(calcium_run *run, calcium_array rows[32]) {
  imex *m = run->own;
  const size_t n = run->now.n;
  rows[0] = (calcium_array){"udot", m->udot, n};
  rows[1] = (calcium_array){"before_gates", m->before_gates, n * run->gate->n_states};
  if (m->sweeper) {
    rows[2] = (calcium_array){"history", m->sweeper->sweep.history[0], 3 * n};
    return 3;
  }
  rows[2] = (calcium_array){"change", m->change[0], n * run->n_fields}; /* fields stand side by side in the block */
  rows[3] = (calcium_array){"rates", m->previous[0], n * run->n_fields};
  rows[4] = (calcium_array){"before_extra", m->before_extra, run->extra ? n * run->extra->n_gates : 0};
  return 5;
}

const calcium_integrator lg_calcium_step_imex1 = {.name = "imex1",
                                                  .fixed = true,
                                                  .reach = 2.0,
                                                  .create = create,
                                                  .destroy = destroy,
                                                  .begin = begin,
                                                  .step = step_imex1,
                                                  .history = history};

const calcium_integrator lg_calcium_step_imex2 = {.name = "imex2",
                                                  .fixed = true,
                                                  .reach = 4.0 / 3.0,
                                                  .create = create,
                                                  .destroy = destroy,
                                                  .begin = begin,
                                                  .step = step_imex2,
                                                  .history = history};
