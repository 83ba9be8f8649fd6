/** @file channels_file.h @brief Point neurons whose channels are networks, from model files. */
#ifndef LG_TWIN_CHANNELS_FILE_H
#define LG_TWIN_CHANNELS_FILE_H

#include "io/json_read.h"
#include "neuron/channels.h"

/**
 * @brief Read the key "channels" of a model file: [{"mechanism": "na.safetensors", "gmax_S_cm2": 0.12, "reversal_mV":
 * 50, "name": "na"}, …]; files relative to folder, name that of the file unless given.
 */
LG_MUST_CHECK lg_status lg_channels_read(lg_ctx *ctx, const lg_json_at *root, const char *folder, lg_channels **out);

/**
 * @brief lg_neuron_load(), also of the model "channels"; *channels receives what the neuron needs while it is used,
 * NULL for the other models. Destroy it with lg_channels_destroy().
 */
LG_MUST_CHECK lg_status lg_neuron_load_channels(lg_ctx *ctx, const char *path, lg_neuron *out, lg_channels **channels);

#endif
