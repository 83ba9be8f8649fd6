/** @file culture_net.h @brief Cells by the flow network for the commands that look for them. */
#ifndef LG_CLI_CULTURE_NET_H
#define LG_CLI_CULTURE_NET_H

#include "app/cli/cli.h"
#include "twin/culture_unet.h"

/** Row of their tables of options. */
#define CLI_CULTURE_NET                                                                                                \
  {                                                                                                                    \
    "net", "NET.safetensors", CLI_INPUT, NULL,                                                                         \
        "A flow network of loligo train culture-unet; default: the shipped one."                                       \
  }

/**
 * @brief Cells of a film by the network of --net, or by the one that ships.
 * @param[out] about what a failure is about: the network's file or `film_path`
 */
LG_MUST_CHECK lg_status cli_culture_by_net(cli_run *run, const lg_culture_film *film, const char *film_path,
                                           const culture_unet_options *options, lg_culture_masks **masks, double *zoom,
                                           const char **about);

#endif
