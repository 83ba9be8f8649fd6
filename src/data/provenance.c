#define _XOPEN_SOURCE 700
#include "data/provenance.h"

#include "base/cpu.h"

#include <loligo/version.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_OPTIONS = 96, MAX_INPUTS = 20000 };

typedef struct item {
  char *role, *text;
  char hash[65]; /* inputs only */
} item;

struct lg_provenance {
  char *command_line; /* quoted for a shell */
  char *folder;       /* working directory; relative paths start there */
  int argc;
  char **argv;
  uint64_t seed;
  bool lasting; /* without folder and times */
  struct timespec start;
  size_t n_inputs, room_for_inputs, n_options;
  item *inputs, options[MAX_OPTIONS];
};

static bool is_plain(const char *text) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+%@^-";
  return text[0] != '\0' && strspn(text, plain) == strlen(text);
}

/* One word as a shell would need it; returns the end of what was written. */
static char *put_word(char *out, const char *word) {
  if (is_plain(word)) return out + sprintf(out, "%s", word);
  *out++ = '\'';
  for (const char *p = word; *p; p++) {
    if (*p == '\'') out += sprintf(out, "'\\''");
    else *out++ = *p;
  }
  *out++ = '\'';
  *out = '\0';
  return out;
}

static char *join(lg_ctx *ctx, int argc, char *const *argv) {
  size_t n = 1;
  for (int k = 0; k < argc; k++) n += 4 * strlen(argv[k]) + 3; /* a quote needs four characters at worst */
  char *line = lg_alloc(ctx, n, 1);
  char *end = line;
  for (int k = 0; line && k < argc; k++) {
    if (k) *end++ = ' ';
    end = put_word(end, argv[k]);
  }
  return line;
}

static lg_status copy_argv(lg_ctx *ctx, lg_provenance *p, int argc, char *const *argv) {
  p->argv = lg_alloc(ctx, (size_t)argc + 1, sizeof *p->argv);
  if (!p->argv) return LG_ERR_MEMORY;
  for (int k = 0; k < argc; k++) {
    p->argv[k] = lg_strdup(ctx, k == 0 ? "loligo" : argv[k]);
    if (!p->argv[k]) return LG_ERR_MEMORY;
    p->argc = k + 1;
  }
  return LG_OK;
}

lg_status lg_provenance_create(lg_ctx *ctx, int argc, char *const *argv, uint64_t seed, lg_provenance **out) {
  char folder[4096];
  *out = NULL;
  lg_provenance *p = lg_alloc(ctx, 1, sizeof *p);
  if (!p) return LG_ERR_MEMORY;
  lg_status status = copy_argv(ctx, p, argc, argv);
  if (status == LG_OK) {
    p->command_line = join(ctx, p->argc, p->argv);
    p->folder = lg_strdup(ctx, getcwd(folder, sizeof folder) ? folder : "");
    if (!p->command_line || !p->folder) status = LG_ERR_MEMORY;
  }
  p->seed = seed;
  (void)clock_gettime(CLOCK_REALTIME, &p->start);
  if (status == LG_OK) *out = p;
  else lg_provenance_destroy(ctx, p);
  return status;
}

void lg_provenance_destroy(lg_ctx *ctx, lg_provenance *p) {
  if (!p) return;
  for (size_t k = 0; k < p->n_inputs; k++) {
    lg_free(ctx, p->inputs[k].role);
    lg_free(ctx, p->inputs[k].text);
  }
  lg_free(ctx, p->inputs);
  for (size_t k = 0; k < p->n_options; k++) {
    lg_free(ctx, p->options[k].role);
    lg_free(ctx, p->options[k].text);
  }
  for (int k = 0; k < p->argc; k++) lg_free(ctx, p->argv[k]);
  lg_free(ctx, p->argv);
  lg_free(ctx, p->command_line);
  lg_free(ctx, p->folder);
  lg_free(ctx, p);
}

static lg_status add(lg_ctx *ctx, item *items, size_t *n, const char *role, const char *text) {
  item *it = &items[*n];
  it->role = lg_strdup(ctx, role);
  it->text = lg_strdup(ctx, text);
  if (!it->role || !it->text) {
    lg_free(ctx, it->role);
    lg_free(ctx, it->text);
    return LG_ERR_MEMORY;
  }
  (*n)++;
  return LG_OK;
}

lg_status lg_provenance_add_input(lg_ctx *ctx, lg_provenance *p, const char *role, const char *path) {
  char hash[65];
  lg_status status = lg_sha256_file(ctx, path, hash);
  if (p->n_inputs >= MAX_INPUTS) return lg_fail(ctx, LG_ERR_LIMIT, "more than %d inputs", MAX_INPUTS);
  if (status == LG_OK && p->n_inputs == p->room_for_inputs) {
    const size_t room = p->room_for_inputs ? 2 * p->room_for_inputs : 8;
    item *grown = lg_realloc(ctx, p->inputs, p->n_inputs * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    p->inputs = grown;
    p->room_for_inputs = room;
  }
  if (status == LG_OK) status = add(ctx, p->inputs, &p->n_inputs, role, path);
  if (status == LG_OK) memcpy(p->inputs[p->n_inputs - 1].hash, hash, sizeof hash);
  return status;
}

lg_status lg_provenance_add_recording(lg_ctx *ctx, lg_provenance *p, const lg_recording *rec) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < rec->n_files && status == LG_OK; k++)
    status = lg_provenance_add_input(ctx, p, "recording", rec->files[k]);
  return status;
}

lg_status lg_provenance_add_option(lg_ctx *ctx, lg_provenance *p, const char *name, const char *value) {
  for (size_t k = 0; k < p->n_options; k++) {
    if (strcmp(p->options[k].role, name) != 0) continue;
    char *copy = lg_strdup(ctx, value);
    if (!copy) return LG_ERR_MEMORY;
    lg_free(ctx, p->options[k].text);
    p->options[k].text = copy;
    return LG_OK;
  }
  if (p->n_options >= MAX_OPTIONS) return lg_fail(ctx, LG_ERR_LIMIT, "more than %d options", MAX_OPTIONS);
  return add(ctx, p->options, &p->n_options, name, value);
}

/* Options that change how the work is done and shown, not what comes out. */
static bool is_passing(const char *name, size_t n, bool *has_value) {
  static const char *const names[] = {"output", "shard", "threads", "progress", "resume",
                                      "quiet",  "json",  "slurm",   "ranks",    "host"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    if (strlen(names[k]) != n || strncmp(names[k], name, n) != 0) continue;
    *has_value = k < 5;
    return true;
  }
  return false;
}

/* The words of argv that last; returns their number. */
static int lasting_words(const lg_provenance *p, const char **words) {
  int n = 0;
  bool only_positional = false;
  for (int k = 0; k < p->argc; k++) {
    const char *word = p->argv[k];
    bool has_value = true;
    const size_t length = strcspn(word, "=");
    only_positional = only_positional || strcmp(word, "--") == 0;
    const bool is_short = strcmp(word, "-o") == 0;
    const bool is_long = strncmp(word, "--", 2) == 0 && is_passing(word + 2, length - 2, &has_value);
    if (only_positional || (!is_short && !is_long)) {
      words[n++] = word;
      continue;
    }
    if (is_short || strncmp(word, "--output", 8) == 0) words[n++] = "--output=results";
    if (has_value && word[length] != '=') k++; /* the value is the next word */
  }
  return n;
}

lg_status lg_provenance_lasting(lg_ctx *ctx, const lg_provenance *p, lg_provenance **out) {
  lg_status status = LG_OK;
  lg_provenance *q = NULL;
  const char **words = NULL;
  bool has_value;
  *out = NULL;
  words = lg_alloc(ctx, (size_t)p->argc + 1, sizeof *words);
  if (!words) return LG_ERR_MEMORY;
  const int argc = lasting_words(p, words);
  LG_TRY(lg_provenance_create(ctx, argc, (char *const *)(uintptr_t)words, p->seed, &q));
  q->lasting = true;
  for (size_t k = 0; k < p->n_options; k++)
    if (!is_passing(p->options[k].role, strlen(p->options[k].role), &has_value))
      LG_TRY(add(ctx, q->options, &q->n_options, p->options[k].role, p->options[k].text));
  LG_NEW(ctx, q->inputs, p->n_inputs ? p->n_inputs : 1);
  q->room_for_inputs = p->n_inputs ? p->n_inputs : 1;
  for (size_t k = 0; k < p->n_inputs; k++) {
    LG_TRY(add(ctx, q->inputs, &q->n_inputs, p->inputs[k].role, p->inputs[k].text));
    memcpy(q->inputs[k].hash, p->inputs[k].hash, sizeof p->inputs[k].hash);
  }
  *out = q;
  q = NULL;
done:
  lg_free(ctx, (void *)words);
  lg_provenance_destroy(ctx, q);
  return status;
}

static void utc(struct timespec t, char text[40]) {
  struct tm parts;
  (void)gmtime_r(&t.tv_sec, &parts);
  (void)strftime(text, 40, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void lg_provenance_set_seed(lg_provenance *p, uint64_t seed) { p->seed = seed; }

size_t lg_provenance_inputs(const lg_provenance *p) { return p->n_inputs; }

lg_provenance_input lg_provenance_get_input(const lg_provenance *p, size_t k) {
  return (lg_provenance_input){p->inputs[k].role, p->inputs[k].text, p->inputs[k].hash};
}

const char *lg_provenance_command(const lg_provenance *p) { return p->command_line; }

void lg_provenance_times(const lg_provenance *p, char start[40], char now[40]) {
  struct timespec t;
  (void)clock_gettime(CLOCK_REALTIME, &t);
  utc(p->start, start);
  utc(t, now);
}

void lg_provenance_write_json(lg_provenance *p, lg_json *w) {
  char start[40], stop[40];
  lg_provenance_times(p, start, stop);
  lg_json_object(w);
  lg_json_key_text(w, "program", "loligo");
  lg_json_key_text(w, "version", lg_version());
  lg_json_key_text(w, "commit", lg_version_commit());
  lg_json_key_text(w, "compiler", lg_version_compiler());
  lg_json_key_text(w, "cpu", lg_cpu_name());
  lg_json_key_text(w, "command", p->command_line);
  lg_json_key(w, "argv");
  lg_json_array(w);
  for (int k = 0; k < p->argc; k++) lg_json_text(w, p->argv[k]);
  lg_json_end_array(w);
  if (!p->lasting) lg_json_key_text(w, "working_directory", p->folder);
  lg_json_key_integer(w, "seed", (int64_t)p->seed);
  lg_json_key(w, "options");
  lg_json_object(w);
  for (size_t k = 0; k < p->n_options; k++) lg_json_key_text(w, p->options[k].role, p->options[k].text);
  lg_json_end_object(w);
  lg_json_key(w, "inputs");
  lg_json_array(w);
  for (size_t k = 0; k < p->n_inputs; k++) {
    lg_json_object(w);
    lg_json_key_text(w, "role", p->inputs[k].role);
    lg_json_key_text(w, "path", p->inputs[k].text);
    lg_json_key_text(w, "sha256", p->inputs[k].hash);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  if (!p->lasting) {
    lg_json_key_text(w, "start_utc", start);
    lg_json_key_text(w, "stop_utc", stop);
  }
  lg_json_end_object(w);
}

char *lg_provenance_text(lg_ctx *ctx, lg_provenance *provenance) {
  char *text = NULL;
  size_t n = 0;
  FILE *stream = open_memstream(&text, &n);
  if (!stream) {
    LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance"));
    return NULL;
  }
  lg_json w = lg_json_begin(stream);
  lg_json_object(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(provenance, &w);
  lg_json_end_object(&w);
  const bool complete = lg_json_end(&w) && !ferror(stream);
  if (fclose(stream) == 0 && complete && text) return text;
  free(text);
  LG_IGNORE(lg_fail(ctx, LG_ERR_MEMORY, "no memory for the provenance"));
  return NULL;
}

/* A line break inside a value would end the comment: show it as a space. */
static void comment(FILE *stream, const char *key, const char *text) {
  (void)fprintf(stream, "# %s: ", key);
  for (const char *c = text; *c; c++) (void)fputc(*c == '\n' || *c == '\r' ? ' ' : *c, stream);
  (void)fputc('\n', stream);
}

void lg_provenance_write_comments(lg_provenance *p, FILE *stream) {
  char text[128];
  (void)snprintf(text, sizeof text, "loligo %s (%s)", lg_version(), lg_version_commit());
  comment(stream, "program", text);
  comment(stream, "compiler", lg_version_compiler());
  comment(stream, "cpu", lg_cpu_name());
  comment(stream, "command", p->command_line);
  (void)fputs("# argv: [", stream);
  for (int k = 0; k < p->argc; k++) {
    if (k) (void)fputs(", ", stream);
    lg_json_quote(stream, p->argv[k]);
  }
  (void)fputs("]\n", stream);
  if (!p->lasting) comment(stream, "working_directory", p->folder);
  (void)snprintf(text, sizeof text, "%llu", (unsigned long long)p->seed);
  comment(stream, "seed", text);
  for (size_t k = 0; k < p->n_options; k++) {
    (void)snprintf(text, sizeof text, "option %s", p->options[k].role);
    comment(stream, text, p->options[k].text);
  }
  for (size_t k = 0; k < p->n_inputs; k++) {
    (void)snprintf(text, sizeof text, "input %s sha256=%s", p->inputs[k].role, p->inputs[k].hash);
    comment(stream, text, p->inputs[k].text);
  }
  if (p->lasting) return;
  utc(p->start, text);
  comment(stream, "start_utc", text);
}
