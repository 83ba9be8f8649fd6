/** @file gate_file.h @brief Networks of gates (learn/gate_net.h) from files. */
#ifndef LG_TWIN_GATE_FILE_H
#define LG_TWIN_GATE_FILE_H

#include "learn/gate_net.h"

/** @brief Read the file of a network of gates; messages begin with the path. */
LG_MUST_CHECK lg_status lg_gate_net_load(lg_ctx *ctx, const char *path, lg_gate_net **out);

#endif
