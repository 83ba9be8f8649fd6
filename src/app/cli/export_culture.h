/** @file export_culture.h @brief Flow networks for cells as ONNX. */
#ifndef LG_CLI_EXPORT_CULTURE_H
#define LG_CLI_EXPORT_CULTURE_H

#include "app/cli/cli.h"
#include "io/safetensors.h"

/** @brief Write file as --output, with test data if --test-data is given. Returns an exit code. */
int cli_export_culture(cli_run *run, const lg_safetensors *file, const lg_text_pair *pairs, size_t n_pairs);

#endif
