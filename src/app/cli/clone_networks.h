/** @file clone_networks.h @brief The networks that ship, loaded for cloning. */
#ifndef LG_CLONE_NETWORKS_H
#define LG_CLONE_NETWORKS_H

#include "app/cli/cli.h"
#include "twin/clone_net.h"

enum { CLI_MAX_NETWORKS = 8 };

typedef struct cli_networks {
  lg_clone_net_file *file[CLI_MAX_NETWORKS];
  size_t n;
} cli_networks;

/** @brief Load every network that ships and note it among the inputs of the run. Begin with {.n = 0}. */
LG_MUST_CHECK lg_status cli_networks_load(cli_run *run, cli_networks *nets);
void cli_networks_forget(lg_ctx *ctx, cli_networks *nets);

#endif
