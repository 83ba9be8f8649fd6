/* ABF2: a table of sections in the first block; see abf.h. Offsets are those of the format's packed structures. */
#include "io/abf_header.h"

enum { BLOCK = 512, SECTION_TABLE = 76, SECTION_BYTES = 16 };

enum {
  SECTION_PROTOCOL = 0,
  SECTION_ADC = 1,
  SECTION_DAC = 2,
  SECTION_EPOCH_PER_DAC = 5,
  SECTION_USER_LIST = 6,
  SECTION_STRINGS = 9,
  SECTION_DATA = 10,
  SECTION_TAG = 11,
  SECTION_SYNCH = 15
};

typedef struct section {
  size_t offset, entry_bytes, n;
} section;

/* Read a row of the table; false when what it names is not in the file (data: the caller looks). */
static bool read_section(lg_bytes *b, size_t index, size_t least_bytes, section *s) {
  const size_t row = SECTION_TABLE + SECTION_BYTES * index;
  const uint64_t n = lg_bytes_u64(b, row + 8);
  s->offset = (size_t)lg_bytes_u32(b, row) * BLOCK;
  s->entry_bytes = lg_bytes_u32(b, row + 4);
  s->n = 0;
  if (n == 0) return true;
  size_t bytes;
  if (n > SIZE_MAX || s->entry_bytes < least_bytes || !lg_mul_size((size_t)n, s->entry_bytes, &bytes) ||
      !lg_bytes_holds(b, s->offset, bytes))
    return false;
  s->n = (size_t)n;
  return true;
}

enum { STRINGS_HEADER = 44 };

/* Text of an index from 1; "" for 0 or an index that the file lacks (files saved by Clampfit drop some). */
static void read_string(lg_bytes *b, const section *strings, uint32_t index, char *out, size_t out_bytes) {
  out[0] = '\0';
  if (index == 0 || strings->n == 0 || strings->entry_bytes <= STRINGS_HEADER) return;
  const size_t end = strings->offset + strings->entry_bytes;
  size_t at = strings->offset + STRINGS_HEADER;
  if (memcmp(b->data + strings->offset, "SSCH", 4) != 0) return;
  for (uint32_t k = 1; k < index; k++) {
    const unsigned char *zero = at < end ? memchr(b->data + at, 0, end - at) : NULL;
    if (!zero) return;
    at = (size_t)(zero - b->data) + 1;
  }
  if (at < end) lg_bytes_text(b, at, end - at, out, out_bytes);
}

/* Where the text of an index begins, for long lists. */
static size_t string_offset(lg_bytes *b, const section *strings, uint32_t index, size_t *bytes) {
  *bytes = 0;
  if (index == 0 || strings->n == 0 || strings->entry_bytes <= STRINGS_HEADER) return 0;
  const size_t end = strings->offset + strings->entry_bytes;
  size_t at = strings->offset + STRINGS_HEADER;
  for (uint32_t k = 1;; k++) {
    const unsigned char *zero = at < end ? memchr(b->data + at, 0, end - at) : NULL;
    if (!zero) return 0;
    const size_t stop = (size_t)(zero - b->data);
    if (k == index) {
      *bytes = stop - at;
      return at;
    }
    at = stop + 1;
  }
}

static void read_adc(lg_bytes *b, size_t at, const section *strings, double volts_per_step, bool is_float,
                     abf_adc *adc) {
  adc->physical = lg_bytes_i16(b, at);
  const bool telegraph = lg_bytes_i16(b, at + 2) == 1;
  adc->telegraphed = telegraph && lg_bytes_i16(b, at + 4) == 24;
  adc->telegraph_mode = lg_bytes_i16(b, at + 18);
  read_string(b, strings, lg_bytes_u32(b, at + 74), adc->name, sizeof adc->name);
  read_string(b, strings, lg_bytes_u32(b, at + 78), adc->unit, sizeof adc->unit);
  double per_volt =
      (double)lg_bytes_f32(b, at + 40) * (double)lg_bytes_f32(b, at + 48) * (double)lg_bytes_f32(b, at + 28);
  if (telegraph) per_volt *= (double)lg_bytes_f32(b, at + 6);
  adc->gain = is_float ? 1.0 : volts_per_step / per_volt;
  adc->offset = is_float ? 0.0 : (double)lg_bytes_f32(b, at + 44) - (double)lg_bytes_f32(b, at + 52);
}

static void read_dac(lg_bytes *b, size_t at, const section *strings, abf_dac *dac) {
  dac->present = true;
  dac->holding = (double)lg_bytes_f32(b, at + 12);
  read_string(b, strings, lg_bytes_u32(b, at + 24), dac->name, sizeof dac->name);
  read_string(b, strings, lg_bytes_u32(b, at + 28), dac->unit, sizeof dac->unit);
  dac->enabled = lg_bytes_i16(b, at + 40) != 0;
  dac->source = lg_bytes_i16(b, at + 42);
  dac->keep_last = lg_bytes_i16(b, at + 44) != 0;
  dac->file_scale = (double)lg_bytes_f32(b, at + 46);
  dac->file_offset = (double)lg_bytes_f32(b, at + 50);
  read_string(b, strings, lg_bytes_u32(b, at + 118), dac->file, sizeof dac->file);
}

static void read_epochs(lg_bytes *b, const section *s, abf_header *h) {
  for (size_t k = 0; k < s->n; k++) {
    const size_t at = s->offset + k * s->entry_bytes;
    const int number = lg_bytes_i16(b, at + 2);
    if (number < 0 || number >= ABF_MAX_DACS) continue;
    abf_dac *dac = &h->dac[number];
    if (dac->n_epochs == ABF_MAX_EPOCHS) continue;
    dac->epochs[dac->n_epochs++] = (abf_epoch){
        .type = lg_bytes_i16(b, at + 4),
        .level = (double)lg_bytes_f32(b, at + 6),
        .level_increment = (double)lg_bytes_f32(b, at + 10),
        .duration = lg_bytes_i32(b, at + 14),
        .duration_increment = lg_bytes_i32(b, at + 18),
        .period = lg_bytes_i32(b, at + 22),
        .width = lg_bytes_i32(b, at + 26),
    };
  }
}

static void read_user_lists(lg_bytes *b, const section *s, const section *strings, abf_header *h) {
  for (size_t k = 0; k < s->n && k < ABF_MAX_DACS; k++) {
    const size_t at = s->offset + k * s->entry_bytes;
    if (lg_bytes_i16(b, at + 2) == 0) continue;
    const int number = lg_bytes_i16(b, at);
    if (number < 0 || number >= ABF_MAX_DACS) continue;
    abf_user_list *list = &h->dac[number].list;
    list->parameter = lg_bytes_i16(b, at + 4);
    list->repeat = lg_bytes_i16(b, at + 6) != 0;
    list->text_offset = string_offset(b, strings, lg_bytes_u32(b, at + 8), &list->text_bytes);
  }
}

static lg_status read_data_section(lg_ctx *ctx, lg_bytes *b, abf_header *h) {
  const size_t row = SECTION_TABLE + SECTION_BYTES * SECTION_DATA;
  const size_t bytes_per_value = h->is_float ? 4 : 2;
  const uint64_t n = lg_bytes_u64(b, row + 8);
  h->data_offset = (size_t)lg_bytes_u32(b, row) * BLOCK;
  if (h->data_offset > b->n || n > (b->n - h->data_offset) / bytes_per_value)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "the header announces %llu values of data at byte %zu, but the file has only %zu bytes; it is "
                   "truncated, copy it again",
                   (unsigned long long)n, h->data_offset, b->n);
  const uint32_t entry = lg_bytes_u32(b, row + 4);
  if (entry != bytes_per_value)
    return lg_fail(ctx, LG_ERR_FORMAT, "the data section has entries of %u bytes, expected %zu", entry,
                   bytes_per_value);
  h->n_values = (size_t)n;
  return LG_OK;
}

lg_status abf2_read_header(lg_ctx *ctx, lg_bytes *b, abf_header *h) {
  section protocol, adc, dac, epochs, lists, strings, tags, synch;
  if (b->n < BLOCK) return lg_fail(ctx, LG_ERR_FORMAT, "the file has %zu bytes, an ABF2 header needs %d", b->n, BLOCK);
  if (!read_section(b, SECTION_PROTOCOL, 208, &protocol) || protocol.n == 0 ||
      !read_section(b, SECTION_ADC, 82, &adc) || !read_section(b, SECTION_DAC, 122, &dac) ||
      !read_section(b, SECTION_EPOCH_PER_DAC, 30, &epochs) || !read_section(b, SECTION_USER_LIST, 12, &lists) ||
      !read_section(b, SECTION_STRINGS, 1, &strings) || !read_section(b, SECTION_SYNCH, 8, &synch))
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "the section table points outside the file (%zu bytes); it is damaged or truncated", b->n);
  if (!read_section(b, SECTION_TAG, 64, &tags)) tags.n = 0;
  if (adc.n == 0 || adc.n > ABF_MAX_CHANNELS)
    return lg_fail(ctx, LG_ERR_FORMAT, "the file has %zu channels, allowed are 1 to %d", adc.n, ABF_MAX_CHANNELS);

  const int format = lg_bytes_i16(b, 30);
  if (format != 0 && format != 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "the data format is %d, expected 0 (int16) or 1 (float)", format);
  const size_t p = protocol.offset;
  h->format = "ABF2";
  h->is_float = format == 1;
  h->n_sweeps = lg_bytes_u32(b, 12);
  h->mode = lg_bytes_i16(b, p);
  h->dt_ms = (double)lg_bytes_f32(b, p + 2) * 1e-3;
  h->synch_unit_ms = (double)lg_bytes_f32(b, p + 14) * 1e-3;
  h->start_to_start_ms = (double)lg_bytes_f32(b, p + 62) * 1e3;
  const double volts_per_step = (double)lg_bytes_f32(b, p + 110) / (double)lg_bytes_i32(b, p + 118);
  h->n_channels = adc.n;
  for (size_t k = 0; k < adc.n; k++)
    read_adc(b, adc.offset + k * adc.entry_bytes, &strings, volts_per_step, h->is_float, &h->adc[k]);
  for (size_t k = 0; k < dac.n; k++) {
    const size_t at = dac.offset + k * dac.entry_bytes;
    const int number = lg_bytes_i16(b, at);
    if (number >= 0 && number < ABF_MAX_DACS) read_dac(b, at, &strings, &h->dac[number]);
  }
  read_epochs(b, &epochs, h);
  read_user_lists(b, &lists, &strings, h);
  read_string(b, &strings, lg_bytes_u32(b, 72), h->protocol, sizeof h->protocol);
  h->n_tags = tags.n;
  h->synch_offset = synch.offset;
  h->n_synch = synch.n;
  return read_data_section(ctx, b, h);
}
