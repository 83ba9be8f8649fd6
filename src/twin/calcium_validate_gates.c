/* Rows 10 and 13: gates of one state in place of Keizer-Levine's, and what the step does to them. */
#include "twin/calcium_validate_internal.h"

#include <math.h>
#include <string.h>

/* closureA, rise_kc30, rise_kc800 … */
static bool gate_of(const char *name, calcium_constants *k, calcium_gate *gate) {
  if (strcmp(name, "closureA") == 0) {
    *gate = lg_calcium_gate_closure(k);
    return true;
  }
  if (sscanf(name, "rise_kc%lf", &k->rise_closing) != 1) return false;
  *gate = lg_calcium_gate_rise(k);
  return true;
}

static lg_status one_gate(const validation *v, calcium_case *c, const lg_json_at *rows, const char *name) {
  lg_status status = LG_OK;
  lg_json_at at;
  wave coarse = {.n_probes = 0}, fine = {.n_probes = 0};
  calcium_gate gate;
  double speed, half, start;
  char what[96];
  LG_TRY(lg_json_get_key(v->ctx, rows, name, &at));
  LG_TRY(lg_json_get_number(v->ctx, &at, "v16_48", "um/s", &speed));
  LG_TRY(lg_json_get_number(v->ctx, &at, "P_half_ms", "ms", &half));
  LG_TRY(lg_json_get_number(v->ctx, &at, "t32", "s", &start));
  if (!gate_of(name, &c->constants, &gate))
    LG_TRY(lg_fail(v->ctx, LG_ERR_FORMAT, "%s: no gate of that name is known; known are closureA, rise_kcNUMBER",
                   at.path));
  c->end_s = 2.0 * start + 1e-3 * half + 0.01;
  LG_TRY(lg_wave_refined(v, c, &gate, 0.1, 5e-6, &coarse));
  LG_TRY(lg_wave_refined(v, c, &gate, 0.05, 5e-6, &fine));
  lg_wave_extrapolate(&coarse, &fine, 2);
  (void)snprintf(what, sizeof what, "%s: speed", name);
  lg_validation_percent(v, 10, what, fine.figures[WAVE_SPEED], speed, "um/s", 0.3, 0.05);
  (void)snprintf(what, sizeof what, "%s: time of P above half of its peak", name);
  lg_validation_percent(v, 10, what, fine.figures[WAVE_HALF], half, "ms", 0.5, 0.05);
done:
  lg_wave_clear(v->ctx, &coarse);
  lg_wave_clear(v->ctx, &fine);
  return status;
}

static lg_status steps(const validation *v, calcium_case *c, const calcium_gate *gate) {
  lg_status status = LG_OK;
  wave a = {.n_probes = 0}, b = {.n_probes = 0};
  char what[96];
  c->end_s = 0.05;
  LG_TRY(lg_wave_at(v, c, gate, 0.1, 10e-6, &a));
  LG_TRY(lg_wave_at(v, c, gate, 0.1, 1.25e-6, &b));
  (void)snprintf(what, sizeof what, "gate %s: speed at dt 10 us beside 1.25 us", gate->name);
  lg_validation_percent(v, 13, what, a.figures[WAVE_SPEED], b.figures[WAVE_SPEED], "um/s", 1.0, 0.3);
  (void)snprintf(what, sizeof what, "gate %s: how far P leaves 0 ... 1", gate->name);
  const double out = fmax(fmax(-a.open_low, a.open_high - 1.0), fmax(-b.open_low, b.open_high - 1.0));
  lg_validation_figure(v, (lg_merit){.row = 13,
                                     .what = what,
                                     .value = fmin(a.open_low, b.open_low),
                                     .wanted = 0.0,
                                     .unit = "",
                                     .error = fmax(0.0, out),
                                     .error_unit = "",
                                     .must = 0.0,
                                     .goal = 0.0});
done:
  lg_wave_clear(v->ctx, &a);
  lg_wave_clear(v->ctx, &b);
  return status;
}

lg_status lg_validate_gates(const validation *v) {
  lg_status status = LG_OK;
  calcium_case *c = NULL;
  lg_json_at rows;
  const char *name;
  if (!lg_validation_wants(v, 10) && !lg_validation_wants(v, 13)) return LG_OK;
  const lg_json_at root = lg_json_root(v->doc);
  LG_TRY(lg_validation_case(v, "case.json", &c));
  LG_TRY(lg_json_get_object(v->ctx, &root, "pluggable_gates.rows", &rows));
  if (lg_validation_wants(v, 10))
    for (size_t k = 0; (name = lg_json_key_at(&rows, k)) != NULL; k++) LG_TRY(one_gate(v, c, &rows, name));
  if (lg_validation_wants(v, 13) && v->what->scheme != CALCIUM_RODAS4) { /* which chooses its steps */
    c->constants.rise_closing = lg_calcium_constants_default().rise_closing;
    const calcium_gate gates[] = {lg_calcium_gate_kl(&c->constants), lg_calcium_gate_closure(&c->constants),
                                  lg_calcium_gate_rise(&c->constants)};
    for (size_t k = 0; k < sizeof gates / sizeof gates[0]; k++) LG_TRY(steps(v, c, &gates[k]));
  }
done:
  lg_calcium_case_destroy(v->ctx, c);
  return status;
}
