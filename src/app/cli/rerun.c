#define _XOPEN_SOURCE 700
#include "app/cli/rerun.h"

#include "app/cli/run.h"
#include "base/base.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void cli_rerun_free(cli_rerun *r) {
  for (size_t k = 0; k < r->n; k++) lg_free(r->ctx, r->words[k]);
  for (size_t k = 0; k < r->n_outputs; k++) {
    lg_free(r->ctx, r->outputs[k].was);
    lg_free(r->ctx, r->outputs[k].is);
  }
  r->n = r->n_outputs = 0;
}

static lg_status push(cli_rerun *r, const char *word) {
  if (r->n >= RERUN_MAX_WORDS)
    return lg_fail(r->ctx, LG_ERR_LIMIT, "the command has more than %d words", RERUN_MAX_WORDS);
  char *copy = lg_strdup(r->ctx, word);
  if (!copy) return LG_ERR_MEMORY;
  r->words[r->n++] = copy;
  return LG_OK;
}

static lg_status push_option(cli_rerun *r, const char *name, const char *value) {
  const size_t n = strlen(name) + strlen(value) + 4;
  char *word = lg_alloc(r->ctx, n, 1);
  if (!word) return LG_ERR_MEMORY;
  (void)snprintf(word, n, "--%s=%s", name, value);
  const lg_status status = push(r, word);
  lg_free(r->ctx, word);
  return status;
}

/* Another place for an output: FOLDER/K/NAME, so that two outputs of one name do not meet. */
static lg_status redirect(cli_rerun *r, const char *folder, const char *value, const char **place) {
  char path[4096];
  *place = value;
  if (strcmp(value, "-") == 0) return LG_OK;
  if (r->n_outputs >= sizeof r->outputs / sizeof r->outputs[0])
    return lg_fail(r->ctx, LG_ERR_LIMIT, "the command has too many outputs");
  size_t n = strlen(value);
  while (n > 1 && value[n - 1] == '/') n--;
  size_t begin = n;
  while (begin > 0 && value[begin - 1] != '/') begin--;
  (void)snprintf(path, sizeof path, "%s/%zu", folder, r->n_outputs);
  const lg_status made = lg_make_directory(r->ctx, path);
  if (made != LG_OK) return made;
  (void)snprintf(path, sizeof path, "%s/%zu/%.*s", folder, r->n_outputs, (int)(n - begin), value + begin);
  char *was = lg_strdup(r->ctx, value), *is = lg_strdup(r->ctx, path);
  if (!was || !is) {
    lg_free(r->ctx, was);
    lg_free(r->ctx, is);
    return LG_ERR_MEMORY;
  }
  r->outputs[r->n_outputs].was = was;
  r->outputs[r->n_outputs++].is = is;
  *place = is;
  return LG_OK;
}

static bool is_output(const cli_option *o) { return o->kind == CLI_OUTPUT || strcmp(o->name, "output") == 0; }

static const cli_option *option_of(const cli_command *c, const char *name, size_t length) {
  size_t n;
  const cli_option *common = cli_common_options(&n);
  for (size_t k = 0; k < c->n_options; k++)
    if (strlen(c->options[k].name) == length && strncmp(c->options[k].name, name, length) == 0) return &c->options[k];
  for (size_t k = 0; k < n; k++)
    if (strlen(common[k].name) == length && strncmp(common[k].name, name, length) == 0) return &common[k];
  return NULL;
}

static const cli_command *command_of(const lg_origin *o, size_t *words) {
  char name[256];
  const cli_command *command = NULL;
  *words = 2;
  if (o->argc > 2) {
    (void)snprintf(name, sizeof name, "%s %s", o->argv[1], o->argv[2]);
    command = cli_find_command(name);
  }
  if (command) return command;
  *words = 1;
  return cli_find_command(o->argv[1]);
}

typedef struct plan {
  cli_rerun *r;
  const lg_origin *origin;
  const cli_command *command;
  const char *folder;
  const cli_option *seen[CLI_MAX_OPTIONS];
  size_t n_seen;
  int n_positional;
} plan;

static lg_status plan_option(plan *p, size_t *k) {
  const char *word = p->origin->argv[*k];
  const bool is_short = strcmp(word, "-o") == 0;
  const char *name = is_short ? "output" : word + 2;
  const char *equals = is_short ? NULL : strchr(name, '=');
  const cli_option *o = option_of(p->command, name, equals ? (size_t)(equals - name) : strlen(name));
  if (!o) return lg_fail(p->r->ctx, LG_ERR_FORMAT, "this program knows no option '%s' of '%s'", word, p->command->name);
  if (p->n_seen < CLI_MAX_OPTIONS) p->seen[p->n_seen++] = o;
  if (o->kind == CLI_FLAG) return push(p->r, word);
  if (!equals && *k + 1 >= p->origin->argc) return lg_fail(p->r->ctx, LG_ERR_FORMAT, "'%s' lacks its value", word);
  const char *value = equals ? equals + 1 : p->origin->argv[++*k];
  const lg_status status = is_output(o) ? redirect(p->r, p->folder, value, &value) : LG_OK;
  return status == LG_OK ? push_option(p->r, o->name, value) : status;
}

static lg_status plan_positional(plan *p, const char *word) {
  const bool is_written = ++p->n_positional == p->command->output_positional;
  const lg_status status = is_written ? redirect(p->r, p->folder, word, &word) : LG_OK;
  return status == LG_OK ? push(p->r, word) : status;
}

/* Options that came from the environment, from files or are defaults: the recorded values count, not today's. */
static lg_status plan_recorded(plan *p) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < p->origin->n_options && status == LG_OK; k++) {
    const lg_origin_item *item = &p->origin->options[k];
    const cli_option *o = option_of(p->command, item->name, strlen(item->name));
    bool seen = !o || is_output(o) || strcmp(item->name, "threads") == 0 || strcmp(item->name, "progress") == 0;
    for (size_t j = 0; j < p->n_seen && !seen; j++) seen = p->seen[j] == o;
    if (seen) continue;
    if (o->kind == CLI_FLAG) {
      char word[128];
      (void)snprintf(word, sizeof word, "--%s", o->name);
      status = push(p->r, word);
    } else {
      status = push_option(p->r, o->name, item->text);
    }
  }
  return status;
}

lg_status cli_rerun_plan(lg_ctx *ctx, const lg_origin *origin, const char *folder, cli_rerun *out) {
  size_t words;
  plan p = {.r = out, .origin = origin, .folder = folder, .command = command_of(origin, &words)};
  *out = (cli_rerun){.ctx = ctx};
  if (!p.command) return lg_fail(ctx, LG_ERR_FORMAT, "this program knows no command '%s'", origin->argv[1]);
  lg_status status = LG_OK;
  bool only_positional = false;
  for (size_t k = 0; k <= words && status == LG_OK; k++) status = push(out, origin->argv[k]);
  for (size_t k = words + 1; k < origin->argc && status == LG_OK; k++) {
    const char *word = origin->argv[k];
    if (!only_positional && strcmp(word, "--") == 0) {
      only_positional = true; /* options recorded elsewhere come first */
      status = plan_recorded(&p);
      if (status == LG_OK) status = push(out, word);
    } else if (!only_positional && (strcmp(word, "-o") == 0 || (word[0] == '-' && word[1] == '-'))) {
      status = plan_option(&p, &k);
    } else {
      status = plan_positional(&p, word);
    }
  }
  if (status == LG_OK && !only_positional) status = plan_recorded(&p);
  const cli_option *quiet = option_of(p.command, "quiet", 5); /* its words were said the first time */
  bool said = only_positional;
  for (size_t j = 0; j < p.n_seen; j++) said = said || p.seen[j] == quiet;
  if (status == LG_OK && !said) status = push(out, "--quiet");
  if (status != LG_OK) cli_rerun_free(out);
  return status;
}

/* In the child: today's environment and configuration files must not speak. */
static void forget_settings(void) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t c = 0; c <= n; c++) {
    size_t n_options = 0;
    const cli_option *options = c < n ? commands[c]->options : cli_common_options(&n_options);
    if (c < n) n_options = commands[c]->n_options;
    for (size_t k = 0; k < n_options; k++) {
      char name[96];
      (void)snprintf(name, sizeof name, "LOLIGO_%s", options[k].name);
      for (char *q = name; *q; q++) *q = *q == '-' ? '_' : (char)toupper((unsigned char)*q);
      (void)unsetenv(name);
    }
  }
  (void)setenv("LOLIGO_NO_CONFIG", "1", 1);
}

static void child(const cli_rerun *r, const char *directory, const char *stdout_path) {
  const int out = open(stdout_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out < 0 || dup2(out, STDOUT_FILENO) < 0) _exit(CLI_RESOURCE);
  (void)close(out);
  if (directory[0] && chdir(directory) != 0) _exit(CLI_RESOURCE);
  forget_settings();
  (void)setenv("LOLIGO_QUIET", "1", 1); /* its words would stand between those of verify */
  (void)execv("/proc/self/exe", r->words);
  _exit(CLI_RESOURCE);
}

lg_status cli_rerun_run(const cli_rerun *r, const char *directory, const char *stdout_path, int *code) {
  int state = 0;
  (void)fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) child(r, directory, stdout_path);
  if (pid < 0) return lg_fail(r->ctx, LG_ERR_LIMIT, "no process could be started: %s", strerror(errno));
  while (waitpid(pid, &state, 0) < 0)
    if (errno != EINTR) return lg_fail(r->ctx, LG_ERR_INTERNAL, "the process is gone: %s", strerror(errno));
  *code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  if (*code == CLI_INTERRUPTED) return lg_fail(r->ctx, LG_ERR_CANCELLED, "interrupted");
  return LG_OK;
}
