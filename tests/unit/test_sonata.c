/* Edges and spikes of SONATA: files made here with libhdf5, read in the sandbox. */
#include "tests/test.h"

#include "io/h5_read.h"
#include "io/sonata.h"

#include <math.h>
#include <string.h>

static void put(hid_t at, const char *name, hid_t type, const void *x, hsize_t n) {
  const hid_t space = H5Screate_simple(1, &n, NULL);
  const hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0);
  assert_true(H5Dclose(set) >= 0 && H5Sclose(space) >= 0);
}

static hid_t group(hid_t at, const char *name) {
  const hid_t id = H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(id >= 0);
  return id;
}

enum { EDGES_BAD_INDEX = 1, EDGES_TWO_GROUPS = 2, EDGES_TWO_POPULATIONS = 4, EDGES_SHORT = 8 };

static void write_edges(const char *path, int how) {
  const int64_t from[] = {3, 0, 2}, to[] = {1, 1, 4};
  const uint64_t index[] = {2, 0, how & EDGES_BAD_INDEX ? 9 : 1};
  const double weight[] = {1.5, 2.5, 3.5};
  const float delay[] = {1.0F, 2.0F, 4.0F};
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(file >= 0);
  const hid_t edges = group(file, "edges"), p = group(edges, "lgn_to_v1"), zero = group(p, "0");
  put(p, "source_node_id", H5T_NATIVE_INT64, from, 3);
  put(p, "target_node_id", H5T_NATIVE_INT64, to, how & EDGES_SHORT ? 2 : 3);
  put(p, "edge_group_index", H5T_NATIVE_UINT64, index, 3);
  put(zero, "syn_weight", H5T_NATIVE_DOUBLE, weight, 3);
  put(zero, "delay", H5T_NATIVE_FLOAT, delay, 3);
  if (how & EDGES_TWO_GROUPS) assert_true(H5Gclose(group(p, "1")) >= 0);
  if (how & EDGES_TWO_POPULATIONS) assert_true(H5Gclose(group(edges, "v1_to_v1")) >= 0);
  assert_true(H5Gclose(zero) >= 0 && H5Gclose(p) >= 0 && H5Gclose(edges) >= 0 && H5Fclose(file) >= 0);
}

static void make_path(char path[64]) {
  (void)snprintf(path, 64, "/tmp/test_sonata_XXXXXX");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  (void)close(fd);
}

static void edges_are_read(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_sonata_edge *e = NULL;
  size_t n = 0;
  char path[64];
  make_path(path);
  write_edges(path, 0);
  for (int named = 0; named < 2; named++) {
    assert_ok(ctx, lg_sonata_edges(ctx, path, named ? "lgn_to_v1" : NULL, &e, &n));
    assert_int_equal(n, 3);
    assert_true(e[0].from == 3 && e[0].to == 1 && e[0].weight == 3.5 && e[0].delay_ms == 4.0);
    assert_true(e[1].from == 0 && e[1].to == 1 && e[1].weight == 1.5 && e[1].delay_ms == 1.0);
    assert_true(e[2].from == 2 && e[2].to == 4 && e[2].weight == 2.5 && e[2].delay_ms == 2.0);
    lg_free(ctx, e);
  }
  assert_int_equal(lg_sonata_edges(ctx, path, "v1", &e, &n), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "it has lgn_to_v1"));
  assert_int_equal(lg_sonata_spikes(ctx, path, NULL, (lg_sonata_spike **)(void *)&e, &n), LG_ERR_FORMAT);
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

static void bad_edges_are_refused(void **state) {
  (void)state;
  static const struct {
    int how;
    lg_status status;
    const char *words;
  } cases[] = {{EDGES_BAD_INDEX, LG_ERR_FORMAT, "edge_group_index[2] is 9"},
               {EDGES_TWO_GROUPS, LG_ERR_UNSUPPORTED, "several groups"},
               {EDGES_TWO_POPULATIONS, LG_ERR_FORMAT, "name one of lgn_to_v1, v1_to_v1"},
               {EDGES_SHORT, LG_ERR_FORMAT, "target_node_id has 2 items, 3 were expected"}};
  lg_ctx *ctx = lg_test_ctx();
  char path[64];
  make_path(path);
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    lg_sonata_edge *e = NULL;
    size_t n = 0;
    write_edges(path, cases[k].how);
    assert_int_equal(lg_sonata_edges(ctx, path, NULL, &e, &n), cases[k].status);
    if (!strstr(lg_ctx_message(ctx), cases[k].words)) fail_msg("case %zu: %s", k, lg_ctx_message(ctx));
    assert_null(e);
  }
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

static void spikes_are_read(void **state) {
  (void)state;
  const double t[] = {1.5, 0.25};
  const uint32_t id[] = {7, 2};
  lg_ctx *ctx = lg_test_ctx();
  lg_sonata_spike *s = NULL;
  size_t n = 0;
  char path[64];
  make_path(path);
  for (int old = 0; old < 2; old++) {
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t top = group(file, "spikes"), p = old ? top : group(top, "lgn");
    put(p, "timestamps", H5T_NATIVE_DOUBLE, t, 2);
    put(p, old ? "gids" : "node_ids", H5T_NATIVE_UINT32, id, 2);
    if (!old) assert_true(H5Gclose(p) >= 0);
    assert_true(H5Gclose(top) >= 0 && H5Fclose(file) >= 0);
    assert_ok(ctx, lg_sonata_spikes(ctx, path, NULL, &s, &n));
    assert_true(n == 2 && s[0].t_ms == 1.5 && s[0].cell == 7 && s[1].t_ms == 0.25 && s[1].cell == 2);
    lg_free(ctx, s);
  }
  FILE *text = fopen(path, "w");
  assert_non_null(text);
  (void)fputs("cell,t_ms\n", text);
  (void)fclose(text);
  assert_int_equal(lg_sonata_spikes(ctx, path, NULL, &s, &n), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "not an HDF5 file"));
  (void)unlink(path);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(edges_are_read),
      cmocka_unit_test(bad_edges_are_refused),
      cmocka_unit_test(spikes_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
