/* The queue: every task is done exactly once, whoever dies; who may see what; what is left of files. */
#define _XOPEN_SOURCE 700
#include "app/serve/store_files.h"
#include "app/serve/store_jobs.h"
#include "app/serve/supervise.h"
#include "tests/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static lg_ctx *ctx;
static store *s;
static const audit_who by_ada = {1, "ada", NULL}, by_bob = {2, "bob", NULL};

static int set_up(void **state) {
  (void)state;
  make_folder();
  ctx = lg_test_ctx();
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_run(ctx, s, NULL, "INSERT INTO users (name, role, created) VALUES ('ada', 2, 1)", ""));
  assert_ok(
      ctx,
      store_end(ctx, s, store_run(ctx, s, NULL, "INSERT INTO users (name, role, created) VALUES ('bob', 2, 1)", "")));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  store_close(ctx, s);
  lg_ctx_destroy(ctx);
  drop_folder();
  return 0;
}

static int64_t add_job(int64_t user, int priority, size_t n_shards) {
  int64_t id;
  const job_new job = {.user = user, .command = "info", .request = "{}", .priority = priority, .n_shards = n_shards};
  assert_ok(ctx, jobs_create(ctx, s, &job, &id));
  assert_true(id > 0);
  return id;
}

static void keep_row(void *arg, const job_row *row) {
  job_row *out = arg;
  *out = *row;
  out->user_name = out->command = out->request = out->message = out->what = out->summary = NULL;
}

static job_row look(int64_t id) {
  job_row row = {0};
  bool found;
  assert_ok(ctx, jobs_look(ctx, s, id, 0, keep_row, &row, &found));
  assert_true(found);
  return row;
}

static bool claim_one(const char *worker, job_task *task) {
  size_t n;
  assert_ok(ctx, tasks_claim(ctx, s, worker, 60000, INT64_MIN, 1, task, &n));
  return n == 1;
}

static bool finish(const job_task *task, const char *worker, bool good) {
  bool kept;
  const task_result r = {.good = good, .exit_code = good ? 0 : 4, .message = good ? NULL : "diverged", .summary = "{}"};
  assert_ok(ctx, tasks_finish(ctx, s, task, worker, &r, &kept));
  return kept;
}

static void test_life(void **state) {
  (void)state;
  job_task t;
  bool mine;
  const int64_t id = add_job(1, 0, 0);
  assert_int_equal(look(id).state, JOB_WAITING);
  assert_true(claim_one("w1", &t));
  assert_int_equal(t.job, id);
  assert_int_equal(look(id).state, JOB_RUNNING);
  job_task other;
  assert_false(claim_one("w2", &other));
  assert_ok(ctx, tasks_renew(ctx, s, t.id, "w1", 60000, "doses", 3, 10, &mine));
  assert_true(mine);
  assert_int_equal(look(id).done, 3);
  assert_int_equal(look(id).total, 10);
  assert_ok(ctx, tasks_renew(ctx, s, t.id, "w2", 60000, "doses", 9, 10, &mine));
  assert_false(mine);
  assert_false(finish(&t, "w2", true)); /* who does not hold it cannot end it */
  assert_int_equal(look(id).state, JOB_RUNNING);
  assert_true(finish(&t, "w1", true));
  assert_int_equal(look(id).state, JOB_DONE);
  assert_false(finish(&t, "w1", true)); /* and not twice */
  assert_int_equal(jobs_cancel(ctx, s, NULL, id), LG_ERR_ARGUMENT);
  assert_ok(ctx, jobs_delete(ctx, s, NULL, id));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM tasks"), 0);
  assert_int_equal(jobs_delete(ctx, s, NULL, id), LG_ERR_NOT_FOUND);
}

/* Shares first, in any order; then the task that merges; one that fails ends the job. */
static void test_batch(void **state) {
  (void)state;
  job_task t[4];
  const int64_t id = add_job(1, 0, 3);
  for (int k = 0; k < 3; k++) {
    assert_true(claim_one("w", &t[k]));
    assert_int_equal(t[k].stage, 0);
    assert_int_equal(t[k].n_shards, 3);
    assert_int_equal(t[k].shard, k);
  }
  assert_false(claim_one("w", &t[3])); /* the merge waits */
  for (int k = 2; k >= 0; k--) {
    assert_int_equal(look(id).state, JOB_RUNNING);
    assert_true(finish(&t[k], "w", true));
  }
  assert_true(claim_one("w", &t[3]));
  assert_int_equal(t[3].stage, 1);
  assert_int_equal(t[3].n_shards, 0);
  assert_true(finish(&t[3], "w", true));
  assert_int_equal(look(id).state, JOB_DONE);

  const int64_t bad = add_job(1, 0, 3);
  assert_true(claim_one("w", &t[0]));
  assert_true(claim_one("w", &t[1]));
  assert_true(finish(&t[0], "w", false));
  assert_int_equal(look(bad).state, JOB_FAILED);
  assert_int_equal(look(bad).exit_code, 4);
  assert_false(finish(&t[1], "w", true)); /* the rest was called off */
  assert_false(claim_one("w", &t[2]));
  assert_int_equal(look(bad).state, JOB_FAILED);
}

/* A lease that ran out goes to another; the first cannot end it any more. */
static void test_leases(void **state) {
  (void)state;
  job_task t, again;
  size_t n;
  const int64_t id = add_job(1, 0, 0);
  assert_ok(ctx, tasks_claim(ctx, s, "w1", 30, INT64_MIN, 1, &t, &n));
  assert_int_equal(n, 1);
  assert_false(claim_one("w2", &again));
  (void)nanosleep(&(struct timespec){0, 60000000}, NULL);
  assert_true(claim_one("w2", &again));
  assert_int_equal(again.id, t.id);
  assert_int_equal(again.tries, 2);
  assert_false(finish(&t, "w1", true));
  assert_ok(ctx, tasks_release(ctx, s, "w2", &n)); /* w2 was seen to die */
  assert_int_equal(n, 1);
  assert_true(claim_one("w3", &again));
  assert_ok(ctx, tasks_release(ctx, s, NULL, &n)); /* the server begins anew */
  assert_int_equal(n, 1);
  assert_true(claim_one("w4", &again));
  assert_int_equal(again.tries, 4);
  for (int k = again.tries; k < JOB_MOST_TRIES; k++) {
    assert_ok(ctx, tasks_release(ctx, s, "w4", NULL));
    assert_true(claim_one("w4", &again));
  }
  assert_int_equal(look(id).state, JOB_RUNNING);
  assert_ok(ctx, tasks_release(ctx, s, "w4", NULL));
  assert_false(claim_one("w4", &again)); /* given up */
  assert_int_equal(look(id).state, JOB_FAILED);
}

static void test_pause_cancel(void **state) {
  (void)state;
  job_task t;
  bool mine;
  const int64_t id = add_job(1, 0, 2);
  assert_true(claim_one("w", &t));
  assert_ok(ctx, jobs_pause(ctx, s, NULL, id));
  assert_ok(ctx, tasks_is_mine(ctx, s, t.id, "w", &mine));
  assert_false(mine);
  assert_false(claim_one("w", &t));
  assert_int_equal(look(id).state, JOB_PAUSED);
  assert_ok(ctx, jobs_resume(ctx, s, NULL, id));
  assert_int_equal(jobs_resume(ctx, s, NULL, id), LG_ERR_ARGUMENT);
  assert_true(claim_one("w", &t));
  assert_int_equal(jobs_delete(ctx, s, NULL, id), LG_ERR_ARGUMENT);
  assert_ok(ctx, jobs_cancel(ctx, s, NULL, id));
  assert_false(finish(&t, "w", true));
  assert_false(claim_one("w", &t));
  assert_int_equal(look(id).state, JOB_CANCELLED);
  assert_int_equal(jobs_pause(ctx, s, NULL, id), LG_ERR_ARGUMENT);
  assert_int_equal(jobs_cancel(ctx, s, NULL, 77), LG_ERR_NOT_FOUND);
}

/* Priorities first, then users in turn: ten jobs of one do not hold up the one of another. */
static void test_order(void **state) {
  (void)state;
  job_task t;
  int64_t ada[5];
  for (int k = 0; k < 5; k++) ada[k] = add_job(1, 0, 0);
  assert_true(claim_one("w", &t));
  assert_int_equal(t.job, ada[0]);
  const int64_t bob = add_job(2, 0, 0), urgent = add_job(1, 50, 0);
  assert_true(claim_one("w", &t));
  assert_int_equal(t.job, urgent);
  bool first_two = false;
  for (int k = 0; k < 2; k++) {
    assert_true(claim_one("w", &t));
    first_two = first_two || t.job == bob;
  }
  assert_true(first_two);
  assert_ok(ctx, jobs_set_priority(ctx, s, NULL, ada[4], 10));
  assert_true(claim_one("w", &t));
  assert_int_equal(t.job, ada[4]);
  assert_int_equal(jobs_set_priority(ctx, s, NULL, ada[4], 1000), LG_ERR_RANGE);
  size_t n;
  assert_ok(ctx, tasks_claim(ctx, s, "w", 60000, 100, 1, &t, &n)); /* who takes urgent ones only */
  assert_int_equal(n, 0);
}

static void test_limit_and_pages(void **state) {
  (void)state;
  int64_t id, seen[16] = {0};
  job_row row = {0};
  bool found;
  const job_new job = {.user = 1, .command = "info", .request = "{}", .most_unfinished = 5};
  for (int k = 0; k < 5; k++) assert_ok(ctx, jobs_create(ctx, s, &job, &id));
  assert_int_equal(jobs_create(ctx, s, &job, &seen[0]), LG_ERR_LIMIT);
  assert_ok(ctx, jobs_cancel(ctx, s, NULL, id));
  assert_ok(ctx, jobs_create(ctx, s, &job, &id));
  const int64_t bobs = add_job(2, 0, 0);
  int n = 0;
  for (int64_t before = 0;; n++) {
    row.id = 0;
    assert_ok(ctx, jobs_list(ctx, s, 1, before, 1, keep_row, &row));
    if (row.id == 0) break;
    assert_true(before == 0 || row.id < before);
    before = row.id;
  }
  assert_int_equal(n, 6);
  assert_ok(ctx, jobs_list(ctx, s, 0, 0, 1, keep_row, &row));
  assert_int_equal(row.id, bobs);
  assert_ok(ctx, jobs_look(ctx, s, bobs, 1, keep_row, &row, &found));
  assert_false(found); /* not hers */
}

static void put_blob(const char *words, char hex[BLOB_HEX], uint64_t *bytes) {
  blob_writer *w;
  assert_ok(ctx, blob_open(ctx, folder, &w));
  assert_ok(ctx, blob_write(ctx, w, words, strlen(words)));
  assert_ok(ctx, blob_commit(ctx, w, hex, bytes));
}

static bool is_there(const char *hex) {
  char path[256];
  return blob_path(ctx, folder, hex, path, sizeof path) == LG_OK;
}

/* Files live as long as something points at them, and inputs must be one's own. */
static void test_files(void **state) {
  (void)state;
  char in[BLOB_HEX], out[BLOB_HEX], found[BLOB_HEX];
  uint64_t bytes, used;
  int64_t up, again, id;
  job_task t;
  bool kept;
  put_blob("an input", in, &bytes);
  assert_ok(ctx, uploads_add(ctx, s, &by_ada, "in.json", in, bytes, 20, &up));
  assert_ok(ctx, uploads_add(ctx, s, &by_ada, "same.json", in, bytes, 20, &again)); /* the same content counts once */
  assert_ok(ctx, uploads_used(ctx, s, 1, &used));
  assert_int_equal(used, bytes);
  put_blob("too much, it is too much", out, &bytes);
  assert_int_equal(uploads_add(ctx, s, &by_ada, "out", out, bytes, 20, &id), LG_ERR_RANGE);
  assert_false(is_there(out));
  assert_int_equal(uploads_delete(ctx, s, &by_bob, up), LG_ERR_NOT_FOUND); /* Bob's it is not */

  const job_file input = {"input", "x.json", in, 0};
  job_new job = {.user = 2, .command = "info", .request = "{}", .inputs = &input, .n_inputs = 1};
  assert_int_equal(jobs_create(ctx, s, &job, &id), LG_ERR_NOT_FOUND);
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM jobs"), 0);
  job.user = 1;
  assert_ok(ctx, jobs_create(ctx, s, &job, &id));
  assert_true(claim_one("w", &t));
  put_blob("a result", out, &bytes);
  const job_file output = {"output", "out/r.csv", out, bytes};
  const task_result r = {.good = true, .exit_code = 0, .summary = "{\"a\": 1}", .files = &output, .n_files = 1};
  assert_ok(ctx, tasks_finish(ctx, s, &t, "w", &r, &kept));
  assert_true(kept);
  assert_ok(ctx, jobs_find_file(ctx, s, id, "output", "out/r.csv", found));
  assert_string_equal(found, out);
  assert_int_equal(jobs_find_file(ctx, s, id, "output", "x.json", found), LG_ERR_NOT_FOUND);

  assert_ok(ctx, uploads_delete(ctx, s, &by_ada, up));
  assert_ok(ctx, uploads_delete(ctx, s, &by_ada, again));
  assert_true(is_there(in)); /* the job points at it */
  assert_ok(ctx, jobs_delete(ctx, s, NULL, id));
  assert_false(is_there(in));
  assert_false(is_there(out));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM blobs"), 0);
}

/* Four processes claim and finish 100 tasks, two of them are killed while at it: each task is done exactly once. */
static void test_claimers(void **state) {
  (void)state;
  enum { JOBS = 100, CHILDREN = 4 };
  pid_t child[CHILDREN];
  for (int k = 0; k < JOBS; k++) (void)add_job(1 + k % 2, k % 3, 0);
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_run(ctx, s, NULL, "CREATE TABLE ended (task INTEGER)", ""));
  assert_ok(ctx, store_end(ctx, s,
                           store_run(ctx, s, NULL,
                                     "CREATE TRIGGER ended_once AFTER UPDATE OF state ON tasks WHEN new.state = 2"
                                     " BEGIN INSERT INTO ended VALUES (new.id); END",
                                     "")));
  for (int c = 0; c < CHILDREN; c++) {
    child[c] = fork();
    if (child[c] != 0) continue;
    char name[16];
    lg_ctx *mine;
    store *own;
    job_task t[3];
    size_t n;
    bool kept;
    int bad = lg_ctx_create(&mine) != LG_OK || store_open(mine, folder, &own) != LG_OK;
    lg_status status = LG_OK;
    (void)snprintf(name, sizeof name, "w%d", c);
    for (int idle = 0; !bad && idle < 300; idle++) { /* LG_ERR_LIMIT: a slow disk, try again */
      status = tasks_claim(mine, own, name, 100, INT64_MIN, 3, t, &n);
      bad = status != LG_OK && status != LG_ERR_LIMIT;
      for (size_t k = 0; k < n && !bad; k++) {
        const task_result r = {.good = true, .exit_code = 0};
        while ((status = tasks_finish(mine, own, &t[k], name, &r, &kept)) == LG_ERR_LIMIT) {
        }
        if (status != LG_OK) bad = 2;
        idle = 0;
      }
      if (n == 0) (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    _exit(bad);
  }
  (void)nanosleep(&(struct timespec){0, 30000000}, NULL);
  for (int c = 0; c < 2; c++) assert_int_equal(kill(child[c], SIGKILL), 0);
  for (int c = 0; c < CHILDREN; c++) {
    int how;
    assert_int_equal(waitpid(child[c], &how, 0), child[c]);
    if (c >= 2) assert_int_equal(how, 0);
  }
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM jobs WHERE state = 2"), JOBS);
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM ended"), JOBS);
  assert_int_equal(count(ctx, s, "SELECT count(DISTINCT task) FROM ended"), JOBS);
}

/* Nobody takes the log of a job that was cancelled but the one who cleans; not while its program may still write. */
static void test_cancelled_log(void **state) {
  (void)state;
  char path[256], sha256[BLOB_HEX], none[BLOB_HEX], words[64] = "";
  const int64_t kept = add_job(1, 0, 0), silent = add_job(1, 0, 0);
  (void)snprintf(path, sizeof path, "%s/jobs", folder);
  assert_ok(ctx, lg_make_directory(ctx, path));
  for (int64_t id = kept; id <= silent; id++) {
    (void)snprintf(path, sizeof path, "%s/jobs/%lld", folder, (long long)id);
    assert_ok(ctx, lg_make_directory(ctx, path));
    assert_ok(ctx, jobs_cancel(ctx, s, &by_ada, id));
  }
  (void)snprintf(path, sizeof path, "%s/jobs/%lld/log", folder, (long long)kept);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_true(fputs("stopped\n", f) >= 0 && fclose(f) == 0);
  supervise_clean(ctx, s, "jobs");
  assert_int_equal(access(path, R_OK), 0);
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_end(ctx, s, store_run(ctx, s, NULL, "UPDATE jobs SET ended = ended - 20000", "")));
  for (int k = 0; k < 2; k++) { /* the second time there is nothing to do */
    supervise_clean(ctx, s, "jobs");
    assert_int_equal(access(path, R_OK), -1);
    assert_ok(ctx, jobs_find_file(ctx, s, kept, "log", "log", sha256));
    assert_int_equal(jobs_find_file(ctx, s, silent, "log", "log", none), LG_ERR_NOT_FOUND);
  }
  assert_ok(ctx, blob_path(ctx, folder, sha256, path, sizeof path));
  f = fopen(path, "r");
  assert_non_null(f);
  assert_non_null(fgets(words, sizeof words, f));
  (void)fclose(f);
  assert_string_equal(words, "stopped\n");
  assert_ok(ctx, jobs_delete(ctx, s, &by_ada, kept)); /* and it goes with the job */
  assert_int_equal(access(path, R_OK), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_batch, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_leases, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_pause_cancel, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_limit_and_pages, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_cancelled_log, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_claimers, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
