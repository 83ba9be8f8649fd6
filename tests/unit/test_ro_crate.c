#include "tests/test.h"

#include "data/provenance.h"
#include "io/json_read.h"
#include "io/origin.h"
#include "io/ro_crate.h"

#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/loligo-crate-XXXXXX";

static const char *place(const char *name) {
  static char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *stream = fopen(place(name), "wb");
  assert_non_null(stream);
  (void)fputs(text, stream);
  assert_int_equal(fclose(stream), 0);
}

static lg_provenance *provenance(lg_ctx *ctx) {
  char words[][32] = {"/usr/bin/loligo", "clone", "it's a \"cell\".abf", "-o", "x y.json"};
  char *argv[5];
  for (int k = 0; k < 5; k++) argv[k] = words[k];
  lg_provenance *p;
  assert_ok(ctx, lg_provenance_create(ctx, 5, argv, 7, &p));
  assert_ok(ctx, lg_provenance_add_input(ctx, p, "recording", place("in.abf")));
  assert_ok(ctx, lg_provenance_add_option(ctx, p, "dt", "1"));
  assert_ok(ctx, lg_provenance_add_option(ctx, p, "dt", "0.025 ms"));
  return p;
}

/* The entity of an id; fails when it is not there exactly once. */
static lg_json_at entity(lg_ctx *ctx, const lg_json_at *graph, size_t n, const char *id) {
  lg_json_at found = *graph;
  int count = 0;
  for (size_t k = 0; k < n; k++) {
    const char *text;
    const lg_json_at item = lg_json_item(graph, k);
    assert_ok(ctx, lg_json_get_text(ctx, &item, "@id", &text));
    if (strcmp(text, id) != 0) continue;
    found = item;
    count++;
  }
  if (count != 1) fail_msg("%d entities '%s'", count, id);
  return found;
}

static void crate(void **state) {
  lg_ctx *ctx;
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  put("in.abf", "abc");
  put("run.json", "{}");
  put("fig 1.svg", "<svg/>");
  lg_provenance *p = provenance(ctx);
  const lg_crate_file files[] = {{"run.json", "everything"}, {"fig 1.svg", NULL}};
  assert_ok(ctx, lg_ro_crate_write(ctx, folder, "Twin", "A twin.", p, files, 2));
  lg_json_doc *doc;
  assert_ok(ctx, lg_json_load(ctx, place("ro-crate-metadata.json"), LG_JSON_STRICT, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  lg_json_at graph;
  size_t n;
  const char *text;
  int64_t bytes;
  assert_ok(ctx, lg_json_get_array(ctx, &root, "@graph", &graph, &n));
  lg_json_at at = entity(ctx, &graph, n, "ro-crate-metadata.json");
  assert_ok(ctx, lg_json_get_text(ctx, &at, "conformsTo.@id", &text));
  assert_string_equal(text, "https://w3id.org/ro/crate/1.1");
  at = entity(ctx, &graph, n, "fig%201.svg");
  assert_ok(ctx, lg_json_get_text(ctx, &at, "encodingFormat", &text));
  assert_string_equal(text, "image/svg+xml");
  assert_ok(ctx, lg_json_get_integer(ctx, &at, "contentSize", 6, 6, &bytes));
  at = entity(ctx, &graph, n, "#run");
  assert_ok(ctx, lg_json_get_text(ctx, &at, "object[0].@id", &text));
  /* FIPS 180-2, "abc" */
  assert_string_equal(text, "urn:sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  (void)entity(ctx, &graph, n, text);
  assert_ok(ctx, lg_json_get_text(ctx, &at, "name", &text));
  assert_string_equal(text, "loligo clone 'it'\\''s a \"cell\".abf' -o 'x y.json'");
  lg_json_doc_destroy(ctx, doc);

  const lg_crate_file gone[] = {{"gone.csv", NULL}};
  assert_int_equal(lg_ro_crate_write(ctx, folder, "Twin", "A twin.", p, gone, 1), LG_ERR_IO);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static void same_origin(lg_ctx *ctx, const char *path) {
  lg_origin *o;
  char cwd[1024];
  assert_ok(ctx, lg_origin_read(ctx, path, &o));
  assert_int_equal(o->argc, 5);
  assert_string_equal(o->argv[0], "loligo");
  assert_string_equal(o->argv[2], "it's a \"cell\".abf");
  assert_non_null(getcwd(cwd, sizeof cwd));
  assert_string_equal(o->working_directory, cwd);
  assert_int_equal(o->n_options, 1);
  assert_string_equal(o->options[0].text, "0.025 ms");
  assert_int_equal(o->n_inputs, 1);
  assert_string_equal(o->inputs[0].name, "recording");
  assert_string_equal(o->inputs[0].text, place("in.abf"));
  assert_int_equal(strlen(o->inputs[0].sha256), 64);
  lg_origin_destroy(ctx, o);
}

static void origins_read_back(void **state) {
  lg_ctx *ctx;
  char path[256];
  (void)state;
  assert_int_equal(lg_ctx_create(&ctx), LG_OK);
  put("in.abf", "abc");
  lg_provenance *p = provenance(ctx);
  (void)snprintf(path, sizeof path, "%s", place("x.json"));
  FILE *stream = fopen(path, "wb");
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(p, &w);
  lg_json_end_object(&w);
  assert_true(lg_json_end(&w));
  (void)fclose(stream);
  same_origin(ctx, path);

  (void)snprintf(path, sizeof path, "%s", place("x.csv"));
  stream = fopen(path, "wb");
  lg_provenance_write_comments(p, stream);
  (void)fputs("t_ms,v_mV\n", stream);
  (void)fclose(stream);
  same_origin(ctx, path);

  put("bad.csv", "# argv: [\"loligo\", \n");
  lg_origin *o;
  assert_int_equal(lg_origin_read(ctx, place("bad.csv"), &o), LG_ERR_FORMAT);
  put("bad.csv", "# argv: [\"loligo\", \"x\"]\n# input role: path\n");
  assert_int_equal(lg_origin_read(ctx, place("bad.csv"), &o), LG_ERR_FORMAT);
  put("bad.csv", "t_ms,v_mV\n");
  assert_int_equal(lg_origin_read(ctx, place("bad.csv"), &o), LG_ERR_FORMAT);
  lg_provenance_destroy(ctx, p);
  lg_ctx_destroy(ctx);
}

static int clean(void **state) {
  static const char *const names[] = {"in.abf", "run.json", "fig 1.svg", "ro-crate-metadata.json",
                                      "x.json", "x.csv",    "bad.csv"};
  (void)state;
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) (void)unlink(place(names[k]));
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(crate), cmocka_unit_test(origins_read_back)};
  if (!mkdtemp(folder)) return 1;
  return cmocka_run_group_tests(tests, NULL, clean);
}
