/* Ramps over strain and rate, and the onset points of Nakadate et al. over seeds of gaps. */
#include "axon/population.h"
#include "num/ascending.h"
#include "num/median.h"
#include "twin/axon_validate_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rates --------------------------------------------------------------------------------------------- */

enum { JUDGED = 5, RATE_STEPS = 200 };

/* The farthest of a table's figures from ours, per output. */
typedef struct farthest {
  double error[JUDGED], value[JUDGED], wanted[JUDGED], strain[JUDGED], rate[JUDGED];
} farthest;

static void take(farthest *f, const double *out, const double *const *wanted, size_t row, double strain, double rate) {
  for (size_t q = 0; q < JUDGED; q++) {
    const double off = fabs(out[q] / wanted[q][row] - 1.0);
    if (off <= f->error[q]) continue;
    f->error[q] = off;
    f->value[q] = out[q];
    f->wanted[q] = wanted[q][row];
    f->strain[q] = strain;
    f->rate[q] = rate;
  }
}

/* The tables have six digits. */
static void say_farthest(const axon_check *c, int row, const farthest *f, size_t n) {
  static const char *const words[JUDGED] = {"peak strain of microtubules", "peak strain of the axolemma", "tau lost",
                                            "neurofilaments lost", "side arms lost"};
  for (size_t q = 0; q < JUDGED; q++) {
    char what[160];
    (void)snprintf(what, sizeof what, "%s, worst of %zu: to %g at %g /s", words[q], n, f->strain[q], f->rate[q]);
    lg_axon_check_say(
        c, row,
        (axon_figure){what, f->value[q], f->wanted[q], q < AXON_TAU ? "" : "%", 100.0 * f->error[q], "%", 1e-3, false});
  }
}

static lg_status columns(const axon_check *c, const lg_table *t, const char *const names[JUDGED + 2], size_t *n,
                         const double *x[JUDGED + 2]) {
  for (size_t k = 0; k < JUDGED + 2; k++) {
    const lg_status status = lg_axon_check_column(c, t, names[k], &x[k], n);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status male_axon(lg_ctx *ctx, uint64_t seed, size_t rows, lg_axon **out) {
  axon_params p = lg_axon_params_male();
  p.seed = seed;
  p.rows = rows;
  return lg_axon_create(ctx, &p, out);
}

lg_status lg_axon_validate_rates(const axon_check *c) {
  static const char *const names[JUDGED + 2] = {"eps", "rate", "mt_peak", "axl_peak", "tau_pct", "nf_pct", "side_pct"};
  lg_status status = LG_OK;
  lg_table *table = NULL;
  lg_axon *axon = NULL;
  const double *x[JUDGED + 2];
  farthest f = {.error = {-1.0, -1.0, -1.0, -1.0, -1.0}};
  size_t n = 0, used = 0;
  if (!lg_axon_check_wants(c, AXON_ROW_RATES)) return LG_OK;
  LG_TRY(lg_axon_check_table(c, "rates_male.csv", &table));
  LG_TRY(columns(c, table, names, &n, x));
  LG_TRY(male_axon(c->ctx, 1, 19, &axon));
  for (size_t k = 0; k < n; k++) {
    double out[AXON_OUTPUTS];
    const axon_ramp ramp = lg_axon_ramp_in(x[0][k], x[1][k], RATE_STEPS);
    if (c->what->quick && k % 5 != 0) continue;
    LG_TRY(lg_axon_ramp_run(c->ctx, axon, &ramp, AXON_DOUBLE, out));
    take(&f, out, x + 2, k, x[0][k], x[1][k]);
    used++;
    LG_TRY(lg_progress(c->ctx, "ramps", k + 1, n));
  }
  say_farthest(c, AXON_ROW_RATES, &f, used);
done:
  lg_axon_destroy(c->ctx, axon);
  lg_table_destroy(c->ctx, table);
  return status;
}

/* ---- Nakadate ------------------------------------------------------------------------------------------ */

enum { POINTS = 12, MOST_SEEDS = 40 };

typedef struct nakadate {
  size_t n;
  double strain[POINTS], rate[POINTS];
} nakadate;

/* Steps of 0.1 ms, drawn and then held for 20 ms. */
static axon_ramp nakadate_ramp(double strain, double rate) {
  const double rise = strain / rate / 1e-4;
  return (axon_ramp){strain, 1e-4, rise, (size_t)ceil(rise + 200.0 - 1e-6)};
}

/* Swellings rose at (0.15, 50 /s), (0.20, 30 /s) and above; not below, and at 0.10 whatever the rate. */
static bool is_onset(double strain, double rate) {
  return (strain > 0.14 && rate > 49.0) || (strain > 0.19 && rate > 29.0);
}

/* Greatest of the points without swellings and smallest of those with; an output separates them if that is greater. */
static void split(const nakadate *t, const double *of_point, double *without, double *with) {
  *without = -INFINITY, *with = INFINITY;
  for (size_t k = 0; k < t->n; k++) {
    if (is_onset(t->strain[k], t->rate[k])) *with = fmin(*with, of_point[k]);
    else *without = fmax(*without, of_point[k]);
  }
}

static lg_status over_seeds(const axon_check *c, const nakadate *t, size_t n_seeds, axon_outcome *outcomes) {
  lg_status status = LG_OK;
  uint64_t seeds[MOST_SEEDS];
  lg_axon_population *population = NULL;
  axon_profiles *p = NULL;
  const axon_params male = lg_axon_params_male();
  for (size_t k = 0; k < n_seeds; k++) seeds[k] = k + 1;
  LG_TRY(lg_axon_population_create(c->ctx, &male, seeds, n_seeds, &population));
  for (size_t k = 0; k < t->n; k++) {
    const axon_ramp ramp = nakadate_ramp(t->strain[k], t->rate[k]);
    LG_TRY(lg_axon_ramp_profile(c->ctx, &ramp, &p));
    LG_TRY(lg_axon_population_simulate(c->ctx, population, p, &(axon_simulate_opts){.precision = AXON_FLOAT},
                                       outcomes + k * n_seeds));
    lg_axon_profiles_destroy(c->ctx, p);
    p = NULL;
  }
done:
  lg_axon_profiles_destroy(c->ctx, p);
  lg_axon_population_destroy(c->ctx, population);
  return status;
}

/* In how many seeds each output separates the points, and where its threshold would stand. */
static lg_status say_seeds(const axon_check *c, const nakadate *t) {
  static const char *const words[4] = {"microtubules", "axolemma", "tau", "neurofilaments"};
  lg_status status = LG_OK;
  const size_t n_seeds = c->what->quick ? 16 : MOST_SEEDS;
  axon_outcome *outcomes = NULL;
  double threshold[MOST_SEEDS], margin[MOST_SEEDS], of_point[POINTS], fixed = 0.0;
  LG_NEW(c->ctx, outcomes, t->n * n_seeds);
  LG_TRY(over_seeds(c, t, n_seeds, outcomes));
  for (size_t q = 0; q < 4; q++) {
    size_t separates = 0;
    for (size_t s = 0; s < n_seeds; s++) {
      double without, with;
      for (size_t k = 0; k < t->n; k++) of_point[k] = outcomes[k * n_seeds + s].out[q];
      split(t, of_point, &without, &with);
      separates += with > without;
      if (q != AXON_MT) continue;
      threshold[s] = 0.5 * (without + with);
      margin[s] = 100.0 * (with / without - 1.0);
      fixed += without < 0.2 && with >= 0.2;
    }
    char what[120];
    (void)snprintf(what, sizeof what, "gaps of %zu seeds, floats: %s separate the points in", n_seeds, words[q]);
    if (q == AXON_MT)
      lg_axon_check_say(c, AXON_ROW_NAKADATE,
                        (axon_figure){what, (double)separates, (double)n_seeds, "seeds", (double)(n_seeds - separates),
                                      "miss", 0.0, false});
    else lg_axon_check_note(c, AXON_ROW_NAKADATE, what, (double)separates, "seeds");
  }
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "  margin of microtubules, median over seeds", lg_median(margin, n_seeds),
                     "%");
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "  threshold of microtubules, median over seeds",
                     lg_median(threshold, n_seeds), "");
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "  the lowest of a seed", threshold[0], ""); /* sorted by now */
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "  the highest of a seed: no threshold holds for all",
                     threshold[n_seeds - 1], "");
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "  a threshold of 0.20 holds in", fixed, "seeds");
done:
  lg_free(c->ctx, outcomes);
  return status;
}

/* The ordering is not the model's alone: strain times the root of the rate has it too. */
static void say_formula(const axon_check *c, const nakadate *t) {
  double of_point[POINTS], without, with;
  for (size_t k = 0; k < t->n; k++) of_point[k] = t->strain[k] * sqrt(t->rate[k]);
  split(t, of_point, &without, &with);
  lg_axon_check_note(c, AXON_ROW_NAKADATE, "strain x root of rate separates the points too (weak evidence): margin",
                     100.0 * (with / without - 1.0), "%");
}

static lg_status say_seed_one(const axon_check *c, const nakadate *t, const double *const *wanted) {
  lg_axon *axon;
  farthest f = {.error = {-1.0, -1.0, -1.0, -1.0, -1.0}};
  double peak[POINTS], without, with;
  lg_status status = male_axon(c->ctx, 1, 19, &axon);
  for (size_t k = 0; k < t->n && status == LG_OK; k++) {
    double out[AXON_OUTPUTS];
    const axon_ramp ramp = nakadate_ramp(t->strain[k], t->rate[k]);
    status = lg_axon_ramp_run(c->ctx, axon, &ramp, AXON_DOUBLE, out);
    if (status != LG_OK) break;
    take(&f, out, wanted, k, t->strain[k], t->rate[k]);
    peak[k] = out[AXON_MT];
  }
  lg_axon_destroy(c->ctx, axon);
  if (status != LG_OK) return status;
  say_farthest(c, AXON_ROW_NAKADATE, &f, t->n);
  split(t, peak, &without, &with);
  lg_axon_check_say(c, AXON_ROW_NAKADATE,
                    (axon_figure){"microtubules, greatest of the points without swellings", without, 0.193, "",
                                  fabs(without - 0.193), "", 5e-4, false});
  lg_axon_check_say(c, AXON_ROW_NAKADATE,
                    (axon_figure){"microtubules, smallest of the points with swellings", with, 0.212, "",
                                  fabs(with - 0.212), "", 5e-4, false});
  return LG_OK;
}

lg_status lg_axon_validate_nakadate(const axon_check *c) {
  static const char *const names[JUDGED + 2] = {"eps", "rate_per_s", "mt", "axl", "tau_pct", "nf_pct", "side_pct"};
  lg_status status = LG_OK;
  lg_table *table = NULL;
  const double *x[JUDGED + 2];
  nakadate t = {.n = 0};
  if (!lg_axon_check_wants(c, AXON_ROW_NAKADATE)) return LG_OK;
  LG_TRY(lg_axon_check_table(c, "nakadate_grid_model.csv", &table));
  LG_TRY(columns(c, table, names, &t.n, x));
  if (t.n > POINTS)
    LG_TRY(lg_fail(c->ctx, LG_ERR_FORMAT, "nakadate_grid_model.csv has %zu points, not %d", t.n, POINTS));
  memcpy(t.strain, x[0], t.n * sizeof(double));
  memcpy(t.rate, x[1], t.n * sizeof(double));
  LG_TRY(say_seed_one(c, &t, x + 2));
  LG_TRY(say_seeds(c, &t));
  say_formula(c, &t);
done:
  lg_table_destroy(c->ctx, table);
  return status;
}
