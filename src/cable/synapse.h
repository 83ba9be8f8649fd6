/** @file synapse.h @brief The parts of synapses of two exponentials that all instruction sets share. */
#ifndef LG_CABLE_SYNAPSE_H
#define LG_CABLE_SYNAPSE_H

#include "cable/mechanism.h"

/** Names of the states of one conductance, then of a second. */
extern const char *const lg_pair_states[];

lg_status lg_pair_prepare_single(lg_ctx *ctx, cable_block *block, double celsius);
lg_status lg_pair_prepare_dual(lg_ctx *ctx, cable_block *block, double celsius);
void lg_pair_start_single(const cable_block *block, const cable_moment *now);
void lg_pair_start_dual(const cable_block *block, const cable_moment *now);
void lg_pair_receive_single(const cable_block *block, size_t k, double weight, double offset_ms,
                            const cable_moment *now);
void lg_pair_receive_dual(const cable_block *block, size_t k, double weight, double offset_ms, const cable_moment *now);

#endif
