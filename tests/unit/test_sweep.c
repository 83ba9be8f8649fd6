/* Sweeps: the union of journals is the truth, and the merged bytes depend on the points alone. */
#include "tests/alloc.h"

#include "app/sweep/crc32c.h"
#include "app/sweep/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { POINTS = 1000, ARRAY = 5 };

static const lg_sweep_column columns[] = {
    {"cell", LG_SWEEP_WORD}, {"n_spikes", LG_SWEEP_INTEGER}, {"rate_Hz", LG_SWEEP_NUMBER}};
static const double axis[ARRAY] = {0.0, 0.1, 0.2, 0.5, 1.0};

/* How the points behave in a test. */
typedef struct scene {
  size_t stop_at;      /* this point ends the sweep as a full memory would */
  volatile int cancel; /* set when point cancel_at is reached */
  size_t cancel_at;
  int lie; /* other numbers than it should */
} scene;

static lg_status work_out(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells, float *arrays,
                          bool *failed, char (*message)[200]) {
  scene *s = user;
  for (size_t k = 0; k < n; k++) {
    const size_t point = first + k;
    lg_sweep_cell *row = cells + 3 * k;
    if (s->stop_at && point == s->stop_at) return lg_fail(ctx, LG_ERR_MEMORY, "no memory at point %zu", point);
    if (s->cancel_at && point == s->cancel_at) __atomic_store_n(&s->cancel, 1, __ATOMIC_RELAXED);
    (void)snprintf(row[0].word, sizeof row[0].word, "cell, \"%zu\"", point);
    if (point % 97 == 13) {
      failed[k] = true;
      (void)snprintf(message[k], 200, "point %zu cannot be, \"really\"", point);
      continue;
    }
    row[1].integer = (int64_t)(point * point) - 5000;
    row[2].number = point % 10 == 0 ? (double)NAN : sqrt((double)point) + s->lie;
    for (size_t j = 0; j < ARRAY; j++) arrays[k * ARRAY + j] = (float)(point + j) / 3.0f;
  }
  return LG_OK;
}

static lg_sweep_plan make_plan(scene *s) {
  return (lg_sweep_plan){.name = "screen",
                         .what = "points",
                         .fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                         .n_points = POINTS,
                         .n_columns = 3,
                         .columns = columns,
                         .n_array = ARRAY,
                         .array_name = "f_I_spikes",
                         .array_axis = axis,
                         .array_axis_name = "i_pA",
                         .run = work_out,
                         .user = s};
}

static char root[64];

static const char *folder(const char *name) {
  static char path[8][160];
  static int turn;
  char *p = path[turn++ % 8];
  (void)snprintf(p, 160, "%s/%s", root, name);
  return p;
}

static lg_sweep_options all_of(const char *directory, unsigned threads) {
  return (lg_sweep_options){
      .directory = directory, .n_shards = 1, .threads = threads, .csv = true, .sqlite = true, .hdf5 = true};
}

static lg_ctx *new_ctx(void) {
  lg_ctx *ctx;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  return ctx;
}

static void hashes(lg_ctx *ctx, const char *directory, char hex[3][65]) {
  static const char *const names[] = {"results.csv", "results.sqlite", "results.h5"};
  char path[256];
  for (size_t k = 0; k < 3; k++) {
    (void)snprintf(path, sizeof path, "%s/%s", directory, names[k]);
    assert_ok(ctx, lg_sha256_file(ctx, path, hex[k]));
  }
}

static void assert_same_results(lg_ctx *ctx, const char *a, const char *b) {
  char x[3][65], y[3][65];
  hashes(ctx, a, x);
  hashes(ctx, b, y);
  for (size_t k = 0; k < 3; k++) assert_string_equal(x[k], y[k]);
}

/* The only journal of a folder. */
static void journal_of(const char *directory, char *path, size_t bytes) {
  DIR *dir = opendir(directory);
  assert_non_null(dir);
  path[0] = '\0';
  for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (strncmp(e->d_name, "journal-", 8) != 0) continue;
    assert_int_equal(path[0], '\0');
    const int n = snprintf(path, bytes, "%s/%s", directory, e->d_name);
    assert_true(n > 0 && (size_t)n < bytes);
  }
  (void)closedir(dir);
  assert_int_not_equal(path[0], '\0');
}

static void test_crc(void **state) {
  (void)state;
  unsigned char bytes[257];
  assert_int_equal(lg_crc32c(0, "123456789", 9), 0xe3069283u); /* RFC 3720, B.4 and the usual check value */
  assert_int_equal(lg_crc32c_plain(0, "123456789", 9), 0xe3069283u);
  memset(bytes, 0, sizeof bytes);
  assert_int_equal(lg_crc32c(0, bytes, 32), 0x8a9136aau);
  for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (unsigned char)(k * 37 + 11);
  for (size_t n = 0; n < sizeof bytes; n++) {
    assert_int_equal(lg_crc32c(0, bytes, n), lg_crc32c_plain(0, bytes, n));
    assert_int_equal(lg_crc32c(lg_crc32c(0, bytes, n / 3), bytes + n / 3, n - n / 3), lg_crc32c(0, bytes, n));
  }
}

static void test_threads(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  static const unsigned counts[] = {1, 2, 3, 7, 64};
  for (size_t k = 0; k < 5; k++) {
    char name[16];
    (void)snprintf(name, sizeof name, "t%u", counts[k]);
    const lg_sweep_options o = all_of(folder(name), counts[k]);
    assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
    assert_true(report.complete);
    assert_int_equal(report.n_done, POINTS);
    assert_int_equal(report.n_failed, 11);
    assert_int_equal(report.n_resumed, 0);
    assert_same_results(ctx, folder("t1"), o.directory);
  }
  lg_ctx_destroy(ctx);
}

typedef struct seen {
  size_t next, failed;
} seen;

static lg_status look(lg_ctx *ctx, void *user, size_t point, const lg_sweep_cell *cells, const float *array,
                      bool failed, const char *message) {
  seen *s = user;
  char words[64];
  (void)ctx;
  assert_int_equal(point, s->next++);
  (void)snprintf(words, sizeof words, "cell, \"%zu\"", point);
  assert_string_equal(cells[0].word, words);
  if (failed) {
    s->failed++;
    assert_true(isnan(cells[2].number) && isnan(array[0]));
    assert_non_null(strstr(message, "cannot be"));
    return LG_OK;
  }
  assert_int_equal(cells[1].integer, (int64_t)(point * point) - 5000);
  if (point % 10 == 0) assert_true(isnan(cells[2].number));
  else assert_true(cells[2].number == sqrt((double)point));
  for (size_t j = 0; j < ARRAY; j++) assert_true(array[j] == (float)(point + j) / 3.0f);
  return LG_OK;
}

static void test_each(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  seen rows = {0};
  lg_sweep_plan plan = make_plan(&s);
  assert_ok(ctx, lg_sweep_each(ctx, &plan, folder("t3"), look, &rows));
  assert_int_equal(rows.next, POINTS);
  assert_int_equal(rows.failed, 11);
  plan.fingerprint = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  assert_int_equal(lg_sweep_each(ctx, &plan, folder("t3"), look, &rows), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

static void test_shards(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  lg_sweep_options o = all_of(folder("shards"), 2);
  static const size_t order[] = {2, 0, 1};
  o.n_shards = 3;
  for (size_t k = 0; k < 3; k++) {
    o.shard = order[k];
    assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
    assert_int_equal(report.complete, k == 2);
  }
  assert_same_results(ctx, folder("t1"), o.directory);
  o.shard = 3;
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

static void test_stopped(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {.stop_at = 700};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  const lg_sweep_options o = all_of(folder("stopped"), 1);
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_MEMORY);
  assert_non_null(strstr(lg_ctx_message(ctx), "no memory at point 700"));
  s.stop_at = 0;
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  assert_int_equal(report.n_resumed, 640); /* ten whole blocks */
  assert_true(report.complete);
  assert_same_results(ctx, folder("t1"), o.directory);
  s.stop_at = 1; /* nothing is left to do, so nothing is asked */
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  assert_int_equal(report.n_resumed, POINTS);
  lg_ctx_destroy(ctx);
}

static void test_cancelled(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {.cancel_at = 300};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  const lg_sweep_options o = all_of(folder("cancelled"), 1);
  lg_ctx_set_cancel_flag(ctx, &s.cancel);
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_CANCELLED);
  assert_non_null(strstr(lg_ctx_message(ctx), "points are saved"));
  s = (scene){0};
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  assert_true(report.n_resumed >= 256);
  assert_same_results(ctx, folder("t1"), o.directory);
  lg_ctx_destroy(ctx);
}

/* Cut the only journal of a complete folder at every kind of place: what is left counts, the rest is done again. */
static void test_torn(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  char path[256];
  for (unsigned k = 0; k < 8; k++) {
    char name[16];
    struct stat st;
    (void)snprintf(name, sizeof name, "torn%u", k);
    const lg_sweep_options o = all_of(folder(name), 1);
    assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
    journal_of(o.directory, path, sizeof path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size * (off_t)k / 8 + (off_t)(k % 3)), 0);
    assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
    assert_true(report.n_resumed <= POINTS * k / 8);
    assert_true(report.n_resumed + 2 * LG_SWEEP_BLOCK + 20 > POINTS * k / 8);
    assert_same_results(ctx, folder("t1"), o.directory);
  }
  lg_ctx_destroy(ctx);
}

static void test_damaged(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s);
  const lg_sweep_options o = all_of(folder("damaged"), 1);
  char path[256];
  struct stat st;
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  journal_of(o.directory, path, sizeof path);
  assert_int_equal(stat(path, &st), 0);
  const int fd = open(path, O_WRONLY);
  assert_true(fd >= 0);
  assert_int_equal(pwrite(fd, "damage", 6, st.st_size / 2), 6);
  assert_int_equal(close(fd), 0);
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  assert_true(report.n_resumed == POINTS - LG_SWEEP_BLOCK); /* one record is lost, those behind it are not */
  assert_same_results(ctx, folder("t1"), o.directory);
  lg_ctx_destroy(ctx);
}

static void test_other_sweep(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  lg_sweep_plan plan = make_plan(&s);
  const lg_sweep_options o = all_of(folder("t2"), 1);
  plan.fingerprint = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_ARGUMENT);
  assert_non_null(strstr(lg_ctx_message(ctx), "another sweep"));
  plan = make_plan(&s);
  plan.n_points = POINTS + 1;
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

/* Two journals hold the same points with other values: neither can be believed. */
static void test_disagree(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0}, liar = {.lie = 1};
  lg_sweep_report report;
  const lg_sweep_plan plan = make_plan(&s), other = make_plan(&liar);
  lg_sweep_options o = all_of(folder("truth"), 1), l = all_of(folder("lie"), 1);
  char from[256], to[320];
  assert_ok(ctx, lg_sweep_run(ctx, &plan, &o, &report));
  assert_ok(ctx, lg_sweep_run(ctx, &other, &l, &report));
  journal_of(l.directory, from, sizeof from);
  (void)snprintf(to, sizeof to, "%s/journal-elsewhere.lgj", o.directory);
  assert_int_equal(rename(from, to), 0);
  assert_int_equal(lg_sweep_run(ctx, &plan, &o, &report), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "disagree about point"));
  lg_ctx_destroy(ctx);
}

/* A finished folder, opened, merged and walked through with every allocation failing in turn. */
static lg_status merge_finished(lg_ctx *ctx) {
  lg_sweep_report report;
  const char *from = folder("t3");
  const lg_status status = lg_sweep_merge(ctx, &from, 1, folder("poor"), &report);
  if (status == LG_OK) assert_true(report.complete);
  return status;
}

static lg_status run_finished(lg_ctx *ctx) {
  scene s = {.stop_at = 1};
  lg_sweep_report report;
  lg_sweep_plan plan = make_plan(&s);
  lg_sweep_options o = all_of(folder("t3"), 1);
  o.sqlite = o.hdf5 = false;
  return lg_sweep_run(ctx, &plan, &o, &report);
}

static lg_status walk_finished(lg_ctx *ctx) {
  scene s = {0};
  seen rows = {0};
  const lg_sweep_plan plan = make_plan(&s);
  return lg_sweep_each(ctx, &plan, folder("t3"), look, &rows);
}

static void test_no_memory(void **state) {
  (void)state;
  assert_true(lg_exhaust("merge", merge_finished) > 20);
  assert_true(lg_exhaust("run", run_finished) > 20);
  assert_true(lg_exhaust("each", walk_finished) > 20);
}

static void test_bad_plans(void **state) {
  (void)state;
  lg_ctx *ctx = new_ctx();
  scene s = {0};
  lg_sweep_report report;
  const lg_sweep_options o = all_of(folder("bad"), 1);
  static const lg_sweep_column twice[] = {{"a", LG_SWEEP_NUMBER}, {"a", LG_SWEEP_NUMBER}};
  static const lg_sweep_column taken[] = {{"error", LG_SWEEP_NUMBER}}, quoted[] = {{"a\"b", LG_SWEEP_NUMBER}};
  lg_sweep_plan p[6];
  for (size_t k = 0; k < 6; k++) p[k] = make_plan(&s);
  p[0].n_points = 0;
  p[1].fingerprint = "not a hash";
  p[2].columns = twice;
  p[2].n_columns = 2;
  p[3].columns = taken;
  p[4].columns = quoted;
  p[3].n_columns = p[4].n_columns = 1;
  p[5].name = "drop table; --";
  for (size_t k = 0; k < 6; k++) assert_int_equal(lg_sweep_run(ctx, &p[k], &o, &report), LG_ERR_ARGUMENT);
  lg_ctx_destroy(ctx);
}

static int make_root(void **state) {
  (void)state;
  (void)snprintf(root, sizeof root, "/tmp/loligo-sweep-XXXXXX");
  return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
  char command[128];
  (void)state;
  (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_crc),      cmocka_unit_test(test_threads),   cmocka_unit_test(test_each),
      cmocka_unit_test(test_shards),   cmocka_unit_test(test_stopped),   cmocka_unit_test(test_cancelled),
      cmocka_unit_test(test_torn),     cmocka_unit_test(test_damaged),   cmocka_unit_test(test_other_sweep),
      cmocka_unit_test(test_disagree), cmocka_unit_test(test_bad_plans), cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
