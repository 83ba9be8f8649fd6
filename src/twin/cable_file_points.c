/* Places in the cell, and what is there: clamps, point processes, synapses, probes. */
#include "cable/tree.h"
#include "num/ascending.h"
#include "twin/cable_file_internal.h"
#include "twin/cable_mechanism_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- places ---------------------------------------------------------------------------------------- */

static lg_status wrong_place(lg_ctx *ctx, const lg_json_at *at) {
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "%s: %s: [\"soma\"], [\"mid\", node], [\"sec\", number, x] or [\"name\", text, x] expected", at->file,
                 at->path);
}

static lg_status read_words(lg_ctx *ctx, const lg_json_at *at, cable_location *out) {
  const size_t n = json_array_size(at->value);
  const json_t *second = json_array_get(at->value, 1), *third = json_array_get(at->value, 2);
  const char *word = json_string_value(json_array_get(at->value, 0));
  *out = (cable_location){.x = 0.5};
  if (!word) return wrong_place(ctx, at);
  if (third && !json_is_number(third)) return wrong_place(ctx, at);
  if (n == 3) out->x = json_number_value(third);
  if (strcmp(word, "soma") == 0 && n == 1) {
    out->where = CABLE_AT_SOMA;
  } else if (strcmp(word, "mid") == 0 && n == 2 && json_is_integer(second)) {
    out->where = CABLE_AT_MID;
    out->node_id = json_integer_value(second);
  } else if (strcmp(word, "sec") == 0 && n == 3 && json_is_integer(second) && json_integer_value(second) >= 0) {
    out->where = CABLE_AT_SECTION;
    out->section = (size_t)json_integer_value(second);
  } else if (strcmp(word, "name") == 0 && (n == 2 || n == 3) && json_is_string(second) &&
             json_string_length(second) < CABLE_NAME_BYTES) {
    out->where = CABLE_AT_NAME;
    (void)snprintf(out->name, sizeof out->name, "%s", json_string_value(second));
  } else {
    return wrong_place(ctx, at);
  }
  return LG_OK;
}

lg_status lg_cable_read_place(lg_ctx *ctx, const lg_json_at *object, const char *key, const cable_model *model,
                              cable_location *out) {
  lg_json_at at;
  size_t section;
  double x;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get(ctx, object, key, &at));
  LG_TRY(read_words(ctx, &at, out));
  status = lg_cable_place(ctx, model, out, &section, &x);
  if (status != LG_OK) status = lg_fail_prefix(ctx, status, "%s: %s: ", at.file, at.path);
done:
  return status;
}

/* ---- clamps, points, synapses ---------------------------------------------------------------------- */

typedef lg_status (*item_fn)(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *model);

static lg_status each(lg_ctx *ctx, const lg_json_at *root, const char *key, cable_model *model, item_fn fn,
                      size_t from) {
  lg_json_at list, object;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(root, key)) return LG_OK;
  LG_TRY(lg_json_get_array(ctx, root, key, &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(lg_json_get_object(ctx, &at, "", &object));
    LG_TRY(fn(ctx, &at, from + k, model));
  }
done:
  return status;
}

static size_t length_of(const lg_json_at *root, const char *key) {
  return json_array_size(json_object_get(root->value, key));
}

static lg_status read_clamp(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  static const char *const known[] = {"loc", "delay_ms", "dur_ms", "amp_nA"};
  cable_current_clamp *c = &m->clamps[index];
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_cable_read_place(ctx, at, "loc", m, &c->at));
  LG_TRY(lg_json_get_number_in(ctx, at, "delay_ms", "ms", 0.0, 1e12, &c->delay_ms));
  LG_TRY(lg_json_get_number_in(ctx, at, "dur_ms", "ms", 0.0, 1e12, &c->duration_ms));
  LG_TRY(lg_json_get_number_in(ctx, at, "amp_nA", "nA", -1e6, 1e6, &c->amplitude_nA));
  m->n_clamps++;
done:
  return status;
}

/* "type" and "params" of a synapse or a point. */
static lg_status read_use(lg_ctx *ctx, const lg_json_at *at, const cable_model *m, bool synapse, cable_use *use) {
  const cable_mechanism *kind;
  const char *name;
  lg_json_at type, params;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text(ctx, at, "type", &name));
  LG_TRY(lg_json_get(ctx, at, "type", &type));
  LG_TRY(lg_cable_read_mechanism(ctx, &type, name, m, &kind));
  if (kind->sort != CABLE_POINT || (synapse && !kind->receive)) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: %s %s", type.file, type.path, name,
                     kind->sort != CABLE_POINT ? "belongs to the mechanisms of a region"
                                               : "takes no events: it goes below \"points\"");
    goto done;
  }
  if (lg_json_has(at, "params")) LG_TRY(lg_json_get_object(ctx, at, "params", &params));
  LG_TRY(lg_cable_read_values(ctx, lg_json_has(at, "params") ? &params : NULL, kind, use));
done:
  return status;
}

static lg_status read_one_point(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  static const char *const known[] = {"type", "loc", "params", "name"};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  LG_TRY(lg_cable_read_place(ctx, at, "loc", m, &m->points[index].at));
  m->n_points = index + 1;
  LG_TRY(read_use(ctx, at, m, false, &m->points[index].use));
done:
  return status;
}

static lg_status read_times(lg_ctx *ctx, const lg_json_at *at, const cable_model *m, cable_synapse *s) {
  lg_status status = LG_OK;
  if (!lg_json_has(at, "times_ms")) return LG_OK;
  LG_TRY(lg_json_get_numbers(ctx, at, "times_ms", "ms", &s->times_ms, &s->n_times));
  for (size_t k = 0; k < s->n_times; k++) {
    const double t = s->times_ms[k];
    if (t >= 0.0 && (m->tstop_ms <= 0.0 || t <= m->tstop_ms)) continue;
    status = lg_fail(ctx, LG_ERR_RANGE, "%s: %s.times_ms[%zu]: %g ms is not within the run, 0 … %g ms", at->file,
                     at->path, k, t, m->tstop_ms);
    goto done;
  }
  if (s->n_times > 1) qsort(s->times_ms, s->n_times, sizeof *s->times_ms, lg_ascending);
done:
  return status;
}

static lg_status read_synapse(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  static const char *const known[] = {"type", "loc", "params", "weight_uS", "times_ms", "name"};
  cable_synapse *s = &m->synapses[index];
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  m->n_synapses = index + 1;
  LG_TRY(lg_cable_read_name(ctx, at, "name", "", s->name, sizeof s->name));
  LG_TRY(lg_cable_read_place(ctx, at, "loc", m, &s->at));
  LG_TRY(read_use(ctx, at, m, true, &s->use));
  LG_TRY(lg_json_get_number_or(ctx, at, "weight_uS", "uS", -1e6, 1e6, 0.0, &s->weight_uS));
  LG_TRY(read_times(ctx, at, m, s));
done:
  return status;
}

lg_status lg_cable_read_synapse(lg_ctx *ctx, const lg_json_at *at, cable_model *m) {
  lg_json_at object;
  const lg_status status = lg_json_get_object(ctx, at, "", &object);
  if (status != LG_OK) return status;
  cable_synapse *more = lg_realloc(ctx, m->synapses, m->n_synapses * sizeof *more, m->n_synapses + 1, sizeof *more);
  if (!more) return LG_ERR_MEMORY;
  m->synapses = more;
  return read_synapse(ctx, at, m->n_synapses, m);
}

lg_status lg_cable_read_stimuli(lg_ctx *ctx, const lg_json_at *root, cable_model *m) {
  lg_status status = LG_OK;
  LG_NEW(ctx, m->clamps, length_of(root, "iclamps") + 1);
  LG_NEW(ctx, m->points, length_of(root, "points") + 1);
  LG_NEW(ctx, m->synapses, length_of(root, "synapses") + 1);
  LG_TRY(each(ctx, root, "iclamps", m, read_clamp, 0));
  LG_TRY(each(ctx, root, "points", m, read_one_point, 0));
  LG_TRY(each(ctx, root, "synapses", m, read_synapse, 0));
done:
  return status;
}

/* ---- probes ---------------------------------------------------------------------------------------- */

static lg_status unknown_quantity(lg_ctx *ctx, const lg_json_at *at, const char *var) {
  return lg_fail(ctx, LG_ERR_FORMAT,
                 "%s: %s.var: \"%.40s\" is none of v, cai (any ion: <ion>i), <state>_<mechanism>, i_<mechanism>",
                 at->file, at->path, var);
}

/* "m_hh" or "i_hh": the mechanism after the last underscore that makes one. */
static bool split_variable(const cable_model *model, const char *var, const cable_mechanism **mechanism,
                           size_t *prefix) {
  for (const char *at = strchr(var, '_'); at; at = strchr(at + 1, '_')) {
    *mechanism = lg_cable_model_mechanism(model, at + 1);
    *prefix = (size_t)(at - var);
    if (*mechanism) return true;
  }
  return false;
}

static lg_status read_quantity(lg_ctx *ctx, const lg_json_at *at, const cable_model *model, cable_probe *p) {
  const char *var;
  size_t prefix;
  const lg_status status = lg_json_get_text_or(ctx, at, "var", "v", &var);
  if (status != LG_OK) return status;
  const size_t n = strlen(var);
  p->quantity = CABLE_V;
  if (strcmp(var, "v") == 0) return LG_OK;
  if (split_variable(model, var, &p->mechanism, &prefix)) {
    if (prefix == 1 && var[0] == 'i') {
      if (!p->mechanism->current)
        return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.var: %s has no current that could be told", at->file, at->path,
                       p->mechanism->name);
      p->quantity = CABLE_CURRENT;
      return LG_OK;
    }
    p->quantity = CABLE_STATE;
    for (p->state = 0; p->state < p->mechanism->n_states; p->state++)
      if (strlen(p->mechanism->states[p->state]) == prefix && strncmp(var, p->mechanism->states[p->state], prefix) == 0)
        return LG_OK;
    const char *near = lg_nearest(var, p->mechanism->states, p->mechanism->n_states);
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.var: %s has no state \"%.*s\"%s%s", at->file, at->path,
                   p->mechanism->name, (int)(prefix < 40 ? prefix : 40), var, near ? "; did you mean " : "",
                   near ? near : "");
  }
  if (n >= 2 && n < sizeof p->ion && var[n - 1] == 'i' && !strchr(var, '_')) {
    p->quantity = CABLE_ION_INSIDE;
    (void)snprintf(p->ion, sizeof p->ion, "%.*s", (int)(n - 1), var);
    return LG_OK;
  }
  return unknown_quantity(ctx, at, var);
}

/* v_mV_soma, cai_mM_soma, m_hh_soma, i_hh_nA_soma. */
static void name_column(cable_probe *p, const char *var) {
  switch (p->quantity) {
  case CABLE_V:
    (void)snprintf(p->column, sizeof p->column, "v_mV_%s", p->name);
    break;
  case CABLE_ION_INSIDE:
    (void)snprintf(p->column, sizeof p->column, "%.15si_mM_%s", p->ion, p->name);
    break;
  case CABLE_CURRENT:
    (void)snprintf(p->column, sizeof p->column, "%.40s_nA_%s", var, p->name);
    break;
  default:
    (void)snprintf(p->column, sizeof p->column, "%.40s_%s", var, p->name);
    break;
  }
}

static lg_status check_column(lg_ctx *ctx, const lg_json_at *at, const cable_model *m) {
  const cable_probe *p = &m->probes[m->n_probes];
  if (p->column[0] == '\0' || strpbrk(p->column, ",\"'\n\r\t;#"))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.name: \"%s\" cannot name a column", at->file, at->path, p->column);
  for (size_t k = 0; k < m->n_probes; k++)
    if (strcmp(m->probes[k].column, p->column) == 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a second column %s; give the probes different names", at->file,
                     at->path, p->column);
  return LG_OK;
}

static lg_status read_probe(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  static const char *const known[] = {"name", "loc", "var"};
  cable_probe *p = &m->probes[index];
  const char *var;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  char fallback[32];
  (void)snprintf(fallback, sizeof fallback, "probe%zu", index);
  LG_TRY(lg_cable_read_name(ctx, at, "name", fallback, p->name, sizeof p->name));
  LG_TRY(lg_cable_read_place(ctx, at, "loc", m, &p->at));
  LG_TRY(read_quantity(ctx, at, m, p));
  LG_TRY(lg_json_get_text_or(ctx, at, "var", "v", &var));
  name_column(p, var);
  LG_TRY(check_column(ctx, at, m));
  m->n_probes++;
done:
  return status;
}

/* As a probe, but the name is the whole column. */
static lg_status read_extra(lg_ctx *ctx, const lg_json_at *at, size_t index, cable_model *m) {
  lg_status status = LG_OK;
  LG_TRY(read_probe(ctx, at, index, m));
  if (!lg_json_has(at, "name")) goto done;
  m->n_probes--;
  (void)snprintf(m->probes[index].column, sizeof m->probes[index].column, "%s", m->probes[index].name);
  LG_TRY(check_column(ctx, at, m));
  m->n_probes++;
done:
  return status;
}

lg_status lg_cable_read_probe(lg_ctx *ctx, const lg_json_at *at, cable_model *m) {
  cable_probe *more = lg_realloc(ctx, m->probes, m->n_probes * sizeof *more, m->n_probes + 1, sizeof *more);
  if (!more) return LG_ERR_MEMORY;
  m->probes = more;
  return read_probe(ctx, at, m->n_probes, m);
}

lg_status lg_cable_read_probes(lg_ctx *ctx, const lg_json_at *root, cable_model *m) {
  lg_status status = LG_OK;
  LG_NEW(ctx, m->probes, length_of(root, "probes") + length_of(root, "record_extra") + 1);
  LG_TRY(each(ctx, root, "probes", m, read_probe, 0));
  LG_TRY(each(ctx, root, "record_extra", m, read_extra, m->n_probes));
done:
  return status;
}
