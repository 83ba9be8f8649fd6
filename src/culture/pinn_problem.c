/* What a physics-informed network is trained on: points of time, traces, what border cells push, who touches whom. */
#include "culture/identify.h"
#include "culture/pinn_core.h"

#include <math.h>

culture_pinn lg_culture_pinn_default(void) {
  return (culture_pinn){.steps = 2500,
                        .finer = 2,
                        .frequencies = 96,
                        .highest = 0.22,
                        .n_hidden = 4,
                        .width = {64, 64, 64, 256},
                        .k_start = 0.02,
                        .rate = 3e-3,
                        .rate_k = 2e-2,
                        .rate_gamma = 1e-4,
                        .ramp_first = 0.12,
                        .ramp_last = 0.28,
                        .law_weight = 3.0,
                        .slope_noise = 1.0 / 12.0,
                        .refresh = 20,
                        .every = 10,
                        .seed = 1};
}

culture_pinn lg_culture_pinn_paper(void) {
  return (culture_pinn){.printed = true,
                        .steps = 500,
                        .batch = 80,
                        .finer = 10,
                        .n_points = 2110,
                        .n_hidden = 4,
                        .width = {32, 32, 32, 32},
                        .k_start = 0.02,
                        .rate = 1e-3,
                        .rate_k = 1e-3,
                        .rate_gamma = 1e-3,
                        .every = 1,
                        .seed = 1};
}

void lg_culture_pinn_problem_destroy(lg_ctx *ctx, culture_pinn_problem *p) {
  if (!p) return;
  double *const blocks[] = {p->target, p->weight, p->forcing, p->mean, p->sd, p->noise, p->decay, p->a};
  for (size_t q = 0; q < sizeof blocks / sizeof blocks[0]; q++) lg_free(ctx, blocks[q]);
  lg_free(ctx, p->first);
  lg_free(ctx, p->other);
  lg_free(ctx, p);
}

/* Between frames: the straight line. */
static double between(const double *x, size_t stride, size_t n_times, size_t row, unsigned finer) {
  const size_t t = row / finer;
  const double part = (double)(row % finer) / finer, here = x[t * stride];
  return t + 1 < n_times ? here + part * (x[(t + 1) * stride] - here) : here;
}

/* Neighbours with an equation join by index, the others by what they push. */
static void join(const lg_culture_coupling *c, const lg_culture_data *d, const culture_pinn *o, const uint32_t *place,
                 culture_pinn_problem *p) {
  size_t edges = 0;
  for (size_t g = 0; g < p->n_cells; g++) {
    const size_t i = d->inner[g];
    p->first[g] = edges;
    for (size_t e = c->first[i]; e < c->first[i + 1]; e++) {
      const uint32_t j = c->other[e];
      if (place[j] != UINT32_MAX) {
        p->other[edges] = place[j], p->a[edges] = c->a[e], edges++;
        continue;
      }
      for (size_t r = 0; r < p->n_rows; r++)
        p->forcing[g * p->n_rows + r] += c->a[e] * between(d->y + j, d->n_cells, d->n_times, r, o->finer);
    }
  }
  p->first[p->n_cells] = edges;
}

static void measure(const lg_culture_data *d, const culture_pinn *o, culture_pinn_problem *p) {
  for (size_t g = 0; g < p->n_cells; g++) {
    const double *x = d->x + g * d->n_times;
    double mean = 0.0, squares = 0.0;
    for (size_t t = 0; t < d->n_times; t++) mean += x[t] / (double)d->n_times;
    for (size_t t = 0; t < d->n_times; t++) squares += (x[t] - mean) * (x[t] - mean) / (double)d->n_times;
    p->mean[g] = o->printed ? 0.0 : mean;
    p->sd[g] = o->printed ? 1.0 : fmax(sqrt(squares), 1e-6 * (1.0 + fabs(mean)));
    p->decay[g] = d->sum[g];
    for (size_t r = 0; r < p->n_rows; r++) p->target[g * p->n_rows + r] = between(x, 1, d->n_times, r, o->finer);
  }
  for (size_t r = 0; r < p->n_rows; r++) {
    p->weight[r] = o->printed || r % o->finer == 0 ? 1.0 : 0.0;
    p->n_asked += p->weight[r] > 0.0;
  }
}

lg_status lg_culture_pinn_problem_create(lg_ctx *ctx, const lg_culture_coupling *c, const lg_culture_data *d,
                                         const culture_pinn *o, culture_pinn_problem **out) {
  lg_status status = LG_OK;
  culture_pinn_problem *p = NULL;
  uint32_t *place = NULL;
  double *scratch = NULL;
  *out = NULL;
  LG_NEW(ctx, p, 1);
  p->n_cells = d->n_inner;
  p->n_rows = (d->n_times - 1) * o->finer + 1;
  if (o->n_points && o->n_points < p->n_rows) p->n_rows = o->n_points;
  p->frames_per_row = 1.0 / o->finer;
  p->middle = p->half = 0.5 * (double)(p->n_rows - 1) * p->frames_per_row;
  LG_NEW(ctx, p->target, p->n_cells * p->n_rows);
  LG_NEW(ctx, p->forcing, p->n_cells * p->n_rows);
  LG_NEW(ctx, p->weight, p->n_rows);
  LG_NEW(ctx, p->mean, p->n_cells);
  LG_NEW(ctx, p->sd, p->n_cells);
  LG_NEW(ctx, p->noise, p->n_cells);
  LG_NEW(ctx, scratch, 2 * d->n_times);
  LG_NEW(ctx, p->decay, p->n_cells);
  LG_NEW(ctx, p->first, p->n_cells + 1);
  LG_NEW(ctx, p->other, c->first[c->n] + 1);
  LG_NEW(ctx, p->a, c->first[c->n] + 1);
  LG_NEW(ctx, place, d->n_cells);
  for (size_t j = 0; j < d->n_cells; j++) place[j] = UINT32_MAX;
  for (size_t g = 0; g < d->n_inner; g++) place[d->inner[g]] = (uint32_t)g;
  join(c, d, o, place, p);
  measure(d, o, p);
  for (size_t g = 0; g < p->n_cells; g++) p->noise[g] = lg_culture_noise(d->x + g * d->n_times, d->n_times, scratch);
  *out = p;
  p = NULL;
done:
  lg_free(ctx, place);
  lg_free(ctx, scratch);
  lg_culture_pinn_problem_destroy(ctx, p);
  return status;
}
