/** @file train_culture.h @brief loligo train culture-unet and culture-amortised. */
#ifndef LG_CLI_TRAIN_CULTURE_H
#define LG_CLI_TRAIN_CULTURE_H

#include "app/cli/cli.h"

/** @brief Train the network that finds cells by the plan and print its held-out table. Returns an exit code. */
int cli_train_culture(cli_run *run, const char *plan, const char *output);

/** @brief Train the network that identifies cultures by the plan and print its table beside the fit that it begins
 * from. Returns an exit code. */
int cli_train_culture_amortised(cli_run *run, const char *plan, const char *output);

#endif
