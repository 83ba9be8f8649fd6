/* The cage must hold: every kind of misbehaving parser costs one error line and nothing else. */
#define _GNU_SOURCE
#include "tests/tape.h"
#include "tests/test.h"

#include "io/nwb.h"
#include "io/sandbox.h"
#include "io/sandbox_internal.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A recording with everything in it. */
static lg_status make_recording(lg_ctx *ctx, const void *user, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  lg_sweep *s = NULL;
  const size_t n = *(const size_t *)user;
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, "x.abf"));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, "ABF2"));
  LG_TRY(lg_recording_warn(ctx, rec, "first %d", 1));
  LG_TRY(lg_recording_warn(ctx, rec, "second"));
  for (int k = 0; k < 3; k++) {
    LG_TRY(lg_recording_add_sweep(ctx, rec, n + (size_t)k, 0.05, k != 1, &s));
    s->number = 7 + k;
    s->t0_ms = 1000.0 * k;
    for (size_t j = 0; j < s->n; j++) s->v_mV[j] = (double)j + 0.25 * k;
    if (k == 1) continue;
    s->current_origin = LG_CURRENT_MEASURED;
    for (size_t j = 0; j < s->n; j++) s->i_pA[j] = -(double)j;
    s->has_step = 1;
    s->step_pA = 50.0;
    s->step_off = s->n;
  }
  *out = rec;
  return LG_OK;
done:
  lg_recording_destroy(ctx, rec);
  return status;
}

static void test_recording_comes_back(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  assert_ok(ctx, lg_ctx_set_threads(ctx, 3)); /* forking beside a pool */
  for (size_t n = 1; n < 2000000; n = 50 * n + 1) {
    lg_recording *rec = NULL;
    assert_ok(ctx, lg_sandbox_run(ctx, make_recording, &n, 100, NULL, &rec));
    assert_int_equal(rec->n_sweeps, 3);
    assert_int_equal(rec->n_warnings, 2);
    assert_string_equal(rec->warnings[0], "first 1");
    assert_string_equal(rec->source, "x.abf");
    assert_string_equal(rec->protocol, "");
    for (int k = 0; k < 3; k++) {
      const lg_sweep *s = &rec->sweeps[k];
      assert_int_equal(s->n, n + (size_t)k);
      assert_int_equal(s->number, 7 + k);
      assert_true(s->t0_ms == 1000.0 * k);
      assert_int_equal(s->i_pA == NULL, k == 1);
      assert_int_equal(s->step_off, k == 1 ? 0 : s->n);
      for (size_t j = 0; j < s->n; j++) assert_true(s->v_mV[j] == (double)j + 0.25 * k);
      for (size_t j = 0; s->i_pA && j < s->n; j++) assert_true(s->i_pA[j] == -(double)j);
    }
    lg_recording_destroy(ctx, rec);
  }
  lg_ctx_destroy(ctx);
}

/* ---- parsers that misbehave ---------------------------------------------------------------------------- */

static volatile int zero;

static lg_status fails(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "mode %d\nis not read", 5);
}
static lg_status crashes(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)ctx, (void)user, (void)out;
  (void)raise(SIGSEGV);
  return LG_OK;
}
static lg_status aborts(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)ctx, (void)user, (void)out;
  abort();
}
static lg_status leaves(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)ctx, (void)user, (void)out;
  _exit(0);
}
static lg_status loops(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)ctx, (void)user, (void)out;
  while (zero == 0) { /* volatile: not optimised away */
  }
  return LG_OK;
}
static lg_status yields(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)ctx, (void)user, (void)out;
  for (;;) (void)sched_yield();
  return LG_OK;
}
static lg_status opens_files(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp/loligo-sandbox-escape", O_CREAT | O_WRONLY, 0600) >= 0)
    return lg_fail(ctx, LG_ERR_RANGE, "opened");
  return lg_fail(ctx, LG_ERR_NOT_FOUND, "could not open");
}
static lg_status connects(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  return lg_fail(ctx, socket(AF_INET, SOCK_STREAM, 0) >= 0 ? LG_ERR_RANGE : LG_ERR_NOT_FOUND, "socket");
}
static lg_status forks(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  return lg_fail(ctx, fork() >= 0 ? LG_ERR_RANGE : LG_ERR_NOT_FOUND, "fork");
}
static lg_status kills_parent(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  return lg_fail(ctx, kill(getppid(), 0) == 0 ? LG_ERR_RANGE : LG_ERR_NOT_FOUND, "kill");
}
static lg_status makes_code(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return lg_fail(ctx, p != MAP_FAILED ? LG_ERR_RANGE : LG_ERR_NOT_FOUND, "mmap");
}
static lg_status turns_into_code(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return lg_fail(ctx, LG_ERR_INTERNAL, "no memory");
  return lg_fail(ctx, mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? LG_ERR_RANGE : LG_ERR_NOT_FOUND, "mprotect");
}
static lg_status eats_memory(lg_ctx *ctx, const void *user, lg_recording **out) {
  (void)user, (void)out;
  for (size_t k = 0; k < 64; k++)
    if (!lg_alloc(ctx, (size_t)1 << 26, 1)) return LG_ERR_MEMORY;
  return lg_fail(ctx, LG_ERR_RANGE, "took 4 GiB");
}

static lg_status run(lg_ctx *ctx, lg_sandbox_fn fn) {
  const lg_sandbox_limits limits = {.memory_bytes = (size_t)1 << 28, .cpu_s = 1, .wall_s = 20};
  lg_recording *rec = NULL;
  const lg_status status = lg_sandbox_run(ctx, fn, NULL, 0, &limits, &rec);
  assert_null(rec);
  assert_null(strchr(lg_ctx_message(ctx), '\n'));
  return status;
}

static void test_failures_are_lines(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  assert_int_equal(run(ctx, fails), LG_ERR_UNSUPPORTED);
  assert_string_equal(lg_ctx_message(ctx), "mode 5 is not read");
  assert_int_equal(run(ctx, crashes), LG_ERR_FORMAT);
  if (!LG_SANITIZED) assert_non_null(strstr(lg_ctx_message(ctx), "SIGSEGV"));
  assert_non_null(strstr(lg_ctx_message(ctx), "the file is damaged"));
  assert_int_equal(run(ctx, aborts), LG_ERR_FORMAT);
  if (!LG_SANITIZED) assert_non_null(strstr(lg_ctx_message(ctx), "SIGABRT"));
  assert_int_equal(run(ctx, leaves), LG_ERR_FORMAT);
  assert_non_null(strstr(lg_ctx_message(ctx), "no valid answer"));
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
  lg_ctx_destroy(ctx);
}

static void test_time_is_limited(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL;
  if (LG_SANITIZED) assert_int_equal(run(ctx, loops), LG_ERR_LIMIT);
  else { /* a small file is given up after 1 s */
    assert_int_equal(lg_sandbox_run(ctx, loops, NULL, 65536, NULL, &rec), LG_ERR_LIMIT);
    assert_non_null(strstr(lg_ctx_message(ctx), "more than 1 s of computing"));
  }
  const lg_sandbox_limits limits = {.cpu_s = 100, .wall_s = 1};
  assert_int_equal(lg_sandbox_run(ctx, yields, NULL, 0, &limits, &rec), LG_ERR_LIMIT);
  const volatile int cancel = 1;
  lg_ctx_set_cancel_flag(ctx, &cancel);
  assert_int_equal(lg_sandbox_run(ctx, loops, NULL, 0, NULL, &rec), LG_ERR_CANCELLED);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  lg_ctx_destroy(ctx);
}

static void test_nothing_gets_out(void **state) {
  (void)state;
#if LG_SANITIZED
  skip(); /* a sanitizer needs the calls that the filter refuses */
#else
  lg_ctx *ctx = lg_test_ctx();
  assert_int_equal(run(ctx, opens_files), LG_ERR_NOT_FOUND);
  const lg_sandbox_fn stopped[] = {connects, forks, kills_parent, makes_code, turns_into_code};
  for (size_t k = 0; k < sizeof stopped / sizeof stopped[0]; k++) {
    assert_int_equal(run(ctx, stopped[k]), LG_ERR_FORMAT);
    assert_non_null(strstr(lg_ctx_message(ctx), "SIGSYS"));
  }
  assert_int_equal(run(ctx, eats_memory), LG_ERR_MEMORY);
  assert_int_not_equal(access("/tmp/loligo-sandbox-escape", F_OK), 0);
  lg_ctx_destroy(ctx);
#endif
}

/* ---- the answer itself ---------------------------------------------------------------------------------- */

static lg_status read_tape(lg_ctx *ctx, const tape *t, bool *valid) {
  tape copy = *t;
  lg_cage cage = LG_CAGE_FULL;
  lg_recording *rec = NULL;
  const lg_status status = lg_reply_read(ctx, tape_play, &copy, &cage, &rec);
  *valid = rec != NULL;
  assert_true((status == LG_OK) == *valid);
  for (size_t k = 0; rec && k < rec->n_sweeps; k++) assert_true(rec->sweeps[k].step_off <= rec->sweeps[k].n);
  lg_recording_destroy(ctx, rec);
  return status;
}

static void test_every_damaged_answer_is_refused_or_harmless(void **state) {
  (void)state;
  static tape good, bad;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL;
  const size_t n = 9;
  bool valid = false;
  assert_ok(ctx, make_recording(ctx, &n, &rec));
  good.n = good.at = 0;
  assert_true(lg_reply_write(tape_record, &good, LG_CAGE_FULL, LG_OK, "", rec));
  lg_recording_destroy(ctx, rec);
  assert_ok(ctx, read_tape(ctx, &good, &valid));
  for (size_t cut = 0; cut < good.n; cut++) {
    bad = good;
    bad.n = cut;
    assert_int_equal(read_tape(ctx, &bad, &valid), LG_ERR_INTERNAL);
  }
  bad = good;
  bad.n++;
  assert_int_equal(read_tape(ctx, &bad, &valid), LG_ERR_INTERNAL);
  lg_rng rng = lg_rng_make(1, 2, 3);
  size_t refused = 0;
  for (size_t round = 0; round < 20000; round++) {
    bad = good;
    for (int hits = 0; hits < 3; hits++)
      bad.bytes[lg_rng_below(&rng, bad.n < 400 || hits ? bad.n : 400)] = (unsigned char)lg_rng_u32(&rng);
    refused += read_tape(ctx, &bad, &valid) != LG_OK;
  }
  assert_true(refused > 5000);
  lg_ctx_destroy(ctx);
}

static void test_nwb_through_the_sandbox(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  lg_recording *rec = NULL;
  unsigned char *bytes = NULL;
  size_t n = 0;
  const char *path = LG_TEST_DATA "/nwb/table.nwb";
  assert_ok(ctx, lg_file_read(ctx, path, 1 << 20, &bytes, &n));
  assert_ok(ctx, lg_sandbox_parse(ctx, lg_nwb_parse, bytes, n, path, NULL, &rec));
  assert_int_equal(rec->n_sweeps, 3);
  assert_string_equal(rec->source, path);
  assert_true(fabs(rec->sweeps[0].v_mV[5] + 64.95) < 1e-9);
  lg_recording_destroy(ctx, rec);
  assert_int_equal(lg_sandbox_parse(ctx, lg_nwb_parse, bytes, n / 2, path, NULL, &rec), LG_ERR_FORMAT);
  lg_free(ctx, bytes);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_recording_comes_back),
      cmocka_unit_test(test_failures_are_lines),
      cmocka_unit_test(test_time_is_limited),
      cmocka_unit_test(test_nothing_gets_out),
      cmocka_unit_test(test_every_damaged_answer_is_refused_or_harmless),
      cmocka_unit_test(test_nwb_through_the_sandbox),
  };
  return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
