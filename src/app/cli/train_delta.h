/** @file train_delta.h @brief `loligo train drug-delta`: the map from drugs to changes of an Izhikevich twin. */
#ifndef LG_CLI_TRAIN_DELTA_H
#define LG_CLI_TRAIN_DELTA_H

#include "app/cli/cli.h"

/** @brief Train by the plan at `path`, write to `output`, print the tables. @return an exit code */
int cli_train_delta(cli_run *run, const char *path, const char *output);

#endif
