/* The table of commands as JSON. */
#include "app/cli/help_json.h"
#include "app/cli/json_out.h"

#include <loligo/version.h>
#include <string.h>

static void write_options(lg_json *w, const char *key, const cli_option *options, size_t n) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    const cli_option *o = &options[k];
    lg_json_object(w);
    lg_json_key_text(w, "name", o->name);
    lg_json_key_text(w, "kind", cli_kind_name(o->kind));
    lg_json_key_text(w, "unit", cli_kind_unit(o->kind));
    lg_json_key_text(w, "value", o->value);
    lg_json_key_text(w, "default", o->fallback);
    lg_json_key_text(w, "help", o->help);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void write_command(lg_json *w, const cli_command *c) {
  lg_json_object(w);
  lg_json_key_text(w, "name", c->name);
  lg_json_key_text(w, "arguments", c->arguments);
  lg_json_key_text(w, "summary", c->summary);
  lg_json_key_text(w, "example", c->example);
  lg_json_key_integer(w, "min_arguments", c->min_positional);
  lg_json_key(w, "max_arguments"); /* null: any number */
  if (c->max_positional < 0) lg_json_null(w);
  else lg_json_integer(w, c->max_positional);
  write_options(w, "options", c->options, c->n_options);
  lg_json_end_object(w);
}

/* "neuron simulate" is of "neuron simulate" and of "neuron". */
static bool is_of(const cli_command *c, const char *name) {
  const size_t n = name ? strlen(name) : 0;
  return n == 0 || (strncmp(c->name, name, n) == 0 && (c->name[n] == '\0' || c->name[n] == ' '));
}

int cli_help_json(cli_run *run, const char *name) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  lg_json w = cli_json_begin("loligo-help/1");
  lg_json_key_text(&w, "version", lg_version());
  lg_json_key(&w, "commands");
  lg_json_array(&w);
  for (size_t k = 0; k < n; k++)
    if (is_of(commands[k], name)) write_command(&w, commands[k]);
  lg_json_end_array(&w);
  const cli_option *common = cli_common_options(&n);
  write_options(&w, "common_options", common, n);
  cli_json_end(run, &w);
  return CLI_OK;
}

int cli_help_topic_json(cli_run *run, const char *topic, const char *text) {
  lg_json w = cli_json_begin("loligo-help/1");
  lg_json_key_text(&w, "version", lg_version());
  lg_json_key_text(&w, "topic", topic);
  lg_json_key_text(&w, "text", text);
  cli_json_end(run, &w);
  return CLI_OK;
}
