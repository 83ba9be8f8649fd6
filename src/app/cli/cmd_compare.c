/* loligo compare A B: two results by value. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"

#include "data/provenance.h"
#include "io/compare.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_IGNORED = 32, MAX_SHOWN = 20 };

typedef struct listing {
  bool as_json;
  lg_json json;
  size_t shown, all;
} listing;

static void show(void *user, const char *where, const char *a, const char *b) {
  listing *l = user;
  if (l->all++ >= MAX_SHOWN) return;
  l->shown++;
  if (!l->as_json) {
    (void)printf("%s: %s | %s\n", where, a, b);
    return;
  }
  lg_json_object(&l->json);
  lg_json_key_text(&l->json, "where", where);
  lg_json_key_text(&l->json, "a", a);
  lg_json_key_text(&l->json, "b", b);
  lg_json_end_object(&l->json);
}

/* "chi2,elapsed": the words, each 0-terminated in `words`. */
static size_t split_words(const char *text, char *words, size_t bytes, const char **list) {
  size_t n = 0;
  (void)snprintf(words, bytes, "%s", text ? text : "");
  for (char *p = words; *p && n < MAX_IGNORED;) {
    const size_t length = strcspn(p, ",");
    const bool more = p[length] == ',';
    p[length] = '\0';
    if (length) list[n++] = p;
    p += length + more;
  }
  return n;
}

static void summary(const listing *l, const lg_compare_report *r) {
  if (l->all > l->shown) (void)printf("... and %zu more\n", l->all - l->shown);
  char delta[32];
  lg_format_double(r->largest_delta, delta);
  (void)printf("%zu values compared, %zu differ; largest difference of numbers %s\n", r->n_values, r->n_different,
               delta);
}

/* The files are the inputs of a comparison; a folder has no hash of its own. */
static lg_status note_inputs(cli_run *run) {
  lg_provenance *p = cli_provenance(run);
  lg_status status = p ? LG_OK : LG_ERR_MEMORY;
  for (size_t k = 0; k < 2 && status == LG_OK; k++) {
    struct stat st;
    const char *path = cli_positional(run, k);
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
      status = lg_provenance_add_input(cli_ctx(run), p, k ? "b" : "a", path);
  }
  return status;
}

static int run_compare(cli_run *run) {
  const char *a = cli_positional(run, 0), *b = cli_positional(run, 1);
  const char *ignored[MAX_IGNORED];
  char words[1024];
  listing l = {.as_json = cli_json(run)};
  lg_compare_report report = {0};
  lg_compare_opts opts = {.rtol = cli_number(run, "rtol"), .atol = cli_number(run, "atol"), .ignored = ignored};
  if (!(opts.rtol >= 0 && opts.atol >= 0)) return cli_usage(run, "--rtol and --atol must be 0 or more");
  opts.n_ignored = split_words(cli_text(run, "ignore"), words, sizeof words, ignored);
  if (l.as_json) {
    l.json = cli_json_begin("loligo-compare/1");
    lg_json_key(&l.json, "differences");
    lg_json_array(&l.json);
  }
  const lg_status status = lg_compare(cli_ctx(run), a, b, &opts, show, &l, &report);
  if (status != LG_OK) {
    const char *message = lg_ctx_message(cli_ctx(run));
    return cli_report(run, strncmp(message, b, strlen(b)) == 0 ? b : a, status);
  }
  if (l.as_json) {
    const lg_status noted = note_inputs(run);
    if (noted != LG_OK) return cli_report(run, a, noted);
    lg_json_end_array(&l.json);
    lg_json_key_integer(&l.json, "n_values", (int64_t)report.n_values);
    lg_json_key_integer(&l.json, "n_different", (int64_t)report.n_different);
    lg_json_key_number(&l.json, "largest_difference", report.largest_delta);
    lg_json_key_boolean(&l.json, "equal", report.n_different == 0);
    cli_json_end(run, &l.json);
  } else {
    summary(&l, &report);
  }
  return report.n_different == 0 ? CLI_OK : CLI_NEGATIVE;
}

static const cli_option options[] = {
    {"rtol", "X", CLI_NUMBER, "0", "Relative tolerance of numbers."},
    {"atol", "X", CLI_NUMBER, "0", "Absolute tolerance of numbers, in their own unit."},
    {"ignore", "KEY,...", CLI_TEXT, NULL, "Keys or columns that do not count."},
};

const cli_command cli_compare_command = {
    .name = "compare",
    .arguments = "A B [--rtol X] [--atol X] [--ignore KEY,...]",
    .summary = "Compare two results (JSON, CSV, folders) by value; provenance and times do not count.",
    .example = "loligo compare twin.json again/twin.json --rtol 1e-9",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_compare,
};
