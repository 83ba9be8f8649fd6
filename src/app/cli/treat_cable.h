/** @file treat_cable.h @brief --drug NAME --dose C [--drugs FILE] on cells with shape. */
#ifndef LG_CLI_TREAT_CABLE_H
#define LG_CLI_TREAT_CABLE_H

#include "app/cli/cli.h"
#include "twin/cable_drug.h"

/**
 * @brief Treat a cell with the drug of the options, and say what was touched and what the cell does not have.
 * Nothing without --drug. *table keeps what `how` points into; destroy it afterwards.
 * @return an exit code; the failure was reported
 */
int cli_treat_cable(cli_run *run, cable_model *model, lg_drug_table **table, lg_cable_treated *how);

/** @brief Treat the cells of every population, and what arrives at their synapses. aloud: say what was touched. */
int cli_treat_network(cli_run *run, cable_network_model *network, bool aloud);

/** @brief Write the treated cell of the first argument (loligo drug apply); returns an exit code. */
int cli_apply_cable(cli_run *run);

#endif
