/* A request, checked against the table of commands and turned into a command line. */
#include "app/serve/job_internal.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 4096 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char in_names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool job_name_is_safe(const char *name) {
  const size_t n = strlen(name);
  return n > 0 && n < JOB_FILE_NAME && strchr(letters, name[0]) && strspn(name, in_names) == n;
}

void job_make_safe(const char *name, char safe[JOB_FILE_NAME]) {
  size_t n = 0;
  const char *dot = strrchr(name, '.');
  const size_t tail = dot && strlen(dot) < 16 ? strlen(dot) : 0; /* what kind of file it is must not be cut off */
  for (const char *p = name; *p && n + 1 + tail < JOB_FILE_NAME; p++) {
    if (p == dot && tail) break;
    safe[n++] = strchr(in_names, *p) ? *p : '_';
  }
  if (tail)
    for (const char *p = dot; *p; p++) safe[n++] = strchr(in_names, *p) ? *p : '_';
  safe[n] = 0;
  if (!n || !strchr(letters, safe[0])) {
    memmove(safe + 1, safe, n < JOB_FILE_NAME - 1 ? n + 1 : n);
    safe[0] = 'f';
    safe[JOB_FILE_NAME - 1] = 0;
  }
}

/* ---- the words of the command line ---------------------------------------------------------------------------- */

static lg_status add_word(lg_ctx *ctx, json_t *argv, const char *word) {
  if (json_array_size(argv) >= JOB_MOST_WORDS)
    return lg_fail(ctx, LG_ERR_RANGE, "more than %d words of a command line", JOB_MOST_WORDS);
  return json_array_append_new(argv, json_string(word)) == 0 ? LG_OK : lg_fail(ctx, LG_ERR_MEMORY, "out of memory");
}

/* JSON's strings are UTF-8 already; what could break a line or end early is refused. */
static lg_status check_words(lg_ctx *ctx, const char *name, const json_t *value) {
  const char *text = json_string_value(value);
  if (strlen(text) != json_string_length(value) || strlen(text) > LONGEST_TEXT)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: at most %d bytes, none of them 0", name, LONGEST_TEXT);
  for (const char *p = text; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      return lg_fail(ctx, LG_ERR_RANGE, "%s: control characters do not belong there", name);
  return LG_OK;
}

static const job_file *find_input(const job_order *order, const char *name) {
  for (size_t k = 0; k < order->n_inputs; k++)
    if (strcmp(order->input[k].name, name) == 0) return &order->input[k];
  return NULL;
}

/* The place of a file in the job's folder; a request has names only. */
static lg_status place(lg_ctx *ctx, const job_order *order, const char *what, const char *name, bool written,
                       char path[JOB_FILE_NAME + 8]) {
  if (!job_name_is_safe(name))
    return lg_fail(
        ctx, LG_ERR_RANGE,
        "%s: \"%.64s\" is no name of a file here: letters, digits and ._-, a letter or digit first, at most %d", what,
        name, JOB_FILE_NAME - 1);
  if (!written && !find_input(order, name))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "%s: \"%s\" is not among the inputs: add it with its SHA-256", what, name);
  (void)snprintf(path, JOB_FILE_NAME + 8, "%s/%s", written ? "out" : "in", name);
  return LG_OK;
}

/* Words of an argument: a name of the tables, as hh/rs; nothing that is an option or leads out of a folder. */
static lg_status check_argument(lg_ctx *ctx, const char *text) {
  const size_t n = strlen(text);
  if (n == 0 || n > 200 || text[0] == '-' || text[0] == '/' || strstr(text, "..") ||
      strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+,:/ ") != n)
    return lg_fail(ctx, LG_ERR_RANGE, "arguments: \"%.64s\" is no name that is known here", text);
  return LG_OK;
}

static lg_status add_argument(lg_ctx *ctx, const job_order *order, const job_policy *policy, size_t k,
                              const json_t *value, json_t *argv) {
  const size_t n = strlen(policy->positional);
  const char kind = policy->positional[k < n ? k : n - 1];
  char path[JOB_FILE_NAME + 8];
  if (!json_is_string(value)) return lg_fail(ctx, LG_ERR_ARGUMENT, "arguments: each is a string");
  lg_status status = check_words(ctx, "arguments", value);
  if (status != LG_OK) return status;
  const char *text = json_string_value(value);
  status = kind == 't' ? check_argument(ctx, text) : place(ctx, order, "arguments", text, kind == 'o', path);
  return status == LG_OK ? add_word(ctx, argv, kind == 't' ? text : path) : status;
}

static lg_status add_arguments(lg_ctx *ctx, const job_order *order, const json_t *list, json_t *argv) {
  const cli_command *c = order->command;
  const job_policy *policy = job_policy_of(c->name);
  const size_t n = json_array_size(list);
  if (list && !json_is_array(list)) return lg_fail(ctx, LG_ERR_ARGUMENT, "arguments: an array of strings is wanted");
  if (n < (size_t)c->min_positional || (c->max_positional >= 0 && n > (size_t)c->max_positional))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "arguments: %zu are given; %s takes: %s", n, c->name, c->arguments);
  if (n == 0) return LG_OK;
  if (!policy->positional[0]) return lg_fail(ctx, LG_ERR_ARGUMENT, "arguments: %s takes none here", c->name);
  lg_status status = add_word(ctx, argv, "--");
  for (size_t k = 0; k < n && status == LG_OK; k++)
    status = add_argument(ctx, order, policy, k, json_array_get(list, k), argv);
  return status;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static const cli_option *find_option(const serve_commands *all, const cli_command *c, const char *name) {
  for (size_t k = 0; k < c->n_options; k++)
    if (strcmp(c->options[k].name, name) == 0) return &c->options[k];
  for (size_t k = 0; k < all->n_common; k++)
    if (strcmp(all->common[k].name, name) == 0) return &all->common[k];
  return NULL;
}

static lg_status unknown_option(lg_ctx *ctx, const cli_command *c, const char *name) {
  const char *names[64];
  size_t n = 0;
  for (size_t k = 0; k < c->n_options && n < 64; k++) names[n++] = c->options[k].name;
  const char *near = lg_nearest(name, names, n);
  if (near)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s has no \"%.64s\"; did you mean \"%s\"?", c->name, name, near);
  return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s has no \"%.64s\"", c->name, name);
}

static bool is_choice(const char *choices, const char *word) {
  const size_t length = strlen(word);
  for (const char *p = choices; *p;) {
    const size_t n = strcspn(p, "|");
    if (n == length && strncmp(p, word, n) == 0) return true;
    p += n + (p[n] == '|');
  }
  return false;
}

static lg_status check_value(lg_ctx *ctx, const serve_commands *all, const cli_option *o, const char *text) {
  char reason[256];
  double number;
  switch (o->kind) {
  case CLI_TEXT:
    return LG_OK;
  case CLI_CHOICE:
    return is_choice(o->value, text)
               ? LG_OK
               : lg_fail(ctx, LG_ERR_RANGE, "options: %s is \"%.64s\"; it is one of %s", o->name, text, o->value);
  default:
    if (!all->parse_quantity(text, o->kind, &number, reason, sizeof reason))
      return lg_fail(ctx, LG_ERR_RANGE, "options: %s: %s", o->name, reason);
    if (o->kind == CLI_COUNT && (number < 0 || number != floor(number) || number > 9007199254740992.0))
      return lg_fail(ctx, LG_ERR_RANGE, "options: %s: %.64s is not a whole number of 0 or more", o->name, text);
    return LG_OK;
  }
}

static lg_status as_text(lg_ctx *ctx, const cli_option *o, const json_t *value, char *number, const char **text) {
  if (json_is_string(value)) {
    *text = json_string_value(value);
    return check_words(ctx, o->name, value);
  }
  *text = number;
  if (json_is_integer(value)) (void)snprintf(number, 32, "%lld", (long long)json_integer_value(value));
  else if (json_is_real(value)) lg_format_double(json_real_value(value), number);
  else return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s: a string or a number is wanted", o->name);
  return LG_OK;
}

static lg_status add_option(lg_ctx *ctx, const serve_commands *all, const job_order *order, const char *name,
                            const json_t *value, json_t *argv) {
  char path[JOB_FILE_NAME + 8], number[32], word[LONGEST_TEXT + 128];
  const char *text = NULL;
  const cli_option *o = find_option(all, order->command, name);
  if (!o) return unknown_option(ctx, order->command, name);
  if (job_option_is_ours(name)) return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s is set by the server", name);
  const char *refused = job_option_refused(order->command->name, name);
  if (refused) return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s: %s", name, refused);
  if (o->kind == CLI_FLAG) {
    if (!json_is_boolean(value)) return lg_fail(ctx, LG_ERR_ARGUMENT, "options: %s is true or false", name);
    (void)snprintf(word, sizeof word, "--%s", name);
    return json_is_true(value) ? add_word(ctx, argv, word) : LG_OK;
  }
  lg_status status = as_text(ctx, o, value, number, &text);
  if (status != LG_OK) return status;
  if (o->kind == CLI_INPUT || o->kind == CLI_OUTPUT) {
    status = place(ctx, order, name, text, o->kind == CLI_OUTPUT, path);
    text = path;
  } else status = check_value(ctx, all, o, text);
  if (status != LG_OK) return status;
  (void)snprintf(word, sizeof word, "--%s=%s", name, text);
  return add_word(ctx, argv, word);
}

static lg_status add_options(lg_ctx *ctx, const serve_commands *all, const job_order *order, json_t *options,
                             json_t *argv) {
  const char *name;
  json_t *value;
  if (!options) return LG_OK;
  if (!json_is_object(options)) return lg_fail(ctx, LG_ERR_ARGUMENT, "options: an object is wanted");
  json_object_foreach(options, name, value) {
    const lg_status status = add_option(ctx, all, order, name, value, argv);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static lg_status read_inputs(lg_ctx *ctx, json_t *inputs, job_order *order) {
  const char *name;
  json_t *value;
  if (!inputs) return LG_OK;
  if (!json_is_object(inputs)) return lg_fail(ctx, LG_ERR_ARGUMENT, "inputs: an object of names and SHA-256 is wanted");
  json_object_foreach(inputs, name, value) {
    const char *hash = json_string_value(value);
    const size_t k = order->n_inputs;
    if (k == JOB_MOST_INPUTS) return lg_fail(ctx, LG_ERR_RANGE, "inputs: at most %d", JOB_MOST_INPUTS);
    if (!job_name_is_safe(name))
      return lg_fail(ctx, LG_ERR_RANGE, "inputs: \"%.64s\": letters, digits and ._- make a name, at most %d", name,
                     JOB_FILE_NAME - 1);
    if (!hash || strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "inputs: %s: 64 hex digits of its SHA-256 are wanted", name);
    (void)snprintf(order->names[k], sizeof order->names[k], "%s", name);
    (void)snprintf(order->hashes[k], sizeof order->hashes[k], "%s", hash);
    order->input[k] = (job_file){"input", order->names[k], order->hashes[k], 0};
    order->n_inputs++;
  }
  return LG_OK;
}

static lg_status find_command(lg_ctx *ctx, const serve_commands *all, const char *name, job_order *order) {
  if (!name) return lg_fail(ctx, LG_ERR_ARGUMENT, "command: a string is wanted, as \"trial\"");
  for (size_t k = 0; k < all->n; k++)
    if (strcmp(all->table[k]->name, name) == 0) order->command = all->table[k];
  if (!order->command)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "command: there is no \"%.64s\"; see /api/v1/commands", name);
  return LG_OK;
}

static lg_status check_policy(lg_ctx *ctx, const char *name) {
  const job_policy *policy = job_policy_of(name);
  if (!policy || policy->refused)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "command: %s is not run here: %s", name,
                   policy ? policy->refused : "nobody has said yet whether a server may run it");
  return LG_OK;
}

static lg_status check_keys(lg_ctx *ctx, json_t *body) {
  static const char *const known[] = {"command", "arguments", "options", "inputs", "priority", "wait_ms"};
  const char *name;
  json_t *value;
  json_object_foreach(body, name, value) {
    size_t k = 0;
    while (k < sizeof known / sizeof known[0] && strcmp(known[k], name) != 0) k++;
    if (k == sizeof known / sizeof known[0])
      return lg_fail(ctx, LG_ERR_ARGUMENT,
                     "\"%.64s\" is unknown; a job has command, arguments, options, inputs and priority", name);
  }
  return LG_OK;
}

static lg_status read_priority(lg_ctx *ctx, const json_t *value, job_order *order) {
  if (!value) return LG_OK;
  if (!json_is_integer(value) || json_integer_value(value) < -100 || json_integer_value(value) > 100)
    return lg_fail(ctx, LG_ERR_RANGE, "priority: a whole number of -100 to 100 is wanted");
  order->priority = (int)json_integer_value(value);
  return LG_OK;
}

static lg_status has_output(lg_ctx *ctx, const job_order *order, const json_t *options) {
  if (order->batch && !json_object_get(options, "output"))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options: output: give the folder of the results a name");
  return LG_OK;
}

lg_status job_order_read(lg_ctx *ctx, const serve_commands *all, const json_t *body, job_order *order) {
  lg_status status = LG_OK;
  json_t *root = (json_t *)(uintptr_t)body, *argv = json_array(), *record = NULL; /* jansson's iteration is not const */
  json_t *options = json_object_get(root, "options"), *arguments = json_object_get(root, "arguments");
  char *text = NULL;
  *order = (job_order){0};
  if (!argv) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "out of memory"));
  LG_TRY(check_keys(ctx, root));
  LG_TRY(find_command(ctx, all, json_string_value(json_object_get(root, "command")), order));
  LG_TRY(check_policy(ctx, order->command->name));
  order->batch = job_command_is_batch(order->command);
  LG_TRY(read_priority(ctx, json_object_get(root, "priority"), order));
  LG_TRY(read_inputs(ctx, json_object_get(root, "inputs"), order));
  LG_TRY(add_options(ctx, all, order, options, argv));
  LG_TRY(has_output(ctx, order, options));
  LG_TRY(add_word(ctx, argv, "--json"));
  LG_TRY(add_arguments(ctx, order, arguments, argv));
  record = json_pack("{s:O*, s:O*, s:O}", "arguments", arguments, "options", options, "argv", argv);
  text = record ? json_dumps(record, JSON_COMPACT) : NULL;
  if (!text || !(order->request = lg_strdup(ctx, text))) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "out of memory"));
done:
  free(text);
  json_decref(record);
  json_decref(argv);
  return status;
}

/* No second way out, and a pace that a connection can follow. */
static lg_status check_live(lg_ctx *ctx, const serve_commands *all, const json_t *options) {
  const json_t *rate = json_object_get(options, "rate");
  char reason[256];
  double rate_Hz = json_is_number(rate) ? json_number_value(rate) : 60.0;
  if (json_object_get(options, "output"))
    return lg_fail(ctx, LG_ERR_ARGUMENT, "options: output: a live stream goes to its viewers");
  if (json_is_string(rate) &&
      !all->parse_quantity(json_string_value(rate), CLI_FREQUENCY, &rate_Hz, reason, sizeof reason))
    return lg_fail(ctx, LG_ERR_RANGE, "options: rate: %s", reason);
  if (!(rate_Hz >= 1.0 && rate_Hz <= 240.0))
    return lg_fail(ctx, LG_ERR_RANGE, "options: rate is %g Hz; allowed is 1 … 240 Hz", rate_Hz);
  return LG_OK;
}

lg_status job_order_read_live(lg_ctx *ctx, const serve_commands *all, const json_t *body, job_order *order) {
  lg_status status = LG_OK;
  json_t *root = (json_t *)(uintptr_t)body, *argv = json_array(); /* jansson's iteration is not const */
  json_t *options = json_object_get(root, "options");
  char *text = NULL;
  *order = (job_order){0};
  if (!argv) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "out of memory"));
  LG_TRY(find_command(ctx, all, "neuron live", order));
  LG_TRY(check_live(ctx, all, options));
  LG_TRY(read_inputs(ctx, json_object_get(root, "inputs"), order));
  LG_TRY(add_word(ctx, argv, "neuron"));
  LG_TRY(add_word(ctx, argv, "live"));
  LG_TRY(add_options(ctx, all, order, options, argv));
  LG_TRY(add_arguments(ctx, order, json_object_get(root, "arguments"), argv));
  text = json_dumps(argv, JSON_COMPACT);
  if (!text || !(order->request = lg_strdup(ctx, text))) LG_TRY(lg_fail(ctx, LG_ERR_MEMORY, "out of memory"));
done:
  free(text);
  json_decref(argv);
  return status;
}

void job_order_forget(lg_ctx *ctx, job_order *order) {
  lg_free(ctx, order->request);
  order->request = NULL;
}
