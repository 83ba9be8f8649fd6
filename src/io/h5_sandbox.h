/** @file h5_sandbox.h @brief HDF5 from a memory image, read in a sandboxed child: what most readers of HDF5 are made
 * of. */
#ifndef LG_H5_SANDBOX_H
#define LG_H5_SANDBOX_H

#include "io/h5_read.h"

/** Runs in the child with the open file, and makes a block of bytes with lg_alloc(ctx, …). */
typedef lg_status (*lg_h5_fn)(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n);

/**
 * @brief Open the image in a child, run fn(user) on it, take over its bytes. What is still open afterwards is closed.
 * The caller must check what stands in them, as with lg_sandbox_bytes().
 * @param max_bytes  a longer answer is refused
 * @param[out] bytes (*n) free with lg_free
 */
LG_MUST_CHECK lg_status lg_h5_sandbox(lg_ctx *ctx, lg_h5_fn fn, const void *user, const unsigned char *image,
                                      size_t image_bytes, size_t max_bytes, unsigned char **bytes, size_t *n);

#endif
