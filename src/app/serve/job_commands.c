/* The table of commands as JSON. A request against it: job_order.c. */
#include "app/serve/job_internal.h"

#include <string.h>

/* What the server sets itself, or what makes no sense away from a terminal. */
bool job_option_is_ours(const char *name) {
  static const char *const ours[] = {"threads", "quiet", "progress", "help", "shard", "slurm", "json"};
  for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
    if (strcmp(ours[k], name) == 0) return true;
  return false;
}

static void write_option(lg_json *w, const cli_command *c, const cli_option *o) {
  if (job_option_is_ours(o->name) || job_option_refused(c->name, o->name)) return;
  lg_json_object(w);
  lg_json_key_text(w, "name", o->name);
  lg_json_key_text(w, "kind", cli_kind_name(o->kind));
  lg_json_key_text(w, "unit", cli_kind_unit(o->kind));
  lg_json_key_text(w, "value", o->value);
  if (o->kind == CLI_CHOICE) {
    lg_json_key(w, "choices");
    lg_json_array(w);
    for (const char *p = o->value; p && *p;) {
      char word[64];
      const size_t n = strcspn(p, "|");
      (void)snprintf(word, sizeof word, "%.*s", (int)n, p);
      lg_json_text(w, word);
      p += n + (p[n] == '|');
    }
    lg_json_end_array(w);
  }
  lg_json_key_text(w, "default", o->fallback);
  lg_json_key_text(w, "help", o->help);
  lg_json_end_object(w);
}

bool job_command_is_batch(const cli_command *c) {
  for (size_t k = 0; k < c->n_options; k++)
    if (strcmp(c->options[k].name, "shard") == 0) return true;
  return false;
}

static void write_command(lg_json *w, const serve_commands *all, const cli_command *c) {
  const job_policy *policy = job_policy_of(c->name);
  const char *why = policy ? policy->refused : "nobody has said yet whether a server may run it";
  lg_json_object(w);
  lg_json_key_text(w, "name", c->name);
  lg_json_key_text(w, "summary", c->summary);
  lg_json_key_text(w, "arguments", c->arguments);
  lg_json_key_text(w, "example", c->example);
  lg_json_key_boolean(w, "allowed", why == NULL);
  lg_json_key_text(w, "why_not", why);
  lg_json_key_boolean(w, "batch", job_command_is_batch(c));
  lg_json_key_integer(w, "min_arguments", c->min_positional);
  lg_json_key(w, "max_arguments");
  if (c->max_positional < 0) lg_json_null(w);
  else lg_json_integer(w, c->max_positional);
  lg_json_key(w, "argument_kinds"); /* the last repeats */
  lg_json_array(w);
  for (const char *p = policy ? policy->positional : ""; *p; p++)
    lg_json_text(w, *p == 'f' ? "input" : *p == 'o' ? "output" : "text");
  lg_json_end_array(w);
  lg_json_key(w, "options");
  lg_json_array(w);
  for (size_t k = 0; k < c->n_options; k++) write_option(w, c, &c->options[k]);
  for (size_t k = 0; k < all->n_common; k++) write_option(w, c, &all->common[k]);
  lg_json_end_array(w);
  lg_json_end_object(w);
}

void job_commands_write(lg_json *w, const serve_commands *commands) {
  lg_json_object(w);
  lg_json_key_text(w, "schema", "loligo-commands/1");
  lg_json_key(w, "commands");
  lg_json_array(w);
  for (size_t k = 0; k < commands->n; k++) write_command(w, commands, commands->table[k]);
  lg_json_end_array(w);
  lg_json_end_object(w);
}
