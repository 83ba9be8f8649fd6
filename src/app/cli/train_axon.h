/** @file train_axon.h @brief `loligo train axon-male`: protocol B from its impacts to the network that ships. */
#ifndef LG_CLI_TRAIN_AXON_H
#define LG_CLI_TRAIN_AXON_H

#include "app/cli/cli.h"

/**
 * @brief Make the sets of the plan's protocol, simulate them, train, test, write; print the table.
 *
 * Outcomes are kept in `<output>.sets/`, states of trainings beside the output: the same command goes on.
 * @return an exit code
 */
int cli_train_axon(cli_run *run, const char *path, const char *output);

#endif
