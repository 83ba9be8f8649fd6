/**
 * @file status.h
 * @brief Status codes: everything that can fail returns one and the caller must look at it.
 */
#ifndef LOLIGO_STATUS_H
#define LOLIGO_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define LG_MUST_CHECK __attribute__((warn_unused_result))
#define LG_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
/** The caller must look at the result. */
#define LG_MUST_CHECK
/** Arguments follow a format as of printf(). */
#define LG_PRINTF(fmt, first)
#endif

/** X(name, number, sentence): the one list of status codes. Numbers never change. */
#define LG_STATUS_LIST(X)                                                                                              \
  X(LG_OK, 0, "success")                                                                                               \
  X(LG_ERR_ARGUMENT, 1, "an argument is invalid")                                                                      \
  X(LG_ERR_MEMORY, 2, "out of memory")                                                                                 \
  X(LG_ERR_IO, 3, "a file could not be opened, read or written")                                                       \
  X(LG_ERR_FORMAT, 4, "a file is damaged or not what it claims to be")                                                 \
  X(LG_ERR_UNSUPPORTED, 5, "the input is valid, but not supported")                                                    \
  X(LG_ERR_NUMERICAL, 6, "a computation did not converge or left its range")                                           \
  X(LG_ERR_RANGE, 7, "a value is outside its allowed range")                                                           \
  X(LG_ERR_CANCELLED, 8, "cancelled by the user")                                                                      \
  X(LG_ERR_NOT_FOUND, 9, "the thing asked for does not exist")                                                         \
  X(LG_ERR_LIMIT, 10, "a resource limit was reached")                                                                  \
  X(LG_ERR_INTERNAL, 11, "an internal invariant was broken; this is a bug")

/** Result of every function that can fail. */
typedef enum lg_status {
/** Enumerator of a row. */
#define LG_STATUS_ENUM(name, number, sentence) name = number,
  LG_STATUS_LIST(LG_STATUS_ENUM)
#undef LG_STATUS_ENUM
} lg_status;

/**
 * @brief Return the name of a status ("LG_ERR_FORMAT"); never NULL.
 * @param status any number
 */
const char *lg_status_name(lg_status status);

/**
 * @brief Return one sentence that explains a status; never NULL.
 * @param status any number
 */
const char *lg_status_sentence(lg_status status);

#ifdef __cplusplus
}
#endif
#endif
