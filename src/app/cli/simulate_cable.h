/** @file simulate_cable.h @brief `loligo neuron simulate` of cells with shape. */
#ifndef LG_CLI_SIMULATE_CABLE_H
#define LG_CLI_SIMULATE_CABLE_H

#include "app/cli/cli.h"
#include "cable/cell.h"

/** @brief Options that only cells with shape have; how many. */
extern const char *const cli_cable_options[];
extern const size_t cli_n_cable_options;

/** @brief Whether a file describes a cell with shape (false too where it cannot be read: the reader then says why). */
bool cli_is_cable(lg_ctx *ctx, const char *path);

/** @brief Simulate the cell of the first argument; returns an exit code. */
int cli_simulate_cable(cli_run *run);

/** @brief Whether --state and --save-every can be; an exit code. */
int cli_check_state(cli_run *run);

/** @brief Run a cell to its end, on from --state where that file is, saving to it; *file: what a failure is about. */
LG_MUST_CHECK lg_status cli_run_cable(cli_run *run, const cable_model *model, const cable_tree *tree,
                                      const cable_run_options *o, const cable_cut *cut, cable_result **out,
                                      const char **file);

/** @brief Of --scheme; sdirk2 where it is not given. */
cable_scheme cli_scheme(const cli_run *run);

/** @brief How finely to cut, of --max-dx-um, --d-lambda, --nseg. */
cable_cut cli_cable_cut(const cli_run *run);

#endif
