/* Words on stderr and the exit codes behind them. */
#include "app/cli/run.h"
#include "app/sweep/ranks.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

/* Whether a file is one that the command line names for reading (and not also for writing). */
static bool is_input(const cli_run *run, const char *file) {
  bool found = false;
  for (size_t k = 0; k < run->n_values; k++) {
    const cli_value *v = &run->values[k];
    if (!v->text || strcmp(v->text, file) != 0) continue;
    if (v->option->kind == CLI_OUTPUT || strcmp(v->option->name, "output") == 0) return false;
    if (v->option->kind == CLI_INPUT) found = true;
  }
  const size_t written = run->command ? (size_t)run->command->output_positional : 0;
  for (size_t k = 0; k < run->n_positional; k++)
    if (k + 1 != written) found = found || strcmp(run->positional[k], file) == 0;
  return found;
}

/* A line stays a line, whatever a file's name holds: control characters become '?'. */
static void put_clean(const char *text) {
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    (void)fputc(*p < 0x20 || *p == 0x7F ? '?' : *p, stderr);
}

static void begin_line(const cli_run *run) {
  cli_clear_line(run);
  (void)fputs(cli_fancy() ? "\033[31mloligo:\033[0m " : "loligo: ", stderr);
}

/* Under mpirun all ranks read the same input: what is wrong with it rank 0 says once. */
static bool is_said_by_rank_0(int exit_code, const char *message) {
  if (lg_ranks_announced_rank() == 0) return false;
  return exit_code == CLI_USAGE || exit_code == CLI_BAD_INPUT || exit_code == CLI_INTERRUPTED ||
         strncmp(message, "rank 0 failed", 13) == 0;
}

int cli_report(cli_run *run, const char *file, lg_status status) {
  const char *message = lg_ctx_message(run->ctx);
  const char *code = lg_status_name(status);
  if (strncmp(code, "LG_ERR_", 7) == 0) code += 7;
  if (message[0] == '\0') message = lg_status_sentence(status);
  /* messages of the file layer already begin with the file's name */
  const size_t n = file ? strlen(file) : 0;
  if (n > 0 && strncmp(message, file, n) == 0 && message[n] == ':' && message[n + 1] == ' ') message += n + 2;
  /* … or with file:line, which stays in front */
  const size_t digits =
      n > 0 && strncmp(message, file, n) == 0 && message[n] == ':' ? strspn(message + n + 1, "0123456789") : 0;
  const bool has_line = digits > 0 && digits < 12 && message[n + 1 + digits] == ':' && message[n + 2 + digits] == ' ';
  const bool unreadable = (status == LG_ERR_IO || status == LG_ERR_LIMIT) && file && is_input(run, file);
  const int exit_code = unreadable ? CLI_BAD_INPUT : cli_exit_code(status);
  if (is_said_by_rank_0(exit_code, message)) return exit_code;
  begin_line(run);
  if (n > 0) {
    put_clean(file);
    if (has_line) (void)fprintf(stderr, ":%.*s", (int)digits, message + n + 1);
    (void)fputs(": ", stderr);
  }
  if (has_line) message += n + digits + 3;
  (void)fprintf(stderr, "%s: ", code);
  put_clean(message);
  (void)fputc('\n', stderr);
  return exit_code;
}

int cli_usage(cli_run *run, const char *fmt, ...) {
  char line[1024];
  va_list args;
  if (lg_ranks_announced_rank() > 0) return CLI_USAGE; /* rank 0 says it */
  va_start(args, fmt);
  (void)vsnprintf(line, sizeof line, fmt, args);
  va_end(args);
  begin_line(run);
  put_clean(line);
  if (run->command) (void)fprintf(stderr, "; see 'loligo %s --help'\n", run->command->name);
  else (void)fputs("; see 'loligo help'\n", stderr);
  return CLI_USAGE;
}

void cli_say(const cli_run *run, const char *fmt, ...) {
  if (cli_flag(run, "quiet") || lg_ranks_announced_rank() > 0) return;
  va_list args;
  cli_clear_line(run);
  va_start(args, fmt);
  (void)vfprintf(stderr, fmt, args);
  va_end(args);
  (void)fputc('\n', stderr);
}
