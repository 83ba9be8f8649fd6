/* Coordinates that follow the bent valley of a posterior: straight draws leave it, draws in them stay on its ground. */
#include "neuron/learn_tm_internal.h"

#include "num/cholesky.h"
#include "num/cmaes.h"

#include <math.h>
#include <string.h>

enum { NP = LG_TM_PARAMETERS, M = LG_TM_BENT, NY = NP - M, NB = LG_TM_BENDING, POINTS = 5, POWERS = 3 };

#define LOST 25.0    /* half chi2 above the optimum beyond which nothing is followed */
#define STRAIGHT 0.5 /* standard deviations off at two of the axis: less is no bend */

/* Where the ground is looked for, in standard deviations of the Laplace picture. */
static const double shares[POINTS] = {0.2, 0.5, 0.9, 1.4, 2.0};

/* Columns of v: principal axes of the covariance in units of the bounds' widths, the longest first. */
static void set_axes(const lg_tm_desk *w, const lg_tm_fit *fit, lg_tm_valley *valley) {
  double scaled[NP * NP], value[NP], axes[NP * NP], width[NP];
  for (int p = 0; p < NP; p++) width[p] = w->opts->high[p] - w->opts->low[p];
  for (int p = 0; p < NP; p++)
    for (int q = 0; q < NP; q++) scaled[p * NP + q] = fit->covariance[p][q] / (width[p] * width[q]);
  lg_eigen_symmetric(NP, scaled, value, axes);
  bool taken[NP] = {false};
  for (int c = 0; c < NP; c++) {
    int longest = -1;
    for (int k = 0; k < NP; k++)
      if (!taken[k] && (longest < 0 || value[k] > value[longest])) longest = k;
    taken[longest] = true;
    const double length = sqrt(fmax(value[longest], 0.0));
    for (int p = 0; p < NP; p++) valley->v[p][c] = width[p] * axes[p * NP + longest] * length;
  }
}

/* The corrections of the other coordinates and of the start potentials at s: a polynomial along each long axis, and
 * products between them. */
static void bend_at(const lg_tm_valley *valley, const double s[M], double y[NB]) {
  for (size_t k = 0; k < valley->n_bending; k++) {
    y[k] = 0.0;
    for (int i = 0; i < M; i++) {
      const double x = fmin(fmax(s[i], -valley->reach[i][0]), valley->reach[i][1]); /* no further than was looked */
      y[k] += x * x * (valley->bend[i][0][k] + x * (valley->bend[i][1][k] + x * valley->bend[i][2][k]));
      for (int j = 0; j < i; j++) y[k] += s[i] * s[j] * valley->twist[i][j][k];
    }
  }
}

/* theta and start potentials of a point given by all its coordinates. */
static void place(const lg_tm_valley *valley, const double s[M], const double y[NB], double theta[NP], double *start) {
  for (int p = 0; p < NP; p++) {
    theta[p] = valley->theta[p];
    for (int c = 0; c < NP; c++) theta[p] += valley->v[p][c] * (c < M ? s[c] : y[c - M]);
  }
  for (size_t k = 0; k < valley->n_bending - NY; k++) {
    const lg_tm_arrow *r = &valley->arrows[k];
    double coupled = r->g;
    for (int p = 0; p < NP; p++) coupled += r->b[p] * (theta[p] - valley->theta[p]);
    start[k] = valley->start[k] + y[NY + k] - (r->c > 0.0 ? coupled / r->c : 0.0);
  }
}

void lg_tm_valley_place(const lg_tm_valley *valley, const double xi[NP], double theta[NP], double *start) {
  double y[NB];
  bend_at(valley, xi, y);
  for (int c = M; c < NP; c++) y[c - M] += xi[c];
  place(valley, xi, y, theta, start);
}

/* Reduced normal equations of all but the long axes. */
static void normal_across(const lg_tm_desk *w, const lg_tm_valley *valley, double normal[NY * NY], double slope[NY]) {
  double a[NP][NP], g[NP];
  lg_tm_desk_reduce(w, a, g);
  for (int i = 0; i < NY; i++) {
    slope[i] = 0.0;
    for (int p = 0; p < NP; p++) slope[i] -= valley->v[p][M + i] * g[p];
    for (int j = 0; j < NY; j++) {
      double sum = 0.0;
      for (int p = 0; p < NP; p++)
        for (int q = 0; q < NP; q++) sum += valley->v[p][M + i] * a[p][q] * valley->v[q][M + j];
      normal[i * NY + j] = sum;
    }
  }
}

/*
 * From a point to the ground of the valley beside it: one Gauss–Newton step of all but the long axes. y: in and out;
 * height: of the ground that is expected there; moved: in standard deviations. False when the point cannot be
 * evaluated.
 */
static bool step_to_ground(lg_tm_desk *w, const lg_tm_valley *valley, const double s[M], double y[NB], double *height,
                           double *moved) {
  double normal[NY * NY], slope[NY], step[NY], theta[NP], straight[LG_TM_VALLEY_SWEEPS], square = 0.0;
  place(valley, s, y, w->theta, w->start);
  if (!lg_tm_desk_shoot(w, w->theta, w->start, &w->normal, w->arrows)) return false;
  normal_across(w, valley, normal, slope);
  *height = lg_tm_desk_cost(w);
  memcpy(step, slope, sizeof step);
  if (!lg_cholesky(NY, normal)) return false;
  lg_cholesky_solve(NY, normal, step);
  for (int i = 0; i < NY; i++) {
    y[i] += step[i];
    *height -= 0.5 * slope[i] * step[i];
    square += step[i] * step[i];
  }
  for (size_t k = 0; k < w->n_sweeps; k++) y[NY + k] = 0.0;
  place(valley, s, y, theta, straight);
  for (size_t k = 0; k < w->n_sweeps; k++) {
    const lg_tm_arrow *r = &w->arrows[k];
    double coupled = r->g;
    for (int p = 0; p < NP; p++) coupled += r->b[p] * (theta[p] - w->theta[p]);
    if (!(r->c > 0.0)) continue;
    y[NY + k] = w->start[k] - coupled / r->c - straight[k];
    *height -= 0.5 * r->g * r->g / r->c;
    square += coupled * coupled / r->c;
  }
  *moved = sqrt(square);
  return true;
}

/* Steps until they are small; false where the ground is lost. */
static bool find_ground(lg_tm_desk *w, const lg_tm_valley *valley, const double s[M], double y[NB], double *above) {
  enum { STEPS = 3 };
  double height = 0.0, moved = 1.0;
  for (int k = 0; k < STEPS && moved > 0.3; k++)
    if (!step_to_ground(w, valley, s, y, &height, &moved)) return false;
  *above = (height - valley->cost) * valley->scale;
  return moved < 3.0 && *above < LOST;
}

/* How far the ground lies off the axis, in standard deviations. */
static double off_axis(const lg_tm_valley *valley, const double y[NB]) {
  double square = 0.0;
  for (int k = 0; k < NY; k++) square += y[k] * y[k];
  for (size_t k = NY; k < valley->n_bending; k++) square += y[k] * y[k] * valley->arrows[k - NY].c;
  return sqrt(square);
}

/* Fit the powers 2, 3, 4 of s to what was found, each point weighed by 1 / s² of its value. */
static void fit_powers(const double *s, double (*y)[NB], size_t n, size_t n_bending, double bend[POWERS][NB]) {
  for (size_t k = 0; k < n_bending; k++) {
    double normal[POWERS * POWERS] = {0.0}, right[POWERS] = {0.0};
    for (size_t j = 0; j < n; j++) {
      const double row[POWERS] = {1.0, s[j], s[j] * s[j]}, value = y[j][k] / (s[j] * s[j]);
      for (int a = 0; a < POWERS; a++) {
        right[a] += row[a] * value;
        for (int b = 0; b < POWERS; b++) normal[a * POWERS + b] += row[a] * row[b];
      }
    }
    for (int a = 0; a < POWERS; a++) normal[a * POWERS + a] += 1e-4; /* fewer points than powers */
    const bool ok = lg_cholesky(POWERS, normal);
    if (ok) lg_cholesky_solve(POWERS, normal, right);
    for (int a = 0; a < POWERS; a++) bend[a][k] = ok ? right[a] : 0.0;
  }
}

/** What a walk along one axis has found. */
typedef struct walk {
  double s[2 * POINTS], y[2 * POINTS][NB];
  size_t n;
} walk;

/* The ground ahead as the last two points of this side show it. */
static void look_ahead(const walk *k, size_t first, double s, size_t n_bending, double y[NB]) {
  const size_t seen = k->n - first;
  for (size_t j = 0; j < n_bending; j++) {
    y[j] = 0.0;
    if (seen == 0) continue;
    const double s1 = k->s[k->n - 1], bend1 = k->y[k->n - 1][j] / (s1 * s1);
    const double s0 = seen > 1 ? k->s[k->n - 2] : 0.0, bend0 = seen > 1 ? k->y[k->n - 2][j] / (s0 * s0) : bend1;
    y[j] = s * s * (bend1 + (seen > 1 ? (bend1 - bend0) * (s - s1) / (s1 - s0) : 0.0));
  }
}

/* One direction along an axis; returns the variance that the height shows there, 0: not even the first point. */
static double walk_side(lg_tm_desk *w, lg_tm_valley *valley, int axis, int side, walk *k) {
  const size_t first = k->n;
  double variance = 0.0;
  valley->reach[axis][side] = 0.0;
  for (int point = 0; point < POINTS; point++) {
    double at[M] = {0.0}, above;
    at[axis] = (side ? 1.0 : -1.0) * shares[point];
    look_ahead(k, first, at[axis], valley->n_bending, k->y[k->n]);
    if (!find_ground(w, valley, at, k->y[k->n], &above)) break;
    k->s[k->n++] = at[axis];
    valley->reach[axis][side] = 1.5 * shares[point];
    variance = fmin(fmax(shares[point] * shares[point] / (2.0 * fmax(above, 1e-6)), 0.1), 4.0);
    const double farthest = shares[POINTS - 1], times = farthest / shares[point];
    if (point > 0 || off_axis(valley, k->y[k->n - 1]) * times * times > STRAIGHT) continue;
    valley->reach[axis][side] = 1.5 * farthest;
    return 1.0;
  }
  return variance;
}

/* Walk along one long axis in both directions from the optimum. */
static void follow(lg_tm_desk *w, lg_tm_valley *valley, int axis) {
  walk k = {.n = 0};
  const double below = walk_side(w, valley, axis, 0, &k), above = walk_side(w, valley, axis, 1, &k);
  fit_powers(k.s, k.y, k.n, valley->n_bending, valley->bend[axis]);
  if (below > 0.0 || above > 0.0)
    valley->variance[axis] = (below + above) / ((below > 0.0 ? 1.0 : 0.0) + (above > 0.0 ? 1.0 : 0.0));
}

/* What two long axes do together beyond what each does alone. */
static void twist(lg_tm_desk *w, lg_tm_valley *valley, int i, int j) {
  double at[M] = {0.0}, y[NB], alone[NB], above;
  at[i] = at[j] = 0.7;
  bend_at(valley, at, alone);
  memcpy(y, alone, sizeof y);
  if (!find_ground(w, valley, at, y, &above)) return;
  for (size_t k = 0; k < valley->n_bending; k++) valley->twist[i][j][k] = (y[k] - alone[k]) / (at[i] * at[j]);
}

void lg_tm_desk_survey(lg_tm_desk *w, const lg_tm_fit *fit, lg_tm_valley *valley) {
  memset(valley, 0, sizeof *valley);
  memcpy(valley->theta, fit->theta, sizeof valley->theta);
  valley->cost = lg_tm_desk_cost(w);
  valley->scale = 1.0 / fit->chi2_per_sample;
  for (size_t k = 0; k < w->n_sweeps; k++) {
    valley->start[k] = w->start[k];
    valley->arrows[k] = w->arrows[k];
  }
  valley->n_bending = NY + w->n_sweeps;
  set_axes(w, fit, valley);
  for (int c = 0; c < NP; c++) valley->variance[c] = 1.0;
  for (int axis = 0; axis < M; axis++) follow(w, valley, axis);
  for (int i = 0; i < M; i++)
    for (int j = 0; j < i; j++) twist(w, valley, i, j);
}
