/* Rows 1-4, 6 and 8: speed, orders, arrivals, waveform, sweep of the RyR density, a tree with a branch point. */
#include "base/elementary.h"
#include "io/table.h"
#include "twin/calcium_validate_internal.h"

#include <math.h>
#include <string.h>

static const double none = (double)NAN;

static lg_status speed_of(const validation *v, const char *path, double *out) {
  const lg_json_at root = lg_json_root(v->doc);
  return lg_json_get_number(v->ctx, &root, path, "um/s", out);
}

/* ---- 1 and 2: speed by dx, orders ---------------------------------------------------------------------- */

/* Second-order volumes are slow by what their grid says: the error is judged by how far it is from that. */
static void say_speed(const validation *v, double dx, double speed, double truth, double expected_percent) {
  char what[64];
  (void)snprintf(what, sizeof what, "speed at dx %g um, %+g %% by its grid", dx, expected_percent);
  lg_validation_figure(v, (lg_merit){.row = 1,
                                     .what = what,
                                     .value = speed,
                                     .wanted = truth * (1.0 + 0.01 * expected_percent),
                                     .unit = "um/s",
                                     .error = fabs(100.0 * (speed / truth - 1.0) - expected_percent),
                                     .error_unit = "%",
                                     .must = 0.02,
                                     .goal = none});
}

static void say_order(const validation *v, int row, const char *what, double coarse, double middle, double fine,
                      double must, double goal) {
  const double order = lg_ln((coarse - middle) / (middle - fine)) / lg_ln(2.0);
  lg_validation_figure(v, (lg_merit){.row = row,
                                     .what = what,
                                     .value = order,
                                     .wanted = isnan(must) ? goal : must,
                                     .unit = "",
                                     .error = order,
                                     .error_unit = "",
                                     .must = must,
                                     .goal = goal,
                                     .at_least = true});
}

static lg_status order_in_time(const validation *v, const calcium_case *c, const calcium_gate *gate) {
  double speed[3];
  if (v->what->scheme == CALCIUM_RODAS4) return LG_OK; /* chooses its steps */
  for (size_t k = 0; k < 3; k++) {
    wave w;
    const lg_status status = lg_wave_at(v, c, gate, 0.05, 10e-6 / (double)(1 << k), &w);
    if (status != LG_OK) return status;
    speed[k] = w.figures[WAVE_SPEED];
    lg_wave_clear(v->ctx, &w);
  }
  say_order(v, 2, "order of the speed in dt, 10/5/2.5 us", speed[0], speed[1], speed[2],
            v->what->scheme == CALCIUM_IMEX1 ? 0.9 : 1.85, none);
  return LG_OK;
}

/* The highest order in space that the scheme has. */
static lg_status high_order(const validation *v, const calcium_case *c, const calcium_gate *gate, double truth) {
  validation high = *v;
  double speed[3];
  char what[64];
  high.order = v->what->scheme == CALCIUM_RODAS4 ? 4 : 6;
  for (size_t k = 0; k < 3; k++) {
    wave w;
    const lg_status status = lg_wave_refined(&high, c, gate, 0.1 / (double)(1 << k), 5e-6, &w);
    if (status != LG_OK) return status;
    speed[k] = w.figures[WAVE_SPEED];
    lg_wave_clear(v->ctx, &w);
  }
  if (lg_validation_wants(v, 1)) {
    (void)snprintf(what, sizeof what, "speed at dx 0.1 um, order %u in space", high.order);
    lg_validation_percent(v, 1, what, speed[0], truth, "um/s", none, 0.05);
    (void)snprintf(what, sizeof what, "speed at dx 0.05 um, order %u in space", high.order);
    lg_validation_percent(v, 1, what, speed[1], truth, "um/s", none, 0.05);
  }
  (void)snprintf(what, sizeof what, "order of the speed in dx, 0.1/0.05/0.025 um, order %u", high.order);
  if (lg_validation_wants(v, 2)) say_order(v, 2, what, speed[0], speed[1], speed[2], none, 4.0);
  return LG_OK;
}

/* ---- 3: arrivals --------------------------------------------------------------------------------------- */

static lg_status compare_arrivals(const validation *v, const calcium_case *c, const wave *w) {
  char path[4096];
  lg_table *table = NULL;
  lg_status status = LG_OK;
  double worst = 0.0;
  size_t n = 0;
  (void)snprintf(path, sizeof path, "%s/arrivals.csv", v->what->folder);
  LG_TRY(lg_table_read(v->ctx, path, &table));
  const lg_table_item *x = lg_table_find(table, "x_um"), *t = lg_table_find(table, "t_up_s");
  if (!x || !t || !x->x || !t->x) LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "%s: columns x_um and t_up_s expected", path));
  for (size_t k = 0; k < c->n_probes; k++)
    for (size_t q = 0; q < x->n && q < t->n; q++) {
      if (c->probes[k].x_um < 4.0 || c->probes[k].x_um > 60.0 || x->x[q] != c->probes[k].x_um) continue;
      worst = isnan(w->up_s[k]) ? (double)INFINITY : fmax(worst, 1e6 * fabs(w->up_s[k] - t->x[q]));
      n++;
    }
  lg_validation_figure(v, (lg_merit){.row = 3,
                                     .what = "arrivals at x = 4 ... 60 um after Richardson in dx, latest or earliest",
                                     .value = worst,
                                     .wanted = 0.0,
                                     .unit = "us",
                                     .error = n > 0 ? worst : none,
                                     .error_unit = "us",
                                     .must = 3.0,
                                     .goal = 1.0});
done:
  lg_table_destroy(v->ctx, table);
  return status;
}

lg_status lg_validate_waves(const validation *v) {
  static const double dx[] = {0.05, 0.025, 0.0125};
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  wave w[3] = {{.n_probes = 0}, {.n_probes = 0}, {.n_probes = 0}};
  double truth;
  if (!lg_validation_wants(v, 1) && !lg_validation_wants(v, 2) && !lg_validation_wants(v, 3)) return LG_OK;
  LG_TRY(speed_of(v, "metrics.speed_16_48_um_s", &truth));
  LG_TRY(lg_validation_case(v, "case.json", &c));
  c->end_s = 0.05;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  for (size_t k = 0; k < 3; k++) LG_TRY(lg_wave_refined(v, c, &gate, dx[k], 5e-6, &w[k]));
  const double speed[3] = {w[0].figures[WAVE_SPEED], w[1].figures[WAVE_SPEED], w[2].figures[WAVE_SPEED]};
  if (lg_validation_wants(v, 1)) {
    say_speed(v, dx[0], speed[0], truth, -0.22);
    say_speed(v, dx[2], speed[2], truth, -0.014);
  }
  if (lg_validation_wants(v, 2)) {
    say_order(v, 2, "order of the speed in dx, 0.05/0.025/0.0125 um", speed[0], speed[1], speed[2], 1.9, none);
    LG_TRY(order_in_time(v, c, &gate));
  }
  if (lg_validation_wants(v, 1) || lg_validation_wants(v, 2)) LG_TRY(high_order(v, c, &gate, truth));
  if (lg_validation_wants(v, 3)) {
    lg_wave_extrapolate(&w[1], &w[2], 2);
    LG_TRY(compare_arrivals(v, c, &w[2]));
  }
done:
  for (size_t k = 0; k < 3; k++) lg_wave_clear(v->ctx, &w[k]);
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}

/* ---- 4: the waveform ----------------------------------------------------------------------------------- */

lg_status lg_validate_metrics(const validation *v) {
  static const struct {
    size_t figure;
    const char *key, *what, *unit;
  } rows[] = {{WAVE_PEAK, "c_peak_uM", "peak of c at mid-length", "uM"},
              {WAVE_FWHM, "c_fwhm_ms", "width of c at half height", "ms"},
              {WAVE_ABOVE, "c_above_1uM_ms", "time of c above 1 uM", "ms"},
              {WAVE_HALF, "P_half_duration_ms", "time of P above half of its peak", "ms"},
              {WAVE_ER_MIN, "ce_min_uM", "lowest calcium of the ER", "uM"}};
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  wave coarse = {.n_probes = 0}, fine = {.n_probes = 0};
  if (!lg_validation_wants(v, 4)) return LG_OK;
  LG_TRY(lg_validation_case(v, "case.json", &c));
  c->end_s = 0.3;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  LG_TRY(lg_wave_refined(v, c, &gate, 0.1, 10e-6, &coarse));
  LG_TRY(lg_wave_refined(v, c, &gate, 0.05, 10e-6, &fine));
  lg_wave_extrapolate(&coarse, &fine, 2);
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    char path[128];
    double wanted;
    const lg_json_at root = lg_json_root(v->doc);
    (void)snprintf(path, sizeof path, "metrics.waveform_from_timeseries.%s", rows[k].key);
    LG_TRY(lg_json_get_number(v->ctx, &root, path, rows[k].unit, &wanted));
    lg_validation_percent(v, 4, rows[k].what, fine.figures[rows[k].figure], wanted, rows[k].unit, 0.2, 0.02);
  }
done:
  lg_wave_clear(v->ctx, &coarse);
  lg_wave_clear(v->ctx, &fine);
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}

/* ---- 6: sweep ------------------------------------------------------------------------------------------- */

/* Fast waves have thin fronts: steps follow the front's length D/v and its time D/v². */
static lg_status sweep_speed(const validation *v, calcium_case *c, double near_um_s, double *speed) {
  lg_status status = LG_OK;
  wave coarse = {.n_probes = 0}, fine = {.n_probes = 0};
  const bool fast = near_um_s > 1000.0;
  const double dx = fast ? 0.05 : 0.1, dt = fast ? 5e-6 : near_um_s > 300.0 ? 10e-6 : 20e-6;
  c->end_s = 0.01 + 64.0 / near_um_s;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  LG_TRY(lg_wave_refined(v, c, &gate, dx, dt, &coarse));
  LG_TRY(lg_wave_refined(v, c, &gate, 0.5 * dx, dt, &fine));
  lg_wave_extrapolate(&coarse, &fine, 2);
  *speed = fine.figures[WAVE_SPEED];
done:
  lg_wave_clear(v->ctx, &coarse);
  lg_wave_clear(v->ctx, &fine);
  return status;
}

lg_status lg_validate_sweep(const validation *v) {
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  lg_json_at rows;
  size_t n = 0;
  if (!lg_validation_wants(v, 6)) return LG_OK;
  const lg_json_at root = lg_json_root(v->doc);
  LG_TRY(lg_validation_case(v, "case.json", &c));
  LG_TRY(lg_json_get_array(v->ctx, &root, "sweep_rho_R.rows", &rows, &n));
  for (size_t s = 0; s < c->n_stimuli; s++) c->stimuli[s].j0 = 20000.0;
  for (size_t k = 0; k < n; k++) {
    const lg_json_at row = lg_json_item(&rows, k);
    double density, wanted, speed;
    char what[64];
    LG_TRY(lg_json_get_number(v->ctx, &row, "[0]", "1/um²", &density));
    LG_TRY(lg_json_get_number(v->ctx, &row, "[1]", "um/s", &wanted));
    c->constants.ryr_density = density;
    LG_TRY(sweep_speed(v, c, wanted, &speed));
    (void)snprintf(what, sizeof what, "speed at %g RyR per um²", density);
    lg_validation_percent(v, 6, what, speed, wanted, "um/s", 0.5, 0.05);
  }
done:
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}

/* ---- 8: a branch point ---------------------------------------------------------------------------------- */

/* results: {"sec0_x5": {"t_up_ms": …, "c_peak": …}}; one probe for each. */
static lg_status branch_probes(const validation *v, const lg_json_at *results, calcium_case *c, double *up_ms,
                               size_t max, size_t *n) {
  lg_status status = LG_OK;
  const char *key;
  for (*n = 0; *n < max && (key = lg_json_key_at(results, *n)) != NULL; (*n)++) {
    lg_json_at at;
    int length = 0;
    size_t section = 0;
    double x = 0.0;
    if (sscanf(key, "sec%zu_x%lf%n", &section, &x, &length) != 2 || key[length] != '\0')
      LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "%s: results: \"%s\" is no name like sec0_x5", results->file, key));
    c->probes[*n] = (calcium_place){section, x};
    LG_TRY(lg_json_get_key(v->ctx, results, key, &at));
    LG_TRY(lg_json_get_number(v->ctx, &at, "t_up_ms", "ms", &up_ms[*n]));
  }
  c->n_probes = *n;
  status = lg_calcium_case_check(v->ctx, c);
done:
  return status;
}

lg_status lg_validate_branch(const validation *v) {
  enum { MAX = 64 };
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  lg_json_doc *doc = NULL;
  lg_json_at results;
  wave coarse = {.n_probes = 0}, fine = {.n_probes = 0};
  char path[4096];
  double up_ms[MAX], worst = 0.0;
  size_t n = 0;
  if (!lg_validation_wants(v, 8)) return LG_OK;
  LG_TRY(lg_validation_case(v, "branch/case.json", &c));
  (void)snprintf(path, sizeof path, "%s/branch/case.json", v->what->folder);
  LG_TRY(lg_json_load(v->ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_object(v->ctx, &root, "results", &results));
  lg_free(v->ctx, c->probes);
  c->n_probes = 0;
  LG_NEW(v->ctx, c->probes, MAX);
  LG_TRY(branch_probes(v, &results, c, up_ms, MAX, &n));
  c->end_s = 0.03;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  LG_TRY(lg_wave_refined(v, c, &gate, 0.05, 5e-6, &coarse));
  LG_TRY(lg_wave_refined(v, c, &gate, 0.025, 5e-6, &fine));
  lg_wave_extrapolate(&coarse, &fine, 2);
  for (size_t k = 0; k < n; k++)
    worst = isnan(fine.up_s[k]) ? (double)INFINITY : fmax(worst, 1e3 * fabs(1e3 * fine.up_s[k] - up_ms[k]));
  lg_validation_figure(v, (lg_merit){.row = 8,
                                     .what = "arrivals in the tree after Richardson in dx, latest or earliest",
                                     .value = worst,
                                     .wanted = 0.0,
                                     .unit = "us",
                                     .error = n > 0 ? worst : none,
                                     .error_unit = "us",
                                     .must = 20.0,
                                     .goal = 3.0});
done:
  lg_wave_clear(v->ctx, &coarse);
  lg_wave_clear(v->ctx, &fine);
  lg_json_doc_destroy(v->ctx, doc);
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}
