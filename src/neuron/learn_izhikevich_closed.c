/* Closed form: regression of the current on what the membrane did with it, over windows without reset. */
#include "base/elementary.h"
#include "neuron/izhikevich_step.h"
#include "neuron/learn_izhikevich.h"
#include "num/cholesky.h"
#include "num/median.h"

#include <string.h>

#define WINDOW_MS 4.0
#define SHORTEST_WINDOW_MS 0.8
#define A_LOW 0.002
#define A_HIGH 0.6

enum { TERMS = 6, GRID = 24 };

/* Running sums over the samples of a sweep; a window's integral is a difference of two of them. */
typedef struct sums {
  double *low_pass, *adaptation; /* of y and of the resets, at the present a */
} sums;

typedef struct regression {
  double normal[TERMS * TERMS], right[TERMS], squares; /* squares: of the current integrals */
  size_t rows;
} regression;

/* Integral over [first, last] of f by trapezia with the end correction of Euler–Maclaurin, for y and y^2. */
static void potential_integrals(const lg_izh_sweep *s, size_t first, size_t last, double *one, double *two) {
  const double *v = s->smooth, v0 = s->baseline;
  double sum1 = 0.0, sum2 = 0.0;
  for (size_t k = first; k <= last; k++) {
    const double y = v[k] - v0, weight = k == first || k == last ? 0.5 : 1.0;
    sum1 += weight * y;
    sum2 += weight * y * y;
  }
  const double slope_a = -1.5 * v[first] + 2.0 * v[first + 1] - 0.5 * v[first + 2];
  const double slope_b = 1.5 * v[last] - 2.0 * v[last - 1] + 0.5 * v[last - 2];
  *one = s->dt * (sum1 - (slope_b - slope_a) / 12.0);
  *two = s->dt * (sum2 - 2.0 * (slope_b * (v[last] - v0) - slope_a * (v[first] - v0)) / 12.0);
}

/* Exponential low pass of y and of the resets (each worth 1 at its time, in the middle of its sample interval). */
static void filter_sweep(const lg_izh_sweep *s, double a, const sums *f) {
  const double decay = lg_exp(-a * s->dt), half = lg_exp(-0.5 * a * s->dt);
  double low_pass = 0.0, adaptation = 0.0;
  size_t spike = 0;
  for (size_t k = 0; k < s->n; k++) {
    f->low_pass[k] = low_pass;
    f->adaptation[k] = adaptation;
    if (k + 1 == s->n) break;
    const double now = s->smooth[k], next = s->smooth[k + 1];
    const double middle = 0.5 * (now + next) - s->baseline;
    if (middle == middle) low_pass = decay * low_pass + (1.0 - decay) * middle;
    adaptation *= decay;
    if (spike < s->n_spikes && s->last[spike] == k) {
      adaptation += half;
      spike++;
    }
  }
}

static double trapezium(const double *f, size_t first, size_t last, double dt) {
  double sum = 0.5 * (f[first] + f[last]);
  for (size_t k = first + 1; k < last; k++) sum += f[k];
  return dt * sum;
}

static void add_row(regression *r, const double row[TERMS], double right) {
  for (int i = 0; i < TERMS; i++) {
    for (int j = 0; j <= i; j++) r->normal[i * TERMS + j] += row[i] * row[j];
    r->right[i] += row[i] * right;
  }
  r->squares += right * right;
  r->rows++;
}

static void add_window(const lg_izh_sweep *s, const sums *f, size_t first, size_t last, double sigma, regression *r) {
  double one, two, current = 0.0;
  potential_integrals(s, first, last, &one, &two);
  for (size_t k = first; k < last; k++) current += s->i[k];
  const double duration = (double)(last - first) * s->dt;
  two -= 0.25 * sigma * sigma * duration; /* noise that the smoothing left, squared */
  const double row[TERMS] = {
      s->smooth[last] - s->smooth[first],           -two,     one, trapezium(f->low_pass, first, last, s->dt),
      trapezium(f->adaptation, first, last, s->dt), -duration};
  current *= s->dt;
  for (int t = 0; t < TERMS; t++)
    if (row[t] != row[t]) return; /* a window with missing samples */
  add_row(r, row, current);
}

/* Windows of one stretch between resets: 4 ms, half overlapping; a shorter stretch is one window. */
static void add_stretch(const lg_izh_sweep *s, const sums *f, size_t begin, size_t end, double sigma, regression *r) {
  const size_t length = (size_t)(WINDOW_MS / s->dt + 0.5), shortest = (size_t)(SHORTEST_WINDOW_MS / s->dt) + 3;
  if (end < begin + shortest) return;
  if (end - begin <= length) {
    add_window(s, f, begin, end - 1, sigma, r);
    return;
  }
  for (size_t first = begin; first + length < end; first += length / 2)
    add_window(s, f, first, first + length, sigma, r);
  add_window(s, f, end - 1 - length, end - 1, sigma, r);
}

/* Least squares at a given a; x in the order of the row. Returns the residual sum, infinity when singular. */
static double solve(const lg_izh_data *data, double a, double x[TERMS]) {
  regression r;
  memset(&r, 0, sizeof r);
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    const sums f = {data->scratch, data->scratch + s->n};
    filter_sweep(s, a, &f);
    size_t begin = 0;
    for (size_t j = 0; j <= s->n_spikes; j++) {
      const size_t end = j < s->n_spikes ? s->last[j] + 1 : s->n;
      add_stretch(s, &f, begin, end, data->sigma, &r);
      begin = end;
    }
  }
  if (r.rows < 2 * TERMS) return (double)INFINITY;
  double scale[TERMS], l[TERMS * TERMS];
  for (int i = 0; i < TERMS; i++) scale[i] = 1.0 / sqrt(r.normal[i * TERMS + i] + 1e-300);
  for (int i = 0; i < TERMS; i++) {
    for (int j = 0; j <= i; j++) l[i * TERMS + j] = r.normal[i * TERMS + j] * scale[i] * scale[j];
    l[i * TERMS + i] += 1e-12;
    x[i] = r.right[i] * scale[i];
  }
  if (!lg_cholesky(TERMS, l)) return (double)INFINITY;
  lg_cholesky_solve(TERMS, l, x);
  double explained = 0.0;
  for (int i = 0; i < TERMS; i++) {
    x[i] *= scale[i];
    explained += x[i] * r.right[i];
  }
  return r.squares - explained;
}

/* Search over ln a: a grid, then golden section around its best point. */
static double search_a(const lg_izh_data *data, double x[TERMS]) {
  const double low = lg_ln(A_LOW), high = lg_ln(A_HIGH), step = (high - low) / (GRID - 1);
  double best = (double)INFINITY, best_at = low;
  for (int g = 0; g < GRID; g++) {
    const double at = low + g * step, residual = solve(data, lg_exp(at), x);
    if (residual < best) {
      best = residual;
      best_at = at;
    }
  }
  if (!(best < (double)INFINITY)) return (double)NAN;
  const double golden = 0.6180339887498949;
  double from = best_at - step, to = best_at + step;
  double p = to - golden * (to - from), q = from + golden * (to - from);
  double fp = solve(data, lg_exp(p), x), fq = solve(data, lg_exp(q), x);
  for (int k = 0; k < 14; k++) {
    if (fp < fq) {
      to = q;
      q = p;
      fq = fp;
      p = to - golden * (to - from);
      fp = solve(data, lg_exp(p), x);
    } else {
      from = p;
      p = q;
      fp = fq;
      q = from + golden * (to - from);
      fq = solve(data, lg_exp(q), x);
    }
  }
  const double a = lg_exp(0.5 * (from + to));
  (void)solve(data, a, x);
  return a;
}

/* From the regression's terms to C, k, vr, vt, a, b, d. false: no neuron. */
static bool to_params(const double x[TERMS], double a, double v0, lg_izh_params *p) {
  const double C = x[0], k = x[1], beta = x[2], b = x[3], d = x[4], constant = x[5];
  if (!(C > 0.0 && k > 0.0)) return false;
  /* k rho^2 - (beta + b) rho + constant = 0, rho = vr - v0: the root nearest 0. With y = v - v0 the row's third term is
     the coefficient of +y, so beta = k (rho_r + rho_t). */
  const double half = 0.5 * (beta + b) / k, square = half * half - constant / k;
  const double root = square > 0.0 ? sqrt(square) : 0.0;
  const double first = half - root, second = half + root;
  const double rho = fabs(first) < fabs(second) ? first : second;
  const double g = beta / k - 2.0 * rho;
  if (!(g > 0.1 && g < 200.0)) return false;
  *p = (lg_izh_params){.C = C, .k = k, .vr = v0 + rho, .vt = v0 + rho + g, .a = a, .b = b, .c = 0.0, .d = d};
  return true;
}

static double u_at(const lg_izh_params *p, const sums *f, double v0, size_t k) {
  return p->b * (f->low_pass[k] + v0 - p->vr) + p->d * f->adaptation[k];
}

/* c: median of the first samples behind the resets, less half a sample of drift. */
static double reset_level(const lg_izh_data *data, const lg_izh_params *p) {
  double *levels = data->scratch + 3 * data->capacity;
  size_t n = 0;
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    const sums f = {data->scratch, data->scratch + s->n};
    filter_sweep(s, p->a, &f);
    for (size_t j = 0; j < s->n_spikes; j++) {
      const size_t k = s->last[j];
      const double v = s->smooth[k + 1], u = u_at(p, &f, s->baseline, k + 1);
      const double drift = (p->k * (v - p->vr) * (v - p->vt) - u + s->i[k]) / p->C;
      if (v == v) levels[n++] = v - 0.5 * s->dt * drift;
    }
  }
  return lg_median(levels, n);
}

double lg_izh_vpeak(const lg_izh_data *data, const lg_izh_params *p) {
  double *u_before = data->scratch + 2 * data->capacity;
  size_t n = 0;
  for (size_t w = 0; w < data->n_sweeps; w++) {
    const lg_izh_sweep *s = &data->sweep[w];
    const sums f = {data->scratch, data->scratch + s->n};
    filter_sweep(s, p->a, &f);
    for (size_t j = 0; j < s->n_spikes; j++) u_before[n++] = u_at(p, &f, s->baseline, s->last[j]);
  }
  return lg_izh_vpeak_from_bounds(data, p, u_before);
}

bool lg_izh_closed_form(const lg_izh_data *data, lg_izh_params *out) {
  double x[TERMS];
  if (data->n_spikes < 1) return false;
  const double a = search_a(data, x);
  if (!(a > 0.0)) return false;
  lg_izh_params p;
  /* sweeps of one cell share vr; their baselines differ by the holding current, the first one stands for all */
  if (!to_params(x, a, data->sweep[0].baseline, &p)) return false;
  p.c = reset_level(data, &p);
  p.vpeak = lg_izh_vpeak(data, &p);
  *out = p;
  return p.c == p.c && p.vpeak == p.vpeak;
}
