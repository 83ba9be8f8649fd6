/** @file neuron_plot.h @brief Figures of cells with shape: by simulating a case, or out of files of spikes and traces.
 */
#ifndef LG_CLI_NEURON_PLOT_H
#define LG_CLI_NEURON_PLOT_H

#include "app/cli/cli.h"

/** @brief Simulate the cell of the first argument and draw it; returns an exit code. */
int cli_plot_cable(cli_run *run, const char *as);

/** @brief Draw traces or spikes out of a file; returns an exit code. */
int cli_plot_table(cli_run *run, const char *as);

#endif
