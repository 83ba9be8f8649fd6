/* From the kernel's scaled parameters to z = (ln C, ln k, vr, vt-vr, ln a, b, c, d, vpeak), and downhill there. */
#include "neuron/izhikevich_objective.h"
#include "base/elementary.h"
#include "num/cholesky.h"

#include <string.h>

enum { P = LG_IZH_P, L = LG_IZH_LANES };

/* Where a model stops being a neuron or the simulator would crawl: far outside every prior. */
static const double z_low[P] = {0.0, -6.0, -120.0, 0.5, -9.0, -200.0, -130.0, -2000.0, -40.0};
static const double z_high[P] = {9.0, 4.0, -20.0, 150.0, 1.5, 500.0, 20.0, 10000.0, 200.0};

/* Largest move of one iteration. */
static const double z_step[P] = {0.7, 0.7, 10.0, 10.0, 1.0, 10.0, 10.0, 100.0, 15.0};

void lg_izh_set_weights(lg_izh_data *data, double steepness) {
  for (size_t w = 0; w < data->n_sweeps; w++) {
    lg_izh_sweep *s = &data->sweep[w];
    size_t spike = 0;
    double before = 0.0; /* step from the sample before, 0 across a reset */
    for (size_t k = 0; k < s->n; k++) {
      double after = k + 1 < s->n ? fabs(s->v[k + 1] - s->v[k]) : 0.0;
      if (spike < s->n_spikes && s->last[spike] == k) {
        after = 0.0;
        spike++;
      }
      const double dv = before > after ? before : after;
      const double weight = 1.0 / (data->sigma * data->sigma + steepness * steepness * dv * dv);
      s->weight[k] = weight == weight && s->v[k] == s->v[k] ? weight : 0.0;
      before = after == after ? after : 0.0;
    }
  }
}

bool lg_izh_steady(const lg_izh_scaled *s, double i_pA, double *x, double *w) {
  const double j = i_pA * s->inv_C, half = 0.5 * (s->g + s->e / s->q), square = half * half - j / s->q;
  *x = *w = 0.0;
  if (i_pA == 0.0 || !(square > 0.0)) return false;
  *x = half - sqrt(square);
  *w = s->e * *x;
  return true;
}

/* Steady state under the first sample's current, and its sensitivities; rest when there is none. */
static void initial_state(double i, lg_izh_fit_task *task) {
  const lg_izh_scaled *s = &task->s;
  memset(task->sx0, 0, sizeof task->sx0);
  memset(task->sw0, 0, sizeof task->sw0);
  if (!lg_izh_steady(s, i, &task->x0, &task->w0)) return;
  const double x = task->x0, stiffness = s->q * (2.0 * x - s->g) - s->e;
  const double forcing[L] = {x * (x - s->g), -s->q * x, i, 0.0, -x, 0.0, 0.0, 0.0};
  for (int c = 0; c < L; c++) {
    task->sx0[c] = -forcing[c] / stiffness;
    task->sw0[c] = s->e * task->sx0[c] + (c == LG_IZH_E ? x : 0.0);
  }
}

void lg_izh_phi_jacobian(const lg_izh_params *p, bool pulled, double m[L + 1][P]) {
  const lg_izh_scaled scaled = lg_izh_scale(p), *s = &scaled;
  memset(m, 0, (L + 1) * sizeof m[0]);
  m[LG_IZH_Q][0] = -s->q;
  m[LG_IZH_Q][1] = s->q;
  m[LG_IZH_G][3] = 1.0;
  m[LG_IZH_INV_C][0] = -s->inv_C;
  m[LG_IZH_A][4] = s->a;
  m[LG_IZH_E][0] = -s->e;
  m[LG_IZH_E][5] = s->inv_C;
  m[LG_IZH_RESET][2] = -1.0;
  m[LG_IZH_RESET][6] = 1.0;
  m[LG_IZH_JUMP][0] = -p->d * s->inv_C;
  m[LG_IZH_JUMP][7] = s->inv_C;
  m[LG_IZH_PEAK][2] = pulled ? 1.0 : -1.0;
  m[LG_IZH_PEAK][8] = pulled ? 0.0 : 1.0;
  m[L][2] = 1.0;
}

static void to_z(const lg_izh_fit_sums *sums, double m[L + 1][P], lg_izh_point *p) {
  double full[L + 1][L + 1], right[L + 1], half[L + 1][P];
  for (int i = 0; i < L; i++) {
    for (int j = 0; j < L; j++) full[i][j] = sums->normal[i][j];
    full[i][L] = full[L][i] = sums->edge[i];
    right[i] = sums->right[i];
  }
  full[L][L] = sums->weight;
  right[L] = sums->weight_r;
  for (int i = 0; i <= L; i++)
    for (int c = 0; c < P; c++) {
      double sum = 0.0;
      for (int j = 0; j <= L; j++) sum += full[i][j] * m[j][c];
      half[i][c] = sum;
    }
  for (int r = 0; r < P; r++) {
    p->gradient[r] = 0.0;
    for (int j = 0; j <= L; j++) p->gradient[r] += m[j][r] * right[j];
    for (int c = 0; c < P; c++) {
      double sum = 0.0;
      for (int j = 0; j <= L; j++) sum += m[j][r] * half[j][c];
      p->hessian[r * P + c] = sum;
    }
  }
}

bool lg_izh_is_neuron(const double z[P]) {
  for (int k = 0; k < P; k++)
    if (!(z[k] >= z_low[k] && z[k] <= z_high[k])) return false;
  return z[8] > z[6] + 1.0; /* the peak above the reset */
}

bool lg_izh_evaluate(const lg_izh_objective *objective, lg_izh_point *p) {
  if (!lg_izh_is_neuron(p->z)) return false;
  const lg_izh_params params = lg_izh_from_z(p->z);
  lg_izh_fit_sums sums;
  memset(&sums, 0, sizeof sums);
  lg_izh_fit_task task = {.s = lg_izh_scale(&params),
                          .vr = params.vr,
                          .pull = objective->pull,
                          .huber = objective->huber,
                          .eta = objective->eta};
  lg_izh_wall *walls = objective->walls;
  for (size_t w = 0; w < objective->data->n_sweeps; w++) {
    const lg_izh_sweep *s = &objective->data->sweep[w];
    const double end = objective->end_ms / s->dt;
    task.end = end < (double)s->n ? (size_t)end : s->n;
    task.walls = walls;
    if (walls) walls += 2 * s->n_spikes;
    initial_state(s->i[0], &task);
    objective->kernel(s, &task, &sums);
  }
  double m[L + 1][P];
  lg_izh_phi_jacobian(&params, objective->pull > 0.0, m);
  to_z(&sums, m, p);
  p->cost = sums.cost;
  p->chi2 = sums.chi2;
  p->n = sums.n;
  p->clamped = sums.clamped;
  double check = p->cost;
  for (int k = 0; k < P; k++) check += p->gradient[k] + p->hessian[k * P + k];
  return check - check == 0.0;
}

/* One damped step; false when the matrix cannot be factorised. */
static bool damped_step(const lg_izh_point *p, double lambda, double step[P]) {
  double l[P * P], scale[P];
  for (int k = 0; k < P; k++) scale[k] = 1.0 / sqrt(p->hessian[k * P + k] + 1e-12);
  for (int i = 0; i < P; i++) {
    for (int j = 0; j < P; j++) l[i * P + j] = p->hessian[i * P + j] * scale[i] * scale[j];
    l[i * P + i] += lambda;
    step[i] = p->gradient[i] * scale[i];
  }
  if (!lg_cholesky(P, l)) return false;
  lg_cholesky_solve(P, l, step);
  double shrink = 1.0;
  for (int k = 0; k < P; k++) {
    step[k] *= scale[k];
    if (fabs(step[k]) * shrink > z_step[k]) shrink = z_step[k] / fabs(step[k]);
  }
  for (int k = 0; k < P; k++) step[k] *= shrink;
  return true;
}

int lg_izh_minimise(const lg_izh_objective *objective, lg_izh_point *p, int max_iterations) {
  if (!lg_izh_evaluate(objective, p)) return -1;
  double lambda = 1e-3;
  int small = 0;
  for (int iteration = 1; iteration <= max_iterations; iteration++) {
    if (lg_cancelled(objective->data->ctx)) return -1;
    double step[P];
    lg_izh_point trial;
    bool better = false;
    if (damped_step(p, lambda, step)) {
      for (int k = 0; k < P; k++) trial.z[k] = p->z[k] + step[k];
      better = lg_izh_evaluate(objective, &trial) && trial.cost < p->cost;
    }
    if (!better) {
      lambda *= lambda < 1e-6 ? 100.0 : 6.0;
      if (lambda > 1e8) return iteration;
      continue;
    }
    const double gain = p->cost - trial.cost;
    *p = trial;
    lambda = lambda * 0.15 > 1e-10 ? lambda * 0.15 : 1e-10;
    /* a gain of 0.01 in chi2 moves nothing by a tenth of its standard deviation */
    small = gain < 0.01 + objective->tolerance * p->cost ? small + 1 : 0;
    if (small >= 2) return iteration;
  }
  return max_iterations;
}
