/* Records of a journal, written and read; nothing here touches a file. */
#include "app/sweep/journal.h"

#include "app/sweep/crc32c.h"

#include <math.h>
#include <string.h>

enum { RECORD_HEAD = 20, ROW_HEAD = 5 };
static const char record_magic[4] = {'L', 'G', 'R', 'B'};

static unsigned char *put(unsigned char *out, uint64_t x, unsigned width) {
  for (unsigned k = 0; k < width; k++) *out++ = (unsigned char)(x >> (8 * k));
  return out;
}

static uint64_t get(const unsigned char *p, unsigned width) {
  uint64_t x = 0;
  for (unsigned k = 0; k < width; k++) x |= (uint64_t)p[k] << (8 * k);
  return x;
}

static unsigned char *put_double(unsigned char *out, double x) {
  uint64_t bits = UINT64_C(0x7ff8000000000000); /* one NAN, so that equal rows have equal bytes */
  if (!isnan(x)) memcpy(&bits, &x, sizeof bits);
  return put(out, bits, 8);
}

static unsigned char *put_float(unsigned char *out, float x) {
  uint32_t bits = UINT32_C(0x7fc00000);
  if (!isnan(x)) memcpy(&bits, &x, sizeof bits);
  return put(out, bits, 4);
}

/* u8 length and bytes; a text is cut before a byte that would not fit, and never inside a character of UTF-8. */
static unsigned char *put_text(unsigned char *out, const char *text, size_t room) {
  size_t n = 0;
  while (n < room && text[n] != '\0') n++;
  if (n == room) {
    n = room - 1;
    while (n > 0 && ((unsigned char)text[n] & 0xC0u) == 0x80u) n--;
  }
  *out++ = (unsigned char)n;
  memcpy(out, text, n);
  return out + n;
}

size_t lg_journal_record_bound(const lg_sweep_plan *plan, size_t n) {
  const size_t row = ROW_HEAD + 1 + LG_SWEEP_MESSAGE;
  size_t cells, array, bytes;
  if (!lg_mul_size(plan->n_columns, LG_SWEEP_TEXT, &cells) || !lg_mul_size(plan->n_array, sizeof(float), &array))
    return 0;
  if (cells > UINT32_MAX / 4 || array > UINT32_MAX / 4) return 0;
  if (!lg_mul_size(row + cells + array, n, &bytes) || bytes > UINT32_MAX - 64) return 0;
  return bytes + RECORD_HEAD + 4;
}

static unsigned char *put_row(const lg_sweep_plan *plan, unsigned char *out, const lg_sweep_cell *cells,
                              const float *array, bool failed, const char *message) {
  unsigned char *length = out;
  out = put(out + 4, failed ? 1 : 0, 1);
  for (size_t c = 0; c < plan->n_columns; c++) {
    if (plan->columns[c].type == LG_SWEEP_WORD) out = put_text(out, cells[c].word, LG_SWEEP_TEXT);
    else if (plan->columns[c].type == LG_SWEEP_INTEGER) out = put(out, (uint64_t)cells[c].integer, 8);
    else out = put_double(out, cells[c].number);
  }
  for (size_t k = 0; array && k < plan->n_array; k++) out = put_float(out, array[k]);
  if (failed) out = put_text(out, message, LG_SWEEP_MESSAGE);
  (void)put(length, (uint64_t)(out - length - 4), 4);
  return out;
}

size_t lg_journal_record_make(const lg_sweep_plan *plan, size_t first, size_t n, const lg_sweep_cell *cells,
                              const float *arrays, const bool *failed, const char (*message)[LG_SWEEP_MESSAGE],
                              unsigned char *out) {
  unsigned char *end = out + RECORD_HEAD;
  for (size_t k = 0; k < n; k++)
    end = put_row(plan, end, cells + k * plan->n_columns, arrays ? arrays + k * plan->n_array : NULL, failed[k],
                  message[k]);
  memcpy(out, record_magic, sizeof record_magic);
  (void)put(out + 4, (uint64_t)(end - out - RECORD_HEAD), 4);
  (void)put(out + 8, first, 8);
  (void)put(out + 16, n, 4);
  end = put(end, lg_crc32c(0, out, (size_t)(end - out)), 4);
  return (size_t)(end - out);
}

/* ---- reading -------------------------------------------------------------------------------------------- */

size_t lg_journal_row_bytes(const unsigned char *row) { return 4 + (size_t)get(row, 4); }

/* Jump over u8 length and bytes; false when they leave the row or are longer than a cell holds. */
static bool skip_text(const unsigned char **p, const unsigned char *end, size_t room) {
  if (*p == end) return false;
  const size_t n = **p;
  (*p)++;
  if (n >= room || n > (size_t)(end - *p) || memchr(*p, 0, n)) return false;
  *p += n;
  return true;
}

static bool row_is_sound(const lg_sweep_shape *shape, const unsigned char *p, const unsigned char *end) {
  if (end - p < 1 || *p > 1) return false;
  const bool failed = *p++ == 1;
  for (size_t c = 0; c < shape->n_columns; c++) {
    if (shape->columns[c].type == LG_SWEEP_WORD) {
      if (!skip_text(&p, end, LG_SWEEP_TEXT)) return false;
    } else {
      if (end - p < 8) return false;
      p += 8;
    }
  }
  if ((size_t)(end - p) / 4 < shape->n_array) return false;
  p += 4 * shape->n_array;
  if (failed && !skip_text(&p, end, LG_SWEEP_MESSAGE)) return false;
  return p == end;
}

static bool rows_are_sound(const lg_sweep_shape *shape, const unsigned char *p, size_t bytes, size_t n) {
  const unsigned char *end = p + bytes;
  for (size_t k = 0; k < n; k++) {
    if (end - p < ROW_HEAD) return false;
    const size_t length = (size_t)get(p, 4);
    if (length > (size_t)(end - p) - 4 || !row_is_sound(shape, p + 4, p + 4 + length)) return false;
    p += 4 + length;
  }
  return p == end;
}

static bool record_at(const lg_sweep_shape *shape, const unsigned char *p, size_t left, lg_journal_record *record,
                      size_t *length) {
  if (left < RECORD_HEAD + 4 || memcmp(p, record_magic, sizeof record_magic) != 0) return false;
  const size_t bytes = (size_t)get(p + 4, 4), n = (size_t)get(p + 16, 4);
  const uint64_t first = get(p + 8, 8);
  if (bytes > left - RECORD_HEAD - 4 || n == 0 || n > LG_SWEEP_BLOCK) return false;
  if (first >= shape->n_points || n > shape->n_points - first) return false;
  if (get(p + RECORD_HEAD + bytes, 4) != lg_crc32c(0, p, RECORD_HEAD + bytes)) return false;
  if (!rows_are_sound(shape, p + RECORD_HEAD, bytes, n)) return false;
  *record = (lg_journal_record){(size_t)first, n, p + RECORD_HEAD};
  *length = RECORD_HEAD + bytes + 4;
  return true;
}

bool lg_journal_next(const lg_sweep_shape *shape, const unsigned char *bytes, size_t n, size_t *offset,
                     lg_journal_record *record, size_t *skipped) {
  size_t at = *offset, length;
  while (at < n) {
    if (record_at(shape, bytes + at, n - at, record, &length)) {
      *skipped = at - *offset;
      *offset = at + length;
      return true;
    }
    const unsigned char *next = n - at > 1 ? memchr(bytes + at + 1, record_magic[0], n - at - 1) : NULL;
    at = next ? (size_t)(next - bytes) : n;
  }
  *skipped = n - *offset;
  *offset = n;
  return false;
}

static const unsigned char *read_text(const unsigned char *p, char *text) {
  const size_t n = *p++;
  memcpy(text, p, n);
  text[n] = '\0';
  return p + n;
}

void lg_journal_row_read(const lg_sweep_shape *shape, const unsigned char *row, lg_sweep_cell *cells, float *array,
                         bool *failed, char *message) {
  const unsigned char *p = row + 4;
  *failed = *p++ == 1;
  if (message) message[0] = '\0';
  for (size_t c = 0; c < shape->n_columns; c++) {
    if (shape->columns[c].type == LG_SWEEP_WORD) {
      p = read_text(p, cells[c].word);
      continue;
    }
    const uint64_t bits = get(p, 8);
    if (shape->columns[c].type == LG_SWEEP_INTEGER) memcpy(&cells[c].integer, &bits, sizeof bits);
    else memcpy(&cells[c].number, &bits, sizeof bits);
    p += 8;
  }
  for (size_t k = 0; k < shape->n_array; k++, p += 4) {
    const uint32_t bits = (uint32_t)get(p, 4);
    if (array) memcpy(&array[k], &bits, sizeof bits);
  }
  if (*failed && message) (void)read_text(p, message);
}
