/** @file json_out.h @brief The one JSON object that a command writes to stdout under --json. */
#ifndef LG_CLI_JSON_OUT_H
#define LG_CLI_JSON_OUT_H

#include "app/cli/cli.h"
#include "data/json_writer.h"

/** @brief Begin the object with its schema, "loligo-simulation/1". */
lg_json cli_json_begin(const char *schema);

/** @brief End it with the provenance of this run. A failed write is found when the program ends. */
void cli_json_end(cli_run *run, lg_json *w);
/** @brief Close the list of figures of a validation, count them, and end the object. */
void cli_json_end_figures(cli_run *run, lg_json *w, size_t n, size_t n_failed);

#endif
