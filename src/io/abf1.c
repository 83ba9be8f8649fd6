/* ABF1: one header of fixed offsets, 2048 bytes up to version 1.5, 6144 from 1.6 on; see abf.h. */
#include "io/abf_header.h"

enum { BLOCK = 512, OLD_HEADER = 2048, NEW_HEADER = 6144, EPOCHS_PER_DAC = 10 };

static void read_adc(lg_bytes *b, size_t channel, bool extended, double volts_per_step, bool is_float, abf_adc *adc) {
  adc->physical = (int)channel;
  lg_bytes_text(b, 442 + 10 * channel, 10, adc->name, sizeof adc->name);
  lg_bytes_text(b, 602 + 8 * channel, 8, adc->unit, sizeof adc->unit);
  double per_volt = (double)lg_bytes_f32(b, 922 + 4 * channel) * (double)lg_bytes_f32(b, 1050 + 4 * channel) *
                    (double)lg_bytes_f32(b, 730 + 4 * channel);
  if (extended && lg_bytes_i16(b, 4512 + 2 * channel) == 1) {
    per_volt *= (double)lg_bytes_f32(b, 4576 + 4 * channel);
    adc->telegraphed = lg_bytes_i16(b, 4544 + 2 * channel) == 24;
    adc->telegraph_mode = lg_bytes_i16(b, 4768 + 2 * channel);
  }
  adc->gain = is_float ? 1.0 : volts_per_step / per_volt;
  adc->offset =
      is_float ? 0.0 : (double)lg_bytes_f32(b, 986 + 4 * channel) - (double)lg_bytes_f32(b, 1114 + 4 * channel);
}

/* Epochs of two DACs, version 1.6 and later. */
static void read_extended_dac(lg_bytes *b, size_t number, abf_dac *dac) {
  dac->enabled = lg_bytes_i16(b, 2296 + 2 * number) != 0;
  dac->source = lg_bytes_i16(b, 2300 + 2 * number);
  dac->keep_last = lg_bytes_i16(b, 2304 + 2 * number) != 0;
  dac->file_scale = (double)lg_bytes_f32(b, 2708 + 4 * number);
  dac->file_offset = (double)lg_bytes_f32(b, 2716 + 4 * number);
  lg_bytes_text(b, 2736 + 256 * number, 256, dac->file, sizeof dac->file);
  for (size_t e = 0; e < EPOCHS_PER_DAC; e++) {
    const size_t k = number * EPOCHS_PER_DAC + e;
    dac->epochs[e] = (abf_epoch){
        .type = lg_bytes_i16(b, 2308 + 2 * k),
        .level = (double)lg_bytes_f32(b, 2348 + 4 * k),
        .level_increment = (double)lg_bytes_f32(b, 2428 + 4 * k),
        .duration = lg_bytes_i32(b, 2508 + 4 * k),
        .duration_increment = lg_bytes_i32(b, 2588 + 4 * k),
        .period = lg_bytes_i32(b, 2136 + 4 * k),
        .width = lg_bytes_i32(b, 2216 + 4 * k),
    };
  }
  dac->n_epochs = EPOCHS_PER_DAC;
}

/* The one waveform of files before version 1.6. */
static void read_old_waveform(lg_bytes *b, abf_header *h) {
  const int active = lg_bytes_i16(b, 1440);
  if (active < 0 || active > 3) return;
  abf_dac *dac = &h->dac[active];
  dac->source = lg_bytes_i16(b, 1438);
  dac->enabled = dac->source != 0;
  dac->keep_last = lg_bytes_i16(b, 1442) != 0;
  for (size_t e = 0; e < EPOCHS_PER_DAC; e++)
    dac->epochs[e] = (abf_epoch){
        .type = lg_bytes_i16(b, 1444 + 2 * e),
        .level = (double)lg_bytes_f32(b, 1464 + 4 * e),
        .level_increment = (double)lg_bytes_f32(b, 1504 + 4 * e),
        .duration = lg_bytes_i16(b, 1544 + 2 * e),
        .duration_increment = lg_bytes_i16(b, 1564 + 2 * e),
    };
  dac->n_epochs = EPOCHS_PER_DAC;
}

static lg_status read_data_place(lg_ctx *ctx, lg_bytes *b, abf_header *h) {
  const size_t bytes_per_value = h->is_float ? 4 : 2;
  const int32_t n = lg_bytes_i32(b, 10), block = lg_bytes_i32(b, 40), ignored = lg_bytes_i16(b, 14);
  if (n < 0 || block < 0 || ignored < 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "the header says %d values at block %d; it is damaged", n, block);
  h->data_offset = (size_t)block * BLOCK + (size_t)ignored * bytes_per_value;
  h->n_values = (size_t)n;
  if (h->data_offset > b->n || h->n_values > (b->n - h->data_offset) / bytes_per_value)
    return lg_fail(ctx, LG_ERR_FORMAT,
                   "the header announces %zu values of data at byte %zu, but the file has only %zu bytes; it is "
                   "truncated, copy it again",
                   h->n_values, h->data_offset, b->n);
  return LG_OK;
}

lg_status abf1_read_header(lg_ctx *ctx, lg_bytes *b, abf_header *h) {
  if (b->n < OLD_HEADER)
    return lg_fail(ctx, LG_ERR_FORMAT, "the file has %zu bytes, an ABF1 header needs %d", b->n, OLD_HEADER);
  const float version = lg_bytes_f32(b, 4);
  const int n_channels = lg_bytes_i16(b, 120), format = lg_bytes_i16(b, 100);
  if (!(version >= 1.0F && version < 2.0F))
    return lg_fail(ctx, LG_ERR_FORMAT, "the version is %g, expected 1.0 to 1.99", (double)version);
  if (n_channels < 1 || n_channels > 16)
    return lg_fail(ctx, LG_ERR_FORMAT, "the file has %d channels, allowed are 1 to 16", n_channels);
  if (format != 0 && format != 1)
    return lg_fail(ctx, LG_ERR_FORMAT, "the data format is %d, expected 0 (int16) or 1 (float)", format);
  const int32_t episodes = lg_bytes_i32(b, 16);
  /* 1.599… is how a float says 1.6 */
  const bool extended = version > 1.59F && b->n >= NEW_HEADER && lg_bytes_i32(b, 40) >= NEW_HEADER / BLOCK;
  h->format = "ABF1";
  h->is_float = format == 1;
  h->n_channels = (size_t)n_channels;
  h->n_sweeps = episodes > 0 ? (size_t)episodes : 0;
  h->mode = lg_bytes_i16(b, 8);
  h->dt_ms = (double)lg_bytes_f32(b, 122) * 1e-3 * (double)n_channels;
  h->synch_unit_ms = (double)lg_bytes_f32(b, 130) * 1e-3;
  const double volts_per_step = (double)lg_bytes_f32(b, 244) / (double)lg_bytes_i32(b, 252);
  for (size_t k = 0; k < h->n_channels; k++) {
    const int physical = lg_bytes_i16(b, 410 + 2 * k);
    if (physical < 0 || physical > 15)
      return lg_fail(ctx, LG_ERR_FORMAT, "channel %zu is physical channel %d, allowed are 0 to 15", k, physical);
    read_adc(b, (size_t)physical, extended, volts_per_step, h->is_float, &h->adc[k]);
  }
  for (size_t k = 0; k < 4; k++) {
    abf_dac *dac = &h->dac[k];
    dac->present = true;
    lg_bytes_text(b, 1306 + 10 * k, 10, dac->name, sizeof dac->name);
    lg_bytes_text(b, 1346 + 8 * k, 8, dac->unit, sizeof dac->unit);
    dac->holding = (double)lg_bytes_f32(b, 1394 + 4 * k);
    if (extended && k < 2) read_extended_dac(b, k, dac);
  }
  if (extended) lg_bytes_text(b, 4898, 256, h->protocol, sizeof h->protocol);
  else read_old_waveform(b, h);
  const int32_t tags = lg_bytes_i32(b, 48), synch_block = lg_bytes_i32(b, 92), n_synch = lg_bytes_i32(b, 96);
  h->n_tags = tags > 0 ? (size_t)tags : 0;
  if (synch_block > 0 && n_synch > 0 && lg_bytes_holds(b, (size_t)synch_block * BLOCK, (size_t)n_synch * 8)) {
    h->synch_offset = (size_t)synch_block * BLOCK;
    h->n_synch = (size_t)n_synch;
  }
  return read_data_place(ctx, b, h);
}
