/* The effect of a drug on spike counts: learn, predict, judge. */
#include "twin/drug_learn.h"

#include "base/elementary.h"
#include "num/ascending.h"

#include <stdlib.h>
#include <string.h>

/* One odd cell must not bend the population: a cell's mean square beyond this counts logarithmically (spikes). */
#define ODD 1.0
/* The prior "no effect" weighs as much as two cells whose mean square is this at one width. */
#define PRIOR_CELLS 2.0
#define GAIN_WIDTH 0.5
#define SHIFT_WIDTH_PA 15.0

const char *lg_effect_form_name(lg_effect_form form) {
  static const char *const names[] = {"gain", "shift", "gain and shift"};
  return (unsigned)form < LG_EFFECT_FORMS ? names[form] : "?";
}

double lg_effect_gate(const lg_effect *e, double dose_uM) {
  if (!(dose_uM > 0.0)) return 0.0;
  const double here = lg_pow(dose_uM / e->K_uM, e->hill), there = lg_pow(e->dose_uM / e->K_uM, e->hill);
  return here / (1.0 + here) * ((1.0 + there) / there);
}

/* Count of before at a current between recorded ones; the ends go on flat. NAN: none was recorded. */
static double count_at(const lg_pair *c, double i_pA) {
  size_t left = SIZE_MAX;
  for (size_t k = 0; k < c->n; k++) {
    if (c->before[k] != c->before[k]) continue;
    if (c->i_pA[k] >= i_pA) {
      if (left == SIZE_MAX || c->i_pA[k] == i_pA) return c->before[k];
      const double share = (i_pA - c->i_pA[left]) / (c->i_pA[k] - c->i_pA[left]);
      return c->before[left] + share * (c->before[k] - c->before[left]);
    }
    left = k;
  }
  return left == SIZE_MAX ? (double)NAN : c->before[left];
}

static double curve(const lg_pair *c, size_t k, double gain, double shift_pA) {
  const double count = (1.0 - gain) * count_at(c, c->i_pA[k] - shift_pA);
  return count < 0.0 ? 0.0 : count;
}

static bool both(const lg_pair *c, size_t k) { return c->before[k] == c->before[k] && c->after[k] == c->after[k]; }

static size_t shared_currents(const lg_pair *c) {
  size_t n = 0;
  for (size_t k = 0; k < c->n; k++) n += both(c, k);
  return n;
}

static double mean_square(const lg_pair *c, double gain, double shift_pA) {
  double sum = 0.0;
  size_t n = 0;
  for (size_t k = 0; k < c->n; k++) {
    if (!both(c, k)) continue;
    const double e = curve(c, k, gain, shift_pA) - c->after[k];
    sum += e * e;
    n++;
  }
  return n > 0 ? sum / (double)n : 0.0;
}

/* The cells of one fit: indices, repeated in a bootstrap. */
typedef struct crowd {
  const lg_pairs *pairs;
  const size_t *cell;
  size_t n;
  lg_effect_form form;
} crowd;

static double loss(const crowd *q, double gain, double shift_pA) {
  double sum = 0.0;
  for (size_t k = 0; k < q->n; k++)
    sum += ODD * ODD * lg_ln(1.0 + mean_square(&q->pairs->cells[q->cell[k]], gain, shift_pA) / (ODD * ODD));
  const double g = gain / GAIN_WIDTH, s = shift_pA / SHIFT_WIDTH_PA;
  return sum + PRIOR_CELLS * ODD * ODD * lg_ln(1.0 + 0.3 * (g * g + s * s));
}

/* The loss has few, shallow valleys: a grid, then ever finer ones around its best point. */
static void fit(const crowd *q, double *gain, double *shift_pA) {
  enum { HALF = 10, SIDE = 2 * HALF + 1, ROUNDS = 6 };
  double width_g = q->form == LG_EFFECT_SHIFT ? 0.0 : 1.0, width_s = q->form == LG_EFFECT_GAIN ? 0.0 : 40.0;
  double least = (double)INFINITY;
  *gain = *shift_pA = 0.0;
  for (int round = 0; round < ROUNDS; round++) {
    const double g0 = *gain, s0 = *shift_pA;
    for (int a = 0; a < SIDE; a++) {
      if (width_g == 0.0 && a != HALF) continue;
      for (int b = 0; b < SIDE; b++) {
        if (width_s == 0.0 && b != HALF) continue;
        const double g = g0 + width_g * (double)(a - HALF) / (double)HALF;
        const double s = s0 + width_s * (double)(b - HALF) / (double)HALF;
        if (g > 1.0 || g < -3.0) continue;
        const double here = loss(q, g, s);
        if (!(here < least)) continue;
        least = here;
        *gain = g;
        *shift_pA = s;
      }
    }
    width_g *= 0.2;
    width_s *= 0.2;
  }
}

/* Gain of one cell given the shift: least squares through the origin. NAN: it was silent before. */
static double gain_of(const lg_pair *c, double shift_pA) {
  double cross = 0.0, square = 0.0;
  for (size_t k = 0; k < c->n; k++) {
    if (!both(c, k)) continue;
    const double b = curve(c, k, 0.0, shift_pA);
    cross += b * c->after[k];
    square += b * b;
  }
  return square > 0.0 ? 1.0 - cross / square : (double)NAN;
}

/* Spread between cells (median deviation) and of counts around each cell's own curve. */
static void spreads(const lg_pairs *p, const bool *use, double *deviation, lg_effect *e) {
  double square = 0.0;
  size_t m = 0, counts = 0;
  for (size_t c = 0; c < p->n; c++) {
    const lg_pair *cell = &p->cells[c];
    if ((use && !use[c]) || shared_currents(cell) == 0) continue;
    const double own = gain_of(cell, e->shift_pA);
    if (own != own) continue;
    deviation[m++] = fabs(own - e->gain);
    for (size_t k = 0; k < cell->n; k++) {
      if (!both(cell, k)) continue;
      const double r = cell->after[k] - curve(cell, k, own, e->shift_pA);
      square += r * r;
      counts++;
    }
  }
  qsort(deviation, m, sizeof *deviation, lg_ascending);
  e->gain_sd = m > 0 ? 1.4826 * 0.5 * (deviation[(m - 1) / 2] + deviation[m / 2]) : (double)NAN;
  e->count_sd = counts > m ? sqrt(square / (double)(counts - m)) : (double)NAN;
}

static double normal_cdf(double z) { /* Abramowitz & Stegun 26.2.17, 1e-7 */
  const double x = fabs(z), t = 1.0 / (1.0 + 0.2316419 * x);
  const double tail = 0.3989422804014327 * lg_exp(-0.5 * x * x) * t *
                      (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0.0 ? tail : 1.0 - tail;
}

static void interval(double *x, size_t n, double ci[2]) {
  qsort(x, n, sizeof *x, lg_ascending);
  ci[0] = x[(size_t)(0.025 * (double)(n - 1) + 0.5)];
  ci[1] = x[(size_t)(0.975 * (double)(n - 1) + 0.5)];
}

static lg_status bootstrap(lg_ctx *ctx, const crowd *all, const lg_effect_options *o, lg_effect *e) {
  enum { STREAM = 0x70616972 };
  lg_status status = LG_OK;
  size_t *drawn = NULL;
  double *gain = NULL, *shift = NULL;
  e->gain_ci95[0] = e->gain_ci95[1] = e->shift_ci95[0] = e->shift_ci95[1] = (double)NAN;
  if (o->bootstraps < 20) return LG_OK;
  LG_NEW(ctx, drawn, all->n);
  LG_NEW(ctx, gain, o->bootstraps);
  LG_NEW(ctx, shift, o->bootstraps);
  for (size_t b = 0; b < o->bootstraps; b++) {
    lg_rng rng = lg_rng_make(o->seed, STREAM, b);
    for (size_t k = 0; k < all->n; k++) drawn[k] = all->cell[lg_rng_below(&rng, all->n)];
    const crowd some = {all->pairs, drawn, all->n, all->form};
    fit(&some, &gain[b], &shift[b]);
    if (b % 50 == 0) LG_TRY(lg_progress(ctx, "bootstrap", b, o->bootstraps));
  }
  interval(gain, o->bootstraps, e->gain_ci95);
  interval(shift, o->bootstraps, e->shift_ci95);
done:
  lg_free(ctx, drawn);
  lg_free(ctx, gain);
  lg_free(ctx, shift);
  return status;
}

static void note_range(const lg_pair *c, lg_effect *e) {
  for (size_t k = 0; k < c->n; k++) {
    if (!both(c, k)) continue;
    e->low_pA = fmin(e->low_pA, c->i_pA[k]);
    e->high_pA = fmax(e->high_pA, c->i_pA[k]);
    e->most_count = fmax(e->most_count, c->before[k]);
  }
}

static lg_status check_options(lg_ctx *ctx, const lg_effect_options *o) {
  if (!(o->dose_uM > 0.0 && o->dose_uM < 1e9))
    return lg_fail(ctx, LG_ERR_RANGE, "a dose of %g uM; more than 0", o->dose_uM);
  if (!(o->K_uM > 0.0 && o->K_uM < 1e9)) return lg_fail(ctx, LG_ERR_RANGE, "K = %g uM; more than 0", o->K_uM);
  if (!(o->hill > 0.0 && o->hill <= 10.0)) return lg_fail(ctx, LG_ERR_RANGE, "Hill = %g; 0 to 10", o->hill);
  if ((unsigned)o->form >= LG_EFFECT_FORMS) return lg_fail(ctx, LG_ERR_ARGUMENT, "no such form of an effect");
  return LG_OK;
}

lg_status lg_effect_learn(lg_ctx *ctx, const lg_pairs *pairs, const bool *use, const lg_effect_options *o,
                          lg_effect *out) {
  lg_status status = LG_OK;
  size_t *cell = NULL;
  double *scratch = NULL;
  crowd q = {pairs, NULL, 0, o->form};
  memset(out, 0, sizeof *out);
  LG_TRY(check_options(ctx, o));
  LG_NEW(ctx, cell, pairs->n);
  LG_NEW(ctx, scratch, pairs->n);
  out->low_pA = (double)INFINITY;
  out->high_pA = -(double)INFINITY;
  for (size_t c = 0; c < pairs->n; c++) {
    if ((use && !use[c]) || shared_currents(&pairs->cells[c]) == 0) continue;
    cell[q.n++] = c;
    note_range(&pairs->cells[c], out);
  }
  if (q.n < 3) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "%zu cells with counts before and after; at least three are needed", q.n);
    goto done;
  }
  q.cell = cell;
  fit(&q, &out->gain, &out->shift_pA);
  out->form = o->form;
  out->dose_uM = o->dose_uM;
  out->K_uM = o->K_uM;
  out->hill = o->hill;
  out->n_cells = q.n;
  spreads(pairs, use, scratch, out);
  out->share_reduced = out->gain_sd > 0.0 ? normal_cdf(out->gain / out->gain_sd) : (double)NAN;
  LG_TRY(bootstrap(ctx, &q, o, out));
done:
  lg_free(ctx, cell);
  lg_free(ctx, scratch);
  return status;
}

bool lg_effect_predict(const lg_effect *e, const lg_pair *cell, double dose_uM, double *mean, double *low95,
                       double *high95) {
  const double gate = lg_effect_gate(e, dose_uM), gain = fmin(gate * e->gain, 1.0);
  bool inside = dose_uM == 0.0 || fabs(dose_uM / e->dose_uM - 1.0) < 0.05;
  for (size_t k = 0; k < cell->n; k++) {
    const double b = cell->before[k];
    mean[k] = b == b ? curve(cell, k, gain, gate * e->shift_pA) : (double)NAN;
    /* between cells, and the count's own scatter; both vanish with the dose */
    const double share = fmin(gate, 1.0), own = share * e->count_sd, cells = gate * e->gain_sd * b;
    const double half = 1.96 * sqrt(own * own + cells * cells);
    if (low95) low95[k] = fmax(mean[k] - half, 0.0);
    if (high95) high95[k] = mean[k] + half;
    if (b == b)
      inside = inside && cell->i_pA[k] >= e->low_pA && cell->i_pA[k] <= e->high_pA && b <= 1.5 * e->most_count;
  }
  return inside;
}

lg_effect_score lg_effect_judge(const lg_effect *e, const lg_pair *cell, double dose_uM) {
  lg_effect_score s = {.n = 0};
  const double gate = lg_effect_gate(e, dose_uM);
  for (size_t k = 0; k < cell->n; k++) {
    if (!both(cell, k)) continue;
    const double p = curve(cell, k, fmin(gate * e->gain, 1.0), gate * e->shift_pA), b = cell->before[k];
    const double own = fmin(gate, 1.0) * e->count_sd, cells = gate * e->gain_sd * b;
    s.n++;
    s.change += cell->after[k] - b;
    s.predicted += p - b;
    s.rmse += (p - cell->after[k]) * (p - cell->after[k]);
    s.rmse_none += (b - cell->after[k]) * (b - cell->after[k]);
    s.inside += fabs(p - cell->after[k]) <= 1.96 * sqrt(own * own + cells * cells) + 0.5 ? 1.0 : 0.0;
  }
  if (s.n == 0) return s;
  s.rmse = sqrt(s.rmse / (double)s.n);
  s.rmse_none = sqrt(s.rmse_none / (double)s.n);
  s.inside /= (double)s.n;
  s.right = s.change == 0.0 ? fabs(s.predicted) < 0.5 : s.change * s.predicted > 0.0;
  return s;
}

lg_status lg_effect_leave_out(lg_ctx *ctx, const lg_pairs *pairs, const lg_effect_options *options, bool by_group,
                              lg_effect_score *scores) {
  lg_status status = LG_OK;
  bool *use = NULL;
  lg_effect_options quick = *options;
  quick.bootstraps = 0;
  LG_NEW(ctx, use, pairs->n);
  for (size_t c = 0; c < pairs->n; c++) {
    lg_effect e;
    for (size_t k = 0; k < pairs->n; k++)
      use[k] = by_group ? strcmp(pairs->cells[k].group, pairs->cells[c].group) != 0 : k != c;
    memset(&scores[c], 0, sizeof scores[c]);
    if (shared_currents(&pairs->cells[c]) == 0) continue;
    LG_TRY(lg_effect_learn(ctx, pairs, use, &quick, &e));
    scores[c] = lg_effect_judge(&e, &pairs->cells[c], options->dose_uM);
  }
done:
  lg_free(ctx, use);
  return status;
}

lg_effect_total lg_effect_sum(const lg_effect_score *scores, size_t n) {
  lg_effect_total t = {.n = 0};
  for (size_t k = 0; k < n; k++) {
    if (scores[k].n == 0) continue;
    t.n++;
    t.right += scores[k].right;
    t.rmse += scores[k].rmse * scores[k].rmse;
    t.rmse_none += scores[k].rmse_none * scores[k].rmse_none;
    t.inside += scores[k].inside;
  }
  const double m = t.n > 0 ? (double)t.n : 1.0;
  t.rmse = sqrt(t.rmse / m);
  t.rmse_none = sqrt(t.rmse_none / m);
  t.inside /= m;
  return t;
}
