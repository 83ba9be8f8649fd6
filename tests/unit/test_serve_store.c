/* The server's store and its files: what is kept, what is not when something goes wrong, two at once. */
#define _XOPEN_SOURCE 700
#include "app/serve/blob.h"
#include "app/serve/store.h"
#include "tests/store.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>

static lg_status add_user(lg_ctx *ctx, store *s, const char *name) {
  return store_run(ctx, s, NULL, "INSERT INTO users (name, role, created) VALUES (?, 2, ?)", "ti", name, store_now());
}

/* What was ended well is there after opening again; what failed half way is not. */
static void test_transactions(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  store *s;
  make_folder();
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_end(ctx, s, add_user(ctx, s, "ada")));
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, add_user(ctx, s, "bob"));
  assert_int_equal(store_end(ctx, s, add_user(ctx, s, "ADA")), LG_ERR_ARGUMENT); /* names differ by more than case */
  store_close(ctx, s);
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM users"), 1);
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM users"), 1); /* the kept statement again */
  store_close(ctx, s);
  drop_folder();
  lg_ctx_destroy(ctx);
}

/* The audit refuses changes by its triggers, whoever asks. */
/* A light one is there for everybody at once; those after it wait for the disk again, however it ended. */
static void test_light(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  store *s, *other;
  make_folder();
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_ok(ctx, store_open(ctx, folder, &other));
  assert_int_equal(count(ctx, s, "SELECT synchronous FROM pragma_synchronous"), 2); /* FULL */
  assert_ok(ctx, store_begin_light(ctx, s));
  assert_ok(ctx, store_end(ctx, s, add_user(ctx, s, "ada")));
  assert_int_equal(count(ctx, s, "SELECT synchronous FROM pragma_synchronous"), 2);
  assert_int_equal(count(ctx, other, "SELECT count(*) FROM users"), 1);
  assert_ok(ctx, store_begin_light(ctx, s));
  assert_int_equal(store_end(ctx, s, add_user(ctx, s, "ADA")), LG_ERR_ARGUMENT);
  assert_int_equal(count(ctx, s, "SELECT synchronous FROM pragma_synchronous"), 2);
  assert_int_equal(count(ctx, other, "SELECT count(*) FROM users"), 1);
  store_close(ctx, s);
  store_close(ctx, other);
  drop_folder();
  lg_ctx_destroy(ctx);
}

static void test_audit_is_closed(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  store *s;
  make_folder();
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_ok(ctx, store_begin(ctx, s));
  assert_ok(ctx, store_end(ctx, s,
                           store_run(ctx, s, NULL,
                                     "INSERT INTO audit (at, action, before, hash) VALUES (1, 'a', '', 'h')", "")));
  assert_ok(ctx, store_begin(ctx, s));
  assert_int_not_equal(store_end(ctx, s, store_run(ctx, s, NULL, "UPDATE audit SET action = 'b'", "")), LG_OK);
  assert_ok(ctx, store_begin(ctx, s));
  assert_int_not_equal(store_end(ctx, s, store_run(ctx, s, NULL, "DELETE FROM audit", "")), LG_OK);
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM audit WHERE action = 'a'"), 1);
  store_close(ctx, s);
  drop_folder();
  lg_ctx_destroy(ctx);
}

/* Four processes add to one counter: nothing is lost. */
static void test_processes(void **state) {
  (void)state;
  enum { CHILDREN = 4, TIMES = 50 };
  lg_ctx *ctx = lg_test_ctx();
  store *s;
  make_folder();
  for (int c = 0; c < CHILDREN; c++) {
    if (fork() != 0) continue;
    int bad = store_open(ctx, folder, &s) != LG_OK; /* all of them make the tables at once */
    for (int k = 0; k < TIMES && !bad; k++) {
      bad = store_begin(ctx, s) != LG_OK ||
            store_end(ctx, s, store_run(ctx, s, NULL, "INSERT INTO blobs VALUES (hex(randomblob(32)), 1, 1)", "")) !=
                LG_OK;
    }
    _exit(bad);
  }
  for (int c = 0; c < CHILDREN; c++) {
    int how;
    assert_true(wait(&how) > 0);
    assert_int_equal(how, 0);
  }
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_int_equal(count(ctx, s, "SELECT count(*) FROM blobs"), CHILDREN * TIMES);
  char path[128];
  (void)snprintf(path, sizeof path, "%s/copy.sqlite", folder);
  assert_ok(ctx, store_backup(ctx, s, path));
  assert_int_equal(access(path, R_OK), 0);
  store_close(ctx, s);
  drop_folder();
  lg_ctx_destroy(ctx);
}

static void test_not_ours(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  store *s;
  char path[128];
  make_folder();
  (void)snprintf(path, sizeof path, "%s/loligo.sqlite", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  (void)fputs("these are some words and no database, more than a hundred bytes of them so that it can be told: "
              "words, words, words, words",
              f);
  (void)fclose(f);
  assert_int_equal(store_open(ctx, folder, &s), LG_ERR_FORMAT);
  assert_null(s);
  drop_folder();
  lg_ctx_destroy(ctx);
}

/* The same bytes have one name; an abandoned upload leaves nothing. */
static void test_blobs(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  blob_writer *w;
  char hex[BLOB_HEX], again[BLOB_HEX], path[256];
  uint64_t bytes;
  make_folder();
  for (int k = 0; k < 2; k++) {
    assert_ok(ctx, blob_open(ctx, folder, &w));
    assert_ok(ctx, blob_write(ctx, w, "ab", 2));
    assert_ok(ctx, blob_write(ctx, w, "c", 1));
    assert_ok(ctx, blob_commit(ctx, w, k ? again : hex, &bytes));
    assert_int_equal(bytes, 3);
  }
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-4 */
  assert_string_equal(hex, again);
  assert_ok(ctx, blob_path(ctx, folder, hex, path, sizeof path));
  assert_ok(ctx, blob_take(ctx, folder, path, again, &bytes));
  assert_string_equal(hex, again);
  assert_ok(ctx, blob_open(ctx, folder, &w));
  assert_ok(ctx, blob_write(ctx, w, "x", 1));
  blob_abandon(ctx, w);
  (void)snprintf(path, sizeof path, "[ -z \"$(ls %s/blobs/new)\" ]", folder);
  assert_int_equal(system(path), 0);
  assert_int_equal(blob_path(ctx, folder, "../../etc/passwd", path, sizeof path), LG_ERR_ARGUMENT);
  hex[0] = '0';
  assert_int_equal(blob_path(ctx, folder, hex, path, sizeof path), LG_ERR_NOT_FOUND);
  drop_folder();
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_transactions), cmocka_unit_test(test_light),    cmocka_unit_test(test_audit_is_closed),
      cmocka_unit_test(test_processes),    cmocka_unit_test(test_not_ours), cmocka_unit_test(test_blobs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
