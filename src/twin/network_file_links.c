/* Connections and gap junctions of a network file. */
#include "io/sonata.h"
#include "twin/cable_file_internal.h"
#include "twin/network_file_internal.h"

#include <math.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- connections ----------------------------------------------------------------------------------- */

typedef struct list_reader {
  network_reader *r;
  cable_projection *p;
  size_t room;
} list_reader;

/* from, to, weight_uS, delay_ms; the last two may be NAN. */
static lg_status add_entry(void *user, size_t line, const double *x) {
  list_reader *l = user;
  const cable_population *from = &l->r->m->populations[l->p->from], *to = &l->r->m->populations[l->p->to];
  const double dt = l->r->m->dt_ms;
  (void)line;
  if (!(x[0] >= 0.0 && x[0] < (double)from->number && x[0] == floor(x[0])))
    return lg_fail(l->r->ctx, LG_ERR_RANGE, "from: %g is none of 0 … %zu", x[0], from->number - 1);
  if (!(x[1] >= 0.0 && x[1] < (double)to->number && x[1] == floor(x[1])))
    return lg_fail(l->r->ctx, LG_ERR_RANGE, "to: %g is none of 0 … %zu", x[1], to->number - 1);
  if (!isnan(x[2]) && !(fabs(x[2]) <= 1e6))
    return lg_fail(l->r->ctx, LG_ERR_RANGE, "weight_uS: %g is outside -1e6 … 1e6", x[2]);
  if (!isnan(x[3]) && !(x[3] >= dt * (1.0 - 1e-9) && x[3] <= 10000.0))
    return lg_fail(l->r->ctx, LG_ERR_RANGE, "delay_ms: %g ms is shorter than the step, %g ms, or above 10000 ms", x[3],
                   dt);
  if (l->p->n_list == l->room) {
    const size_t room = 2 * l->room + 64;
    cable_list_entry *more = lg_realloc(l->r->ctx, l->p->list, l->p->n_list * sizeof *more, room, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    l->p->list = more;
    l->room = room;
  }
  l->p->list[l->p->n_list++] = (cable_list_entry){(uint32_t)x[0], (uint32_t)x[1], x[2], x[3]};
  return LG_OK;
}

/* {"file": "edges.h5", "population": "a_to_b", "weight_factor": 1e-3}: syn_weight times the factor is uS. */
static lg_status read_sonata(network_reader *r, const lg_json_at *at, cable_projection *p, list_reader *l) {
  static const char *const known[] = {"file", "population", "weight_factor"};
  const char *name, *population;
  char *path = NULL;
  lg_sonata_edge *edges = NULL;
  double factor;
  size_t n;
  lg_status status = LG_OK;
  p->rule = CABLE_LIST;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(lg_json_get_text(r->ctx, at, "file", &name));
  LG_TRY(lg_json_get_text_or(r->ctx, at, "population", NULL, &population));
  LG_TRY(lg_json_get_number_or(r->ctx, at, "weight_factor", "uS", -1e9, 1e9, 1.0, &factor));
  LG_TRY(network_path(r, name, &path));
  LG_TRY(lg_sonata_edges(r->ctx, path, population, &edges, &n));
  for (size_t k = 0; k < n; k++) {
    const double x[] = {edges[k].from, edges[k].to, factor * edges[k].weight, edges[k].delay_ms};
    status = add_entry(l, k, x);
    if (status != LG_OK) {
      status = lg_fail_prefix(r->ctx, status, "%s: edge %zu: ", path, k);
      goto done;
    }
  }
done:
  lg_free(r->ctx, edges);
  lg_free(r->ctx, path);
  return status;
}

static lg_status read_list(network_reader *r, const lg_json_at *rule, cable_projection *p) {
  static const char *const columns[] = {"from", "to", "weight_uS", "delay_ms"};
  list_reader l = {.r = r, .p = p};
  lg_json_at list;
  lg_status status = LG_OK;
  size_t n;
  p->rule = CABLE_LIST;
  LG_TRY(lg_json_get(r->ctx, rule, "list", &list));
  if (lg_json_is_text(&list)) return network_csv(r, json_string_value(list.value), columns, 4, 2, add_entry, &l);
  LG_TRY(lg_json_get_array(r->ctx, rule, "list", &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at item = lg_json_item(&list, k);
    const size_t parts = json_array_size(item.value);
    double x[4] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    bool good = parts >= 2 && parts <= 4;
    for (size_t c = 0; good && c < parts; c++) {
      const json_t *part = json_array_get(item.value, c);
      good = json_is_number(part) || (c >= 2 && json_is_null(part));
      if (json_is_number(part)) x[c] = json_number_value(part);
    }
    status = good ? add_entry(&l, k, x)
                  : lg_fail(r->ctx, LG_ERR_FORMAT, "[from, to] or [from, to, weight_uS, delay_ms] expected");
    if (status != LG_OK) {
      status = lg_fail_prefix(r->ctx, status, "%s: %s: ", item.file, item.path);
      goto done;
    }
  }
done:
  return status;
}

static lg_status read_rule(network_reader *r, const lg_json_at *at, cable_projection *p) {
  static const char *const words[] = {"one_to_one",     "all_to_all", "fixed_probability",
                                      "fixed_indegree", "list",       "sonata"};
  lg_json_at rule, sonata;
  int64_t indegree;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get(r->ctx, at, "rule", &rule));
  if (lg_json_is_text(&rule)) {
    const char *word = json_string_value(rule.value);
    if (strcmp(word, words[0]) == 0) p->rule = CABLE_ONE_TO_ONE;
    else if (strcmp(word, words[1]) == 0) p->rule = CABLE_ALL_TO_ALL;
    else if (strcmp(word, words[2]) == 0 || strcmp(word, words[3]) == 0 || strcmp(word, words[4]) == 0 ||
             strcmp(word, words[5]) == 0)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: %s wants a number or a list: {\"%s\": …}", rule.file, rule.path,
                     word, word);
    else return network_unknown(r->ctx, &rule, "rule", word, words, COUNT(words));
    return LG_OK;
  }
  LG_TRY(lg_json_only_keys(r->ctx, &rule, words + 2, 4));
  const int said = lg_json_has(&rule, words[2]) + lg_json_has(&rule, words[3]) + lg_json_has(&rule, words[4]) +
                   lg_json_has(&rule, words[5]);
  if (said != 1)
    return lg_fail(r->ctx, LG_ERR_FORMAT, "%s: %s: one of fixed_probability, fixed_indegree, list and sonata expected",
                   rule.file, rule.path);
  if (lg_json_has(&rule, "list")) return read_list(r, &rule, p);
  if (lg_json_has(&rule, "sonata")) {
    list_reader l = {.r = r, .p = p};
    LG_TRY(lg_json_get_object(r->ctx, &rule, "sonata", &sonata));
    return read_sonata(r, &sonata, p, &l);
  }
  if (lg_json_has(&rule, words[2])) {
    p->rule = CABLE_PROBABILITY;
    return lg_json_get_number_in(r->ctx, &rule, words[2], NULL, 0.0, 1.0, &p->probability);
  }
  const bool itself = p->from == p->to && !p->to_itself;
  p->rule = CABLE_INDEGREE;
  LG_TRY(lg_json_get_integer(r->ctx, &rule, words[3], 0, (int64_t)r->m->populations[p->from].number - (itself ? 1 : 0),
                             &indegree));
  p->indegree = (size_t)indegree;
done:
  return status;
}

static lg_status check_delay(network_reader *r, const lg_json_at *at, const cable_projection *p) {
  const double least = lg_cable_value_least(&p->delay_ms), dt = r->m->dt_ms;
  if (least >= dt * (1.0 - 1e-9)) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_RANGE,
                 "%s: %s.delay_ms: %g ms is shorter than the step, dt_ms %g: an event would arrive before it was sent",
                 at->file, at->path, least, dt);
}

static lg_status read_connection(network_reader *r, const lg_json_at *at, cable_projection *p) {
  static const char *const known[] = {"from", "to", "synapse", "rule", "weight_uS", "delay_ms", "to_itself", "name"};
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_population(r, at, "from", &p->from));
  LG_TRY(network_population(r, at, "to", &p->to));
  LG_TRY(network_synapse(r, at, "synapse", p->to, &p->synapse));
  if (lg_json_has(at, "to_itself")) LG_TRY(lg_json_get_boolean(r->ctx, at, "to_itself", &p->to_itself));
  LG_TRY(read_rule(r, at, p));
  const cable_population *from = &r->m->populations[p->from], *to = &r->m->populations[p->to];
  if (p->rule == CABLE_ONE_TO_ONE && from->number != to->number)
    return lg_fail(r->ctx, LG_ERR_RANGE, "%s: %s: one_to_one from %zu to %zu cells; both must have the same number",
                   at->file, at->path, from->number, to->number);
  const double weight = to->model->synapses[p->synapse].weight_uS, delay = fmax(1.0, r->m->dt_ms);
  LG_TRY(network_value(r->ctx, at, "weight_uS", "uS", -1e6, 1e6, &weight, &p->weight));
  LG_TRY(network_value(r->ctx, at, "delay_ms", "ms", 0.0, 10000.0, &delay, &p->delay_ms));
  /* draws below the step are drawn again; a number or a uniform below it is a mistake */
  if (p->delay_ms.kind >= CABLE_NORMAL && p->delay_ms.low < r->m->dt_ms && p->delay_ms.a > r->m->dt_ms)
    p->delay_ms.low = r->m->dt_ms;
  LG_TRY(check_delay(r, at, p));
done:
  return status;
}

lg_status network_read_connections(network_reader *r, const lg_json_at *root) {
  lg_json_at list;
  size_t n;
  lg_status status = LG_OK;
  if (!lg_json_has(root, "connections")) return LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, root, "connections", &list, &n));
  LG_NEW(r->ctx, r->m->projections, n);
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    r->m->n_projections = k + 1;
    LG_TRY(read_connection(r, &at, &r->m->projections[k]));
  }
done:
  return status;
}

/* ---- gap junctions --------------------------------------------------------------------------------- */

static lg_status read_end(network_reader *r, const lg_json_at *at, const char *key, size_t *population, uint32_t *cell,
                          size_t *probe) {
  static const char *const known[] = {"population", "cell", "loc"};
  lg_json_at end;
  int64_t number;
  lg_status status = LG_OK;
  LG_TRY(lg_json_get_object(r->ctx, at, key, &end));
  LG_TRY(lg_json_only_keys(r->ctx, &end, known, COUNT(known)));
  LG_TRY(network_population(r, &end, "population", population));
  LG_TRY(lg_json_get_integer(r->ctx, &end, "cell", 0, (int64_t)r->m->populations[*population].number - 1, &number));
  LG_TRY(network_place(r, &end, "loc", *population, probe));
  *cell = (uint32_t)number;
done:
  return status;
}

typedef struct gap_list {
  network_reader *r;
  cable_gap like;
  size_t room;
} gap_list;

static lg_status push_gap(network_reader *r, size_t *room, const cable_gap *gap) {
  cable_network_model *m = r->m;
  if (gap->population[0] == gap->population[1] && gap->cell[0] == gap->cell[1] && gap->probe[0] == gap->probe[1])
    return lg_fail(r->ctx, LG_ERR_FORMAT, "a junction of cell %u with itself at one place", gap->cell[0]);
  if (m->n_gaps == *room) {
    const size_t more_room = 2 * *room + 16;
    cable_gap *more = lg_realloc(r->ctx, m->gaps, m->n_gaps * sizeof *more, more_room, sizeof *more);
    if (!more) return LG_ERR_MEMORY;
    m->gaps = more;
    *room = more_room;
  }
  m->gaps[m->n_gaps++] = *gap;
  return LG_OK;
}

static lg_status add_gap_row(void *user, size_t line, const double *x) {
  gap_list *l = user;
  cable_gap gap = l->like;
  (void)line;
  for (int side = 0; side < 2; side++) {
    const size_t number = l->r->m->populations[gap.population[side]].number;
    if (!(x[side] >= 0.0 && x[side] < (double)number && x[side] == floor(x[side])))
      return lg_fail(l->r->ctx, LG_ERR_RANGE, "%s: %g is none of 0 … %zu", side ? "b" : "a", x[side], number - 1);
    gap.cell[side] = (uint32_t)x[side];
  }
  if (!isnan(x[2])) gap.conductance_uS = x[2];
  if (!(gap.conductance_uS > 0.0 && gap.conductance_uS <= 1e3))
    return lg_fail(l->r->ctx, LG_ERR_RANGE, "conductance_uS: %g is outside 0 … 1000", gap.conductance_uS);
  return push_gap(l->r, &l->room, &gap);
}

/* {"from", "to", "from_loc", "to_loc", "list": FILE.csv with a,b[,conductance_uS], "conductance_uS"}. */
static lg_status read_gap_file(network_reader *r, const lg_json_at *at, size_t *room) {
  static const char *const known[] = {"from", "to", "from_loc", "to_loc", "list", "conductance_uS"};
  static const char *const columns[] = {"a", "b", "conductance_uS"};
  gap_list l = {.r = r, .room = *room};
  const char *name;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(network_population(r, at, "from", &l.like.population[0]));
  LG_TRY(network_population(r, at, "to", &l.like.population[1]));
  LG_TRY(network_place(r, at, "from_loc", l.like.population[0], &l.like.probe[0]));
  LG_TRY(network_place(r, at, "to_loc", l.like.population[1], &l.like.probe[1]));
  LG_TRY(lg_json_get_number_or(r->ctx, at, "conductance_uS", "uS", 0.0, 1e3, 0.0, &l.like.conductance_uS));
  LG_TRY(lg_json_get_text(r->ctx, at, "list", &name));
  LG_TRY(network_csv(r, name, columns, 3, 2, add_gap_row, &l));
  *room = l.room;
done:
  return status;
}

static lg_status read_gap(network_reader *r, const lg_json_at *at, size_t *room) {
  static const char *const known[] = {"a", "b", "conductance_uS"};
  cable_gap gap = {0};
  lg_status status = LG_OK;
  if (lg_json_has(at, "list")) return read_gap_file(r, at, room);
  LG_TRY(lg_json_only_keys(r->ctx, at, known, COUNT(known)));
  LG_TRY(read_end(r, at, "a", &gap.population[0], &gap.cell[0], &gap.probe[0]));
  LG_TRY(read_end(r, at, "b", &gap.population[1], &gap.cell[1], &gap.probe[1]));
  LG_TRY(lg_json_get_number_in(r->ctx, at, "conductance_uS", "uS", 0.0, 1e3, &gap.conductance_uS));
  status = push_gap(r, room, &gap);
  if (status != LG_OK) status = lg_fail_prefix(r->ctx, status, "%s: %s: ", at->file, at->path);
done:
  return status;
}

lg_status network_read_gaps(network_reader *r, const lg_json_at *root) {
  lg_json_at list;
  size_t n, room = 0;
  lg_status status = LG_OK;
  if (!lg_json_has(root, "gap_junctions")) return LG_OK;
  LG_TRY(lg_json_get_array(r->ctx, root, "gap_junctions", &list, &n));
  for (size_t k = 0; k < n; k++) {
    const lg_json_at at = lg_json_item(&list, k);
    LG_TRY(read_gap(r, &at, &room));
  }
done:
  return status;
}
