/* Options of one command line: flag > environment (LOLIGO_*) > ./loligo.json > the user's config.json > default. */
#define _XOPEN_SOURCE 700
#include "app/cli/run.h"
#include "base/base.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const cli_option common[] = {
    {"json", NULL, CLI_FLAG, NULL, "Print one JSON object on stdout."},
    {"seed", "N", CLI_COUNT, "1", "Seed of every random number."},
    {"threads", "N", CLI_COUNT, "0", "Threads; 0 = all cores. Results do not depend on it."},
    {"quiet", NULL, CLI_FLAG, NULL, "No words on stderr but errors."},
    {"progress", "auto|plain|json|none", CLI_CHOICE, "auto", "How progress is shown on stderr."},
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

void cli_each_choice(const cli_option *option, void (*fn)(void *user, const char *word, size_t length), void *user) {
  for (const char *p = option->value; p && *p;) {
    const size_t length = strcspn(p, "|");
    fn(user, p, length);
    p += length + (p[length] == '|');
  }
}

typedef struct choices {
  const char *names[16];
  char words[256];
  size_t n, used;
} choices;

static void collect(void *user, const char *word, size_t length) {
  choices *c = user;
  if (c->n >= 16 || c->used + length + 1 > sizeof c->words) return;
  c->names[c->n++] = memcpy(c->words + c->used, word, length);
  c->used += length + 1; /* the 0 is there already */
}

static int check_choice(cli_run *run, const cli_option *option, const char *text, const char *origin) {
  choices c = {.n = 0};
  cli_each_choice(option, collect, &c);
  for (size_t k = 0; k < c.n; k++)
    if (strcmp(c.names[k], text) == 0) return CLI_OK;
  const char *near = cli_nearest(text, c.names, c.n);
  if (near) return cli_usage(run, "%s '%s' is unknown; did you mean '%s'? (%s)", origin, text, near, option->value);
  return cli_usage(run, "%s '%s' is unknown; expected %s", origin, text, option->value);
}

/* Flags of the environment and of files have values too. */
static int set_flag(cli_run *run, cli_value *v, const char *text, bool given, const char *origin) {
  static const char *const yes[] = {"1", "true", "yes", "on"}, *const no[] = {"0", "false", "no", "off"};
  for (size_t k = 0; k < 4; k++) {
    if (strcmp(text, yes[k]) != 0 && strcmp(text, no[k]) != 0) continue;
    v->given = given && strcmp(text, yes[k]) == 0;
    v->text = v->given ? "1" : NULL;
    return CLI_OK;
  }
  return cli_usage(run, "%s '%s' is neither yes (1, true) nor no (0, false)", origin, text);
}

/* Whether a path is that of a folder: the option says so, or there is one. */
static bool is_folder(const cli_option *option, const char *path) {
  struct stat st;
  if (option && strcmp(option->value, "DIR") == 0) return true;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder without the slashes at its end, so that what lies below it is FOLDER/NAME wherever it is printed; kept in
 * the run. NULL: no memory. */
static const char *without_slash(cli_run *run, const cli_option *option, const char *path) {
  size_t n = strlen(path);
  if (n < 2 || path[n - 1] != '/' || !is_folder(option, path)) return path;
  while (n > 1 && path[n - 1] == '/') n--;
  char **grown = realloc(run->folders, (run->n_folders + 1) * sizeof *grown);
  if (grown) run->folders = grown;
  char *copy = grown ? malloc(n + 1) : NULL;
  if (!copy) return NULL;
  memcpy(copy, path, n);
  copy[n] = '\0';
  return run->folders[run->n_folders++] = copy;
}

static int no_memory(cli_run *run) {
  return cli_report(run, NULL, lg_fail(run->ctx, LG_ERR_MEMORY, "no memory for the command line"));
}

int cli_set_value(cli_run *run, cli_value *v, const char *text, bool given, const char *origin) {
  char reason[256];
  if (v->option->kind == CLI_FLAG) return set_flag(run, v, text, given, origin);
  v->text = text;
  v->given = given;
  switch (v->option->kind) {
  case CLI_TEXT:
    return CLI_OK;
  case CLI_CHOICE:
    return check_choice(run, v->option, text, origin);
  case CLI_INPUT:
  case CLI_OUTPUT:
    if (!text[0]) return cli_usage(run, "%s is empty; expected %s", origin, v->option->value);
    v->text = without_slash(run, v->option, text);
    return v->text ? CLI_OK : no_memory(run);
  default:
    break;
  }
  if (!cli_parse_quantity(text, v->option->kind, &v->number, reason, sizeof reason))
    return cli_usage(run, "%s %s", origin, reason);
  if (v->option->kind == CLI_COUNT &&
      (v->number < 0 || v->number != floor(v->number) || v->number > 9007199254740992.0))
    return cli_usage(run, "%s %s is not a whole number of 0 or more", origin, text);
  return CLI_OK;
}

static int from_command_line(cli_run *run, cli_value *v, const char *text) {
  char origin[96];
  (void)snprintf(origin, sizeof origin, "--%s", v->option->name);
  return cli_set_value(run, v, text, true, origin);
}

/* The long name of "-o", and of "-n" where a command has it; NULL for all else. */
static const char *long_name(const char *arg) {
  return strcmp(arg, "-o") == 0 ? "output" : strcmp(arg, "-n") == 0 ? "patients" : NULL;
}

static int parse_option(cli_run *run, int *k) {
  const char *arg = run->argv[*k];
  const bool is_short = arg[1] != '-';
  const char *name = is_short ? long_name(arg) : arg + 2;
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
    return from_command_line(run, v, "1");
  }
  const char *text = equals ? equals + 1 : NULL;
  if (!text) {
    if (*k + 1 >= run->argc) return cli_usage(run, "--%s needs a value (%s)", v->option->name, v->option->value);
    text = run->argv[++*k];
    if (text[0] == '-' && text[1] == '-' && text[2] != '\0')
      return cli_usage(run, "--%s needs a value (%s), got the option %s", v->option->name, v->option->value, text);
  }
  return from_command_line(run, v, text);
}

static int from_environment(cli_run *run, cli_value *v) {
  char name[96] = "LOLIGO_";
  size_t n = strlen(name);
  if (strcmp(v->option->name, "help") == 0 || strcmp(v->option->name, "output") == 0) return CLI_OK;
  for (const char *p = v->option->name; *p && n + 1 < sizeof name; p++)
    name[n++] = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
  name[n] = '\0';
  const char *text = getenv(name);
  if (!text || v->given || text[0] == '\0') return CLI_OK;
  return cli_set_value(run, v, text, true, name);
}

static int fill_missing(cli_run *run) {
  int code = CLI_OK;
  for (size_t k = 0; k < run->n_values && code == CLI_OK; k++) code = from_environment(run, &run->values[k]);
  if (code == CLI_OK) code = cli_fill_from_files(run);
  for (size_t k = 0; k < run->n_values && code == CLI_OK; k++) {
    cli_value *v = &run->values[k];
    if (!v->given && v->option->fallback) code = cli_set_value(run, v, v->option->fallback, false, v->option->name);
  }
  return code;
}

static bool is_option(cli_run *run, const char *arg) {
  const char *name = long_name(arg);
  if (name) return strcmp(arg, "-o") == 0 || find(run, name, strlen(name)) != NULL;
  return arg[0] == '-' && arg[1] == '-' && arg[2] != '\0';
}

int cli_parse(cli_run *run, int first) {
  bool only_positional = false;
  add_values(run, run->command->options, run->command->n_options);
  add_values(run, common, sizeof common / sizeof common[0]);
  for (int k = first; k < run->argc; k++) {
    const char *arg = run->argv[k];
    int code = CLI_OK;
    if (!only_positional && strcmp(arg, "--") == 0) only_positional = true;
    else if (!only_positional && strcmp(arg, "-h") == 0) code = from_command_line(run, find(run, "help", 4), "1");
    else if (!only_positional && is_option(run, arg)) code = parse_option(run, &k);
    else if (!only_positional && arg[0] == '-' && arg[1] != '\0' && !isdigit((unsigned char)arg[1]))
      code = cli_usage(run, "unknown option %s", arg);
    else if (!(run->positional[run->n_positional++] = without_slash(run, NULL, arg))) code = no_memory(run);
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
double cli_number_or(const cli_run *run, const char *option, double otherwise) {
  return cli_given(run, option) ? cli_number(run, option) : otherwise;
}
uint64_t cli_count(const cli_run *run, const char *option) { return (uint64_t)must_find(run, option)->number; }
bool cli_json(const cli_run *run) { return cli_flag(run, "json"); }
uint64_t cli_seed(const cli_run *run) { return cli_count(run, "seed"); }
