/** @file axon_net_onnx.h @brief A surrogate of axons as one ONNX graph: strain in, outputs and spread out. */
#ifndef LG_AXON_NET_ONNX_H
#define LG_AXON_NET_ONNX_H

#include "axon/axon_net.h"
#include "io/safetensors.h"

/**
 * @brief Write layout six or ji as ONNX (opset 13).
 *
 * Input "strain" (batch, 101), fractions, 1 ms apart, from 0: the channels are part of the graph (Maxwell elements as a
 * product with a triangular matrix, the running maximum as a MaxPool padded on the left). Outputs "outputs" (batch, 4):
 * mt, axl as fractions, tau and nf in percent; and, of several networks, "spread" (batch, 4): their sd in units of the
 * standardised targets. What is in range, and the calibration, stay with the safetensors file.
 * @retval LG_ERR_UNSUPPORTED a layout without convolutions
 */
LG_MUST_CHECK lg_status lg_axon_surrogate_write_onnx(lg_ctx *ctx, const lg_axon_surrogate *net,
                                                     const lg_text_pair *metadata, size_t n_metadata, const char *path);

#endif
