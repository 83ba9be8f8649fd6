/** @file trial_output.h @brief What a trial prints and writes. */
#ifndef LG_CLI_TRIAL_OUTPUT_H
#define LG_CLI_TRIAL_OUTPUT_H

#include "app/cli/trial_options.h"
#include "twin/rescue.h"

/** @brief Table or JSON on stdout; with a folder the files and the report. Returns an exit code. */
int trial_output(cli_run *run, const lg_subject *subject, const lg_trial_opts *opts, const lg_trial *trial,
                 const char *folder);

void trial_print_rescue(cli_run *run, const lg_subject *subject, const lg_rescue *rescue);

#endif
