/* Forward and backward of one step, chunk by chunk; see pinn_core.h. */

static REAL *LG_M(pinn_copy)(lg_ctx *ctx, const double *x, size_t n) {
  REAL *y = lg_alloc(ctx, n, sizeof *y);
  for (size_t q = 0; y && q < n; q++) y[q] = (REAL)x[q];
  return y;
}

/* Inputs of one point and their d/dt: sines and cosines of log-spaced frequencies, or scaled time. */
static void LG_M(pinn_inputs)(const LG_R(pinn_core) * c, const culture_pinn *o, size_t row) {
  const culture_pinn_problem *p = c->problem;
  const double t = (double)row * p->frames_per_row - p->middle;
  REAL *x = c->input + row * c->plan->width[0], *x1 = c->input_slope + row * c->plan->width[0];
  if (!o->frequencies) {
    x[0] = (REAL)(t / p->half), x1[0] = (REAL)(1.0 / p->half);
    return;
  }
  const double lowest = 1.0 / (4.0 * p->half), span = lg_ln(o->highest / lowest);
  for (size_t k = 0; k < o->frequencies; k++) {
    const double part = o->frequencies > 1 ? (double)k / (double)(o->frequencies - 1) : 0.0;
    const double f = lowest * lg_exp(span * part), w = 6.28318530717958648 * f;
    double sine, cosine;
    lg_sincos_turn(f * t, &sine, &cosine);
    x[2 * k] = (REAL)sine, x1[2 * k] = (REAL)(w * cosine);
    x[2 * k + 1] = (REAL)cosine, x1[2 * k + 1] = (REAL)(-w * sine);
  }
}

/* Chunks do not depend on threads: eight or more, of at most 128 points, and full register tiles. */
static size_t LG_M(pinn_chunk)(size_t rows) {
  const size_t n = rows > 1024 ? (rows + 127) / 128 : 8, each = (rows + n - 1) / n;
  return (each + 7) / 8 * 8;
}

size_t LG_R(pinn_chunks)(const LG_R(pinn_core) * c, size_t n) { return (n + c->chunk - 1) / c->chunk; }

lg_status LG_R(pinn_core_create)(lg_ctx *ctx, const culture_pinn_problem *p, const culture_pinn_plan *plan,
                                 const culture_pinn *o, LG_R(pinn_core) * *out) {
  lg_status status = LG_OK;
  LG_R(pinn_core) *c = NULL;
  LG_NEW(ctx, c, 1);
  const size_t inputs = plan->width[0], all = p->n_cells * p->n_rows, edges = p->first[p->n_cells];
  *c = (LG_R(pinn_core)){.problem = p,
                         .plan = plan,
                         .blas = LG_R(kernels_best)(),
                         .kernels = LG_R(pinn_kernels_best)(),
                         .chunk = LG_M(pinn_chunk)(o->batch && o->batch < p->n_rows ? o->batch : p->n_rows),
                         .n_step = p->n_rows};
  c->most_chunks = LG_R(pinn_chunks)(c, o->batch && o->batch < p->n_rows ? o->batch : p->n_rows);
  LG_NEW(ctx, c->input, p->n_rows * inputs);
  LG_NEW(ctx, c->input_slope, p->n_rows * inputs);
  for (size_t r = 0; r < p->n_rows; r++) LG_M(pinn_inputs)(c, o, r);
  const struct {
    REAL **to;
    const double *from;
    size_t n;
  } copies[] = {{&c->target, p->target, all},    {&c->forcing, p->forcing, all}, {&c->weight, p->weight, p->n_rows},
                {&c->mean, p->mean, p->n_cells}, {&c->sd, p->sd, p->n_cells},    {&c->decay, p->decay, p->n_cells},
                {&c->a, p->a, edges ? edges : 1}};
  for (size_t q = 0; q < sizeof copies / sizeof copies[0]; q++) {
    *copies[q].to = LG_M(pinn_copy)(ctx, copies[q].from, copies[q].n);
    if (!*copies[q].to) LG_TRY(LG_ERR_MEMORY);
  }
  LG_NEW(ctx, c->theta, plan->n_params);
  LG_NEW(ctx, c->back, plan->n_params);
  LG_NEW(ctx, c->gradient, c->most_chunks * plan->n_params);
  LG_NEW(ctx, c->cell_gradient, c->most_chunks * (1 + p->n_cells));
  LG_NEW(ctx, c->error, all);
  LG_NEW(ctx, c->residual, all);
  size_t hidden = 2 * inputs, widest = p->n_cells; /* gathered inputs, then what the layers leave */
  for (size_t l = 1; l < plan->n_layers; l++) {
    hidden += 2 * plan->width[l];
    widest = plan->width[l] > widest ? plan->width[l] : widest;
  }
  c->space_each = c->chunk * (hidden + 4 * widest + 4 * p->n_cells + 4) + 64;
  LG_NEW(ctx, c->space, lg_ctx_threads(ctx) * c->space_each);
  *out = c;
  c = NULL;
done:
  LG_R(pinn_core_destroy)(ctx, c);
  return status;
}

void LG_R(pinn_core_destroy)(lg_ctx *ctx, LG_R(pinn_core) * c) {
  if (!c) return;
  REAL *const blocks[] = {c->input, c->input_slope, c->target, c->forcing,  c->weight, c->mean,     c->sd,   c->decay,
                          c->a,     c->theta,       c->back,   c->gradient, c->error,  c->residual, c->space};
  for (size_t q = 0; q < sizeof blocks / sizeof blocks[0]; q++) lg_free(ctx, blocks[q]);
  lg_free(ctx, c->cell_gradient);
  lg_free(ctx, c);
}

void LG_R(pinn_turn_weights)(LG_R(pinn_core) * c, size_t begin, size_t end) {
  const culture_pinn_plan *p = c->plan;
  size_t l = 0;
  for (size_t row = begin; row < end; row++) {
    while (row >= p->row[l + 1]) l++;
    const size_t in = p->width[l], wide = p->width[l + 1], r = row - p->row[l];
    if (r == in) continue; /* the bias has no place in it */
    const REAL *from = c->theta + p->at[l] + r * wide;
    REAL *to = c->back + p->at[l] + r;
    for (size_t q = 0; q < wide; q++) to[q * in] = from[q];
  }
}

/* The places of a chunk's numbers in its thread's space. */
typedef struct LG_M(pinn_work) {
  size_t n, begin;
  const REAL *in, *in_slope;        /* (n, inputs) */
  REAL *layer[CULTURE_PINN_LAYERS]; /* hidden layers: values (n, width), then tangents */
  REAL *out, *from;                 /* (2 n, widest) two that take turns */
  REAL *y, *slope, *pull_y, *pull;  /* (n_cells, n) */
  REAL *flow, *row;                 /* (n); (3 n) target, forcing, weight of a cell at gathered rows */
} LG_M(pinn_work);

static void LG_M(pinn_place)(const LG_R(pinn_core) * c, size_t begin, size_t end, unsigned worker,
                             LG_M(pinn_work) * w) {
  const culture_pinn_plan *p = c->plan;
  const size_t n = end - begin, in = p->width[0], cells = p->width[p->n_layers];
  REAL *space = c->space + worker * c->space_each;
  size_t widest = cells;
  *w = (LG_M(pinn_work)){.n = n, .begin = begin, .in = c->input + begin * in, .in_slope = c->input_slope + begin * in};
  if (c->rows) {
    for (size_t q = 0; q < n; q++) {
      memcpy(space + q * in, c->input + c->rows[begin + q] * in, in * sizeof *space);
      memcpy(space + (n + q) * in, c->input_slope + c->rows[begin + q] * in, in * sizeof *space);
    }
    w->in = space, w->in_slope = space + n * in;
  }
  space += 2 * n * in;
  for (size_t l = 1; l < p->n_layers; l++) {
    w->layer[l - 1] = space, space += 2 * n * p->width[l];
    widest = p->width[l] > widest ? p->width[l] : widest;
  }
  REAL **const turns[] = {&w->out, &w->from};
  for (size_t q = 0; q < 2; q++) *turns[q] = space, space += 2 * n * widest;
  REAL **const planes[] = {&w->y, &w->slope, &w->pull_y, &w->pull};
  for (size_t q = 0; q < 4; q++) *planes[q] = space, space += n * cells;
  w->flow = space, w->row = space + n;
}

/* c (m, n) = d + a (m, k) b (k, n), all by rows without gaps; d one row, c itself or NULL. */
static void LG_M(pinn_product)(const LG_R(kernels) * blas, size_t m, size_t n, size_t k, const REAL *a, const REAL *b,
                               const REAL *d, REAL *c) {
  blas->gemm(&(LG_R(gemm)){.m = m,
                           .n = n,
                           .k = k,
                           .a = a,
                           .a_row = k,
                           .a_col = 1,
                           .b = b,
                           .b_row = n,
                           .d = d,
                           .d_row = d == c ? n : 0,
                           .c = c,
                           .c_row = n});
}

/* c (m, n) += or = a' b with a (k, m), b (k, n). */
static void LG_M(pinn_turned)(const LG_R(kernels) * blas, size_t m, size_t n, size_t k, const REAL *a, const REAL *b,
                              bool add, REAL *c) {
  blas->gemm(&(LG_R(gemm)){.m = m,
                           .n = n,
                           .k = k,
                           .a = a,
                           .a_row = 1,
                           .a_col = m,
                           .b = b,
                           .b_row = n,
                           .d = add ? c : NULL,
                           .d_row = n,
                           .c = c,
                           .c_row = n});
}

static void LG_M(pinn_forward)(const LG_R(pinn_core) * c, LG_M(pinn_work) * w) {
  const culture_pinn_plan *p = c->plan;
  for (size_t l = 0; l < p->n_layers; l++) {
    const size_t in = p->width[l], wide = p->width[l + 1], n = w->n;
    const REAL *x = l ? w->layer[l - 1] : w->in, *x1 = l ? x + n * in : w->in_slope;
    const REAL *weight = c->theta + p->at[l], *bias = weight + in * wide;
    REAL *y = l + 1 < p->n_layers ? w->layer[l] : w->out;
    LG_M(pinn_product)(c->blas, n, wide, in, x, weight, bias, y);
    LG_M(pinn_product)(c->blas, n, wide, in, x1, weight, NULL, y + n * wide);
    if (l + 1 == p->n_layers) break;
    c->blas->act(LG_ACT_TANH, n * wide, y, y);
    c->kernels->gate(n * wide, y, y + n * wide);
  }
  const size_t cells = p->width[p->n_layers];
  c->kernels->turn(w->n, cells, w->out, c->mean, c->sd, w->y);
  c->kernels->turn(w->n, cells, w->out + w->n * cells, NULL, c->sd, w->slope);
}

/* Row i of a (cells, rows) table at the chunk's points. */
static const REAL *LG_M(pinn_at)(const LG_R(pinn_core) * c, const LG_M(pinn_work) * w, const REAL *table, REAL *space) {
  if (!c->rows) return table + w->begin;
  for (size_t q = 0; q < w->n; q++) space[q] = table[c->rows[w->begin + q]];
  return space;
}

/* Both losses' gradients with respect to y and dy/dt of every cell. */
static void LG_M(pinn_loss_back)(const LG_R(pinn_core) * c, LG_M(pinn_work) * w, double *cell_gradient) {
  const culture_pinn_problem *p = c->problem;
  const size_t n = w->n;
  const REAL k = (REAL)c->k, *weight = LG_M(pinn_at)(c, w, c->weight, w->row + 2 * n);
  memset(w->pull_y, 0, p->n_cells * n * sizeof *w->pull_y);
  cell_gradient[0] = 0.0;
  for (size_t i = 0; i < p->n_cells; i++) {
    REAL *y = w->y + i * n, *pull_y = w->pull_y + i * n, *pull = w->pull + i * n;
    const size_t place = i * p->n_rows, keep = place + w->begin;
    double sums[2];
    memcpy(w->flow, LG_M(pinn_at)(c, w, c->forcing + place, w->row), n * sizeof *w->flow);
    c->blas->axpy(n, -c->decay[i], y, w->flow);
    for (size_t e = p->first[i]; e < p->first[i + 1]; e++) c->blas->axpy(n, c->a[e], w->y + p->other[e] * n, w->flow);
    c->kernels->obey(&(LG_R(pinn_law)){.n = n,
                                       .flow = w->flow,
                                       .slope = w->slope + i * n,
                                       .k = k,
                                       .gamma = (REAL)c->gamma[i],
                                       .precision = (REAL)(1.0 / (c->tau[i] * c->tau[i])),
                                       .scale = (REAL)c->physics_scale,
                                       .student = c->student,
                                       .residual = c->residual + keep,
                                       .pull = pull},
                     sums);
    cell_gradient[0] -= sums[0];
    cell_gradient[1 + i] = -sums[1];
    c->blas->axpy(n, k * c->decay[i], pull, pull_y);
    for (size_t e = p->first[i]; e < p->first[i + 1]; e++)
      c->blas->axpy(n, -k * c->a[e], pull, w->pull_y + p->other[e] * n);
    c->kernels->meet(n, y, LG_M(pinn_at)(c, w, c->target + place, w->row + n), weight,
                     (REAL)(c->data_scale / (c->sigma[i] * c->sigma[i])), c->error + keep, pull_y);
  }
}

static void LG_M(pinn_backward)(const LG_R(pinn_core) * c, LG_M(pinn_work) * w, REAL *gradient) {
  const culture_pinn_plan *p = c->plan;
  const size_t n = w->n, cells = p->width[p->n_layers];
  REAL *g = w->out, *next = w->from;
  c->kernels->turn_back(n, cells, w->pull_y, c->sd, g);
  c->kernels->turn_back(n, cells, w->pull, c->sd, g + n * cells);
  for (size_t l = p->n_layers; l-- > 0;) {
    const size_t in = p->width[l], wide = p->width[l + 1];
    REAL *weight = gradient + p->at[l], *bias = weight + in * wide;
    memset(bias, 0, wide * sizeof *bias);
    c->blas->column_sum(n, wide, g, wide, bias);
    if (l == 0) {
      LG_M(pinn_turned)(c->blas, in, wide, n, w->in, g, false, weight);
      LG_M(pinn_turned)(c->blas, in, wide, n, w->in_slope, g + n * wide, true, weight);
      break;
    }
    const REAL *h = w->layer[l - 1];
    LG_M(pinn_turned)(c->blas, in, wide, 2 * n, h, g, false, weight);
    LG_M(pinn_product)(c->blas, 2 * n, in, wide, g, c->back + p->at[l], NULL, next);
    c->kernels->gate_back(n * in, h, h + n * in, next, next + n * in);
    REAL *const used = g;
    g = next, next = used;
  }
}

static lg_status LG_M(pinn_chunk_gradient)(void *user, size_t begin, size_t end, unsigned worker) {
  const LG_R(pinn_core) *c = user;
  const size_t chunk = begin / c->chunk;
  LG_M(pinn_work) w;
  LG_M(pinn_place)(c, begin, end, worker, &w);
  LG_M(pinn_forward)(c, &w);
  LG_M(pinn_loss_back)(c, &w, c->cell_gradient + chunk * (1 + c->problem->n_cells));
  LG_M(pinn_backward)(c, &w, c->gradient + chunk * c->plan->n_params);
  return LG_OK;
}

lg_status LG_R(pinn_gradient)(lg_ctx *ctx, LG_R(pinn_core) * c) {
  return lg_parallel_for(ctx, c->n_step, c->chunk, LG_M(pinn_chunk_gradient), c);
}

void LG_R(pinn_losses)(const LG_R(pinn_core) * c, double losses[2]) {
  const culture_pinn_problem *p = c->problem;
  losses[0] = losses[1] = 0.0;
  for (size_t i = 0; i < p->n_cells; i++)
    for (size_t q = 0; q < c->n_step; q++) {
      const double e = (double)c->error[i * p->n_rows + q] / c->sigma[i];
      const double r = (double)c->residual[i * p->n_rows + q] / c->tau[i];
      losses[0] += 0.5 * e * e;
      losses[1] += c->student ? lg_ln(1.0 + 0.5 * r * r) : 0.5 * r * r;
    }
  losses[0] *= c->data_scale, losses[1] *= c->physics_scale;
}
