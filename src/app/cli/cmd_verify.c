/* loligo verify FILE: run again what made a result, and compare. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/cli/rerun.h"
#include "data/provenance.h"

#include "base/base.h"
#include "io/compare.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <loligo/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct verification {
  cli_run *run;
  const char *file;  /* as given */
  char result[4096]; /* the file with the provenance: `file`, or the run.json, trial.json, screen.json in it */
  lg_origin *origin;
  char base[4096]; /* relative paths of the inputs start here */
  char temp[64];
  cli_rerun rerun;
  size_t n_shown, n_changed;
} verification;

static bool exists(const char *path) { return access(path, F_OK) == 0; }

static void join(char *out, size_t bytes, const char *folder, const char *path) {
  if (path[0] == '/' || !folder[0]) (void)snprintf(out, bytes, "%s", path);
  else (void)snprintf(out, bytes, "%s/%s", folder, path);
}

static bool all_inputs_in(const lg_origin *o, const char *folder) {
  char path[8192];
  for (size_t k = 0; k < o->n_inputs; k++) {
    join(path, sizeof path, folder, o->inputs[k].text);
    if (!exists(path)) return false;
  }
  return true;
}

/* Relative inputs are looked for where the command ran, here, and beside the result. */
static void find_base(verification *v) {
  char beside[4096];
  (void)snprintf(beside, sizeof beside, "%s", v->result);
  char *slash = strrchr(beside, '/');
  if (slash) *slash = '\0';
  else (void)snprintf(beside, sizeof beside, ".");
  v->base[0] = '\0';
  if (v->origin->working_directory[0] && all_inputs_in(v->origin, v->origin->working_directory))
    (void)snprintf(v->base, sizeof v->base, "%s", v->origin->working_directory);
  else if (!all_inputs_in(v->origin, "") && all_inputs_in(v->origin, beside))
    (void)snprintf(v->base, sizeof v->base, "%s", beside);
}

/* Names every input that is gone or has another hash. */
static lg_status check_inputs(verification *v) {
  for (size_t k = 0; k < v->origin->n_inputs; k++) {
    const lg_origin_item *input = &v->origin->inputs[k];
    char path[8192], hash[65];
    join(path, sizeof path, v->base, input->text);
    const lg_status status = lg_sha256_file(cli_ctx(v->run), path, hash);
    if (status != LG_OK) return status;
    if (strcmp(hash, input->sha256) == 0) continue;
    v->n_changed++;
    if (!cli_json(v->run))
      (void)printf("changed input: %s (%s): was %.12s..., is %.12s...\n", input->text, input->name, input->sha256,
                   hash);
  }
  return LG_OK;
}

/* What the result was made by, when that differs from this program: not an error, but worth knowing. */
static void tell_program(const verification *v) {
  char own[256];
  (void)snprintf(own, sizeof own, "loligo %s (%s)", lg_version(), lg_version_commit());
  if (v->origin->program && strcmp(v->origin->program, own) != 0)
    cli_say(v->run, "made by %s, verified by %s", v->origin->program, own);
  if (v->origin->compiler && strcmp(v->origin->compiler, lg_version_compiler()) != 0)
    cli_say(v->run, "built by %s, verified with a build by %s", v->origin->compiler, lg_version_compiler());
}

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* The new file that stands for the one at hand: an output of the same name, a file inside an output folder, the only
 * output, or what was printed. */
static void find_twin(const verification *v, const char *printed, char *path, size_t bytes) {
  const cli_rerun *r = &v->rerun;
  char real[PATH_MAX], given[PATH_MAX];
  struct stat st;
  if (!realpath(v->file, given)) (void)snprintf(given, sizeof given, "%s", v->file);
  for (size_t k = 0; k < r->n_outputs; k++) {
    join(path, bytes, v->base, r->outputs[k].was);
    if (realpath(path, real) && strcmp(real, given) == 0) {
      (void)snprintf(path, bytes, "%s", r->outputs[k].is);
      return;
    }
  }
  for (size_t k = 0; k < r->n_outputs; k++) {
    if (strcmp(name_of(r->outputs[k].is), name_of(given)) != 0) continue;
    (void)snprintf(path, bytes, "%s", r->outputs[k].is);
    return;
  }
  for (size_t k = 0; k < r->n_outputs; k++) {
    (void)snprintf(path, bytes, "%s/%s", r->outputs[k].is, name_of(given));
    if (stat(path, &st) == 0) return;
  }
  const bool to_stdout = r->n_outputs == 0 || (stat(printed, &st) == 0 && st.st_size > 0);
  (void)snprintf(path, bytes, "%s", to_stdout ? printed : r->outputs[0].is);
}

static void show(void *user, const char *where, const char *a, const char *b) {
  verification *v = user;
  if (v->n_shown++ < 20 && !cli_json(v->run)) (void)printf("%s: was %s, is %s\n", where, a, b);
}

static int conclude(verification *v, const lg_compare_report *r) {
  const bool good = r->n_different == 0 && v->n_changed == 0;
  if (cli_json(v->run)) {
    lg_json w = cli_json_begin("loligo-verify/1");
    lg_json_key_text(&w, "file", v->file);
    lg_json_key_boolean(&w, "verified", good);
    lg_json_key_integer(&w, "inputs", (int64_t)v->origin->n_inputs);
    lg_json_key_integer(&w, "inputs_changed", (int64_t)v->n_changed);
    lg_json_key_integer(&w, "values", (int64_t)r->n_values);
    lg_json_key_integer(&w, "values_different", (int64_t)r->n_different);
    lg_json_end_object(&w);
    (void)lg_json_end(&w);
  } else if (v->n_changed > 0) {
    (void)printf("not verified: %zu of %zu inputs changed\n", v->n_changed, v->origin->n_inputs);
  } else if (good) {
    (void)printf("verified: %zu values are the same, %zu inputs unchanged\n", r->n_values, v->origin->n_inputs);
  } else {
    (void)printf("not verified: %zu of %zu values differ\n", r->n_different, r->n_values);
  }
  return good ? CLI_OK : CLI_NEGATIVE;
}

static int run_again(verification *v) {
  lg_ctx *ctx = cli_ctx(v->run);
  char printed[128], twin[8192];
  int code = 0;
  lg_status status = cli_rerun_plan(ctx, v->origin, v->temp, &v->rerun);
  if (status != LG_OK) return cli_report(v->run, v->file, status);
  (void)snprintf(printed, sizeof printed, "%s/stdout", v->temp);
  status = cli_rerun_run(&v->rerun, v->base, printed, &code);
  if (status != LG_OK) return cli_report(v->run, v->file, status);
  find_twin(v, printed, twin, sizeof twin);
  struct stat st;
  if (stat(twin, &st) != 0) { /* a command may end with 1 and still have written its answer */
    (void)printf("not verified: the command ended with %d and wrote no such file\n", code);
    return CLI_NEGATIVE;
  }
  const lg_compare_opts opts = {.rtol = cli_number(v->run, "rtol"), .atol = cli_number(v->run, "atol")};
  lg_compare_report report = {0};
  status = lg_compare(ctx, v->file, twin, &opts, show, v, &report);
  if (status != LG_OK) return cli_report(v->run, v->file, status);
  return conclude(v, &report);
}

/* Remove the temporary folder: what we made, two levels of folders and files. */
static void remove_tree(const char *path, int depth) {
  DIR *dir = depth > 0 ? opendir(path) : NULL;
  for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
    char inner[4096];
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    const int n = snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
    if (n < 0 || (size_t)n >= sizeof inner) continue;
    if (unlink(inner) != 0) remove_tree(inner, depth - 1);
  }
  if (dir) (void)closedir(dir);
  (void)rmdir(path);
}

/* The file of a folder that says how the folder was made. */
static void find_run(verification *v) {
  static const char *const names[] = {"trial.json", "screen.json", "run.json"};
  (void)snprintf(v->result, sizeof v->result, "%s/run.json", v->file);
  for (size_t k = 0; k < sizeof names / sizeof names[0] && !exists(v->result); k++)
    (void)snprintf(v->result, sizeof v->result, "%s/%s", v->file, names[k]);
}

static int verify(verification *v) {
  struct stat st;
  (void)snprintf(v->result, sizeof v->result, "%s", v->file);
  if (stat(v->file, &st) == 0 && S_ISDIR(st.st_mode)) find_run(v);
  lg_status status = lg_origin_read(cli_ctx(v->run), v->result, &v->origin);
  if (status != LG_OK) return cli_report(v->run, v->file, status);
  find_base(v);
  status = check_inputs(v);
  if (status != LG_OK) {
    (void)cli_report(v->run, NULL, status);
    return CLI_BAD_INPUT;
  }
  tell_program(v);
  const lg_compare_report nothing = {0};
  if (v->n_changed > 0) return conclude(v, &nothing);
  const char *temp = getenv("TMPDIR");
  (void)snprintf(v->temp, sizeof v->temp, "%.40s/loligo-XXXXXX", temp && temp[0] == '/' ? temp : "/tmp");
  if (!mkdtemp(v->temp)) {
    status = lg_fail(cli_ctx(v->run), LG_ERR_IO, "%s: cannot be created: %s", v->temp, strerror(errno));
    return cli_report(v->run, NULL, status);
  }
  const int code = run_again(v);
  remove_tree(v->temp, 6);
  return code;
}

static int run_verify(cli_run *run) {
  verification v = {.run = run, .file = cli_positional(run, 0)};
  const int code = verify(&v);
  cli_rerun_free(&v.rerun);
  lg_origin_destroy(cli_ctx(run), v.origin);
  return code;
}

static const cli_option options[] = {
    {"rtol", "X", CLI_NUMBER, "0", "Relative tolerance of numbers; 0 = the same bits."},
    {"atol", "X", CLI_NUMBER, "0", "Absolute tolerance of numbers, in their own unit."},
};

const cli_command cli_verify_command = {
    .name = "verify",
    .arguments = "FILE|DIR",
    .summary = "Run again what made a result and compare; name the input that changed.",
    .example = "loligo verify twin.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_verify,
};
