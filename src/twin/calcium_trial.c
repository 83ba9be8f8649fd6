/* Runs of one calcium case side by side. */
#include "twin/calcium_trial.h"

#include "calcium/axi.h"
#include "twin/calcium_file.h"
#include "twin/calcium_gate.h"
#include "twin/calcium_knob.h"

#include <math.h>
#include <string.h>

enum { MESSAGE = 512 };

lg_status lg_calcium_front_create(lg_ctx *ctx, size_t n_rings, calcium_front **out) {
  lg_status status = LG_OK;
  calcium_front *f = NULL;
  const size_t rows = n_rings ? 2 * n_rings + 8 : 2; /* at least as many as rings of both compartments */
  *out = NULL;
  LG_NEW(ctx, f, 1);
  LG_NEW(ctx, f->rho_um, rows);
  LG_NEW(ctx, f->values, rows * CALCIUM_FRONT);
  f->step_um = 0.05;
  *out = f;
  f = NULL;
done:
  lg_calcium_front_destroy(ctx, f);
  return status;
}

void lg_calcium_front_destroy(lg_ctx *ctx, calcium_front *f) {
  if (!f) return;
  lg_free(ctx, f->rho_um);
  lg_free(ctx, f->values);
  lg_free(ctx, f);
}

/* ---- the front is caught by a stepper around the stepper ----------------------------------------------- */

typedef struct catcher {
  calcium_stepper inner;
  const calcium_axi *axi; /* NULL: one dimension */
  const calcium_axi_grid *rings;
  const calcium_grid *grid;
  calcium_front *front;
  size_t node; /* at five eighths */
  double threshold_uM;
} catcher;

static const calcium_state *state_of(const void *own) {
  const catcher *c = own;
  return c->inner.state(c->inner.own);
}

static void begin(void *own, double end_s, double dt_s) {
  const catcher *c = own;
  c->inner.begin(c->inner.own, end_s, dt_s);
}

static bool ended(const void *own) {
  const catcher *c = own;
  return c->inner.ended(c->inner.own);
}

static void totals(const void *own, double out[3]) {
  const catcher *c = own;
  c->inner.totals(c->inner.own, out);
}

static calcium_derived derived(const void *own) {
  const catcher *c = own;
  return c->inner.derived(c->inner.own);
}

/* values (n_x, stride): one row of the front, at x0 + k step. */
static void fill_row(const catcher *c, const double *values, size_t stride, double x0, double *row) {
  const calcium_grid *g = c->grid;
  const double dx = g->x_um[1] - g->x_um[0];
  for (size_t k = 0; k < CALCIUM_FRONT; k++) {
    const double at = (x0 + ((double)k - CALCIUM_FRONT_BEHIND) * c->front->step_um) / dx;
    const double low = floor(at);
    if (!(low >= 0.0 && low + 1.0 < (double)g->n)) {
      row[k] = (double)NAN;
      continue;
    }
    const size_t i = (size_t)low;
    row[k] = values[i * stride] + (at - low) * (values[(i + 1) * stride] - values[i * stride]);
  }
}

static void catch_front(catcher *c) {
  calcium_front *f = c->front;
  const calcium_state *s = state_of(c);
  const double now = s->c[c->node], next = s->c[c->node + 1]; /* the crossing lies between them */
  const double dx = c->grid->x_um[1] - c->grid->x_um[0];
  const double x0 = c->grid->x_um[c->node] + dx * (now - c->threshold_uM) / (now - next);
  f->caught = true;
  f->n_er = c->axi ? c->rings->er.n : 1;
  f->n_cytosol = c->axi ? c->rings->cytosol.n : 1;
  const calcium_axi_fields fields = c->axi ? lg_calcium_axi_state(c->axi) : (calcium_axi_fields){.c = s->c, .e = s->e};
  for (size_t k = 0; k < f->n_er + f->n_cytosol; k++) {
    const bool er = k < f->n_er;
    const size_t ring = er ? k : k - f->n_er, stride = er ? f->n_er : f->n_cytosol;
    f->rho_um[k] =
        !c->axi ? (double)NAN : (er ? c->rings->er.rho_um : c->rings->cytosol.rho_um)[c->node * stride + ring];
    fill_row(c, (er ? fields.e : fields.c) + ring, stride, x0, f->values + k * CALCIUM_FRONT);
  }
}

static lg_status step(lg_ctx *ctx, void *own) {
  catcher *c = own;
  const lg_status status = c->inner.step(ctx, c->inner.own);
  if (status == LG_OK && !c->front->caught && state_of(c)->c[c->node] >= c->threshold_uM) catch_front(c);
  return status;
}

/* ---- one run --------------------------------------------------------------------------------------- */

typedef struct parts {
  calcium_case *c;
  calcium_chosen_gate gate;
  calcium_grid *grid;
  calcium_axi_grid *rings;
  calcium_axi *axi;
  calcium_run *run;
  calcium_result *result;
} parts;

static lg_status prepare(lg_ctx *ctx, const calcium_trial_case *shared, const calcium_trial *t, parts *p) {
  lg_status status = LG_OK;
  LG_TRY(lg_calcium_load(ctx, shared->path, &p->c));
  for (size_t k = 0; k < t->n_knobs; k++) {
    double present;
    LG_TRY(lg_calcium_knob_get(ctx, p->c, t->names[k], &present));
    lg_calcium_knob_set(p->c, t->names[k], t->values[k]);
  }
  LG_TRY(lg_calcium_case_check(ctx, p->c));
  if (t->end_s > 0.0) p->c->end_s = t->end_s;
  if (t->threshold_uM > 0.0) p->c->threshold_uM = t->threshold_uM;
  p->c->n_snapshots = 0;
  LG_TRY(lg_calcium_gate_choose(ctx, shared->gate, &p->c->constants, &p->gate));
  LG_TRY(lg_calcium_grid_create(ctx, p->c, t->max_dx_um, &p->grid));
  if (t->n_rings > 0) {
    LG_TRY(lg_calcium_axi_grid_create(ctx, p->c, p->grid, t->n_rings, &p->rings));
    LG_TRY(lg_calcium_axi_create(ctx, p->c, p->rings, &p->gate.gate, &p->axi));
  } else {
    LG_TRY(lg_calcium_run_create(ctx, p->c, p->grid, &p->gate.gate, NULL, CALCIUM_IMEX2, &p->run));
  }
done:
  return status;
}

static lg_status simulate(lg_ctx *ctx, calcium_trial *t, parts *p) {
  const calcium_options o = {
      .dt_s = t->dt_s, .max_dx_um = t->max_dx_um, .sample_s = 2e-3, .stop_after_s = t->stop_after_s};
  const calcium_stepper inner = p->axi ? lg_calcium_axi_stepper(p->axi) : lg_calcium_run_stepper(p->run);
  catcher own = {.inner = inner,
                 .axi = p->axi,
                 .rings = p->rings,
                 .grid = p->grid,
                 .front = t->front,
                 .node = (p->grid->n - 1) * 5 / 8,
                 .threshold_uM = p->c->threshold_uM};
  const calcium_stepper around = {&own, state_of, begin, ended, step, totals, derived, NULL};
  lg_status status = lg_calcium_simulate_with(ctx, p->c, p->grid, t->front ? &around : &inner, NULL, &o, &p->result);
  if (status != LG_OK) return status;
  const double *first = p->result->totals, *last = first + 3 * (p->result->n_samples - 1);
  t->summary = p->result->summary;
  t->n_nodes = p->grid->n * (p->rings ? p->rings->cytosol.n + p->rings->er.n : 1);
  t->n_steps = p->result->n_steps;
  t->total_drift = (last[0] + last[1] + last[2]) / (first[0] + first[1] + first[2]) - 1.0;
  return LG_OK;
}

static lg_status run_one(lg_ctx *ctx, const calcium_trial_case *shared, calcium_trial *t) {
  parts p = {0};
  lg_status status = prepare(ctx, shared, t, &p);
  if (status == LG_OK) status = simulate(ctx, t, &p);
  lg_calcium_result_destroy(ctx, p.result);
  lg_calcium_axi_destroy(ctx, p.axi);
  lg_calcium_run_destroy(ctx, p.run);
  lg_calcium_axi_grid_destroy(ctx, p.rings);
  lg_calcium_grid_destroy(ctx, p.grid);
  lg_calcium_gate_clear(ctx, &p.gate);
  lg_calcium_case_destroy(ctx, p.c);
  return status;
}

/* ---- many ------------------------------------------------------------------------------------------ */

typedef struct team {
  const lg_ctx *ctx;
  const calcium_trial_case *shared;
  calcium_trial *trials;
  lg_ctx **workers;          /* (threads) */
  char (*messages)[MESSAGE]; /* (n) */
} team;

static lg_status work(void *user, size_t begin_at, size_t end_at, unsigned worker) {
  team *t = user;
  for (size_t k = begin_at; k < end_at; k++) {
    if (lg_cancelled(t->ctx)) return LG_ERR_CANCELLED;
    const lg_status status = run_one(t->workers[worker], t->shared, &t->trials[k]);
    if (status == LG_OK) continue;
    (void)snprintf(t->messages[k], MESSAGE, "%s", lg_ctx_message(t->workers[worker]));
    return status;
  }
  return LG_OK;
}

lg_status lg_calcium_trials(lg_ctx *ctx, const calcium_trial_case *shared, calcium_trial *trials, size_t n) {
  lg_status status = LG_OK;
  const unsigned threads = lg_ctx_threads(ctx);
  team t = {.ctx = ctx, .shared = shared, .trials = trials};
  LG_NEW(ctx, t.workers, threads);
  LG_NEW(ctx, t.messages, n);
  for (unsigned k = 0; k < threads; k++) LG_TRY(lg_ctx_create(&t.workers[k]));
  status = lg_parallel_for(ctx, n, 1, work, &t);
  for (size_t k = 0; k < n && status != LG_OK; k++)
    if (t.messages[k][0] != '\0') {
      status = lg_fail(ctx, status, "%s", t.messages[k]);
      break;
    }
done:
  for (unsigned k = 0; k < threads && t.workers; k++) lg_ctx_destroy(t.workers[k]);
  lg_free(ctx, t.workers);
  lg_free(ctx, t.messages);
  return status;
}

/* ---- thresholds ------------------------------------------------------------------------------------ */

static bool has_wave(const calcium_trial *t) { return !isnan(t->summary.speed_um_s); }

static calcium_trial at_value(const calcium_threshold *t, double value) {
  calcium_trial trial = t->like;
  trial.names[trial.n_knobs] = t->name;
  trial.values[trial.n_knobs++] = value;
  return trial;
}

lg_status lg_calcium_thresholds(lg_ctx *ctx, const calcium_trial_case *shared, calcium_threshold *t, size_t n) {
  lg_status status = LG_OK;
  calcium_trial *trials = NULL;
  size_t *whose = NULL;
  LG_NEW(ctx, trials, 2 * n + 1);
  LG_NEW(ctx, whose, n + 1);
  for (size_t k = 0; k < n; k++) {
    if (t[k].like.n_knobs >= CALCIUM_TRIAL_KNOBS) {
      status = lg_fail(ctx, LG_ERR_LIMIT, "at most %d constants can be set at once", CALCIUM_TRIAL_KNOBS);
      goto done;
    }
    t[k].below = t[k].low;
    t[k].above = t[k].high;
    trials[2 * k] = at_value(&t[k], t[k].low);
    trials[2 * k + 1] = at_value(&t[k], t[k].high);
  }
  LG_TRY(lg_calcium_trials(ctx, shared, trials, 2 * n));
  for (size_t k = 0; k < n; k++) {
    t[k].found = !has_wave(&trials[2 * k]) && has_wave(&trials[2 * k + 1]);
    t[k].n_runs = 2;
  }
  for (size_t left = 1; left > 0;) {
    left = 0;
    for (size_t k = 0; k < n; k++) {
      if (!t[k].found || t[k].above <= t[k].below * (1.0 + t[k].share)) continue;
      trials[left] = at_value(&t[k], sqrt(t[k].below * t[k].above));
      whose[left++] = k;
    }
    if (left == 0) break;
    LG_TRY(lg_calcium_trials(ctx, shared, trials, left));
    for (size_t q = 0; q < left; q++) {
      calcium_threshold *s = &t[whose[q]];
      s->n_runs++;
      *(has_wave(&trials[q]) ? &s->above : &s->below) = trials[q].values[trials[q].n_knobs - 1];
    }
  }
done:
  lg_free(ctx, trials);
  lg_free(ctx, whose);
  return status;
}
