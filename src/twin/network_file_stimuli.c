/* Stimuli and probes of a network file; cells of populations. */
#include "twin/cable_file_internal.h"
#include "twin/network_file_internal.h"

#include <loligo/neuron.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- stimuli --------------------------------------------------------------------------------------- */

/* start_ms and stop_ms of what lasts; dur_ms as in clamps of cells is understood too. */
static lg_status read_window(lg_ctx *ctx, const lg_json_at *at, cable_stimulus *s) {
  double duration;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_number_or(ctx, at, "delay_ms", "ms", 0.0, 1e12, 0.0, &s->start_ms));
  LG_TRY(lg_json_get_number_or(ctx, at, "dur_ms", "ms", 0.0, 1e12, 1e12, &duration));
  s->stop_ms = s->start_ms + duration;
done:
  return status;
}

static lg_status read_poisson(network_reader *r, const lg_json_at *at, cable_stimulus *s) {
  static const char *const known[] = {"type", "to", "cells", "synapse", "rate_Hz", "weight_uS", "delay_ms", "dur_ms"};
  lg_status status = LG_OK;
  s->kind = CABLE_POISSON_INPUT;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_synapse(r, at, "synapse", s->to.population, &s->synapse));
  const double weight = r->m->populations[s->to.population].model->synapses[s->synapse].weight_uS;
  LG_TRY(lg_json_get_number_in(r->ctx, at, "rate_Hz", "Hz", 0.0, 1e6, &s->rate_Hz));
  LG_TRY(network_value(r->ctx, at, "weight_uS", "uS", -1e6, 1e6, &weight, &s->weight));
  LG_TRY(read_window(r->ctx, at, s));
done:
  return status;
}

static lg_status read_current(network_reader *r, const lg_json_at *at, cable_stimulus *s) {
  static const char *const known[] = {"type", "to", "cells", "loc", "amp_nA", "delay_ms", "dur_ms"};
  lg_status status = LG_OK;
  s->kind = CABLE_CLAMP_INPUT;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_place(r, at, "loc", s->to.population, &s->probe));
  LG_TRY(network_value(r->ctx, at, "amp_nA", "nA", -1e6, 1e6, NULL, &s->amplitude_nA));
  LG_TRY(read_window(r->ctx, at, s));
done:
  return status;
}

static lg_status read_noise(network_reader *r, const lg_json_at *at, cable_stimulus *s) {
  static const char *const known[] = {"type",     "to",     "cells",    "loc",   "mean_nA",
                                      "sigma_nA", "tau_ms", "delay_ms", "dur_ms"};
  lg_status status = LG_OK;
  s->kind = CABLE_OU_INPUT;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_place(r, at, "loc", s->to.population, &s->probe));
  LG_TRY(lg_json_get_number_or(r->ctx, at, "mean_nA", "nA", -1e6, 1e6, 0.0, &s->mean_nA));
  LG_TRY(lg_json_get_number_in(r->ctx, at, "sigma_nA", "nA", 0.0, 1e6, &s->sigma_nA));
  LG_TRY(lg_json_get_number_or(r->ctx, at, "tau_ms", "ms", 1e-6, 1e9, 20.0, &s->tau_ms));
  LG_TRY(read_window(r->ctx, at, s));
done:
  return status;
}

typedef struct input_reader {
  network_reader *r;
  cable_stimulus *s;
  size_t room;
  bool named; /* the rows name their cells */
} input_reader;

/* t_ms, cell, weight_uS; the last two may be NAN. */
static lg_status add_spike(void *user, size_t line, const double *x) {
  input_reader *in = user;
  cable_stimulus *s = in->s;
  const size_t number = in->r->m->populations[s->to.population].number;
  (void)line;
  if (!(x[0] >= 0.0 && x[0] <= 1e9)) return lg_fail(in->r->ctx, LG_ERR_RANGE, "t_ms: %g is outside 0 … 1e9", x[0]);
  if (s->n_train > 0 && in->named != !isnan(x[1]))
    return lg_fail(in->r->ctx, LG_ERR_FORMAT, "some rows have a cell and some have none");
  in->named = !isnan(x[1]);
  if (in->named && !(x[1] >= 0.0 && x[1] < (double)number && x[1] == floor(x[1])))
    return lg_fail(in->r->ctx, LG_ERR_RANGE, "cell: %g is none of 0 … %zu", x[1], number - 1);
  if (s->n_train == in->room) {
    const size_t room = 2 * in->room + 64;
    struct cable_input_spike *more = lg_realloc(in->r->ctx, s->train, s->n_train * sizeof *more, room, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    s->train = more;
    in->room = room;
  }
  s->train[s->n_train++] = (struct cable_input_spike){
      .t_ms = x[0], .weight = isnan(x[2]) ? s->weight.a : x[2], .cell = in->named ? (uint32_t)x[1] : UINT32_MAX};
  return LG_OK;
}

static int by_time(const void *pa, const void *pb) {
  const struct cable_input_spike *a = pa, *b = pb;
  if (a->t_ms != b->t_ms) return a->t_ms < b->t_ms ? -1 : 1;
  return (a->cell > b->cell) - (a->cell < b->cell);
}

static lg_status read_spikes(network_reader *r, const lg_json_at *at, cable_stimulus *s) {
  static const char *const known[] = {"type", "to", "cells", "synapse", "weight_uS", "times_ms", "file"};
  static const char *const columns[] = {"t_ms", "cell", "weight_uS"};
  input_reader in = {.r = r, .s = s};
  const char *file;
  double *times = NULL;
  size_t n = 0;
  lg_status status = LG_OK;
  s->kind = CABLE_TRAIN_INPUT;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_synapse(r, at, "synapse", s->to.population, &s->synapse));
  double weight = r->m->populations[s->to.population].model->synapses[s->synapse].weight_uS;
  LG_TRY(lg_json_get_number_or(r->ctx, at, "weight_uS", "uS", -1e6, 1e6, weight, &weight));
  s->weight = (cable_value){.kind = CABLE_FIXED, .a = weight, .low = weight, .high = weight};
  if (lg_json_has(at, "file") == lg_json_has(at, "times_ms")) {
    status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: one of \"file\" and \"times_ms\" expected", at->file, at->path);
    goto done;
  }
  if (lg_json_has(at, "file")) {
    LG_TRY(lg_json_get_text(r->ctx, at, "file", &file));
    LG_TRY(network_csv(r, file, columns, 3, 1, add_spike, &in));
    if (in.named && !s->to.all) {
      status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s.cells: the file names the cells itself", at->file, at->path);
      goto done;
    }
  } else {
    LG_TRY(lg_json_get_numbers(r->ctx, at, "times_ms", "ms", &times, &n));
    for (size_t k = 0; k < n; k++) {
      const double row[] = {times[k], (double)NAN, (double)NAN};
      status = add_spike(&in, k, row);
      if (status != LG_OK) {
        status = lg_fail_prefix(r->ctx, status, "%s: %s.times_ms[%zu]: ", at->file, at->path, k);
        goto done;
      }
    }
  }
  if (s->n_train > 1) qsort(s->train, s->n_train, sizeof *s->train, by_time);
done:
  lg_free(r->ctx, times);
  return status;
}

static lg_status read_stimulus(network_reader *r, const lg_json_at *at, cable_stimulus *s) {
  static const char *const types[] = {"poisson", "spikes", "current", "noise"};
  static lg_status (*const readers[])(network_reader *, const lg_json_at *,
                                      cable_stimulus *) = {read_poisson, read_spikes, read_current, read_noise};
  const char *type;
  size_t population;
  lg_json_at place;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text(r->ctx, at, "type", &type));
  LG_TRY(network_population(r, at, "to", &population));
  LG_TRY(network_cells(r, at, "cells", population, &s->to));
  for (size_t k = 0; k < COUNT(types); k++)
    if (strcmp(types[k], type) == 0) return readers[k](r, at, s);
  LG_TRY(lg_json_get(r->ctx, at, "type", &place));
  status = network_unknown(r->ctx, &place, "type of stimulus", type, types, COUNT(types));
done:
  return status;
}

lg_status network_read_stimuli(network_reader *r, const lg_json_at *root) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(root, "stimuli")) return LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, root, "stimuli", &list, &n));
  LG_NEW(r->ctx, r->m->stimuli, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    r->m->n_stimuli = k + 1;
    LG_TRY(read_stimulus(r, &at, &r->m->stimuli[k]));
  }
done:
  return status;
}

/* ---- probes ---------------------------------------------------------------------------------------- */

/* Whether the cell has this very probe of v already: the same name at the same place. */
static lg_status find_probe(network_reader *r, const lg_json_at *at, const cable_model *model, size_t *index) {
  const char *name, *var;
  cable_location place;
  lg_status status = LG_OK;
  *index = model->n_probes;
  LG_TRY(lg_json_get_text_or(r->ctx, at, "name", "", &name));
  LG_TRY(lg_json_get_text_or(r->ctx, at, "var", "v", &var));
  if (!lg_json_has(at, "loc") || strcmp(var, "v") != 0) return LG_OK;
  LG_TRY(lg_cable_read_place(r->ctx, at, "loc", model, &place));
  for (*index = 0; *index < model->n_probes; (*index)++) {
    const cable_probe *p = &model->probes[*index];
    if (p->quantity == CABLE_V && strcmp(p->name, name) == 0 && network_same_place(&p->at, &place)) break;
  }
done:
  return status;
}

/* Keys of the probe alone, as a cell's file has them. */
static lg_status read_new_probe(network_reader *r, const lg_json_at *at, cable_model *model, size_t *index) {
  json_t *own = json_object();
  static const char *const keys[] = {"name", "loc", "var"};
  lg_status status = own ? LG_OK : LG_ERR_MEMORY;
  for (size_t k = 0; status == LG_OK && k < COUNT(keys); k++) {
    json_t *value = json_object_get(at->value, keys[k]);
    if (value && json_object_set(own, keys[k], value) != 0) status = LG_ERR_MEMORY;
  }
  if (status == LG_OK && !json_object_get(own, "loc") && /* the middle of the first section */
      json_object_set_new(own, "loc", json_pack("[s, i, f]", "sec", 0, 0.5)) != 0)
    status = LG_ERR_MEMORY;
  lg_json_at alone = *at;
  alone.value = own;
  *index = model->n_probes;
  if (status == LG_OK) status = lg_cable_read_probe(r->ctx, &alone, model);
  json_decref(own);
  return status;
}

static lg_status read_probe(network_reader *r, const lg_json_at *at, cable_network_probe *p) {
  static const char *const known[] = {"population", "cells", "probe", "name", "loc", "var"};
  size_t population, n = 0;
  const char *name, **names = NULL;
  lg_json_at place;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_population(r, at, "population", &population));
  LG_TRY(network_cells(r, at, "cells", population, &p->of));
  if (r->m->populations[population].kind != CABLE_CELLS)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: '%s' are sources of spikes: there is nothing to probe", at->file,
                   at->path, r->m->populations[population].name);
  cable_model *model = r->m->populations[population].model;
  LG_TRY(lg_json_get_text_or(r->ctx, at, "probe", NULL, &name));
  if (!name) { /* a name alone may be that of a probe of the cell, too */
    LG_TRY(lg_json_get_text_or(r->ctx, at, "name", "", &name));
    const bool alone = name[0] && !lg_json_has(at, "loc") && !lg_json_has(at, "var");
    for (p->probe = 0; alone && p->probe < model->n_probes; p->probe++)
      if (strcmp(model->probes[p->probe].name, name) == 0) return LG_OK;
    LG_TRY(find_probe(r, at, model, &p->probe));
    return p->probe < model->n_probes ? LG_OK : read_new_probe(r, at, model, &p->probe);
  }
  for (p->probe = 0; p->probe < model->n_probes; p->probe++)
    if (strcmp(model->probes[p->probe].name, name) == 0 || strcmp(model->probes[p->probe].column, name) == 0)
      return LG_OK;
  LG_NEW(r->ctx, names, model->n_probes);
  for (; n < model->n_probes; n++) names[n] = model->probes[n].name;
  LG_TRY(lg_json_get(r->ctx, at, "probe", &place));
  status = network_unknown(r->ctx, &place, "probe in the file of the cell named", name, names, n);
done:
  lg_free(r->ctx, names);
  return status;
}

lg_status network_read_probes(network_reader *r, const lg_json_at *root) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(root, "probes")) return LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, root, "probes", &list, &n));
  LG_NEW(r->ctx, r->m->probes, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    r->m->n_probes = k + 1;
    LG_TRY(read_probe(r, &at, &r->m->probes[k]));
  }
done:
  return status;
}

/* ---- cells ----------------------------------------------------------------------------------------- */

static lg_status read_cut(lg_ctx *ctx, const lg_json_at *at, cable_cut *cut) {
  int64_t n = 0;
  lg_status status = LG_OK;
  *cut = (cable_cut)CABLE_CUT_INIT;
  if (lg_json_has(at, "nseg")) LG_TRY(lg_json_get_integer(ctx, at, "nseg", 1, 100000, &n));
  cut->n_per_section = (size_t)n;
  LG_TRY(lg_json_get_number_or(ctx, at, "max_dx_um", "um", 1e-3, 1e6, 0.0, &cut->max_dx_um));
  LG_TRY(lg_json_get_number_or(ctx, at, "d_lambda", NULL, 1e-4, 10.0, 0.0, &cut->d_lambda));
done:
  return status;
}

static lg_status read_synapses(network_reader *r, const lg_json_at *at, cable_model *model) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(at, "synapses")) return LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, at, "synapses", &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    LG_TRY(lg_cable_read_synapse(r->ctx, &item, model));
  }
done:
  return status;
}

static lg_status check_synapse_names(network_reader *r, const lg_json_at *at, const cable_model *m) {
  for (size_t a = 0; a < m->n_synapses; a++)
    for (size_t b = 0; b < a && m->synapses[a].name[0]; b++)
      if (strcmp(m->synapses[a].name, m->synapses[b].name) == 0)
        return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: two synapses are named \"%s\"; connections could not tell them",
                       at->file, at->path, m->synapses[a].name);
  return LG_OK;
}

/* Whether a file is a twin or a model of a point neuron. */
static lg_status is_neuron(lg_ctx *ctx, const char *path, bool *is) {
  lg_json_doc *doc = NULL;
  size_t n;
  *is = false;
  const lg_status status = lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc);
  if (status != LG_OK) return status;
  const lg_json_at root = lg_json_root(doc);
  const char *model = json_string_value(json_object_get(root.value, "model"));
  const lg_model_info *const *rows = lg_neuron_models(&n);
  for (size_t k = 0; model && k < n; k++) *is = *is || strcmp(rows[k]->model, model) == 0;
  lg_json_doc_destroy(ctx, doc);
  return LG_OK;
}

/* {"twin": "clone.json", "draw": "posterior", "synapses": […]} */
static lg_status read_twin(network_reader *r, const lg_json_at *at, cable_model **out) {
  static const char *const known[] = {"twin", "draw", "synapses"};
  const char *name, *draw;
  char *path = NULL;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(r->ctx, at, "twin", &name));
  LG_TRY(lg_json_get_text_or(r->ctx, at, "draw", "best", &draw));
  if (strcmp(draw, "best") != 0 && strcmp(draw, "posterior") != 0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s.draw: \"best\" or \"posterior\" expected, got \"%.40s\"", at->file,
                   at->path, draw);
  LG_TRY(network_path(r, name, &path));
  LG_TRY(network_twin_cell(r, at, path, strcmp(draw, "posterior") == 0, out));
done:
  lg_free(r->ctx, path);
  return status;
}

static lg_status read_cell_file(network_reader *r, const lg_json_at *at, cable_model **out) {
  char *path = NULL;
  bool neuron = false;
  lg_status status = LG_OK;
  LG_TRY(network_path(r, json_string_value(at->value), &path));
  LG_TRY(is_neuron(r->ctx, path, &neuron));
  LG_TRY(neuron ? network_twin_cell(r, at, path, false, out) : lg_cable_load(r->ctx, path, out));
done:
  lg_free(r->ctx, path);
  return status;
}

lg_status network_read_cell(network_reader *r, const lg_json_at *population, cable_population *out) {
  lg_json_at at, kind;
  json_t *made = NULL;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get(r->ctx, population, "cell", &at));
  if (lg_json_is_text(&at)) {
    LG_TRY(read_cell_file(r, &at, &out->model));
  } else if (lg_json_has(&at, "twin")) {
    LG_TRY(read_twin(r, &at, &out->model));
  } else if (lg_json_has(&at, "point") || lg_json_has(&at, "dendrify")) {
    const bool point = lg_json_has(&at, "point");
    static const char *const one[] = {"point"}, *const other[] = {"dendrify"};
    LG_TRY(lg_json_only_keys(r->ctx, &at, point ? one : other, 1));
    LG_TRY(lg_json_get_object(r->ctx, &at, point ? "point" : "dendrify", &kind));
    LG_TRY((point ? network_point_cell : network_dendrify_cell)(r->ctx, &kind, &made));
    lg_json_at cell = kind;
    cell.value = made;
    LG_TRY(lg_cable_parse(r->ctx, &cell, r->folder, &out->model));
  } else {
    LG_TRY(lg_cable_parse(r->ctx, &at, r->folder, &out->model));
  }
  if (out->model->swc_path) LG_TRY(network_note_input(r, out->model->swc_path));
  LG_TRY(read_synapses(r, population, out->model));
  LG_TRY(check_synapse_names(r, population, out->model));
  LG_TRY(read_cut(r->ctx, population, &out->cut));
done:
  json_decref(made);
  return status;
}
