/** @file calcium_state.h @brief `--state`, `--save-every` of calcium simulate. */
#ifndef LG_CLI_CALCIUM_STATE_H
#define LG_CLI_CALCIUM_STATE_H

#include "app/cli/cli.h"
#include "calcium/run.h"

typedef struct cli_calcium_state {
  cli_run *run;
  calcium_saver saver;
  unsigned char *bytes; /* of the file that was found */
  char fingerprint[65];
  double every_s, last_s;
} cli_calcium_state;

/** @brief Whether --state and --save-every can be; an exit code. */
int cli_calcium_state_check(cli_run *run);

/** @brief Without --state nothing; else a saver for the options, which goes on from the file where there is one.
 * @retval LG_ERR_ARGUMENT the file is the state of another run */
LG_MUST_CHECK lg_status cli_calcium_state_open(cli_run *run, const calcium_grid *grid, calcium_options *o,
                                               cli_calcium_state *state);

/** @brief Put away; a run that is done leaves no file. */
void cli_calcium_state_close(cli_calcium_state *state, bool done);

#endif
