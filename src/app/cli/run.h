/** @file run.h @brief The inside of a cli_run: parsed values of one command line. */
#ifndef LG_CLI_RUN_H
#define LG_CLI_RUN_H

#include "app/cli/cli.h"

enum { CLI_MAX_OPTIONS = 64 };

typedef struct cli_value {
  const cli_option *option;
  const char *text; /* as given, or the default, or NULL */
  double number;    /* for quantities */
  bool given;
} cli_value;

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
};

/** @brief Parse argv[first …]; returns CLI_OK, or CLI_USAGE with the line already printed. */
int cli_parse(cli_run *run, int first);

#endif
