/* Defaults, checks, and what follows from the constants. */
#include "calcium/case.h"
#include "base/elementary.h"
#include "calcium/extra_case.h"

#include <math.h>

/* 1 mol/s through 1 µm² is 1e18 µM µm/s: 1 µM µm³ = 1e-21 mol. */
static const double uM_um3_per_mol = 1e21;

calcium_constants lg_calcium_constants_default(void) {
  return (calcium_constants){.diffusion_cytosol = 220.0,
                             .diffusion_buffer = 20.0,
                             .diffusion_er = 10.0,
                             .buffer_total = 40.0,
                             .buffer_on = 27.0,
                             .buffer_off = 19.0,
                             .cytosol_rest = 0.05,
                             .er_rest = 250.0,
                             .outside = 1000.0,
                             .ryr_density = 3.0,
                             .serca_density = 2390.0,
                             .pmca_density = 500.0,
                             .ncx_density = 15.0,
                             .ryr_current = 3.5e-18,
                             .ryr_er_reference = 250.0,
                             .serca_current = 6.5e-21,
                             .serca_k = 0.18,
                             .pmca_current = 1.7e-23,
                             .pmca_k = 0.06,
                             .ncx_current = 2.5e-21,
                             .ncx_k = 1.8,
                             .ka_on = 1500.0,
                             .ka_off = 28.8,
                             .kb_on = 1500.0,
                             .kb_off = 385.9,
                             .kc_on = 1.75,
                             .kc_off = 0.1,
                             .rise_closing = 100.0};
}

void lg_calcium_case_destroy(lg_ctx *ctx, calcium_case *c) {
  if (!c) return;
  for (size_t s = 0; s < c->n_sections && c->sections; s++) {
    lg_free(ctx, c->sections[s].x_um);
    lg_free(ctx, c->sections[s].radius_um);
    lg_free(ctx, c->sections[s].er_radius_um);
  }
  lg_free(ctx, c->sections);
  for (size_t k = 0; k < CALCIUM_DENSITIES; k++) lg_calcium_profile_clear(ctx, &c->densities[k]);
  lg_free(ctx, c->stimuli);
  lg_free(ctx, c->probes);
  lg_free(ctx, c->snapshots_s);
  lg_calcium_extras_destroy(ctx, c->extras);
  lg_free(ctx, c);
}

void lg_calcium_radii(const calcium_section *s, double x, double *radius, double *er) {
  if (s->n_table == 0) {
    double wave, sine;
    lg_sincos_turn(0.5 * x / s->length_um, &sine, &wave);
    *radius = s->radius0_um + s->radius1_um * wave;
    *er = s->er0_um + s->er1_um * wave;
    return;
  }
  size_t k = 1;
  while (k + 1 < s->n_table && s->x_um[k] < x) k++;
  const double span = s->x_um[k] - s->x_um[k - 1];
  const double part = fmin(1.0, fmax(0.0, (x - s->x_um[k - 1]) / span));
  *radius = s->radius_um[k - 1] + part * (s->radius_um[k] - s->radius_um[k - 1]);
  *er = s->er_radius_um[k - 1] + part * (s->er_radius_um[k] - s->er_radius_um[k - 1]);
}

calcium_derived lg_calcium_derive(const calcium_constants *k, double open_rest, bool membrane_closed) {
  const double c = k->cytosol_rest, e = k->er_rest;
  calcium_derived d = {.open_rest = open_rest};
  d.ryr_permeability = k->ryr_density * k->ryr_current * uM_um3_per_mol / k->ryr_er_reference;
  d.serca_max = k->serca_density * k->serca_current * uM_um3_per_mol;
  d.pmca_max = k->pmca_density * k->pmca_current * uM_um3_per_mol;
  d.ncx_max = k->ncx_density * k->ncx_current * uM_um3_per_mol;
  d.buffer_rest = k->buffer_total * k->buffer_off / (k->buffer_off + k->buffer_on * c);
  const double serca = d.serca_max * c / ((k->serca_k + c) * e);
  d.er_leak = (serca - d.ryr_permeability * open_rest * (e - c)) / (e - c);
  if (!membrane_closed) {
    const double out = d.pmca_max * c * c / (k->pmca_k * k->pmca_k + c * c) + d.ncx_max * c / (k->ncx_k + c);
    d.plasma_leak = out / (k->outside - c);
  } else {
    d.pmca_max = d.ncx_max = 0.0;
  }
  return d;
}

static lg_status check_constants(lg_ctx *ctx, const calcium_constants *k) {
  const struct {
    const char *name, *unit;
    double value, low;
  } rows[] = {{"Dc", "um²/s", k->diffusion_cytosol, 0.0},
              {"Db", "um²/s", k->diffusion_buffer, 0.0},
              {"De", "um²/s", k->diffusion_er, 0.0},
              {"bT", "uM", k->buffer_total, 0.0},
              {"kbp", "1/(uM s)", k->buffer_on, 0.0},
              {"kbm", "1/s", k->buffer_off, 1e-12},
              {"c0", "uM", k->cytosol_rest, 1e-6},
              {"ce0", "uM", k->er_rest, 1e-3},
              {"co", "uM", k->outside, 1e-3},
              {"rho_R", "1/um²", k->ryr_density, 0.0},
              {"rho_S", "1/um²", k->serca_density, 0.0},
              {"rho_P", "1/um²", k->pmca_density, 0.0},
              {"rho_N", "1/um²", k->ncx_density, 0.0},
              {"I_R_mol_s", "mol/s", k->ryr_current, 0.0},
              {"ce_ref_uM", "uM", k->ryr_er_reference, 1e-3},
              {"I_S_mol_uM_s", "mol uM/s", k->serca_current, 0.0},
              {"K_S", "uM", k->serca_k, 1e-9},
              {"I_P_mol_s", "mol/s", k->pmca_current, 0.0},
              {"K_P", "uM", k->pmca_k, 1e-9},
              {"I_N_mol_s", "mol/s", k->ncx_current, 0.0},
              {"K_N", "uM", k->ncx_k, 1e-9},
              {"kap", "1/(uM⁴ s)", k->ka_on, 1e-12},
              {"kam", "1/s", k->ka_off, 1e-12},
              {"kbpR", "1/(uM³ s)", k->kb_on, 0.0},
              {"kbmR", "1/s", k->kb_off, 1e-12},
              {"kcp", "1/s", k->kc_on, 0.0},
              {"kcm", "1/s", k->kc_off, 1e-12},
              {"k_c", "1/s", k->rise_closing, 1e-12}};
  for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
    if (!(rows[r].value >= rows[r].low && rows[r].value <= 1e12))
      return lg_fail(ctx, LG_ERR_RANGE, "%s is %g %s; allowed is %g to 1e12", rows[r].name, rows[r].value, rows[r].unit,
                     rows[r].low);
  if (!(k->outside > k->cytosol_rest && k->er_rest > k->cytosol_rest))
    return lg_fail(ctx, LG_ERR_RANGE, "c0 is %g uM; it must lie below ce0 (%g) and co (%g)", k->cytosol_rest,
                   k->er_rest, k->outside);
  return LG_OK;
}

static lg_status check_section(lg_ctx *ctx, const calcium_section *s, size_t index) {
  if (!(s->length_um > 0.0 && s->length_um <= 1e7))
    return lg_fail(ctx, LG_ERR_RANGE, "section %zu is %g um long; allowed is above 0 to 1e7", index, s->length_um);
  const size_t n = s->n_table ? s->n_table : 65;
  for (size_t k = 0; k < n; k++) {
    const double x = s->n_table ? s->x_um[k] : s->length_um * (double)k / 64.0;
    double radius, er;
    lg_calcium_radii(s, x, &radius, &er);
    if (!(radius > 0.0 && radius <= 1e4))
      return lg_fail(ctx, LG_ERR_RANGE, "section %zu: the dendrite's radius at %g um is %g um; it must be above 0",
                     index, x, radius);
    if (!(er > 0.0 && er < radius))
      return lg_fail(
          ctx, LG_ERR_RANGE,
          "section %zu: the ER's radius at %g um is %g um; it must be above 0 and below the dendrite's, %g um", index,
          x, er, radius);
  }
  return LG_OK;
}

bool lg_calcium_varies(const calcium_case *c) {
  bool varies = false;
  for (size_t k = 0; k < CALCIUM_DENSITIES; k++) varies = varies || c->densities[k].n_pieces > 0;
  return varies;
}

lg_status lg_calcium_case_check(lg_ctx *ctx, const calcium_case *c) {
  lg_status status = check_constants(ctx, &c->constants);
  for (size_t s = 0; s < c->n_sections && status == LG_OK; s++) status = check_section(ctx, &c->sections[s], s);
  static const char *const densities[CALCIUM_DENSITIES] = {"rho_R", "rho_S", "rho_P", "rho_N"};
  for (size_t k = 0; k < CALCIUM_DENSITIES && status == LG_OK; k++)
    if (c->densities[k].n_pieces > 0)
      status = lg_calcium_profile_check(ctx, &c->densities[k], densities[k], c->n_sections, 0.0, 1e12);
  if (status != LG_OK) return status;
  for (size_t k = 0; k < c->n_stimuli; k++) {
    const calcium_stimulus *j = &c->stimuli[k];
    const bool point = j->total_mol_s > 0.0;
    if (!(isfinite(j->j0) && (point ? j->sigma_um >= 0.0 && j->total_mol_s < 1.0 : j->sigma_um > 0.0) &&
          j->total_mol_s >= 0.0 && j->on_s >= 0.0 && j->off_s > j->on_s && j->section < c->n_sections))
      return lg_fail(
          ctx, LG_ERR_RANGE,
          "stimulus %zu: j0 %g, total %g mol/s, sigma %g um, on %g s, off %g s: sigma > 0 (0 is a point, with "
          "a total) and off > on >= 0",
          k, j->j0, j->total_mol_s, j->sigma_um, j->on_s, j->off_s);
    if (point && !(j->x0_um >= 0.0 && j->x0_um <= c->sections[j->section].length_um))
      return lg_fail(ctx, LG_ERR_RANGE, "stimulus %zu: %g um is outside section %zu, 0 to %g um", k, j->x0_um,
                     j->section, c->sections[j->section].length_um);
  }
  for (size_t k = 0; k < c->n_probes; k++)
    if (c->probes[k].section >= c->n_sections || !(c->probes[k].x_um >= 0.0) ||
        !(c->probes[k].x_um <= c->sections[c->probes[k].section].length_um))
      return lg_fail(ctx, LG_ERR_RANGE, "probe %zu lies at %g um of section %zu, outside the dendrite", k,
                     c->probes[k].x_um, c->probes[k].section);
  return c->extras ? lg_calcium_extras_check(ctx, c->extras, c) : LG_OK;
}
