/**
 * @file result.h
 * @brief What a computation gives: named arrays and named texts, for callers in any language.
 *
 * The large things are arrays that stay where they were computed; the small things stand in the text "json", with the
 * keys that the program prints (docs/formats.md) and doubles as the shortest text that reads back the same bits.
 */
#ifndef LOLIGO_RESULT_H
#define LOLIGO_RESULT_H

#include <loligo/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Type of the numbers of an array. */
typedef enum lg_array_type {
  LG_ARRAY_DOUBLE = 0, /**< double */
  LG_ARRAY_FLOAT,      /**< float */
  LG_ARRAY_UINT32,     /**< uint32_t */
  LG_ARRAY_INT32,      /**< int32_t */
  LG_ARRAY_UINT8,      /**< uint8_t; truth values are 0 and 1 */
  LG_ARRAY_UINT16      /**< uint16_t: counts of a camera */
} lg_array_type;

/** Most dimensions of an array. */
enum { LG_ARRAY_MAX_DIMS = 4 };

/** An array of a result: row-major, the last dimension runs fastest. */
typedef struct lg_array {
  const char *name;                /**< with the unit at its end: "v_mV" */
  lg_array_type type;              /**< type of its numbers */
  size_t n_dims;                   /**< 1 … LG_ARRAY_MAX_DIMS */
  size_t shape[LG_ARRAY_MAX_DIMS]; /**< (n_dims) */
  const void *data;                /**< NULL when a dimension is 0 */
} lg_array;

/** A result. It owns its arrays and texts. */
typedef struct lg_result lg_result;

/**
 * @brief Number of arrays.
 * @param result a result
 */
size_t lg_result_n_arrays(const lg_result *result);

/**
 * @brief Array k; NULL behind the last. Stays valid as long as the result.
 * @param result a result
 * @param k from 0
 */
const lg_array *lg_result_array_at(const lg_result *result, size_t k);

/**
 * @brief Array by name; NULL when there is none. Stays valid as long as the result.
 * @param result a result
 * @param name the array's whole name
 */
const lg_array *lg_result_array(const lg_result *result, const char *name);

/**
 * @brief Number of texts.
 * @param result a result
 */
size_t lg_result_n_texts(const lg_result *result);

/**
 * @brief Name of text k ("json", "svg"); NULL behind the last.
 * @param result a result
 * @param k from 0
 */
const char *lg_result_text_name(const lg_result *result, size_t k);

/**
 * @brief Text by name, UTF-8, ends with 0; NULL when there is none. Stays valid as long as the result.
 * @param result a result
 * @param name the text's whole name
 */
const char *lg_result_text(const lg_result *result, const char *name);

/**
 * @brief Destroy a result, its arrays and its texts; accepts NULL.
 * @param ctx the context that it was made with
 * @param result may be NULL
 */
void lg_result_destroy(lg_ctx *ctx, lg_result *result);

#ifdef __cplusplus
}
#endif
#endif
