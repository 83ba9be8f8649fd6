/*
 * Cells that network files describe by their electrical values: points, and compartments by the equations of Dendrify
 * (Pagkalos, Chavlis and Poirazi 2023, doi 10.1038/s41467-022-35747-8). Both become a cell as docs/cable.md has it.
 */
#include "base/elementary.h"
#include "twin/network_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PI 3.14159265358979323846

/* A tree of JSON that grows; the first failure of jansson (memory) is kept. */
typedef struct maker {
  bool failed;
} maker;

static json_t *keep(maker *m, json_t *value) {
  if (!value) m->failed = true;
  return value;
}

static void put(maker *m, json_t *object, const char *key, json_t *value) {
  if (!object || json_object_set_new(object, key, value) != 0) m->failed = true;
}

static void number(maker *m, json_t *object, const char *key, double x) { put(m, object, key, json_real(x)); }
static void text(maker *m, json_t *object, const char *key, const char *x) { put(m, object, key, json_string(x)); }

static json_t *append(maker *m, json_t *array, json_t *value) {
  if (!array || json_array_append_new(array, value) != 0) {
    m->failed = true;
    return NULL;
  }
  return value;
}

/* An empty cell: the five lists that are filled. */
static json_t *begin_cell(maker *m, double v_init_mV) {
  static const char *const lists[] = {"compartments", "regions", "points", "synapses", "probes"};
  json_t *cell = keep(m, json_object());
  number(m, cell, "v_init_mV", v_init_mV);
  number(m, cell, "celsius", 20.0);
  for (size_t k = 0; k < COUNT(lists); k++) put(m, cell, lists[k], json_array());
  return cell;
}

/* A compartment with a region of its own. Returns the parameters of its mechanism. */
static json_t *add_compartment(maker *m, json_t *cell, const char *name, int type, const char *parent, double area_um2,
                               double capacitance_nF, double axial_uS, const char *mechanism) {
  json_t *c = append(m, json_object_get(cell, "compartments"), json_object());
  text(m, c, "name", name);
  put(m, c, "type", json_integer(type));
  put(m, c, "parent", parent ? json_string(parent) : json_integer(-1));
  number(m, c, "area_um2", area_um2);
  number(m, c, "capacitance_nF", capacitance_nF);
  if (parent) number(m, c, "axial_uS", axial_uS);
  json_t *region = append(m, json_object_get(cell, "regions"), json_object());
  put(m, region, "types", json_pack("[i]", type));
  json_t *uses = json_object(), *values = json_object();
  put(m, region, "mechanisms", uses);
  put(m, uses, mechanism, values);
  json_t *probe = append(m, json_object_get(cell, "probes"), json_object());
  text(m, probe, "name", name);
  put(m, probe, "loc", json_pack("[s, s, f]", "name", name, 0.5));
  return m->failed ? NULL : values;
}

static lg_status finish(lg_ctx *ctx, const maker *m, lg_status status, json_t *made, json_t **cell) {
  if (status == LG_OK && m->failed) status = lg_fail(ctx, LG_ERR_MEMORY, "no memory for a cell");
  if (status == LG_OK) *cell = made;
  else json_decref(made);
  return status;
}

/* ---- points ---------------------------------------------------------------------------------------- */

static const char *const membranes[] = {"LIF", "adaptiveIF", "cadIF", "AdEx"};

/* Synapses of a point stand where there is only one place. */
static lg_status point_synapses(lg_ctx *ctx, const lg_json_at *at, maker *m, json_t *cell) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(at, "synapses")) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, at, "synapses", &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    lg_json_at object;
    LG_TRY(lg_json_get_object(ctx, &item, "", &object));
    json_t *copy = append(m, json_object_get(cell, "synapses"), json_deep_copy(object.value));
    put(m, copy, "loc", json_pack("[s, i, f]", "sec", 0, 0.5));
  }
done:
  return status;
}

/* Area 100 um2: what a membrane says per cm2 in S is its conductance in uS. */
lg_status network_point_cell(lg_ctx *ctx, const lg_json_at *at, json_t **cell) {
  static const char *const known[] = {"model", "capacitance_pF", "gl_nS", "params", "v_init_mV", "synapses"};
  maker m = {false};
  json_t *made = NULL;
  const char *model, *key;
  double c_pF, gl_nS, v_init, el = -70.0;
  lg_json_at params = {0};
  lg_status status = LG_OK;
  *cell = NULL;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(ctx, at, "model", &model));
  for (size_t k = 0; k < COUNT(membranes) + 1; k++) {
    if (k == COUNT(membranes)) {
      LG_TRY(lg_json_get(ctx, at, "model", &params));
      LG_TRY(network_unknown(ctx, &params, "membrane for points", model, membranes, COUNT(membranes)));
    } else if (strcmp(model, membranes[k]) == 0) {
      break;
    }
  }
  LG_TRY(lg_json_get_number_in(ctx, at, "capacitance_pF", "pF", 1e-6, 1e9, &c_pF));
  LG_TRY(lg_json_get_number_in(ctx, at, "gl_nS", "nS", 0.0, 1e9, &gl_nS));
  if (lg_json_has(at, "params")) {
    LG_TRY(lg_json_get_object(ctx, at, "params", &params));
    LG_TRY(lg_json_get_number_or(ctx, &params, "el", "mV", -1000.0, 1000.0, el, &el));
    if (lg_json_has(&params, "gl"))
      LG_TRY(
          lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.gl: the leak of a point is gl_nS beside params", at->file, params.path));
  }
  LG_TRY(lg_json_get_number_or(ctx, at, "v_init_mV", "mV", -500.0, 500.0, el, &v_init));
  made = begin_cell(&m, v_init);
  json_t *values = add_compartment(&m, made, "soma", 1, NULL, 100.0, 1e-3 * c_pF, 0.0, model);
  for (size_t k = 0; values && lg_json_has(at, "params") && (key = lg_json_key_at(&params, k)) != NULL; k++)
    put(&m, values, key, json_deep_copy(json_object_get(params.value, key)));
  if (values) number(&m, values, "gl", 1e-3 * gl_nS);
  LG_TRY(point_synapses(ctx, at, &m, made));
done:
  return finish(ctx, &m, status, made, cell);
}

/* ---- Dendrify -------------------------------------------------------------------------------------- */

typedef struct ephys {
  double length_um, diameter_um, cm_uF_cm2, gl_uS_cm2, r_axial_ohm_cm, v_rest_mV, scale, spine;
  char name[CABLE_NAME_BYTES];
} ephys;

#define EPHYS_KEYS "cm_uF_cm2", "gl_uS_cm2", "r_axial_ohm_cm", "v_rest_mV", "scale_factor", "spine_factor"

static lg_status read_ephys(lg_ctx *ctx, const lg_json_at *at, const ephys *like, ephys *e) {
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_number_or(ctx, at, "cm_uF_cm2", "uF/cm2", 1e-6, 1e6, like->cm_uF_cm2, &e->cm_uF_cm2));
  LG_TRY(lg_json_get_number_or(ctx, at, "gl_uS_cm2", "uS/cm2", 0.0, 1e9, like->gl_uS_cm2, &e->gl_uS_cm2));
  LG_TRY(
      lg_json_get_number_or(ctx, at, "r_axial_ohm_cm", "ohm cm", 1e-6, 1e9, like->r_axial_ohm_cm, &e->r_axial_ohm_cm));
  LG_TRY(lg_json_get_number_or(ctx, at, "v_rest_mV", "mV", -500.0, 500.0, like->v_rest_mV, &e->v_rest_mV));
  LG_TRY(lg_json_get_number_or(ctx, at, "scale_factor", NULL, 1e-6, 1e6, like->scale, &e->scale));
  LG_TRY(lg_json_get_number_or(ctx, at, "spine_factor", NULL, 1e-6, 1e6, like->spine, &e->spine));
done:
  return status;
}

static lg_status read_size(lg_ctx *ctx, const lg_json_at *at, ephys *e) {
  const char *name;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text_or(ctx, at, "name", "soma", &name));
  if (strlen(name) >= sizeof e->name || name[0] == '\0')
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.name: 1 … %zu bytes expected", at->file, at->path, sizeof e->name - 1);
  (void)snprintf(e->name, sizeof e->name, "%s", name);
  LG_TRY(lg_json_get_number_in(ctx, at, "length_um", "um", 1e-6, 1e6, &e->length_um));
  LG_TRY(lg_json_get_number_in(ctx, at, "diameter_um", "um", 1e-6, 1e6, &e->diameter_um));
done:
  return status;
}

static double area_um2(const ephys *e) { return PI * e->length_um * e->diameter_um * e->scale * e->spine; }
static double capacitance_nF(const ephys *e) { return 1e-5 * area_um2(e) * e->cm_uF_cm2; }
/* R = 4 Ra L / (pi d²). */
static double resistance_MOhm(const ephys *e) {
  return 1e-2 * 4.0 * e->r_axial_ohm_cm * e->length_um / (PI * e->diameter_um * e->diameter_um);
}

static lg_status read_coupling(lg_ctx *ctx, const lg_json_at *at, const ephys *own, const ephys *parent,
                               double *axial_uS) {
  static const char *const words[] = {"half_cylinders", "cylinder"}, *const keys[] = {"g_nS", "cylinder"};
  lg_json_at c;
  const char *word = words[0];
  lg_status status = LG_OK;
  *axial_uS = 2.0 / (resistance_MOhm(own) + resistance_MOhm(parent));
  if (!lg_json_has(at, "coupling")) return LG_OK;
  LG_TRY(lg_json_get(ctx, at, "coupling", &c));
  if (lg_json_is_object(&c)) {
    LG_TRY(lg_json_only_keys(ctx, &c, keys, 2));
    if (lg_json_has(&c, "cylinder")) {
      LG_TRY(lg_json_get_text(ctx, &c, "cylinder", &word));
      const bool is_parent = strcmp(word, parent->name) == 0;
      if (!is_parent && strcmp(word, own->name) != 0)
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.cylinder: \"%.40s\" is neither %s nor %s", at->file, c.path, word,
                       own->name, parent->name);
      *axial_uS = 1.0 / resistance_MOhm(is_parent ? parent : own);
      return LG_OK;
    }
    LG_TRY(lg_json_get_number_in(ctx, &c, "g_nS", "nS", 1e-9, 1e9, axial_uS));
    *axial_uS *= 1e-3;
    return LG_OK;
  }
  LG_TRY(lg_json_get_text(ctx, at, "coupling", &word));
  if (strcmp(word, words[1]) == 0) *axial_uS = 1.0 / resistance_MOhm(own);
  else if (strcmp(word, words[0]) != 0) status = network_unknown(ctx, &c, "coupling", word, words, COUNT(words));
done:
  return status;
}

/* Peak of x of x' = -x/t_decay + s, s' = -s/t_rise after s jumped to 1 (times in ms). */
static double raw_peak(double rise, double decay) {
  const double t = rise * decay / (decay - rise) * lg_ln(decay / rise);
  return rise * decay / (decay - rise) * (lg_exp(-t / decay) - lg_exp(-t / rise));
}

static lg_status add_synapse(lg_ctx *ctx, const lg_json_at *at, const char *compartment, maker *m, json_t *cell) {
  static const char *const known[] = {"type", "tag",   "g_nS",     "t_rise_ms", "t_decay_ms",
                                      "e_mV", "mg_mM", "gamma_mV", "beta_mM",   "scale_g"};
  static const char *const types[] = {"AMPA", "NMDA", "GABA"};
  const char *type, *tag;
  lg_json_at place;
  double g, rise, decay, e, mg, gamma, beta;
  bool scale = false;
  char name[3 * CABLE_NAME_BYTES];
  size_t kind = 0;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(ctx, at, "type", &type));
  LG_TRY(lg_json_get(ctx, at, "type", &place));
  while (kind < COUNT(types) && strcmp(types[kind], type) != 0) kind++;
  if (kind == COUNT(types)) return network_unknown(ctx, &place, "type of synapse", type, types, COUNT(types));
  LG_TRY(lg_json_get_text_or(ctx, at, "tag", NULL, &tag));
  LG_TRY(lg_json_get_number_in(ctx, at, "g_nS", "nS", 0.0, 1e9, &g));
  LG_TRY(lg_json_get_number_in(ctx, at, "t_decay_ms", "ms", 1e-3, 1e6, &decay));
  LG_TRY(lg_json_get_number_or(ctx, at, "t_rise_ms", "ms", 0.0, 0.999 * decay, 0.0, &rise));
  LG_TRY(lg_json_get_number_or(ctx, at, "e_mV", "mV", -1000.0, 1000.0, kind == 2 ? -80.0 : 0.0, &e));
  LG_TRY(lg_json_get_number_or(ctx, at, "mg_mM", "mM", 0.0, 1e3, 1.0, &mg));
  LG_TRY(lg_json_get_number_or(ctx, at, "gamma_mV", "mV", -500.0, 500.0, 0.0, &gamma));
  LG_TRY(lg_json_get_number_or(ctx, at, "beta_mM", "mM", 1e-6, 1e6, 3.57, &beta));
  if (lg_json_has(at, "scale_g")) LG_TRY(lg_json_get_boolean(ctx, at, "scale_g", &scale));
  (void)snprintf(name, sizeof name, "%s%s%.60s_%s", type, tag ? "_" : "", tag ? tag : "", compartment);
  const bool two = rise > 0.0, nmda = kind == 1;
  json_t *s = append(m, json_object_get(cell, "synapses"), json_object()), *values = json_object();
  text(m, s, "type", nmda ? "NMDA" : two ? "Exp2Syn" : "ExpSyn");
  text(m, s, "name", name);
  put(m, s, "loc", json_pack("[s, s, f]", "name", compartment, 0.5));
  put(m, s, "params", values);
  if (nmda || two) {
    number(m, values, "tau1", two ? rise : 1e-6); /* an immeasurably short rise */
    number(m, values, "tau2", decay);
  } else {
    number(m, values, "tau", decay);
  }
  number(m, values, "e", e);
  if (nmda) number(m, values, "mg", mg * (3.57 / beta) * lg_exp(-0.062 * gamma)); /* the shift is a factor */
  number(m, s, "weight_uS", 1e-3 * g * (two && !scale ? raw_peak(rise, decay) : 1.0));
done:
  return status;
}

static lg_status add_dspike(lg_ctx *ctx, const lg_json_at *at, const char *compartment, maker *m, json_t *cell) {
  static const struct {
    const char *key, *field, *unit;
    double factor, low, high, fallback;
  } fields[] = {
      {"threshold_mV", "threshold", "mV", 1.0, -500.0, 500.0, (double)NAN},
      {"g_rise_nS", "g_rise", "nS", 1e-3, 0.0, 1e9, (double)NAN},
      {"duration_rise_ms", "duration_rise", "ms", 1.0, 0.0, 1e6, (double)NAN},
      {"g_fall_nS", "g_fall", "nS", 1e-3, 0.0, 1e9, 0.0},
      {"duration_fall_ms", "duration_fall", "ms", 1.0, 0.0, 1e6, 0.0},
      {"offset_fall_ms", "offset_fall", "ms", 1.0, 0.0, 1e6, 0.0},
      {"refractory_ms", "refractory", "ms", 1.0, 0.0, 1e6, 0.0},
      {"e_rise_mV", "e_rise", "mV", 1.0, -500.0, 500.0, 70.0},
      {"e_fall_mV", "e_fall", "mV", 1.0, -500.0, 500.0, -89.0},
  };
  const char *known[COUNT(fields) + 1];
  lg_status status = LG_OK;
  for (size_t k = 0; k < COUNT(fields); k++) known[k] = fields[k].key;
  known[COUNT(fields)] = "name";
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  json_t *p = append(m, json_object_get(cell, "points"), json_object()), *values = json_object();
  text(m, p, "type", "dSpike");
  put(m, p, "loc", json_pack("[s, s, f]", "name", compartment, 0.5));
  put(m, p, "params", values);
  for (size_t k = 0; k < COUNT(fields); k++) {
    double x = fields[k].fallback;
    if (isnan(x))
      LG_TRY(lg_json_get_number_in(ctx, at, fields[k].key, fields[k].unit, fields[k].low, fields[k].high, &x));
    else LG_TRY(lg_json_get_number_or(ctx, at, fields[k].key, fields[k].unit, fields[k].low, fields[k].high, x, &x));
    number(m, values, fields[k].field, fields[k].factor * x);
  }
done:
  return status;
}

static lg_status add_noise(lg_ctx *ctx, const lg_json_at *at, const char *compartment, maker *m, json_t *cell) {
  static const char *const known[] = {"mean_pA", "sigma_pA", "tau_ms"};
  lg_json_at noise;
  double mean, sigma, tau;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_object(ctx, at, "noise", &noise));
  LG_TRY(lg_json_only_keys(ctx, &noise, known, COUNT(known)));
  LG_TRY(lg_json_get_number_or(ctx, &noise, "mean_pA", "pA", -1e9, 1e9, 0.0, &mean));
  LG_TRY(lg_json_get_number_or(ctx, &noise, "sigma_pA", "pA", 0.0, 1e9, 1.0, &sigma));
  LG_TRY(lg_json_get_number_or(ctx, &noise, "tau_ms", "ms", 1e-6, 1e9, 20.0, &tau));
  json_t *p = append(m, json_object_get(cell, "points"), json_object()), *values = json_object();
  text(m, p, "type", "OUNoise");
  put(m, p, "loc", json_pack("[s, s, f]", "name", compartment, 0.5));
  put(m, p, "params", values);
  number(m, values, "mean", 1e-3 * mean);
  number(m, values, "sd", 1e-3 * sigma);
  number(m, values, "tau", tau);
done:
  return status;
}

/* What stands in a compartment beside its membrane. */
static lg_status add_contents(lg_ctx *ctx, const lg_json_at *at, const char *compartment, maker *m, json_t *cell) {
  lg_json_at list, object;
  size_t n;
  lg_status status = LG_OK;
  for (int what = 0; what < 2; what++) {
    const char *key = what == 0 ? "synapses" : "dspikes";
    if (!lg_json_has(at, key)) continue;
    LG_TRY(lg_json_get_array(ctx, at, key, &list, &n));
    for (size_t k = 0; k < n; k++) {
      const lg_json_at item = lg_json_item(&list, k);
      LG_TRY(lg_json_get_object(ctx, &item, "", &object));
      LG_TRY((what == 0 ? add_synapse : add_dspike)(ctx, &item, compartment, m, cell));
    }
  }
  if (lg_json_has(at, "noise")) LG_TRY(add_noise(ctx, at, compartment, m, cell));
done:
  return status;
}

/* Keys of a soma's membrane: which field of which model, and its unit. Bit k of `models`: membranes[k] has it. */
static const struct soma_field {
  const char *key, *field, *unit;
  double factor, low, high, fallback; /* NAN: must be there */
  unsigned models;
} soma_fields[] = {
    {"threshold_mV", "v_th", "mV", 1.0, -500.0, 500.0, (double)NAN, 15},
    {"reset_mV", "v_reset", "mV", 1.0, -500.0, 500.0, (double)NAN, 15},
    {"spike_mV", "v_peak", "mV", 1.0, -500.0, 500.0, 0.0, 15},
    {"spike_width_ms", "width", "ms", 1.0, 0.0, 1e3, 0.0, 15},
    {"refractory_ms", "t_ref", "ms", 1.0, 0.0, 1e6, 0.0, 15},
    {"a_nS", "a", "nS", 1e-3, -1e9, 1e9, 0.0, 2 | 8},
    {"b_pA", "b", "pA", 1e-3, -1e9, 1e9, 0.0, 2 | 8},
    {"tauw_ms", "tau_w", "ms", 1.0, 1e-6, 1e9, 100.0, 2 | 8},
    {"delta_t_mV", "delta_t", "mV", 1.0, 1e-3, 500.0, 2.0, 8},
    {"v_t_mV", "v_t", "mV", 1.0, -500.0, 500.0, -50.0, 8},
    {"ga_max_nS", "ga_max", "nS", 1e-3, 0.0, 1e9, 0.0, 4},
    {"ea_mV", "ea", "mV", 1.0, -500.0, 500.0, -70.0, 4},
    {"va_mV", "va", "mV", 1.0, -500.0, 500.0, -50.0, 4},
    {"delta_a_mV", "delta_a", "mV", 1.0, 1e-3, 500.0, 5.0, 4},
    {"tau_a_ms", "tau_a", "ms", 1.0, 1e-6, 1e9, 100.0, 4},
    {"delta_ga_nS", "delta_ga", "nS", 1e-3, 0.0, 1e9, 0.0, 4},
};

static lg_status read_soma(lg_ctx *ctx, const lg_json_at *at, const ephys *like, ephys *e, maker *m, json_t *cell) {
  static const char *const models[] = {"leakyIF", "adaptiveIF", "cadIF", "adex"};
  static const char *const common[] = {"name",    "model", "length_um", "diameter_um", "synapses",
                                       "dspikes", "noise", "hold",      EPHYS_KEYS};
  const char *known[COUNT(common) + COUNT(soma_fields)], *model;
  size_t n = 0, kind = 0;
  bool hold = false;
  lg_json_at place;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text_or(ctx, at, "model", models[0], &model));
  while (kind < COUNT(models) && strcmp(models[kind], model) != 0) kind++;
  if (kind == COUNT(models)) {
    LG_TRY(lg_json_get(ctx, at, "model", &place));
    return network_unknown(ctx, &place, "model of a soma", model, models, COUNT(models));
  }
  for (; n < COUNT(common); n++) known[n] = common[n];
  for (size_t k = 0; k < COUNT(soma_fields); k++)
    if (soma_fields[k].models >> kind & 1) known[n++] = soma_fields[k].key;
  LG_TRY(lg_json_only_keys(ctx, at, known, n));
  LG_TRY(read_size(ctx, at, e));
  LG_TRY(read_ephys(ctx, at, like, e));
  if (lg_json_has(at, "hold")) LG_TRY(lg_json_get_boolean(ctx, at, "hold", &hold));
  json_t *values = add_compartment(m, cell, e->name, 1, NULL, area_um2(e), capacitance_nF(e), 0.0, membranes[kind]);
  for (size_t k = 0; k < COUNT(soma_fields); k++) {
    const struct soma_field *f = &soma_fields[k];
    double x = f->fallback;
    if (!(f->models >> kind & 1)) continue;
    if (isnan(x)) LG_TRY(lg_json_get_number_in(ctx, at, f->key, f->unit, f->low, f->high, &x));
    else LG_TRY(lg_json_get_number_or(ctx, at, f->key, f->unit, f->low, f->high, x, &x));
    number(m, values, f->field, f->factor * x);
  }
  number(m, values, "gl", 1e-6 * e->gl_uS_cm2);
  number(m, values, "el", e->v_rest_mV);
  number(m, values, "hold", hold ? 1.0 : 0.0);
  LG_TRY(add_contents(ctx, at, e->name, m, cell));
done:
  return status;
}

static lg_status read_dendrite(lg_ctx *ctx, const lg_json_at *at, const ephys *like, ephys *all, size_t n, maker *m,
                               json_t *cell) {
  static const char *const known[] = {"name",     "length_um", "diameter_um", "connect_to", "coupling",
                                      "synapses", "dspikes",   "noise",       EPHYS_KEYS};
  ephys *own = &all[n];
  const char *parent;
  double axial;
  size_t p = 0;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(ctx, at, "name", &parent)); /* required here */
  LG_TRY(read_size(ctx, at, own));
  LG_TRY(read_ephys(ctx, at, like, own));
  for (size_t k = 0; k < n; k++)
    if (strcmp(all[k].name, own->name) == 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.name: there is a compartment \"%s\" already", at->file, at->path,
                     own->name);
  LG_TRY(lg_json_get_text_or(ctx, at, "connect_to", all[0].name, &parent));
  while (p < n && strcmp(all[p].name, parent) != 0) p++;
  if (p == n)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.connect_to: no compartment before this one is named \"%.40s\"", at->file,
                   at->path, parent);
  LG_TRY(read_coupling(ctx, at, own, &all[p], &axial));
  json_t *values =
      add_compartment(m, cell, own->name, (int)(9 + n), all[p].name, area_um2(own), capacitance_nF(own), axial, "pas");
  number(m, values, "g", 1e-6 * own->gl_uS_cm2);
  number(m, values, "e", own->v_rest_mV);
  LG_TRY(add_contents(ctx, at, own->name, m, cell));
done:
  return status;
}

lg_status network_dendrify_cell(lg_ctx *ctx, const lg_json_at *at, json_t **cell) {
  static const char *const known[] = {"soma", "dendrites", EPHYS_KEYS};
  static const ephys defaults = {
      .cm_uF_cm2 = 1.0, .gl_uS_cm2 = 50.0, .r_axial_ohm_cm = 150.0, .v_rest_mV = -65.0, .scale = 1.0, .spine = 1.0};
  enum { MOST = 256 };
  ephys like = defaults, *all = NULL;
  maker m = {false};
  json_t *made = NULL;
  lg_json_at soma, list;
  size_t n = 0;
  lg_status status = LG_OK;
  *cell = NULL;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(read_ephys(ctx, at, &defaults, &like));
  LG_TRY(lg_json_get_object(ctx, at, "soma", &soma));
  if (lg_json_has(at, "dendrites")) LG_TRY(lg_json_get_array(ctx, at, "dendrites", &list, &n));
  if (n > MOST)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%s: %s.dendrites: %zu; allowed are %d", at->file, at->path, n, (int)MOST));
  LG_NEW(ctx, all, n + 1);
  double v_rest;
  LG_TRY(lg_json_get_number_or(ctx, &soma, "v_rest_mV", "mV", -500.0, 500.0, like.v_rest_mV, &v_rest));
  made = begin_cell(&m, v_rest);
  LG_TRY(read_soma(ctx, &soma, &like, &all[0], &m, made));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    lg_json_at object;
    LG_TRY(lg_json_get_object(ctx, &item, "", &object));
    LG_TRY(read_dendrite(ctx, &item, &like, all, k + 1, &m, made));
  }
done:
  lg_free(ctx, all);
  return finish(ctx, &m, status, made, cell);
}
