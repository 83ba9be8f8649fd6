/* Rows 5 and 21: what must not change: the total behind a closed membrane, rest; and the same on tapers. */
#include "base/elementary.h"
#include "twin/calcium_validate_internal.h"

#include <math.h>
#include <string.h>

static lg_status run(const validation *v, const calcium_case *c, double dx_um, double dt_s, double sample_s,
                     calcium_result **out) {
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const calcium_options o = {.scheme = v->what->scheme, .dt_s = dt_s, .max_dx_um = dx_um, .sample_s = sample_s};
  LG_TRY(lg_calcium_grid_create(v->ctx, c, dx_um, &grid));
  LG_TRY(lg_calcium_simulate(v->ctx, c, grid, &gate, NULL, &o, out));
done:
  lg_calcium_grid_destroy(v->ctx, grid);
  return status;
}

static double total(const calcium_result *r, size_t row) {
  return r->totals[3 * row] + r->totals[3 * row + 1] + r->totals[3 * row + 2];
}

/* Largest relative change of the total over the run, and the total itself. */
static lg_status drift(const validation *v, const calcium_case *c, double dx_um, double dt_s, double *worst,
                       double *amount) {
  calcium_result *r = NULL;
  const lg_status status = run(v, c, dx_um, dt_s, 1e-3, &r);
  *worst = 0.0;
  if (status == LG_OK) {
    *amount = total(r, 0);
    for (size_t k = 1; k < r->n_samples; k++) *worst = fmax(*worst, fabs(total(r, k) / *amount - 1.0));
  }
  lg_calcium_result_destroy(v->ctx, r);
  return status;
}

static void say_drift(const validation *v, int row, const char *what, double worst, double amount) {
  lg_validation_figure(v, (lg_merit){.row = row,
                                     .what = what,
                                     .value = amount,
                                     .wanted = amount,
                                     .unit = "uM um³",
                                     .error = worst,
                                     .error_unit = "",
                                     .must = 1e-12,
                                     .goal = 1e-13});
}

/* Ten seconds without stimulus: c, b, ce and P of every sample against those at the start. */
static lg_status rest(const validation *v, calcium_case *c) {
  calcium_result *r = NULL;
  double worst = 0.0;
  c->n_stimuli = 0;
  c->end_s = 10.0;
  const lg_status status = run(v, c, 1.0, 1e-4, 0.1, &r);
  if (status != LG_OK) return status;
  for (size_t row = 1; row < r->n_samples; row++)
    for (size_t k = 0; k < 4 * r->n_probes; k++)
      worst = fmax(worst, fabs(r->samples[row * 4 * r->n_probes + k] / r->samples[k] - 1.0));
  lg_validation_figure(v, (lg_merit){.row = 5,
                                     .what = "rest for 10 s: largest relative change of c, b, ce, P",
                                     .value = r->samples[(r->n_samples - 1) * 4 * r->n_probes],
                                     .wanted = c->constants.cytosol_rest,
                                     .unit = "uM",
                                     .error = worst,
                                     .error_unit = "",
                                     .must = 1e-9,
                                     .goal = (double)NAN});
  lg_calcium_result_destroy(v->ctx, r);
  return LG_OK;
}

lg_status lg_validate_keeping(const validation *v) {
  lg_status status = LG_OK;
  calcium_case *c = NULL, *open = NULL;
  double worst, amount;
  if (!lg_validation_wants(v, 5)) return LG_OK;
  LG_TRY(lg_validation_case(v, "closed/case.json", &c));
  c->membrane_closed = true;
  c->n_stimuli = 0;
  if (c->bump_uM == 0.0) c->bump_uM = 20.0, c->bump_x0_um = 10.0, c->bump_sigma_um = 1.0;
  c->end_s = v->what->quick ? 0.02 : 0.3;
  LG_TRY(drift(v, c, v->what->quick ? 0.2 : 0.1, 5e-6, &worst, &amount));
  say_drift(v, 5, "closed membrane: total, and its largest relative drift", worst, amount);
  LG_TRY(lg_validation_case(v, "case.json", &open));
  LG_TRY(rest(v, open));
done:
  lg_calcium_case_destroy(v->ctx, c);
  lg_calcium_case_destroy(v->ctx, open);
  return status;
}

/* ---- 21: a taper ---------------------------------------------------------------------------------------- */

lg_status lg_validate_taper(const validation *v) {
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  double worst, amount, speed[3];
  if (!lg_validation_wants(v, 21)) return LG_OK;
  LG_TRY(lg_validation_case(v, "case.json", &c));
  c->sections[0].radius1_um = 0.1;
  c->sections[0].er1_um = 0.04;
  c->end_s = 0.06;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  for (size_t k = 0; k < 3; k++) {
    wave w;
    LG_TRY(lg_wave_refined(v, c, &gate, (v->what->quick ? 0.2 : 0.1) / (double)(1 << k), 5e-6, &w));
    speed[k] = w.figures[WAVE_SPEED];
    lg_wave_clear(v->ctx, &w);
  }
  const double order = lg_ln((speed[0] - speed[1]) / (speed[1] - speed[2])) / lg_ln(2.0);
  lg_validation_figure(v, (lg_merit){.row = 21,
                                     .what = "taper 0.5 to 0.3 um: order of the speed in dx, 0.1/0.05/0.025 um",
                                     .value = order,
                                     .wanted = 1.9,
                                     .unit = "",
                                     .error = order,
                                     .error_unit = "",
                                     .must = 1.9,
                                     .goal = (double)NAN,
                                     .at_least = true});
  c->membrane_closed = true;
  c->end_s = v->what->quick ? 0.02 : 0.1;
  LG_TRY(drift(v, c, v->what->quick ? 0.2 : 0.1, 5e-6, &worst, &amount));
  say_drift(v, 21, "the same behind a closed membrane: largest relative drift", worst, amount);
done:
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}
