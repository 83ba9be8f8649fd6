/* A cell with shape, or a point neuron, that runs on and on, stimulated meanwhile. */
#include "twin/live.h"

#include "base/base.h"
#include "cable/group.h"
#include "neuron/live.h"
#include "twin/cable_file_internal.h"
#include "twin/channels_file.h"

#include <math.h>
#include <string.h>

/* A free end has no compartment of its own, and a joint only where the file's own places need one: live stimuli lie
 * inside, where a clamp in the file changes nothing of how the cell is cut. */
#define INSIDE 1e-6

struct lg_live {
  lg_neuron_live *point; /* NULL: a cell with shape, below */
  lg_channels *channels;
  lg_neuron neuron;
  cable_model *model;
  cable_tree *tree;
  cable_group *group;
  size_t n_values;
};

void lg_live_close(lg_ctx *ctx, lg_live *live) {
  if (!live) return;
  lg_neuron_live_destroy(ctx, live->point);
  lg_channels_destroy(ctx, live->channels);
  lg_cable_group_destroy(ctx, live->group);
  lg_cable_tree_destroy(ctx, live->tree);
  lg_cable_model_destroy(ctx, live->model);
  lg_free(ctx, live);
}

static lg_status check_size(lg_ctx *ctx, const lg_live *live) {
  if (live->n_values <= LG_LIVE_MOST_VALUES) return LG_OK;
  return lg_fail(ctx, LG_ERR_LIMIT, "%zu compartments; at most %d run live: cut the cell more coarsely (max-dx-um)",
                 live->n_values, LG_LIVE_MOST_VALUES);
}

/* False too where the file cannot be read: whoever reads it then says why. */
static bool is_cable(lg_ctx *ctx, const char *path) {
  lg_json_doc *doc;
  if (lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc) != LG_OK) return false;
  const lg_json_at root = lg_json_root(doc);
  const bool is = lg_cable_is(&root);
  lg_json_doc_destroy(ctx, doc);
  return is;
}

static lg_status open_cable(lg_ctx *ctx, const char *path, const lg_live_options *o, lg_live *live) {
  lg_status status = LG_OK;
  cable_run_options one = o->run;
  one.n_cells = 1;
  LG_TRY(lg_cable_load(ctx, path, &live->model));
  LG_TRY(lg_cable_tree_create(ctx, live->model, &o->cut, &live->tree));
  for (size_t s = 0; s < live->tree->n_sections; s++) live->n_values += (size_t)live->tree->n_centres[s];
  LG_TRY(check_size(ctx, live));
  LG_TRY(lg_cable_group_create(ctx, live->model, live->tree, &one, &live->group));
done:
  return status;
}

static lg_status open_point(lg_ctx *ctx, const char *path, const lg_live_options *o, lg_live *live) {
  lg_status status = LG_OK;
  LG_TRY(lg_neuron_load_channels(ctx, path, &live->neuron, &live->channels));
  LG_TRY(lg_neuron_live_create(ctx, &live->neuron, o->run.dt_ms, &live->point));
  live->n_values = lg_neuron_live_n_states(live->point);
done:
  return status;
}

lg_status lg_live_open(lg_ctx *ctx, const char *path, const lg_live_options *o, lg_live **out) {
  lg_status status = LG_OK;
  lg_live *live = NULL;
  *out = NULL;
  if (o->run.scheme == CABLE_ADAPTIVE) return lg_fail(ctx, LG_ERR_ARGUMENT, "adaptive steps do not run live");
  LG_NEW(ctx, live, 1);
  LG_TRY(is_cable(ctx, path) ? open_cable(ctx, path, o, live) : open_point(ctx, path, o, live));
  *out = live;
  live = NULL;
done:
  lg_live_close(ctx, live);
  return status;
}

bool lg_live_is_point(const lg_live *live) { return live->point != NULL; }

double lg_live_dt_ms(const lg_live *live) {
  return live->point ? lg_neuron_live_dt_ms(live->point) : live->group->o.dt_ms;
}

double lg_live_time_ms(const lg_live *live) {
  return live->point ? lg_neuron_live_time_ms(live->point) : lg_cable_group_time_ms(live->group);
}

size_t lg_live_n_values(const lg_live *live) { return live->n_values; }

void lg_live_values(const lg_live *live, double *values) {
  const cable_tree *t = live->tree;
  size_t n = 0;
  if (live->point) {
    lg_neuron_live_states(live->point, values);
    return;
  }
  for (size_t s = 0; s < t->n_sections; s++)
    for (int32_t k = 0; k < t->n_centres[s]; k++)
      values[n++] = lg_cable_group_v(live->group, (size_t)(t->first_centre[s] + k), 0);
}

lg_status lg_live_advance(lg_ctx *ctx, lg_live *live, size_t n_steps) {
  size_t node, cell;
  if (live->point) return lg_neuron_live_advance(live->point, n_steps);
  for (size_t k = 0; k < n_steps; k++) lg_cable_group_step(live->group);
  if (!lg_cable_group_diverged(live->group, &node, &cell)) return LG_OK;
  return lg_fail(ctx, LG_ERR_NUMERICAL,
                 "the simulation diverged before t = %g ms in section %d at x = %.4g; a smaller dt may help",
                 lg_live_time_ms(live), (int)live->tree->section[node], live->tree->x[node]);
}

/* ---- stimuli ------------------------------------------------------------------------------------------------- */

static lg_status read_place(lg_ctx *ctx, const lg_live *live, const lg_json_at *at, cable_location *place) {
  size_t section;
  double x;
  lg_status status = lg_cable_read_place(ctx, at, "loc", live->model, place);
  if (status != LG_OK || place->where == CABLE_AT_SOMA) return status;
  status = lg_cable_place(ctx, live->model, place, &section, &x);
  if (status == LG_OK)
    *place = (cable_location){.where = CABLE_AT_SECTION, .section = section, .x = fmin(fmax(x, INSIDE), 1.0 - INSIDE)};
  return status;
}

static lg_status stimulate_point(lg_ctx *ctx, lg_live *live, const lg_json_at *at, lg_live_stimulus *s) {
  static const char *const known[] = {"dur_ms", "amp_pA", "at_ms"};
  const double now = lg_live_time_ms(live);
  lg_status status = LG_OK;
  s->point = true;
  LG_TRY(lg_json_only_keys(ctx, at, known, sizeof known / sizeof known[0]));
  LG_TRY(lg_json_get_number_in(ctx, at, "dur_ms", "ms", lg_live_dt_ms(live), 1e6, &s->duration_ms));
  LG_TRY(lg_json_get_number_in(ctx, at, "amp_pA", "pA", -1e7, 1e7, &s->amplitude));
  LG_TRY(lg_json_get_number_or(ctx, at, "at_ms", "ms", now, now + 1e6, now, &s->on_ms));
  LG_TRY(lg_neuron_live_stimulate(live->point, s->on_ms, s->on_ms + s->duration_ms, s->amplitude));
done:
  return status;
}

static lg_status stimulate_cable(lg_ctx *ctx, lg_live *live, const lg_json_at *at, lg_live_stimulus *s) {
  static const char *const known[] = {"loc", "dur_ms", "amp_nA", "at_ms"};
  const double now = lg_live_time_ms(live);
  size_t node;
  lg_status status = LG_OK;
  LG_TRY(lg_json_only_keys(ctx, at, known, sizeof known / sizeof known[0]));
  LG_TRY(read_place(ctx, live, at, &s->at));
  LG_TRY(lg_json_get_number_in(ctx, at, "dur_ms", "ms", lg_live_dt_ms(live), 1e6, &s->duration_ms));
  LG_TRY(lg_json_get_number_in(ctx, at, "amp_nA", "nA", -1e4, 1e4, &s->amplitude));
  LG_TRY(lg_json_get_number_or(ctx, at, "at_ms", "ms", now, now + 1e6, now, &s->on_ms));
  LG_TRY(lg_cable_tree_locate(ctx, live->model, live->tree, &s->at, &node));
  if (!lg_cable_group_clamp(live->group, node, s->on_ms, s->on_ms + s->duration_ms, s->amplitude))
    LG_TRY(lg_fail(ctx, LG_ERR_LIMIT, "%d stimuli are on or wait already; let some end", CABLE_GROUP_MORE_CLAMPS));
done:
  return status;
}

lg_status lg_live_stimulate(lg_ctx *ctx, lg_live *live, const lg_json_at *at, lg_live_stimulus *out) {
  lg_live_stimulus s = {.on_ms = lg_live_time_ms(live)};
  const lg_status status = live->point ? stimulate_point(ctx, live, at, &s) : stimulate_cable(ctx, live, at, &s);
  if (status == LG_OK) *out = s;
  return status;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

/* x, y, z, diameter of one point after the other. */
static void write_points(const lg_morphology *m, const lg_section *s, lg_json *w) {
  lg_json_key(w, "pts");
  lg_json_array(w);
  for (size_t k = 0; k < s->n_points; k++) {
    const lg_morphology_point *p = &m->points[s->first_point + k];
    lg_json_numbers(w, (const double[]){p->x_um, p->y_um, p->z_um, p->diameter_um}, 4);
  }
  lg_json_end_array(w);
}

static void describe_section(const lg_live *live, size_t s, size_t first, lg_json *w) {
  const lg_morphology *m = live->model->morphology;
  const char *name = m ? m->sections[s].name : live->model->compartments[s].name;
  lg_json_object(w);
  lg_json_key_integer(w, "type", m ? m->sections[s].type : live->model->compartments[s].type);
  if (name[0]) lg_json_key_text(w, "name", name);
  lg_json_key_integer(w, "parent", (int64_t)(m ? m->sections[s].parent : live->model->compartments[s].parent));
  if (m) {
    lg_json_key_integer(w, "distal_id", m->sections[s].distal_id);
    write_points(m, &m->sections[s], w);
  }
  lg_json_key_integer(w, "first", (int64_t)first);
  lg_json_key_integer(w, "n", live->tree->n_centres[s]);
  lg_json_end_object(w);
}

static void describe_point(const lg_live *live, lg_json *w) {
  lg_json_key_text(w, "model", live->neuron.info->model);
  lg_json_key_text(w, "scheme", "rk4");
  lg_json_key_number(w, "dt_ms", lg_live_dt_ms(live));
  lg_json_key_integer(w, "n_values", (int64_t)live->n_values);
  lg_json_key(w, "states");
  lg_json_array(w);
  for (size_t k = 0; k < live->n_values; k++) lg_json_text(w, lg_neuron_live_state(live->point, k));
  lg_json_end_array(w);
}

void lg_live_describe(const lg_live *live, lg_json *w) {
  size_t first = 0;
  if (live->point) {
    describe_point(live, w);
    return;
  }
  lg_json_key_text(w, "model", "cable");
  lg_json_key_text(w, "scheme", live->group->o.scheme == CABLE_NRN ? "nrn" : "sdirk2");
  lg_json_key_number(w, "dt_ms", lg_live_dt_ms(live));
  lg_json_key_integer(w, "n_values", (int64_t)live->n_values);
  lg_json_key_text(w, "unit", "mV");
  lg_json_key(w, "sections");
  lg_json_array(w);
  for (size_t s = 0; s < live->tree->n_sections; s++) {
    describe_section(live, s, first, w);
    first += (size_t)live->tree->n_centres[s];
  }
  lg_json_end_array(w);
}

void lg_live_write_stimulus(const lg_live_stimulus *s, lg_json *w) {
  lg_json_object(w);
  if (s->point) {
    lg_json_key_text(w, "type", "const");
    lg_json_key_number(w, "t0_ms", s->on_ms);
    lg_json_key_number(w, "t1_ms", s->on_ms + s->duration_ms);
    lg_json_key_number(w, "amp_pA", s->amplitude);
    lg_json_end_object(w);
    return;
  }
  lg_json_key(w, "loc");
  lg_json_array(w);
  lg_json_text(w, s->at.where == CABLE_AT_SOMA ? "soma" : "sec");
  if (s->at.where != CABLE_AT_SOMA) {
    lg_json_integer(w, (int64_t)s->at.section);
    lg_json_number(w, s->at.x);
  }
  lg_json_end_array(w);
  lg_json_key_number(w, "delay_ms", s->on_ms);
  lg_json_key_number(w, "dur_ms", s->duration_ms);
  lg_json_key_number(w, "amp_nA", s->amplitude);
  lg_json_end_object(w);
}
