/* Journals of sweeps: as they are, and with the checksums put right so that what stands behind them is reached. */
#include "app/sweep/crc32c.h"
#include "app/sweep/journal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t get32(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(unsigned char *p, uint32_t x) {
  for (unsigned k = 0; k < 4; k++) p[k] = (unsigned char)(x >> (8 * k));
}

static void read_all(const unsigned char *bytes, size_t n) {
  lg_ctx *ctx = NULL;
  lg_sweep_shape *shape = NULL;
  size_t offset, skipped;
  lg_journal_record record;
  volatile double sum = 0.0;
  if (lg_ctx_create(&ctx) != LG_OK) return;
  if (lg_journal_header_read(ctx, "fuzz.lgj", bytes, n, &shape, &offset) == LG_OK && shape->n_array < 100000) {
    lg_sweep_cell *cells = calloc(shape->n_columns, sizeof *cells);
    float *array = calloc(shape->n_array + 1, sizeof *array);
    char message[LG_SWEEP_MESSAGE];
    bool failed;
    while (cells && array && lg_journal_next(shape, bytes, n, &offset, &record, &skipped)) {
      const unsigned char *row = record.rows;
      for (size_t k = 0; k < record.n; k++) {
        lg_journal_row_read(shape, row, cells, array, &failed, message);
        sum += (double)array[0] + (double)strlen(message) + (double)(record.first + k < shape->n_points);
        for (size_t c = 0; c < shape->n_columns; c++)
          if (shape->columns[c].type == LG_SWEEP_WORD) sum += (double)strlen(cells[c].word);
        row += lg_journal_row_bytes(row);
      }
    }
    free(cells);
    free(array);
  }
  lg_sweep_shape_destroy(ctx, shape);
  lg_ctx_destroy(ctx);
}

/* Right checksums for the header and for every record that its own lengths lead to. */
static void mend(unsigned char *bytes, size_t n) {
  if (n < 16 || get32(bytes + 8) > n - 16) return;
  size_t at = 16 + (size_t)get32(bytes + 8);
  put32(bytes + 12, lg_crc32c(0, bytes + 16, at - 16));
  while (n - at >= 24) {
    const size_t length = (size_t)get32(bytes + at + 4);
    if (memcmp(bytes + at, "LGRB", 4) != 0 || length > n - at - 24) return;
    put32(bytes + at + 20 + length, lg_crc32c(0, bytes + at, 20 + length));
    at += 24 + length;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_all(data, size);
  unsigned char *copy = malloc(size + 1);
  if (!copy) return 0;
  if (size > 0) memcpy(copy, data, size);
  mend(copy, size);
  read_all(copy, size);
  free(copy);
  return 0;
}
