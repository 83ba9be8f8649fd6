/** @file rerun.h @brief A recorded command line, ready to run again with its outputs in another folder. */
#ifndef LG_CLI_RERUN_H
#define LG_CLI_RERUN_H

#include "app/cli/cli.h"
#include "io/origin.h"

enum { RERUN_MAX_WORDS = 256 };

typedef struct cli_rerun {
  lg_ctx *ctx;
  size_t n;
  char *words[RERUN_MAX_WORDS + 1]; /* owned; NULL at the end */
  size_t n_outputs;
  struct {
    char *was, *is; /* as recorded; in the temporary folder. Both owned */
  } outputs[16];
} cli_rerun;

/**
 * @brief Make the command line of `origin` again: outputs go into `folder`, options that came from the environment or
 * from files are written out.
 * @retval LG_ERR_FORMAT the command is unknown to this program
 */
LG_MUST_CHECK lg_status cli_rerun_plan(lg_ctx *ctx, const lg_origin *origin, const char *folder, cli_rerun *out);

/** @brief Run it in `directory` ("" = here) with stdout into `stdout_path`; *code receives the exit code. */
LG_MUST_CHECK lg_status cli_rerun_run(const cli_rerun *rerun, const char *directory, const char *stdout_path,
                                      int *code);

void cli_rerun_free(cli_rerun *rerun);

#endif
