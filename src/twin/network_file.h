/**
 * @file network_file.h
 * @brief Networks of cells with shape in JSON: the format is in docs/networks.md.
 */
#ifndef LG_NETWORK_FILE_H
#define LG_NETWORK_FILE_H

#include "cable/network.h"
#include "io/json_read.h"

/** Files that a network was read from, beside its own. */
typedef struct lg_network_inputs {
  size_t n, room;
  char **paths;
} lg_network_inputs;

void lg_network_inputs_clear(lg_ctx *ctx, lg_network_inputs *inputs);

/** @brief Whether the document describes a network: "model": "network", or "populations". */
bool lg_network_is(const lg_json_at *root);

/**
 * @brief Read a network with the cells, lists and spike trains that it names.
 * @param[out] inputs what else was read, relative to the caller's folder; clear it also on failure; may be NULL
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names file and key path, and the nearest name where one is unknown
 */
LG_MUST_CHECK lg_status lg_network_load(lg_ctx *ctx, const char *path, lg_network_inputs *inputs,
                                        cable_network_model **out);
/** @brief The same from a document that is already read; folder: where relative names start. */
LG_MUST_CHECK lg_status lg_network_parse(lg_ctx *ctx, const lg_json_at *root, const char *folder,
                                         lg_network_inputs *inputs, cable_network_model **out);

#endif
