/**
 * @file net_file.h
 * @brief Networks that ship: an encoder and the dense head on it, read from safetensors; and as ONNX.
 *
 * The architecture stands in the metadata key "encoder" (encoder.h), its tensors are "encoder.…", the head is the one
 * other pair "<name>.weight", "<name>.bias". Whatever else goes with a network (where its training population lies) is
 * not read here.
 */
#ifndef LG_LEARN_NET_FILE_H
#define LG_LEARN_NET_FILE_H

#include "io/safetensors.h"
#include "learn/encoder.h"

/** A network with its weights; start from `{0}`. */
typedef struct lg_net_file {
  lg_params params;
  lg_encoder encoder;
  lg_dense head;
  char head_name[LG_PARAM_NAME];
  float *theta; /**< (params.count) */
} lg_net_file;

/**
 * @brief Read a network.
 * @retval LG_ERR_FORMAT    no architecture, or tensors that are not those of the architecture
 * @retval LG_ERR_NOT_FOUND a tensor is missing
 */
LG_MUST_CHECK lg_status lg_net_file_read(lg_ctx *ctx, const lg_safetensors *file, lg_net_file *net);
/** @brief Free; accepts `{0}`. */
void lg_net_file_clear(lg_ctx *ctx, lg_net_file *net);

/**
 * @brief Write a network as ONNX (opset 13).
 *
 * Inputs "x" (batch, steps, channels) and, when the encoder has them, "features" (batch, features); output "y" (batch,
 * width): the head's numbers. Gates and axes are reordered to ONNX's; the numbers differ from ours by the runtime's
 * rounding only.
 * @param metadata copied into the model
 */
LG_MUST_CHECK lg_status lg_net_file_write_onnx(lg_ctx *ctx, const lg_net_file *net, const lg_text_pair *metadata,
                                               size_t n_metadata, const char *path);

#endif
