#include "tests/test.h"

#include "io/json_read.h"

#include <math.h>
#include <string.h>

static int setup(void **state) {
  lg_ctx *ctx;
  if (lg_ctx_create(&ctx) != LG_OK) return -1;
  *state = ctx;
  return 0;
}

static int teardown(void **state) {
  lg_ctx_destroy(*state);
  return 0;
}

static lg_json_doc *parse(lg_ctx *ctx, const char *text, lg_json_style style) {
  lg_json_doc *doc;
  assert_ok(ctx, lg_json_parse(ctx, "x.json", text, strlen(text), style, &doc));
  return doc;
}

static void refuse(lg_ctx *ctx, const char *text, lg_json_style style, const char *words) {
  lg_json_doc *doc;
  assert_int_equal(lg_json_parse(ctx, "x.json", text, strlen(text), style, &doc), LG_ERR_FORMAT);
  assert_null(doc);
  if (!strstr(lg_ctx_message(ctx), words)) fail_msg("'%s' lacks '%s'", lg_ctx_message(ctx), words);
}

static void comments_only_in_peoples_files(void **state) {
  lg_ctx *ctx = *state;
  const char *text = "\xEF\xBB\xBF{ // a note with a \" quote\n \"url\": \"http://x\\\"//y\", // end\n \"n\": 3 }//";
  lg_json_doc *doc = parse(ctx, text, LG_JSON_COMMENTS);
  const lg_json_at root = lg_json_root(doc);
  const char *url;
  assert_ok(ctx, lg_json_get_text(ctx, &root, "url", &url));
  assert_string_equal(url, "http://x\"//y");
  lg_json_doc_destroy(ctx, doc);
  refuse(ctx, "{\n \"a\": 1 // no\n}", LG_JSON_STRICT, "x.json:2:");
  refuse(ctx, "{\"a\": 1,\n // note\n  oops}", LG_JSON_COMMENTS, "x.json:3:");
}

static void strict(void **state) {
  lg_ctx *ctx = *state;
  refuse(ctx, "{\"a\": 1, \"a\": 2}", LG_JSON_COMMENTS, "duplicate");
  refuse(ctx, "{\"a\": NaN}", LG_JSON_COMMENTS, "x.json:1:");
  refuse(ctx, "{\"a\": 1e999}", LG_JSON_COMMENTS, "overflow");
  refuse(ctx, "", LG_JSON_COMMENTS, "not valid");
  refuse(ctx, "{} {}", LG_JSON_STRICT, "x.json:1:");
  refuse(ctx, "\"abc\\", LG_JSON_COMMENTS, "x.json:1:");
}

static void getters_name_the_place(void **state) {
  lg_ctx *ctx = *state;
  lg_json_doc *doc = parse(ctx,
                           "{\"p\": {\"C\": \"big\", \"k\": 0.7, \"n\": 4, \"yes\": true, \"none\": null},"
                           " \"s\": [{\"v\": [1, 2.5, null]}, {\"v\": [1, \"x\"]}], \"a.b\": 1}",
                           LG_JSON_STRICT);
  const lg_json_at root = lg_json_root(doc);
  lg_json_at at, item;
  double x = -1, *v;
  int64_t i;
  size_t n;
  bool yes;
  const char *text;
  assert_ok(ctx, lg_json_get_number(ctx, &root, "p.k", NULL, &x));
  assert_true(x == 0.7);
  assert_ok(ctx, lg_json_get_integer(ctx, &root, "p.n", 0, 9, &i));
  assert_int_equal(i, 4);
  assert_ok(ctx, lg_json_get_boolean(ctx, &root, "p.yes", &yes));
  assert_true(yes);
  assert_ok(ctx, lg_json_get_number_or(ctx, &root, "p.none", "mV", 0, 1, 42, &x));
  assert_true(x == 42);
  assert_ok(ctx, lg_json_get_numbers(ctx, &root, "s[0].v", "mV", &v, &n));
  assert_int_equal(n, 3);
  assert_true(v[1] == 2.5 && isnan(v[2]));
  lg_free(ctx, v);
  assert_ok(ctx, lg_json_get_key(ctx, &root, "a.b", &at));
  assert_ok(ctx, lg_json_get_text_or(ctx, &root, "p.absent", "well", &text));
  assert_string_equal(text, "well");

  assert_int_equal(lg_json_get_number(ctx, &root, "p.C", "pF", &x), LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "x.json: p.C: a number in pF expected, got the text \"big\"");
  assert_int_equal(lg_json_get_number_in(ctx, &root, "p.k", "nS/mV", 1, 2, &x), LG_ERR_RANGE);
  assert_string_equal(lg_ctx_message(ctx), "x.json: p.k: 0.7 nS/mV is outside 1 … 2");
  assert_int_equal(lg_json_get(ctx, &root, "p.zz.y", &at), LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "x.json: 'p.zz' is missing");
  assert_int_equal(lg_json_get(ctx, &root, "s[2]", &at), LG_ERR_FORMAT);
  assert_ok(ctx, lg_json_get_array(ctx, &root, "s", &at, &n));
  item = lg_json_item(&at, 1);
  assert_int_equal(lg_json_get_numbers(ctx, &item, "v", "mV", &v, &n), LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "x.json: s[1].v[1]: a number in mV expected, got the text \"x\"");
  assert_int_equal(lg_json_get_integer(ctx, &root, "p.k", 0, 9, &i), LG_ERR_FORMAT);
  assert_int_equal(lg_json_get_object(ctx, &root, "s", &at), LG_ERR_FORMAT);
  assert_int_equal(lg_json_get_boolean(ctx, &root, "p.n", &yes), LG_ERR_FORMAT);
  lg_json_doc_destroy(ctx, doc);
}

static void unknown_keys(void **state) {
  lg_ctx *ctx = *state;
  lg_json_doc *doc = parse(ctx, "{\"C\": 1, \"vr\": 2, \"vrr\": 3}", LG_JSON_STRICT);
  const char *const keys[] = {"C", "vr", "vrr"};
  const lg_json_at root = lg_json_root(doc);
  assert_ok(ctx, lg_json_only_keys(ctx, &root, keys, 3));
  assert_int_equal(lg_json_only_keys(ctx, &root, keys, 2), LG_ERR_FORMAT);
  assert_string_equal(lg_ctx_message(ctx), "x.json: unknown key 'vrr' (nearest: 'vr')");
  lg_json_doc_destroy(ctx, doc);
}

static void size_limit(void **state) {
  lg_ctx *ctx = *state;
  char path[] = "/tmp/loligo-json-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "[1, 2, 3]", 9), 9);
  (void)close(fd);
  lg_json_doc *doc;
  assert_ok(ctx, lg_json_load(ctx, path, LG_JSON_STRICT, 9, &doc));
  lg_json_doc_destroy(ctx, doc);
  assert_int_equal(lg_json_load(ctx, path, LG_JSON_STRICT, 8, &doc), LG_ERR_LIMIT);
  (void)unlink(path);
  assert_int_equal(lg_json_load(ctx, path, LG_JSON_STRICT, 8, &doc), LG_ERR_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(comments_only_in_peoples_files, setup, teardown),
      cmocka_unit_test_setup_teardown(strict, setup, teardown),
      cmocka_unit_test_setup_teardown(getters_name_the_place, setup, teardown),
      cmocka_unit_test_setup_teardown(unknown_keys, setup, teardown),
      cmocka_unit_test_setup_teardown(size_limit, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
