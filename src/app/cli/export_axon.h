/** @file export_axon.h @brief `loligo export-onnx` of surrogates of axons. */
#ifndef LG_CLI_EXPORT_AXON_H
#define LG_CLI_EXPORT_AXON_H

#include "app/cli/cli.h"
#include "io/safetensors.h"

/** @brief Whether a file is such a surrogate. */
bool cli_is_axon_surrogate(const lg_safetensors *file);
/** @brief Write it, and test data where asked for. @param pairs metadata of the model @return an exit code */
int cli_export_axon(cli_run *run, const lg_safetensors *file, const lg_text_pair *pairs, size_t n_pairs);

#endif
