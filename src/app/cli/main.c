#define _XOPEN_SOURCE 700
#include "app/cli/run.h"
#include "app/sweep/ranks.h"
#include "base/base.h"
#include "data/provenance.h"

#include <errno.h>
#include <loligo/version.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
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

const cli_command *cli_find_command(const char *name) {
  size_t n;
  const cli_command *const *commands = cli_commands(&n);
  for (size_t k = 0; k < n; k++)
    if (strcmp(commands[k]->name, name) == 0) return commands[k];
  return NULL;
}

/* "neuron" alone, or with a second word that is none of its: name those that are. */
static int unknown_in_group(cli_run *run) {
  const char *names[32];
  char list[512] = "";
  size_t n, used = 0;
  const cli_command *const *commands = cli_commands(&n);
  const size_t length = strlen(run->argv[1]);
  for (size_t k = 0; k < n && used < 32; k++) {
    const char *name = commands[k]->name;
    if (strncmp(name, run->argv[1], length) != 0 || name[length] != ' ') continue;
    const size_t end = strlen(list);
    (void)snprintf(list + end, sizeof list - end, "%s%s", used ? ", " : "", name + length + 1);
    names[used++] = name + length + 1;
  }
  if (used == 0) return CLI_OK;
  if (run->argc < 3 || run->argv[2][0] == '-') return cli_usage(run, "%s what? there is %s", run->argv[1], list);
  const char *near = cli_nearest(run->argv[2], names, used);
  if (near)
    return cli_usage(run, "unknown command '%s %s'; did you mean '%s %s'?", run->argv[1], run->argv[2], run->argv[1],
                     near);
  return cli_usage(run, "unknown command '%s %s'; there is %s", run->argv[1], run->argv[2], list);
}

static int unknown_command(cli_run *run) {
  const int code = unknown_in_group(run);
  if (code != CLI_OK) return code;
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
  cli_clear_line(run);
  if (level == LG_LEVEL_WARNING)
    (void)fprintf(stderr, cli_fancy() ? "loligo: \033[33mwarning:\033[0m %s\n" : "loligo: warning: %s\n", line);
  else (void)fprintf(stderr, "loligo: %s\n", line);
}

/* Results that did not arrive are an error. A reader that left (loligo … | head) knows it: no words then. */
static int check_stdout(int code) {
  errno = 0;
  const bool failed = fflush(stdout) != 0 || ferror(stdout) != 0;
  if (!failed) return code;
  struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
  /* when an earlier write failed its errno is gone: a pipe tells whether its reader is */
  const bool left = errno == EPIPE || (errno == 0 && poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR));
  if (!left)
    (void)fprintf(stderr, "loligo: standard output: IO: could not be written: %s\n",
                  errno ? strerror(errno) : "an earlier part of it failed");
  return code == CLI_OK ? CLI_RESOURCE : code;
}

static int execute(cli_run *run) {
  const uint64_t wanted = cli_count(run, "threads");
  const unsigned threads = wanted > 0 ? (unsigned)(wanted < 1000 ? wanted : 1000) : lg_ranks_default_threads();
  lg_ctx_set_log(run->ctx, log_line, run);
  lg_ctx_set_progress(run->ctx, cli_show_progress, run);
  lg_ctx_set_cancel_flag(run->ctx, &cancel_flag);
  const lg_status status = lg_ctx_set_threads(run->ctx, threads > 256 && wanted == 0 ? 256 : threads);
  if (status == LG_ERR_RANGE) return cli_usage(run, "--%s", lg_ctx_message(run->ctx));
  const int code = run->command->run(run);
  return check_stdout(code);
}

static void install_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN); /* a limit of file size then is an error of write, like a full disk */
}

int cli_main(int argc, char **argv) {
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
  if (code == CLI_OK && cli_flag(&run, "help")) {
    cli_help(run.command);
    code = check_stdout(code);
  } else if (code == CLI_OK) code = execute(&run);
  lg_provenance_destroy(run.ctx, run.provenance);
  for (size_t k = 0; k < run.n_owned; k++) lg_free(run.ctx, run.owned[k]);
  for (size_t k = 0; k < run.n_folders; k++) free(run.folders[k]);
  free(run.folders);
  lg_ctx_destroy(run.ctx);
  free(run.positional);
  lg_ranks_leave();
  return code;
}

int main(int argc, char **argv) { return cli_main(argc, argv); }
