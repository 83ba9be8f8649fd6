/* Models of cells with shape as JSON. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include "twin/cable_write.h"

#include "cable/distribution.h"
#include "cable/nmodl.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_place(lg_json *w, const char *key, const cable_location *at) {
  lg_json_key(w, key);
  lg_json_array(w);
  switch (at->where) {
  case CABLE_AT_SOMA:
    lg_json_text(w, "soma");
    break;
  case CABLE_AT_MID:
    lg_json_text(w, "mid");
    lg_json_integer(w, at->node_id);
    break;
  case CABLE_AT_SECTION:
    lg_json_text(w, "sec");
    lg_json_integer(w, (int64_t)at->section);
    lg_json_number(w, at->x);
    break;
  case CABLE_AT_NAME:
    lg_json_text(w, "name");
    lg_json_text(w, at->name);
    lg_json_number(w, at->x);
    break;
  }
  lg_json_end_array(w);
}

static void put_shape(lg_json *w, const char *key, double value, const cable_shape *shape) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_number(w, "value", value);
  lg_json_key(w, "distance");
  lg_json_object(w);
  lg_json_key_text(w, "kind", shape->kind->name);
  for (size_t k = 0; k < CABLE_SHAPE_NUMBERS && shape->kind->keys[k]; k++)
    if (isfinite(shape->number[k])) lg_json_key_number(w, shape->kind->keys[k], shape->number[k]);
  lg_json_end_object(w);
  lg_json_end_object(w);
}

static void put_values(lg_json *w, const char *key, const cable_use *use) {
  lg_json_key(w, key);
  lg_json_object(w);
  for (size_t p = 0; p < use->mechanism->n_parameters; p++) {
    const char *name = use->mechanism->parameters[p].name;
    if (use->shapes && use->shapes[p].kind) put_shape(w, name, use->values[p], &use->shapes[p]);
    else if (isfinite(use->values[p])) lg_json_key_number(w, name, use->values[p]);
  }
  lg_json_end_object(w);
}

/* ---- shape ------------------------------------------------------------------------------------------ */

static void put_sections(lg_json *w, const lg_morphology *m) {
  lg_json_key(w, "sections");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_sections; k++) {
    const lg_section *s = &m->sections[k];
    lg_json_object(w);
    if (s->name[0]) lg_json_key_text(w, "name", s->name);
    lg_json_key_integer(w, "type", s->type);
    lg_json_key_integer(w, "parent", (int64_t)s->parent);
    lg_json_key_number(w, "parentx", s->parent_x);
    if (s->distal_id >= 0) lg_json_key_integer(w, "distal_id", s->distal_id);
    lg_json_key(w, "pts");
    lg_json_array(w);
    for (size_t q = 0; q < s->n_points; q++) {
      const lg_morphology_point *p = &m->points[s->first_point + q];
      const double x[] = {p->x_um, p->y_um, p->z_um, p->diameter_um};
      lg_json_numbers(w, x, 4);
    }
    lg_json_end_array(w);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_compartments(lg_json *w, const cable_model *m) {
  lg_json_key(w, "compartments");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_compartments; k++) {
    const cable_compartment *c = &m->compartments[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", c->name);
    lg_json_key_integer(w, "type", c->type);
    lg_json_key_integer(w, "parent", (int64_t)c->parent);
    lg_json_key_number(w, "area_um2", c->area_um2);
    if (isfinite(c->capacitance_nF)) lg_json_key_number(w, "capacitance_nF", c->capacitance_nF);
    if (c->parent >= 0) lg_json_key_number(w, "axial_uS", c->axial_uS);
    if (c->leak_uS > 0.0) {
      lg_json_key_number(w, "leak_uS", c->leak_uS);
      lg_json_key_number(w, "leak_mV", c->leak_mV);
    }
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

/* ---- membrane --------------------------------------------------------------------------------------- */

static void put_types(lg_json *w, const cable_region *r) {
  if (r->all_types) {
    lg_json_key_text(w, "types", "all");
    return;
  }
  lg_json_key(w, "types");
  lg_json_array(w);
  for (size_t k = 0; k < r->n_types; k++) lg_json_integer(w, r->types[k]);
  lg_json_end_array(w);
}

/* "reversal": na, k, ca and what else was said; "concentrations". */
static void put_ions(lg_json *w, const cable_region *r) {
  char key[32];
  lg_json_key(w, "reversal");
  lg_json_object(w);
  lg_json_key_number(w, "ena", r->reversal_na_mV);
  lg_json_key_number(w, "ek", r->reversal_k_mV);
  if (isfinite(r->reversal_ca_mV)) lg_json_key_number(w, "eca", r->reversal_ca_mV);
  for (size_t k = 0; k < r->n_ions; k++) {
    const char *name = r->ions[k].name;
    if (strcmp(name, "na") == 0 || strcmp(name, "k") == 0 || strcmp(name, "ca") == 0) continue;
    (void)snprintf(key, sizeof key, "e%s", name);
    if (isfinite(r->ions[k].reversal_mV)) lg_json_key_number(w, key, r->ions[k].reversal_mV);
  }
  lg_json_end_object(w);
  lg_json_key(w, "concentrations");
  lg_json_object(w);
  for (size_t k = 0; k < r->n_ions; k++) {
    (void)snprintf(key, sizeof key, "%si", r->ions[k].name);
    if (isfinite(r->ions[k].inside_mM)) lg_json_key_number(w, key, r->ions[k].inside_mM);
    (void)snprintf(key, sizeof key, "%so", r->ions[k].name);
    if (isfinite(r->ions[k].outside_mM)) lg_json_key_number(w, key, r->ions[k].outside_mM);
  }
  lg_json_end_object(w);
  lg_json_key_number(w, "cao_mM", r->outside_ca_mM);
  lg_json_key_number(w, "cai_mM", r->inside_ca_mM);
}

static void put_region(lg_json *w, const cable_region *r) {
  lg_json_object(w);
  put_types(w, r);
  lg_json_key_number(w, "Ra_ohm_cm", r->axial_resistivity_ohm_cm);
  lg_json_key_number(w, "cm_uF_cm2", r->capacitance_uF_cm2);
  lg_json_key(w, "mechanisms");
  lg_json_object(w);
  for (size_t u = 0; u < r->n_uses; u++) put_values(w, r->uses[u].mechanism->name, &r->uses[u]);
  lg_json_end_object(w);
  put_ions(w, r);
  lg_json_end_object(w);
}

/* Files of the user's mechanisms, found from anywhere. */
static void put_mechanism_files(lg_json *w, const cable_model *m) {
  const cable_mechanism *own;
  if (!lg_cable_model_own(m, 0)) return;
  lg_json_key(w, "mechanism_files");
  lg_json_array(w);
  for (size_t k = 0; (own = lg_cable_model_own(m, k)) != NULL; k++) {
    char *whole = realpath(own->source, NULL);
    lg_json_text(w, whole ? whole : own->source);
    free(whole);
  }
  lg_json_end_array(w);
}

/* ---- stimuli and probes ------------------------------------------------------------------------------ */

static void put_clamps(lg_json *w, const cable_model *m) {
  lg_json_key(w, "iclamps");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_clamps; k++) {
    lg_json_object(w);
    put_place(w, "loc", &m->clamps[k].at);
    lg_json_key_number(w, "delay_ms", m->clamps[k].delay_ms);
    lg_json_key_number(w, "dur_ms", m->clamps[k].duration_ms);
    lg_json_key_number(w, "amp_nA", m->clamps[k].amplitude_nA);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_points(lg_json *w, const cable_model *m) {
  lg_json_key(w, "points");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_points; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "type", m->points[k].use.mechanism->name);
    put_place(w, "loc", &m->points[k].at);
    put_values(w, "params", &m->points[k].use);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void put_synapses(lg_json *w, const cable_model *m) {
  lg_json_key(w, "synapses");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_synapses; k++) {
    const cable_synapse *s = &m->synapses[k];
    lg_json_object(w);
    if (s->name[0]) lg_json_key_text(w, "name", s->name);
    lg_json_key_text(w, "type", s->use.mechanism->name);
    put_place(w, "loc", &s->at);
    put_values(w, "params", &s->use);
    lg_json_key_number(w, "weight_uS", s->weight_uS);
    lg_json_key_numbers(w, "times_ms", s->times_ms, s->n_times);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

/* "v", "cai", "m_hh", "i_hh". */
static void variable_of(const cable_probe *p, char *text, size_t bytes) {
  switch (p->quantity) {
  case CABLE_V:
    (void)snprintf(text, bytes, "v");
    break;
  case CABLE_ION_INSIDE:
    (void)snprintf(text, bytes, "%si", p->ion);
    break;
  case CABLE_STATE:
    (void)snprintf(text, bytes, "%s_%s", p->mechanism->states[p->state], p->mechanism->name);
    break;
  case CABLE_CURRENT:
    (void)snprintf(text, bytes, "i_%s", p->mechanism->name);
    break;
  }
}

/* Probes whose name is the whole column stand below "record_extra". */
static void put_probes(lg_json *w, const cable_model *m, bool extra) {
  lg_json_key(w, extra ? "record_extra" : "probes");
  lg_json_array(w);
  for (size_t k = 0; k < m->n_probes; k++) {
    const cable_probe *p = &m->probes[k];
    char variable[2 * CABLE_NAME_BYTES];
    if ((strcmp(p->name, p->column) == 0) != extra) continue;
    variable_of(p, variable, sizeof variable);
    lg_json_object(w);
    lg_json_key_text(w, "name", p->name);
    put_place(w, "loc", &p->at);
    if (p->quantity != CABLE_V) lg_json_key_text(w, "var", variable);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void lg_cable_write_keys(lg_json *w, const cable_model *m) {
  lg_json_key_text(w, "model", "cable");
  lg_json_key_number(w, "celsius", m->celsius);
  lg_json_key_number(w, "v_init_mV", m->v_init_mV);
  if (m->tstop_ms > 0.0) lg_json_key_number(w, "tstop_ms", m->tstop_ms);
  lg_json_key_number(w, "sample_ms", m->sample_ms);
  if (m->morphology) put_sections(w, m->morphology);
  else put_compartments(w, m);
  put_mechanism_files(w, m);
  lg_json_key(w, "regions");
  lg_json_array(w);
  for (size_t r = 0; r < m->n_regions; r++) put_region(w, &m->regions[r]);
  lg_json_end_array(w);
  put_clamps(w, m);
  put_points(w, m);
  put_synapses(w, m);
  put_probes(w, m, false);
  put_probes(w, m, true);
}
