#define _XOPEN_SOURCE 700
#include "io/h5_write.h"
#include "io/h5_read.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16384, SMALL = 512, DEFLATE_LEVEL = 4 };

/* Remember a failure of libhdf5; ids and statuses are negative then. */
static bool good(lg_h5_out *out, hid_t result) {
  if (result < 0) out->bad = true;
  return !out->bad;
}

lg_status lg_h5_out_open(lg_ctx *ctx, lg_h5_out *out) {
  *out = (lg_h5_out){.file = -1};
  lg_h5_lock();
  (void)H5Eget_auto2(H5E_DEFAULT, &out->old_handler, &out->old_data);
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t fapl = H5Pcreate(H5P_FILE_ACCESS), fcpl = H5Pcreate(H5P_FILE_CREATE);
  if (fapl >= 0 && fcpl >= 0 && H5Pset_fapl_core(fapl, (size_t)1 << 20, 0) >= 0 &&
      H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) >= 0 && H5Pset_obj_track_times(fcpl, 0) >= 0)
    out->file = H5Fcreate("image", H5F_ACC_TRUNC, fcpl, fapl);
  if (fapl >= 0) (void)H5Pclose(fapl);
  if (fcpl >= 0) (void)H5Pclose(fcpl);
  if (out->file >= 0) return LG_OK;
  lg_h5_out_discard(out);
  return lg_fail(ctx, LG_ERR_MEMORY, "libhdf5 cannot make a file in memory");
}

void lg_h5_out_discard(lg_h5_out *out) {
  if (out->file >= 0) (void)H5Fclose(out->file);
  out->file = -1;
  (void)H5Eset_auto2(H5E_DEFAULT, out->old_handler, out->old_data);
  lg_h5_unlock();
}

static lg_status take_image(lg_ctx *ctx, lg_h5_out *out, unsigned char **bytes, size_t *n) {
  *bytes = NULL;
  *n = 0;
  if (out->bad || H5Fflush(out->file, H5F_SCOPE_GLOBAL) < 0)
    return lg_fail(ctx, LG_ERR_INTERNAL, "libhdf5 refused a part of the file; nothing was written");
  const ssize_t size = H5Fget_file_image(out->file, NULL, 0);
  if (size <= 0) return lg_fail(ctx, LG_ERR_INTERNAL, "libhdf5 gives no image of the file; nothing was written");
  *bytes = lg_alloc(ctx, (size_t)size, 1);
  if (!*bytes) return LG_ERR_MEMORY;
  *n = (size_t)size;
  if (H5Fget_file_image(out->file, *bytes, *n) == size) return LG_OK;
  return lg_fail(ctx, LG_ERR_INTERNAL, "libhdf5 gives no image of the file; nothing was written");
}

lg_status lg_h5_out_commit(lg_ctx *ctx, lg_h5_out *out, const char *path) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_outfile *file = NULL;
  lg_status status = take_image(ctx, out, &bytes, &n);
  lg_h5_out_discard(out);
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &file);
  if (status == LG_OK) {
    (void)fwrite(bytes, 1, n, lg_outfile_stream(file)); /* commit finds a write error */
    status = lg_outfile_commit(ctx, file);
  }
  lg_free(ctx, bytes);
  return status;
}

/* ---- groups and links ------------------------------------------------------------------------------- */

void lg_h5_put_group(lg_h5_out *out, const char *path) {
  if (out->bad) return;
  const hid_t gcpl = H5Pcreate(H5P_GROUP_CREATE);
  if (good(out, gcpl) && good(out, H5Pset_obj_track_times(gcpl, 0))) {
    const hid_t group = H5Gcreate2(out->file, path, H5P_DEFAULT, gcpl, H5P_DEFAULT);
    if (good(out, group)) (void)H5Gclose(group);
  }
  if (gcpl >= 0) (void)H5Pclose(gcpl);
}

void lg_h5_put_soft_link(lg_h5_out *out, const char *path, const char *target) {
  if (!out->bad) (void)good(out, H5Lcreate_soft(target, out->file, path, H5P_DEFAULT, H5P_DEFAULT));
}

/* ---- datasets ----------------------------------------------------------------------------------------- */

static hid_t text_type(lg_h5_out *out) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (good(out, type) && good(out, H5Tset_size(type, H5T_VARIABLE))) (void)good(out, H5Tset_cset(type, H5T_CSET_UTF8));
  return type;
}

/* n = SIZE_MAX: a scalar. */
static hid_t space_of(lg_h5_out *out, size_t n) {
  const hsize_t dims[1] = {n};
  const hid_t space = n == SIZE_MAX ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, dims, NULL);
  (void)good(out, space);
  return space;
}

static hid_t creation_list(lg_h5_out *out, size_t n, bool numbers) {
  const hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
  if (!good(out, dcpl) || !good(out, H5Pset_obj_track_times(dcpl, 0))) return dcpl;
  if (!numbers || n == SIZE_MAX || n < SMALL) return dcpl;
  const hsize_t chunk[1] = {n < CHUNK ? n : CHUNK};
  if (good(out, H5Pset_chunk(dcpl, 1, chunk)) && good(out, H5Pset_shuffle(dcpl)))
    (void)good(out, H5Pset_deflate(dcpl, DEFLATE_LEVEL));
  return dcpl;
}

static void put(lg_h5_out *out, const char *path, hid_t type, const void *x, size_t n, bool numbers) {
  if (out->bad) return;
  const hid_t space = space_of(out, n), dcpl = creation_list(out, n, numbers);
  if (!out->bad) {
    const hid_t dataset = H5Dcreate2(out->file, path, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    if (good(out, dataset)) {
      if (n > 0) (void)good(out, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x));
      (void)H5Dclose(dataset);
    }
  }
  if (space >= 0) (void)H5Sclose(space);
  if (dcpl >= 0) (void)H5Pclose(dcpl);
}

void lg_h5_put_texts(lg_h5_out *out, const char *path, const char *const *texts, size_t n) {
  if (out->bad) return;
  const hid_t type = text_type(out);
  put(out, path, type, (const void *)texts, n, false);
  if (type >= 0) (void)H5Tclose(type);
}

void lg_h5_put_text(lg_h5_out *out, const char *path, const char *text) { lg_h5_put_texts(out, path, &text, SIZE_MAX); }

lg_status lg_h5_put_provenance(lg_ctx *ctx, lg_h5_out *out, lg_provenance *provenance) {
  if (!provenance) return LG_OK;
  char *text = lg_provenance_text(ctx, provenance);
  if (!text) return LG_ERR_MEMORY;
  lg_h5_put_text(out, "/provenance", text);
  free(text);
  return LG_OK;
}

void lg_h5_put_number(lg_h5_out *out, const char *path, double x) {
  put(out, path, H5T_NATIVE_DOUBLE, &x, SIZE_MAX, true);
}

void lg_h5_put_vector(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, size_t n) {
  put(out, path, memory_type, x, n, true);
}

static void put_chunked(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, int rank,
                        const hsize_t *dims, const hsize_t *chunk) {
  const hid_t space = H5Screate_simple(rank, dims, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
  if (good(out, space) && good(out, dcpl) && good(out, H5Pset_obj_track_times(dcpl, 0)) &&
      good(out, H5Pset_chunk(dcpl, rank, chunk)) && good(out, H5Pset_shuffle(dcpl)) &&
      good(out, H5Pset_deflate(dcpl, DEFLATE_LEVEL))) {
    const hid_t dataset = H5Dcreate2(out->file, path, memory_type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    if (good(out, dataset)) {
      (void)good(out, H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x));
      (void)H5Dclose(dataset);
    }
  }
  if (space >= 0) (void)H5Sclose(space);
  if (dcpl >= 0) (void)H5Pclose(dcpl);
}

void lg_h5_put_matrix(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, size_t rows, size_t columns) {
  const size_t deep = columns < CHUNK ? CHUNK / columns : 1;
  const hsize_t dims[2] = {rows, columns}, chunk[2] = {rows < deep ? rows : deep, columns};
  if (!out->bad) put_chunked(out, path, memory_type, x, 2, dims, chunk);
}

void lg_h5_put_block(lg_h5_out *out, const char *path, hid_t memory_type, const void *x, const size_t shape[3]) {
  const size_t plane = shape[1] * shape[2], deep = plane < CHUNK ? CHUNK / plane : 1;
  const hsize_t dims[3] = {shape[0], shape[1], shape[2]};
  const hsize_t chunk[3] = {shape[0] < deep ? shape[0] : deep, shape[1], shape[2]};
  if (!out->bad) put_chunked(out, path, memory_type, x, 3, dims, chunk);
}

void lg_h5_put_references(lg_h5_out *out, const char *path, const char *const *targets, size_t n) {
  if (out->bad) return;
  const hid_t space = space_of(out, n), dcpl = creation_list(out, n, false);
  const hid_t dataset =
      out->bad ? -1 : H5Dcreate2(out->file, path, H5T_STD_REF_OBJ, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
  /* one at a time: a column of references is as long as there are sweeps */
  const hid_t one = space_of(out, 1);
  for (hsize_t k = 0; good(out, dataset) && k < n; k++) {
    hobj_ref_t reference;
    const hsize_t count = 1;
    (void)(good(out, H5Rcreate(&reference, out->file, targets[k], H5R_OBJECT, -1)) &&
           good(out, H5Sselect_hyperslab(space, H5S_SELECT_SET, &k, NULL, &count, NULL)) &&
           good(out, H5Dwrite(dataset, H5T_STD_REF_OBJ, one, space, H5P_DEFAULT, &reference)));
  }
  if (dataset >= 0) (void)H5Dclose(dataset);
  if (one >= 0) (void)H5Sclose(one);
  if (space >= 0) (void)H5Sclose(space);
  if (dcpl >= 0) (void)H5Pclose(dcpl);
}

/* ---- attributes ----------------------------------------------------------------------------------------- */

static void put_attribute(lg_h5_out *out, const char *path, const char *name, hid_t file_type, hid_t memory_type,
                          const void *x, size_t n) {
  if (out->bad) return;
  const hid_t space = space_of(out, n);
  const hid_t attribute =
      out->bad ? -1 : H5Acreate_by_name(out->file, path, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (good(out, attribute)) {
    if (n > 0) (void)good(out, H5Awrite(attribute, memory_type, x));
    (void)H5Aclose(attribute);
  }
  if (space >= 0) (void)H5Sclose(space);
}

void lg_h5_put_attribute_texts(lg_h5_out *out, const char *path, const char *name, const char *const *texts, size_t n) {
  if (out->bad) return;
  const hid_t type = text_type(out);
  put_attribute(out, path, name, type, type, (const void *)texts, n);
  if (type >= 0) (void)H5Tclose(type);
}

void lg_h5_put_attribute_text(lg_h5_out *out, const char *path, const char *name, const char *text) {
  lg_h5_put_attribute_texts(out, path, name, &text, SIZE_MAX);
}

void lg_h5_put_attribute_number(lg_h5_out *out, const char *path, const char *name, double x) {
  put_attribute(out, path, name, H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, &x, SIZE_MAX);
}

void lg_h5_put_attribute_integer(lg_h5_out *out, const char *path, const char *name, hid_t file_type, int64_t x) {
  put_attribute(out, path, name, file_type, H5T_NATIVE_INT64, &x, SIZE_MAX);
}
