#include "culture/simulate.h"

#include "base/elementary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_FEED = 3, STREAM_LOAD, STREAM_OU, STREAM_BASE, STREAM_EVENTS, STREAM_TRACES, SUBSTEPS = 20 };

culture_simulation lg_culture_simulation_default(void) {
  return (culture_simulation){.seed = 1,
                              .size = 288,
                              .ncell = 108,
                              .frames = 361,
                              .k = 0.05,
                              .gscale = 4e-4,
                              .gzero = 0.2,
                              .ev_border = 0.012,
                              .ev_inner = 0.004,
                              .ou_sd = 0.1,
                              .ou_tau = 20.0,
                              .warp = 2.5,
                              .S = 1.6,
                              .O = 1.7,
                              .offset = 100.0,
                              .read = 2.0,
                              .vign = 0.25,
                              .load_sd = 0.15,
                              .border_dim = 0.55,
                              .psf = 1.0,
                              .hot = 60,
                              .hot_rate = 4e-6,
                              .trace_sd = 0.01};
}

void lg_culture_truth_destroy(lg_ctx *ctx, lg_culture_truth *t) {
  if (!t) return;
  lg_culture_masks_destroy(ctx, t->masks);
  lg_culture_graph_destroy(ctx, t->graph);
  lg_free(ctx, t->latent);
  lg_free(ctx, t->gamma);
  lg_free(ctx, t->load);
  lg_free(ctx, t->events);
  lg_free(ctx, t);
}

/* Gamma of shape 1.5: half a squared normal (shape 0.5) and an exponential (shape 1). */
static double gamma_3_2(lg_rng *rng) {
  const double z = lg_rng_normal(rng);
  return 0.5 * z * z - lg_ln(lg_rng_uniform(rng));
}

static double kernel(double t) { return t >= 0.0 ? (1.0 - lg_exp(-t)) * lg_exp(-t / 7.0) : 0.0; }

/* A pulse of input: area 1, its middle a frame after the event's. */
static double pulse(double t) {
  const double x = (t - 1.0) / 0.8;
  return fabs(x) > 6.0 ? 0.0 : lg_exp(-x * x) / (0.8 * 1.7724538509055160);
}

typedef struct dynamics {
  const culture_simulation *s;
  lg_culture_truth *t;
  lg_culture_coupling *c;
  double *signal; /* (cells, points) border: prescribed; interior: input */
  size_t points;
  double *y, *stage[4], *at; /* (cells) */
} dynamics;

static lg_status draw_events(lg_ctx *ctx, dynamics *d) {
  lg_status status = LG_OK;
  lg_culture_truth *t = d->t;
  size_t room = 64;
  LG_NEW(ctx, t->events, room);
  for (size_t c = 0; c < t->graph->n; c++) {
    const bool inner = !t->graph->is_border[c];
    lg_rng rng = lg_rng_make(d->s->seed, STREAM_EVENTS, c);
    for (size_t f = 0; f < d->s->frames; f++) {
      if (lg_rng_uniform(&rng) >= (inner ? d->s->ev_inner : d->s->ev_border)) continue;
      if (t->n_events == room) {
        culture_true_event *more = lg_realloc(ctx, t->events, room * sizeof *more, 2 * room, sizeof *more);
        if (!more) return LG_ERR_MEMORY;
        t->events = more, room *= 2;
      }
      const double amplitude = inner ? lg_rng_range(&rng, 0.25, 0.6) : lg_rng_range(&rng, 0.3, 0.7);
      t->events[t->n_events++] = (culture_true_event){(uint32_t)c, (double)f, amplitude, inner};
    }
  }
done:
  return status;
}

/* Ornstein-Uhlenbeck around the cell's base, smoothed over half a frame. */
static void border_signal(const dynamics *d, size_t cell, double *out, double *raw) {
  const double dt = 1.0 / SUBSTEPS, fade = lg_exp(-dt / d->s->ou_tau), width = 0.5 * SUBSTEPS;
  lg_rng rng = lg_rng_make(d->s->seed, STREAM_OU, cell), of_base = lg_rng_make(d->s->seed, STREAM_BASE, cell);
  const double base = 0.45 + 0.06 * lg_rng_normal(&of_base);
  double x = d->s->ou_sd * lg_rng_normal(&rng), tap[4 * SUBSTEPS / 2 + 1], sum = 0.0;
  const ptrdiff_t reach = 4 * SUBSTEPS / 2;
  for (size_t q = 0; q < d->points; q++) {
    raw[q] = x;
    x = fade * x + d->s->ou_sd * sqrt(1.0 - fade * fade) * lg_rng_normal(&rng);
  }
  for (ptrdiff_t k = 0; k <= reach; k++) {
    tap[k] = lg_exp(-0.5 * (double)(k * k) / (width * width));
    sum += (k ? 2.0 : 1.0) * tap[k];
  }
  for (ptrdiff_t q = 0; q < (ptrdiff_t)d->points; q++) {
    double v = 0.0;
    for (ptrdiff_t k = -reach; k <= reach; k++) {
      const ptrdiff_t at = q + k < 0 ? 0 : q + k >= (ptrdiff_t)d->points ? (ptrdiff_t)d->points - 1 : q + k;
      v += tap[k < 0 ? -k : k] * raw[at];
    }
    out[q] = base + v / sum;
  }
}

static lg_status make_signals(lg_ctx *ctx, dynamics *d) {
  lg_status status = LG_OK;
  double *raw = NULL;
  LG_NEW(ctx, raw, d->points);
  for (size_t c = 0; c < d->t->graph->n; c++)
    if (d->t->graph->is_border[c]) border_signal(d, c, d->signal + c * d->points, raw);
  for (size_t e = 0; e < d->t->n_events; e++) {
    const culture_true_event *x = &d->t->events[e];
    double *out = d->signal + x->cell * d->points;
    for (size_t q = (size_t)x->frame * SUBSTEPS > 120 ? (size_t)x->frame * SUBSTEPS - 120 : 0; q < d->points; q++) {
      const double t = (double)q / SUBSTEPS - x->frame;
      if (t > 60.0) break;
      out[q] += x->amplitude * (x->inner ? pulse(t) : kernel(t));
    }
  }
done:
  lg_free(ctx, raw);
  return status;
}

/* What a difference passes on: as it is, or saturating. */
static double pass(const dynamics *d, double difference) {
  const double s = d->s->saturation;
  return s > 0.0 ? s * lg_tanh(difference / s) : difference;
}

/* Slope at point q of the fine grid, a half (0 or 1) further. */
static void slope(const dynamics *d, size_t q, int half, const double *y, double *out) {
  const lg_culture_graph *g = d->t->graph;
  for (size_t i = 0; i < g->n; i++) {
    if (g->is_border[i]) continue;
    double sum = 0.0;
    for (size_t e = d->c->first[i]; e < d->c->first[i + 1]; e++) {
      const size_t j = d->c->other[e];
      const double *v = d->signal + j * d->points + q;
      const double neighbour = g->is_border[j] ? (half ? 0.5 * (v[0] + v[1]) : v[0]) : y[j];
      sum += d->c->a[e] * pass(d, neighbour - y[i]);
    }
    const double *s = d->signal + i * d->points + q;
    out[i] = d->s->k * sum + d->t->gamma[i] + (half ? 0.5 * (s[0] + s[1]) : s[0]);
  }
}

/* Where a cell rests for its neighbours as they are: Newton's step of one equation, held to half the saturation. */
static double rest_of(const dynamics *d, size_t i) {
  const double s = d->s->saturation;
  double sum = d->t->gamma[i] / d->s->k, slope = 0.0;
  for (size_t e = d->c->first[i]; e < d->c->first[i + 1]; e++) {
    const double difference = d->y[d->c->other[e]] - d->y[i], t = s > 0.0 ? lg_tanh(difference / s) : 0.0;
    sum += d->c->a[e] * pass(d, difference);
    slope += d->c->a[e] * (1.0 - t * t);
  }
  const double move = sum / slope;
  return d->y[i] + (s > 0.0 ? fmax(-0.5 * s, fmin(0.5 * s, move)) : move);
}

/* Rest for the first border signals: Gauss-Seidel until nothing moves. A coupling that saturates may have none. */
static lg_status settle(lg_ctx *ctx, const dynamics *d) {
  double most = 0.0;
  const lg_culture_graph *g = d->t->graph;
  for (size_t i = 0; i < g->n; i++) d->y[i] = g->is_border[i] ? d->signal[i * d->points] : 0.45;
  for (int it = 0; it < 20000; it++) {
    most = 0.0;
    for (size_t i = 0; i < g->n; i++) {
      if (g->is_border[i] || d->c->first[i + 1] == d->c->first[i]) continue;
      const double y = rest_of(d, i);
      most = fmax(most, fabs(y - d->y[i]));
      d->y[i] = y;
    }
    if (most < 1e-12) return LG_OK;
  }
  if (d->s->saturation > 0.0 && most > 1e-6)
    return lg_fail(ctx, LG_ERR_RANGE, "feeds that no coupling of k %g and saturation %g carries away: no rest to begin",
                   d->s->k, d->s->saturation);
  return LG_OK;
}

static void step(dynamics *d, size_t q) {
  static const double part[4] = {0.0, 0.5, 0.5, 1.0};
  const size_t n = d->t->graph->n;
  const double dt = 1.0 / SUBSTEPS;
  for (int k = 0; k < 4; k++) {
    for (size_t i = 0; i < n; i++) d->at[i] = d->y[i] + (k ? part[k] * dt * d->stage[k - 1][i] : 0.0);
    slope(d, k == 3 ? q + 1 : q, k == 1 || k == 2, d->at, d->stage[k]);
  }
  for (size_t i = 0; i < n; i++) {
    if (d->t->graph->is_border[i]) d->y[i] = d->signal[i * d->points + q + 1];
    else d->y[i] += dt / 6.0 * (d->stage[0][i] + 2.0 * (d->stage[1][i] + d->stage[2][i]) + d->stage[3][i]);
  }
}

static lg_status run(lg_ctx *ctx, dynamics *d) {
  lg_status status = LG_OK;
  const size_t n = d->t->graph->n;
  double *block = NULL;
  d->points = (d->s->frames - 1) * SUBSTEPS + 2; /* one more than is stepped to: halves look ahead */
  LG_NEW(ctx, d->signal, n * d->points);
  LG_NEW(ctx, block, 6 * n);
  d->y = block, d->at = block + n;
  for (size_t k = 0; k < 4; k++) d->stage[k] = block + (2 + k) * n;
  LG_TRY(draw_events(ctx, d));
  LG_TRY(make_signals(ctx, d));
  LG_TRY(settle(ctx, d));
  memcpy(d->t->latent, d->y, n * sizeof *d->y);
  for (size_t q = 0; q + 2 < d->points; q++) {
    step(d, q);
    if ((q + 1) % SUBSTEPS == 0) memcpy(d->t->latent + (q + 1) / SUBSTEPS * n, d->y, n * sizeof *d->y);
  }
done:
  lg_free(ctx, block);
  lg_free(ctx, d->signal);
  return status;
}

static void draw_cells(const culture_simulation *s, lg_culture_truth *t) {
  for (size_t c = 0; c < t->graph->n; c++) {
    lg_rng feed = lg_rng_make(s->seed, STREAM_FEED, c), load = lg_rng_make(s->seed, STREAM_LOAD, c);
    const double gamma = s->gscale * gamma_3_2(&feed);
    t->gamma[c] = lg_rng_uniform(&feed) < s->gzero ? 0.0 : gamma;
    t->load[c] = lg_exp(s->load_sd * lg_rng_normal(&load));
  }
}

lg_status lg_culture_simulate(lg_ctx *ctx, const culture_simulation *s, lg_culture_truth **out) {
  lg_status status = LG_OK;
  const culture_graph_options graph = lg_culture_graph_options_default();
  dynamics d = {.s = s};
  *out = NULL;
  if (s->frames < 2 || s->frames > 100000 || !(s->k > 0.0 && s->k <= 10.0))
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%zu frames, k %g per frame; 2 to 1e5 and above 0 to 10 are allowed", s->frames,
                   s->k));
  LG_NEW(ctx, d.t, 1);
  LG_TRY(lg_culture_simulate_masks(ctx, s, &d.t->masks));
  LG_TRY(lg_culture_graph_of_masks(ctx, d.t->masks, &graph, &d.t->graph));
  LG_TRY(lg_culture_coupling_create(ctx, d.t->graph, s->law, &d.c));
  d.t->n_times = s->frames;
  LG_NEW(ctx, d.t->latent, s->frames * d.t->graph->n);
  LG_NEW(ctx, d.t->gamma, d.t->graph->n);
  LG_NEW(ctx, d.t->load, d.t->graph->n);
  draw_cells(s, d.t);
  LG_TRY(run(ctx, &d));
  *out = d.t;
  d.t = NULL;
done:
  lg_culture_coupling_destroy(ctx, d.c);
  lg_culture_truth_destroy(ctx, d.t);
  return status;
}

void lg_culture_noisy_traces(const culture_simulation *s, const lg_culture_truth *t, double *y) {
  const size_t n = t->graph->n;
  for (size_t k = 0; k < t->n_times; k++) {
    lg_rng rng = lg_rng_make(s->seed, STREAM_TRACES, k);
    for (size_t c = 0; c < n; c++) y[k * n + c] = t->latent[k * n + c] + s->trace_sd * lg_rng_normal(&rng);
  }
}
