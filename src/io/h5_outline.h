/** @file h5_outline.h @brief What an HDF5 file of ours holds: kind, datasets with shapes, units and ranges. */
#ifndef LG_H5_OUTLINE_H
#define LG_H5_OUTLINE_H

#include "io/json_read.h"

/**
 * @brief Read the outline of an HDF5 file inside the sandbox.
 *
 * A document {format, version, name, datasets: [{name, type, shape, unit, tensor, text, min, max, missing, columns:
 * [{name, min, max, missing}]}]}: format and name are "" and version is null where the file has no such attributes;
 * unit, tensor (the shape of a tensor that lies there as a vector), text, ranges and columns stand only where there are
 * any. Ranges are those of vectors and matrices, by column where the
 * dataset's attribute `columns` names them; blocks of three axes and more have a shape alone. The provenance is left
 * out.
 *
 * @param[out] out free with lg_json_doc_destroy()
 * @retval LG_ERR_IO     cannot be opened
 * @retval LG_ERR_FORMAT damaged, or no HDF5
 * @retval LG_ERR_LIMIT  more objects than are listed
 */
LG_MUST_CHECK lg_status lg_h5_outline_read(lg_ctx *ctx, const char *path, lg_json_doc **out);

#endif
