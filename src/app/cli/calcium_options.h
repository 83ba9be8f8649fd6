/** @file calcium_options.h @brief What commands about calcium share. */
#ifndef LG_CLI_CALCIUM_OPTIONS_H
#define LG_CLI_CALCIUM_OPTIONS_H

#include "calcium/run.h"

/** @brief imex2, imex1 or rodas4. */
calcium_scheme cli_calcium_scheme(const char *name);

#endif
