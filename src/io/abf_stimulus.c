/* The command from an external stimulus file: an ABF of one or more sweeps, or Axon text (ATF); see abf.h. */
#include "io/abf_stimulus.h"

#include "io/csv_number.h"

#include <math.h>
#include <string.h>

/* First channel of each sweep of an ABF, as numbers without a unit (the unit is that of the DAC that plays them). */
static lg_status read_abf(lg_ctx *ctx, const unsigned char *bytes, size_t n, size_t sweep, size_t room, double *out) {
  lg_status status = LG_OK;
  abf_header *h = NULL;
  lg_bytes b = {.data = bytes, .n = n};
  LG_NEW(ctx, h, 1);
  LG_TRY(memcmp(bytes, "ABF2", 4) == 0 ? abf2_read_header(ctx, &b, h) : abf1_read_header(ctx, &b, h));
  LG_TRY(abf_check_header(ctx, &b, h));
  const size_t sweeps = h->n_sweeps > 0 && h->mode != ABF_MODE_GAP_FREE ? h->n_sweeps : 1;
  const size_t samples = h->n_values / h->n_channels / sweeps;
  const size_t first = (sweep < sweeps ? sweep : sweeps - 1) * samples;
  for (size_t k = 0; k < room && k < samples; k++) {
    const size_t index = (first + k) * h->n_channels;
    out[k] = h->is_float ? (double)lg_bytes_f32(&b, h->data_offset + 4 * index)
                         : (double)lg_bytes_i16(&b, h->data_offset + 2 * index) * h->adc[0].gain + h->adc[0].offset;
  }
  if (samples < room)
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "the stimulus file has %zu samples per sweep, the recording %zu", samples, room);
done:
  lg_free(ctx, h);
  return status;
}

typedef struct lines {
  const unsigned char *bytes;
  size_t n, at;
} lines;

static bool next(lines *l, const char **text, size_t *length) {
  if (l->at >= l->n) return false;
  const unsigned char *newline = memchr(l->bytes + l->at, '\n', l->n - l->at);
  const size_t end = newline ? (size_t)(newline - l->bytes) : l->n;
  *text = (const char *)l->bytes + l->at;
  *length = end - l->at;
  while (*length > 0 && (*text)[*length - 1] == '\r') (*length)--;
  l->at = newline ? end + 1 : l->n;
  return true;
}

/* Cell of a row of tab-separated numbers. */
static bool cell_of(const char *text, size_t length, size_t column, double *x) {
  size_t from = 0;
  for (; column > 0; column--) {
    const char *tab = memchr(text + from, '\t', length - from);
    if (!tab) return false;
    from = (size_t)(tab - text) + 1;
  }
  char cell[48];
  size_t used = 0;
  while (from < length && text[from] != '\t' && used + 1 < sizeof cell) {
    if (text[from] != ' ') cell[used++] = text[from];
    from++;
  }
  cell[used] = '\0';
  return lg_csv_number(cell, x) && isfinite(*x);
}

/* "ATF<tab>1.0", "headers<tab>columns", headers, titles, rows: time and one column per sweep. */
static lg_status read_atf(lg_ctx *ctx, const unsigned char *bytes, size_t n, size_t sweep, size_t room, double *out) {
  lines l = {.bytes = bytes, .n = n};
  const char *text;
  size_t length;
  double headers = 0.0, columns = 0.0, x;
  bool two_lines = next(&l, &text, &length);
  if (two_lines) two_lines = next(&l, &text, &length); /* the second holds the counts */
  if (!two_lines || !cell_of(text, length, 0, &headers) || !cell_of(text, length, 1, &columns) ||
      !(headers >= 0.0 && headers < 1e4 && columns >= 2.0 && columns < 1e5))
    return lg_fail(ctx, LG_ERR_FORMAT, "the stimulus file (ATF) has no header that can be read");
  for (size_t k = 0; k < (size_t)headers + 1; k++)
    if (!next(&l, &text, &length)) return lg_fail(ctx, LG_ERR_FORMAT, "the stimulus file (ATF) ends in its header");
  const size_t last = (size_t)columns - 1, column = sweep + 1 < last ? sweep + 1 : last;
  for (size_t k = 0; k < room; k++) {
    if (!next(&l, &text, &length) || !cell_of(text, length, column, &x))
      return lg_fail(ctx, LG_ERR_FORMAT,
                     "the stimulus file (ATF) has no number in row %zu, the recording has %zu samples", k + 1, room);
    out[k] = x;
  }
  return LG_OK;
}

lg_status abf_stimulus_waveform(lg_ctx *ctx, const unsigned char *bytes, size_t n, const abf_dac *dac, size_t sweep,
                                size_t room, double *out) {
  lg_status status;
  if (n >= 4 && (memcmp(bytes, "ABF ", 4) == 0 || memcmp(bytes, "ABF2", 4) == 0))
    status = read_abf(ctx, bytes, n, sweep, room, out);
  else if (n >= 4 && memcmp(bytes, "ATF", 3) == 0) status = read_atf(ctx, bytes, n, sweep, room, out);
  else return lg_fail(ctx, LG_ERR_FORMAT, "the stimulus file is neither ABF nor ATF");
  if (status != LG_OK) return status;
  for (size_t k = 0; k < room; k++) out[k] = out[k] * dac->file_scale + dac->file_offset;
  return LG_OK;
}
