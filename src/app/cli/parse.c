/* Options of one command line: flag > environment (LOLIGO_*) > default. */
#include "app/cli/run.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option common[] = {
    {"json", NULL, CLI_FLAG, NULL, "Print one JSON object on stdout."},
    {"seed", "N", CLI_COUNT, "1", "Seed of every random number."},
    {"threads", "N", CLI_COUNT, "0", "Threads; 0 = all cores. Results do not depend on it."},
    {"quiet", NULL, CLI_FLAG, NULL, "No words on stderr but errors."},
    {"progress", "HOW", CLI_TEXT, "auto", "auto, plain, json or none."},
    {"help", NULL, CLI_FLAG, NULL, "Show this."},
};

const cli_option *cli_common_options(size_t *n) {
  *n = sizeof common / sizeof common[0];
  return common;
}

static void add_values(cli_run *run, const cli_option *options, size_t n) {
  for (size_t k = 0; k < n && run->n_values < CLI_MAX_OPTIONS; k++)
    run->values[run->n_values++] = (cli_value){.option = &options[k], .number = (double)NAN};
}

static size_t find_index(const cli_run *run, const char *name, size_t length) {
  for (size_t k = 0; k < run->n_values; k++) {
    const char *candidate = run->values[k].option->name;
    if (strlen(candidate) == length && strncmp(candidate, name, length) == 0) return k;
  }
  return SIZE_MAX;
}

static cli_value *find(cli_run *run, const char *name, size_t length) {
  const size_t k = find_index(run, name, length);
  return k == SIZE_MAX ? NULL : &run->values[k];
}

static int unknown_option(cli_run *run, const char *name) {
  const char *names[CLI_MAX_OPTIONS];
  for (size_t k = 0; k < run->n_values; k++) names[k] = run->values[k].option->name;
  const char *near = cli_nearest(name, names, run->n_values);
  if (near) return cli_usage(run, "unknown option --%s; did you mean --%s?", name, near);
  return cli_usage(run, "unknown option --%s", name);
}

static int set_value(cli_run *run, cli_value *v, const char *text, bool given) {
  char reason[256];
  v->text = text;
  v->given = given;
  if (v->option->kind == CLI_FLAG || v->option->kind == CLI_TEXT) return CLI_OK;
  if (!cli_parse_quantity(text, v->option->kind, &v->number, reason, sizeof reason))
    return cli_usage(run, "--%s %s", v->option->name, reason);
  if (v->option->kind == CLI_COUNT &&
      (v->number < 0 || v->number != floor(v->number) || v->number > 9007199254740992.0))
    return cli_usage(run, "--%s %s is not a whole number of 0 or more", v->option->name, text);
  return CLI_OK;
}

static int parse_option(cli_run *run, int *k) {
  const char *arg = run->argv[*k];
  const bool is_short = strcmp(arg, "-o") == 0;
  const char *name = is_short ? "output" : arg + 2;
  const char *equals = is_short ? NULL : strchr(name, '=');
  const size_t length = equals ? (size_t)(equals - name) : strlen(name);
  cli_value *v = find(run, name, length);
  if (!v) {
    char word[64];
    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    return unknown_option(run, word);
  }
  if (v->option->kind == CLI_FLAG) {
    if (equals) return cli_usage(run, "--%s takes no value", v->option->name);
    return set_value(run, v, "1", true);
  }
  const char *text = equals ? equals + 1 : NULL;
  if (!text) {
    if (*k + 1 >= run->argc) return cli_usage(run, "--%s needs a value (%s)", v->option->name, v->option->value);
    text = run->argv[++*k];
  }
  return set_value(run, v, text, true);
}

static int from_environment(cli_run *run, cli_value *v) {
  char name[96] = "LOLIGO_";
  size_t n = strlen(name);
  for (const char *p = v->option->name; *p && n + 1 < sizeof name; p++)
    name[n++] = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
  name[n] = '\0';
  const char *text = getenv(name);
  if (!text || v->given || text[0] == '\0') return CLI_OK;
  return set_value(run, v, text, true);
}

static int fill_missing(cli_run *run) {
  for (size_t k = 0; k < run->n_values; k++) {
    cli_value *v = &run->values[k];
    int code = from_environment(run, v);
    if (code == CLI_OK && !v->given && v->option->fallback) code = set_value(run, v, v->option->fallback, false);
    if (code != CLI_OK) return code;
  }
  return CLI_OK;
}

static bool is_option(const char *arg) {
  return strcmp(arg, "-o") == 0 || (arg[0] == '-' && arg[1] == '-' && arg[2] != '\0');
}

int cli_parse(cli_run *run, int first) {
  bool only_positional = false;
  add_values(run, run->command->options, run->command->n_options);
  add_values(run, common, sizeof common / sizeof common[0]);
  for (int k = first; k < run->argc; k++) {
    const char *arg = run->argv[k];
    int code = CLI_OK;
    if (!only_positional && strcmp(arg, "--") == 0) only_positional = true;
    else if (!only_positional && strcmp(arg, "-h") == 0) code = set_value(run, find(run, "help", 4), "1", true);
    else if (!only_positional && is_option(arg)) code = parse_option(run, &k);
    else if (!only_positional && arg[0] == '-' && arg[1] != '\0' && !isdigit((unsigned char)arg[1]))
      code = cli_usage(run, "unknown option %s", arg);
    else run->positional[run->n_positional++] = arg;
    if (code != CLI_OK) return code;
  }
  if (cli_flag(run, "help")) return CLI_OK;
  const int code = fill_missing(run);
  if (code != CLI_OK) return code;
  const size_t n = run->n_positional;
  if (n < (size_t)run->command->min_positional)
    return cli_usage(run, "something is missing: loligo %s %s", run->command->name, run->command->arguments);
  if (run->command->max_positional >= 0 && n > (size_t)run->command->max_positional)
    return cli_usage(run, "'%s' is too much: loligo %s %s", run->positional[run->command->max_positional],
                     run->command->name, run->command->arguments);
  return CLI_OK;
}

static const cli_value *must_find(const cli_run *run, const char *option) {
  static const cli_value none = {.number = 0.0};
  const size_t k = find_index(run, option, strlen(option));
  return k == SIZE_MAX ? &none : &run->values[k];
}

bool cli_given(const cli_run *run, const char *option) { return must_find(run, option)->given; }
bool cli_flag(const cli_run *run, const char *option) { return must_find(run, option)->given; }
const char *cli_text(const cli_run *run, const char *option) { return must_find(run, option)->text; }
double cli_number(const cli_run *run, const char *option) { return must_find(run, option)->number; }
uint64_t cli_count(const cli_run *run, const char *option) { return (uint64_t)must_find(run, option)->number; }
bool cli_json(const cli_run *run) { return cli_flag(run, "json"); }
uint64_t cli_seed(const cli_run *run) { return cli_count(run, "seed"); }
