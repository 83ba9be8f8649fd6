#include "app/cli/culture_net.h"

#include "data/provenance.h"

lg_status cli_culture_by_net(cli_run *run, const lg_culture_film *film, const char *film_path,
                             const culture_unet_options *options, lg_culture_masks **masks, double *zoom,
                             const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_culture_unet_file net = {0};
  char shipped[4096];
  const char *path = cli_text(run, "net");
  *about = path;
  if (!path) {
    status = cli_find_data(ctx, "models/culture-unet.safetensors", shipped, sizeof shipped);
    if (status != LG_OK) {
      (void)lg_fail_prefix(ctx, status, "no --net is given, and the network that ships is not there: ");
      return LG_ERR_ARGUMENT; /* not the "no cell" of an image */
    }
    path = shipped;
    *about = "models/culture-unet.safetensors";
  }
  if (cli_provenance(run)) LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "network", path));
  LG_TRY(lg_culture_unet_load(ctx, path, &net));
  *about = film_path;
  status = lg_culture_film_unet(ctx, film, &net, options, masks, zoom);
done:
  lg_culture_unet_file_clear(ctx, &net);
  return status;
}
