/* Axons beside reference solutions: what all rows share. */
#include "twin/axon_validate_internal.h"

#include <math.h>
#include <string.h>

static const struct {
  const char *title, *source;
} rows[AXON_ROWS + 1] = {
    [AXON_ROW_EXACT] = {"regular bundle beside the exact solution in Laplace space (shearlag_exact.csv)",
                        "Ahmadzadeh, Smith & Shenoy 2014, doi:10.1016/j.bpj.2014.01.024; fixed Talbot inversion"},
    [AXON_ROW_BUNDLE] = {"constants, rows, pairs and gaps of the default male axon (ref_open.json)", "ref_open.json"},
    [AXON_ROW_DOUBLE] = {"ten profiles, doubles: the worst of all (ref_open.json)", "ref_open.json"},
    [AXON_ROW_FLOAT] = {"the same by vectors of floats, four Newton iterations", "ref_open.json"},
    [AXON_ROW_TRACES] = {"profiles in time, doubles (ref_open_trace_*.csv)", "ref_open_trace_*.csv"},
    [AXON_ROW_CRITICAL] = {"rate at which microtubules reach a strain of 0.5 (K and eta were calibrated to 22-44 /s)",
                           "Ahmadzadeh, Smith & Shenoy 2014 (recalled); spec 5.2"},
    [AXON_ROW_RATES] = {"ramps over strain and rate, doubles (rates_male.csv)", "rates_male.csv"},
    [AXON_ROW_NAKADATE] =
        {"onset of swellings (Nakadate 2017: 0.15 at 50 /s, 0.20 at 30 /s), gaps of seed 1 and others",
         "nakadate_grid_model.csv; Nakadate et al. 2017, Stapp Car Crash J 61"},
    [AXON_ROW_BRAIN] = {"strain of fibres under a rotation of the head (ref_brain.json)", "ref_brain.json"},
    [AXON_ROW_LABELS] = {"profiles of the training set, floats, beside their labels (dataset_train.npz)",
                         "dataset_train.npz"},
    [AXON_ROW_STEPS] = {"finer steps: 1 ms to 0.125 ms, doubles (ref_open.json, dt_over_8)", "ref_open.json; spec 5.5"},
    [AXON_ROW_TRENDS] = {"what was published of axons under strain", "docs/axon.md"},
    [AXON_ROW_NOT] = {"what was published and is NOT reproduced", "docs/axon.md"},
    [AXON_ROW_TIME] = {"processor time, for information", "this run"},
};

bool lg_axon_check_wants(const axon_check *c, int row) { return c->what->only == 0 || c->what->only == row; }

void lg_axon_check_say(const axon_check *c, int row, axon_figure f) {
  c->what->say(c->what->user, &(lg_merit){.row = row,
                                          .title = rows[row].title,
                                          .what = f.what,
                                          .value = f.value,
                                          .wanted = f.wanted,
                                          .unit = f.unit ? f.unit : "",
                                          .error = f.error,
                                          .error_unit = f.error_unit ? f.error_unit : "",
                                          .must = f.must,
                                          .goal = (double)NAN,
                                          .at_least = f.at_least,
                                          .source = rows[row].source});
}

void lg_axon_check_note(const axon_check *c, int row, const char *what, double value, const char *unit) {
  const double none = (double)NAN;
  lg_axon_check_say(
      c, row, (axon_figure){.what = what, .value = value, .wanted = none, .unit = unit, .error = none, .must = none});
}

lg_status lg_axon_check_path(const axon_check *c, const char *name, char *path) {
  if (snprintf(path, 4096, "%s/%s", c->what->folder, name) >= 4096)
    return lg_fail(c->ctx, LG_ERR_RANGE, "the folder's name is too long");
  return LG_OK;
}

lg_status lg_axon_check_table(const axon_check *c, const char *name, lg_table **out) {
  char path[4096];
  *out = NULL;
  lg_status status = lg_axon_check_path(c, name, path);
  return status == LG_OK ? lg_table_read(c->ctx, path, out) : status;
}

lg_status lg_axon_check_column(const axon_check *c, const lg_table *table, const char *name, const double **x,
                               size_t *n) {
  const lg_table_item *item = lg_table_find(table, name);
  if (!item || !item->x || item->n != table->items[0].n)
    return lg_fail(c->ctx, LG_ERR_FORMAT, "there is no column '%s' of numbers", name);
  *x = item->x;
  *n = item->n;
  return LG_OK;
}

/* ---- ramps --------------------------------------------------------------------------------------------- */

axon_ramp lg_axon_ramp_in(double strain, double rate_per_s, size_t steps) {
  return (axon_ramp){strain, strain / rate_per_s / (double)steps, (double)steps, steps};
}

lg_status lg_axon_ramp_profile(lg_ctx *ctx, const axon_ramp *ramp, axon_profiles **out) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  *out = NULL;
  LG_NEW(ctx, p, 1);
  p->n_times = ramp->n_steps + 1;
  p->dt_s = ramp->dt_s;
  LG_NEW(ctx, p->strain, p->n_times);
  LG_NEW(ctx, p->names, 1);
  p->n = 1;
  p->names[0] = lg_strdup(ctx, "ramp");
  if (!p->names[0]) LG_TRY(LG_ERR_MEMORY);
  for (size_t k = 0; k < p->n_times; k++) {
    const double part = (double)k / ramp->rise_steps;
    p->strain[k] = part < 1.0 ? ramp->strain * part : ramp->strain;
  }
  *out = p;
  p = NULL;
done:
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

lg_status lg_axon_ramp_run(lg_ctx *ctx, const lg_axon *axon, const axon_ramp *ramp, axon_precision precision,
                           double out[AXON_OUTPUTS]) {
  axon_profiles *p = NULL;
  axon_outcome outcome;
  const axon_simulate_opts o = {.precision = precision};
  lg_status status = lg_axon_ramp_profile(ctx, ramp, &p);
  if (status == LG_OK) status = lg_axon_simulate(ctx, axon, p, &o, &outcome, NULL);
  if (status == LG_OK && outcome.failed)
    status = lg_fail(ctx, LG_ERR_NUMERICAL, "a ramp to %g in %g s did not converge", ramp->strain,
                     ramp->rise_steps * ramp->dt_s);
  if (status == LG_OK) memcpy(out, outcome.out, sizeof outcome.out);
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

lg_status lg_axon_validate(lg_ctx *ctx, const axon_validation *what) {
  static lg_status (*const parts[])(const axon_check *) = {
      lg_axon_validate_exact, lg_axon_validate_reference, lg_axon_validate_rates,  lg_axon_validate_nakadate,
      lg_axon_validate_brain, lg_axon_validate_labels,    lg_axon_validate_trends,
  };
  const axon_check c = {ctx, what};
  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
    const lg_status status = parts[k](&c);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}
