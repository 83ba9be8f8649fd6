/**
 * @file axon_protocol_file.h
 * @brief What stands beside the sets of a protocol: protocol.json (settings, fingerprint) and README.txt (for people).
 */
#ifndef LG_CLI_AXON_PROTOCOL_FILE_H
#define LG_CLI_AXON_PROTOCOL_FILE_H

#include "axon/protocol.h"
#include "data/provenance.h"

enum { AXON_SETS = 3 };
/** random, worst, train: the quick ones first. */
extern const char *const axon_set_names[AXON_SETS];

/**
 * @brief Refuse a folder that holds other sets, or the same sets with other constants; otherwise write protocol.json.
 * @retval LG_ERR_ARGUMENT the fingerprint in DIR/protocol.json is another
 */
LG_MUST_CHECK lg_status axon_protocol_claim(lg_ctx *ctx, const char *folder, const axon_protocol *protocol,
                                            const axon_sets *sets, const axon_params *params,
                                            lg_provenance *provenance);

/** @brief README.txt: what the sets are, which of them have labels (the first n_ready of axon_set_names). */
LG_MUST_CHECK lg_status axon_protocol_readme(lg_ctx *ctx, const char *folder, const axon_protocol *protocol,
                                             const axon_sets *sets, size_t n_ready);

/** @brief Settings and counts as keys of an object that is open. */
void axon_protocol_put(lg_json *j, const axon_protocol *protocol, const axon_sets *sets);

/** @brief FOLDER/NAME + ending. */
LG_MUST_CHECK lg_status axon_protocol_path(lg_ctx *ctx, const char *folder, const char *name, const char *ending,
                                           char *path, size_t bytes);

#endif
