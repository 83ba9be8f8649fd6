/**
 * @file h5_read.h
 * @brief HDF5 from a memory image: no file is opened, no link leaves the image, no plug-in is loaded.
 *
 * libhdf5 is not thread-safe and crashes on damaged files: take lg_h5_lock() around any use, and parse foreign files
 * in the sandbox (io/sandbox.h).
 */
#ifndef LG_H5_READ_H
#define LG_H5_READ_H

#include "base/base.h"

#include <hdf5.h>

/** @brief One thread at a time in libhdf5. */
void lg_h5_lock(void);
void lg_h5_unlock(void);

typedef struct lg_h5 {
  hid_t file, links; /* links: access list that refuses external links */
  size_t n_bytes;    /* of the image */
  bool external;     /* an external link was met and refused */
  H5E_auto2_t old_handler;
  void *old_data;
} lg_h5;

/** Identity of an object inside a file. */
typedef struct lg_h5_id {
  unsigned char bytes[16];
} lg_h5_id;

/** @brief Whether the bytes carry the HDF5 signature (at 0, 512, 1024, …). */
bool lg_h5_is(const unsigned char *bytes, size_t n);

/** @brief Open an image (copied by libhdf5). LG_ERR_FORMAT when libhdf5 cannot. Close with lg_h5_close. */
LG_MUST_CHECK lg_status lg_h5_open(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_h5 *h5);
/** @brief Close the file and everything still open in it. */
void lg_h5_close(lg_h5 *h5);

/** @brief Open an object by path below `at`; negative when absent, damaged, or behind an external link. */
hid_t lg_h5_object(lg_h5 *h5, hid_t at, const char *path);
/** @brief Whether a link of that name exists below `at` (one level). */
bool lg_h5_has(lg_h5 *h5, hid_t at, const char *name);
bool lg_h5_identify(hid_t object, lg_h5_id *id);
bool lg_h5_same(const lg_h5_id *a, const lg_h5_id *b);

/** @brief Text of a string attribute or dataset: variable or fixed, scalar or one element; cut at `bytes`. */
bool lg_h5_attribute_text(hid_t object, const char *name, char *text, size_t bytes);
bool lg_h5_dataset_text(lg_h5 *h5, hid_t at, const char *path, char *text, size_t bytes);
/**
 * @brief Texts of variable length in an attribute, joined by commas.
 * @param most  refuse more texts than that
 * @param[out] n  how many; each is shorter than 512 bytes, others are left out
 */
bool lg_h5_attribute_texts(hid_t object, const char *name, size_t most, char *joined, size_t bytes, size_t *n);
/** @brief Number of an attribute or dataset of any integer or float type: scalar or one element. */
bool lg_h5_attribute_number(hid_t object, const char *name, double *x);
bool lg_h5_dataset_number(lg_h5 *h5, hid_t at, const char *path, double *x);

/**
 * @brief Open a one-dimensional dataset (or n × 1) and check all that is known before reading: filters, layout, size.
 * @param label  for messages
 * @param class1,class2  accepted type classes (H5T_INTEGER …); pass one twice for a single class
 * @param[out] n number of elements
 * @retval LG_ERR_UNSUPPORTED filter other than deflate, shuffle, fletcher32; data in other files; too many elements
 * @retval LG_ERR_FORMAT      absent, wrong shape or type, or more elements than the stored bytes can hold
 */
LG_MUST_CHECK lg_status lg_h5_open_vector(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label,
                                          H5T_class_t class1, H5T_class_t class2, hid_t *dataset, size_t *n);

/** @brief Read elements [first, first + count) of a vector as `memory_type`. */
LG_MUST_CHECK lg_status lg_h5_read_vector(lg_ctx *ctx, hid_t dataset, const char *label, hid_t memory_type,
                                          size_t first, size_t count, void *out);

/**
 * @brief As lg_h5_open_vector() for a dataset of two dimensions.
 * @param[out] rows,columns their product is at most LG_H5_MAX_SAMPLES
 */
LG_MUST_CHECK lg_status lg_h5_open_matrix(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label,
                                          H5T_class_t class1, H5T_class_t class2, hid_t *dataset, size_t *rows,
                                          size_t *columns);

/** @brief Read rows [first, first + count) of a matrix as `memory_type`; out is (count, columns). */
LG_MUST_CHECK lg_status lg_h5_read_rows(lg_ctx *ctx, hid_t dataset, const char *label, hid_t memory_type, size_t first,
                                        size_t count, size_t columns, void *out);

/**
 * @brief A vector of texts, of variable or fixed length, each cut at LG_H5_MAX_TEXT bytes and made one line.
 * @param most     refuse more texts than that
 * @param[out] packed  n texts, each with its closing 0, *bytes in all; free with lg_free
 */
LG_MUST_CHECK lg_status lg_h5_read_texts(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *path, const char *label,
                                         size_t most, char **packed, size_t *bytes, size_t *n);

enum { LG_H5_MAX_TEXT = 256 };
enum { LG_H5_MAX_SAMPLES = 200000000 };

#endif
