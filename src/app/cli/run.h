/** @file run.h @brief The inside of a cli_run: parsed values of one command line. */
#ifndef LG_CLI_RUN_H
#define LG_CLI_RUN_H

#include "app/cli/cli.h"

#include <time.h>

enum { CLI_MAX_OPTIONS = 64 };

typedef struct cli_value {
  const cli_option *option;
  const char *text; /* as given, or the default, or NULL */
  double number;    /* for quantities */
  bool given;
} cli_value;

/* What the progress bar remembers. */
typedef struct cli_progress {
  char what[64];
  struct timespec start, shown; /* of this `what`; of the last line */
  size_t first_done;            /* when it started */
  bool on_screen;               /* a bar stands on the current line of the terminal */
} cli_progress;

struct cli_run {
  lg_ctx *ctx;
  const cli_command *command;
  int argc;
  char **argv;
  struct lg_provenance *provenance; /* made when first asked for */
  size_t n_positional;
  const char **positional; /* (argc) */
  size_t n_values;
  cli_value values[CLI_MAX_OPTIONS];
  char *owned[CLI_MAX_OPTIONS]; /* texts from configuration files */
  size_t n_owned;
  char **folders; /* (n_folders) paths that were given with a slash at their end, without it */
  size_t n_folders;
  cli_progress progress;
};

/** @brief Parse argv[first …]; returns CLI_OK, or an exit code with the line already printed. */
int cli_parse(cli_run *run, int first);

/** @brief Set one value from text; `origin` names it in messages ("--dt", "LOLIGO_DT", "loligo.json: dt"). */
int cli_set_value(cli_run *run, cli_value *v, const char *text, bool given, const char *origin);

/** @brief Fill what was not given from ./loligo.json and the user's config.json. */
int cli_fill_from_files(cli_run *run);

/** @brief The progress callback of the context; user is the cli_run. */
void cli_show_progress(void *user, const char *what, size_t done, size_t total);

/** @brief Remove a bar from the terminal's line before words are printed. */
void cli_clear_line(const cli_run *run);

/** @brief One command line from its first word to its exit code: what main does. */
int cli_main(int argc, char **argv);

#endif
