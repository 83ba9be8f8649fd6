/* Passive cells reduced, and their EPSPs compared with the full cell's. */
#define _XOPEN_SOURCE 700
#include "twin/reduce_validate.h"

#include "io/swc.h"
#include "num/ascending.h"
#include "twin/cable_file.h"
#include "twin/reduce_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double weight_uS = 0.001, decay_ms = 2.0, reversal_mV = 0.0, rest_mV = -65.0;

void lg_reduce_subject_free(lg_ctx *ctx, reduce_subject *s) {
  lg_cable_tree_destroy(ctx, s->tree);
  lg_cable_model_destroy(ctx, s->model);
  lg_free(ctx, s->asked);
  lg_free(ctx, s->anywhere);
  lg_free(ctx, s->values);
  lg_free(ctx, s->time_ms);
  *s = (reduce_subject){0};
}

/* ---- a passive model --------------------------------------------------------------------------------- */

static lg_status make_model(lg_ctx *ctx, const char *swc, cable_model **out) {
  lg_status status = LG_OK;
  cable_model *m = NULL;
  LG_NEW(ctx, m, 1);
  m->celsius = 6.3;
  m->v_init_mV = rest_mV;
  m->tstop_ms = 100.0;
  m->sample_ms = 0.05;
  LG_TRY(lg_swc_read(ctx, swc, &(lg_swc_options){.soma = LG_SWC_G1}, &m->morphology));
  LG_NEW(ctx, m->regions, 1);
  m->n_regions = 1;
  m->regions[0] = (cable_region){.all_types = true,
                                 .axial_resistivity_ohm_cm = 100.0,
                                 .capacitance_uF_cm2 = 1.0,
                                 .reversal_na_mV = 50.0,
                                 .reversal_k_mV = -77.0,
                                 .reversal_ca_mV = (double)NAN,
                                 .outside_ca_mM = 2.0,
                                 .inside_ca_mM = 5e-5};
  LG_NEW(ctx, m->regions[0].uses, 1);
  m->regions[0].n_uses = 1;
  m->regions[0].uses[0].mechanism = lg_cable_mechanism_find("pas");
  LG_NEW(ctx, m->regions[0].uses[0].values, m->regions[0].uses[0].mechanism->n_parameters);
  m->regions[0].uses[0].values[0] = 5e-5;
  m->regions[0].uses[0].values[1] = rest_mV;
  LG_NEW(ctx, m->probes, 1);
  m->n_probes = 1;
  m->probes[0] = (cable_probe){.name = "soma", .at = {.where = CABLE_AT_SOMA, .x = 0.5}, .column = "v_mV_soma"};
  *out = m;
  m = NULL;
done:
  lg_cable_model_destroy(ctx, m);
  return status;
}

/* ---- places ------------------------------------------------------------------------------------------ */

typedef struct place {
  size_t section;
  double path_um;
} place;

static int by_path(const void *a, const void *b) {
  const place *x = a, *y = b;
  if (x->path_um != y->path_um) return x->path_um < y->path_um ? -1 : 1;
  return (x->section > y->section) - (x->section < y->section);
}

/* Dendrites (all but the soma, where there are none) by their path from the soma. */
static size_t list_dendrites(const cable_model *m, const cable_tree *tree, place *list) {
  const lg_morphology *shape = m->morphology;
  size_t n = 0;
  for (int pass = 0; pass < 2 && n == 0; pass++)
    for (size_t k = 0; k < shape->n_sections; k++) {
      const int type = shape->sections[k].type;
      if (type == 1 || (pass == 0 && type == 2)) continue;
      const size_t middle = (size_t)(tree->first_centre[k] + tree->n_centres[k] / 2);
      list[n++] = (place){k, tree->distance_um[middle]};
    }
  qsort(list, n, sizeof *list, by_path);
  return n;
}

static void put_synapse(reduce_subject *s, size_t section, double x, const cable_mechanism *expsyn, cable_synapse *to) {
  *to = (cable_synapse){.use = {.mechanism = expsyn, .values = s->values},
                        .at = {.where = CABLE_AT_SECTION, .section = section, .x = x},
                        .weight_uS = weight_uS,
                        .n_times = 1,
                        .times_ms = s->time_ms};
}

static size_t draw(const cable_model *m, const place *list, size_t n, double total_um, lg_rng *rng) {
  double left = total_um * lg_rng_uniform(rng);
  for (size_t k = 0; k < n; k++) {
    left -= lg_section_length_um(m->morphology, list[k].section);
    if (left < 0.0) return list[k].section;
  }
  return list[n - 1].section;
}

static lg_status put_synapses(lg_ctx *ctx, uint64_t seed, reduce_subject *s) {
  static const double quantiles[REDUCE_VALIDATE_ASKED] = {0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0};
  const cable_mechanism *expsyn = lg_cable_mechanism_find("ExpSyn");
  lg_status status = LG_OK;
  lg_rng rng = lg_rng_make(seed, 71, 0);
  place *list = NULL;
  double total = 0.0;
  LG_NEW(ctx, list, s->model->morphology->n_sections);
  LG_NEW(ctx, s->asked, REDUCE_VALIDATE_ASKED);
  LG_NEW(ctx, s->anywhere, REDUCE_VALIDATE_ANYWHERE);
  LG_NEW(ctx, s->values, expsyn->n_parameters);
  LG_NEW(ctx, s->time_ms, 1);
  s->time_ms[0] = 1.0;
  for (size_t p = 0; p < expsyn->n_parameters; p++)
    s->values[p] = strcmp(expsyn->parameters[p].name, "tau") == 0 ? decay_ms : reversal_mV;
  const size_t n = list_dendrites(s->model, s->tree, list);
  if (n == 0) LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "the cell has nothing but a soma"));
  for (size_t k = 0; k < REDUCE_VALIDATE_ASKED; k++)
    put_synapse(s, list[(size_t)(quantiles[k] * (double)(n - 1))].section, 0.5, expsyn, &s->asked[k]);
  for (size_t k = 0; k < n; k++) total += lg_section_length_um(s->model->morphology, list[k].section);
  for (size_t k = 0; k < REDUCE_VALIDATE_ANYWHERE; k++) {
    const size_t section = draw(s->model, list, n, total, &rng);
    put_synapse(s, section, 0.02 + 0.96 * lg_rng_uniform(&rng), expsyn, &s->anywhere[k]);
  }
done:
  lg_free(ctx, list);
  return status;
}

lg_status lg_reduce_subject_read(lg_ctx *ctx, const char *swc, double max_dx_um, uint64_t seed, reduce_subject *s) {
  cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  *s = (reduce_subject){0};
  cut.max_dx_um = max_dx_um;
  LG_TRY(make_model(ctx, swc, &s->model));
  LG_TRY(lg_cable_tree_create(ctx, s->model, &cut, &s->tree));
  LG_TRY(put_synapses(ctx, seed, s));
done:
  if (status != LG_OK) lg_reduce_subject_free(ctx, s);
  return status;
}

/* ---- figures ----------------------------------------------------------------------------------------- */

static void gather(const cable_reduction *r, reduce_errors *e) {
  double peaks[REDUCE_VALIDATE_ANYWHERE + REDUCE_VALIDATE_ASKED];
  size_t n = 0;
  *e = (reduce_errors){0};
  for (size_t k = 0; k < r->n_moved; k++) {
    const cable_moved *m = &r->moved[k];
    if (strcmp(m->what, "synapse") != 0) continue;
    const double shared = fabs(m->epsp_shared.peak_mV / m->epsp_full.peak_mV - 1.0);
    const double late = fabs(m->epsp.time_ms - m->epsp_full.time_ms);
    peaks[n] = fabs(m->epsp.peak_mV / m->epsp_full.peak_mV - 1.0);
    e->peak_mean += peaks[n++];
    e->shared_mean += shared;
    e->shared_max = fmax(e->shared_max, shared);
    e->time_mean_ms += late;
    e->time_max_ms = fmax(e->time_max_ms, late);
  }
  if (n == 0) return;
  qsort(peaks, n, sizeof *peaks, lg_ascending);
  e->peak_max = peaks[n - 1];
  e->peak_p95 = peaks[(size_t)(0.95 * (double)(n - 1))];
  e->peak_mean /= (double)n;
  e->shared_mean /= (double)n;
  e->time_mean_ms /= (double)n;
}

static double seconds_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Borrows synapses for one reduction; the model gives them back before it is destroyed. */
static lg_status with_synapses(lg_ctx *ctx, const reduce_subject *s, bool told, const cable_reduce_options *o,
                               reduce_errors *errors, reduce_figures *f) {
  lg_status status = LG_OK;
  cable_reduction *r = NULL;
  cable_model with = *s->model;
  const double before = seconds_now();
  with.n_synapses = told ? REDUCE_VALIDATE_ASKED : REDUCE_VALIDATE_ANYWHERE;
  with.synapses = told ? s->asked : s->anywhere;
  LG_TRY(lg_cable_reduce(ctx, told ? &with : s->model, s->tree, o, &r));
  f->seconds += seconds_now() - before;
  if (!told) LG_TRY(lg_cable_reduction_move(ctx, r, &with, s->tree, o));
  gather(r, errors);
  f->compartments = r->n_places > f->compartments ? r->n_places : f->compartments;
  f->resistance_error = fmax(f->resistance_error, fabs(r->resistance_MOhm / r->resistance_full_MOhm - 1.0));
  f->tau_error = fmax(f->tau_error, fabs(r->tau_ms / r->tau_full_ms - 1.0));
done:
  lg_cable_reduction_destroy(ctx, r);
  return status;
}

lg_status lg_reduce_figures(lg_ctx *ctx, const reduce_subject *s, size_t compartments, reduce_figures *f) {
  cable_reduce_options o = CABLE_REDUCE_OPTIONS_INIT;
  lg_status status = LG_OK;
  *f = (reduce_figures){.wanted = compartments};
  o.compartments = compartments;
  LG_TRY(with_synapses(ctx, s, true, &o, &f->asked, f));
  LG_TRY(with_synapses(ctx, s, false, &o, &f->anywhere, f));
done:
  return status;
}

/* ---- spikes ------------------------------------------------------------------------------------------- */

lg_status lg_reduce_spiking(lg_ctx *ctx, const char *json, double max_dx_um, size_t compartments, reduce_spiking *s) {
  cable_reduce_options o = CABLE_REDUCE_OPTIONS_INIT;
  cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  cable_model *model = NULL;
  cable_tree *tree = NULL;
  reduce_made made = {0};
  *s = (reduce_spiking){.wanted = compartments};
  o.compartments = compartments;
  cut.max_dx_um = max_dx_um;
  LG_TRY(lg_cable_load(ctx, json, &model));
  LG_TRY(lg_cable_tree_create(ctx, model, &cut, &tree));
  LG_TRY(lg_reduce_make(ctx, model, tree, &o, true, &made));
  s->compartments = made.reduction->n_places;
  s->times_faster = made.full_seconds / made.reduced_seconds;
  for (size_t p = 0; p < model->n_probes; p++) {
    const size_t n = model->probes[p].quantity == CABLE_V ? lg_reduce_spikes(made.full, p) : 0;
    const double late = n > 0 ? lg_reduce_spike_shift(made.full, made.reduced, p) : 0.0;
    s->n_spikes += n;
    s->n_lost += isnan(late) ? 1 : 0;
    if (!isnan(late)) s->late_ms = fmax(s->late_ms, late);
    if (p == 0) s->soma_late_ms = late;
  }
done:
  lg_reduce_made_free(ctx, &made);
  lg_cable_tree_destroy(ctx, tree);
  lg_cable_model_destroy(ctx, model);
  return status;
}
