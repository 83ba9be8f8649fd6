/* A culture's message function: learned, judged on frames that were kept back, and how sure its curve is. */
#include "culture/graph_ode_internal.h"

#include "base/elementary.h"
#include "culture/identify.h"
#include "num/ascending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_BLOCKS = 0x6762 };

culture_graph_ode lg_culture_graph_ode_default(void) {
  return (culture_graph_ode){.half = 10, .step = 2, .epochs = 60, .members = 8, .block = 30, .lr = 1e-2, .seed = 1};
}

void lg_culture_learned_destroy(lg_ctx *ctx, lg_culture_learned *r) {
  if (!r) return;
  lg_free(ctx, r->inner);
  lg_free(ctx, r->gamma);
  lg_free(ctx, r->gamma_low);
  lg_free(ctx, r->gamma_high);
  lg_free(ctx, r->theta);
  lg_culture_phi_clear(ctx, &r->phi);
  lg_free(ctx, r);
}

typedef struct learning {
  const lg_culture_graph *graph;
  const culture_graph_ode *o;
  lg_culture_coupling *coupling;
  lg_culture_learned *r;
  const double *y;
  size_t n_times;
  culture_weak_problem all, first, rest;
  culture_link *link;
  double *theta; /* a member's */
  double bend_at;
  /* one row per member, then their columns: k, k_small, bend, curve, gamma */
  double *member;
  size_t width;
} learning;

/* The law's weight of u = l = 1: w is a multiple of a product of powers of both. */
static double unit_of(const learning *w) {
  double up = 0.0, down = 0.0;
  for (size_t q = 0; q < w->coupling->first[w->graph->n]; q++) {
    const culture_link *e = &w->link[q];
    const double product = w->r->law == CULTURE_UL_DEGREE  ? e->u * e->l
                           : w->r->law == CULTURE_L_DEGREE ? e->l
                           : w->r->law == CULTURE_LU_AREA  ? e->l / e->u
                                                           : 1.0;
    up += e->w * product, down += product * product;
  }
  return up / down;
}

/* ---- units ----------------------------------------------------------------------------------------- */

static lg_status measure(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  lg_culture_learned *r = w->r;
  const lg_culture_coupling *c = w->coupling;
  const lg_culture_data *d = w->all.data;
  size_t n = 0, links = 0;
  double *each = NULL, *l = NULL;
  for (size_t g = 0; g < d->n_inner; g++) links += w->all.cell[g].n_links;
  LG_NEW(ctx, each, links * w->n_times);
  LG_NEW(ctx, l, links);
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t e = 0; e < w->all.cell[g].n_links; e++) {
      l[n / w->n_times] = w->link[c->first[d->inner[g]] + e].l;
      for (size_t t = 0; t < w->n_times; t++)
        each[n++] = fabs(w->all.cell[g].x[(e * w->n_times + t) * 2 * CULTURE_PHI_IN]);
    }
  qsort(each, n, sizeof *each, lg_ascending);
  qsort(l, links, sizeof *l, lg_ascending);
  r->d_reach = each[(size_t)(0.995 * (double)(n - 1))];
  w->bend_at = each[(size_t)(0.95 * (double)(n - 1))];
  r->l_near = l[links / 10], r->l_far = l[links - 1 - links / 10];
  if (!(each[n / 2] > 0.0)) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "neighbours do not differ: nothing to learn from"));
  r->phi.difference = each[n / 2];
  r->phi.message = r->k_linear * r->phi.difference;
  for (int q = 0; q < CULTURE_CURVE; q++) r->d[q] = r->d_reach * (2.0 * q / (CULTURE_CURVE - 1) - 1.0);
done:
  lg_free(ctx, each);
  lg_free(ctx, l);
  return status;
}

/* ---- what a trained phi says ------------------------------------------------------------------------ */

/* Least-squares slope of phi over w d: messages on a part of the frames. */
static lg_status mean_slope(lg_ctx *ctx, const learning *w, const double *theta, double *slope) {
  lg_status status = LG_OK;
  const size_t every = w->n_times > 60 ? w->n_times / 60 : 1;
  const lg_culture_data *d = w->all.data;
  double up = 0.0, down = 0.0, x[64 * CULTURE_PHI_IN], value[64];
  for (size_t g = 0; g < d->n_inner; g++)
    for (size_t e = 0; e < w->all.cell[g].n_links; e++) {
      const double *row = w->all.cell[g].x + e * w->n_times * 2 * CULTURE_PHI_IN;
      const double weight = w->link[w->coupling->first[d->inner[g]] + e].w;
      size_t n = 0;
      for (size_t t = 0; t < w->n_times && n < 64; t += every, n++) {
        memcpy(x + n * CULTURE_PHI_IN, row + t * 2 * CULTURE_PHI_IN, CULTURE_PHI_IN * sizeof *x);
        x[n * CULTURE_PHI_IN] *= w->r->phi.difference;
      }
      LG_TRY(lg_culture_phi_values(ctx, &w->r->phi, theta, x, n, value));
      for (size_t q = 0; q < n; q++) {
        const double linear = weight * x[q * CULTURE_PHI_IN];
        up += value[q] * linear, down += linear * linear;
      }
    }
  *slope = up / down;
done:
  return status;
}

static lg_status curve_of(lg_ctx *ctx, const learning *w, const double *theta, double l, double factor, double *out) {
  double x[CULTURE_CURVE * CULTURE_PHI_IN];
  for (int q = 0; q < CULTURE_CURVE; q++)
    x[q * CULTURE_PHI_IN] = w->r->d[q], x[q * CULTURE_PHI_IN + 1] = 1.0, x[q * CULTURE_PHI_IN + 2] = l;
  const lg_status status = lg_culture_phi_values(ctx, &w->r->phi, theta, x, CULTURE_CURVE, out);
  for (int q = 0; q < CULTURE_CURVE; q++) out[q] *= factor;
  return status;
}

/* k, k_small, bend, curve, gamma. */
static lg_status describe(lg_ctx *ctx, learning *w, const double *theta, double *factor, double *out) {
  lg_status status = LG_OK;
  const double small = 0.05 * w->r->phi.difference;
  const double x[2 * CULTURE_PHI_IN] = {small, 1.0, 1.0, w->bend_at, 1.0, 1.0};
  double value[2];
  LG_TRY(lg_culture_phi_factor(ctx, &w->all, theta, w->r->k_linear, factor, out + 3 + CULTURE_CURVE));
  LG_TRY(mean_slope(ctx, w, theta, &out[0]));
  LG_TRY(lg_culture_phi_values(ctx, &w->r->phi, theta, x, 2, value));
  LG_TRY(curve_of(ctx, w, theta, 1.0, *factor, out + 3));
  out[0] *= *factor;
  out[1] = *factor * value[0] / small / w->r->unit;
  out[2] = value[1] / w->bend_at / (value[0] / small);
done:
  return status;
}

/* ---- frames that were kept back -------------------------------------------------------------------- */

/* ln MAD of a cell's weak residuals for messages of the rest. */
static double score_of(const culture_weak_problem *p, size_t g, const double *message, double *scratch) {
  const size_t rows = p->form.rows;
  const culture_weak_cell *cell = &p->cell[g];
  double median;
  for (size_t r = 0; r < rows; r++) {
    double sum = 0.0;
    for (size_t q = 0; q <= 2 * p->form.half; q++) sum += p->form.value[q] * message[r * p->form.step + q];
    scratch[r] = cell->b[r] - sum;
  }
  return lg_ln(fmax(lg_culture_mad(scratch, rows, scratch + rows, &median), 1e-300));
}

static lg_status compare(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  lg_culture_learned *r = w->r;
  const size_t n = w->rest.data->n_inner, times = w->rest.form.n_times;
  double *message = NULL, *linear = NULL, *scratch = NULL, squares = 0.0;
  culture_fit fit = {0};
  LG_NEW(ctx, message, n * times);
  LG_NEW(ctx, linear, times);
  LG_NEW(ctx, scratch, 2 * w->rest.form.rows);
  LG_NEW(ctx, fit.gamma, n);
  LG_TRY(lg_culture_phi_train(ctx, &w->first, w->o, w->o->seed, w->theta));
  LG_TRY(lg_culture_messages(ctx, &w->rest, w->theta, 0.0, message));
  LG_TRY(lg_culture_fit_weak(ctx, w->first.data, w->o->half, w->o->step, true, &fit, NULL));
  double *gain = fit.gamma; /* by cell */
  for (size_t g = 0; g < n; g++) {
    for (size_t t = 0; t < times; t++) linear[t] = fit.k * w->rest.data->z[g * times + t];
    const double own = score_of(&w->rest, g, message + g * times, scratch);
    const double laws = score_of(&w->rest, g, linear, scratch);
    r->score += own / (double)n, r->score_linear += laws / (double)n;
    gain[g] = laws - own;
  }
  const double mean = r->score_linear - r->score;
  for (size_t g = 0; g < n; g++) squares += (gain[g] - mean) * (gain[g] - mean);
  r->score_z = mean / fmax(sqrt(squares / ((double)n * fmax((double)n - 1.0, 1.0))), 1e-300);
done:
  lg_free(ctx, message);
  lg_free(ctx, linear);
  lg_free(ctx, scratch);
  lg_free(ctx, fit.gamma);
  return status;
}

/* ---- the ensemble ---------------------------------------------------------------------------------- */

/* Rows by the block of frames that their middle lies in. */
static void resample(const learning *w, size_t member, double *weight) {
  const culture_weak_form *form = &w->all.form;
  const size_t blocks = (w->n_times + w->o->block - 1) / w->o->block;
  lg_rng rng = lg_rng_make(w->o->seed, STREAM_BLOCKS, member);
  memset(weight, 0, form->rows * sizeof *weight);
  for (size_t k = 0; k < blocks; k++) {
    const size_t drawn = (size_t)lg_rng_below(&rng, blocks);
    for (size_t r = 0; r < form->rows; r++) weight[r] += (r * form->step + form->half) / w->o->block == drawn;
  }
}

static lg_status run_members(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  double *weight = NULL, factor;
  LG_NEW(ctx, weight, w->all.form.rows);
  for (size_t m = 0; m < w->o->members; m++) {
    resample(w, m, weight);
    w->all.form.weight = weight;
    LG_TRY(lg_culture_phi_train(ctx, &w->all, w->o, w->o->seed + 1 + m, w->theta));
    LG_TRY(describe(ctx, w, w->theta, &factor, w->member + (1 + m) * w->width));
    LG_TRY(lg_progress(ctx, "members", m + 1, w->o->members));
  }
done:
  w->all.form.weight = NULL;
  lg_free(ctx, weight);
  return status;
}

/* 97.5 % quantile of Student's t, near enough. */
static double student(size_t freedom) {
  const double f = (double)freedom;
  return 1.96 + 2.37 / f + 2.8 / (f * f) + 4.0 / (f * f * f);
}

/* Number `column` of the fit, and the members' spread around it; blocks are few, which widens it. */
static culture_banded band_of(const learning *w, size_t column) {
  const size_t n = w->o->members;
  const size_t whole = (w->n_times + w->o->block - 1) / w->o->block;
  const double value = w->member[column], blocks = (double)whole;
  double mean = 0.0, squares = 0.0;
  if (n < 2) return (culture_banded){value, (double)NAN, (double)NAN};
  for (size_t m = 1; m <= n; m++) mean += w->member[m * w->width + column] / (double)n;
  for (size_t m = 1; m <= n; m++) {
    const double apart = w->member[m * w->width + column] - mean;
    squares += apart * apart / (double)(n - 1);
  }
  const double half = student(n - 1) * sqrt(squares * blocks / fmax(blocks - 1.0, 1.0));
  return (culture_banded){value, value - half, value + half};
}

static void fill_result(learning *w) {
  lg_culture_learned *r = w->r;
  r->k = band_of(w, 0), r->k_small = band_of(w, 1), r->bend = band_of(w, 2);
  for (size_t q = 0; q < CULTURE_CURVE; q++) r->curve[q] = band_of(w, 3 + q);
  for (size_t g = 0; g < r->n_inner; g++) {
    const culture_banded b = band_of(w, 3 + CULTURE_CURVE + g);
    r->gamma[g] = b.value, r->gamma_low[g] = b.low, r->gamma_high[g] = b.high;
  }
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static lg_status check(lg_ctx *ctx, const culture_graph_ode *o, size_t n_times) {
  if (o->epochs < 1 || o->epochs > 100000 || o->members > 1000 || o->block < 2 || !(o->lr > 0.0 && o->lr < 1.0))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu epochs, %zu members, blocks of %zu frames, rate %g", o->epochs, o->members,
                   o->block, o->lr);
  if (o->n_train >= n_times)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu frames to train on of %zu: none is kept back", o->n_train, n_times);
  return LG_OK;
}

static lg_status make_result(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  lg_culture_learned *r = w->r;
  r->n_inner = w->all.data->n_inner;
  LG_NEW(ctx, r->inner, r->n_inner);
  LG_NEW(ctx, r->gamma, r->n_inner);
  LG_NEW(ctx, r->gamma_low, r->n_inner);
  LG_NEW(ctx, r->gamma_high, r->n_inner);
  LG_NEW(ctx, r->theta, r->phi.params.count);
  memcpy(r->inner, w->all.data->inner, r->n_inner * sizeof *r->inner);
  LG_NEW(ctx, w->theta, r->phi.params.count);
  w->width = 3 + CULTURE_CURVE + r->n_inner;
  LG_NEW(ctx, w->member, (1 + w->o->members) * w->width);
done:
  return status;
}

/* Units of phi must stand before its rows are made: once with units of 1, then for good. */
static lg_status make_problems(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  lg_culture_learned *r = w->r;
  const culture_graph_ode *o = w->o;
  culture_fit fit = {0};
  const size_t n = w->graph->n, rest = w->n_times - r->n_train;
  LG_TRY(
      lg_culture_weak_problem_create(ctx, w->graph, w->coupling, &r->phi, w->y, w->n_times, o->half, o->step, &w->all));
  LG_NEW(ctx, fit.gamma, w->all.data->n_inner);
  LG_TRY(lg_culture_fit_lag(ctx, w->all.data, 3, &fit));
  if (!(fit.k > 0.0)) LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the linear law finds k %g: no coupling to learn", fit.k));
  r->k_linear = fit.k;
  LG_TRY(measure(ctx, w));
  lg_culture_weak_problem_clear(ctx, &w->all);
  LG_TRY(
      lg_culture_weak_problem_create(ctx, w->graph, w->coupling, &r->phi, w->y, w->n_times, o->half, o->step, &w->all));
  LG_TRY(lg_culture_weak_problem_create(ctx, w->graph, w->coupling, &r->phi, w->y, r->n_train, o->half, o->step,
                                        &w->first));
  LG_TRY(lg_culture_weak_problem_create(ctx, w->graph, w->coupling, &r->phi, w->y + r->n_train * n, rest, o->half,
                                        o->step, &w->rest));
done:
  lg_free(ctx, fit.gamma);
  return status;
}

static lg_status learn(lg_ctx *ctx, learning *w) {
  lg_status status = LG_OK;
  lg_culture_learned *r = w->r;
  r->unit = unit_of(w);
  LG_TRY(make_problems(ctx, w));
  LG_TRY(make_result(ctx, w));
  LG_TRY(compare(ctx, w));
  LG_TRY(lg_culture_phi_train(ctx, &w->all, w->o, w->o->seed, r->theta));
  LG_TRY(describe(ctx, w, r->theta, &r->flattening, w->member));
  LG_TRY(run_members(ctx, w));
  LG_TRY(curve_of(ctx, w, r->theta, r->l_near, r->flattening, r->near));
  LG_TRY(curve_of(ctx, w, r->theta, r->l_far, r->flattening, r->far));
  fill_result(w);
done:
  return status;
}

lg_status lg_culture_learn_coupling(lg_ctx *ctx, const lg_culture_graph *graph, const double *y, size_t n_times,
                                    int law, const culture_graph_ode *options, lg_culture_learned **out) {
  lg_status status = LG_OK;
  learning w = {.graph = graph, .o = options, .y = y, .n_times = n_times};
  culture_law_choice choice;
  const culture_soe soe = lg_culture_soe_default();
  *out = NULL;
  LG_TRY(check(ctx, options, n_times));
  LG_NEW(ctx, w.r, 1);
  w.r->n_train = options->n_train ? options->n_train : n_times * 7 / 12;
  LG_TRY(lg_culture_phi_create(ctx, &w.r->phi));
  if (law < 0) {
    LG_TRY(lg_culture_choose_law(ctx, graph, y, n_times, &soe, &choice));
    w.r->law = choice.law;
  } else w.r->law = (culture_law)law;
  LG_TRY(lg_culture_coupling_create(ctx, graph, w.r->law, &w.coupling));
  LG_NEW(ctx, w.link, w.coupling->first[graph->n]);
  LG_TRY(lg_culture_links(ctx, graph, w.coupling, w.link));
  LG_TRY(learn(ctx, &w));
  *out = w.r;
  w.r = NULL;
done:
  lg_culture_weak_problem_clear(ctx, &w.all);
  lg_culture_weak_problem_clear(ctx, &w.first);
  lg_culture_weak_problem_clear(ctx, &w.rest);
  lg_culture_coupling_destroy(ctx, w.coupling);
  lg_culture_learned_destroy(ctx, w.r);
  lg_free(ctx, w.link);
  lg_free(ctx, w.theta);
  lg_free(ctx, w.member);
  return status;
}
