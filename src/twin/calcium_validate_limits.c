/* Row 7: the smallest density of RyR, the smallest stimulus and the thinnest ER that carry a wave, by bisection. */
#include "twin/calcium_validate_internal.h"

#include <math.h>

/* Whether c passes 0.5 µM at 60 µm within 2 s; a dendrite that fell silent is not waited for. */
static lg_status carries(const validation *v, const calcium_case *c, bool *out) {
  lg_status status = LG_OK;
  calcium_grid *grid = NULL;
  calcium_run *run = NULL;
  const calcium_gate gate = lg_calcium_gate_kl(&c->constants);
  const double coarse = 20e-6, fine = 5e-6;
  *out = false;
  LG_TRY(lg_calcium_grid_create(v->ctx, c, 0.1, &grid));
  LG_TRY(lg_calcium_run_create(v->ctx, c, grid, &gate, NULL, v->what->scheme, &run));
  const calcium_between far = lg_calcium_place(c, grid, (calcium_place){.x_um = 60.0});
  const calcium_state *s = lg_calcium_run_state(run);
  lg_calcium_run_begin(run, c->stimuli[0].off_s, fine);
  while (!lg_calcium_run_ended(run)) LG_TRY(lg_calcium_run_step(v->ctx, run));
  lg_calcium_run_begin(run, 2.0, coarse);
  for (size_t k = 1; !lg_calcium_run_ended(run); k++) {
    LG_TRY(lg_calcium_run_step(v->ctx, run));
    if (s->c[far.a] > 0.5) {
      *out = true;
      break;
    }
    if (k % 256 != 0) continue;
    double high = 0.0;
    for (size_t q = 0; q < s->n; q++) high = fmax(high, s->c[q]);
    if (!isfinite(high)) LG_TRY(lg_fail(v->ctx, LG_ERR_NUMERICAL, "c became infinite at %g s", s->t_s));
    if (high < 0.1) break;
    LG_TRY(lg_progress(v->ctx, "threshold", k, 0));
  }
done:
  lg_calcium_run_destroy(v->ctx, run);
  lg_calcium_grid_destroy(v->ctx, grid);
  return status;
}

/* From a factor of four around to the tolerance; low must fail and high carry. */
static lg_status bisect(const validation *v, calcium_case *c, double *what, double low, double high, double *found) {
  lg_status status = LG_OK;
  bool there;
  *what = low;
  LG_TRY(carries(v, c, &there));
  if (there) LG_TRY(lg_fail(v->ctx, LG_ERR_NUMERICAL, "a wave runs at %g already", low));
  *what = high;
  LG_TRY(carries(v, c, &there));
  if (!there) LG_TRY(lg_fail(v->ctx, LG_ERR_NUMERICAL, "no wave runs at %g", high));
  while (high / low > 1.003) {
    *what = sqrt(low * high);
    LG_TRY(carries(v, c, &there));
    if (there) high = *what;
    else low = *what;
  }
  *found = 0.5 * (low + high);
done:
  return status;
}

lg_status lg_validate_limits(const validation *v) {
  static const struct {
    const char *key, *what, *unit;
    double j0, low, high;
  } rows[] = {{"rho_R_star_j0_20000", "least density of RyR", "1/um²", 20000.0, 0.08, 0.32},
              {"j0_star_rho3", "least stimulus", "uM um/s", 2500.0, 90.0, 360.0},
              {"r_ER_star_rho3_R0p4_j0_20000", "thinnest ER", "um", 20000.0, 0.03, 0.12}};
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  if (!lg_validation_wants(v, 7)) return LG_OK;
  const lg_json_at root = lg_json_root(v->doc), *at = &root;
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    char path[96];
    double low, high, found;
    LG_TRY(lg_validation_case(v, "case.json", &c));
    if (c->n_stimuli == 0) LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "%s: a stimulus is needed", root.file));
    double *const what[] = {&c->constants.ryr_density, &c->stimuli[0].j0, &c->sections[0].er0_um};
    (void)snprintf(path, sizeof path, "thresholds.%s[0]", rows[k].key);
    LG_TRY(lg_json_get_number(v->ctx, at, path, NULL, &low));
    (void)snprintf(path, sizeof path, "thresholds.%s[1]", rows[k].key);
    LG_TRY(lg_json_get_number(v->ctx, at, path, NULL, &high));
    c->stimuli[0].j0 = rows[k].j0;
    LG_TRY(bisect(v, c, what[k], rows[k].low, rows[k].high, &found));
    lg_validation_percent(v, 7, rows[k].what, found, 0.5 * (low + high), rows[k].unit, 1.0, (double)NAN);
    lg_calcium_case_destroy(v->ctx, c);
    c = NULL;
  }
done:
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}
