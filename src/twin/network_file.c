/* Reading networks: the document, its populations, and what all parts ask for. */
#include "twin/network_file.h"

#include "io/csv_number.h"
#include "io/csv_rows.h"
#include "io/sonata.h"
#include "twin/cable_file_internal.h"
#include "twin/network_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool lg_network_is(const lg_json_at *root) {
  const char *model = json_string_value(json_object_get(root->value, "model"));
  return model ? strcmp(model, "network") == 0 : lg_json_has(root, "populations");
}

/* ---- files ----------------------------------------------------------------------------------------- */

void lg_network_inputs_clear(lg_ctx *ctx, lg_network_inputs *inputs) {
  for (size_t k = 0; k < inputs->n; k++) lg_free(ctx, inputs->paths[k]);
  lg_free(ctx, inputs->paths);
  *inputs = (lg_network_inputs){0};
}

lg_status network_note_input(network_reader *r, const char *path) {
  lg_network_inputs *in = r->inputs;
  if (!in) return LG_OK;
  for (size_t k = 0; k < in->n; k++)
    if (strcmp(in->paths[k], path) == 0) return LG_OK;
  if (in->n == in->room) {
    char **more = lg_realloc(r->ctx, in->paths, in->n * sizeof *more, 2 * in->room + 8, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    in->paths = more;
    in->room = 2 * in->room + 8;
  }
  in->paths[in->n] = lg_strdup(r->ctx, path);
  return in->paths[in->n] ? (in->n++, LG_OK) : LG_ERR_MEMORY;
}

lg_status network_path(network_reader *r, const char *name, char **path) {
  const size_t bytes = strlen(r->folder) + strlen(name) + 2;
  char *text = lg_alloc(r->ctx, bytes, 1);
  if (!text) return LG_ERR_MEMORY;
  if (name[0] == '/' || strcmp(r->folder, ".") == 0) memcpy(text, name, strlen(name));
  else (void)snprintf(text, bytes, "%s%s%s", r->folder, strcmp(r->folder, "/") == 0 ? "" : "/", name);
  *path = text;
  return network_note_input(r, text);
}

/* ---- names, values, cells -------------------------------------------------------------------------- */

lg_status network_unknown(lg_ctx *ctx, const lg_json_at *at, const char *what, const char *name,
                          const char *const *names, size_t n) {
  const char *near = lg_nearest(name, names, n);
  char list[400] = "";
  if (near)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: there is no %s \"%.40s\"; did you mean \"%s\"", at->file, at->path,
                   what, name, near);
  for (size_t k = 0; k < n && strlen(list) < 300; k++) {
    const size_t used = strlen(list);
    (void)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", names[k]);
  }
  return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: there is no %s \"%.40s\"; %s%s", at->file, at->path, what, name,
                 n ? "there are " : "there is none at all", list);
}

lg_status network_population(network_reader *r, const lg_json_at *at, const char *key, size_t *index) {
  const char *name, **names = NULL;
  lg_json_at place;
  const size_t n = r->m->n_populations;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text(r->ctx, at, key, &name));
  LG_TRY(lg_json_get(r->ctx, at, key, &place));
  for (*index = 0; *index < n; (*index)++)
    if (strcmp(r->m->populations[*index].name, name) == 0) return LG_OK;
  LG_NEW(r->ctx, names, n);
  for (size_t k = 0; k < n; k++) names[k] = r->m->populations[k].name;
  status = network_unknown(r->ctx, &place, "population", name, names, n);
done:
  lg_free(r->ctx, names);
  return status;
}

static lg_status two_numbers(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit, double *a,
                             double *b) {
  double *x;
  size_t n;
  const lg_status status = lg_json_get_numbers(ctx, at, key, unit, &x, &n);
  if (status != LG_OK) return status;
  const bool two = n == 2 && isfinite(x[0]) && isfinite(x[1]);
  if (two) *a = x[0], *b = x[1];
  lg_free(ctx, x);
  return two ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "%s: %s.%s: two numbers expected", at->file, at->path, key);
}

static lg_status distribution(lg_ctx *ctx, const lg_json_at *at, const char *unit, double low, double high,
                              cable_value *v) {
  static const char *const known[] = {"uniform", "normal", "lognormal", "min", "max"};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, COUNT(known)));
  const int said = lg_json_has(at, "uniform") + lg_json_has(at, "normal") + lg_json_has(at, "lognormal");
  if (said != 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: one of uniform, normal and lognormal expected", at->file, at->path);
  v->kind = lg_json_has(at, "uniform") ? CABLE_UNIFORM : lg_json_has(at, "normal") ? CABLE_NORMAL : CABLE_LOGNORMAL;
  LG_TRY(two_numbers(ctx, at, known[v->kind - CABLE_UNIFORM], unit, &v->a, &v->b));
  LG_TRY(lg_json_get_number_or(ctx, at, "min", unit, low, high, low, &v->low));
  LG_TRY(lg_json_get_number_or(ctx, at, "max", unit, v->low, high, high, &v->high));
  if (v->kind == CABLE_UNIFORM ? v->b < v->a : v->b < 0.0)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s: %s", at->file, at->path,
                   v->kind == CABLE_UNIFORM ? "the high end lies below the low one" : "the spread is below 0");
  if (v->kind == CABLE_UNIFORM && (v->a < v->low || v->b > v->high))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s.uniform: %g … %g %s is not within %g … %g", at->file, at->path, v->a,
                   v->b, unit, v->low, v->high);
  /* the middle must lie between the limits, or nearly every draw would be thrown away */
  if (v->kind != CABLE_UNIFORM && (v->a < v->low || v->a > v->high))
    return lg_fail(ctx, LG_ERR_RANGE, "%s: %s: the middle, %g %s, is not within %g … %g", at->file, at->path, v->a,
                   unit, v->low, v->high);
done:
  return status;
}

lg_status network_value(lg_ctx *ctx, const lg_json_at *at, const char *key, const char *unit, double low, double high,
                        const double *fallback, cable_value *out) {
  lg_json_at place;
  double x = fallback ? *fallback : 0.0;
  lg_status status = LG_OK;
  if (lg_json_has(at, key) || !fallback) {
    LG_TRY(lg_json_get(ctx, at, key, &place));
    if (lg_json_is_object(&place)) return distribution(ctx, &place, unit, low, high, out);
    LG_TRY(lg_json_get_number_in(ctx, at, key, unit, low, high, &x));
  }
  *out = (cable_value){.kind = CABLE_FIXED, .a = x, .low = x, .high = x};
done:
  return status;
}

static lg_status cell_list(network_reader *r, const lg_json_at *list, size_t number, cable_selection *out) {
  lg_status status = LG_OK;
  const size_t n = json_array_size(list->value);
  LG_NEW(r->ctx, out->cells, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(list, k);
    int64_t cell;
    LG_TRY(lg_json_get_integer(r->ctx, &item, "", 0, (int64_t)number - 1, &cell));
    if (k > 0 && cell <= (int64_t)out->cells[k - 1]) {
      status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: cells must ascend, and each come once", list->file, item.path);
      goto done;
    }
    out->cells[out->n++] = (uint32_t)cell;
  }
done:
  return status;
}

lg_status network_cells(network_reader *r, const lg_json_at *at, const char *key, size_t population,
                        cable_selection *out) {
  enum { MOST_CELLS = 10000000 };
  static const char *const known[] = {"from", "to", "step"};
  const size_t number = r->m->populations[population].number;
  lg_json_at place;
  int64_t from = 0, to = (int64_t)number, step = 1;
  lg_status status = LG_OK;
  *out = (cable_selection){.population = population, .all = true};
  if (!lg_json_has(at, key)) return LG_OK;
  LG_TRY(lg_json_get(r->ctx, at, key, &place));
  if (lg_json_is_text(&place) && strcmp(json_string_value(place.value), "all") == 0) return LG_OK;
  out->all = false;
  if (lg_json_is_array(&place)) return cell_list(r, &place, number, out);
  if (!lg_json_is_object(&place))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: \"all\", [numbers] or {\"from\", \"to\", \"step\"} expected",
                   place.file, place.path);
  LG_TRY(lg_json_only_keys(r->ctx, &place, known, COUNT(known)));
  if (lg_json_has(&place, "from")) LG_TRY(lg_json_get_integer(r->ctx, &place, "from", 0, (int64_t)number - 1, &from));
  if (lg_json_has(&place, "to")) LG_TRY(lg_json_get_integer(r->ctx, &place, "to", from + 1, (int64_t)number, &to));
  if (lg_json_has(&place, "step")) LG_TRY(lg_json_get_integer(r->ctx, &place, "step", 1, INT32_MAX, &step));
  if ((to - from - 1) / step >= MOST_CELLS)
    LG_TRY(lg_fail(r->ctx, LG_ERR_LIMIT, "%s: %s: %lld cells by number; allowed are %d, or \"all\"", place.file,
                   place.path, (long long)((to - from - 1) / step + 1), (int)MOST_CELLS));
  LG_NEW(r->ctx, out->cells, (size_t)((to - from - 1) / step + 1));
  for (int64_t c = from; c < to; c += step) out->cells[out->n++] = (uint32_t)c;
done:
  return status;
}

static lg_status must_be_cells(network_reader *r, const lg_json_at *at, size_t population) {
  const cable_population *p = &r->m->populations[population];
  if (p->kind == CABLE_CELLS) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: '%s' are sources of spikes: they have no membrane and no synapses",
                 at->file, at->path, p->name);
}

lg_status network_synapse(network_reader *r, const lg_json_at *at, const char *key, size_t population, size_t *index) {
  const cable_model *model = r->m->populations[population].model;
  const char *name = "", **names = NULL;
  lg_json_at place = *at;
  lg_status status = LG_OK;
  size_t n = 0;
  *index = 0;
  LG_TRY(must_be_cells(r, at, population));
  if (!lg_json_has(at, key) && model->n_synapses == 1) return LG_OK;
  LG_TRY(lg_json_get_text(r->ctx, at, key, &name));
  LG_TRY(lg_json_get(r->ctx, at, key, &place));
  for (; *index < model->n_synapses; (*index)++)
    if (strcmp(model->synapses[*index].name, name) == 0) return LG_OK;
  LG_NEW(r->ctx, names, model->n_synapses);
  for (size_t k = 0; k < model->n_synapses; k++)
    if (model->synapses[k].name[0]) names[n++] = model->synapses[k].name;
  char what[2 * CABLE_NAME_BYTES];
  (void)snprintf(what, sizeof what, "synapse in the cells of '%s' named", r->m->populations[population].name);
  status = network_unknown(r->ctx, &place, what, name, names, n);
done:
  lg_free(r->ctx, names);
  return status;
}

bool network_same_place(const cable_location *a, const cable_location *b) {
  return a->where == b->where && a->node_id == b->node_id && a->section == b->section && a->x == b->x &&
         strcmp(a->name, b->name) == 0;
}

/* Room for one more probe of a model. */
static lg_status more_probes(lg_ctx *ctx, cable_model *m) {
  cable_probe *more = lg_realloc(ctx, m->probes, m->n_probes * sizeof *more, m->n_probes + 2, sizeof *more);
  if (!more) return LG_ERR_MEMORY;
  m->probes = more;
  return LG_OK;
}

lg_status network_place(network_reader *r, const lg_json_at *at, const char *key, size_t population, size_t *probe) {
  cable_model *model = r->m->populations[population].model;
  cable_location place = {.where = CABLE_AT_SECTION, .x = 0.5};
  lg_status status = LG_OK;
  LG_TRY(must_be_cells(r, at, population));
  if (lg_json_has(at, key)) LG_TRY(lg_cable_read_place(r->ctx, at, key, model, &place));
  for (*probe = 0; *probe < model->n_probes; (*probe)++)
    if (model->probes[*probe].quantity == CABLE_V && network_same_place(&model->probes[*probe].at, &place))
      return LG_OK;
  LG_TRY(more_probes(r->ctx, model));
  cable_probe *p = &model->probes[model->n_probes];
  *p = (cable_probe){.at = place, .quantity = CABLE_V};
  (void)snprintf(p->name, sizeof p->name, "place%zu", model->n_probes);
  (void)snprintf(p->column, sizeof p->column, "v_mV_%s", p->name);
  model->n_probes++;
done:
  return status;
}

/* ---- CSV ------------------------------------------------------------------------------------------- */

static lg_status find_columns(network_reader *r, const char *path, const lg_csv_rows *rows, const char *const *columns,
                              size_t n, size_t n_needed, size_t *at) {
  for (size_t c = 0; c < n; c++) at[c] = SIZE_MAX;
  for (size_t k = 0; k < rows->n_cells; k++) {
    size_t c = 0;
    while (c < n && strcmp(columns[c], rows->cells[k]) != 0) c++;
    if (c == n) {
      const char *near = lg_nearest(rows->cells[k], columns, n);
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: unknown column \"%.40s\"%s%s", path, rows->line,
                     rows->cells[k], near ? "; did you mean " : "", near ? near : "");
    }
    at[c] = k;
  }
  for (size_t c = 0; c < n_needed; c++)
    if (at[c] == SIZE_MAX)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: the column \"%s\" is missing in the first row", path, columns[c]);
  return LG_OK;
}

static lg_status read_row(network_reader *r, const char *path, const lg_csv_rows *rows, const char *const *columns,
                          size_t n, size_t n_needed, const size_t *at, double *values) {
  for (size_t c = 0; c < n; c++) {
    values[c] = (double)NAN;
    if (at[c] == SIZE_MAX || at[c] >= rows->n_cells) continue;
    if (!lg_csv_number(rows->cells[at[c]], &values[c]))
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: %s: a number expected, got \"%.40s\"", path, rows->line,
                     columns[c], rows->cells[at[c]]);
  }
  for (size_t c = 0; c < n_needed; c++)
    if (isnan(values[c]))
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: %s is missing", path, rows->line, columns[c]);
  return LG_OK;
}

lg_status network_csv(network_reader *r, const char *name, const char *const *columns, size_t n_columns,
                      size_t n_needed, network_row_fn fn, void *user) {
  enum { MOST = 8 };
  lg_csv_rows *rows = NULL;
  unsigned char *bytes = NULL;
  char *path = NULL;
  size_t n, at[MOST];
  double values[MOST];
  bool head = true;
  lg_status status = LG_OK;
  LG_TRY(network_path(r, name, &path));
  LG_TRY(lg_file_read(r->ctx, path, (size_t)4 << 30, &bytes, &n));
  LG_NEW(r->ctx, rows, 1);
  LG_TRY(lg_csv_rows_begin(r->ctx, bytes, n, rows));
  for (; lg_csv_rows_next(rows); head = false) {
    if (rows->error) {
      status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s: line %zu: %s", path, rows->line, rows->error);
      goto done;
    }
    if (head) LG_TRY(find_columns(r, path, rows, columns, n_columns, n_needed, at));
    if (head) continue;
    LG_TRY(read_row(r, path, rows, columns, n_columns, n_needed, at, values));
    status = fn(user, rows->line, values);
    if (status != LG_OK) {
      status = lg_fail_prefix(r->ctx, status, "%s: line %zu: ", path, rows->line);
      goto done;
    }
  }
  if (head) status = lg_fail(r->ctx, LG_ERR_FORMAT, "%s: the file is empty", path);
done:
  if (rows) lg_csv_rows_clear(r->ctx, rows);
  lg_free(r->ctx, rows);
  lg_free(r->ctx, bytes);
  lg_free(r->ctx, path);
  return status;
}

/* ---- the document ---------------------------------------------------------------------------------- */

static lg_status read_scheme(lg_ctx *ctx, const lg_json_at *root, cable_scheme *scheme) {
  static const char *const names[] = {"sdirk2", "nrn"};
  const char *name;
  lg_json_at at;
  const lg_status status = lg_json_get_text_or(ctx, root, "scheme", "sdirk2", &name);
  if (status != LG_OK) return status;
  *scheme = strcmp(name, "nrn") == 0 ? CABLE_NRN : CABLE_SDIRK2;
  if (strcmp(name, "nrn") == 0 || strcmp(name, "sdirk2") == 0) return LG_OK;
  if (lg_json_get(ctx, root, "scheme", &at) != LG_OK) return LG_ERR_FORMAT;
  return network_unknown(ctx, &at, "scheme for networks", name, names, 2);
}

static lg_status read_run(network_reader *r, const lg_json_at *root) {
  int64_t seed = 1;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_number_in(r->ctx, root, "tstop_ms", "ms", 1e-6, 1e9, &r->m->tstop_ms));
  LG_TRY(lg_json_get_number_or(r->ctx, root, "dt_ms", "ms", 1e-6, 10.0, 0.025, &r->m->dt_ms));
  LG_TRY(lg_json_get_number_or(r->ctx, root, "sample_ms", "ms", 1e-6, 1e9, fmax(0.1, r->m->dt_ms), &r->m->sample_ms));
  LG_TRY(read_scheme(r->ctx, root, &r->m->scheme));
  if (lg_json_has(root, "seed")) LG_TRY(lg_json_get_integer(r->ctx, root, "seed", 0, INT64_MAX, &seed));
  r->m->seed = (uint64_t)seed;
done:
  return status;
}

typedef struct train_reader {
  network_reader *r;
  cable_population *p;
  size_t room;
} train_reader;

static lg_status add_train_spike(void *user, size_t line, const double *values) {
  train_reader *t = user;
  cable_population *p = t->p;
  (void)line;
  if (!(values[0] >= 0.0 && values[0] < (double)p->number && values[0] == floor(values[0])))
    return lg_fail(t->r->ctx, LG_ERR_RANGE, "cell: %g is none of 0 … %zu", values[0], p->number - 1);
  if (!(values[1] >= 0.0 && values[1] <= 1e9))
    return lg_fail(t->r->ctx, LG_ERR_RANGE, "t_ms: %g is outside 0 … 1e9", values[1]);
  if (p->n_train == t->room) {
    const size_t room = 2 * t->room + 64;
    struct cable_train_spike *more = lg_realloc(t->r->ctx, p->train, p->n_train * sizeof *more, room, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    p->train = more;
    t->room = room;
  }
  p->train[p->n_train].t_ms = values[1];
  p->train[p->n_train++].cell = (uint32_t)values[0];
  return LG_OK;
}

static int by_time(const void *pa, const void *pb) {
  const struct cable_train_spike *a = pa, *b = pb;
  if (a->t_ms != b->t_ms) return a->t_ms < b->t_ms ? -1 : 1;
  return (a->cell > b->cell) - (a->cell < b->cell);
}

static lg_status sonata_trains(network_reader *r, const lg_json_at *at, train_reader *t) {
  static const char *const known[] = {"sonata", "population"};
  const char *name, *population;
  char *path = NULL;
  lg_sonata_spike *spikes = NULL;
  size_t n;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(r->ctx, at, "sonata", &name));
  LG_TRY(lg_json_get_text_or(r->ctx, at, "population", NULL, &population));
  LG_TRY(network_path(r, name, &path));
  LG_TRY(lg_sonata_spikes(r->ctx, path, population, &spikes, &n));
  for (size_t k = 0; k < n; k++) {
    const double pair[] = {spikes[k].cell, spikes[k].t_ms};
    status = add_train_spike(t, k, pair);
    if (status != LG_OK) {
      status = lg_fail_prefix(r->ctx, status, "%s: spike %zu: ", path, k);
      goto done;
    }
  }
done:
  lg_free(r->ctx, spikes);
  lg_free(r->ctx, path);
  return status;
}

/* A CSV file, {"sonata": FILE.h5}, or pairs [cell, t]. */
static lg_status read_trains(network_reader *r, const lg_json_at *at, cable_population *p) {
  static const char *const columns[] = {"cell", "t_ms"};
  train_reader t = {.r = r, .p = p};
  lg_json_at list;
  lg_status status = LG_OK;
  size_t n;
  p->kind = CABLE_TRAINS;
  LG_TRY(lg_json_get(r->ctx, at, "spikes", &list));
  if (lg_json_is_text(&list)) {
    LG_TRY(network_csv(r, json_string_value(list.value), columns, 2, 2, add_train_spike, &t));
  } else if (lg_json_is_object(&list)) {
    LG_TRY(sonata_trains(r, &list, &t));
  } else {
    LG_TRY(lg_json_get_array(r->ctx, at, "spikes", &list, &n));
    for (size_t k = 0; k < n; k++) {
      const lg_json_at item = lg_json_item(&list, k);
      double pair[2] = {(double)NAN, (double)NAN};
      if (json_array_size(item.value) == 2)
        for (size_t c = 0; c < 2; c++)
          if (json_is_number(json_array_get(item.value, c))) pair[c] = json_number_value(json_array_get(item.value, c));
      status = isnan(pair[0]) || isnan(pair[1]) ? lg_fail(r->ctx, LG_ERR_FORMAT, "[cell, t_ms] expected")
                                                : add_train_spike(&t, k, pair);
      if (status != LG_OK) {
        status = lg_fail_prefix(r->ctx, status, "%s: %s: ", item.file, item.path);
        goto done;
      }
    }
  }
  if (p->n_train > 1) qsort(p->train, p->n_train, sizeof *p->train, by_time);
done:
  return status;
}

static lg_status read_poisson(network_reader *r, const lg_json_at *at, cable_population *p) {
  static const char *const known[] = {"rate_Hz", "start_ms", "stop_ms"};
  lg_json_at o;
  lg_status status = LG_OK;
  p->kind = CABLE_POISSON;
  LG_TRY(lg_json_get_object(r->ctx, at, "poisson", &o));
  LG_TRY(lg_json_only_keys(r->ctx, &o, known, COUNT(known)));
  LG_TRY(lg_json_get_number_in(r->ctx, &o, "rate_Hz", "Hz", 0.0, 1e6, &p->rate_Hz));
  LG_TRY(lg_json_get_number_or(r->ctx, &o, "start_ms", "ms", 0.0, 1e12, 0.0, &p->start_ms));
  LG_TRY(lg_json_get_number_or(r->ctx, &o, "stop_ms", "ms", 0.0, 1e12, 1e12, &p->stop_ms));
done:
  return status;
}

static lg_status read_population(network_reader *r, const lg_json_at *at, size_t k) {
  static const char *const known[] = {"name",    "number", "cell", "synapses", "threshold_mV", "spike_loc",
                                      "poisson", "spikes", "nseg", "d_lambda", "max_dx_um"};
  cable_population *p = &r->m->populations[k];
  int64_t number;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(lg_cable_read_name(r->ctx, at, "name", "", p->name, sizeof p->name));
  if (p->name[0] == '\0' || strpbrk(p->name, ",\"'\n\r\t;# "))
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s.name: \"%s\" cannot name a population: no blanks, commas or quotes",
                   at->file, at->path, p->name);
  for (size_t other = 0; other < k; other++)
    if (strcmp(r->m->populations[other].name, p->name) == 0)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s.name: there is a population \"%s\" already", at->file, at->path,
                     p->name);
  LG_TRY(lg_json_get_integer(r->ctx, at, "number", 1, 100000000, &number));
  p->number = (size_t)number;
  const int said = lg_json_has(at, "cell") + lg_json_has(at, "poisson") + lg_json_has(at, "spikes");
  if (said != 1)
    return lg_fail(r->ctx, LG_ERR_FORMAT,
                   "%s: %s: a population has one of \"cell\", \"poisson\" and \"spikes\"; this has %s", at->file,
                   at->path, said ? "several" : "none");
  r->m->n_populations = k + 1;
  if (lg_json_has(at, "poisson")) return read_poisson(r, at, p);
  if (lg_json_has(at, "spikes")) return read_trains(r, at, p);
  LG_TRY(network_read_cell(r, at, p));
  LG_TRY(network_place(r, at, "spike_loc", k, &p->spike_probe));
  LG_TRY(lg_json_get_number_or(r->ctx, at, "threshold_mV", "mV", -500.0, 500.0, 0.0, &p->threshold_mV));
done:
  return status;
}

static lg_status read_populations(network_reader *r, const lg_json_at *root) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, root, "populations", &list, &n));
  if (n == 0) return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: populations: a network needs one", root->file);
  LG_NEW(r->ctx, r->m->populations, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_population(r, &at, k));
  }
done:
  return status;
}

static lg_status read_document(network_reader *r, const lg_json_at *root) {
  static const char *const known[] = {"model",     "name",          "description", "tstop_ms",    "dt_ms",
                                      "sample_ms", "scheme",        "seed",        "populations", "connections",
                                      "stimuli",   "gap_junctions", "probes",      "$schema"};
  const char *model;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_text_or(r->ctx, root, "model", "network", &model));
  if (strcmp(model, "network") != 0)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: model: \"network\" expected, got \"%.40s\"", root->file, model);
  LG_TRY(lg_json_only_keys(r->ctx, root, known, COUNT(known)));
  LG_TRY(read_run(r, root));
  LG_TRY(read_populations(r, root));
  LG_TRY(network_read_connections(r, root));
  LG_TRY(network_read_stimuli(r, root));
  LG_TRY(network_read_gaps(r, root));
  LG_TRY(network_read_probes(r, root));
done:
  return status;
}

lg_status lg_network_parse(lg_ctx *ctx, const lg_json_at *root, const char *folder, lg_network_inputs *inputs,
                           cable_network_model **out) {
  network_reader r = {.ctx = ctx, .inputs = inputs, .folder = folder};
  lg_status status = LG_OK;
  *out = NULL;
  LG_NEW(ctx, r.m, 1);
  LG_TRY(read_document(&r, root));
  *out = r.m;
  r.m = NULL;
done:
  lg_cable_network_model_destroy(ctx, r.m);
  return status;
}

lg_status lg_network_load(lg_ctx *ctx, const char *path, lg_network_inputs *inputs, cable_network_model **out) {
  lg_json_doc *doc = NULL;
  char *folder = NULL;
  lg_status status = LG_OK;
  *out = NULL;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  folder = lg_folder_of(ctx, path);
  if (!folder) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  const lg_json_at root = lg_json_root(doc);
  status = lg_network_parse(ctx, &root, folder, inputs, out);
done:
  lg_free(ctx, folder);
  lg_json_doc_destroy(ctx, doc);
  return status;
}
