/* Recordings cut into blocks of equal steps, and the loss of a block. */
#include "calcium/gate_blocks.h"

#include "base/elementary.h"
#include "calcium/gate_ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RELAX = 10, SPARSE = 4 /* every so many blocks know of consistency */, STREAM_BLOCKS = 0x626c6f63 };

/* Sub-steps of relaxation to rest: from a tenth of a millisecond to the end of time. */
static const double relax_s[RELAX] = {1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3, 1e6, 1e6, 1e6};

static double logit_of(double p) { return lg_ln((p + 1e-5) / (1.0 - p + 1e-5)); }

size_t lg_gate_substeps(const gate_data *d, size_t i) {
  double u0, u1, udot;
  lg_gate_data_at(d, i, 0.0, &u0, &udot);
  lg_gate_data_at(d, i, 1.0, &u1, &udot);
  const double du = d->voltage ? fabs(u1 - u0) / 4.0 : fabs(lg_ln(u1 / u0)) / 0.07;
  const double dp = fabs(d->open[i + 1] - d->open[i]) / 0.05;
  const double dl = fabs(logit_of(d->open[i + 1]) - logit_of(d->open[i])) / 0.5;
  double n = du > dp ? du : dp;
  n = dl > n ? dl : n;
  const double whole = ceil(n - 1e-9);
  return whole < 1.0 ? 1 : whole > GATE_SUBSTEPS ? GATE_SUBSTEPS : (size_t)whole;
}

/* ---- memory ---------------------------------------------------------------------------------------- */

static void clear_block(lg_ctx *ctx, gate_block *b) {
  lg_free(ctx, b->features);
  lg_free(ctx, b->h_s);
  lg_free(ctx, b->half_s);
  lg_free(ctx, b->target);
  lg_free(ctx, b->start);
  lg_free(ctx, b->middle);
  lg_free(ctx, b->rest_features);
  lg_free(ctx, b->elsewhere);
}

void lg_gate_problem_destroy(lg_ctx *ctx, gate_problem *p) {
  if (!p) return;
  for (size_t k = 0; p->blocks && k < p->n_blocks; k++) clear_block(ctx, &p->blocks[k]);
  lg_free(ctx, p->blocks);
  lg_free(ctx, p->order);
  lg_free(ctx, p->long_steps);
  lg_params_clear(ctx, &p->params);
  lg_free(ctx, p);
}

static lg_status new_block(lg_ctx *ctx, const lg_gate_plan *plan, size_t rows, size_t steps, gate_block *b) {
  lg_status status = LG_OK;
  b->rows = rows;
  b->steps = steps;
  LG_NEW(ctx, b->features, rows * steps * plan->n_features);
  LG_NEW(ctx, b->h_s, rows * steps);
  LG_NEW(ctx, b->half_s, rows * steps);
  LG_NEW(ctx, b->target, rows * steps * 4);
  LG_NEW(ctx, b->start, rows);
done:
  return status;
}

/* ---- filling --------------------------------------------------------------------------------------- */

/* Sub-steps of interval i into steps [s, s + n) of row b. */
static void fill_interval(const lg_gate_plan *plan, const gate_data *d, size_t i, size_t n, gate_block *b, size_t row,
                          size_t s) {
  const double h = (d->t_s[i + 1] - d->t_s[i]) / (double)n;
  for (size_t q = 0; q < n; q++) {
    const size_t at = (s + q) * b->rows + row;
    double u, udot;
    lg_gate_data_at(d, i, ((double)q + 0.5) / (double)n, &u, &udot);
    lg_gate_features_f64(plan, NULL, u, udot, b->features + at * plan->n_features);
    b->h_s[at] = h;
    b->half_s[at] = 0.5 * h;
  }
}

/* An interval's error is that of P' relative to |P'| + 0.03/s; a thousandth of P is as good as right. */
static void aim_interval(const gate_data *d, size_t i, double weight, gate_block *b, size_t row) {
  const double dt = d->t_s[i + 1] - d->t_s[i], dp = fabs(d->open[i + 1] - d->open[i]);
  double *t = b->target + ((b->steps - 1) * b->rows + row) * 4;
  t[0] = d->open[i + 1];
  t[1] = 1.0 / (dp + 0.03 * dt + 1e-3 * d->open[i + 1] + 1e-9);
  /* where P stands still though u moves there is little to see */
  const double moved = fabs(logit_of(d->open[i + 1]) - logit_of(d->open[i])) / 0.1;
  t[2] = weight * d->weight[i + 1] * (0.2 + (moved < 2.0 ? moved : 2.0));
  b->start[row] = d->open[i];
}

typedef struct piece {
  size_t row, substeps;
} piece;

static int by_substeps(const void *a, const void *b) {
  const piece *x = a, *y = b;
  if (x->substeps != y->substeps) return x->substeps < y->substeps ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/* All intervals in an order by chance, then by their number of sub-steps. */
static lg_status list_intervals(lg_ctx *ctx, const lg_gate_plan *plan, const gate_data *d, uint64_t seed,
                                piece **pieces, size_t *n) {
  lg_status status = LG_OK;
  lg_rng rng = lg_rng_make(seed, STREAM_BLOCKS, 0);
  piece *p = NULL, *q = NULL;
  size_t counts[GATE_SUBSTEPS + 2] = {0};
  *n = 0;
  LG_NEW(ctx, p, d->n + 1);
  LG_NEW(ctx, q, d->n + 1);
  for (size_t k = 0; k < d->n_protocols; k++)
    for (size_t i = d->protocols[k].first; i + 1 < d->protocols[k].first + d->protocols[k].n; i++) {
      /* the raw form is fitted to slopes: one step each, however long */
      p[*n].substeps = plan->form == LG_GATE_RAW ? 1 : lg_gate_substeps(d, i);
      p[(*n)++].row = i;
    }
  for (size_t k = *n; k > 1; k--) {
    const size_t j = (size_t)lg_rng_below(&rng, k);
    const piece t = p[k - 1];
    p[k - 1] = p[j];
    p[j] = t;
  }
  for (size_t k = 0; k < *n; k++) counts[p[k].substeps + 1]++;
  for (size_t s = 1; s < GATE_SUBSTEPS + 2; s++) counts[s] += counts[s - 1];
  for (size_t k = 0; k < *n; k++) q[counts[p[k].substeps]++] = p[k];
  *pieces = q;
  q = NULL;
done:
  lg_free(ctx, p);
  lg_free(ctx, q);
  return status;
}

static lg_status fill_intervals(lg_ctx *ctx, gate_problem *out, const gate_data *d, const piece *pieces, size_t n,
                                uint64_t seed) {
  lg_status status = LG_OK;
  const lg_gate_plan *plan = out->plan;
  for (size_t k = 0; k < n;) {
    size_t rows = 1;
    const size_t sub = pieces[k].substeps;
    while (rows < GATE_BLOCK_ROWS && k + rows < n && pieces[k + rows].substeps == sub) rows++;
    gate_block *b = &out->blocks[out->n_blocks++];
    LG_TRY(new_block(ctx, plan, rows, sub, b));
    if (sub == 1) LG_NEW(ctx, b->middle, rows);
    if (sub == 1 && out->n_blocks % SPARSE == 1) LG_NEW(ctx, b->elsewhere, rows);
    for (size_t r = 0; r < rows; r++) {
      const size_t i = pieces[k + r].row;
      lg_rng rng = lg_rng_make(seed, STREAM_BLOCKS + 1, i);
      fill_interval(plan, d, i, sub, b, r, 0);
      aim_interval(d, i, 1.0 / (double)rows, b, r);
      b->start[r] = lg_gate_first(plan, b->start[r], b->start); /* x, not P */
      if (b->middle) {
        const double p = 0.5 * (d->open[i] + d->open[i + 1]);
        b->middle[r] = lg_gate_first(plan, p, &p);
      }
      if (b->elsewhere) b->elsewhere[r] = lg_sigmoid(lg_rng_range(&rng, -8.0, 8.0));
    }
    k += rows;
  }
  out->n_intervals = out->n_blocks;
done:
  return status;
}

/* A protocol as one row: half of its weight is spread over its samples (which crowd in fast phases), half over time. */
static void fill_rollout(const lg_gate_plan *plan, const gate_data *d, const gate_protocol *p, double weight,
                         gate_block *b, size_t row) {
  size_t s = 0;
  const double span = d->t_s[p->first + p->n - 1] - d->t_s[p->first];
  b->start[row] = d->open[p->first];
  for (size_t i = p->first; i + 1 < p->first + p->n; i++) {
    const size_t n = lg_gate_substeps(d, i);
    fill_interval(plan, d, i, n, b, row, s);
    s += n;
    double *t = b->target + ((s - 1) * b->rows + row) * 4;
    const double w = 0.5 / (double)(p->n - 1) + 0.5 * (d->t_s[i + 1] - d->t_s[i]) / span;
    t[0] = d->open[i + 1];
    t[1] = 1.0;
    t[2] = 10.0 * weight * w * d->weight[i + 1];
    t[3] = 0.01 * weight * w * d->weight[i + 1];
  }
}

static lg_status fill_rollouts(lg_ctx *ctx, gate_problem *out, const gate_data *d, double weight) {
  lg_status status = LG_OK;
  const lg_gate_plan *plan = out->plan;
  piece *order = NULL;
  const size_t n = d->n_protocols;
  LG_NEW(ctx, order, n + 1);
  for (size_t k = 0; k < n; k++) {
    const gate_protocol *p = &d->protocols[k];
    order[k].row = k;
    for (size_t i = p->first; i + 1 < p->first + p->n; i++) order[k].substeps += lg_gate_substeps(d, i);
  }
  qsort(order, n, sizeof *order, by_substeps); /* like lengths together */
  for (size_t k = 0; k < n; k += GATE_ROLLOUT_ROWS) {
    const size_t rows = n - k < GATE_ROLLOUT_ROWS ? n - k : GATE_ROLLOUT_ROWS;
    gate_block *b = &out->blocks[out->n_blocks++];
    b->rollout = true;
    b->relax = plan->n_gates > 1;
    LG_TRY(new_block(ctx, plan, rows, order[k + rows - 1].substeps, b));
    LG_NEW(ctx, b->rest_features, rows * plan->n_features);
    for (size_t r = 0; r < rows; r++) {
      const gate_protocol *p = &d->protocols[order[k + r].row];
      fill_rollout(plan, d, p, weight / (double)rows, b, r);
      lg_gate_features_f64(plan, NULL, d->u[p->first], 0.0, b->rest_features + r * plan->n_features);
      if (!b->relax) b->start[r] = lg_gate_first(plan, b->start[r], b->start);
    }
  }
done:
  lg_free(ctx, order);
  return status;
}

lg_status lg_gate_problem_create(lg_ctx *ctx, const lg_gate_plan *plan, const gate_data *d, const gate_weights *w,
                                 gate_problem **out) {
  lg_status status = LG_OK;
  gate_problem *p = NULL;
  piece *pieces = NULL;
  size_t n = 0;
  *out = NULL;
  LG_NEW(ctx, p, 1);
  p->plan = plan;
  p->consistency = w->consistency;
  p->blind = 0.2;
  LG_TRY(lg_gate_plan_layers(ctx, plan, &p->params, p->layers));
  if (w->intervals) LG_TRY(list_intervals(ctx, plan, d, w->seed, &pieces, &n));
  LG_NEW(ctx, p->blocks, n + d->n_protocols + 1); /* as many as there could be */
  if (w->intervals) LG_TRY(fill_intervals(ctx, p, d, pieces, n, w->seed));
  const size_t groups = (d->n_protocols + GATE_ROLLOUT_ROWS - 1) / GATE_ROLLOUT_ROWS;
  const double share = p->n_intervals ? (double)p->n_intervals / (double)groups : 1.0;
  if (w->rollouts) LG_TRY(fill_rollouts(ctx, p, d, w->rollout * share));
  LG_NEW(ctx, p->order, p->n_blocks + 1);
  for (size_t k = 0; k < p->n_blocks; k++) p->order[k] = k;
  LG_NEW(ctx, p->long_steps, RELAX * GATE_BLOCK_ROWS);
  for (size_t k = 0; k < RELAX * GATE_BLOCK_ROWS; k++) p->long_steps[k] = relax_s[k / GATE_BLOCK_ROWS];
  *out = p;
  p = NULL;
done:
  lg_free(ctx, pieces);
  lg_gate_problem_destroy(ctx, p);
  return status;
}

/* ---- the loss -------------------------------------------------------------------------------------- */

static lg_var net(const gate_problem *p, lg_f64_tape *tape, lg_var x) {
  const lg_gate_plan *plan = p->plan;
  for (size_t k = 0; k < plan->n_layers; k++)
    x = lg_f64_dense(tape, &p->layers[k], x, k + 1 < plan->n_layers ? plan->act : LG_ACT_NONE);
  return x;
}

static lg_var begin(const gate_problem *p, lg_f64_tape *tape, const gate_block *b) {
  const size_t ng = p->plan->n_gates, dim[2] = {b->rows, ng};
  double x[GATE_BLOCK_ROWS * LG_GATES_MOST];
  for (size_t r = 0; r < b->rows; r++)
    for (size_t g = 0; g < ng; g++) x[r * ng + g] = b->relax ? 0.5 : b->start[r];
  lg_var at = lg_f64_input(tape, 2, dim, x, false);
  if (!b->relax) return at;
  for (size_t k = 0; k < RELAX; k++)
    at = lg_gate_op_move(tape, p->plan, at, net(p, tape, lg_gate_op_show(tape, p->plan, at, b->rest_features)),
                         p->long_steps + k * GATE_BLOCK_ROWS);
  return lg_gate_op_first(tape, p->plan, at, b->start);
}

/* Rates at another P, to be near those at the P that was recorded: y. */
static lg_var consistency(const gate_problem *p, lg_f64_tape *tape, const gate_block *b, lg_var y) {
  const size_t dim[2] = {b->rows, 1};
  double weight[GATE_BLOCK_ROWS];
  for (size_t r = 0; r < b->rows; r++) weight[r] = SPARSE * p->consistency / (double)b->rows;
  const lg_var there =
      net(p, tape, lg_gate_op_show(tape, p->plan, lg_f64_input(tape, 2, dim, b->elsewhere, false), b->features));
  return lg_f64_loss_mse(tape, lg_f64_add(tape, y, lg_f64_affine(tape, there, -1.0, 0.0)), NULL, weight);
}

lg_var lg_gate_block_loss(const gate_problem *p, lg_f64_tape *tape, const gate_block *b) {
  const lg_gate_plan *plan = p->plan;
  lg_var x = begin(p, tape, b), sum = LG_VAR_NONE, y = LG_VAR_NONE;
  for (size_t s = 0; s < b->steps; s++) {
    const double *features = b->features + s * b->rows * plan->n_features;
    const size_t dim[2] = {b->rows, plan->n_gates};
    lg_var middle = LG_VAR_NONE;
    if (b->middle) middle = lg_f64_input(tape, 2, dim, b->middle, false);
    else {
      y = net(p, tape, lg_gate_op_show(tape, plan, x, features));
      middle = lg_gate_op_move(tape, plan, x, y, b->half_s + s * b->rows);
    }
    y = net(p, tape, lg_gate_op_show(tape, plan, middle, features));
    x = lg_gate_op_move(tape, plan, x, y, b->h_s + s * b->rows);
    if (b->rollout || s + 1 == b->steps)
      sum = lg_gate_op_error(tape, plan, x, sum, b->target + s * b->rows * 4, p->blind);
  }
  sum = lg_f64_sum(tape, sum);
  if (b->elsewhere && p->consistency > 0.0) sum = lg_f64_add(tape, sum, consistency(p, tape, b, y));
  return sum;
}
