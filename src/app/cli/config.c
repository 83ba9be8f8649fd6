/*
 * Options from files: ./loligo.json (the project's), then $XDG_CONFIG_HOME/loligo/config.json (the user's). JSON with
 * // comments: {"threads": 2, "clone": {"model": "hh"}}; an entry under a command's name counts for it alone.
 */
#include "app/cli/run.h"

#include "data/json_writer.h"
#include "io/json_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a result goes and what is asked for now is said on the command line, never in a file. */
static bool may_stand_in_file(const cli_option *o) {
  return strcmp(o->name, "help") != 0 && strcmp(o->name, "output") != 0;
}

static bool has_option(const cli_option *options, size_t n, const char *name) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(options[k].name, name) == 0 && may_stand_in_file(&options[k])) return true;
  return false;
}

/* An option of the command, or of any command when it is NULL. */
static bool is_known(const cli_command *command, const char *name) {
  size_t n, n_common;
  const cli_option *common = cli_common_options(&n_common);
  const cli_command *const *commands = cli_commands(&n);
  if (has_option(common, n_common, name)) return true;
  if (command) return has_option(command->options, command->n_options, name);
  for (size_t k = 0; k < n; k++)
    if (has_option(commands[k]->options, commands[k]->n_options, name)) return true;
  return false;
}

static lg_status check_keys(lg_ctx *ctx, const lg_json_at *object, const cli_command *command) {
  const char *key;
  for (size_t k = 0; (key = lg_json_key_at(object, k)) != NULL; k++) {
    lg_json_at value;
    const lg_status found = lg_json_get_key(ctx, object, key, &value);
    if (found != LG_OK) return found;
    const cli_command *other = command ? NULL : cli_find_command(key);
    if (other && lg_json_is_object(&value)) {
      const lg_status status = check_keys(ctx, &value, other);
      if (status != LG_OK) return status;
    } else if (!is_known(command, key)) {
      return lg_fail(ctx, LG_ERR_FORMAT, "%s: '%s' is no option that a file may set%s%s", object->file, key,
                     command ? " for " : "", command ? command->name : "");
    }
  }
  return LG_OK;
}

/* The text that would stand on the command line; kept in the run. */
static lg_status value_text(cli_run *run, const lg_json_at *at, const char **text) {
  char buffer[32];
  const char *source = buffer;
  if (json_is_boolean(at->value)) source = json_is_true(at->value) ? "1" : "0";
  else if (lg_json_is_text(at)) source = json_string_value(at->value);
  else if (lg_json_is_number(at)) lg_format_double(json_number_value(at->value), buffer);
  else return lg_fail(run->ctx, LG_ERR_FORMAT, "%s: %s: text, a number, true or false expected", at->file, at->path);
  char *copy = lg_strdup(run->ctx, source);
  if (!copy) return LG_ERR_MEMORY;
  run->owned[run->n_owned++] = copy; /* one per option at most: it fits */
  *text = copy;
  return LG_OK;
}

static int fill(cli_run *run, const lg_json_doc *doc) {
  const lg_json_at root = lg_json_root(doc);
  lg_json_at own = root;
  const bool has_own = lg_json_get_key(run->ctx, &root, run->command->name, &own) == LG_OK && lg_json_is_object(&own);
  lg_ctx_clear(run->ctx);
  for (size_t k = 0; k < run->n_values; k++) {
    cli_value *v = &run->values[k];
    lg_json_at at;
    if (v->given || !may_stand_in_file(v->option)) continue;
    bool found = has_own && lg_json_get_key(run->ctx, &own, v->option->name, &at) == LG_OK;
    if (!found) found = lg_json_get_key(run->ctx, &root, v->option->name, &at) == LG_OK && !lg_json_is_object(&at);
    lg_ctx_clear(run->ctx);
    if (!found) continue;
    char origin[512];
    const char *text = NULL;
    const lg_status status = value_text(run, &at, &text);
    if (status != LG_OK) return cli_report(run, root.file, status);
    (void)snprintf(origin, sizeof origin, "%s: %s", root.file, at.path);
    const int code = cli_set_value(run, v, text, true, origin);
    if (code != CLI_OK) return code;
  }
  return CLI_OK;
}

static int fill_from(cli_run *run, const char *path) {
  lg_json_doc *doc = NULL;
  if (access(path, F_OK) != 0) return CLI_OK;
  lg_status status = lg_json_load(run->ctx, path, LG_JSON_COMMENTS, (size_t)1 << 20, &doc);
  int code = CLI_BAD_INPUT;
  if (status == LG_OK) {
    const lg_json_at root = lg_json_root(doc);
    if (!lg_json_is_object(&root)) status = lg_fail(run->ctx, LG_ERR_FORMAT, "%s: an object expected", path);
    else status = check_keys(run->ctx, &root, NULL);
  }
  if (status == LG_OK) code = fill(run, doc);
  else (void)cli_report(run, path, status);
  lg_json_doc_destroy(run->ctx, doc);
  return code;
}

int cli_fill_from_files(cli_run *run) {
  char path[1024] = "";
  if (getenv("LOLIGO_NO_CONFIG")) return CLI_OK; /* loligo verify: only what was recorded counts */
  const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  int code = fill_from(run, "loligo.json");
  if (xdg && xdg[0] == '/') (void)snprintf(path, sizeof path, "%s/loligo/config.json", xdg);
  else if (home && home[0] == '/') (void)snprintf(path, sizeof path, "%s/.config/loligo/config.json", home);
  if (code == CLI_OK && path[0]) code = fill_from(run, path);
  return code;
}
