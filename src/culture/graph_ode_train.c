/* Training of the message function: first the linear law, then the weak form, a few cells at a time. */
#include "culture/graph_ode_internal.h"

#include "learn/train.h"

#include <math.h>
#include <string.h>

void lg_culture_weak_problem_clear(lg_ctx *ctx, culture_weak_problem *p) {
  lg_free(ctx, p->bump.value);
  lg_free(ctx, p->cell);
  lg_free(ctx, p->block);
  lg_culture_data_destroy(ctx, p->data);
  memset(p, 0, sizeof *p);
}

/* Entries of the coupling stand in the order of the edges, cell by cell. */
lg_status lg_culture_links(lg_ctx *ctx, const lg_culture_graph *g, const lg_culture_coupling *c, culture_link *out) {
  lg_status status = LG_OK;
  size_t *next = NULL;
  double u = 0.0, l = 0.0;
  LG_NEW(ctx, next, g->n);
  memcpy(next, c->first, g->n * sizeof *next);
  for (size_t k = 0; k < g->n_edges; k++) u += g->edges[k].u_px, l += g->edges[k].l_px;
  u /= (double)g->n_edges, l /= (double)g->n_edges;
  for (size_t k = 0; k < g->n_edges; k++) {
    const culture_edge *e = &g->edges[k];
    for (int end = 0; end < 2; end++) {
      const uint32_t i = end ? e->j : e->i;
      const size_t q = next[i]++;
      out[q] = (culture_link){e->u_px / u, e->l_px / l, c->a[q] * c->norm[i]};
    }
  }
done:
  lg_free(ctx, next);
  return status;
}

/* Rows of one cell into memory that is there. */
static void fill_cell(const culture_weak_problem *p, size_t g, const culture_link *link, culture_weak_cell *cell) {
  const size_t i = p->data->inner[g], n = p->graph->n, times = p->form.n_times;
  double *x = cell->x;
  for (size_t q = p->coupling->first[i]; q < p->coupling->first[i + 1]; q++)
    for (size_t t = 0; t < times; t++, x += 2 * CULTURE_PHI_IN) {
      const double d = (p->y[t * n + p->coupling->other[q]] - p->y[t * n + i]) / p->phi->difference;
      x[0] = d, x[3] = -d;
      x[1] = x[4] = link[q].u, x[2] = x[5] = link[q].l;
    }
}

static size_t links_of(const culture_weak_problem *p, size_t g) {
  const size_t i = p->data->inner[g];
  return p->coupling->first[i + 1] - p->coupling->first[i];
}

static lg_status make_cells(lg_ctx *ctx, culture_weak_problem *p) {
  lg_status status = LG_OK;
  const size_t cells = p->data->n_inner, times = p->form.n_times, rows = p->form.rows;
  size_t links = 0, at = 0;
  culture_link *link = NULL;
  double *a = NULL;
  for (size_t g = 0; g < cells; g++) links += links_of(p, g);
  LG_NEW(ctx, p->cell, cells);
  LG_NEW(ctx, p->block, links * times * 2 * CULTURE_PHI_IN + cells * rows);
  LG_NEW(ctx, link, p->coupling->first[p->graph->n]);
  LG_NEW(ctx, a, rows);
  LG_TRY(lg_culture_links(ctx, p->graph, p->coupling, link));
  for (size_t g = 0; g < cells; g++) {
    culture_weak_cell *cell = &p->cell[g];
    *cell = (culture_weak_cell){.form = &p->form, .n_links = links_of(p, g)};
    cell->norm = p->coupling->norm[p->data->inner[g]];
    cell->b = p->block + g * rows;
    cell->x = p->block + cells * rows + at * times * 2 * CULTURE_PHI_IN;
    at += cell->n_links;
    fill_cell(p, g, link, cell);
    lg_culture_weak_rows(&p->bump, p->form.step, rows, p->data->x + g * times, p->data->z + g * times, a, cell->b);
  }
done:
  lg_free(ctx, link);
  lg_free(ctx, a);
  return status;
}

lg_status lg_culture_weak_problem_create(lg_ctx *ctx, const lg_culture_graph *graph, const lg_culture_coupling *c,
                                         const culture_phi *phi, const double *y, size_t n_times, size_t half,
                                         size_t step, culture_weak_problem *p) {
  lg_status status = LG_OK;
  *p = (culture_weak_problem){.graph = graph, .coupling = c, .phi = phi, .y = y};
  p->form = (culture_weak_form){.n_times = n_times, .half = half, .step = step, .message = phi->message};
  p->form.rows = lg_culture_weak_count(n_times, half, step);
  if (half < 2 || step < 1 || p->form.rows < 8)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu frames are too few for 8 test functions of %zu every %zu", n_times,
                   2 * half + 1, step);
  LG_TRY(lg_culture_data_create(ctx, graph, c, y, n_times, &p->data));
  LG_TRY(lg_culture_bump_create(ctx, half, &p->bump));
  LG_TRY(make_cells(ctx, p));
  for (size_t q = 0; q <= 2 * half; q++) p->bump.value[q] /= p->bump.sum;
  p->bump.sum = 1.0;
  p->form.value = p->bump.value;
done:
  if (status != LG_OK) lg_culture_weak_problem_clear(ctx, p);
  return status;
}

/* ---- training -------------------------------------------------------------------------------------- */

enum { BATCH = 16, CHUNK = 4, START_ROWS = 512, START_STEPS = 400, STREAM_ORDER = 0x676f, STREAM_START };

typedef struct training {
  culture_weak_problem *problem;
  uint64_t seed;
  double *index;        /* (n_inner) cells of a batch */
  double *row, *target; /* (START_ROWS, 2, 3) and (START_ROWS) */
  culture_link *link;
} training;

static lg_status batch_of_cells(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index,
                                lg_f64_batch *batch) {
  training *t = user;
  const size_t n = t->problem->data->n_inner, from = index * BATCH;
  (void)ctx, (void)split;
  lg_rng rng = lg_rng_make(t->seed, STREAM_ORDER, epoch);
  for (size_t g = 0; g < n; g++) t->index[g] = (double)g;
  for (size_t g = n; g > 1; g--) {
    const size_t q = (size_t)lg_rng_below(&rng, g);
    const double kept = t->index[g - 1];
    t->index[g - 1] = t->index[q], t->index[q] = kept;
  }
  batch->n = n - from < BATCH ? n - from : BATCH;
  batch->field[0] = t->index + from, batch->width[0] = 1;
  return LG_OK;
}

static lg_var loss_of_cells(void *user, lg_f64_tape *tape, const lg_f64_batch *batch, size_t begin, size_t end) {
  const training *t = user;
  lg_var sum = LG_VAR_NONE;
  for (size_t s = begin; s < end; s++) {
    const culture_weak_cell *cell = &t->problem->cell[(size_t)*lg_f64_batch_at(batch, 0, s)];
    const size_t dim[2] = {2 * cell->n_links * t->problem->form.n_times, CULTURE_PHI_IN};
    const lg_var f = lg_culture_phi_output(tape, t->problem->phi, lg_f64_input(tape, 2, dim, cell->x, false));
    const lg_var loss = lg_culture_weak_loss(tape, cell, f);
    sum = s == begin ? loss : lg_f64_add(tape, sum, loss);
  }
  return sum;
}

/* Differences as they are in the traces, and what the linear law makes of them. */
static lg_status batch_of_rows(void *user, lg_ctx *ctx, lg_split split, size_t epoch, size_t index,
                               lg_f64_batch *batch) {
  training *t = user;
  const culture_weak_problem *p = t->problem;
  (void)ctx, (void)split, (void)epoch;
  lg_rng rng = lg_rng_make(t->seed, STREAM_START, index);
  for (size_t r = 0; r < START_ROWS; r++) {
    const size_t g = (size_t)lg_rng_below(&rng, p->data->n_inner);
    const culture_weak_cell *cell = &p->cell[g];
    const size_t e = (size_t)lg_rng_below(&rng, cell->n_links), at = (size_t)lg_rng_below(&rng, p->form.n_times);
    const double *x = cell->x + (e * p->form.n_times + at) * 2 * CULTURE_PHI_IN;
    memcpy(t->row + r * 2 * CULTURE_PHI_IN, x, 2 * CULTURE_PHI_IN * sizeof *x);
    t->target[r] = t->link[p->coupling->first[p->data->inner[g]] + e].w * x[0];
  }
  batch->n = START_ROWS;
  batch->field[0] = t->row, batch->width[0] = 2 * CULTURE_PHI_IN;
  batch->field[1] = t->target, batch->width[1] = 1;
  return LG_OK;
}

static lg_var loss_of_rows(void *user, lg_f64_tape *tape, const lg_f64_batch *batch, size_t begin, size_t end) {
  const training *t = user;
  const size_t n = end - begin, dim[2] = {2 * n, CULTURE_PHI_IN}, pairs[2] = {n, 2};
  const lg_var x = lg_f64_input(tape, 2, dim, lg_f64_batch_at(batch, 0, begin), false);
  const lg_var f = lg_f64_reshape(tape, lg_culture_phi_output(tape, t->problem->phi, x), 2, pairs);
  const lg_var odd = lg_f64_add(tape, lg_f64_affine(tape, lg_f64_slice(tape, f, 0, 1), 0.5, 0.0),
                                lg_f64_affine(tape, lg_f64_slice(tape, f, 1, 2), -0.5, 0.0));
  return lg_f64_loss_mse(tape, odd, lg_f64_batch_at(batch, 1, begin), NULL);
}

/* One training from theta (NULL: from random weights of the seed) to theta. */
static lg_status run(lg_ctx *ctx, const lg_f64_model *model, lg_train_options *o, bool from_theta, double *theta) {
  lg_status status = LG_OK;
  lg_f64_trainer *trainer = NULL;
  const size_t bytes = model->params->count * sizeof *theta;
  o->decay = 0.0, o->save_seconds = 0.0;
  LG_TRY(lg_f64_trainer_create(ctx, model, o, &trainer));
  if (from_theta) memcpy(lg_f64_trainer_current(trainer), theta, bytes);
  LG_TRY(lg_f64_trainer_run(ctx, trainer));
  memcpy(theta, lg_f64_trainer_theta(trainer), bytes);
done:
  lg_f64_trainer_destroy(ctx, trainer);
  return status;
}

lg_status lg_culture_phi_train(lg_ctx *ctx, culture_weak_problem *p, const culture_graph_ode *options, uint64_t seed,
                               double *theta) {
  lg_status status = LG_OK;
  training t = {.problem = p, .seed = seed};
  LG_NEW(ctx, t.index, p->data->n_inner);
  LG_NEW(ctx, t.row, START_ROWS * 2 * CULTURE_PHI_IN);
  LG_NEW(ctx, t.target, START_ROWS);
  LG_NEW(ctx, t.link, p->coupling->first[p->graph->n]);
  LG_TRY(lg_culture_links(ctx, p->graph, p->coupling, t.link));
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.epochs = 1, o.batches_per_epoch = START_STEPS, o.chunk = START_ROWS / 4, o.lr = 2e-2, o.seed = seed;
  const lg_f64_model rows = {.params = &p->phi->params, .user = &t, .make_batch = batch_of_rows, .loss = loss_of_rows};
  LG_TRY(run(ctx, &rows, &o, false, theta));
  o.epochs = options->epochs, o.batches_per_epoch = (p->data->n_inner + BATCH - 1) / BATCH, o.chunk = CHUNK;
  o.lr = options->lr, o.warm_fraction = 0.1;
  const lg_f64_model cells = {
      .params = &p->phi->params, .user = &t, .make_batch = batch_of_cells, .loss = loss_of_cells};
  LG_TRY(run(ctx, &cells, &o, true, theta));
done:
  lg_free(ctx, t.index);
  lg_free(ctx, t.row);
  lg_free(ctx, t.target);
  lg_free(ctx, t.link);
  return status;
}

lg_status lg_culture_messages(lg_ctx *ctx, const culture_weak_problem *p, const double *theta, double shift,
                              double *out) {
  lg_status status = LG_OK;
  const size_t times = p->form.n_times;
  size_t most = 0;
  double *x = NULL;
  for (size_t g = 0; g < p->data->n_inner; g++) most = p->cell[g].n_links > most ? p->cell[g].n_links : most;
  LG_NEW(ctx, x, most * times * (CULTURE_PHI_IN + 1));
  double *value = x + most * times * CULTURE_PHI_IN;
  for (size_t g = 0; g < p->data->n_inner; g++) {
    const culture_weak_cell *cell = &p->cell[g];
    const size_t n = cell->n_links * times;
    for (size_t r = 0; r < n; r++) {
      memcpy(x + r * CULTURE_PHI_IN, cell->x + r * 2 * CULTURE_PHI_IN, CULTURE_PHI_IN * sizeof *x);
      x[r * CULTURE_PHI_IN] = x[r * CULTURE_PHI_IN] * p->phi->difference + shift;
    }
    LG_TRY(lg_culture_phi_values(ctx, p->phi, theta, x, n, value));
    for (size_t t = 0; t < times; t++) {
      double sum = 0.0;
      for (size_t e = 0; e < cell->n_links; e++) sum += value[e * times + t];
      out[g * times + t] = sum / cell->norm;
    }
  }
done:
  lg_free(ctx, x);
  return status;
}
