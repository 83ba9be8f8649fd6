/**
 * @file h5_write.h
 * @brief Build an HDF5 file in memory, then hand its bytes to a file that appears whole or not at all.
 *
 * The first failure is kept and later calls do nothing, so that a writer is a list of calls; lg_h5_out_commit tells.
 * No times are stored: the same content gives the same bytes.
 */
#ifndef LG_H5_WRITE_H
#define LG_H5_WRITE_H

#include "base/base.h"
#include "data/provenance.h"

#include <hdf5.h>

typedef struct lg_h5_out {
  hid_t file;
  bool bad;
  H5E_auto2_t old_handler;
  void *old_data;
} lg_h5_out;

/** @brief Begin; takes the lock of libhdf5 until commit or discard. */
LG_MUST_CHECK lg_status lg_h5_out_open(lg_ctx *ctx, lg_h5_out *out);
/** @brief Write the file to path (as lg_outfile) when nothing failed. */
LG_MUST_CHECK lg_status lg_h5_out_commit(lg_ctx *ctx, lg_h5_out *out, const char *path);
/** @brief Throw away. */
void lg_h5_out_discard(lg_h5_out *out);

/* Objects are named by their path; parents must exist. */
void lg_h5_put_group(lg_h5_out *out, const char *path);
void lg_h5_put_soft_link(lg_h5_out *out, const char *path, const char *target);
/** @brief Variable-length UTF-8 scalar. Broken UTF-8 is written as it is. */
void lg_h5_put_text(lg_h5_out *out, const char *path, const char *text);
void lg_h5_put_texts(lg_h5_out *out, const char *path, const char *const *texts, size_t n);
/** @brief How the file was made, as a text /provenance; nothing for NULL. */
LG_MUST_CHECK lg_status lg_h5_put_provenance(lg_ctx *ctx, lg_h5_out *out, lg_provenance *provenance);
void lg_h5_put_number(lg_h5_out *out, const char *path, double x);
/** @brief Vector; longer ones are shuffled and deflated in chunks. memory_type is also the type in the file. */
void lg_h5_put_vector(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, size_t n);
/** @brief Matrix (rows, columns), shuffled and deflated in chunks of whole rows. */
void lg_h5_put_matrix(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, size_t rows, size_t columns);
/** @brief Block of three axes, the last running fastest, shuffled and deflated in chunks of whole planes. */
void lg_h5_put_block(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, const size_t shape[3]);
/** @brief Object references to the objects at n paths. */
void lg_h5_put_references(lg_h5_out *out, const char *path, const char *const *targets, size_t n);

void lg_h5_put_attribute_text(lg_h5_out *out, const char *path, const char *name, const char *text);
void lg_h5_put_attribute_texts(lg_h5_out *out, const char *path, const char *name, const char *const *texts, size_t n);
void lg_h5_put_attribute_number(lg_h5_out *out, const char *path, const char *name, double x);
void lg_h5_put_attribute_integer(lg_h5_out *out, const char *path, const char *name, hid_t file_type, int64_t x);

#endif
