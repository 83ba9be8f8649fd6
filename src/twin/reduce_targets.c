/* Stored impedances of full cells against ours. */
#include "twin/reduce_validate.h"

#include "cable/reduce_model.h"
#include "io/json_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FREQUENCIES = 16 };

typedef struct comparison {
  lg_json_at root;
  double Hz[FREQUENCIES];
  size_t n_Hz;
  const reduce_subject *subject;
  const cable_linear *linear;
  reduce_ac *x, *scratch;
  reduce_targets *out;
} comparison;

static lg_status read_text_path(lg_ctx *ctx, const char *json, const lg_json_at *root, char *path, size_t bytes) {
  const char *name, *slash = strrchr(json, '/');
  const lg_status status = lg_json_get_text(ctx, root, "swc", &name);
  if (status != LG_OK) return status;
  const int folder = slash ? (int)(slash - json) : 0;
  (void)snprintf(path, bytes, "%.*s%s%s", folder, json, slash ? "/" : "", name);
  return LG_OK;
}

static lg_status read_frequencies(lg_ctx *ctx, comparison *c) {
  double *list = NULL;
  lg_status status = lg_json_get_numbers(ctx, &c->root, "freqs_Hz", "Hz", &list, &c->n_Hz);
  if (status != LG_OK) return status;
  if (c->n_Hz > FREQUENCIES) status = lg_fail(ctx, LG_ERR_LIMIT, "%zu frequencies; at most %d", c->n_Hz, FREQUENCIES);
  for (size_t f = 0; status == LG_OK && f < c->n_Hz; f++) c->Hz[f] = list[f];
  lg_free(ctx, list);
  return status;
}

static double own_scale(const comparison *c) { return c->linear->transfer[0][0].re; }

/* Impedances of a place against a list [[re, im], …]. */
static lg_status compare_list(lg_ctx *ctx, comparison *c, const lg_json_at *list, int32_t from, int32_t to) {
  for (size_t f = 0; f < c->n_Hz; f++) {
    const json_t *pair = json_array_get(list->value, f);
    const double re = json_number_value(json_array_get(pair, 0)), im = json_number_value(json_array_get(pair, 1));
    if (json_array_size(pair) != 2)
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s[%zu]: [re, im] expected", list->file, list->path, f);
    memset(c->x, 0, c->linear->n * sizeof *c->x);
    c->x[from].re = 1.0;
    lg_linear_solve_ac(c->linear, c->Hz[f], SIZE_MAX, c->x, c->scratch);
    const double dre = c->x[to].re - re, dim = c->x[to].im - im;
    c->out->impedance_error = fmax(c->out->impedance_error, sqrt(dre * dre + dim * dim) / own_scale(c));
    c->out->n_impedances++;
  }
  return LG_OK;
}

static lg_status compare_site(lg_ctx *ctx, comparison *c, const char *name, const lg_json_at *site) {
  const cable_location at = {.where = CABLE_AT_MID, .node_id = strtoll(name + 3, NULL, 10), .x = 0.5};
  lg_status status = LG_OK;
  lg_json_at list;
  size_t node, n;
  if (strncmp(name, "mid", 3) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %s: a site is named midN", site->file, site->path);
  LG_TRY(lg_cable_tree_locate(ctx, c->subject->model, c->subject->tree, &at, &node));
  const int32_t place = c->linear->place[node];
  LG_TRY(lg_json_get_array(ctx, site, "Zin_MOhm", &list, &n));
  LG_TRY(compare_list(ctx, c, &list, place, place));
  LG_TRY(lg_json_get_array(ctx, site, "Ztransfer_soma_MOhm", &list, &n));
  LG_TRY(compare_list(ctx, c, &list, place, 0));
done:
  return status;
}

static lg_status compare_all(lg_ctx *ctx, comparison *c) {
  lg_status status = LG_OK;
  lg_json_at sites, site, list;
  double resistance, tau;
  const char *name;
  size_t n;
  LG_TRY(lg_json_get_number(ctx, &c->root, "Rin_soma_MOhm", "MOhm", &resistance));
  LG_TRY(lg_json_get_array(ctx, &c->root, "tau_ms", &list, &n));
  site = lg_json_item(&list, 0);
  LG_TRY(lg_json_get_number(ctx, &site, "", "ms", &tau));
  c->out->resistance_error = fabs(own_scale(c) / resistance - 1.0);
  c->out->tau_error = fabs(c->linear->tau_ms / tau - 1.0);
  LG_TRY(lg_json_get_array(ctx, &c->root, "Zin_soma", &list, &n));
  LG_TRY(compare_list(ctx, c, &list, 0, 0));
  LG_TRY(lg_json_get_object(ctx, &c->root, "sites", &sites));
  for (size_t k = 0; (name = lg_json_key_at(&sites, k)) != NULL; k++) {
    LG_TRY(lg_json_get_key(ctx, &sites, name, &site));
    LG_TRY(compare_site(ctx, c, name, &site));
  }
done:
  return status;
}

lg_status lg_reduce_compare_targets(lg_ctx *ctx, const char *json, reduce_targets *out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  reduce_subject subject = {0};
  reduce_membrane *membrane = NULL;
  cable_linear *linear = NULL;
  comparison c = {.out = out, .subject = &subject};
  double dx;
  *out = (reduce_targets){0};
  LG_TRY(lg_json_load(ctx, json, LG_JSON_STRICT, 0, &doc));
  c.root = lg_json_root(doc);
  LG_TRY(lg_json_get_number_in(ctx, &c.root, "dx_um", "um", 0.01, 1e4, &dx));
  LG_TRY(read_frequencies(ctx, &c));
  LG_TRY(read_text_path(ctx, json, &c.root, out->swc, sizeof out->swc));
  LG_TRY(lg_reduce_subject_read(ctx, out->swc, dx, 1, &subject));
  LG_NEW(ctx, membrane, 1);
  LG_TRY(lg_reduce_membrane(ctx, subject.model, membrane));
  LG_TRY(lg_reduce_linear_of(ctx, subject.model, subject.tree, membrane, &linear));
  c.linear = linear;
  LG_NEW(ctx, c.x, linear->n);
  LG_NEW(ctx, c.scratch, linear->n);
  LG_TRY(compare_all(ctx, &c));
done:
  lg_free(ctx, c.x);
  lg_free(ctx, c.scratch);
  lg_free(ctx, membrane);
  lg_linear_destroy(ctx, linear);
  lg_reduce_subject_free(ctx, &subject);
  lg_json_doc_destroy(ctx, doc);
  return status;
}
