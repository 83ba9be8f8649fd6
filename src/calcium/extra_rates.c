/* What the extras of a dendrite do in time: fluxes, species, gates. */
#include "base/elementary.h"
#include "calcium/extra_internal.h"

#include <math.h>
#include <string.h>

double lg_extra_table_mV(const calcium_voltage *v, double t) {
  size_t low = 0, high = v->n - 1;
  if (v->n == 1 || t <= v->t_s[0]) return v->v_mV[0];
  if (t >= v->t_s[high]) return v->v_mV[high];
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (v->t_s[middle] <= t) low = middle;
    else high = middle;
  }
  return v->v_mV[low] + (t - v->t_s[low]) / (v->t_s[high] - v->t_s[low]) * (v->v_mV[high] - v->v_mV[low]);
}

double lg_extra_soce_open(const calcium_extras *x, double e) {
  return 1.0 / (1.0 + lg_exp(x->soce_hill * lg_ln(e / x->soce_half_uM)));
}

/* Part of the outside's stretch that has gone at t. */
static double outside_part(const extra_set *s, double t) {
  const double span = s->outside.t1_s - s->outside.t0_s;
  return span > 0.0 ? (t - s->outside.t0_s) / span : 1.0;
}

static double v_at(const extra_set *s, double part, size_t k) {
  return s->outside.v0_mV[k] + part * (s->outside.v1_mV[k] - s->outside.v0_mV[k]);
}

static void ip3_receptors(const extra_set *s, const double *c, const double *e, const double *species,
                          const double *gates, double *dc, double *de) {
  const calcium_ip3r *k = &s->x->ip3r;
  const double *ip3 = s->ip3 >= 0 ? species + (size_t)s->ip3 * s->n : NULL;
  const double *h = s->ip3r_h >= 0 ? gates + (size_t)s->ip3r_h * s->n : NULL;
  for (size_t i = 0; i < s->n; i++) {
    const double p = ip3 ? ip3[i] : s->x->ip3_rest_uM, q2 = lg_calcium_ip3r_q2(k, p);
    const double open = lg_calcium_ip3r_open(k, c[i], p, h ? h[i] : q2 / (q2 + c[i]));
    const double flux = (s->ip3r[i] * open + s->er_leak[i]) * (e[i] - c[i]);
    dc[i] += s->er_per_um[i] * flux;
    de[i] -= s->er_own_per_um[i] * flux;
  }
}

static void ip3_made(const extra_set *s, double t, const double *ip3, double *d) {
  for (size_t i = 0; i < s->n; i++) d[i] = s->x->ip3_decay_per_s * (s->x->ip3_rest_uM - ip3[i]);
  for (size_t q = 0; q < s->x->n_ip3_sources; q++) {
    const calcium_stimulus *j = &s->x->ip3_sources[q].shape;
    if (t < j->on_s || t >= j->off_s) continue;
    const double now = j->j0 * (s->x->ip3_sources[q].level ? 1.0 : 1.0 - (t - j->on_s) / (j->off_s - j->on_s));
    for (size_t i = 0; i < s->n; i++) d[i] += now * s->source[q * s->n + i];
  }
}

static void er_buffer(const extra_set *s, const double *e, const double *free, double *de, double *d) {
  const calcium_extras *x = s->x;
  for (size_t i = 0; i < s->n; i++) {
    d[i] = x->er_buffer_off * (x->er_buffer_total - free[i]) - x->er_buffer_on * e[i] * free[i];
    de[i] += d[i];
  }
}

static void store_operated(const extra_set *s, const double *e, const double *gates, double *dc) {
  const double *open = s->soce_s >= 0 ? gates + (size_t)s->soce_s * s->n : NULL;
  for (size_t i = 0; i < s->n; i++)
    dc[i] += s->plasma_per_um[i] * s->soce[i] * (open ? open[i] : lg_extra_soce_open(s->x, e[i]));
}

static double power(double x, int n) {
  double y = 1.0;
  for (int k = 0; k < n; k++) y *= x;
  return y;
}

/* Permeability that is open, of all kinds at node i, µm/s. */
static double permeability(const extra_set *s, const double *gates, size_t i) {
  double sum = 0.0;
  for (size_t q = 0; q < s->x->n_vdcc; q++) {
    double open = s->vdcc[q].permeability[i];
    for (size_t a = 0; a < 2; a++)
      if (s->vdcc[q].kind->gates[a].power > 0)
        open *= power(gates[s->vdcc[q].gate[a] * s->n + i], s->vdcc[q].kind->gates[a].power);
    sum += open;
  }
  return sum;
}

void lg_calcium_extra_vdcc_flux(const calcium_extra *extra, double t, const double *c, const double *gates,
                                double *flux) {
  const extra_set *s = extra->own;
  const bool outside = s->x->voltage.sort == CALCIUM_VOLTAGE_OUTSIDE;
  const double part = outside ? outside_part(s, t) : 0.0, co = s->c->constants.outside;
  calcium_ghk ghk = {0};
  if (s->x->n_vdcc == 0 || !s->open_membrane) {
    memset(flux, 0, s->n * sizeof *flux);
    return;
  }
  if (!outside) ghk = lg_calcium_ghk(s->per_mV, lg_extra_table_mV(&s->x->voltage, t));
  for (size_t i = 0; i < s->n; i++) {
    if (outside) ghk = lg_calcium_ghk(s->per_mV, v_at(s, part, i));
    flux[i] = permeability(s, gates, i) * (ghk.in * co - ghk.out * c[i]);
  }
}

void lg_extra_rates(const calcium_extra *extra, double t, const double *c, const double *e, const double *species,
                    const double *gates, double *dc, double *de, double *dspecies) {
  const extra_set *s = extra->own;
  const size_t n = s->n;
  if (s->x->has_ip3r) ip3_receptors(s, c, e, species, gates, dc, de);
  if (s->ip3 >= 0) ip3_made(s, t, species + (size_t)s->ip3 * n, dspecies + (size_t)s->ip3 * n);
  if (s->er_buffer >= 0) er_buffer(s, e, species + (size_t)s->er_buffer * n, de, dspecies + (size_t)s->er_buffer * n);
  if (!s->open_membrane) return;
  if (s->x->has_soce) store_operated(s, e, gates, dc);
  if (s->x->n_vdcc > 0) {
    lg_calcium_extra_vdcc_flux(extra, t, c, gates, s->flux);
    for (size_t i = 0; i < n; i++) dc[i] += s->plasma_per_um[i] * s->flux[i];
  }
  if (s->outside.influx0) {
    const double part = outside_part(s, t), *j0 = s->outside.influx0, *j1 = s->outside.influx1;
    for (size_t i = 0; i < n; i++) dc[i] += s->plasma_per_um[i] * (j0[i] + part * (j1[i] - j0[i]));
  }
  for (size_t i = 0; i < n; i++) dc[i] += s->plasma_per_um[i] * s->plasma_leak[i] * (s->c->constants.outside - c[i]);
}

static void voltage_gate(const extra_set *s, const calcium_vdcc_gate *g, double t, double h, double *x) {
  const double share = h / (h + g->tau_s);
  if (s->x->voltage.sort == CALCIUM_VOLTAGE_OUTSIDE) {
    const double part = outside_part(s, t);
    for (size_t i = 0; i < s->n; i++) x[i] += share * (lg_calcium_vdcc_steady(g, s->per_mV, v_at(s, part, i)) - x[i]);
    return;
  }
  const double steady = lg_calcium_vdcc_steady(g, s->per_mV, lg_extra_table_mV(&s->x->voltage, t));
  for (size_t i = 0; i < s->n; i++) x[i] += share * (steady - x[i]);
}

void lg_extra_advance(const calcium_extra *extra, double t, double h, const double *c, const double *e,
                      const double *species, double *gates) {
  const extra_set *s = extra->own;
  const calcium_extras *x = s->x;
  if (s->ip3r_h >= 0) {
    double *a = gates + (size_t)s->ip3r_h * s->n;
    const double *ip3 = s->ip3 >= 0 ? species + (size_t)s->ip3 * s->n : NULL;
    for (size_t i = 0; i < s->n; i++) {
      const double q2 = lg_calcium_ip3r_q2(&x->ip3r, ip3 ? ip3[i] : x->ip3_rest_uM), rate = h * x->ip3r.a2;
      a[i] = (a[i] + rate * q2) / (1.0 + rate * (q2 + c[i]));
    }
  }
  if (s->soce_s >= 0) {
    double *a = gates + (size_t)s->soce_s * s->n;
    const double share = h / (h + x->soce_tau_s);
    for (size_t i = 0; i < s->n; i++) a[i] += share * (lg_extra_soce_open(x, e[i]) - a[i]);
  }
  for (size_t q = 0; q < x->n_vdcc; q++)
    for (size_t a = 0; a < 2; a++)
      if (x->vdcc[q].gates[a].power > 0) voltage_gate(s, &x->vdcc[q].gates[a], t, h, gates + s->vdcc[q].gate[a] * s->n);
}
