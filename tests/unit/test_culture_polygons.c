/* Polygons by crack tracing beside GEOS: areas, shared borders, validity, on labels of any form. */
#include "tests/test.h"

#include "culture/outline.h"
#include "io/json_read.h"
#include "io/xml.h"
#include "twin/culture_movie.h"
#include "twin/culture_polygons.h"

#include <math.h>
#include <string.h>

static lg_culture_masks *make(lg_ctx *ctx, size_t h, size_t w) {
  lg_culture_masks *m = lg_alloc(ctx, 1, sizeof *m);
  *m = (lg_culture_masks){.height = h, .width = w, .label = lg_alloc(ctx, h * w, sizeof *m->label)};
  return m;
}

static void find_most(lg_culture_masks *m) {
  for (size_t k = 0; k < m->height * m->width; k++) m->most = m->label[k] > m->most ? m->label[k] : m->most;
}

static lg_culture_masks *drawn(lg_ctx *ctx, const char *const *rows, size_t h) {
  lg_culture_masks *m = make(ctx, h, strlen(rows[0]));
  for (size_t k = 0; k < h * m->width; k++) {
    const char c = rows[k / m->width][k % m->width];
    m->label[k] = c == '.' ? 0 : (uint32_t)(c - '0');
  }
  find_most(m);
  return m;
}

static lg_culture_graph *graph_of(lg_ctx *ctx, const lg_culture_masks *m) {
  const culture_graph_options every = {.least_area_px = 0.0, .least_border_px = 1.0};
  lg_culture_graph *g = NULL;
  assert_ok(ctx, lg_culture_graph_of_masks(ctx, m, &every, &g));
  return g;
}

/* Rings against pixels; polygons against GEOS. */
static void check_exact(lg_ctx *ctx, const lg_culture_masks *m) {
  lg_culture_graph *g = graph_of(ctx, m);
  lg_culture_outlines *o;
  lg_culture_polygons *p;
  assert_ok(ctx, lg_culture_outlines_create(ctx, m, &o));
  assert_ok(ctx, lg_culture_polygons_create(ctx, m, g, 0.0, &p));
  culture_shape *shape = lg_alloc(ctx, g->n, sizeof *shape);
  assert_ok(ctx, lg_culture_polygons_measure(ctx, p, shape));
  for (size_t c = 0; c < g->n; c++) {
    int64_t area = 0, length = 0;
    size_t holes = 0;
    for (size_t q = o->of_label[g->id[c]]; q < o->of_label[g->id[c] + 1]; q++) {
      const culture_piece *piece = &o->piece[q];
      assert_int_equal(piece->label, g->id[c]);
      for (size_t r = 0; r < piece->n; r++) {
        const int64_t a = lg_culture_ring_area(o, &o->ring[piece->first + r]);
        assert_true(r == 0 ? a > 0 : a < 0);
        area += a, length += lg_culture_ring_length(o, &o->ring[piece->first + r]);
      }
      holes += piece->n - 1;
    }
    assert_true((double)area == g->area_px[c]);
    assert_true(shape[c].area_px == g->area_px[c] && shape[c].perimeter_px == (double)length);
    assert_true(shape[c].is_valid);
    assert_int_equal(shape[c].n_holes, holes);
    assert_int_equal(shape[c].n_pieces, o->of_label[g->id[c] + 1] - o->of_label[g->id[c]]);
    assert_true(fabs(shape[c].cx - 0.5 - g->cx_px[c]) < 1e-9 && fabs(shape[c].cy - 0.5 - g->cy_px[c]) < 1e-9);
    assert_true(shape[c].solidity > 0.0 && shape[c].solidity <= 1.0 && shape[c].elongation >= 1.0);
  }
  for (size_t e = 0; e < g->n_edges; e++) {
    double length;
    assert_ok(ctx, lg_culture_polygons_shared(ctx, p, g->edges[e].i, g->edges[e].j, &length));
    assert_true(length == g->edges[e].l_px);
  }
  lg_free(ctx, shape);
  lg_culture_polygons_destroy(ctx, p);
  lg_culture_outlines_destroy(ctx, o);
  lg_culture_graph_destroy(ctx, g);
}

static void test_drawn(void **state) {
  (void)state;
  static const char *const one[] = {"1"};
  static const char *const ring[] = {".111.", "11.11", "1.2.1", "11.11", ".111."}; /* a hole of 4 and one inside */
  static const char *const touching[] = {"110", "101", "011"};                     /* a ring closed by corners only */
  static const char *const stairs[] = {"1.1.", ".1.1", "1.1.", ".1.1"};
  static const char *const pinched[] = {"11111", "1.111", "11.11", "11111"}; /* two holes that meet at a corner */
  static const struct {
    const char *const *rows;
    size_t h, pieces, rings;
  } cases[] = {{one, 1, 1, 1}, {ring, 5, 1, 2}, {touching, 3, 2, 2}, {stairs, 4, 8, 8}, {pinched, 4, 1, 3}};
  lg_ctx *ctx = lg_test_ctx();
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    lg_culture_masks *m = drawn(ctx, cases[k].rows, cases[k].h);
    lg_culture_outlines *o;
    assert_ok(ctx, lg_culture_outlines_create(ctx, m, &o));
    size_t rings = 0;
    for (size_t q = o->of_label[1]; q < o->of_label[2]; q++) rings += o->piece[q].n;
    assert_int_equal(o->of_label[2] - o->of_label[1], cases[k].pieces);
    assert_int_equal(rings, cases[k].rings);
    lg_culture_outlines_destroy(ctx, o);
    check_exact(ctx, m);
    lg_culture_masks_destroy(ctx, m);
  }
  lg_culture_masks *m = make(ctx, 3, 3);
  lg_culture_outlines *o;
  assert_int_equal(lg_culture_outlines_create(ctx, m, &o), LG_ERR_RANGE);
  lg_culture_masks_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

/* Noise of few labels: corners that meet, pieces, holes in holes, everything at once. */
static void test_noise(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  for (uint64_t seed = 0; seed < 60; seed++) {
    lg_rng rng = lg_rng_make(11, 1, seed);
    lg_culture_masks *m = make(ctx, 1 + (size_t)lg_rng_below(&rng, 24), 1 + (size_t)lg_rng_below(&rng, 24));
    const uint64_t labels = 2 + seed % 4;
    for (size_t k = 0; k < m->height * m->width; k++) m->label[k] = (uint32_t)lg_rng_below(&rng, labels) * 3;
    m->label[0] = 3;
    find_most(m);
    check_exact(ctx, m);
    lg_culture_masks_destroy(ctx, m);
  }
  lg_ctx_destroy(ctx);
}

/* A disc's perimeter: Crofton's is right to 2 %, the crack's 27 % too long. */
static void test_crofton(void **state) {
  (void)state;
  enum { N = 121 };
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_masks *m = make(ctx, N, N);
  double perimeter[2];
  for (size_t k = 0; k < N * N; k++) m->label[k] = hypot((double)(k / N) - 60.0, (double)(k % N) - 60.0) < 50.0 ? 1 : 0;
  m->most = 1;
  assert_ok(ctx, lg_culture_crofton(ctx, m, perimeter));
  assert_true(fabs(perimeter[1] / (2.0 * 3.14159265358979 * 50.0) - 1.0) < 0.02);
  lg_culture_masks_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

/* Cells of a Voronoi tessellation with a background corner, as a culture has them. */
static lg_culture_masks *tessellation(lg_ctx *ctx) {
  enum { N = 160, CELLS = 24 };
  lg_culture_masks *m = make(ctx, N, N);
  double at[CELLS][2];
  lg_rng rng = lg_rng_make(4, 1, 0);
  for (size_t c = 0; c < CELLS; c++)
    for (size_t d = 0; d < 2; d++) at[c][d] = lg_rng_range(&rng, 0.0, N);
  for (size_t k = 0; k < N * N; k++) {
    const double y = (double)(k / N), x = (double)(k % N);
    double best = 1e9;
    for (uint32_t c = 0; c < CELLS; c++) {
      const double d = hypot(y - at[c][0], x - at[c][1]);
      if (d < best) best = d, m->label[k] = c + 1;
    }
    if (hypot(y, x) < 40.0) m->label[k] = 0;
  }
  find_most(m);
  return m;
}

/* Simplified borders: valid, no gaps nor overlaps, near the exact ones, fewer corners. */
static void test_simplified(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_masks *m = tessellation(ctx);
  lg_culture_graph *g = graph_of(ctx, m);
  lg_culture_polygons *exact, *p;
  culture_shape *a = lg_alloc(ctx, g->n, sizeof *a), *b = lg_alloc(ctx, g->n, sizeof *b);
  double sum[2] = {0}, error = 0.0;
  assert_ok(ctx, lg_culture_polygons_create(ctx, m, g, 0.0, &exact));
  assert_ok(ctx, lg_culture_polygons_create(ctx, m, g, 1.2, &p));
  assert_ok(ctx, lg_culture_polygons_measure(ctx, exact, a));
  assert_ok(ctx, lg_culture_polygons_measure(ctx, p, b));
  for (size_t c = 0; c < g->n; c++) {
    assert_true(b[c].is_valid);
    assert_true(fabs(b[c].area_px - a[c].area_px) < 1.2 * a[c].perimeter_px);
    assert_true(b[c].perimeter_px < a[c].perimeter_px + 1e-9);
    error = fmax(error, fabs(b[c].perimeter_px / a[c].perimeter_crofton_px - 1.0));
    sum[0] += a[c].area_px, sum[1] += b[c].area_px;
  }
  /* outer cells lose at most what lies along the frame and the background's arc */
  assert_true(fabs(sum[0] - sum[1]) < 1.2 * 720.0);
  assert_true(error < 0.12);
  for (size_t e = 0; e < g->n_edges; e++) {
    double length, exact_length;
    assert_ok(ctx, lg_culture_polygons_shared(ctx, p, g->edges[e].i, g->edges[e].j, &length));
    assert_ok(ctx, lg_culture_polygons_shared(ctx, exact, g->edges[e].i, g->edges[e].j, &exact_length));
    assert_true(exact_length == g->edges[e].l_px);
    if (exact_length > 2.0) assert_true(length > 0.0);
    assert_true(length <= exact_length + 1e-9);
  }
  lg_culture_polygons_destroy(ctx, exact);
  lg_culture_polygons_destroy(ctx, p);
  assert_int_equal(lg_culture_polygons_create(ctx, m, g, -1.0, &p), LG_ERR_RANGE);
  assert_int_equal(lg_culture_polygons_create(ctx, m, g, (double)NAN, &p), LG_ERR_RANGE);
  lg_free(ctx, a);
  lg_free(ctx, b);
  lg_culture_graph_destroy(ctx, g);
  lg_culture_masks_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

static void test_shared_masks(void **state) {
  (void)state;
  static const char *const names[] = {"open_masks.tif", "real_MDCK_wt_Zo_1_5_partial_masks.tif",
                                      "real_plantseg_ovule_masks_z16.tif", "real_stardist_nuclei_masks.tif"};
  char path[4096], name[200];
  if (!lg_test_shared("data/culture/open/open_masks.tif", path, sizeof path)) skip();
  lg_ctx *ctx = lg_test_ctx();
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    lg_culture_masks *m;
    (void)snprintf(name, sizeof name, "data/culture/open/%s", names[k]);
    assert_non_null(lg_test_shared(name, path, sizeof path));
    assert_ok(ctx, lg_culture_masks_load(ctx, path, &m));
    check_exact(ctx, m);
    lg_culture_masks_destroy(ctx, m);
  }
  lg_ctx_destroy(ctx);
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static double shoelace(lg_ctx *ctx, const lg_json_at *ring) {
  double sum = 0.0;
  size_t n;
  lg_json_at list;
  assert_ok(ctx, lg_json_get_array(ctx, ring, "", &list, &n));
  assert_true(n >= 5);
  for (size_t k = 0; k + 1 < n; k++) {
    double *x[2];
    size_t two;
    for (size_t q = 0; q < 2; q++) {
      const lg_json_at at = lg_json_item(&list, k + q);
      assert_ok(ctx, lg_json_get_numbers(ctx, &at, "", NULL, &x[q], &two));
      assert_int_equal(two, 2);
    }
    sum += 0.5 * (x[0][0] * x[1][1] - x[1][0] * x[0][1]);
    lg_free(ctx, x[0]);
    lg_free(ctx, x[1]);
  }
  return sum;
}

static double area_of_feature(lg_ctx *ctx, const lg_json_at *feature) {
  const char *type;
  lg_json_at pieces, piece;
  size_t n_pieces = 1, n_rings;
  double sum = 0.0;
  assert_ok(ctx, lg_json_get_text(ctx, feature, "geometry.type", &type));
  const bool many = strcmp(type, "MultiPolygon") == 0;
  assert_true(many || strcmp(type, "Polygon") == 0);
  assert_ok(ctx, lg_json_get_array(ctx, feature, "geometry.coordinates", &pieces, &n_pieces));
  for (size_t q = 0; q < (many ? n_pieces : 1); q++) {
    const lg_json_at of = many ? lg_json_item(&pieces, q) : pieces;
    assert_ok(ctx, lg_json_get_array(ctx, &of, "", &piece, &n_rings));
    for (size_t r = 0; r < n_rings; r++) {
      const lg_json_at ring = lg_json_item(&piece, r);
      const double a = shoelace(ctx, &ring);
      assert_true(r == 0 ? a > 0.0 : a < 0.0); /* RFC 7946: outer rings counter-clockwise */
      sum += a;
    }
  }
  return sum;
}

static void check_geojson(lg_ctx *ctx, const char *path, const lg_culture_graph *g) {
  lg_json_doc *doc;
  lg_json_at features;
  size_t n;
  const char *text;
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_get_text(ctx, &root, "type", &text));
  assert_string_equal(text, "FeatureCollection");
  assert_true(lg_json_has(&root, "provenance"));
  assert_ok(ctx, lg_json_get_array(ctx, &root, "features", &features, &n));
  assert_int_equal(n, g->n);
  for (size_t c = 0; c < n; c++) {
    const lg_json_at f = lg_json_item(&features, c);
    double id, area;
    assert_ok(ctx, lg_json_get_number(ctx, &f, "properties.id", NULL, &id));
    assert_ok(ctx, lg_json_get_number(ctx, &f, "properties.area_px", NULL, &area));
    assert_true(id == g->id[c] && area == g->area_px[c]);
    assert_true(area_of_feature(ctx, &f) == area);
  }
  lg_json_doc_destroy(ctx, doc);
}

static void check_graphml(lg_ctx *ctx, const char *path, const lg_culture_graph *g) {
  unsigned char *bytes;
  size_t n, nodes = 0, edges = 0;
  lg_xml *xml;
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 24, &bytes, &n));
  assert_ok(ctx, lg_xml_parse(ctx, path, bytes, n, &xml));
  assert_string_equal(lg_xml_root(xml)->name, "graphml");
  const lg_xml_element *graph = lg_xml_child(lg_xml_root(xml), "graph");
  assert_non_null(graph);
  assert_string_equal(lg_xml_attribute(graph, "edgedefault"), "undirected");
  for (const lg_xml_element *e = lg_xml_child(graph, "node"); e; e = lg_xml_sibling(e, "node")) nodes++;
  for (const lg_xml_element *e = lg_xml_child(graph, "edge"); e; e = lg_xml_sibling(e, "edge")) {
    char want[2][24];
    (void)snprintf(want[0], sizeof want[0], "n%u", g->edges[edges].i);
    (void)snprintf(want[1], sizeof want[1], "n%u", g->edges[edges].j);
    assert_string_equal(lg_xml_attribute(e, "source"), want[0]);
    assert_string_equal(lg_xml_attribute(e, "target"), want[1]);
    edges++;
  }
  assert_int_equal(nodes, g->n);
  assert_int_equal(edges, g->n_edges);
  assert_non_null(strstr((const char *)bytes, "attr.name=\"l_crack_px\""));
  assert_non_null(strstr((const char *)bytes, "attr.name=\"is_border\" attr.type=\"boolean\""));
  lg_xml_destroy(ctx, xml);
  lg_free(ctx, bytes);
}

static void test_files(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_culture_masks *m = tessellation(ctx);
  m->label[0] = 24; /* a second piece, in the background */
  lg_culture_graph *g = graph_of(ctx, m);
  lg_culture_polygons *p;
  lg_provenance *provenance;
  char folder[200], path[300], word[] = "<&\">";
  char *argv[] = {word, NULL};
  (void)snprintf(folder, sizeof folder, "/tmp/lg-polygons-%ld", (long)getpid());
  assert_ok(ctx, lg_provenance_create(ctx, 1, argv, 1, &provenance));
  assert_ok(ctx, lg_culture_polygons_create(ctx, m, g, 0.0, &p));
  assert_ok(ctx, lg_culture_polygons_write(ctx, folder, p, 0.5, provenance));
  (void)snprintf(path, sizeof path, "%s/cells.geojson", folder);
  check_geojson(ctx, path, g);
  (void)unlink(path);
  (void)snprintf(path, sizeof path, "%s/graph.graphml", folder);
  check_graphml(ctx, path, g);
  (void)unlink(path);
  (void)rmdir(folder);
  lg_culture_polygons_destroy(ctx, p);
  lg_provenance_destroy(ctx, provenance);
  lg_culture_graph_destroy(ctx, g);
  lg_culture_masks_destroy(ctx, m);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_drawn),        cmocka_unit_test(test_noise),
                                     cmocka_unit_test(test_crofton),      cmocka_unit_test(test_simplified),
                                     cmocka_unit_test(test_shared_masks), cmocka_unit_test(test_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
