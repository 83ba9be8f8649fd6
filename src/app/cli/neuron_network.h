/** @file neuron_network.h @brief `loligo neuron simulate` of networks. */
#ifndef LG_CLI_NEURON_NETWORK_H
#define LG_CLI_NEURON_NETWORK_H

#include "app/cli/cli.h"

/** @brief Options that only networks have; how many. */
extern const char *const cli_network_options[];
extern const size_t cli_n_network_options;

/** @brief Whether a file describes a network (false too where it cannot be read: the reader then says why). */
bool cli_is_network(lg_ctx *ctx, const char *path);

/** @brief Simulate the network of the first argument; returns an exit code. */
int cli_simulate_network(cli_run *run);

#endif
