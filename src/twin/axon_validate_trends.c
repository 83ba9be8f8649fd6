/* What was published of axons under strain, and what of it this model does not show; strain of fibres in a head. */
#include "axon/brain.h"
#include "axon/population.h"
#include "axon/shear_lag.h"
#include "io/json_read.h"
#include "twin/axon_file.h"
#include "twin/axon_validate_internal.h"

#include <math.h>
#include <string.h>

enum { STEPS = 200 };

/* ---- strain of fibres ---------------------------------------------------------------------------------- */

enum { PLACES = 5, TIMES = 101 };

/* Greatest |own - file| of rows "key[k]". */
static lg_status farthest(const axon_check *c, const lg_json_doc *doc, const char *key, const double *own, size_t rows,
                          size_t row, double *worst, double *most) {
  const lg_json_at root = lg_json_root(doc);
  *worst = *most = 0.0;
  for (size_t k = 0; k < rows; k++) {
    char path[60];
    double *x;
    size_t n;
    (void)snprintf(path, sizeof path, "%s[%zu]", key, k);
    lg_status status = lg_json_get_numbers(c->ctx, &root, path, NULL, &x, &n);
    if (status != LG_OK) return status;
    if (n != row) status = lg_fail(c->ctx, LG_ERR_FORMAT, "%s has %zu numbers, not %zu", path, n, row);
    for (size_t t = 0; t < n && status == LG_OK; t++) {
      *worst = fmax(*worst, fabs(own[k * row + t] - x[t]));
      *most = fmax(*most, fabs(x[t]));
    }
    lg_free(c->ctx, x);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status read_places(const axon_check *c, const lg_json_doc *doc, axon_voxel *places) {
  const lg_json_at root = lg_json_root(doc);
  for (size_t k = 0; k < PLACES; k++)
    for (size_t d = 0; d < 3; d++) {
      char path[60];
      (void)snprintf(path, sizeof path, "x_m[%zu][%zu]", k, d);
      lg_status status = lg_json_get_number(c->ctx, &root, path, "m", &places[k].x_m[d]);
      (void)snprintf(path, sizeof path, "n[%zu][%zu]", k, d);
      if (status == LG_OK) status = lg_json_get_number(c->ctx, &root, path, NULL, &places[k].fibre[d]);
      if (status != LG_OK) return status;
    }
  return LG_OK;
}

lg_status lg_axon_validate_brain(const axon_check *c) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  axon_kinematics *k = NULL;
  axon_voxel places[PLACES], *all = NULL;
  double strain[PLACES * TIMES], worst, most;
  char path[4096];
  size_t n;
  if (!lg_axon_check_wants(c, AXON_ROW_BRAIN)) return LG_OK;
  LG_TRY(lg_axon_check_path(c, "ref_brain.json", path));
  LG_TRY(lg_json_load(c->ctx, path, LG_JSON_COMMENTS, 0, &doc));
  LG_TRY(lg_axon_kinematics_draw(c->ctx, 3, TIMES, 1e-3, &k));
  LG_TRY(farthest(c, doc, "alpha", k->alpha, TIMES, 3, &worst, &most));
  lg_axon_check_say(c, AXON_ROW_BRAIN,
                    (axon_figure){"impact of seed 3: greatest acceleration; farthest off (file: 6 decimals)", most,
                                  (double)NAN, "rad/s2", worst, "rad/s2", 1e-6, false});
  LG_TRY(read_places(c, doc, places));
  LG_TRY(lg_axon_fibre_strain(c->ctx, k, places, PLACES, strain));
  LG_TRY(farthest(c, doc, "fiber_strain", strain, PLACES, TIMES, &worst, &most));
  lg_axon_check_say(
      c, AXON_ROW_BRAIN,
      (axon_figure){"strain of five fibres: greatest; farthest off", most, (double)NAN, "", worst, "", 1e-8, false});
  LG_TRY(lg_axon_white_matter(c->ctx, &all, &n));
  lg_axon_check_say(c, AXON_ROW_BRAIN,
                    (axon_figure){"voxels of white matter at 2 mm", (double)n, 92408.0, "", fabs((double)n - 92408.0),
                                  "", 0.0, false});
done:
  lg_free(c->ctx, all);
  lg_axon_kinematics_destroy(c->ctx, k);
  lg_json_doc_destroy(c->ctx, doc);
  return status;
}

/* ---- trends -------------------------------------------------------------------------------------------- */

static void say_trend(const axon_check *c, const char *what, double value, const char *unit, double must,
                      bool at_least) {
  lg_axon_check_say(c, AXON_ROW_TRENDS, (axon_figure){what, value, (double)NAN, unit, value, unit, must, at_least});
}

static lg_status drawn(const axon_check *c, const lg_axon *axon, double strain, double rate, double *out) {
  const axon_ramp ramp = lg_axon_ramp_in(strain, rate, STEPS);
  return lg_axon_ramp_run(c->ctx, axon, &ramp, AXON_DOUBLE, out);
}

static void say_exact(const axon_check *c) {
  const axon_shear_lag q = lg_axon_shear_lag_default();
  say_trend(c, "slow stretch to 100 % (0.1 /s) leaves 10 um microtubules whole: strain",
            lg_axon_shear_lag_exact(&q, 0.1, 10.0), "", 0.5, false);
  for (int k = 0; k < 2; k++) {
    const double rate = lg_axon_shear_lag_critical(&q, k ? 0.75 : 1.0, 0.5);
    say_trend(c, k ? "  the same at 75 %" : "critical rate at 100 % (calibrated): outside the published 22-44 /s by",
              fmax(0.0, fmax(22.0 - rate, rate - 44.0)), "/s", 0.0, false);
  }
}

static lg_status say_trends(const axon_check *c, const lg_axon *axon) {
  static const double strains[2] = {0.10, 0.20};
  double slow[AXON_OUTPUTS], fast[AXON_OUTPUTS], twelve[AXON_OUTPUTS], out[AXON_OUTPUTS];
  char what[120];
  lg_status status = LG_OK;
  say_exact(c);
  for (size_t k = 0; k < 2; k++) {
    LG_TRY(drawn(c, axon, strains[k], 1.0, slow));
    LG_TRY(drawn(c, axon, strains[k], 100.0, fast));
    (void)snprintf(what, sizeof what, "to %g: tau lost at 1 /s over that at 100 /s (slow: bonds go)", strains[k]);
    say_trend(c, what, slow[AXON_TAU] / fast[AXON_TAU], "times", 10.0, true);
    (void)snprintf(what, sizeof what, "to %g: strain of microtubules at 100 /s over that at 1 /s (fast: loaded)",
                   strains[k]);
    say_trend(c, what, fast[AXON_MT] / slow[AXON_MT], "times", 5.0, true);
  }
  LG_TRY(drawn(c, axon, 0.10, 10.0, out));
  LG_TRY(drawn(c, axon, 0.12, 10.0, twelve));
  say_trend(c, "axolemma's strain over the applied 0.10, 10 /s (pores: 10-12 %, 2020)", out[AXON_AXOLEMMA] / 0.10,
            "times", 1.0, true);
  say_trend(c, "  over the applied 0.12", twelve[AXON_AXOLEMMA] / 0.12, "times", 1.0, true);
  LG_TRY(drawn(c, axon, 0.15, 10.0, out));
  say_trend(c, "tau goes first: lost at 0.15, 10 /s; no microtubule breaks (Hasan 2022)",
            out[AXON_MT_BROKEN] > 0.0 ? 0.0 : out[AXON_TAU], "%", 5.0, true);
done:
  return status;
}

/* ---- not reproduced ------------------------------------------------------------------------------------ */

/* Mean over seeds of the peak strain of microtubules. */
static lg_status mean_peak(const axon_check *c, const axon_profiles *p, size_t rows, size_t n_seeds, double *mean) {
  uint64_t seeds[40];
  lg_status status = LG_OK;
  lg_axon_population *population = NULL;
  axon_outcome outcomes[40];
  double scratch[40];
  axon_params params = lg_axon_params_male();
  params.rows = rows;
  for (size_t k = 0; k < n_seeds; k++) seeds[k] = k + 1;
  LG_TRY(lg_axon_population_create(c->ctx, &params, seeds, n_seeds, &population));
  LG_TRY(lg_axon_population_simulate(c->ctx, population, p, &(axon_simulate_opts){.precision = AXON_FLOAT}, outcomes));
  *mean = lg_axon_spread(outcomes, n_seeds, AXON_MT, NULL, scratch).mean;
done:
  lg_axon_population_destroy(c->ctx, population);
  return status;
}

/* Rows are what a female axon has fewer of; the strain of the tissue stays. */
static lg_status say_fewer_rows(const axon_check *c) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  double male, few;
  char path[4096], what[120];
  const size_t n_seeds = c->what->quick ? 16 : 40;
  LG_TRY(lg_axon_check_path(c, "ref_open_profiles.csv", path));
  LG_TRY(lg_axon_profiles_load(c->ctx, path, &p));
  const size_t at = p->n < 7 ? 0 : 6; /* p6, which peaks at 13 % */
  const axon_profiles one = {
      .n = 1, .n_times = p->n_times, .dt_s = p->dt_s, .names = p->names + at, .strain = p->strain + at * p->n_times};
  LG_TRY(mean_peak(c, &one, 19, n_seeds, &male));
  LG_TRY(mean_peak(c, &one, 7, n_seeds, &few));
  (void)snprintf(what, sizeof what, "fewer microtubules, greater strain (female, 2023); 19 rows, %.20s", one.names[0]);
  lg_axon_check_note(c, AXON_ROW_NOT, what, male, "");
  (void)snprintf(what, sizeof what, "  7 rows, the same strain of the tissue: mean of %zu seeds falls", n_seeds);
  lg_axon_check_note(c, AXON_ROW_NOT, what, few, "");
done:
  lg_axon_profiles_destroy(c->ctx, p);
  return status;
}

static lg_status say_not(const axon_check *c, const lg_axon *axon) {
  double out[AXON_OUTPUTS];
  const lg_status status = drawn(c, axon, 0.05, 1000.0, out);
  if (status != LG_OK) return status;
  lg_axon_check_note(c, AXON_ROW_NOT, "microtubules break from 5 % of fast strain (2015); here, at 1000 /s",
                     out[AXON_MT_BROKEN], "%");
  lg_axon_check_note(c, AXON_ROW_NOT, "  their peak strain there, of 0.5 that breaks them", out[AXON_MT], "");
  return say_fewer_rows(c);
}

lg_status lg_axon_validate_trends(const axon_check *c) {
  lg_axon *axon = NULL;
  lg_status status = LG_OK;
  const axon_params male = lg_axon_params_male();
  if (!lg_axon_check_wants(c, AXON_ROW_TRENDS) && !lg_axon_check_wants(c, AXON_ROW_NOT)) return LG_OK;
  LG_TRY(lg_axon_create(c->ctx, &male, &axon));
  if (lg_axon_check_wants(c, AXON_ROW_TRENDS)) LG_TRY(say_trends(c, axon));
  if (lg_axon_check_wants(c, AXON_ROW_NOT)) LG_TRY(say_not(c, axon));
done:
  lg_axon_destroy(c->ctx, axon);
  return status;
}
