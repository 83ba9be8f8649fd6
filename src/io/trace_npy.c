/* Traces as .npy (NumPy format 1.0/2.0, numpy/lib/format.py): a structured array, one float64 field per column. */
#include "io/trace_write_internal.h"

#include <string.h>

/* Doubles are written as they lie in memory. */
static bool little_endian(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 1;
}

/* The header is a Python literal, padded with spaces so that the data begins at a multiple of 64. */
static char *make_header(lg_ctx *ctx, const lg_trace *trace, size_t *bytes) {
  size_t room = 256;
  for (size_t c = 0; c < trace->n_columns; c++) room += strlen(trace->columns[c].name) + 16;
  char *text = lg_alloc(ctx, room, 1);
  if (!text) return NULL;
  size_t n = 0;
  n += (size_t)snprintf(text, room, "{'descr': [");
  for (size_t c = 0; c < trace->n_columns; c++)
    n += (size_t)snprintf(text + n, room - n, "%s('%s', '%cf8')", c ? ", " : "", trace->columns[c].name,
                          little_endian() ? '<' : '>');
  n += (size_t)snprintf(text + n, room - n, "], 'fortran_order': False, 'shape': (%zu,), }", trace->n_rows);
  while ((n + 1 + 12) % 64 != 0) text[n++] = ' ';
  text[n++] = '\n';
  *bytes = n;
  return text;
}

/* Version 2.0 is the same with a length of four bytes; it is always valid and always 12 bytes of prefix. */
static void write_prefix(FILE *stream, size_t header_bytes) {
  const unsigned char prefix[12] = {0x93,
                                    'N',
                                    'U',
                                    'M',
                                    'P',
                                    'Y',
                                    2,
                                    0,
                                    (unsigned char)(header_bytes & 255u),
                                    (unsigned char)(header_bytes >> 8 & 255u),
                                    (unsigned char)(header_bytes >> 16 & 255u),
                                    (unsigned char)(header_bytes >> 24 & 255u)};
  (void)fwrite(prefix, 1, sizeof prefix, stream);
}

/* The format has no room for provenance: it stands beside the array in FILE.npy.json. */
static lg_status write_side_file(lg_ctx *ctx, const char *path, const lg_trace *trace) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char *name = lg_alloc(ctx, strlen(path) + 6, 1);
  if (!name) return LG_ERR_MEMORY;
  (void)sprintf(name, "%s.json", path);
  LG_TRY(lg_outfile_open(ctx, name, &file));
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-trace-provenance/1");
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(trace->provenance, &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  status = lg_outfile_commit(ctx, file);
done:
  lg_free(ctx, name);
  return status;
}

lg_status lg_trace_write_npy(lg_ctx *ctx, const char *path, const lg_trace *trace) {
  lg_status status = LG_OK;
  lg_outfile *file = NULL;
  char *header = NULL;
  double *row = NULL;
  size_t header_bytes = 0;
  LG_NEW(ctx, row, trace->n_columns);
  header = make_header(ctx, trace, &header_bytes);
  if (!header) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  LG_TRY(lg_outfile_open(ctx, path, &file));
  FILE *stream = lg_outfile_stream(file);
  write_prefix(stream, header_bytes);
  (void)fwrite(header, 1, header_bytes, stream);
  for (size_t r = 0; r < trace->n_rows && !ferror(stream); r++) {
    for (size_t c = 0; c < trace->n_columns; c++) row[c] = trace->columns[c].values[r];
    (void)fwrite(row, sizeof *row, trace->n_columns, stream);
  }
  LG_TRY(lg_outfile_commit(ctx, file));
  if (trace->provenance) LG_TRY(write_side_file(ctx, path, trace));
done:
  lg_free(ctx, header);
  lg_free(ctx, row);
  return status;
}
