/* loligo study verify FILE: an exported study against its own hashes, without a server. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "app/serve/study_verify.h"

#include "base/base.h"
#include <string.h>
#include <time.h>

static const cli_option options[] = {
    {"manifest", "SHA256", CLI_TEXT, NULL, "What the manifest's SHA-256 must be, as the server shows it."},
};

static void say_time(int64_t ms, char out[40]) {
  const time_t t = (time_t)(ms / 1000);
  struct tm tm;
  if (!gmtime_r(&t, &tm) || strftime(out, 40, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0) (void)snprintf(out, 40, "?");
}

static void say(const study_checked *c) {
  char when[40];
  (void)printf("study %lld, revision %lld: %s\n%zu files, %.3f MB\nSHA-256 of the manifest: %s\n", (long long)c->study,
               (long long)c->revision, c->name, c->n_files, 1e-6 * (double)c->bytes, c->manifest_sha256);
  for (size_t k = 0; k < c->n_signatures; k++) {
    const study_signature *s = &c->signatures[k];
    say_time(s->at, when);
    (void)printf("%s: %s (%s), %s, revision %lld%s%s%s\n", s->act, s->by, s->role, when, (long long)s->revision,
                 s->words[0] ? ": " : "", s->words, s->good ? "" : "  NOT AS IT WAS MADE");
  }
  for (size_t k = 0; k < c->n_differences; k++)
    (void)printf("%s: %s\n", c->differences[k].what, c->differences[k].path);
  (void)printf(c->n_differences ? "%zu differences: this is not what was locked\n" : "every file is as it was locked\n",
               c->n_differences);
}

static void write_json(cli_run *run, const study_checked *c) {
  lg_json w = cli_json_begin("loligo-study-verify/1");
  lg_json_key_boolean(&w, "good", c->n_differences == 0);
  lg_json_key_integer(&w, "study", c->study);
  lg_json_key_integer(&w, "revision", c->revision);
  lg_json_key_text(&w, "name", c->name);
  lg_json_key_text(&w, "manifest_sha256", c->manifest_sha256);
  lg_json_key_integer(&w, "n_files", (int64_t)c->n_files);
  lg_json_key_integer(&w, "bytes", (int64_t)c->bytes);
  lg_json_key(&w, "differences");
  lg_json_array(&w);
  for (size_t k = 0; k < c->n_differences; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "path", c->differences[k].path);
    lg_json_key_text(&w, "what", c->differences[k].what);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "acts");
  lg_json_array(&w);
  for (size_t k = 0; k < c->n_signatures; k++) {
    const study_signature *s = &c->signatures[k];
    lg_json_object(&w);
    lg_json_key_text(&w, "act", s->act);
    lg_json_key_text(&w, "by", s->by);
    lg_json_key_text(&w, "role", s->role);
    lg_json_key_integer(&w, "revision", s->revision);
    lg_json_key_integer(&w, "at_ms", s->at);
    lg_json_key_text(&w, "words", s->words);
    lg_json_key_text(&w, "sha256", s->sha256);
    lg_json_key_boolean(&w, "good", s->good);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static int run_verify(cli_run *run) {
  const char *file = cli_positional(run, 0), *manifest = cli_text(run, "manifest");
  study_checked c;
  if (manifest && (strlen(manifest) != 64 || strspn(manifest, "0123456789abcdef") != 64))
    return cli_usage(run, "--manifest: a SHA-256 has 64 hex digits");
  const lg_status status = study_verify(cli_ctx(run), file, manifest, &c);
  if (status != LG_OK) return cli_report(run, file, status);
  if (cli_json(run)) write_json(run, &c);
  else say(&c);
  const bool good = c.n_differences == 0;
  study_checked_forget(cli_ctx(run), &c);
  return good ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_study_verify_command = {
    .name = "study verify",
    .arguments = "STUDY.tar [--manifest SHA256]",
    .summary = "Check an exported study: every hash is computed anew; says what is not as it was locked.",
    .example = "loligo study verify study-7-r1.tar",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_verify,
};
