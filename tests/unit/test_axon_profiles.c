/* Strain profiles: written and read again in every format, at other times, and what is refused with which words. */
#include "tests/folder.h"
#include "tests/one_ctx.h"

#include "twin/axon_file.h"
#include "twin/axon_profiles.h"
#include "twin/axon_profiles_summary.h"

#include <math.h>
#include <string.h>

static const char profiles_file[] = LG_TEST_DATA "/axon/ref_open_profiles.csv";

static axon_profiles *made(size_t n, size_t n_times, bool placed) {
  axon_profiles *p = lg_alloc(ctx, 1, sizeof *p);
  assert_non_null(p);
  *p = (axon_profiles){.n = n, .n_times = n_times, .dt_s = 1e-3};
  p->names = lg_alloc(ctx, n, sizeof *p->names);
  p->strain = lg_alloc(ctx, n * n_times, sizeof *p->strain);
  for (size_t k = 0; k < n; k++) {
    char name[24];
    (void)snprintf(name, sizeof name, "v%zu", k);
    p->names[k] = lg_strdup(ctx, name);
    for (size_t t = 1; t < n_times; t++)
      p->strain[k * n_times + t] = 0.2 * sin(0.1 * (double)t + (double)k) - 0.2 * sin((double)k);
  }
  if (!placed) return p;
  p->position_mm = lg_alloc(ctx, 3 * n, sizeof *p->position_mm);
  p->fibre = lg_alloc(ctx, 3 * n, sizeof *p->fibre);
  p->impact = lg_alloc(ctx, n, sizeof *p->impact);
  p->impact_names = lg_alloc(ctx, 2, sizeof *p->impact_names);
  p->n_impacts = 2;
  p->impact_names[0] = lg_strdup(ctx, "helmet 1, front");
  p->impact_names[1] = lg_strdup(ctx, "seed 102");
  for (size_t k = 0; k < n; k++) {
    p->impact[k] = k % 3 == 2;
    for (size_t d = 0; d < 3; d++) p->position_mm[3 * k + d] = (double)k + 0.1 * (double)d, p->fibre[3 * k + d] = 0.6;
  }
  return p;
}

static void assert_same(const axon_profiles *a, const axon_profiles *b) {
  assert_int_equal(a->n, b->n);
  assert_int_equal(a->n_times, b->n_times);
  assert_true(fabs(a->dt_s - b->dt_s) < 1e-12);
  assert_memory_equal(a->strain, b->strain, a->n * a->n_times * sizeof *a->strain);
  for (size_t k = 0; k < a->n; k++) assert_string_equal(a->names[k], b->names[k]);
  assert_int_equal(a->position_mm != NULL, b->position_mm != NULL);
  assert_int_equal(a->impact_names != NULL, b->impact_names != NULL);
  if (!a->position_mm) return;
  assert_memory_equal(a->position_mm, b->position_mm, 3 * a->n * sizeof *a->fibre);
  assert_memory_equal(a->fibre, b->fibre, 3 * a->n * sizeof *a->fibre);
  assert_memory_equal(a->impact, b->impact, a->n * sizeof *a->impact);
  assert_int_equal(a->n_impacts, b->n_impacts);
  for (size_t k = 0; k < a->n_impacts; k++) assert_string_equal(a->impact_names[k], b->impact_names[k]);
}

/* Bit by bit, with places and without, more and fewer than fit into columns. */
static void what_is_written_is_read(void **state) {
  (void)state;
  static const char *const endings[] = {"profiles.h5", "profiles.csv"};
  const struct {
    size_t n, n_times;
    bool placed;
  } cases[] = {{1, 4, false}, {3, 101, true}, {3, 101, false}, {4, 3, true}, {1200, 12, false}, {2000, 101, true}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
    for (size_t e = 0; e < 2; e++) {
      char path[512];
      axon_profiles *p = made(cases[c].n, cases[c].n_times, cases[c].placed), *back;
      (void)snprintf(path, sizeof path, "%s/%s", dir, endings[e]);
      assert_ok(ctx, lg_axon_profiles_write(ctx, path, p, NULL));
      assert_ok(ctx, lg_axon_profiles_load(ctx, path, &back));
      assert_same(p, back);
      lg_axon_profiles_destroy(ctx, back);
      lg_axon_profiles_destroy(ctx, p);
      assert_int_equal(remove(path), 0);
    }
  axon_profiles *p = made(2, 5, false);
  assert_int_equal(lg_axon_profiles_write(ctx, "profiles.txt", p, NULL), LG_ERR_ARGUMENT);
  lg_axon_profiles_destroy(ctx, p);
}

/* ---- texts ------------------------------------------------------------------------------------------------ */

static lg_status parse(const char *text, double dt_s, axon_profiles **p) {
  return lg_axon_profiles_parse(ctx, (const unsigned char *)text, strlen(text), dt_s, p);
}

static void columns_and_rows_say_the_same(void **state) {
  (void)state;
  static const char *const same[] = {
      "t_s,a,b\n0,0,0\n0.001,0.01,-0.5\n0.002,0.02,0.25\n",
      "\xef\xbb\xbf# made by hand\r\nTime (ms);a;b\r\n0;0;0\r\n1;0.01;-0.5\r\n\r\n2;0.02;0.25\r\n",
      "t_ms\t\"a\"\tb\n5\t0\t0\n6\t0.01\t-0.5\n7\t0.02\t0.25",
      "name,0,1,2\na,0,0.01,0.02\nb,0,-0.5,0.25\n",
      "name,0s,0.001s,0.002 s\na,0,0.01,0.02\nb,0,-0.5,0.25\n",
      "name,t_0ms,t_1ms,t_2ms\na,0.5,0.51,0.52\nb,0,-0.5,0.25\n",
  };
  for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
    axon_profiles *p;
    assert_ok(ctx, parse(same[k], 0.0, &p));
    assert_int_equal(p->n, 2);
    assert_int_equal(p->n_times, 3);
    assert_true(fabs(p->dt_s - 1e-3) < 1e-12);
    assert_string_equal(p->names[1], "b");
    const double wanted[] = {0.0, 0.01, 0.02, 0.0, -0.5, 0.25};
    for (size_t s = 0; s < 6; s++) assert_true(fabs(p->strain[s] - wanted[s]) < 1e-12);
    lg_axon_profiles_destroy(ctx, p);
  }
  axon_profiles *p;
  assert_ok(ctx, parse("0,0.01,0.02\n0,-0.5,0.25\n", 2e-3, &p));
  assert_int_equal(p->n, 2);
  assert_true(p->dt_s == 2e-3 && p->strain[4] == -0.5);
  assert_string_equal(p->names[1], "1");
  lg_axon_profiles_destroy(ctx, p);
  assert_ok(ctx, parse("voxel,a,b,c\nx,0,0.01,0.02\n", 2e-3, &p));
  assert_true(p->n == 1 && p->n_times == 3 && p->dt_s == 2e-3);
  lg_axon_profiles_destroy(ctx, p);
}

static void what_is_wrong_is_said_with_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text, *words;
    lg_status status;
  } bad[] = {
      {"", "the file is empty", LG_ERR_FORMAT},
      {" \n\n", "the file is empty", LG_ERR_FORMAT},
      {"# nothing\n", "remarks only", LG_ERR_FORMAT},
      {"t_s,a\n", "a profile is at least 3 samples long", LG_ERR_RANGE},
      {"t_s\n0\n1\n2\n", "there is no profile beside the times", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0.001,0.1\n", "a profile is at least 3 samples long", LG_ERR_RANGE},
      {"t_s,a,b\n0,0,0\n0.001,,0\n0.002,0,0\n", "line 3, column 2 'a': the strain is missing", LG_ERR_FORMAT},
      {"t_s,a,b\n0,0,0\n0.001,0,nan\n0.002,0,0\n", "line 3, column 3 'b': the strain is missing", LG_ERR_FORMAT},
      {"t_s,a,b\n0,0,0\n0.001,0,inf\n0.002,0,0\n", "line 3, column 3: 'inf' is no number", LG_ERR_FORMAT},
      {"t_s,a,b\n0,0,0\n0.001,0,1e999\n0.002,0,0\n", "line 3, column 3 'b': the strain is infinite", LG_ERR_FORMAT},
      {"t_s,a,b\n0,0,0\n0.001,0,x\n0.002,0,0\n", "line 3, column 3: 'x' is no number", LG_ERR_FORMAT},
      {"t_s;a\n0;0\n0.001;0,1\n0.002;0\n", "'0,1' is no number (decimals are written with a point)", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0.001,5\n0.002,12\n", "line 3, column 2 'a': strain 5; fractions of at most 1 are needed (percent?",
       LG_ERR_RANGE},
      {"t_s,a\n0,0\n0.001,0\n0.002\n", "line 4: 1 cells, but the first row has 2; the file may be truncated",
       LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0.001,0\n0.003,0\n0.004,0\n0.005,0\n", "line 4: 1 samples are missing between 0.001 and 0.003 s",
       LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0.001,0\n0.0025,0\n0.0035,0\n", "line 4: a step of 0.0015 s among steps of 0.001 s", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0.002,0\n0.001,0\n", "line 4: time 0.001 s after 0.002 s; times must rise", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n0,0\n0.001,0\n", "times must rise", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n,0\n0.001,0\n", "line 3: the time is no number", LG_ERR_FORMAT},
      {"t_s,a\n0,0\n1,0\n2,0\n", "times in ms? name them t_ms", LG_ERR_RANGE},
      {"t_ms,a\n0,0\n0.001,0\n0.002,0\n", "times in s? name them t_s", LG_ERR_RANGE},
      {"t_s,a,a\n0,0,0\n0.001,0,0\n0.002,0,0\n", "two profiles are named 'a' (columns 2 and 3)", LG_ERR_FORMAT},
      {"t_s,a,\n0,0,0\n0.001,0,0\n0.002,0,0\n", "column 3: the profile has no name", LG_ERR_FORMAT},
      {"x,a\n0,0\n0.001,0\n0.002,0\n", "the first column is 'x'; t_s (or t_ms) is needed", LG_ERR_FORMAT},
      {"0,0.1,0.2\n0,0.1,0.2\n", "--dt 1ms", LG_ERR_FORMAT},
      {"name,0,1,2\n", "a row of names but no profile", LG_ERR_FORMAT},
      {"name,0,1,2\na,0,0\n", "line 2: 3 cells, but the first row has 4", LG_ERR_FORMAT},
      {"name,0,1,2\na,0,,0\n", "line 2, profile 'a', column 3: the strain is missing", LG_ERR_FORMAT},
      {"name,0,1,2\na,0,0,0\nb,0,3,0\n", "line 3, profile 'b', column 3: strain 3;", LG_ERR_RANGE},
      {"name,0,1,2\na,0,0,0\na,0,0,0\n", "two profiles are named 'a' (rows 1 and 2)", LG_ERR_FORMAT},
      {"name,0,1,x\na,0,0,0\n", "column 4 is named 'x'; behind `name` times are needed", LG_ERR_FORMAT},
      {"name,0,1,3\na,0,0,0\n", "even times are needed", LG_ERR_FORMAT},
      {"name,x_mm,y_mm,z_mm,0,1,2\na,1,2,,0,0,0\n", "position or fibre is no number", LG_ERR_FORMAT},
  };
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
    axon_profiles *p;
    assert_int_equal(parse(bad[k].text, 0.0, &p), bad[k].status);
    if (!strstr(lg_ctx_message(ctx), bad[k].words))
      fail_msg("'%s': '%s' is not in '%s'", bad[k].text, bad[k].words, lg_ctx_message(ctx));
    assert_null(strpbrk(lg_ctx_message(ctx), "\n\r"));
    assert_null(p);
  }
  axon_profiles *p;
  const unsigned char junk[] = "\x7f"
                               "ELF\0\1\2\3junk";
  assert_int_equal(lg_axon_profiles_parse(ctx, junk, sizeof junk, 0.0, &p), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "neither CSV nor .npy, .npz nor HDF5"));
  assert_int_equal(lg_axon_profiles_load(ctx, LG_TEST_DATA, &p), LG_ERR_IO);
  assert_non_null(strstr(lg_ctx_message(ctx), "not a regular file"));
}

/* Cut short anywhere, and with bytes turned: refused or read, never more. */
static void a_broken_h5_is_refused(void **state) {
  (void)state;
  char path[512];
  unsigned char *bytes;
  size_t n;
  axon_profiles *p = made(20, 101, true), *back;
  (void)snprintf(path, sizeof path, "%s/p.h5", dir);
  assert_ok(ctx, lg_axon_profiles_write(ctx, path, p, NULL));
  assert_ok(ctx, lg_file_read(ctx, path, (size_t)1 << 24, &bytes, &n));
  for (size_t part = 1; part < 8; part++) {
    assert_int_not_equal(lg_axon_profiles_parse(ctx, bytes, n * part / 8, 0.0, &back), LG_OK);
    assert_true(strlen(lg_ctx_message(ctx)) > 10);
  }
  assert_int_equal(remove(path), 0);
  lg_free(ctx, bytes);
  lg_axon_profiles_destroy(ctx, p);
}

/* ---- other times ------------------------------------------------------------------------------------------- */

static void other_steps_are_read_off_and_ends_held_or_cut(void **state) {
  (void)state;
  double x[301], y[101];
  for (size_t k = 0; k < 301; k++) x[k] = 1e-3 * (double)k;
  assert_int_equal(lg_axon_profile_resample(x, 101, 1e-3, y, 101, 1e-3), 0);
  assert_memory_equal(x, y, sizeof y);
  assert_int_equal(lg_axon_profile_resample(x, 201, 5e-4, y, 101, 1e-3), AXON_RESAMPLE_READ);
  for (size_t k = 0; k < 101; k++) assert_true(fabs(y[k] - 2e-3 * (double)k) < 1e-15);
  assert_int_equal(lg_axon_profile_resample(x, 41, 2.5e-3, y, 101, 1e-3), AXON_RESAMPLE_READ);
  for (size_t k = 0; k < 101; k++) assert_true(fabs(y[k] - 4e-4 * (double)k) < 1e-15);
  assert_int_equal(lg_axon_profile_resample(x, 51, 1e-3, y, 101, 1e-3), AXON_RESAMPLE_HELD);
  assert_true(y[50] == x[50] && y[51] == x[50] && y[100] == x[50]);
  for (size_t k = 0; k < 301; k++) x[k] = k < 60 ? 1e-3 * (double)k : 0.06;
  assert_int_equal(lg_axon_profile_resample(x, 301, 1e-3, y, 101, 1e-3), AXON_RESAMPLE_CUT);
  assert_memory_equal(x, y, sizeof y);
  /* a peak at 200 ms after a dip at 140: the window begins at the dip and holds the peak */
  for (size_t k = 0; k < 301; k++)
    x[k] = 0.1 * exp(-pow(((double)k - 200.0) / 10.0, 2.0)) + 1e-4 * fabs((double)k - 140.0);
  x[0] = 0.0;
  assert_int_equal(lg_axon_profile_resample(x, 301, 1e-3, y, 101, 1e-3), AXON_RESAMPLE_MOVED);
  assert_true(y[0] == 0.0);
  assert_true(y[60] == x[200] - x[140]);
  for (size_t k = 0; k < 101; k++) assert_true(y[k] <= y[60]);
}

static void all_profiles_are_resampled_in_place(void **state) {
  (void)state;
  axon_profiles *p = made(700, 201, true);
  p->dt_s = 5e-4;
  double *x = p->strain, *copy = lg_alloc(ctx, 700 * 201, sizeof *copy);
  memcpy(copy, x, 700 * 201 * sizeof *copy);
  assert_false(lg_axon_profiles_are(p, 101, 1e-3));
  assert_ok(ctx, lg_axon_profiles_resample(ctx, p, 101, 1e-3));
  assert_true(lg_axon_profiles_are(p, 101, 1e-3));
  for (size_t k = 0; k < 700; k++)
    for (size_t t = 0; t < 101; t++) assert_true(fabs(p->strain[k * 101 + t] - copy[k * 201 + 2 * t]) < 1e-15);
  double *kept = p->strain;
  assert_ok(ctx, lg_axon_profiles_resample(ctx, p, 101, 1e-3));
  assert_ptr_equal(p->strain, kept);
  assert_int_equal(lg_axon_profiles_resample(ctx, p, 1, 1e-3), LG_ERR_RANGE);
  assert_int_equal(lg_axon_profiles_resample(ctx, p, 101, 0.0), LG_ERR_RANGE);
  lg_free(ctx, copy);
  lg_axon_profiles_destroy(ctx, p);
}

/* ---- arrays ----------------------------------------------------------------------------------------------------- */

static void arrays_and_archives_are_read(void **state) {
  (void)state;
  axon_profiles *p;
  assert_ok(ctx, lg_axon_profiles_load(ctx, LG_TEST_DATA "/axon/timed.npz", &p));
  assert_true(p->n == 3 && p->n_times == 4 && fabs(p->dt_s - 1e-3) < 1e-15);
  for (size_t k = 0; k < 3; k++)
    for (size_t t = 0; t < 4; t++)
      assert_true(fabs(p->strain[4 * k + t] - 0.1 * (sin(0.1 * (double)(4 * k + t)) - sin(0.4 * (double)k))) < 1e-15);
  lg_axon_profiles_destroy(ctx, p);
  assert_ok(ctx, lg_axon_profiles_load(ctx, LG_TEST_DATA "/axon/profiles.npy", &p));
  assert_true(p->n == 2 && p->n_times == 4);
  assert_string_equal(p->names[1], "b");
  assert_true(fabs(p->strain[7] + 0.06) < 1e-15);
  lg_axon_profiles_destroy(ctx, p);
}

/* Every byte of the archive wrong in turn: refused in one line, or the same numbers where the byte does not count. */
static void a_damaged_archive_is_refused(void **state) {
  (void)state;
  unsigned char *bytes;
  size_t n, refused = 0;
  axon_profiles *p;
  assert_ok(ctx, lg_file_read(ctx, LG_TEST_DATA "/axon/timed.npz", 1 << 20, &bytes, &n));
  for (size_t k = 4; k < n; k++) {
    bytes[k] ^= 0x55;
    if (lg_axon_profiles_parse(ctx, bytes, n, 1e-3, &p) != LG_OK) {
      refused++;
      assert_null(strpbrk(lg_ctx_message(ctx), "\n\r"));
    } else {
      assert_true(p->n == 3 && p->n_times == 4 && fabs(p->strain[3] - 0.1 * sin(0.3)) < 1e-15);
      lg_axon_profiles_destroy(ctx, p);
    }
    bytes[k] ^= 0x55;
  }
  assert_true(refused > n / 2);
  for (size_t cut = 4; cut < n; cut += 7)
    assert_int_not_equal(lg_axon_profiles_parse(ctx, bytes, cut, 1e-3, &p), LG_OK);
  lg_free(ctx, bytes);
}

static void the_training_set_is_read(void **state) {
  (void)state;
  char path[512];
  axon_profiles *p;
  if (!lg_test_shared("data/axon/dataset_train.npz", path, sizeof path)) skip();
  assert_int_equal(lg_axon_profiles_load(ctx, path, &p), LG_ERR_FORMAT); /* no times */
  assert_ok(ctx, lg_axon_profiles_load_every(ctx, path, 1e-3, &p));      /* train_x among others */
  assert_int_equal(p->n, 1990);
  assert_true(lg_axon_profiles_are(p, 101, 1e-3));
  lg_axon_profiles_destroy(ctx, p);
}

static void a_summary_says_what_is_there(void **state) {
  (void)state;
  axon_profiles *p = made(101, 50, true);
  for (size_t k = 0; k < p->n; k++)
    for (size_t t = 0; t < p->n_times; t++)
      p->strain[k * p->n_times + t] = t == 0 ? 0.0 : 1e-3 * (double)k * (k == 100 ? -1.0 : 1.0);
  axon_profiles_summary s;
  assert_ok(ctx, lg_axon_profiles_summarise(ctx, p, &s));
  assert_true(s.least == -0.1 && s.least_at == 100);
  assert_true(fabs(s.greatest - 0.099) < 1e-15 && s.greatest_at == 99);
  assert_true(fabs(s.peak[0] - 0.005) < 1e-12 && fabs(s.peak[1] - 0.05) < 1e-12 && fabs(s.peak[2] - 0.095) < 1e-12);
  assert_true(fabs(s.rate - 100.0) < 1e-9 && s.rate_at == 100);
  assert_true(s.place_low[0] == 0.0 && s.place_high[0] == 100.0);
  lg_axon_profiles_destroy(ctx, p);
}

static void outcomes_in_h5_come_back(void **state) {
  (void)state;
  char path[512];
  unsigned char *bytes;
  size_t n;
  axon_labels back;
  axon_profiles *p = made(700, 5, true);
  axon_outcome *o = lg_alloc(ctx, p->n, sizeof *o);
  for (size_t k = 0; k < p->n; k++)
    for (size_t q = 0; q < AXON_OUTPUTS; q++) o[k].out[q] = k == 3 ? (double)NAN : (double)(k * 10 + q);
  (void)snprintf(path, sizeof path, "%s/out.h5", dir);
  assert_ok(ctx, lg_axon_outcomes_write(ctx, path, p, o, NULL));
  assert_ok(ctx, lg_file_read(ctx, path, (size_t)1 << 24, &bytes, &n));
  assert_ok(ctx, lg_axon_labels_parse_h5(ctx, bytes, n, &back));
  assert_int_equal(back.n, p->n);
  for (size_t k = 0; k < p->n; k++) {
    assert_string_equal(back.names[k], p->names[k]);
    for (size_t q = 0; q < AXON_OUTPUTS; q++)
      assert_true(k == 3 ? isnan(back.out[k * AXON_OUTPUTS + q]) : back.out[k * AXON_OUTPUTS + q] == o[k].out[q]);
  }
  lg_axon_labels_clear(ctx, &back);
  for (size_t part = 1; part < 6; part++)
    assert_int_not_equal(lg_axon_labels_parse_h5(ctx, bytes, n * part / 6, &back), LG_OK);
  assert_int_equal(remove(path), 0);
  lg_free(ctx, bytes);
  lg_free(ctx, o);
  lg_axon_profiles_destroy(ctx, p);
}

static void the_reference_profiles_are_read(void **state) {
  (void)state;
  axon_profiles *p;
  assert_ok(ctx, lg_axon_profiles_load(ctx, profiles_file, &p));
  assert_int_equal(p->n, 10);
  assert_true(lg_axon_profiles_are(p, 101, 1e-3));
  lg_axon_profiles_destroy(ctx, p);
}

static int open_all(void **state) { return make_dir(state) == 0 ? open_ctx(state) : -1; }

static int close_all(void **state) {
  const int closed = close_ctx(state);
  return remove_dir(state) == 0 ? closed : -1;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(columns_and_rows_say_the_same),
      cmocka_unit_test(what_is_wrong_is_said_with_its_place),
      cmocka_unit_test(a_broken_h5_is_refused),
      cmocka_unit_test(other_steps_are_read_off_and_ends_held_or_cut),
      cmocka_unit_test(all_profiles_are_resampled_in_place),
      cmocka_unit_test(outcomes_in_h5_come_back),
      cmocka_unit_test(arrays_and_archives_are_read),
      cmocka_unit_test(a_damaged_archive_is_refused),
      cmocka_unit_test(the_training_set_is_read),
      cmocka_unit_test(a_summary_says_what_is_there),
      cmocka_unit_test(the_reference_profiles_are_read),
  };
  return cmocka_run_group_tests(tests, open_all, close_all);
}
