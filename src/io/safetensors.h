/**
 * @file safetensors.h
 * @brief Strict reader and deterministic writer of safetensors, the format of every network that we keep.
 *
 * Layout: 8 bytes little-endian header length, a JSON header, then the data of the tensors without gaps
 * (https://github.com/huggingface/safetensors, "Format"). Nothing in a file is trusted: every length is checked
 * against the file before it is used.
 */
#ifndef LG_SAFETENSORS_H
#define LG_SAFETENSORS_H

#include "base/base.h"

enum { LG_TENSOR_MAX_RANK = 8 };

/** Element types that are read and written; others in a file are refused with LG_ERR_UNSUPPORTED. */
typedef enum lg_dtype { LG_DTYPE_F32 = 0, LG_DTYPE_F64 = 1, LG_DTYPE_I64 = 2, LG_DTYPE_U8 = 3 } lg_dtype;

/** One named tensor, row-major. */
typedef struct lg_tensor_entry {
  const char *name;
  lg_dtype dtype;
  size_t rank;                      /**< 0: a scalar of one element */
  size_t shape[LG_TENSOR_MAX_RANK]; /**< (rank) */
  const void *data;                 /**< product(shape) elements; 64-byte aligned when it was read */
} lg_tensor_entry;

/** One entry of the metadata. */
typedef struct lg_text_pair {
  const char *key, *text;
} lg_text_pair;

/** A file that was read. Owns copies of everything: the memory image may be freed after parsing. */
typedef struct lg_safetensors lg_safetensors;

/**
 * @brief Parse a memory image.
 * @retval LG_ERR_FORMAT      damaged: lengths, JSON, duplicate names, offsets that overlap or leave gaps
 * @retval LG_ERR_UNSUPPORTED an element type other than F32 F64 I64 U8, or more than LG_TENSOR_MAX_RANK dimensions
 */
LG_MUST_CHECK lg_status lg_safetensors_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_safetensors **out);

/** @brief Read a file (up to 1 GiB) and parse it; messages begin with the path. */
LG_MUST_CHECK lg_status lg_safetensors_read(lg_ctx *ctx, const char *path, lg_safetensors **out);

/** @brief Destroy; accepts NULL. */
void lg_safetensors_destroy(lg_ctx *ctx, lg_safetensors *st);

/** @brief Number of tensors. */
size_t lg_safetensors_count(const lg_safetensors *st);
/** @brief Tensor k in the order of names (strcmp); NULL when k is too large. */
const lg_tensor_entry *lg_safetensors_at(const lg_safetensors *st, size_t k);
/** @brief Tensor by name, NULL when there is none. */
const lg_tensor_entry *lg_safetensors_find(const lg_safetensors *st, const char *name);

/**
 * @brief Get a tensor's data, or fail unless type and shape are exactly the wanted ones.
 * @param shape (rank) wanted
 * @param[out] data stays valid until st is destroyed; NULL on failure
 * @retval LG_ERR_NOT_FOUND no tensor of that name
 * @retval LG_ERR_FORMAT    another type or shape; the message names both
 */
LG_MUST_CHECK lg_status lg_safetensors_get(lg_ctx *ctx, const lg_safetensors *st, const char *name, lg_dtype dtype,
                                           size_t rank, const size_t *shape, const void **data);

/** @brief Text of a metadata key, NULL when there is none. */
const char *lg_safetensors_metadata(const lg_safetensors *st, const char *key);
/** @brief Metadata entry k in the order of keys, NULL when k is too large. */
const lg_text_pair *lg_safetensors_metadata_at(const lg_safetensors *st, size_t k);

/**
 * @brief Write tensors and metadata; the file appears whole or not at all.
 *
 * The bytes depend only on the arguments, not on their order: wider types first, then by name, so that every tensor
 * is aligned to its element; the data begins at a multiple of 8.
 *
 * @retval LG_ERR_ARGUMENT a name that is empty, "__metadata__", double or not UTF-8; too many dimensions; no data
 * @retval LG_ERR_IO       could not be written; what stood there before is unchanged
 */
LG_MUST_CHECK lg_status lg_safetensors_write(lg_ctx *ctx, const char *path, const lg_tensor_entry *tensors,
                                             size_t n_tensors, const lg_text_pair *metadata, size_t n_metadata);

/** @brief Bytes of one element. */
size_t lg_dtype_bytes(lg_dtype dtype);
/** @brief "F32" … */
const char *lg_dtype_name(lg_dtype dtype);

#endif
