/**
 * @file axon_net_file.h
 * @brief Files of surrogates (axon/surrogate.h): safetensors.
 *
 * Metadata: schema, layout, axon (its constants, "rows=19 seed=1 …"), and whatever the training adds. Tensors: those of
 * axon_net.h with the networks in front, (n_nets, …); target.mean, target.sd, sd.floor, sd.scale, spread.most (4 each,
 * doubles); known.reach (1); known.scale (n) and known.packed (n, 153): the training profiles, 12 bits a sample in
 * units of the profile's greatest magnitude/2047, two samples in three bytes (low byte of the first, its high half byte
 * below the low one of the second, high byte of the second).
 */
#ifndef LG_AXON_NET_FILE_H
#define LG_AXON_NET_FILE_H

#include "axon/axon_net.h"
#include "io/safetensors.h"

/** @brief The constants of an axon as the text of a file's metadata, "rows=19 seed=1 …"; 2048 bytes are enough. */
void lg_axon_params_to_text(const axon_params *params, char *text, size_t bytes);
/** @brief And back; constants that are not there are the male axon's. @retval LG_ERR_FORMAT unknown or out of range */
LG_MUST_CHECK lg_status lg_axon_params_of_text(lg_ctx *ctx, const char *text, axon_params *out);

/**
 * @brief Read a surrogate.
 * @retval LG_ERR_FORMAT not one, or tensors that are not its layout's, or numbers that cannot be
 */
LG_MUST_CHECK lg_status lg_axon_surrogate_load(lg_ctx *ctx, const char *path, lg_axon_surrogate **out);
/** @brief The same of a file in memory. */
LG_MUST_CHECK lg_status lg_axon_surrogate_of(lg_ctx *ctx, const lg_safetensors *file, lg_axon_surrogate **out);

/** @brief Write a surrogate. @param more further metadata (n_more) */
LG_MUST_CHECK lg_status lg_axon_surrogate_save(lg_ctx *ctx, const lg_axon_surrogate *net, const lg_text_pair *more,
                                               size_t n_more, const char *path);

#endif
