/* Maps of a white matter: grid, regions, agreement, files that read back, pictures. */
#include "tests/one_ctx.h"

#include "twin/axon_map_figures.h"
#include "twin/axon_map_file.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { NX = 6, NY = 6, NZ = 4, N = NX * NY * NZ - 1 }; /* one cell is empty */

static char *names[N];
static char name_texts[N][16];

/* A block of voxels, 12 mm apart, around 0. */
static axon_profiles *block(void) {
  static double strain[N * 3], position[3 * N], fibre[3 * N];
  static axon_profiles p;
  size_t k = 0;
  for (size_t x = 0; x < NX; x++)
    for (size_t y = 0; y < NY; y++)
      for (size_t z = 0; z < NZ; z++) {
        if (k == N) continue;
        position[3 * k] = 12.0 * (double)x - 30.0;
        position[3 * k + 1] = 12.0 * (double)y - 30.0;
        position[3 * k + 2] = 12.0 * (double)z - 18.0;
        fibre[3 * k] = 1.0;
        strain[3 * k + 1] = 0.001 * (double)k;
        strain[3 * k + 2] = 0.0005 * (double)k;
        (void)snprintf(name_texts[k], sizeof name_texts[k], "v%zu", k);
        names[k] = name_texts[k];
        k++;
      }
  p = (axon_profiles){
      .n = N, .n_times = 3, .dt_s = 1e-3, .strain = strain, .position_mm = position, .fibre = fibre, .names = names};
  return &p;
}

/* Network and simulation of all voxels; the network errs by `error`, does not know the last ten; voxel 3 failed. */
static axon_map *full_map(double error) {
  static axon_prediction predictions[N];
  static axon_outcome outcomes[N];
  axon_map *m;
  assert_ok(ctx, lg_axon_map_create(ctx, block(), &m));
  for (size_t k = 0; k < N; k++) {
    outcomes[k] = (axon_outcome){.out = {0.002 * (double)k, 0.003 * (double)k, 0.1 * (double)k, 0.05 * (double)k}};
    predictions[k] = (axon_prediction){.nearest = 0.1, .in_range = k + 10 < N};
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      predictions[k].mean[q] = outcomes[k].out[q] + (k % 2 ? error : -error);
      predictions[k].sd[q] = 0.01;
    }
  }
  for (size_t q = 0; q < AXON_OUTPUTS; q++) outcomes[3].out[q] = (double)NAN;
  outcomes[3].failed = true;
  assert_ok(ctx, lg_axon_map_take_net(ctx, m, predictions));
  assert_ok(ctx, lg_axon_map_take_direct(ctx, m, NULL, N, outcomes));
  assert_ok(ctx, lg_axon_map_finish(ctx, m, 0.2, false));
  return m;
}

static void the_grid_and_the_peaks_are_found(void **state) {
  (void)state;
  axon_map *m;
  axon_profiles *p = block();
  assert_ok(ctx, lg_axon_map_create(ctx, p, &m));
  assert_int_equal(m->grid.n[0], NX);
  assert_int_equal(m->grid.n[1], NY);
  assert_int_equal(m->grid.n[2], NZ);
  assert_true(fabs(m->grid.spacing_mm - 12.0) < 1e-9);
  assert_true(fabs(m->grid.origin_mm[2] + 18.0) < 1e-9);
  for (size_t k = 0; k < N; k++) assert_int_equal(m->grid.cell[k], k);
  assert_true(fabs((double)m->peak_strain[50] - 0.05) < 1e-6);
  assert_true(fabs((double)m->peak_rate[50] - 50.0) < 1e-3);
  lg_axon_map_destroy(ctx, m);
  p->position_mm[4] += 3.7; /* off the grid */
  assert_ok(ctx, lg_axon_map_create(ctx, p, &m));
  assert_int_equal(m->grid.n[0], 0);
  lg_axon_map_destroy(ctx, m);
  p->position_mm[3] = p->position_mm[0], p->position_mm[4] = p->position_mm[1], p->position_mm[5] = p->position_mm[2];
  assert_ok(ctx, lg_axon_map_create(ctx, p, &m)); /* two voxels in one cell */
  assert_int_equal(m->grid.n[0], 0);
  lg_axon_map_destroy(ctx, m);
  p->position_mm[7] = (double)NAN;
  assert_int_equal(lg_axon_map_create(ctx, p, &m), LG_ERR_RANGE);
  p->position_mm = NULL;
  assert_int_equal(lg_axon_map_create(ctx, p, &m), LG_ERR_ARGUMENT);
}

static void what_is_shown_is_the_best_that_is_known(void **state) {
  (void)state;
  axon_map *m = full_map(0.001);
  assert_int_equal(lg_axon_map_count(m, AXON_MAP_DIRECT), N - 1);
  assert_int_equal(m->source[3], AXON_MAP_NETWORK); /* failed, but the network knows it */
  assert_true(m->value[AXON_MT][3] == m->net[AXON_MT][3]);
  assert_true(m->value[AXON_TAU][20] == m->direct[AXON_TAU][20]);
  assert_false(m->injured[99]);
  assert_true(m->injured[101]);
  assert_int_equal(lg_axon_map_out_of_range(m), 10);
  for (size_t q = 0; q < AXON_OUTPUTS; q++) m->direct[q][N - 1] = (float)NAN; /* neither */
  assert_ok(ctx, lg_axon_map_finish(ctx, m, 0.1, false));
  assert_int_equal(m->source[N - 1], AXON_MAP_FAILED);
  assert_true(isnan(m->value[AXON_MT][N - 1]));
  assert_false(m->injured[N - 1]);
  assert_true(m->injured[51]);
  assert_ok(ctx, lg_axon_map_finish(ctx, m, 0.1, true));
  assert_int_equal(m->source[N - 1], AXON_MAP_NETWORK);
  assert_int_equal(lg_axon_map_finish(ctx, m, 0.0, false), LG_ERR_RANGE);
  lg_axon_map_destroy(ctx, m);
}

static void agreement_is_that_of_the_formulas(void **state) {
  (void)state;
  axon_map *m = full_map(0.001);
  axon_agreement a;
  assert_ok(ctx, lg_axon_map_agreement(ctx, m, AXON_MT, false, &a));
  assert_int_equal(a.n, N - 1);
  double sum = 0.0, squares = 0.0;
  for (size_t k = 0; k < N; k++)
    if (k != 3) sum += 0.002 * (double)k;
  for (size_t k = 0; k < N; k++)
    if (k != 3) squares += (0.002 * (double)k - sum / (N - 1)) * (0.002 * (double)k - sum / (N - 1));
  assert_true(fabs(a.rmse - 0.001) < 1e-7);
  assert_true(fabs(a.r2 - (1.0 - (N - 1) * 1e-6 / squares)) < 1e-6);
  assert_true(fabs(a.nrmse_pct - 100.0 * 0.001 / (0.002 * (N - 1))) < 1e-4);
  assert_true(fabs(a.worst_error - 0.001) < 1e-6);
  assert_ok(ctx, lg_axon_map_agreement(ctx, m, AXON_MT, true, &a));
  assert_int_equal(a.n, N - 11);
  lg_axon_map_destroy(ctx, m);
  m = full_map(0.0);
  assert_ok(ctx, lg_axon_map_agreement(ctx, m, AXON_NF, false, &a));
  assert_true(a.r2 == 1.0 && a.rmse == 0.0);
  lg_axon_map_destroy(ctx, m);
}

static size_t region_at(const axon_map *m, double x, double y, double z) {
  for (size_t k = 0; k < m->n; k++)
    if (fabs((double)m->position_mm[3 * k] - x) + fabs((double)m->position_mm[3 * k + 1] - y) +
            fabs((double)m->position_mm[3 * k + 2] - z) <
        1e-3)
      return m->region[k];
  fail_msg("no voxel at %g %g %g", x, y, z);
  return 0;
}

static void regions_are_those_of_geometry(void **state) {
  (void)state;
  axon_map *m = full_map(0.001);
  axon_region whole, r;
  size_t n = 0, injured = 0;
  assert_ok(ctx, lg_axon_map_partition(ctx, m));
  assert_int_equal(m->n_regions, 13);
  assert_string_equal(m->regions[region_at(m, 6, 6, 6)], "commissural");
  assert_string_equal(m->regions[region_at(m, 30, 30, 6)], "left front outer");
  assert_string_equal(m->regions[region_at(m, 30, -30, 6)], "right front outer");
  assert_string_equal(m->regions[region_at(m, -30, -18, 6)], "right back outer");
  assert_string_equal(m->regions[region_at(m, 6, 18, -6)], "left middle outer");
  assert_string_equal(m->regions[region_at(m, 6, -18, 6)], "right middle outer");
  for (size_t k = 0; k < m->n_regions; k++) {
    assert_ok(ctx, lg_axon_map_region(ctx, m, k, &r));
    n += r.n;
    if (r.n > 0) injured += (size_t)floor(r.injured_pct * (double)r.n / 100.0 + 0.5);
  }
  assert_ok(ctx, lg_axon_map_region(ctx, m, m->n_regions, &whole));
  assert_string_equal(whole.name, "all");
  assert_int_equal(n, N);
  assert_int_equal(whole.n, N);
  assert_true(fabs(whole.injured_pct - 100.0 * (double)injured / N) < 1e-9);
  assert_true(fabs(whole.out_of_range_pct - 1000.0 / N) < 1e-9);
  assert_true(fabs(whole.most[AXON_MT] - 0.002 * (N - 1)) < 1e-6);
  lg_axon_map_destroy(ctx, m);
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  (void)fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void regions_are_read_as_boxes_points_or_names(void **state) {
  (void)state;
  static const char path[] = "test_axon_map_regions.csv";
  static const struct {
    const char *text;
    lg_status status;
  } bad[] = {{"region,x\nA,1\n", LG_ERR_FORMAT},
             {"region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\nA,5,-5,0,1,0,1\n", LG_ERR_RANGE},
             {"region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\nA,0,nan,0,1,0,1\n", LG_ERR_FORMAT},
             {"region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\nA,0,1\n", LG_ERR_FORMAT},
             {"region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\n", LG_ERR_FORMAT},
             {"name,region\nv999,A\n", LG_ERR_FORMAT},
             {"", LG_ERR_FORMAT}};
  axon_map *m = full_map(0.001);
  write_file(path, "region,x0_mm,x1_mm,y0_mm,y1_mm,z0_mm,z1_mm\nfront,0,100,-100,100,-100,100\nall else,-100,100,-100,"
                   "100,-100,0\n");
  assert_ok(ctx, lg_axon_map_read_regions(ctx, m, path, NULL));
  assert_int_equal(m->n_regions, 3);
  assert_string_equal(m->regions[region_at(m, 6, 6, 6)], "front");
  assert_string_equal(m->regions[region_at(m, -6, 6, -6)], "all else");
  assert_string_equal(m->regions[region_at(m, -6, 6, 6)], "elsewhere");
  lg_axon_map_destroy(ctx, m);
  m = full_map(0.001);
  write_file(path, "x_mm,y_mm,z_mm,region\n6,6,6,one\n7,5,-6,two\n500,0,0,far\n");
  assert_ok(ctx, lg_axon_map_read_regions(ctx, m, path, NULL));
  assert_string_equal(m->regions[region_at(m, 6, 6, 6)], "one");
  assert_string_equal(m->regions[region_at(m, 6, 6, -6)], "two");
  assert_string_equal(m->regions[region_at(m, -6, 6, -6)], "elsewhere");
  lg_axon_map_destroy(ctx, m);
  m = full_map(0.001);
  write_file(path, "name,region\nv5,one\nv7,two\n");
  assert_ok(ctx, lg_axon_map_read_regions(ctx, m, path, names));
  assert_string_equal(m->regions[m->region[5]], "one");
  assert_string_equal(m->regions[m->region[7]], "two");
  assert_string_equal(m->regions[m->region[6]], "elsewhere");
  lg_axon_map_destroy(ctx, m);
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    m = full_map(0.001);
    write_file(path, bad[k].text);
    assert_int_equal(lg_axon_map_read_regions(ctx, m, path, names), bad[k].status);
    lg_axon_map_destroy(ctx, m);
  }
  (void)unlink(path);
}

static bool same(const float *a, const float *b, size_t n) {
  for (size_t k = 0; k < n; k++)
    if (!(a[k] == b[k] || (isnan(a[k]) && isnan(b[k])))) return false;
  return true;
}

static void a_map_reads_back_as_it_was_written(void **state) {
  (void)state;
  static const char path[] = "test_axon_map.h5", short_path[] = "test_axon_map_cut.h5";
  axon_map *m = full_map(0.001);
  const axon_params params = lg_axon_params_male();
  axon_map_read r;
  assert_ok(ctx, lg_axon_map_partition(ctx, m));
  assert_ok(ctx, lg_axon_map_write(ctx, path, m, &(axon_map_about){"a block", "net.safetensors", &params, NULL}));
  assert_ok(ctx, lg_axon_map_load(ctx, path, &r));
  assert_int_equal(r.map->n, N);
  assert_string_equal(r.title, "a block");
  assert_string_equal(r.network, "net.safetensors");
  assert_non_null(strstr(r.params, "\"EA\": 480000"));
  assert_true(same(r.map->position_mm, m->position_mm, 3 * N));
  assert_true(same(r.map->peak_rate, m->peak_rate, N));
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    assert_true(same(r.map->value[q], m->value[q], N));
    assert_true(same(r.map->net[q], m->net[q], N));
    assert_true(same(r.map->sd[q], m->sd[q], N));
    assert_true(same(r.map->direct[q], m->direct[q], N));
  }
  assert_memory_equal(r.map->in_range, m->in_range, N);
  assert_memory_equal(r.map->source, m->source, N);
  assert_memory_equal(r.map->injured, m->injured, N);
  assert_memory_equal(r.map->region, m->region, N * sizeof *m->region);
  assert_int_equal(r.map->n_regions, m->n_regions);
  assert_string_equal(r.map->regions[4], m->regions[4]);
  assert_true(r.map->threshold == 0.2);
  lg_axon_map_read_clear(ctx, &r);
  unsigned char *bytes;
  size_t n;
  assert_ok(ctx, lg_file_read(ctx, path, 1u << 30, &bytes, &n));
  FILE *f = fopen(short_path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n * 2 / 3, f), n * 2 / 3);
  assert_int_equal(fclose(f), 0);
  assert_int_not_equal(lg_axon_map_load(ctx, short_path, &r), LG_OK);
  assert_null(r.map);
  lg_free(ctx, bytes);
  lg_axon_map_destroy(ctx, m);
  (void)unlink(path);
  (void)unlink(short_path);
}

static void points_are_as_their_header_says(void **state) {
  (void)state;
  axon_map *m = full_map(0.001);
  float record[15]; /* the map has both: the network's four stand at the end */
  assert_ok(ctx, lg_axon_map_write_points(ctx, "test_axon_map_points.json", m,
                                          &(axon_map_about){"a block", NULL, NULL, NULL}));
  FILE *f = fopen("test_axon_map_points.bin", "rb");
  assert_non_null(f);
  for (size_t k = 0; k <= 40; k++) assert_int_equal(fread(record, sizeof record, 1, f), 1);
  assert_true(record[0] == m->position_mm[120] && record[3] == m->value[AXON_MT][40] &&
              record[7] == m->peak_strain[40] && record[11] == m->net[AXON_MT][40] &&
              record[14] == m->net[AXON_NF][40]);
  assert_int_equal(fseek(f, 0, SEEK_END), 0);
  assert_int_equal(ftell(f), (long)(N * sizeof record));
  (void)fclose(f);
  (void)unlink("test_axon_map_points.bin");
  (void)unlink("test_axon_map_points.json");
  lg_axon_map_destroy(ctx, m);
}

static void pictures_show_what_the_map_has(void **state) {
  (void)state;
  static const double at[3] = {0, 6, 6};
  static const char folder[] = "test_axon_map_pictures";
  struct stat st;
  char path[200];
  axon_map *m = full_map(0.001);
  assert_ok(ctx, lg_make_directory(ctx, folder));
  assert_ok(ctx, lg_axon_map_pictures(ctx, folder, m, at));
  for (size_t which = 0; which < AXON_PICTURES; which++) {
    const axon_map_view v = {m, {0, 6, 6}, which};
    const lg_picture p = lg_axon_map_picture(&v);
    char words[400];
    lg_axon_map_picture_words(&v, words, sizeof words);
    assert_true(p.possible && strlen(words) > 20);
    (void)snprintf(path, sizeof path, "%s/fig-%s.svg", folder, p.name);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 1000);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/fig-%s.png", folder, p.name);
    assert_int_equal(unlink(path), 0);
  }
  for (size_t q = 0; q < AXON_PREDICTED; q++) {
    lg_free(ctx, m->net[q]);
    m->net[q] = NULL;
  }
  const axon_map_view none = {m, {0, 0, 0}, AXON_PICTURE_ERROR};
  assert_false(lg_axon_map_picture(&none).possible);
  lg_axon_map_destroy(ctx, m);
  assert_int_equal(rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_grid_and_the_peaks_are_found),
      cmocka_unit_test(what_is_shown_is_the_best_that_is_known),
      cmocka_unit_test(agreement_is_that_of_the_formulas),
      cmocka_unit_test(regions_are_those_of_geometry),
      cmocka_unit_test(regions_are_read_as_boxes_points_or_names),
      cmocka_unit_test(a_map_reads_back_as_it_was_written),
      cmocka_unit_test(points_are_as_their_header_says),
      cmocka_unit_test(pictures_show_what_the_map_has),
  };
  return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
