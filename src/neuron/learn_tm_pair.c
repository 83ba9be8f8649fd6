#include "neuron/learn_tm_pair.h"

#include "neuron/prior_tm.h"
#include "num/ascending.h"
#include "num/subset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NP = LG_TM_PARAMETERS, NC = LG_TM_CHANGES, NX = NP + NC, NA = NP + 1, MAX_SWEEPS = 512, MAX_SORTED = 20000 };

const char *const lg_tm_change_names[LG_TM_CHANGES] = {"gNa", "gK", "gL", "gM", "VT", "p_shift"};

bool lg_tm_change_is_scale(int change) { return change < LG_TM_CHANGE_VT; }

/* Where a change acts among the directions of the side after: a parameter, or (NP) the shift of the M gate. */
static const int slot[NC] = {1, 2, 3, 4, 8, NP};
/* Weak prior of the changes: e^±3, ±30 mV. Only directions that the data do not see feel it. */
static const double width[NC] = {3.0, 3.0, 3.0, 3.0, 30.0, 30.0};
static const double reach[NC] = {0.7, 0.7, 0.7, 0.7, 6.0, 6.0};
static const double farthest[NC] = {6.0, 6.0, 6.0, 6.0, 40.0, 40.0};

/* Unknowns of a pair: theta, then the changes. */
typedef struct point {
  double x[NX];
} point;

/* A recording at work: a window per sweep. */
typedef struct side {
  const lg_tm_sweep *sweeps;
  size_t n, total, capacity;
  lg_tm_window *windows;
  double *start, *trial_start, *residual;
  lg_tm_arrow *arrows, *trial_arrows;
  lg_tm_normal normal, trial;
  lg_tm_pass pass;
} side;

struct lg_tm_pair_desk {
  const lg_ctx *ctx;
  lg_tm_desk *alone;
  const lg_tm_fit_opts *opts;
  side before, after;
  bool both; /* whether the side before counts in the present descent */
  bool free[NX];
  point at;
  double *sorted;
  double least_gain; /* what the quadratic picture promised at the end of a descent */
  unsigned passes;
};

typedef lg_tm_pair_desk work;

/* ---- the cost and its quadratic picture -------------------------------------------------------- */

static bool shoot_side(work *w, side *s, const double theta[NP], double shift, const double *start, lg_tm_normal *nm,
                       lg_tm_arrow *arrows) {
  w->passes++;
  s->pass.p_shift_mV = shift;
  return !lg_cancelled(w->ctx) &&
         lg_tm_shoot(theta, &s->pass, s->sweeps, s->windows, s->n, start, nm, arrows, s->residual);
}

static void after_theta(const point *p, double theta[NP]) {
  memcpy(theta, p->x, NP * sizeof *theta);
  for (int c = 0; c < NC; c++)
    if (slot[c] < NP) theta[slot[c]] += p->x[NP + c];
}

static bool shoot(work *w, const point *p, bool trial) {
  double theta[NP];
  side *b = &w->before, *a = &w->after;
  after_theta(p, theta);
  if (!shoot_side(w, a, theta, p->x[NP + LG_TM_CHANGE_P], trial ? a->trial_start : a->start,
                  trial ? &a->trial : &a->normal, trial ? a->trial_arrows : a->arrows))
    return false;
  return !w->both || shoot_side(w, b, p->x, 0.0, trial ? b->trial_start : b->start, trial ? &b->trial : &b->normal,
                                trial ? b->trial_arrows : b->arrows);
}

static double prior_weight(const work *w, int i) {
  const double across = i < NP ? w->opts->high[i] - w->opts->low[i] : width[i - NP];
  return 1.0 / (across * across);
}

static double prior_offset(const work *w, const point *p, int i) {
  return i < NP ? p->x[i] - 0.5 * (w->opts->low[i] + w->opts->high[i]) : p->x[i];
}

static double prior_cost(const work *w, const point *p) {
  double cost = 0.0;
  for (int i = 0; i < NX; i++) cost += 0.5 * prior_weight(w, i) * prior_offset(w, p, i) * prior_offset(w, p, i);
  return cost;
}

static double data_cost(const work *w, bool trial) {
  const double after = trial ? w->after.trial.cost : w->after.normal.cost;
  return after + (w->both ? (trial ? w->before.trial.cost : w->before.normal.cost) : 0.0);
}

/* Curvature and gradient of one side over its NA directions, start potentials eliminated. */
static void reduce(const side *s, double a[NA][NA], double g[NA]) {
  for (int i = 0; i < NP; i++) {
    g[i] = s->normal.g[i];
    a[i][NP] = a[NP][i] = s->normal.shift_a[i];
    for (int j = 0; j < NP; j++) a[i][j] = s->normal.a[i][j];
  }
  a[NP][NP] = s->normal.shift_a[NP];
  g[NP] = s->normal.shift_g;
  for (size_t k = 0; k < s->n; k++) {
    const lg_tm_arrow *r = &s->arrows[k];
    double b[NA];
    if (!(r->c > 0.0)) continue;
    memcpy(b, r->b, sizeof r->b);
    b[NP] = r->shift_b;
    for (int i = 0; i < NA; i++) {
      g[i] -= b[i] / r->c * r->g;
      for (int j = 0; j < NA; j++) a[i][j] -= b[i] / r->c * b[j];
    }
  }
}

static void picture(const work *w, double h[NX][NX], double g[NX]) {
  double a[NA][NA], ga[NA];
  reduce(&w->after, a, ga);
  for (int i = 0; i < NX; i++) {
    const int p = i < NP ? i : slot[i - NP];
    g[i] = ga[p] + prior_weight(w, i) * prior_offset(w, &w->at, i);
    for (int j = 0; j < NX; j++) h[i][j] = a[p][j < NP ? j : slot[j - NP]];
    h[i][i] += prior_weight(w, i);
  }
  if (!w->both) return;
  reduce(&w->before, a, ga);
  for (int i = 0; i < NP; i++) {
    g[i] += ga[i];
    for (int j = 0; j < NP; j++) h[i][j] += a[i][j];
  }
}

/* ---- descent ----------------------------------------------------------------------------------- */

static bool solve_free(const work *w, double h[NX][NX], const double g[NX], double lambda, double step[NX]) {
  lg_quadratic q = {.n = 0, .m = 0};
  int at[NX];
  double d[NX], gain;
  for (int i = 0; i < NX; i++)
    if (w->free[i]) at[q.n++] = i;
  for (size_t i = 0; i < q.n; i++) {
    q.g[i] = g[at[i]];
    for (size_t j = 0; j < q.n; j++) q.h[i * q.n + j] = h[at[i]][at[j]] * (i == j ? 1.0 + lambda : 1.0);
  }
  for (int i = 0; i < NX; i++) step[i] = 0.0;
  if (q.n == 0 || !lg_subset_minimum(&q, 0, d, &gain, NULL)) return q.n == 0;
  for (size_t i = 0; i < q.n; i++) step[at[i]] = d[i];
  return true;
}

static double clip(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

static void limit(const work *w, double step[NX]) {
  for (int i = 0; i < NP; i++) {
    const double low = w->opts->low[i], high = w->opts->high[i], most = 0.3 * (high - low);
    step[i] = clip(step[i], fmax(low - w->at.x[i], -most), fmin(high - w->at.x[i], most));
  }
  for (int c = 0; c < NC; c++) {
    const double x = w->at.x[NP + c];
    step[NP + c] = clip(step[NP + c], fmax(-farthest[c] - x, -reach[c]), fmin(farthest[c] - x, reach[c]));
  }
}

/* Start potentials that go with a step; returns what they add to the promise. */
static double move_starts(side *s, const double step[NX], bool changed) {
  double promise = 0.0, moved[NA] = {0.0};
  memcpy(moved, step, NP * sizeof *moved);
  for (int c = 0; changed && c < NC; c++) moved[slot[c]] += step[NP + c];
  for (size_t k = 0; k < s->n; k++) {
    const lg_tm_arrow *r = &s->arrows[k];
    double coupled = r->g + r->shift_b * moved[NP];
    for (int i = 0; i < NP; i++) coupled += r->b[i] * moved[i];
    const double by = r->c > 0.0 ? -coupled / r->c : 0.0;
    s->trial_start[k] = s->start[k] + clip(by, -5.0, 5.0);
    if (r->c > 0.0) promise += 0.5 * r->g * r->g / r->c;
  }
  return promise;
}

static bool propose(work *w, double lambda, point *to, double *promise) {
  double h[NX][NX], g[NX], step[NX];
  picture(w, h, g);
  if (!solve_free(w, h, g, lambda, step)) return false;
  limit(w, step);
  *promise = move_starts(&w->after, step, true) + (w->both ? move_starts(&w->before, step, false) : 0.0);
  for (int i = 0; i < NX; i++) {
    to->x[i] = w->at.x[i] + step[i];
    *promise -= g[i] * step[i];
    for (int j = 0; j < NX; j++) *promise -= 0.5 * step[i] * h[i][j] * step[j];
  }
  return true;
}

static void take(side *s) {
  double *start = s->start;
  lg_tm_arrow *arrows = s->arrows;
  s->start = s->trial_start;
  s->arrows = s->trial_arrows;
  s->trial_start = start;
  s->trial_arrows = arrows;
  s->normal = s->trial;
}

/* Levenberg–Marquardt from a point that was shot; ends when no more than `worthwhile` is promised or gained. */
static void descend(work *w, int iterations, double worthwhile) {
  double lambda = 1e-3;
  for (int it = 0, refused = 0; it < iterations && refused < 8;) {
    point to;
    const double cost = data_cost(w, false) + prior_cost(w, &w->at);
    const bool proposed = propose(w, lambda, &to, &w->least_gain);
    if (proposed && lambda < 1e-2 && w->least_gain < worthwhile) return;
    if (proposed && shoot(w, &to, true) && data_cost(w, true) + prior_cost(w, &to) < cost) {
      const double gain = cost - data_cost(w, true) - prior_cost(w, &to);
      w->at = to;
      take(&w->after);
      if (w->both) take(&w->before);
      lambda = fmax(lambda * 0.1, 1e-9);
      it++;
      refused = 0;
      if (gain < worthwhile && lambda < 1e-3) return;
    } else {
      lambda = fmax(lambda * 8.0, 1e-3);
      refused++;
    }
  }
}

/* ---- letting go of the recording after ---------------------------------------------------------- */

static double misfit_scale(work *w, const side *s) {
  const size_t stride = s->total / MAX_SORTED + 1;
  size_t m = 0;
  for (size_t k = 0; k < s->total; k += stride) w->sorted[m++] = fabs(s->residual[k]);
  qsort(w->sorted, m, sizeof *w->sorted, lg_ascending);
  const double scale = m > 0 ? 1.48 * w->sorted[m / 2] : 0.0;
  return scale < 1.1 * s->pass.sigma_mV ? 0.0 : scale;
}

static double chi2_of(const side *s) { return s->normal.chi2 / (double)(s->normal.n > 0 ? s->normal.n : 1); }

static bool settle(work *w, bool scaled) {
  side *s = &w->after;
  if (!scaled) s->pass.scale_mV = 0.0;
  if (!shoot(w, &w->at, false)) return false;
  if (!scaled) return true;
  const double scale = misfit_scale(w, s);
  if (scale == s->pass.scale_mV || (scale > 0.67 * s->pass.scale_mV && scale < 1.5 * s->pass.scale_mV)) return true;
  s->pass.scale_mV = scale;
  return shoot(w, &w->at, false);
}

static double worthwhile(const work *w) { return chi2_of(&w->after) < 2.0 ? 0.1 : 1e-3 * w->after.normal.cost; }

static void start_at_data(side *s) {
  for (size_t k = 0; k < s->n; k++) {
    const lg_tm_sweep *sw = &s->sweeps[k];
    const size_t n = (size_t)(0.6 / sw->dt_ms) + 1;
    double sum = 0.0;
    for (size_t j = 0; j < n && j < sw->n; j++) sum += sw->v_mV[j];
    s->start[k] = sum / (double)(n < sw->n ? n : sw->n);
  }
}

static void weigh(side *s, double nudge, double slope_share, double huber) {
  s->pass.nudge_per_ms = nudge;
  s->pass.slope_share = slope_share;
  s->pass.huber = huber;
}

static void set_free(work *w, bool theta, unsigned changes) {
  for (int i = 0; i < NX; i++) w->free[i] = i < NP ? theta : (changes >> (i - NP) & 1u) != 0;
}

/*
 * Carry the neuron of the recording before to the recording after by some of the changes, theta held: from strong
 * nudging to none, in steps that are made smaller where the course is thrown off (as lg_tm_identify lets go).
 */
static bool carry_over(work *w, unsigned changes) {
  enum { MAX_RUNGS = 30, HALVINGS = 3 };
  side *s = &w->after;
  double nudge = 4.0;
  w->both = false;
  set_free(w, false, changes);
  start_at_data(s);
  s->pass.scale_mV = 0.0;
  weigh(s, nudge, 0.3, 2.0);
  if (!settle(w, true)) return false;
  descend(w, 6, worthwhile(w));
  for (int k = 0; k < MAX_RUNGS && nudge > 0.0; k++) {
    const double before = chi2_of(s);
    double next = k + 1 == MAX_RUNGS || nudge < 0.01 ? 0.0 : 0.3 * nudge;
    for (int halving = 0;; halving++) {
      weigh(s, next, 0.1, 2.0);
      if (!settle(w, true)) return false;
      if (halving == HALVINGS || k + 1 == MAX_RUNGS || chi2_of(s) < 3.0 * fmax(before, 1.0)) break;
      next = next > 0.0 ? sqrt(nudge * next) : 0.5 * nudge;
    }
    descend(w, 5, worthwhile(w));
    nudge = next;
  }
  weigh(s, 0.0, 0.0, 5.0);
  if (!settle(w, false)) return false;
  descend(w, 30, 0.01);
  return true;
}

/* ---- both at once ------------------------------------------------------------------------------ */

static bool polish(work *w, unsigned changes) {
  w->both = true;
  weigh(&w->before, 0.0, 0.0, 5.0);
  weigh(&w->after, 0.0, 0.0, 5.0);
  w->before.pass.scale_mV = w->after.pass.scale_mV = 0.0;
  set_free(w, true, changes);
  if (!shoot(w, &w->at, false)) return false;
  descend(w, 40, 0.01);
  return true;
}

/* A fitted subset. */
typedef struct fitted {
  bool done;
  point at;
  double cost; /* data only */
} fitted;

static void quadratic(const work *w, lg_quadratic *q) {
  double h[NX][NX], g[NX];
  picture(w, h, g);
  q->n = NX;
  q->m = NC;
  for (int i = 0; i < NX; i++) {
    q->g[i] = g[i];
    for (int j = 0; j < NX; j++) q->h[i * NX + j] = h[i][j];
  }
  memcpy(q->x, w->at.x + NP, sizeof w->at.x - NP * sizeof *w->at.x);
}

#define RARITY 0.2 /* of a second change, and a third … */

/* Birge: where the model leaves more than noise, its misfit is the unit of evidence. */
static double misfit_unit(const work *w) {
  const double n = (double)(w->before.normal.n + w->after.normal.n);
  const double chi2 = (w->before.normal.chi2 + w->after.normal.chi2) / (n > 0.0 ? n : 1.0);
  return chi2 > 1.25 ? chi2 : 1.0;
}

/* Costs of all subsets as seen from the present point; those that were fitted keep their own. */
static void judge(const work *w, const fitted *tried, double unit, lg_tm_pair_fit *fit, double d[LG_TM_SUBSETS][NX]) {
  lg_quadratic q;
  double cost[LG_TM_SUBSETS];
  quadratic(w, &q);
  for (unsigned s = 0; s < LG_TM_SUBSETS; s++) {
    double gain = 0.0;
    cost[s] = lg_subset_minimum(&q, s, d[s], &gain, NULL) ? (data_cost(w, false) + gain) / unit : (double)INFINITY;
    if (tried[s].done) cost[s] = tried[s].cost / unit;
  }
  lg_subset_weights(NC, cost, (double)(w->before.normal.n + w->after.normal.n), RARITY, fit->subset_weight,
                    fit->probability);
}

/* A subset that holds a fitted one can cost no more; a fit that says otherwise went astray and is begun there. */
static void fit_subset(work *w, fitted *tried, unsigned subset, const double d[NX]) {
  const point from = w->at;
  for (int i = 0; i < NX; i++) w->at.x[i] += d[i];
  for (int c = 0; c < NC; c++)
    if (!(subset >> c & 1u)) w->at.x[NP + c] = 0.0;
  const bool ok = polish(w, subset);
  tried[subset].cost = ok ? data_cost(w, false) : (double)INFINITY;
  tried[subset].at = w->at;
  tried[subset].done = true;
  for (unsigned s = 0; s < LG_TM_SUBSETS; s++) {
    if ((s & ~subset) != 0 || s == subset || !tried[s].done || !(tried[s].cost < tried[subset].cost)) continue;
    w->at = tried[s].at;
    if (polish(w, subset) && data_cost(w, false) < tried[subset].cost) {
      tried[subset].cost = data_cost(w, false);
      tried[subset].at = w->at;
    }
  }
  w->at = tried[subset].cost < (double)INFINITY ? tried[subset].at : from;
  (void)polish(w, subset); /* the pictures are taken there */
}

static unsigned heaviest(const lg_tm_pair_fit *fit) {
  unsigned best = 0;
  for (unsigned s = 1; s < LG_TM_SUBSETS; s++)
    if (fit->subset_weight[s] > fit->subset_weight[best]) best = s;
  return best;
}

/* From a first fitted subset to the one that all others, seen from it, do not beat. */
static unsigned settle_on(work *w, fitted *tried, lg_tm_pair_fit *fit) {
  enum { ROUNDS = 10 };
  double d[LG_TM_SUBSETS][NX];
  for (int round = 0; round < ROUNDS; round++) {
    judge(w, tried, misfit_unit(w), fit, d);
    const unsigned best = heaviest(fit);
    if (tried[best].done) {
      w->at = tried[best].at;
      if (!polish(w, best)) break;
      judge(w, tried, misfit_unit(w), fit, d);
      if (heaviest(fit) == best) return best;
    }
    fit_subset(w, tried, heaviest(fit), d[heaviest(fit)]);
  }
  unsigned least = 0;
  for (unsigned s = 0; s < LG_TM_SUBSETS; s++)
    if (tried[s].done && fit->subset_weight[s] >= (tried[least].done ? fit->subset_weight[least] : 0.0)) least = s;
  w->at = tried[least].at;
  (void)polish(w, least);
  return least;
}

static void describe(work *w, unsigned best, lg_tm_pair_fit *fit) {
  lg_quadratic q;
  double d[NX], gain, covariance[NX * NX];
  const double unit = sqrt(misfit_unit(w));
  memcpy(fit->theta, w->at.x, sizeof fit->theta);
  fit->subset = best;
  quadratic(w, &q);
  const bool known = lg_subset_minimum(&q, best, d, &gain, covariance);
  for (int c = 0; c < NC; c++) {
    const size_t i = (size_t)(NP + c);
    const bool in = (best >> c & 1u) != 0;
    fit->delta[c] = in ? w->at.x[i] : 0.0;
    fit->sd[c] = !in ? 0.0 : known ? unit * sqrt(covariance[i * NX + i]) : (double)NAN;
  }
  fit->chi2_before = chi2_of(&w->before);
  fit->chi2_after = chi2_of(&w->after);
  fit->sigma_before_mV = w->before.pass.sigma_mV;
  fit->sigma_after_mV = w->after.pass.sigma_mV;
  fit->accepted =
      fit->chi2_before >= 0.8 && fit->chi2_before <= 1.25 && fit->chi2_after >= 0.8 && fit->chi2_after <= 1.25;
  fit->passes = w->passes;
}

/* Different ways to the recording after; the best one is kept in w->at. */
static bool reach_after(work *w, const point *origin) {
  const unsigned all = LG_TM_SUBSETS - 1;
  point best = *origin;
  double least = (double)INFINITY;
  for (int way = 0; way <= NC && !(least < 1.5); way++) {
    w->at = *origin;
    if (!carry_over(w, way == 0 ? all : 1u << (way - 1)) || !(chi2_of(&w->after) < least)) continue;
    least = chi2_of(&w->after);
    best = w->at;
  }
  w->at = best;
  return least < (double)INFINITY;
}

/* ---- memory and the door ------------------------------------------------------------------------- */

static lg_status make_side(lg_ctx *ctx, size_t max_samples, side *s) {
  lg_status status = LG_OK;
  s->capacity = max_samples;
  LG_NEW(ctx, s->windows, MAX_SWEEPS);
  LG_NEW(ctx, s->start, MAX_SWEEPS);
  LG_NEW(ctx, s->trial_start, MAX_SWEEPS);
  LG_NEW(ctx, s->arrows, MAX_SWEEPS);
  LG_NEW(ctx, s->trial_arrows, MAX_SWEEPS);
  LG_NEW(ctx, s->residual, max_samples);
done:
  return status;
}

static void clear_side(lg_ctx *ctx, side *s) {
  lg_free(ctx, s->windows);
  lg_free(ctx, s->start);
  lg_free(ctx, s->trial_start);
  lg_free(ctx, s->arrows);
  lg_free(ctx, s->trial_arrows);
  lg_free(ctx, s->residual);
}

lg_status lg_tm_pair_desk_create(lg_ctx *ctx, size_t max_before, size_t max_after, lg_tm_pair_desk **out) {
  lg_status status = LG_OK;
  work *w = NULL;
  *out = NULL;
  LG_NEW(ctx, w, 1);
  w->ctx = ctx;
  LG_TRY(lg_tm_desk_create(ctx, max_before, &w->alone));
  LG_TRY(make_side(ctx, max_before, &w->before));
  LG_TRY(make_side(ctx, max_after, &w->after));
  LG_NEW(ctx, w->sorted, MAX_SORTED + 1);
  *out = w;
  return LG_OK;
done:
  lg_tm_pair_desk_destroy(ctx, w);
  return status;
}

void lg_tm_pair_desk_destroy(lg_ctx *ctx, lg_tm_pair_desk *w) {
  if (!w) return;
  lg_tm_desk_destroy(ctx, w->alone);
  clear_side(ctx, &w->before);
  clear_side(ctx, &w->after);
  lg_free(ctx, w->sorted);
  lg_free(ctx, w);
}

static bool seat(side *s, const lg_tm_side *given, const lg_tm_fit_opts *opts) {
  if (given->n_sweeps == 0 || given->n_sweeps > MAX_SWEEPS) return false;
  s->sweeps = given->sweeps;
  s->n = given->n_sweeps;
  s->total = 0;
  for (size_t k = 0; k < s->n; k++) {
    if (s->sweeps[k].n > s->capacity - s->total) return false;
    s->total += s->sweeps[k].n;
    s->windows[k] = (lg_tm_window){k, 0, s->sweeps[k].n, true};
  }
  s->pass = (lg_tm_pass){.taumax_ms = opts->taumax_ms};
  s->pass.sigma_mV = opts->sigma_mV > 0.0 ? opts->sigma_mV : fmax(lg_tm_noise(s->sweeps, s->n), 1e-3);
  start_at_data(s);
  return true;
}

bool lg_tm_pair_identify_in(lg_tm_pair_desk *w, const lg_tm_side *before, const lg_tm_side *after,
                            const lg_tm_fit_opts *opts, lg_tm_pair_fit *fit) {
  fitted tried[LG_TM_SUBSETS];
  point origin;
  memset(fit, 0, sizeof *fit);
  memset(tried, 0, sizeof tried);
  memset(&origin, 0, sizeof origin);
  w->opts = opts;
  w->passes = 0;
  if (!seat(&w->before, before, opts) || !seat(&w->after, after, opts)) return false;
  if (!lg_tm_identify_in(w->alone, before->sweeps, before->n_sweeps, opts, &fit->before)) return false;
  w->passes += fit->before.iterations;
  memcpy(origin.x, fit->before.theta, sizeof fit->before.theta);
  if (!reach_after(w, &origin)) return false;
  const double none[NX] = {0.0};
  fit_subset(w, tried, LG_TM_SUBSETS - 1, none);
  describe(w, settle_on(w, tried, fit), fit);
  return true;
}
