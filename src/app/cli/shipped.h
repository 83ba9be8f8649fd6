/** @file shipped.h @brief The networks that ship in models/, by name. */
#ifndef LG_CLI_SHIPPED_H
#define LG_CLI_SHIPPED_H

#include "app/cli/cli.h"

typedef struct cli_shipped {
  const char *name;    /* below models/, without the ending */
  const char *summary; /* one sentence */
} cli_shipped;

const cli_shipped *cli_shipped_networks(size_t *n);

/** @brief Where its file lies; false: it is not installed. */
bool cli_shipped_find(lg_ctx *ctx, const cli_shipped *network, char *path, size_t bytes);

#endif
