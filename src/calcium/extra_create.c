/* The extras of a dendrite on its grid, and their rest. */
#include "base/elementary.h"
#include "calcium/extra_internal.h"

#include <math.h>
#include <string.h>

/* 1 mol/s through 1 µm² is 1e21 µM µm/s. */
static const double uM_um3_per_mol = 1e21;

static lg_status allocate(lg_ctx *ctx, extra_set *s) {
  lg_status status = LG_OK;
  double **const arrays[] = {&s->ip3r,      &s->soce,          &s->er_leak, &s->plasma_leak, &s->plasma_per_um,
                             &s->er_per_um, &s->er_own_per_um, &s->flux,    &s->rest_mV};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) LG_NEW(ctx, *arrays[k], s->n);
  LG_NEW(ctx, s->source, s->n * s->x->n_ip3_sources);
  LG_NEW(ctx, s->edges_s, 2 * s->x->n_ip3_sources + 1);
  LG_NEW(ctx, s->vdcc, s->x->n_vdcc);
  for (size_t q = 0; q < s->x->n_vdcc; q++) LG_NEW(ctx, s->vdcc[q].permeability, s->n);
done:
  return status;
}

/* Which species and gates there are. */
static void lay_out(extra_set *s) {
  const calcium_extras *x = s->x;
  calcium_extra *h = &s->head;
  s->ip3 = s->er_buffer = s->ip3r_h = s->soce_s = EXTRA_NONE;
  if (x->has_ip3) {
    s->ip3 = (int)h->n_species;
    s->species[h->n_species++] =
        (calcium_species){.name = "ip3", .diffusion = x->ip3_diffusion, .rest_uM = x->ip3_rest_uM};
  }
  if (x->has_er_buffer) {
    const double free =
        x->er_buffer_total * x->er_buffer_off / (x->er_buffer_off + x->er_buffer_on * s->c->constants.er_rest);
    s->er_buffer = (int)h->n_species;
    s->species[h->n_species++] = (calcium_species){.name = "er_buffer",
                                                   .in_er = true,
                                                   .diffusion = x->er_buffer_diffusion,
                                                   .rest_uM = free,
                                                   .calcium_each = -1.0,
                                                   .calcium_total = x->er_buffer_total};
  }
  if (x->has_ip3r && !x->ip3r_closed_form) s->ip3r_h = (int)h->n_gates++;
  if (x->has_soce && x->soce_tau_s > 0.0) s->soce_s = (int)h->n_gates++;
  for (size_t q = 0; q < x->n_vdcc; q++) {
    s->vdcc[q].kind = &x->vdcc[q];
    for (size_t a = 0; a < 2; a++)
      if (x->vdcc[q].gates[a].power > 0) s->vdcc[q].gate[a] = h->n_gates++;
  }
  h->species = s->species;
}

static void spread(extra_set *s) {
  const calcium_grid *g = s->head.grid;
  const calcium_extras *x = s->x;
  for (size_t i = 0; i < s->n; i++) {
    s->plasma_per_um[i] = g->plasma_um2[i] / g->cytosol_um3[i];
    s->er_per_um[i] = g->er_membrane_um2[i] / g->cytosol_um3[i];
    s->er_own_per_um[i] = g->er_membrane_um2[i] / g->er_um3[i];
  }
  lg_calcium_profile_nodes(&x->ip3r_density, s->c, g, true, s->flux, s->ip3r);
  lg_calcium_profile_nodes(&x->soce_density, s->c, g, false, s->flux, s->soce);
  for (size_t q = 0; q < x->n_vdcc; q++)
    lg_calcium_profile_nodes(&x->vdcc[q].density, s->c, g, false, s->flux, s->vdcc[q].permeability);
  for (size_t i = 0; i < s->n; i++) {
    s->ip3r[i] *= x->ip3r_permeability_um3_s;
    s->soce[i] *= x->soce_current_mol_s * uM_um3_per_mol;
    for (size_t q = 0; q < x->n_vdcc; q++) s->vdcc[q].permeability[i] *= x->vdcc[q].permeability_um3_s;
  }
  for (size_t q = 0; q < x->n_ip3_sources; q++) {
    const calcium_stimulus *j = &x->ip3_sources[q].shape;
    for (size_t k = 0; k < s->n; k++) {
      const bool joint = k == g->first[j->section];
      if (g->section[k] != j->section && !joint) continue;
      const double d = (joint ? 0.0 : g->x_um[k]) - j->x0_um;
      s->source[q * s->n + k] = s->plasma_per_um[k] * lg_exp(-d * d / (2.0 * j->sigma_um * j->sigma_um));
    }
  }
}

static void take_edges(extra_set *s) {
  size_t n = 0;
  for (size_t q = 0; q < s->x->n_ip3_sources; q++) {
    s->edges_s[n++] = s->x->ip3_sources[q].shape.on_s;
    s->edges_s[n++] = s->x->ip3_sources[q].shape.off_s;
  }
  for (size_t a = 1; a < n; a++)
    for (size_t b = a; b > 0 && s->edges_s[b - 1] > s->edges_s[b]; b--) {
      const double x = s->edges_s[b];
      s->edges_s[b] = s->edges_s[b - 1];
      s->edges_s[b - 1] = x;
    }
  s->head.edges_s = s->edges_s;
  s->head.n_edges = n;
}

/* The voltage that a node is balanced at. */
static double find_rest_mV(const extra_set *s, size_t node) {
  if (!isnan(s->x->rest_mV)) return s->x->rest_mV;
  if (s->x->voltage.sort == CALCIUM_VOLTAGE_OUTSIDE) return s->start && s->start->v0_mV ? s->start->v0_mV[node] : -65.0;
  return s->x->voltage.n ? lg_extra_table_mV(&s->x->voltage, 0.0) : -65.0;
}

static double vdcc_at_rest(const extra_set *s, size_t node) {
  const double v = s->rest_mV[node];
  const calcium_ghk ghk = lg_calcium_ghk(s->per_mV, v);
  double open = 0.0;
  for (size_t q = 0; q < s->x->n_vdcc; q++) {
    double part = s->vdcc[q].permeability[node];
    for (size_t a = 0; a < 2; a++)
      for (int k = 0; k < s->x->vdcc[q].gates[a].power; k++)
        part *= lg_calcium_vdcc_steady(&s->x->vdcc[q].gates[a], s->per_mV, v);
    open += part;
  }
  return open * (ghk.in * s->c->constants.outside - ghk.out * s->c->constants.cytosol_rest);
}

static lg_status check_er(lg_ctx *ctx, const extra_set *s, const calcium_derived *d, size_t i) {
  if (!s->x->has_ip3r || d->er_leak < 0.0 || d->er_leak + s->er_leak[i] >= 0.0) return LG_OK;
  return lg_fail(
      ctx, LG_ERR_RANGE,
      "ip3r: at rest %g receptors per um² pass %g um/s at %g um of section %u, more than the leak of the ER, "
      "%g um/s, can make room for: fewer receptors, less IP3 at rest or more SERCA",
      s->ip3r[i] / s->x->ip3r_permeability_um3_s, -s->er_leak[i], s->head.grid->x_um[i],
      (unsigned)s->head.grid->section[i], d->er_leak);
}

static lg_status check_plasma(lg_ctx *ctx, const extra_set *s, const calcium_derived *d, size_t i, double in) {
  if (in == 0.0 || d->plasma_leak + s->plasma_leak[i] >= 0.0) return LG_OK;
  return lg_fail(
      ctx, LG_ERR_RANGE,
      "vdcc, soce and the cable's calcium channels let in %g uM um/s at rest (%g mV) at %g um of section %u, "
      "more than PMCA and NCX take out, %g uM um/s: lower densities or another rest_mV",
      in, s->rest_mV[i], s->head.grid->x_um[i], (unsigned)s->head.grid->section[i],
      d->plasma_leak * (s->c->constants.outside - s->c->constants.cytosol_rest));
}

/* Leaks that take back, node by node, what the extras let through at rest; rows: densities of the base. */
static lg_status balance(lg_ctx *ctx, extra_set *s, const calcium_gate *gate, double *const *rows) {
  calcium_constants k = s->c->constants;
  const calcium_extras *x = s->x;
  const double c0 = k.cytosol_rest, e0 = k.er_rest, q2 = lg_calcium_ip3r_q2(&x->ip3r, x->ip3_rest_uM);
  const double open = x->has_ip3r ? lg_calcium_ip3r_open(&x->ip3r, c0, x->ip3_rest_uM, q2 / (q2 + c0)) : 0.0;
  double states[64];
  const double ryr_open = gate->rest(gate, c0, states);
  for (size_t i = 0; i < s->n; i++) {
    k.ryr_density = rows[CALCIUM_RYR][i];
    k.serca_density = rows[CALCIUM_SERCA][i];
    k.pmca_density = rows[CALCIUM_PMCA][i];
    k.ncx_density = rows[CALCIUM_NCX][i];
    const calcium_derived d = lg_calcium_derive(&k, ryr_open, s->c->membrane_closed);
    if (x->has_ip3r) s->er_leak[i] = -s->ip3r[i] * open;
    lg_status status = check_er(ctx, s, &d, i);
    if (status != LG_OK) return status;
    s->rest_mV[i] = find_rest_mV(s, i);
    if (!s->open_membrane) continue;
    double in = x->n_vdcc ? vdcc_at_rest(s, i) : 0.0;
    if (s->start && s->start->influx0) in += s->start->influx0[i];
    if (x->has_soce) in += s->soce[i] * lg_extra_soce_open(x, e0);
    s->plasma_leak[i] = -in / (k.outside - c0);
    status = check_plasma(ctx, s, &d, i, in);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status find_leaks(lg_ctx *ctx, extra_set *s, const calcium_gate *gate) {
  lg_status status = LG_OK;
  double *block = NULL, *rows[CALCIUM_DENSITIES];
  LG_NEW(ctx, block, CALCIUM_DENSITIES * s->n);
  for (size_t q = 0; q < CALCIUM_DENSITIES; q++) rows[q] = block + q * s->n;
  lg_calcium_densities(s->c, s->head.grid, s->flux, rows);
  status = balance(ctx, s, gate, rows);
done:
  lg_free(ctx, block);
  return status;
}

static void rest(const calcium_extra *extra, double *gates) {
  const extra_set *s = extra->own;
  const calcium_extras *x = s->x;
  const double c0 = s->c->constants.cytosol_rest, q2 = lg_calcium_ip3r_q2(&x->ip3r, x->ip3_rest_uM);
  for (size_t i = 0; i < s->n; i++) {
    if (s->ip3r_h >= 0) gates[(size_t)s->ip3r_h * s->n + i] = q2 / (q2 + c0);
    if (s->soce_s >= 0) gates[(size_t)s->soce_s * s->n + i] = lg_extra_soce_open(x, s->c->constants.er_rest);
    const double v = s->rest_mV[i];
    for (size_t q = 0; q < x->n_vdcc; q++)
      for (size_t a = 0; a < 2; a++)
        if (x->vdcc[q].gates[a].power > 0)
          gates[s->vdcc[q].gate[a] * s->n + i] = lg_calcium_vdcc_steady(&x->vdcc[q].gates[a], s->per_mV, v);
  }
}

lg_status lg_calcium_extra_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                  const calcium_gate *gate, const calcium_outside *start, calcium_extra **out) {
  lg_status status = LG_OK;
  extra_set *s = NULL;
  *out = NULL;
  if (!c->extras) return LG_OK;
  LG_NEW(ctx, s, 1);
  s->head = (calcium_extra){.own = s, .grid = grid, .rest = rest, .rates = lg_extra_rates, .advance = lg_extra_advance};
  s->c = c;
  s->x = c->extras;
  s->n = grid->n;
  s->open_membrane = !c->membrane_closed;
  s->per_mV = lg_calcium_per_mV(s->x->celsius);
  s->start = start;
  if (s->x->n_vdcc > 0 && s->x->voltage.sort == CALCIUM_VOLTAGE_OUTSIDE && !(start && start->v0_mV)) {
    status = lg_fail(ctx, LG_ERR_UNSUPPORTED, "vdcc: the voltage is a cable's, and none runs here");
    goto done;
  }
  LG_TRY(allocate(ctx, s));
  if (start)
    s->outside = (calcium_outside){
        .v0_mV = start->v0_mV, .v1_mV = start->v0_mV, .influx0 = start->influx0, .influx1 = start->influx0};
  lay_out(s);
  spread(s);
  take_edges(s);
  LG_TRY(find_leaks(ctx, s, gate));
  s->start = NULL;
  *out = &s->head;
  s = NULL;
done:
  if (s) lg_calcium_extra_destroy(ctx, &s->head);
  return status;
}

void lg_calcium_extra_destroy(lg_ctx *ctx, calcium_extra *extra) {
  if (!extra) return;
  extra_set *s = extra->own;
  double *const arrays[] = {s->ip3r,          s->soce, s->er_leak, s->plasma_leak, s->plasma_per_um, s->er_per_um,
                            s->er_own_per_um, s->flux, s->source,  s->edges_s,     s->rest_mV};
  for (size_t k = 0; k < sizeof arrays / sizeof arrays[0]; k++) lg_free(ctx, arrays[k]);
  for (size_t q = 0; q < s->x->n_vdcc && s->vdcc; q++) lg_free(ctx, s->vdcc[q].permeability);
  lg_free(ctx, s->vdcc);
  lg_free(ctx, s);
}

void lg_calcium_extra_outside(calcium_extra *extra, const calcium_outside *outside) {
  extra_set *s = extra->own;
  s->outside = *outside;
}
