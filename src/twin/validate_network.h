/** @file validate_network.h @brief A trained network as the validation's first start and fallback. */
#ifndef LG_VALIDATE_NETWORK_H
#define LG_VALIDATE_NETWORK_H

#include "neuron/validate.h"
#include "twin/clone_net.h"

typedef struct lg_validate_network lg_validate_network;

/**
 * @brief Load a network for so many worker threads.
 * @retval LG_ERR_ARGUMENT it is of another family than `model`
 */
LG_MUST_CHECK lg_status lg_validate_network_load(lg_ctx *ctx, const char *path, lg_validate_family model,
                                                 unsigned threads, lg_validate_network **out);
void lg_validate_network_destroy(lg_ctx *ctx, lg_validate_network *network);

/** @brief An lg_validate_predict; user is an lg_validate_network. */
bool lg_validate_network_predict(void *user, unsigned worker, const lg_trace *trace, double natural[LG_VALIDATE_P]);

#endif
