/** @file axon_model.h @brief The axon's constants as a row of the table of models. */
#ifndef LG_CLI_AXON_MODEL_H
#define LG_CLI_AXON_MODEL_H

#include <loligo/model.h>

enum { CLI_AXON_MODELS = 2 }; /* male, female */

/** Room for the fields of a row. */
typedef struct cli_axon_fields {
  lg_field fields[40];
} cli_axon_fields;

/** @brief Row k of the room "axon"; its fields live in `fields`. */
lg_model_info cli_axon_model(size_t k, cli_axon_fields *fields);

#endif
