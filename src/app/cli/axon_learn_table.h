/** @file axon_learn_table.h @brief The tables that trainings of surrogates print: R², NRMSE, how far sd can be
 * believed.
 */
#ifndef LG_CLI_AXON_LEARN_TABLE_H
#define LG_CLI_AXON_LEARN_TABLE_H

#include "app/cli/json_out.h"
#include "twin/axon_learn_run.h"

/** @brief The four outputs as heads of columns. */
void cli_axon_score_head(const char *words);
/** @brief R² and NRMSE, and coverage where there is an sd. */
void cli_axon_score_print(const char *name, const axon_score *score);
void cli_axon_score_json(lg_json *w, const char *key, const axon_score *score);

/** @brief All of a training. */
void cli_axon_learn_print(cli_run *run, const axon_learn_run *what, const axon_learn_table *table);
/** @brief The same as the one JSON object. */
void cli_axon_learn_json(cli_run *run, const char *schema, const char *network, const axon_learn_run *what,
                         const axon_learn_table *table);

/** @brief This run's provenance as JSON text for metadata; free() it. */
LG_MUST_CHECK lg_status cli_provenance_text(cli_run *run, char **text);

#endif
