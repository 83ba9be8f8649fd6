#define _XOPEN_SOURCE 700
#include "app/cli/run.h"
#include "data/provenance.h"

#include <loligo/version.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static volatile int cancel_flag;

static void on_signal(int number) {
  /* The second signal ends at once: somebody is impatient, and files appear whole or not at all anyway. */
  if (interrupted) _exit(CLI_INTERRUPTED);
  interrupted = number;
  cancel_flag = 1;
}

lg_ctx *cli_ctx(cli_run *run) { return run->ctx; }
const cli_command *cli_this(const cli_run *run) { return run->command; }
size_t cli_positionals(const cli_run *run) { return run->n_positional; }
const char *cli_positional(const cli_run *run, size_t k) { return k < run->n_positional ? run->positional[k] : NULL; }
int cli_argc(const cli_run *run) { return run->argc; }
char *const *cli_argv(const cli_run *run) { return run->argv; }

static lg_status add_options(cli_run *run) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < run->n_values && status == LG_OK; k++)
    if (run->values[k].text)
      status = lg_provenance_add_option(run->ctx, run->provenance, run->values[k].option->name, run->values[k].text);
  return status;
}

struct lg_provenance *cli_provenance(cli_run *run) {
  if (run->provenance) return run->provenance;
  if (lg_provenance_create(run->ctx, run->argc, run->argv, cli_seed(run), &run->provenance) != LG_OK) return NULL;
  if (add_options(run) == LG_OK) return run->provenance;
  lg_provenance_destroy(run->ctx, run->provenance);
  run->provenance = NULL;
  return NULL;
}

int cli_exit_code(lg_status status) {
  switch (status) {
  case LG_OK:
    return CLI_OK;
  case LG_ERR_ARGUMENT:
  case LG_ERR_NOT_FOUND:
    return CLI_USAGE;
  case LG_ERR_FORMAT:
  case LG_ERR_UNSUPPORTED:
  case LG_ERR_RANGE:
    return CLI_BAD_INPUT;
  case LG_ERR_NUMERICAL:
    return CLI_NUMERICAL;
  case LG_ERR_CANCELLED:
    return CLI_INTERRUPTED;
  case LG_ERR_MEMORY:
  case LG_ERR_IO:
  case LG_ERR_LIMIT:
  case LG_ERR_INTERNAL:
    break;
  }
  return CLI_RESOURCE;
}

int cli_report(cli_run *run, const char *file, lg_status status) {
  const char *message = lg_ctx_message(run->ctx);
  const char *code = lg_status_name(status);
  if (strncmp(code, "LG_ERR_", 7) == 0) code += 7;
  if (message[0] == '\0') message = lg_status_sentence(status);
  /* messages of the file layer already begin with the file's name */
  const size_t n = file ? strlen(file) : 0;
  if (n > 0 && strncmp(message, file, n) == 0 && message[n] == ':') message += n + 1 + (message[n + 1] == ' ');
  if (n > 0) (void)fprintf(stderr, "loligo: %s: %s: %s\n", file, code, message);
  else (void)fprintf(stderr, "loligo: %s: %s\n", code, message);
  return cli_exit_code(status);
}

int cli_usage(cli_run *run, const char *fmt, ...) {
  va_list args;
  (void)fputs("loligo: ", stderr);
  va_start(args, fmt);
  (void)vfprintf(stderr, fmt, args);
  va_end(args);
  if (run->command) (void)fprintf(stderr, "; see 'loligo %s --help'\n", run->command->name);
  else (void)fputs("; see 'loligo help'\n", stderr);
  return CLI_USAGE;
}

void cli_say(const cli_run *run, const char *fmt, ...) {
  if (cli_flag(run, "quiet")) return;
  va_list args;
  va_start(args, fmt);
  (void)vfprintf(stderr, fmt, args);
  va_end(args);
  (void)fputc('\n', stderr);
}

/* The longest command name that the first words spell ("neuron simulate" before "neuron"). */
static const cli_command *find_command(int argc, char **argv, int *words) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  const cli_command *best = NULL;
  *words = 0;
  for (size_t k = 0; k < n; k++) {
    const char *space = strchr(commands[k]->name, ' ');
    const size_t length = space ? (size_t)(space - commands[k]->name) : strlen(commands[k]->name);
    if (strlen(argv[1]) != length || strncmp(argv[1], commands[k]->name, length) != 0) continue;
    if (space && (argc < 3 || strcmp(argv[2], space + 1) != 0)) continue;
    const int count = space ? 2 : 1;
    if (count <= *words) continue;
    best = commands[k];
    *words = count;
  }
  return best;
}

static int unknown_command(cli_run *run) {
  const char *names[128];
  char typed[128];
  size_t n, used = 0;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t k = 0; k < n && used < 128; k++) names[used++] = commands[k]->name;
  (void)snprintf(typed, sizeof typed, "%s", run->argv[1]);
  const char *near = cli_nearest(typed, names, used);
  if (!near && run->argc > 2) {
    (void)snprintf(typed, sizeof typed, "%s %s", run->argv[1], run->argv[2]);
    near = cli_nearest(typed, names, used);
  }
  if (near) return cli_usage(run, "unknown command '%s'; did you mean '%s'?", run->argv[1], near);
  return cli_usage(run, "unknown command '%s'", run->argv[1]);
}

static int print_version(void) {
  (void)printf("loligo %s (%s), %s\n", lg_version(), lg_version_commit(), lg_version_compiler());
  return CLI_OK;
}

static void log_line(void *user, lg_level level, const char *line) {
  const cli_run *run = user;
  if (level == LG_LEVEL_DEBUG || cli_flag(run, "quiet")) return;
  (void)fprintf(stderr, level == LG_LEVEL_WARNING ? "loligo: warning: %s\n" : "loligo: %s\n", line);
}

static void progress_bar(void *user, const char *what, size_t done, size_t total) {
  const cli_run *run = user;
  const char *how = cli_text(run, "progress");
  if (cli_flag(run, "quiet") || !how || strcmp(how, "none") == 0) return;
  if (strcmp(how, "json") == 0) {
    (void)fprintf(stderr, "{\"progress\": \"%s\", \"done\": %zu, \"total\": %zu}\n", what, done, total);
  } else if (strcmp(how, "plain") == 0) {
    (void)fprintf(stderr, "%s %zu/%zu\n", what, done, total);
  } else if (isatty(STDERR_FILENO)) {
    const int width = 30, full = total ? (int)(30.0 * (double)done / (double)total) : 0;
    (void)fprintf(stderr, "\r%-24s [%.*s%.*s] %zu/%zu%s", what, full, "##############################", width - full,
                  "..............................", done, total, done >= total ? "\n" : "");
  }
}

static int execute(cli_run *run) {
  const uint64_t wanted = cli_count(run, "threads");
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  const unsigned threads = wanted > 0 ? (unsigned)(wanted < 1000 ? wanted : 1000) : (unsigned)(cores > 0 ? cores : 1);
  lg_ctx_set_log(run->ctx, log_line, run);
  lg_ctx_set_progress(run->ctx, progress_bar, run);
  lg_ctx_set_cancel_flag(run->ctx, &cancel_flag);
  const lg_status status = lg_ctx_set_threads(run->ctx, threads > 256 && wanted == 0 ? 256 : threads);
  if (status == LG_ERR_RANGE) return cli_usage(run, "--%s", lg_ctx_message(run->ctx));
  int code = run->command->run(run);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    (void)fprintf(stderr, "loligo: standard output: IO: could not be written\n");
    if (code == CLI_OK) code = CLI_RESOURCE;
  }
  return code;
}

static void install_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
  (void)signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv) {
  cli_run run = {.argc = argc, .argv = argv};
  int words = 0;
  if (argc < 2) {
    cli_help(NULL);
    return CLI_USAGE;
  }
  if (strcmp(argv[1], "--version") == 0) return print_version();
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    cli_help(NULL);
    return CLI_OK;
  }
  run.command = find_command(argc, argv, &words);
  if (!run.command) return unknown_command(&run);
  run.positional = calloc((size_t)argc, sizeof *run.positional);
  if (!run.positional || lg_ctx_create(&run.ctx) != LG_OK) {
    free(run.positional);
    return CLI_RESOURCE;
  }
  install_signals();
  int code = cli_parse(&run, 1 + words);
  if (code == CLI_OK && cli_flag(&run, "help")) cli_help(run.command);
  else if (code == CLI_OK) code = execute(&run);
  lg_provenance_destroy(run.ctx, run.provenance);
  lg_ctx_destroy(run.ctx);
  free(run.positional);
  return code;
}
