/**
 * @file clone_network.h
 * @brief What the networks say of a recording, and a twin made of that alone.
 */
#ifndef LG_CLONE_NETWORK_H
#define LG_CLONE_NETWORK_H

#include "twin/clone.h"
#include "twin/clone_net.h"

/**
 * @brief Ask the networks of a family in their order, the special before the general, and keep the first that knows
 * such recordings (distance <= 1); when none does, the one whose training population lies nearest.
 * @param[out] guess what it says
 * @param[out] asked that network; NULL when there is none of the family (guess is untouched)
 */
LG_MUST_CHECK lg_status lg_clone_ask(lg_ctx *ctx, const lg_family *family, const lg_clone_opts *opts,
                                     const lg_fit_trace *traces, size_t n_traces, lg_clone_guess *guess,
                                     const lg_clone_net_file **asked);

enum { LG_CLONE_NETWORKS = 5 };
/** Names of the networks that ship (models/NAME.safetensors), in the order they are asked. */
extern const char *const lg_clone_network_names[LG_CLONE_NETWORKS];

/** @brief Distance of the recording from the training population: the larger of embedding and features. */
double lg_clone_guess_distance(const lg_clone_guess *guess);

/** @brief Note in the twin which network was asked and how far it is from home. */
void lg_clone_note_network(const lg_clone_net_file *net, const lg_clone_guess *guess, lg_twin *twin);

/** @brief Make the twin of the network's word alone (stage "network"). */
void lg_clone_take_guess(const lg_family *family, const lg_clone_guess *guess, lg_twin *twin);

#endif
