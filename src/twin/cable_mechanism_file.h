/**
 * @file cable_mechanism_file.h
 * @brief Mechanisms of the user from files, and their compilation by the machine's C compiler.
 */
#ifndef LG_CABLE_MECHANISM_FILE_H
#define LG_CABLE_MECHANISM_FILE_H

#include "cable/model.h"
#include "cable/nmodl.h"
#include "io/json_read.h"

/** @brief Read an NMODL file. LG_ERR_FORMAT: "file:line: reason". */
LG_MUST_CHECK lg_status lg_cable_mechanism_load(lg_ctx *ctx, const char *path, cable_nmodl **out);

/**
 * @brief Load the files of the key "mechanism_files" (names relative to folder) into the model, before its regions are
 * read. A mechanism of the user stands before a built-in one of the same name.
 *
 * A file *.safetensors is a channel whose gates are a network (cable/mechanism_net.h); its name is that of the file.
 * Regions may also call one by its file, without it standing in mechanism_files.
 */
LG_MUST_CHECK lg_status lg_cable_read_mechanism_files(lg_ctx *ctx, const lg_json_at *root, const char *folder,
                                                      cable_model *model);
/** @brief Mechanism by name: the model's own first, then the built-in ones; NULL when there is none. */
const cable_mechanism *lg_cable_model_mechanism(const cable_model *model, const char *name);

/**
 * @brief Compile a mechanism by the C compiler ($CC, or cc) and use that instead of the interpreter.
 *
 * The object is kept in $LOLIGO_CACHE_DIR, $XDG_CACHE_HOME/loligo or ~/.cache/loligo under a name that holds what it
 * was made of, and found there the next time. Results are the same bits as the interpreter's.
 * @param[out] why (of `bytes`) in words why it is interpreted after all; "" when it is compiled. Both are LG_OK.
 */
LG_MUST_CHECK lg_status lg_cable_mechanism_build(lg_ctx *ctx, cable_nmodl *mechanism, char *why, size_t bytes);

#endif
