/* Rates, and connections that dawdle: by a clock of the test's own. */
#define _XOPEN_SOURCE 700
#include "app/serve/http_connections.h"
#include "app/serve/limits.h"
#include "app/serve/rates.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static void test_bucket(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  rates *r;
  assert_ok(ctx, rates_create(ctx, &r));
  for (int k = 0; k < 5; k++) assert_int_equal(rates_take(r, RATE_USER, "ada", 2, 5, 1000), 0);
  const int64_t wait = rates_take(r, RATE_USER, "ada", 2, 5, 1000);
  assert_in_range(wait, 400, 600);                                          /* half a second for one */
  assert_int_equal(rates_take(r, RATE_USER, "bob", 2, 5, 1000), 0);         /* another has their own */
  assert_int_equal(rates_take(r, RATE_SIGN_IN_NAME, "ada", 2, 5, 1000), 0); /* and so has another kind */
  assert_int_equal(rates_take(r, RATE_USER, "ada", 2, 5, 1000 + wait), 0);
  assert_int_not_equal(rates_take(r, RATE_USER, "ada", 2, 5, 1000 + wait), 0);
  rates_give(r, RATE_USER, "ada", 5);
  assert_int_equal(rates_take(r, RATE_USER, "ada", 2, 5, 1000 + wait), 0);
  int n = 0;
  for (int k = 0; k < 100; k++) n += rates_take(r, RATE_USER, "ada", 2, 5, 1000000) == 0;
  assert_int_equal(n, 5); /* a long pause gives no more than the burst */
  n = 0;
  for (int k = 0; k < 1000; k++) n += rates_take(r, RATE_USER, "ada", 2, 5, 1000000 + 10 * k) == 0;
  assert_in_range(n, 19, 21); /* 2/s for 10 s */
  rates_destroy(ctx, r);
  lg_ctx_destroy(ctx);
}

/* Many strangers do not make room for themselves in somebody's bucket that is in use. */
static void test_strangers(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  rates *r;
  char name[32];
  int again = 0;
  assert_ok(ctx, rates_create(ctx, &r));
  for (int k = 0; k < 100000; k++) {
    (void)snprintf(name, sizeof name, "10.%d.%d.%d", k >> 16, k >> 8 & 255, k & 255);
    assert_int_equal(rates_take(r, RATE_ADDRESS, name, 1, 2, 1000 + k), 0);
    if (k % 10 == 0) again += rates_take(r, RATE_ADDRESS, "guesser", 1e-6, 3, 1000 + k) == 0;
  }
  assert_int_equal(again, 3);
  rates_destroy(ctx, r);
  lg_ctx_destroy(ctx);
}

static struct sockaddr_in from(const char *address) {
  struct sockaddr_in in = {.sin_family = AF_INET};
  assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
  return in;
}

static bool is_shut(int fd) {
  char c;
  return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static void test_connections(void **state) {
  (void)state;
  enum { N = 6 };
  lg_ctx *ctx = lg_test_ctx();
  connections *c;
  int fd[N][2];
  open_socket *one[N];
  const struct sockaddr_in a = from("192.0.2.1"), b = from("192.0.2.2");
  const struct sockaddr *at = (const struct sockaddr *)&a, *other = (const struct sockaddr *)&b;
  assert_ok(ctx, connections_create(ctx, &c));
  for (int k = 0; k < N; k++) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd[k]), 0);
    one[k] = connections_open(c, fd[k][0], at);
    assert_non_null(one[k]);
  }
  assert_false(connections_allow(c, at, 100, N));
  assert_true(connections_allow(c, at, 100, N + 1));
  assert_true(connections_allow(c, at, 100, 0));
  assert_true(connections_allow(c, other, 100, N));
  assert_false(connections_allow(c, other, N, N));
  const connection_state states[N] = {CONNECTION_NEW,  CONNECTION_IDLE,   CONNECTION_HEADERS,
                                      CONNECTION_BODY, CONNECTION_UPLOAD, CONNECTION_ANSWER};
  for (int k = 0; k < N; k++) connections_set(c, one[k], states[k]);
  const int64_t now = connections_now();
  assert_int_equal(connections_sweep(c, now + 9000), 0);
  assert_int_equal(connections_sweep(c, now + 11000), 1); /* headers, a line at a time */
  assert_true(is_shut(fd[2][1]));
  connections_close(c, one[2]);
  assert_int_equal(connections_sweep(c, now + 25000), 1); /* nothing at all */
  connections_close(c, one[0]);
  assert_int_equal(connections_sweep(c, now + 35000), 1); /* a small body */
  connections_close(c, one[3]);
  connections_feed(c, one[4], 70000);
  assert_int_equal(connections_sweep(c, now + 65000), 1); /* the idle one; the upload goes on */
  connections_close(c, one[1]);
  assert_int_equal(connections_sweep(c, now + 90000), 1); /* the upload has become slow */
  assert_true(is_shut(fd[4][1]));
  connections_close(c, one[4]);
  assert_int_equal(connections_sweep(c, now + 3600000), 0); /* an answer is read as slowly as one likes */
  assert_false(is_shut(fd[5][1]));
  connections_close(c, one[5]);
  connections_close(c, NULL);
  assert_true(connections_allow(c, at, 1, 1));
  connections_destroy(ctx, c);
  for (int k = 0; k < N; k++)
    for (int j = 0; j < 2; j++) (void)close(fd[k][j]);
  lg_ctx_destroy(ctx);
}

static void test_names(void **state) {
  (void)state;
  char name[64];
  connections_name("192.0.2.1", name, sizeof name);
  assert_string_equal(name, "192.0.2.1");
  connections_name("2001:db8:1:2:3:4:5:6", name, sizeof name);
  assert_string_equal(name, "2001:db8:1:2::");
  connections_name("what a proxy said", name, sizeof name);
  assert_string_equal(name, "what a proxy said");
}

static void test_kept(void **state) {
  (void)state;
  lg_ctx *ctx = lg_test_ctx();
  char folder[] = "/tmp/lg_limits_XXXXXX", words[64];
  store *s;
  limits now, then;
  bool set[LIMIT_COUNT] = {false};
  int64_t value[LIMIT_COUNT] = {0};
  assert_non_null(mkdtemp(folder));
  assert_ok(ctx, store_open(ctx, folder, &s));
  assert_ok(ctx, limits_read(ctx, s, &now));
  for (size_t k = 0; k < LIMIT_COUNT; k++) {
    assert_int_equal(atomic_load(&now.value[k]), limits_table[k].fallback);
    assert_in_range(limits_table[k].fallback, limits_table[k].low, limits_table[k].high);
  }
  set[LIMIT_JOBS] = set[LIMIT_CONNECTIONS] = true;
  value[LIMIT_JOBS] = 7;
  value[LIMIT_CONNECTIONS] = 1; /* too few */
  assert_int_equal(limits_write(ctx, s, NULL, set, value, &now), LG_ERR_RANGE);
  assert_int_equal(atomic_load(&now.value[LIMIT_JOBS]), limits_table[LIMIT_JOBS].fallback); /* all or none */
  set[LIMIT_CONNECTIONS] = false;
  assert_ok(ctx, limits_write(ctx, s, NULL, set, value, &now));
  assert_ok(ctx, limits_read(ctx, s, &then));
  assert_int_equal(atomic_load(&then.value[LIMIT_JOBS]), 7);
  store_close(ctx, s);
  (void)snprintf(words, sizeof words, "rm -rf %s", folder);
  assert_int_equal(system(words), 0);
  lg_ctx_destroy(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bucket), cmocka_unit_test(test_strangers), cmocka_unit_test(test_connections),
      cmocka_unit_test(test_names),  cmocka_unit_test(test_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
