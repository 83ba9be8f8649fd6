/* Coupling and feed from traces: the five open trace sets. */
#include "tests/test.h"

#include "culture/methods.h"
#include "io/json_read.h"
#include "io/table.h"

#include <math.h>
#include <string.h>

typedef struct set {
  lg_culture_graph graph;
  double *y, *gamma, k;
  size_t n_times;
  const char *law;
  lg_json_doc *doc;
} set;

static void read_truth(lg_ctx *ctx, const char *path, set *s) {
  lg_json_at border;
  size_t n;
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 0, &s->doc));
  const lg_json_at root = lg_json_root(s->doc);
  assert_ok(ctx, lg_json_get_number(ctx, &root, "k", NULL, &s->k));
  assert_ok(ctx, lg_json_get_text(ctx, &root, "law", &s->law));
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, "area", NULL, &s->graph.area_px, &s->graph.n));
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, "gamma", NULL, &s->gamma, &s->graph.n));
  s->graph.id = lg_alloc(ctx, s->graph.n, sizeof *s->graph.id);
  s->graph.is_border = lg_alloc(ctx, s->graph.n, sizeof *s->graph.is_border);
  for (size_t c = 0; c < s->graph.n; c++) s->graph.id[c] = (uint32_t)c + 1;
  assert_ok(ctx, lg_json_get_array(ctx, &root, "border", &border, &n));
  double *list;
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, "border", NULL, &list, &n));
  for (size_t q = 0; q < n; q++) s->graph.is_border[(size_t)list[q] - 1] = true;
  lg_free(ctx, list);
}

static void read_set(lg_ctx *ctx, int number, set *s) {
  char name[100], path[4096];
  lg_table *table;
  (void)snprintf(name, sizeof name, "data/culture/open/traces_t%d_truth.json", number);
  if (!lg_test_shared(name, path, sizeof path)) skip();
  read_truth(ctx, path, s);
  (void)snprintf(name, sizeof name, "data/culture/open/traces_t%d_edges.csv", number);
  (void)lg_test_shared(name, path, sizeof path);
  assert_ok(ctx, lg_table_read(ctx, path, &table));
  s->graph.n_edges = table->items[0].n;
  s->graph.edges = lg_alloc(ctx, s->graph.n_edges, sizeof *s->graph.edges);
  for (size_t e = 0; e < s->graph.n_edges; e++)
    s->graph.edges[e] = (culture_edge){(uint32_t)table->items[0].x[e] - 1, (uint32_t)table->items[1].x[e] - 1,
                                       table->items[2].x[e], table->items[3].x[e]};
  lg_table_destroy(ctx, table);
  (void)snprintf(name, sizeof name, "data/culture/open/traces_t%d_Y.csv", number);
  (void)lg_test_shared(name, path, sizeof path);
  assert_ok(ctx, lg_table_read(ctx, path, &table));
  assert_int_equal(table->n, s->graph.n);
  s->n_times = table->items[0].n;
  s->y = lg_alloc(ctx, s->n_times * s->graph.n, sizeof *s->y);
  for (size_t c = 0; c < s->graph.n; c++)
    for (size_t t = 0; t < s->n_times; t++) s->y[t * s->graph.n + c] = table->items[c].x[t];
  lg_table_destroy(ctx, table);
}

static void free_set(lg_ctx *ctx, set *s) {
  lg_free(ctx, s->graph.id);
  lg_free(ctx, s->graph.area_px);
  lg_free(ctx, s->graph.is_border);
  lg_free(ctx, s->graph.edges);
  lg_free(ctx, s->y);
  lg_free(ctx, s->gamma);
  lg_json_doc_destroy(ctx, s->doc);
}

static double r2_of(const set *s, const lg_culture_data *d, const double *gamma) {
  double mean = 0.0, left = 0.0, all = 0.0;
  for (size_t g = 0; g < d->n_inner; g++) mean += s->gamma[d->inner[g]] / (double)d->n_inner;
  for (size_t g = 0; g < d->n_inner; g++) {
    const double truth = s->gamma[d->inner[g]];
    left += (gamma[g] - truth) * (gamma[g] - truth), all += (truth - mean) * (truth - mean);
  }
  return 1.0 - left / all;
}

static void judge(lg_ctx *ctx, int number) {
  set s = {0};
  read_set(ctx, number, &s);
  double best = 0.0, scores[CULTURE_LAWS];
  culture_law chosen = CULTURE_UL_DEGREE;
  for (int law = 0; law < CULTURE_LAWS; law++) {
    lg_culture_coupling *c;
    lg_culture_data *d;
    assert_ok(ctx, lg_culture_coupling_create(ctx, &s.graph, (culture_law)law, &c));
    assert_ok(ctx, lg_culture_data_create(ctx, &s.graph, c, s.y, s.n_times, &d));
    culture_fit fit = {0.0, lg_alloc(ctx, d->n_inner, sizeof(double))};
    bool *masked = lg_alloc(ctx, d->n_inner * d->n_times, sizeof *masked);
    assert_ok(ctx, lg_culture_fit_weak(ctx, d, 10, 2, true, &fit, &scores[law]));
    if (law == 0 || scores[law] < best) best = scores[law], chosen = (culture_law)law;
    const double weak = fit.k;
    assert_ok(ctx, lg_culture_fit_lag(ctx, d, 3, &fit));
    const double lag = fit.k;
    const culture_soe o = lg_culture_soe_default();
    double squares;
    assert_ok(ctx, lg_culture_fit_soe(ctx, d, &o, &fit, masked, &squares));
    const bool right = strcmp(lg_culture_law_name((culture_law)law), s.law) == 0;
    print_message("t%d %-11s score %.5f k %.5f: weak %+.2f %%, lag %+.2f %%, soe %+.2f %%, R2 %.4f, squares %.5g%s\n",
                  number, lg_culture_law_name((culture_law)law), scores[law], s.k, 100 * (weak / s.k - 1),
                  100 * (lag / s.k - 1), 100 * (fit.k / s.k - 1), r2_of(&s, d, fit.gamma), squares, right ? " *" : "");
    if (right) {
      assert_true(fabs(fit.k / s.k - 1.0) < 0.03);
      assert_true(r2_of(&s, d, fit.gamma) > 0.94);
    }
    lg_free(ctx, fit.gamma);
    lg_free(ctx, masked);
    lg_culture_data_destroy(ctx, d);
    lg_culture_coupling_destroy(ctx, c);
  }
  assert_string_equal(lg_culture_law_name(chosen), s.law);
  free_set(ctx, &s);
}

static void test_open_sets(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  for (int k = 1; k <= 5; k++) judge(ctx, k);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_open_sets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
