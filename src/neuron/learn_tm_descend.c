/* Levenberg–Marquardt over theta and the start potentials of windows, inside bounds. */
#include "neuron/learn_tm_internal.h"

#include "num/cholesky.h"

#include <math.h>
#include <string.h>

enum { NP = LG_TM_PARAMETERS };

/* The prior's width as a weak Gaussian: keeps directions that the data do not see from running away. */
static double prior_weight(const lg_tm_desk *w, int i) {
  const double width = w->opts->high[i] - w->opts->low[i];
  return 1.0 / (width * width);
}

static double prior_offset(const lg_tm_desk *w, const double theta[NP], int i) {
  return theta[i] - 0.5 * (w->opts->low[i] + w->opts->high[i]);
}

static double prior_cost(const lg_tm_desk *w, const double theta[NP]) {
  double cost = 0.0;
  for (int i = 0; i < NP; i++) {
    const double d = prior_offset(w, theta, i);
    cost += 0.5 * prior_weight(w, i) * d * d;
  }
  return cost;
}

/* Schur complement of the arrow. */
void lg_tm_desk_reduce(const lg_tm_desk *w, double a[NP][NP], double g[NP]) {
  memcpy(a, w->normal.a, sizeof w->normal.a);
  memcpy(g, w->normal.g, sizeof w->normal.g);
  for (size_t k = 0; k < w->n_windows; k++) {
    const lg_tm_arrow *r = &w->arrows[k];
    if (!(r->c > 0.0)) continue;
    for (int i = 0; i < NP; i++) {
      const double share = r->b[i] / r->c;
      g[i] -= share * r->g;
      for (int j = 0; j < NP; j++) a[i][j] -= share * r->b[j];
    }
  }
  for (int i = 0; i < NP; i++) {
    a[i][i] += prior_weight(w, i);
    g[i] += prior_weight(w, i) * prior_offset(w, w->theta, i);
  }
}

bool lg_tm_desk_shoot(lg_tm_desk *w, const double theta[NP], const double *start, lg_tm_normal *normal,
                      lg_tm_arrow *arrows) {
  w->iterations++;
  return !lg_cancelled(w->ctx) &&
         lg_tm_shoot(theta, &w->pass, w->sweeps, w->windows, w->n_windows, start, normal, arrows, w->residual);
}

/* Row and column of a parameter that stays: its equation becomes step = 0 for what is left of it. */
static void freeze(double a[NP][NP], int i) {
  for (int j = 0; j < NP; j++) a[i][j] = a[j][i] = i == j ? 1.0 : 0.0;
}

/* Damped step inside the bounds: parameters that would cross one stand on it, and the others are solved again. */
static bool bounded_step(const lg_tm_desk *w, double a[NP][NP], const double g[NP], double lambda, double step[NP]) {
  bool held[NP] = {false};
  for (int i = 0; i < NP; i++) step[i] = 0.0;
  for (int round = 0; round < NP; round++) {
    double damped[NP][NP], free_step[NP];
    bool crossed = false;
    memcpy(damped, a, sizeof damped);
    for (int i = 0; i < NP; i++) {
      damped[i][i] *= 1.0 + lambda;
      free_step[i] = -g[i];
      for (int j = 0; j < NP; j++)
        if (held[j]) free_step[i] -= a[i][j] * step[j];
    }
    for (int i = 0; i < NP; i++) {
      if (!held[i]) continue;
      freeze(damped, i);
      free_step[i] = step[i];
    }
    if (!lg_cholesky(NP, &damped[0][0])) return false;
    lg_cholesky_solve(NP, &damped[0][0], free_step);
    for (int i = 0; i < NP; i++) {
      const double reach = 0.3 * (w->opts->high[i] - w->opts->low[i]);
      const double low = fmax(w->opts->low[i] - w->theta[i], -reach);
      const double high = fmin(w->opts->high[i] - w->theta[i], reach);
      step[i] = fmin(fmax(free_step[i], low), high);
      if (held[i] || step[i] == free_step[i]) continue;
      held[i] = crossed = true;
    }
    if (!crossed) break;
  }
  return true;
}

/* Propose theta and starts for damping lambda; *promise is what the quadratic picture says the cost will fall by. */
static bool propose(const lg_tm_desk *w, double lambda, double theta[NP], double *start, double *promise) {
  double a[NP][NP], g[NP], step[NP];
  lg_tm_desk_reduce(w, a, g);
  if (!bounded_step(w, a, g, lambda, step)) return false;
  *promise = 0.0;
  for (int i = 0; i < NP; i++) {
    theta[i] = w->theta[i] + step[i];
    *promise -= g[i] * step[i];
    for (int j = 0; j < NP; j++) *promise -= 0.5 * step[i] * a[i][j] * step[j];
  }
  for (size_t k = 0; k < w->n_windows; k++) {
    const lg_tm_arrow *r = &w->arrows[k];
    double coupled = r->g;
    for (int i = 0; i < NP; i++) coupled += r->b[i] * step[i];
    const double s = r->c > 0.0 ? -coupled / r->c : 0.0;
    start[k] = w->start[k] + fmin(fmax(s, -5.0), 5.0);
    if (r->c > 0.0) *promise += 0.5 * r->g * r->g / r->c;
  }
  return true;
}

static void swap_pointers(void **a, void **b) {
  void *t = *a;
  *a = *b;
  *b = t;
}

static void accept(lg_tm_desk *w, const double theta[NP], const lg_tm_normal *trial) {
  memcpy(w->theta, theta, sizeof w->theta);
  w->normal = *trial;
  swap_pointers((void **)&w->start, (void **)&w->trial_start);
  swap_pointers((void **)&w->arrows, (void **)&w->trial_arrows);
}

void lg_tm_desk_descend(lg_tm_desk *w, int iterations, double worthwhile) {
  double lambda = 1e-3;
  for (int it = 0, rejected = 0; it < iterations && rejected < 8;) {
    double theta[NP];
    lg_tm_normal trial;
    const double cost = w->normal.cost + prior_cost(w, w->theta);
    const bool proposed = propose(w, lambda, theta, w->trial_start, &w->decrement);
    if (proposed && lambda < 1e-2 && w->decrement < worthwhile) return;
    if (proposed && lg_tm_desk_shoot(w, theta, w->trial_start, &trial, w->trial_arrows) &&
        trial.cost + prior_cost(w, theta) < cost) {
      const double gain = cost - trial.cost - prior_cost(w, theta);
      accept(w, theta, &trial);
      lambda = fmax(lambda * 0.1, 1e-9);
      it++;
      rejected = 0;
      if (gain < worthwhile && lambda < 1e-3) return;
    } else {
      lambda = fmax(lambda * 8.0, 1e-3);
      rejected++;
    }
  }
}

/* What an undamped step promises: the distance to the optimum in units of the cost. */
static double newton_decrement(const lg_tm_desk *w) {
  double a[NP][NP], g[NP], step[NP], promise = 0.0;
  lg_tm_desk_reduce(w, a, g);
  if (!bounded_step(w, a, g, 0.0, step)) return (double)INFINITY;
  for (int i = 0; i < NP; i++) {
    promise -= g[i] * step[i];
    for (int j = 0; j < NP; j++) promise -= 0.5 * step[i] * a[i][j] * step[j];
  }
  return promise;
}

double lg_tm_desk_cost(const lg_tm_desk *w) { return w->normal.cost + prior_cost(w, w->theta); }

/* One damped step, taken whether it is better or not; false when it cannot be evaluated and nothing has changed. */
static bool stride(lg_tm_desk *w, double lambda) {
  double theta[NP], promise;
  lg_tm_normal trial;
  if (!propose(w, lambda, theta, w->trial_start, &promise)) return false;
  if (!lg_tm_desk_shoot(w, theta, w->trial_start, &trial, w->trial_arrows)) return false;
  accept(w, theta, &trial);
  return true;
}

static void set_aside(lg_tm_desk *w) {
  memcpy(w->kept_theta, w->theta, sizeof w->theta);
  memcpy(w->kept_start, w->start, w->n_windows * sizeof *w->start);
  memcpy(w->kept_arrows, w->arrows, w->n_windows * sizeof *w->arrows);
  w->kept_normal = w->normal;
}

static void take_back(lg_tm_desk *w) {
  memcpy(w->theta, w->kept_theta, sizeof w->theta);
  memcpy(w->start, w->kept_start, w->n_windows * sizeof *w->start);
  memcpy(w->arrows, w->kept_arrows, w->n_windows * sizeof *w->arrows);
  w->normal = w->kept_normal;
}

void lg_tm_desk_polish(lg_tm_desk *w, int passes, double worthwhile) {
  enum { CORRECTIONS = 2 };
  const unsigned end = w->iterations + (unsigned)passes;
  double lambda = 1e-6;
  while (w->iterations < end) {
    w->decrement = newton_decrement(w);
    if (w->decrement < worthwhile || lambda > 1e4) return;
    const double cost = lg_tm_desk_cost(w);
    set_aside(w);
    bool better = stride(w, lambda) && lg_tm_desk_cost(w) < cost;
    for (int k = 0; !better && k < CORRECTIONS && lg_tm_desk_cost(w) < cost + 1e3; k++)
      better = stride(w, 100.0 * lambda) && lg_tm_desk_cost(w) < cost;
    if (!better) take_back(w);
    lambda = better ? fmax(lambda * 0.1, 1e-13) : lambda * 10.0;
  }
}

bool lg_tm_desk_covariance(const lg_tm_desk *w, double scale, double covariance[NP][NP]) {
  double a[NP][NP], g[NP];
  lg_tm_desk_reduce(w, a, g);
  if (!lg_cholesky(NP, &a[0][0])) return false;
  lg_cholesky_inverse(NP, &a[0][0], &covariance[0][0]);
  for (int i = 0; i < NP; i++)
    for (int j = 0; j < NP; j++) covariance[i][j] *= scale;
  return true;
}

void lg_tm_desk_set_free(lg_tm_desk *w, const double *start) {
  for (size_t s = 0; s < w->n_sweeps; s++) {
    w->windows[s] = (lg_tm_window){s, 0, w->sweeps[s].n, true};
    w->start[s] = start[s];
  }
  w->n_windows = w->n_sweeps;
  w->pass.nudge_per_ms = w->pass.slope_share = w->pass.scale_mV = 0.0;
  w->pass.huber = LG_TM_FREE_HUBER;
}
