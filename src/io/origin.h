/**
 * @file origin.h
 * @brief Read back where a result comes from: the provenance that our JSON and CSV files carry.
 */
#ifndef LG_ORIGIN_H
#define LG_ORIGIN_H

#include "base/base.h"

typedef struct lg_origin_item {
  char *name, *text; /* option: name and value; input: role and path */
  char *sha256;      /* inputs only */
} lg_origin_item;

typedef struct lg_origin {
  char *program; /* "loligo 0.1.0 (0123456789ab)" */
  char *compiler, *cpu;
  char *working_directory; /* "" when it was not noted */
  size_t argc;
  char **argv; /* (argc) */
  size_t n_options, n_inputs;
  lg_origin_item *options, *inputs;
} lg_origin;

/**
 * @brief Read the provenance of a result: the object "provenance" of a JSON file, the `# key: value` lines that a CSV
 * file begins with, the text inside an HDF5 file (NWB too), FILE.npy.json beside an array. The content decides, not the
 * name.
 * @retval LG_ERR_IO     cannot be opened
 * @retval LG_ERR_FORMAT holds no provenance, or a damaged one
 */
LG_MUST_CHECK lg_status lg_origin_read(lg_ctx *ctx, const char *path, lg_origin **out);

/** @brief Free; accepts NULL. */
void lg_origin_destroy(lg_ctx *ctx, lg_origin *origin);

#endif
