#include "app/cli/clone_networks.h"

#include "data/provenance.h"
#include "twin/clone_network.h"

lg_status cli_networks_load(cli_run *run, cli_networks *nets) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char relative[64], path[4096];
  for (size_t k = 0; k < LG_CLONE_NETWORKS; k++) {
    (void)snprintf(relative, sizeof relative, "models/%s.safetensors", lg_clone_network_names[k]);
    if (cli_find_data(ctx, relative, path, sizeof path) != LG_OK) continue;
    LG_TRY(lg_clone_net_load(ctx, path, &nets->file[nets->n]));
    nets->n++;
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", path));
  }
done:
  return status;
}

void cli_networks_forget(lg_ctx *ctx, cli_networks *nets) {
  for (size_t k = 0; k < nets->n; k++) lg_clone_net_destroy(ctx, nets->file[k]);
  nets->n = 0;
}
