/** @file api.h @brief What the functions of the public headers that are made here share (loligo/drug.h, twin.h …). */
#ifndef LG_TWIN_API_H
#define LG_TWIN_API_H

#include "data/json_writer.h"
#include "data/result.h"
#include "io/json_read.h"
#include "twin/drug.h"

#include <loligo/drug.h>

/**
 * @brief Refuse an option structure that is not of this library's size.
 * @param what name of the structure, for the message
 */
LG_MUST_CHECK lg_status lg_api_size(lg_ctx *ctx, const char *what, size_t size, size_t wanted);

/** @brief The bath of drug.h; NULL: defaults. */
LG_MUST_CHECK lg_status lg_api_bath(lg_ctx *ctx, const lg_bath_options *options, lg_drug_bath *out);

/** A text "json" that is being written into a result. */
typedef struct lg_api_json {
  lg_result_writer writer;
  lg_json w;
} lg_api_json;

/** @brief Begin an object with its schema. */
LG_MUST_CHECK lg_status lg_api_json_begin(lg_ctx *ctx, lg_api_json *j, const char *schema);
/** @brief End the object, and keep the text as "json". */
LG_MUST_CHECK lg_status lg_api_json_end(lg_ctx *ctx, lg_api_json *j, lg_result *result);

/** @brief A document: the file `path`, or `json` (0-terminated) where that is not NULL; then path stands in messages
 * and names where relative names start. */
LG_MUST_CHECK lg_status lg_api_document(lg_ctx *ctx, const char *path, const char *json, lg_json_doc **out);

#endif
