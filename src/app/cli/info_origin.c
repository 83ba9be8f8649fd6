/* Where a file comes from: program, command, seed, inputs. */
#include "app/cli/info.h"

#include <string.h>

/* "axon map" of the words behind the program's name; the first of them where it is no command of ours. */
static void command_of(const lg_origin *o, char *name, size_t bytes) {
  if (o->argc > 2) {
    (void)snprintf(name, bytes, "%s %s", o->argv[1], o->argv[2]);
    if (cli_find_command(name)) return;
  }
  (void)snprintf(name, bytes, "%s", o->argc > 1 ? o->argv[1] : "");
}

static const char *option_of(const lg_origin *o, const char *name) {
  for (size_t k = 0; k < o->n_options; k++)
    if (strcmp(o->options[k].name, name) == 0) return o->options[k].text;
  return NULL;
}

void info_origin_text(FILE *stream, const lg_origin *o) {
  const char *seed = option_of(o, "seed");
  (void)fprintf(stream, "\nmade by      %s:", o->program);
  for (size_t k = 0; k < o->argc; k++) (void)fprintf(stream, " %s", o->argv[k]);
  (void)fputc('\n', stream);
  if (seed) (void)fprintf(stream, "seed         %s\n", seed);
  for (size_t k = 0; k < o->n_inputs && k < 20; k++)
    (void)fprintf(stream, "from         %s (%s, SHA-256 %.12s...)\n", o->inputs[k].text, o->inputs[k].name,
                  o->inputs[k].sha256);
}

static void seed_json(lg_json *w, const char *seed) {
  const size_t digits = seed ? strspn(seed, "0123456789") : 0;
  lg_json_key(w, "seed");
  if (digits > 0 && digits < 20 && seed[digits] == '\0' && (seed[0] != '0' || digits == 1)) lg_json_raw(w, seed);
  else lg_json_text(w, seed);
}

static void inputs_json(lg_json *w, const lg_origin *o) {
  lg_json_key(w, "inputs");
  lg_json_array(w);
  for (size_t k = 0; k < o->n_inputs; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "role", o->inputs[k].name);
    lg_json_key_text(w, "path", o->inputs[k].text);
    lg_json_key_text(w, "sha256", o->inputs[k].sha256);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void info_origin_json(lg_json *w, const lg_origin *o) {
  char command[256];
  lg_json_key(w, "made_by");
  if (!o) {
    lg_json_null(w);
    return;
  }
  command_of(o, command, sizeof command);
  lg_json_object(w);
  lg_json_key_text(w, "program", o->program);
  lg_json_key_text(w, "command", command);
  seed_json(w, option_of(o, "seed"));
  lg_json_key(w, "argv");
  lg_json_array(w);
  for (size_t k = 0; k < o->argc; k++) lg_json_text(w, o->argv[k]);
  lg_json_end_array(w);
  inputs_json(w, o);
  lg_json_end_object(w);
}
