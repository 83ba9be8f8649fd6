/** @file calcium_file_internal.h @brief Parts of the reader of calcium cases. */
#ifndef LG_CALCIUM_FILE_INTERNAL_H
#define LG_CALCIUM_FILE_INTERNAL_H

#include "twin/calcium_file.h"

/** @brief geometry, sections or swc + er_fraction; path of the case file: SWC names are relative to it. */
LG_MUST_CHECK lg_status lg_calcium_read_shape(lg_ctx *ctx, const lg_json_at *root, const char *path, calcium_case *c);

#endif
