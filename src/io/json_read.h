/**
 * @file json_read.h
 * @brief Read JSON files: size limit, // comments in people's files, errors with file:line:column, typed getters that
 * name the key path ("cell.json: parameters.C: a number in pF expected, got the text \"big\"").
 *
 * Programs' files are strict JSON: no comments, no duplicate keys, no NaN. All failures of content are LG_ERR_FORMAT,
 * values outside a range LG_ERR_RANGE.
 */
#ifndef LG_JSON_READ_H
#define LG_JSON_READ_H

#include "base/base.h"

#include <jansson.h>

typedef enum lg_json_style {
  LG_JSON_STRICT = 0,  /* files that programs write */
  LG_JSON_COMMENTS = 1 /* people's files: // comments and a byte order mark are allowed */
} lg_json_style;

/** Default limit of a file's size, bytes. */
#define LG_JSON_MAX_BYTES ((size_t)16 << 20)

/** A parsed document; owns all values. */
typedef struct lg_json_doc lg_json_doc;

enum { LG_JSON_PATH_BYTES = 160 };

/** A place in a document: by value, valid as long as the document. */
typedef struct lg_json_at {
  const json_t *value;           /* never NULL */
  const char *file;              /* for messages */
  char path[LG_JSON_PATH_BYTES]; /* "parameters.C", "sweeps[2].v_mV"; "" at the root */
} lg_json_at;

/** @brief Load a file. max_bytes 0 = LG_JSON_MAX_BYTES. */
LG_MUST_CHECK lg_status lg_json_load(lg_ctx *ctx, const char *path, lg_json_style style, size_t max_bytes,
                                     lg_json_doc **out);

/** @brief Parse n bytes; name stands in messages. The bytes are not changed and not kept. */
LG_MUST_CHECK lg_status lg_json_parse(lg_ctx *ctx, const char *name, const void *bytes, size_t n, lg_json_style style,
                                      lg_json_doc **out);

/** @brief Destroy a document; accepts NULL. */
void lg_json_doc_destroy(lg_ctx *ctx, lg_json_doc *doc);

lg_json_at lg_json_root(const lg_json_doc *doc);

/**
 * @brief Go to `path` from `at`: keys joined by '.', array items "[k]": "stimulus.segments[0].amp_pA"; "" is at itself.
 * @retval LG_ERR_FORMAT a key is missing or a value on the way is not an object or array
 */
LG_MUST_CHECK lg_status lg_json_get(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out);

/** @brief As a key that holds a dot must be read: one key, taken literally. */
LG_MUST_CHECK lg_status lg_json_get_key(lg_ctx *ctx, const lg_json_at *at, const char *key, lg_json_at *out);

/** @brief Whether the path exists and is not null. */
bool lg_json_has(const lg_json_at *at, const char *path);

/** @brief A number (integers too). unit may be NULL; it only stands in the message. */
LG_MUST_CHECK lg_status lg_json_get_number(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit,
                                           double *x);
/** @brief As above, LG_ERR_RANGE outside [low, high]. */
LG_MUST_CHECK lg_status lg_json_get_number_in(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit,
                                              double low, double high, double *x);
/** @brief As above, but `fallback` when the path is absent or null (fallback is not range-checked). */
LG_MUST_CHECK lg_status lg_json_get_number_or(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit,
                                              double low, double high, double fallback, double *x);
LG_MUST_CHECK lg_status lg_json_get_integer(lg_ctx *ctx, const lg_json_at *at, const char *path, int64_t low,
                                            int64_t high, int64_t *x);
LG_MUST_CHECK lg_status lg_json_get_boolean(lg_ctx *ctx, const lg_json_at *at, const char *path, bool *x);
/** @brief Text, borrowed from the document. */
LG_MUST_CHECK lg_status lg_json_get_text(lg_ctx *ctx, const lg_json_at *at, const char *path, const char **text);
/** @brief As above, `fallback` (may be NULL) when the path is absent or null. */
LG_MUST_CHECK lg_status lg_json_get_text_or(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *fallback,
                                            const char **text);
/**
 * @brief An array of numbers.
 * @param[out] x block of *n numbers, free with lg_free; null items become NAN
 */
LG_MUST_CHECK lg_status lg_json_get_numbers(lg_ctx *ctx, const lg_json_at *at, const char *path, const char *unit,
                                            double **x, size_t *n);
/** @brief An array or an object must stand there. */
LG_MUST_CHECK lg_status lg_json_get_array(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out,
                                          size_t *n);
LG_MUST_CHECK lg_status lg_json_get_object(lg_ctx *ctx, const lg_json_at *at, const char *path, lg_json_at *out);

/** @brief Item k of an array (k < its length). */
lg_json_at lg_json_item(const lg_json_at *array, size_t k);

/** @brief Whether the value is text / number / object / array. */
bool lg_json_is_text(const lg_json_at *at);
bool lg_json_is_number(const lg_json_at *at);
bool lg_json_is_object(const lg_json_at *at);
bool lg_json_is_array(const lg_json_at *at);

/** @brief Key k of an object in the file's order; NULL when there are no more. For walking small objects. */
const char *lg_json_key_at(const lg_json_at *object, size_t k);

/** @brief Refuse keys that are not in the list: a misspelt key in a person's file must not be ignored silently. */
LG_MUST_CHECK lg_status lg_json_only_keys(lg_ctx *ctx, const lg_json_at *object, const char *const *keys, size_t n);

#endif
