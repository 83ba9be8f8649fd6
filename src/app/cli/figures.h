/** @file figures.h @brief How every `loligo validate` prints its figures: a line each, or JSON; the count at the end.
 */
#ifndef LG_CLI_FIGURES_H
#define LG_CLI_FIGURES_H

#include "app/cli/json_out.h"
#include "twin/merit.h"

/** Figures as they come. */
typedef struct cli_figures {
  cli_run *run;
  bool words;
  size_t n, musts, failed, goals, reached; /* figures, limits they must keep, missed; goals asked and reached */
  int row;                                 /* printed last */
  lg_json json;
} cli_figures;

/** @brief Begin: under --json the object of that schema, with one fact of the run (key NULL: none). */
cli_figures cli_figures_begin(cli_run *run, const char *schema, const char *key, const char *text);

/** @brief Print one; an lg_merit_say(). */
void cli_figures_say(void *figures, const lg_merit *figure);

/** @brief Print the counts; returns the exit code: CLI_NEGATIVE when a must is missed. */
int cli_figures_end(cli_figures *figures);

#endif
