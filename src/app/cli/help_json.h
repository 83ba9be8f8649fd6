/** @file help_json.h @brief `loligo help --json`: the table of commands for other programs (the manual, bindings). */
#ifndef LG_CLI_HELP_JSON_H
#define LG_CLI_HELP_JSON_H

#include "app/cli/cli.h"

/**
 * @brief Write commands with their options, kinds, units and defaults as one object, "loligo-help/1".
 * @param name a command, or a group of them ("neuron"); NULL writes all
 */
int cli_help_json(cli_run *run, const char *name);

/** @brief Write a topic as one object, "loligo-help/1": its name and its text. */
int cli_help_topic_json(cli_run *run, const char *topic, const char *text);

#endif
