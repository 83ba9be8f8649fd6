/*
 * Capacitances of a reduced cell. Its conductances are exact at rest; what is free is where the charge sits. Least
 * squares over the EPSPs that the soma would see from many places (as spectra), among the capacitances that keep the
 * slowest time constant: after every step all of them are scaled so that it is exact.
 */
#include "cable/reduce_internal.h"

#include "base/elementary.h"
#include "num/cholesky.h"

#include <math.h>
#include <string.h>

static double omega_of(size_t f) { return 2.0 * 3.14159265358979323846 * lg_reduce_Hz[f] * 1e-3; }

/* ---- the reduced cell ------------------------------------------------------------------------------- */

/* Solve G x = r on the reduced tree. */
static void solve(const reduce_cell *c, double *x) {
  const size_t n = c->plan.n;
  double d[REDUCE_MAX];
  d[0] = 0.0;
  for (size_t i = 0; i < n; i++) d[i] = c->leak_uS[i] + (c->up[i] >= 0 ? c->axial_uS[i] : 0.0);
  for (size_t i = 0; i < n; i++)
    if (c->up[i] >= 0) d[c->up[i]] += c->axial_uS[i];
  for (size_t q = n; q-- > 1;) {
    const int32_t i = c->order[q], up = c->up[i];
    const double factor = c->axial_uS[i] / d[i];
    d[up] -= factor * c->axial_uS[i];
    x[up] += factor * x[i];
  }
  x[0] /= d[0];
  for (size_t q = 1; q < n; q++) {
    const int32_t i = c->order[q];
    x[i] = (x[i] + c->axial_uS[i] * x[c->up[i]]) / d[i];
  }
}

double lg_reduce_tau(const reduce_cell *c, double *mode) {
  enum { TRIES = 400 };
  const size_t n = c->plan.n;
  double v[REDUCE_MAX] = {0}, before[REDUCE_MAX] = {0}, tau = 0.0, last = 0.0;
  for (size_t i = 0; i < n; i++) v[i] = 1.0;
  for (int t = 0; t < TRIES; t++) {
    double size = 0.0, above = 0.0, below = 0.0;
    for (size_t i = 0; i < n; i++) size = fmax(size, fabs(v[i]));
    for (size_t i = 0; i < n; i++) before[i] = v[i] = c->capacity_nF[i] * v[i] / size;
    solve(c, v);
    for (size_t i = 0; i < n; i++) {
      above += v[i] * c->capacity_nF[i] * v[i];
      below += v[i] * before[i];
    }
    tau = above / below;
    if (fabs(tau - last) <= 1e-12 * tau) break;
    last = tau;
  }
  if (mode) memcpy(mode, v, n * sizeof *v);
  return tau;
}

/* Scale all capacitances so that the slowest time constant is the cell's. */
static bool keep_tau(const cable_linear *l, reduce_cell *c) {
  const double tau = lg_reduce_tau(c, NULL);
  if (!(tau > 0.0) || !isfinite(tau)) return false;
  for (size_t i = 0; i < c->plan.n; i++) c->capacity_nF[i] *= l->tau_ms / tau;
  return true;
}

static reduce_ac inverse(reduce_ac a) {
  const double size = a.re * a.re + a.im * a.im;
  return (reduce_ac){a.re / size, -a.im / size};
}

static reduce_ac times(reduce_ac a, reduce_ac b) {
  return (reduce_ac){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* Own admittance of a compartment without its axial conductances. */
static reduce_ac own_admittance(const cable_linear *l, const reduce_cell *c, size_t i, size_t f) {
  const double ratio = c->leak_uS[i] / c->integral_uS[i];
  reduce_ac y = {c->leak_uS[i], omega_of(f) * c->capacity_nF[i]};
  for (size_t r = 0; r < l->n_regions; r++) {
    y.re += ratio * c->area_um2[i][r] * l->excess[r][f].re;
    y.im += ratio * c->area_um2[i][r] * l->excess[r][f].im;
  }
  return y;
}

/* The inverse of the reduced matrix at one frequency: of a tree, along its order. d becomes what is left after the
 * leaves were eliminated; Z_ii = 1 / d_i + (w/d)^2 Z_up,up and Z_ij = (w/d_i) Z_up,j for j not below i. */
static void invert(const cable_linear *l, const reduce_cell *c, size_t f, size_t room, reduce_ac *z) {
  const size_t n = c->plan.n;
  reduce_ac d[REDUCE_MAX];
  for (size_t i = 0; i < n; i++) {
    d[i] = own_admittance(l, c, i, f);
    if (c->up[i] >= 0) d[i].re += c->axial_uS[i];
  }
  for (size_t i = 0; i < n; i++)
    if (c->up[i] >= 0) d[c->up[i]].re += c->axial_uS[i];
  for (size_t q = n; q-- > 1;) {
    const int32_t i = c->order[q];
    const double w = c->axial_uS[i];
    const reduce_ac one = inverse(d[i]);
    d[c->up[i]].re -= w * w * one.re;
    d[c->up[i]].im -= w * w * one.im;
  }
  for (size_t q = 0; q < n; q++) {
    const size_t i = (size_t)c->order[q];
    const reduce_ac one = inverse(d[i]);
    if (q == 0) {
      z[i * room + i] = one;
      continue;
    }
    const reduce_ac share = {c->axial_uS[i] * one.re, c->axial_uS[i] * one.im};
    const size_t up = (size_t)c->up[i];
    for (size_t p = 0; p < q; p++) {
      const size_t j = (size_t)c->order[p];
      z[i * room + j] = z[j * room + i] = times(share, z[up * room + j]);
    }
    const reduce_ac through = times(share, z[up * room + i]);
    z[i * room + i] = (reduce_ac){one.re + through.re, one.im + through.im};
  }
}

void lg_reduce_impedances(const cable_linear *l, const reduce_cell *c, reduce_work *w) {
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) invert(l, c, f, w->room, w->z + f * w->room * w->room);
}

/* ---- shares of a place ------------------------------------------------------------------------------ */

static reduce_ac to_soma(const reduce_work *w, size_t f, int32_t item) {
  return w->z[f * w->room * w->room + (size_t)item];
}

static void only(reduce_share *best, int32_t item, double share) {
  best->item[0] = item;
  best->item[1] = -1;
  best->share[0] = share;
  best->share[1] = 0.0;
}

/* The waveform of two neighbours that is nearest to the place's, both scaled to its steady value. */
static void try_pair(const cable_linear *l, const double *pull, const reduce_work *w, int32_t node,
                     const int32_t pair[2], reduce_share *best) {
  const double steady = l->transfer[0][node].re;
  const double a0 = to_soma(w, 0, pair[0]).re, b0 = to_soma(w, 0, pair[1]).re;
  double above = 0.0, below = 0.0, error = 0.0, size = 0.0;
  reduce_ac d[REDUCE_FREQUENCIES], y[REDUCE_FREQUENCIES];
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    const reduce_ac a = to_soma(w, f, pair[0]), b = to_soma(w, f, pair[1]), k = l->transfer[f][node];
    d[f] = (reduce_ac){pull[f] * (a.re / a0 - b.re / b0), pull[f] * (a.im / a0 - b.im / b0)};
    y[f] = (reduce_ac){pull[f] * (k.re / steady - b.re / b0), pull[f] * (k.im / steady - b.im / b0)};
    above += d[f].re * y[f].re + d[f].im * y[f].im;
    below += d[f].re * d[f].re + d[f].im * d[f].im;
    size += pull[f] * pull[f] * (k.re * k.re + k.im * k.im) / (steady * steady);
  }
  const double s = below > 0.0 ? fmin(1.0, fmax(0.0, above / below)) : 0.0;
  for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
    const double re = s * d[f].re - y[f].re, im = s * d[f].im - y[f].im;
    error += re * re + im * im;
  }
  error /= size;
  if (error >= best->error) return;
  best->error = error;
  if (s >= 1.0) {
    only(best, pair[0], steady / a0);
  } else if (s <= 0.0) {
    only(best, pair[1], steady / b0);
  } else {
    best->item[0] = pair[0];
    best->item[1] = pair[1];
    best->share[0] = s * steady / a0;
    best->share[1] = (1.0 - s) * steady / b0;
  }
}

/* An axon is no place for what a dendrite receives, nor the other way. */
static bool fits(const cable_linear *l, const reduce_cell *c, int32_t item, int32_t node) {
  const reduce_item *it = &c->plan.item[item];
  const bool axon = it->sort == REDUCE_RING ? it->groups == REDUCE_AXON : l->group[it->node] == REDUCE_AXON;
  return axon ? l->group[node] == REDUCE_AXON : true;
}

reduce_share lg_reduce_share_of(const cable_linear *l, const reduce_cell *c, const double *pull, const reduce_work *w,
                                int32_t node) {
  const double *phi = w->phi + (size_t)node * w->room;
  reduce_share best = {.item = {0, -1}, .share = {1.0, 0.0}, .error = (double)INFINITY};
  size_t near = 0;
  for (size_t i = 1; i < c->plan.n; i++)
    if (phi[i] > phi[near]) near = i;
  if (w->fixed[node] >= 0 && c->plan.item[w->fixed[node]].sort == REDUCE_SITE) {
    only(&best, w->fixed[node], w->value[node]);
    best.error = 0.0;
    return best;
  }
  for (size_t i = 1; i < c->plan.n; i++) {
    const int32_t pair[2] = {(int32_t)i, c->up[i]};
    if ((i != near && c->up[i] != (int32_t)near) || !fits(l, c, pair[0], node) || !fits(l, c, pair[1], node)) continue;
    try_pair(l, pull, w, node, pair, &best);
  }
  if (!isfinite(best.error)) {
    const int32_t here = fits(l, c, (int32_t)near, node) ? (int32_t)near : 0;
    only(&best, here, l->transfer[0][node].re / to_soma(w, 0, here).re);
    best.error = 1.0;
  }
  return best;
}

/* Draws capacitances to their integrals: too weak to be seen but where the samples say nothing. */
static const double prior = 2e-3;

/* ---- least squares ---------------------------------------------------------------------------------- */

static reduce_ac answer(const reduce_work *w, size_t f, const reduce_share *at, size_t item) {
  const reduce_ac *z = w->z + f * w->room * w->room + item * w->room;
  reduce_ac sum = {at->share[0] * z[at->item[0]].re, at->share[0] * z[at->item[0]].im};
  if (at->item[1] >= 0) {
    sum.re += at->share[1] * z[at->item[1]].re;
    sum.im += at->share[1] * z[at->item[1]].im;
  }
  return sum;
}

static double judge(const cable_linear *l, const reduce_samples *s, const reduce_cell *c, reduce_work *w, double *r) {
  double cost = 0.0;
  lg_reduce_impedances(l, c, w);
  for (size_t k = 0; k < s->n; k++) {
    w->at[k] = lg_reduce_share_of(l, c, s->pull, w, s->node[k]);
    const double weight = sqrt(s->weight[k]) / s->size[k];
    for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
      const reduce_ac z = answer(w, f, &w->at[k], 0), wanted = l->transfer[f][s->node[k]];
      double *to = r + 2 * (k * REDUCE_FREQUENCIES + f);
      to[0] = weight * s->pull[f] * (z.re - wanted.re);
      to[1] = weight * s->pull[f] * (z.im - wanted.im);
      cost += to[0] * to[0] + to[1] * to[1];
    }
  }
  double *to = r + 2 * REDUCE_FREQUENCIES * s->n;
  for (size_t i = 0; i < c->plan.n; i++) {
    to[i] = prior * lg_ln(c->capacity_nF[i] / c->integral_nF[i]);
    cost += to[i] * to[i];
  }
  return cost;
}

/* d(answer)/d(ln C_i) = -j omega C_i Z_0i (Z_i . b); then the scaling that keeps the time constant is taken along. */
static void differentiate(const reduce_samples *s, const reduce_cell *c, reduce_work *w) {
  const size_t n = c->plan.n, m = 2 * REDUCE_FREQUENCIES * s->n + n;
  double mode[REDUCE_MAX], share[REDUCE_MAX], sum = 0.0;
  (void)lg_reduce_tau(c, mode);
  for (size_t i = 0; i < n; i++) sum += share[i] = mode[i] * mode[i] * c->capacity_nF[i];
  for (size_t k = 0; k < s->n; k++) {
    const double weight = sqrt(s->weight[k]) / s->size[k];
    for (size_t f = 0; f < REDUCE_FREQUENCIES; f++) {
      const size_t row = 2 * (k * REDUCE_FREQUENCIES + f);
      const double factor = -omega_of(f) * weight * s->pull[f];
      double all_re = 0.0, all_im = 0.0;
      for (size_t i = 0; i < n; i++) {
        const reduce_ac g = times(to_soma(w, f, (int32_t)i), answer(w, f, &w->at[k], i));
        double *to = w->jacobian + i * m + row;
        to[0] = -factor * c->capacity_nF[i] * g.im; /* times j */
        to[1] = factor * c->capacity_nF[i] * g.re;
        all_re += to[0];
        all_im += to[1];
      }
      for (size_t i = 0; i < n; i++) {
        w->jacobian[i * m + row] -= share[i] / sum * all_re;
        w->jacobian[i * m + row + 1] -= share[i] / sum * all_im;
      }
    }
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) w->jacobian[j * m + m - n + i] = prior * ((i == j ? 1.0 : 0.0) - share[j] / sum);
}

static void normal_equations(size_t n, size_t m, const reduce_work *w, double *gradient) {
  for (size_t i = 0; i < n; i++) {
    const double *a = w->jacobian + i * m;
    gradient[i] = 0.0;
    for (size_t k = 0; k < m; k++) gradient[i] += a[k] * w->residual[k];
    for (size_t j = 0; j <= i; j++) {
      const double *b = w->jacobian + j * m;
      double sums[4] = {0.0, 0.0, 0.0, 0.0}; /* four for the pipeline */
      size_t k = 0;
      for (; k + 4 <= m; k += 4)
        for (size_t q = 0; q < 4; q++) sums[q] += a[k + q] * b[k + q];
      for (; k < m; k++) sums[0] += a[k] * b[k];
      w->hessian[i * n + j] = sums[0] + sums[1] + sums[2] + sums[3];
    }
  }
}

/* One step of Levenberg and Marquardt; false when no damping improves. */
static bool step(const cable_linear *l, const reduce_samples *s, reduce_work *w, reduce_cell *c, double *damping) {
  const size_t n = c->plan.n, m = 2 * REDUCE_FREQUENCIES * s->n + n;
  double gradient[REDUCE_MAX], before[REDUCE_MAX], move[REDUCE_MAX];
  differentiate(s, c, w);
  normal_equations(n, m, w, gradient);
  memcpy(before, c->capacity_nF, n * sizeof *before);
  for (int t = 0; t < 6; t++) {
    memcpy(w->factor, w->hessian, n * n * sizeof *w->factor);
    for (size_t i = 0; i < n; i++) {
      w->factor[i * n + i] += *damping * (w->hessian[i * n + i] + 1e-12);
      move[i] = -gradient[i];
    }
    if (lg_cholesky(n, w->factor)) {
      lg_cholesky_solve(n, w->factor, move);
      for (size_t i = 0; i < n; i++) c->capacity_nF[i] = before[i] * lg_exp(fmin(1.0, fmax(-1.0, move[i])));
      if (keep_tau(l, c)) {
        const double cost = judge(l, s, c, w, w->trial);
        if (cost < c->cost) {
          c->cost = cost;
          memcpy(w->residual, w->trial, m * sizeof *w->residual);
          *damping = fmax(*damping / 5.0, 1e-7);
          return true;
        }
      }
    }
    *damping *= 5.0;
  }
  memcpy(c->capacity_nF, before, n * sizeof *before);
  (void)judge(l, s, c, w, w->trial);
  return false;
}

/* Places to start from: mixtures of integrals and row sums; what a smaller cell had, its new items at their integrals.
 */
static bool propose(const reduce_cell *before, int mix, reduce_cell *c) {
  bool positive = true;
  for (size_t i = 0; i < c->plan.n; i++) {
    if (mix < 3) c->capacity_nF[i] = (1.0 - 0.5 * mix) * c->integral_nF[i] + 0.5 * mix * c->row_nF[i];
    else
      c->capacity_nF[i] =
          c->integral_nF[i] * (i < before->plan.n ? before->capacity_nF[i] / before->integral_nF[i] : 1.0);
    positive = positive && c->capacity_nF[i] > 0.0;
  }
  return positive;
}

static bool start(const cable_linear *l, const reduce_samples *s, const reduce_cell *before, reduce_work *w,
                  reduce_cell *c) {
  double best[REDUCE_MAX];
  c->cost = (double)INFINITY;
  for (int mix = 0; mix < (before ? 4 : 3); mix++) {
    if (!propose(before, mix, c) || !keep_tau(l, c)) continue;
    const double cost = judge(l, s, c, w, w->trial);
    if (!(cost < c->cost)) continue;
    c->cost = cost;
    memcpy(best, c->capacity_nF, sizeof best);
  }
  if (!isfinite(c->cost)) return false;
  memcpy(c->capacity_nF, best, sizeof best);
  c->cost = judge(l, s, c, w, w->residual);
  return isfinite(c->cost);
}

bool lg_reduce_fit(const cable_linear *l, const reduce_samples *s, const reduce_cell *before, int rounds,
                   reduce_work *w, reduce_cell *c) {
  double damping = 1e-2;
  if (!start(l, s, before, w, c)) return false;
  for (int k = 0; k < rounds; k++) {
    const double cost = c->cost;
    if (!step(l, s, w, c, &damping) || cost - c->cost < 1e-4 * cost) break;
  }
  return true;
}
