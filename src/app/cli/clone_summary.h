/** @file clone_summary.h @brief Ten lines on stderr that say what came out of a recording. */
#ifndef LG_CLI_CLONE_SUMMARY_H
#define LG_CLI_CLONE_SUMMARY_H

#include "app/cli/cli.h"
#include "twin/clone.h"

/** @brief Say it. report: folder of the report, or NULL. */
void clone_say_summary(cli_run *run, const lg_recording *rec, const lg_clone *clone, const char *twin_path,
                       const char *report);

#endif
