/* Defaults and checks of what a dendrite holds beyond the base. */
#include "calcium/extra_case.h"

#include <math.h>

calcium_ip3r lg_calcium_ip3r_default(void) {
  return (calcium_ip3r){.d1 = 0.13, .d2 = 1.05, .d3 = 0.94, .d5 = 0.0823, .a2 = 0.2};
}

calcium_extras lg_calcium_extras_default(void) {
  return (calcium_extras){.ip3_diffusion = 280.0,
                          .ip3_rest_uM = 0.04,
                          .ip3_decay_per_s = 0.11,
                          .ip3r_density.everywhere = 17.3,
                          .ip3r_permeability_um3_s = 0.443,
                          .ip3r = lg_calcium_ip3r_default(),
                          .er_buffer_diffusion = 27.0,
                          .er_buffer_on = 0.1,
                          .er_buffer_off = 200.0,
                          .er_buffer_total = 3600.0,
                          .soce_density.everywhere = 1.0,
                          .soce_current_mol_s = 5e-21,
                          .soce_half_uM = 169.0,
                          .soce_hill = 4.2,
                          .celsius = 36.85,
                          .rest_mV = (double)NAN};
}

void lg_calcium_extras_destroy(lg_ctx *ctx, calcium_extras *x) {
  if (!x) return;
  lg_free(ctx, x->ip3_sources);
  lg_calcium_profile_clear(ctx, &x->ip3r_density);
  lg_calcium_profile_clear(ctx, &x->soce_density);
  for (size_t k = 0; k < x->n_vdcc && x->vdcc; k++) lg_calcium_profile_clear(ctx, &x->vdcc[k].density);
  lg_free(ctx, x->vdcc);
  lg_free(ctx, x->voltage.t_s);
  lg_free(ctx, x->voltage.v_mV);
  lg_free(ctx, x);
}

static lg_status check_numbers(lg_ctx *ctx, const calcium_extras *x) {
  const struct {
    bool used;
    const char *name, *unit;
    double value, low, high;
  } rows[] = {{true, "ip3.D", "um²/s", x->ip3_diffusion, 0.0, 1e6},
              {true, "ip3.rest_uM", "uM", x->ip3_rest_uM, 0.0, 1e6},
              {true, "ip3.decay_per_s", "1/s", x->ip3_decay_per_s, 0.0, 1e6},
              {x->has_ip3r, "ip3r.p_I_um3_s", "um³/s", x->ip3r_permeability_um3_s, 0.0, 1e9},
              {x->has_ip3r, "ip3r.d1_uM", "uM", x->ip3r.d1, 1e-9, 1e6},
              {x->has_ip3r, "ip3r.d2_uM", "uM", x->ip3r.d2, 1e-9, 1e6},
              {x->has_ip3r, "ip3r.d3_uM", "uM", x->ip3r.d3, 1e-9, 1e6},
              {x->has_ip3r, "ip3r.d5_uM", "uM", x->ip3r.d5, 1e-9, 1e6},
              {x->has_ip3r, "ip3r.a2", "1/(uM s)", x->ip3r.a2, 1e-9, 1e6},
              {x->has_er_buffer, "er_buffer.D", "um²/s", x->er_buffer_diffusion, 0.0, 1e6},
              {x->has_er_buffer, "er_buffer.kp", "1/(uM s)", x->er_buffer_on, 0.0, 1e6},
              {x->has_er_buffer, "er_buffer.km", "1/s", x->er_buffer_off, 1e-12, 1e9},
              {x->has_er_buffer, "er_buffer.total_uM", "uM", x->er_buffer_total, 0.0, 1e9},
              {x->has_soce, "soce.I_SOC_mol_s", "mol/s", x->soce_current_mol_s, 0.0, 1.0},
              {x->has_soce, "soce.K_uM", "uM", x->soce_half_uM, 1e-6, 1e6},
              {x->has_soce, "soce.n", "(no unit)", x->soce_hill, 0.1, 50.0},
              {x->has_soce, "soce.tau_s", "s", x->soce_tau_s, 0.0, 1e6},
              {true, "celsius", "°C", x->celsius, -20.0, 100.0}};
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
    if (rows[k].used && !(rows[k].value >= rows[k].low && rows[k].value <= rows[k].high))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g %s; allowed is %g to %g", rows[k].name, rows[k].value, rows[k].unit,
                     rows[k].low, rows[k].high);
  return LG_OK;
}

static lg_status check_vdcc(lg_ctx *ctx, const calcium_vdcc *v, size_t index, size_t n_sections) {
  char name[64];
  (void)snprintf(name, sizeof name, "vdcc[%zu].density", index);
  if (!(v->permeability_um3_s >= 0.0 && v->permeability_um3_s <= 1e9))
    return lg_fail(ctx, LG_ERR_RANGE, "vdcc[%zu].p_um3_s is %g um³/s; allowed is 0 to 1e9", index,
                   v->permeability_um3_s);
  for (size_t a = 0; a < 2; a++) {
    const calcium_vdcc_gate *g = &v->gates[a];
    if (g->power < 0 || g->power > 8 || !isfinite(g->z) || !isfinite(g->half_mV) || !(g->tau_s > 0.0))
      return lg_fail(ctx, LG_ERR_RANGE, "vdcc[%zu].%s: z %g, half %g mV, tau %g s, power %d: tau above 0, power 0 to 8",
                     index, a ? "h" : "m", g->z, g->half_mV, g->tau_s, g->power);
  }
  return lg_calcium_profile_check(ctx, &v->density, name, n_sections, 0.0, 1e9);
}

static lg_status check_voltage(lg_ctx *ctx, const calcium_extras *x) {
  const calcium_voltage *v = &x->voltage;
  if (!isnan(x->rest_mV) && !(fabs(x->rest_mV) <= 1000.0))
    return lg_fail(ctx, LG_ERR_RANGE, "rest_mV is %g mV; allowed is -1000 to 1000", x->rest_mV);
  if (x->n_vdcc == 0 || v->sort == CALCIUM_VOLTAGE_OUTSIDE) return LG_OK;
  if (v->n == 0)
    return lg_fail(ctx, LG_ERR_RANGE,
                   "vdcc: no voltage; give voltage_mV (a number, rows [t_s, mV], or a CSV file) or "
                   "cable");
  for (size_t k = 0; k < v->n; k++)
    if (!(fabs(v->v_mV[k]) <= 1000.0) || !isfinite(v->t_s[k]) || (k > 0 && !(v->t_s[k] > v->t_s[k - 1])))
      return lg_fail(ctx, LG_ERR_RANGE, "voltage_mV, row %zu: t %g s, %g mV; t must rise, -1000 to 1000 mV", k,
                     v->t_s[k], v->v_mV[k]);
  return LG_OK;
}

lg_status lg_calcium_extras_check(lg_ctx *ctx, const calcium_extras *x, const calcium_case *c) {
  lg_status status = check_numbers(ctx, x);
  if (status == LG_OK)
    status = lg_calcium_profile_check(ctx, &x->ip3r_density, "ip3r.density", c->n_sections, 0.0, 1e9);
  if (status == LG_OK)
    status = lg_calcium_profile_check(ctx, &x->soce_density, "soce.density", c->n_sections, 0.0, 1e9);
  for (size_t k = 0; k < x->n_vdcc && status == LG_OK; k++) status = check_vdcc(ctx, &x->vdcc[k], k, c->n_sections);
  if (status == LG_OK) status = check_voltage(ctx, x);
  for (size_t k = 0; k < x->n_ip3_sources && status == LG_OK; k++) {
    const calcium_stimulus *j = &x->ip3_sources[k].shape;
    if (!(j->j0 >= 0.0 && j->j0 <= 1e12 && j->sigma_um > 0.0 && j->on_s >= 0.0 && j->off_s > j->on_s &&
          j->section < c->n_sections))
      status = lg_fail(ctx, LG_ERR_RANGE,
                       "ip3.sources[%zu]: j0 %g, sigma %g um, on %g s, off %g s, section %zu: j0 0 to 1e12, sigma > 0, "
                       "off > on >= 0, section below %zu",
                       k, j->j0, j->sigma_um, j->on_s, j->off_s, j->section, c->n_sections);
  }
  return status;
}
