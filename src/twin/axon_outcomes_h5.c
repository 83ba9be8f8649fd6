/*
 * Outcomes in HDF5: /out (profiles, outputs) and /name. Read inside the sandbox; the answer is a head, the numbers and
 * the names, whose lengths the caller checks.
 */
#include "io/h5_sandbox.h"
#include "io/h5_write.h"
#include "twin/axon_file.h"

#include <stdlib.h>
#include <string.h>

static const char format_name[] = "loligo-axon-outcomes";
static const char *const columns[AXON_OUTPUTS] = {"mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct"};

static const char *const further_columns[AXON_FURTHER_COLUMNS] = {"reaction_pN", "mt_compression", "undulation_nm",
                                                                  "mt_time_ms",  "axl_time_ms",    "injured"};

enum { MOST = 5000000 };

typedef struct head {
  uint64_t n, name_bytes;
} head;

/* ---- writing ------------------------------------------------------------------------------------------------ */

static lg_status put_all(lg_ctx *ctx, lg_h5_out *h5, const axon_rows *rows, lg_provenance *provenance) {
  lg_status status = LG_OK;
  double *out = NULL, *further = NULL;
  LG_NEW(ctx, out, rows->n * AXON_OUTPUTS);
  LG_NEW(ctx, further, rows->n * AXON_FURTHER_COLUMNS);
  for (size_t k = 0; k < rows->n; k++) {
    memcpy(out + k * AXON_OUTPUTS, rows->outcomes[k].out, AXON_OUTPUTS * sizeof *out);
    if (rows->further) lg_axon_rows_further(rows, &rows->outcomes[k], further + k * AXON_FURTHER_COLUMNS);
  }
  lg_h5_put_attribute_text(h5, "/", "format", format_name);
  lg_h5_put_attribute_integer(h5, "/", "version", H5T_STD_I32LE, 1);
  lg_h5_put_matrix(h5, "/out", H5T_NATIVE_DOUBLE, out, rows->n, AXON_OUTPUTS);
  lg_h5_put_attribute_texts(h5, "/out", "columns", columns, AXON_OUTPUTS);
  if (rows->further) {
    lg_h5_put_matrix(h5, "/further", H5T_NATIVE_DOUBLE, further, rows->n, AXON_FURTHER_COLUMNS);
    lg_h5_put_attribute_texts(h5, "/further", "columns", further_columns, AXON_FURTHER_COLUMNS);
  }
  lg_h5_put_texts(h5, "/name", (const char *const *)rows->names, rows->n);
  status = lg_h5_put_provenance(ctx, h5, provenance);
done:
  lg_free(ctx, out);
  lg_free(ctx, further);
  return status;
}

lg_status lg_axon_rows_write_h5(lg_ctx *ctx, const char *path, const axon_rows *rows, lg_provenance *provenance) {
  lg_h5_out h5;
  lg_status status = lg_h5_out_open(ctx, &h5);
  if (status != LG_OK) return status;
  status = put_all(ctx, &h5, rows, provenance);
  if (status == LG_OK) return lg_h5_out_commit(ctx, &h5, path);
  lg_h5_out_discard(&h5);
  return status;
}

/* ---- in the child --------------------------------------------------------------------------------------------- */

static lg_status check_format(lg_ctx *ctx, lg_h5 *h5) {
  char text[64] = "";
  const hid_t root = lg_h5_object(h5, h5->file, "/");
  if (root >= 0) (void)lg_h5_attribute_text(root, "format", text, sizeof text);
  if (root >= 0) (void)H5Oclose(root);
  if (strcmp(text, format_name) == 0) return LG_OK;
  return lg_fail(ctx, LG_ERR_FORMAT, "the file says that it holds '%s'; outcomes of axons ('%s') are needed", text,
                 format_name);
}

static lg_status read_all(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *used) {
  (void)user;
  lg_status status = LG_OK;
  hid_t out = -1;
  char *names = NULL;
  size_t n, wide, name_bytes, n_names;
  LG_TRY(check_format(ctx, h5));
  LG_TRY(lg_h5_open_matrix(ctx, h5, h5->file, "out", "/out", H5T_FLOAT, H5T_FLOAT, &out, &n, &wide));
  if (wide != AXON_OUTPUTS || n > MOST)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "/out is %zu × %zu; up to %d rows of %d are needed", n, wide, MOST,
                   (int)AXON_OUTPUTS));
  LG_TRY(lg_h5_read_texts(ctx, h5, h5->file, "name", "/name", n, &names, &name_bytes, &n_names));
  if (n_names != n) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "/name has %zu texts, /out %zu rows", n_names, n));
  const head h = {n, name_bytes};
  const size_t numbers = n * AXON_OUTPUTS * sizeof(double);
  *used = sizeof h + numbers + name_bytes;
  LG_NEW(ctx, *bytes, *used);
  memcpy(*bytes, &h, sizeof h);
  LG_TRY(lg_h5_read_rows(ctx, out, "/out", H5T_NATIVE_DOUBLE, 0, n, wide, *bytes + sizeof h));
  if (name_bytes) memcpy(*bytes + sizeof h + numbers, names, name_bytes);
done:
  if (out >= 0) (void)H5Dclose(out);
  lg_free(ctx, names);
  return status;
}

/* ---- in the caller ---------------------------------------------------------------------------------------------- */

static lg_status take(lg_ctx *ctx, const unsigned char *bytes, size_t n, axon_labels *out) {
  lg_status status = LG_OK;
  head h;
  if (n < sizeof h) return lg_fail(ctx, LG_ERR_FORMAT, "the answer of the reader is damaged");
  memcpy(&h, bytes, sizeof h);
  const size_t numbers = h.n <= MOST ? (size_t)h.n * AXON_OUTPUTS * sizeof(double) : n;
  if (h.n > MOST || numbers > n - sizeof h || h.name_bytes != n - sizeof h - numbers)
    return lg_fail(ctx, LG_ERR_FORMAT, "the answer of the reader is damaged");
  LG_NEW(ctx, out->out, (h.n ? (size_t)h.n : 1) * AXON_OUTPUTS);
  LG_NEW(ctx, out->names, h.n ? (size_t)h.n : 1);
  LG_NEW(ctx, out->text, (size_t)h.name_bytes + 1);
  memcpy(out->out, bytes + sizeof h, numbers);
  memcpy(out->text, bytes + sizeof h + numbers, (size_t)h.name_bytes);
  size_t used = 0;
  for (size_t k = 0; k < h.n; k++) {
    if (used >= h.name_bytes) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the answer of the reader is damaged"));
    out->names[k] = out->text + used;
    used += strlen(out->text + used) + 1;
    lg_one_line(out->names[k]);
  }
  out->n = (size_t)h.n;
done:
  if (status != LG_OK) lg_axon_labels_clear(ctx, out);
  return status;
}

void lg_axon_labels_clear(lg_ctx *ctx, axon_labels *l) {
  lg_free(ctx, l->out);
  lg_free(ctx, (void *)l->names);
  lg_free(ctx, l->text);
  *l = (axon_labels){0};
}

lg_status lg_axon_labels_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, axon_labels *out) {
  const size_t most = (size_t)MOST * (AXON_OUTPUTS * sizeof(double) + LG_H5_MAX_TEXT) + sizeof(head);
  unsigned char *answer = NULL;
  size_t answer_bytes = 0;
  *out = (axon_labels){0};
  lg_status status = lg_h5_sandbox(ctx, read_all, NULL, bytes, n, most, &answer, &answer_bytes);
  if (status == LG_OK) status = take(ctx, answer, answer_bytes, out);
  lg_free(ctx, answer);
  return status;
}
