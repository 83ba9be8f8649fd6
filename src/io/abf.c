/* From an ABF header to a recording: which channel is what, and the numbers; see abf.h. */
#include "io/abf.h"

#include "io/abf_header.h"
#include "io/abf_stimulus.h"

#include <math.h>

bool lg_abf_is(const unsigned char *bytes, size_t n) {
  return n >= 4 && (memcmp(bytes, "ABF ", 4) == 0 || memcmp(bytes, "ABF2", 4) == 0);
}

lg_status abf_check_header(lg_ctx *ctx, const lg_bytes *b, const abf_header *h) {
  if (b->outside) return lg_fail(ctx, LG_ERR_FORMAT, "the header ends early: the file has %zu bytes", b->n);
  if (!(h->dt_ms >= 1e-4 && h->dt_ms <= 1e4))
    return lg_fail(ctx, LG_ERR_FORMAT, "the sampling interval is %g ms, allowed are 0.0001 to 10000 ms", h->dt_ms);
  if (h->mode < 1 || h->mode > 5)
    return lg_fail(ctx, LG_ERR_FORMAT, "the operation mode is %d, known are 1 to 5", h->mode);
  if (h->n_values < h->n_channels)
    return lg_fail(ctx, LG_ERR_FORMAT, "the file has a header but no data (%zu values, %zu channels)", h->n_values,
                   h->n_channels);
  if (h->n_sweeps > ABF_MAX_SWEEPS || h->n_sweeps > h->n_values / h->n_channels)
    return lg_fail(ctx, LG_ERR_FORMAT, "the header announces %zu sweeps for %zu samples, allowed are up to %d",
                   h->n_sweeps, h->n_values / h->n_channels, ABF_MAX_SWEEPS);
  for (size_t k = 0; k < h->n_channels; k++)
    if (!isfinite(h->adc[k].gain) || h->adc[k].gain == 0.0 || !isfinite(h->adc[k].offset))
      return lg_fail(ctx, LG_ERR_FORMAT,
                     "channel %zu ('%s') has the scale %g %s per step and the offset %g; the header is damaged", k,
                     h->adc[k].name, h->adc[k].gain, h->adc[k].unit, h->adc[k].offset);
  return LG_OK;
}

/* Start (ms) and length (values of all channels) of each sweep. */
typedef struct extent {
  size_t first, n; /* samples of one channel */
  double start_ms;
} extent;

static lg_status read_extents(lg_ctx *ctx, lg_bytes *b, const abf_header *h, size_t *n_out, extent **out) {
  lg_status status = LG_OK;
  extent *list = NULL;
  const size_t samples = h->n_values / h->n_channels;
  const size_t n = h->mode == ABF_MODE_GAP_FREE || h->n_sweeps == 0 ? 1 : h->n_sweeps;
  LG_NEW(ctx, list, n);
  bool by_synch = h->n_synch == n && n > 1;
  size_t first = 0;
  for (size_t k = 0; k < n && by_synch; k++) {
    const int32_t start = lg_bytes_i32(b, h->synch_offset + 8 * k),
                  length = lg_bytes_i32(b, h->synch_offset + 8 * k + 4);
    const size_t mine = length > 0 ? (size_t)length / h->n_channels : 0;
    by_synch = mine > 0 && mine <= samples - first;
    list[k] = (extent){.first = first, .n = mine};
    list[k].start_ms = h->synch_unit_ms > 0.0 ? start * h->synch_unit_ms : start / (double)h->n_channels * h->dt_ms;
    first += mine;
  }
  /* a gap-free file is one piece; else sweeps of equal length */
  for (size_t k = 0; k < n && !by_synch; k++) {
    list[k] = (extent){.first = k * (samples / n), .n = samples / n};
    list[k].start_ms = h->start_to_start_ms > 0.0 ? (double)k * h->start_to_start_ms : (double)list[k].first * h->dt_ms;
  }
  *n_out = n;
  *out = list;
  return LG_OK;
done:
  lg_free(ctx, list);
  return status;
}

/* One channel of one sweep; returns the number of samples at the rails of the converter. */
static size_t read_channel(lg_bytes *b, const abf_header *h, size_t channel, const extent *e, double factor,
                           double *out) {
  const abf_adc *adc = &h->adc[channel];
  size_t railed = 0;
  for (size_t k = 0; k < e->n; k++) {
    const size_t index = (e->first + k) * h->n_channels + channel;
    if (h->is_float) {
      out[k] = (double)lg_bytes_f32(b, h->data_offset + 4 * index) * factor;
      continue;
    }
    const int16_t raw = lg_bytes_i16(b, h->data_offset + 2 * index);
    railed += raw == INT16_MAX || raw == INT16_MIN;
    out[k] = ((double)raw * adc->gain + adc->offset) * factor;
  }
  return railed;
}

static void fill_holding(const abf_dac *dac, lg_sweep *sweep) {
  for (size_t k = 0; k < sweep->n; k++) sweep->i_pA[k] = dac->holding;
}

/* How the current of the sweeps is known. */
typedef enum source { FROM_NOTHING, FROM_CHANNEL, FROM_HOLDING, FROM_EPOCHS, FROM_FILE } source;

static source source_of(const abf_header *h, const abf_choice *c) {
  if (c->has_current) return FROM_CHANNEL;
  if (!c->has_command) return FROM_NOTHING;
  const abf_dac *dac = &h->dac[c->command];
  if (!dac->enabled || h->mode == ABF_MODE_GAP_FREE) return FROM_HOLDING;
  return dac->source == ABF_SOURCE_FILE ? FROM_FILE : dac->source == ABF_SOURCE_EPOCHS ? FROM_EPOCHS : FROM_HOLDING;
}

/* The current of sweep `index`, in pA. before: level between sweeps. */
static lg_status fill_current(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const abf_choice *c,
                              const lg_bytes *stimulus, size_t index, const extent *e, double *before,
                              lg_sweep *sweep) {
  lg_status status = LG_OK;
  const abf_dac *dac = &h->dac[c->command];
  const double factor = abf_unit_to_pA(dac->unit);
  switch (source_of(h, c)) {
  case FROM_CHANNEL:
    (void)read_channel(b, h, c->current, e, abf_unit_to_pA(h->adc[c->current].unit), sweep->i_pA);
    sweep->current_origin = LG_CURRENT_MEASURED;
    return LG_OK;
  case FROM_EPOCHS:
    LG_TRY(abf_epoch_waveform(ctx, b, dac, index, sweep->n, before, sweep->i_pA));
    break;
  case FROM_FILE:
    LG_TRY(abf_stimulus_waveform(ctx, stimulus->data, stimulus->n, dac, index, sweep->n, sweep->i_pA));
    break;
  default:
    fill_holding(dac, sweep);
  }
  for (size_t k = 0; k < sweep->n; k++) sweep->i_pA[k] *= factor;
  sweep->current_origin = LG_CURRENT_COMMAND;
done:
  return status;
}

/* A stimulus file that does not fit costs the current, not the recording. */
static lg_status drop_current(lg_ctx *ctx, lg_recording *rec, const char *file) {
  lg_status status = LG_OK;
  LG_TRY(lg_recording_warn(ctx, rec, "current missing: '%s': %s", file, lg_ctx_message(ctx)));
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    lg_free(ctx, rec->sweeps[k].i_pA);
    rec->sweeps[k].i_pA = NULL;
    rec->sweeps[k].current_origin = LG_CURRENT_NONE;
  }
done:
  return status;
}

static lg_status fill_sweeps(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const abf_choice *c,
                             const lg_bytes *stimulus, const extent *extents, size_t n, lg_recording *rec) {
  lg_status status = LG_OK;
  const abf_dac *dac = &h->dac[c->command];
  const source from = source_of(h, c);
  bool with_current = from != FROM_NOTHING && (from != FROM_FILE || stimulus->data != NULL);
  const double to_mV = abf_unit_to_mV(h->adc[c->potential].unit);
  double before = dac->holding;
  size_t railed = 0;
  for (size_t k = 0; k < n; k++) {
    lg_sweep *sweep;
    LG_TRY(lg_recording_add_sweep(ctx, rec, extents[k].n, h->dt_ms, with_current, &sweep));
    sweep->t0_ms = extents[k].start_ms;
    railed += read_channel(b, h, c->potential, &extents[k], to_mV, sweep->v_mV);
    if (!with_current) continue;
    status = fill_current(ctx, b, h, c, stimulus, k, &extents[k], &before, sweep);
    if (status == LG_ERR_FORMAT && from == FROM_FILE) {
      LG_TRY(drop_current(ctx, rec, abf_base_name(dac->file)));
      with_current = false;
    } else if (status != LG_OK) {
      goto done;
    }
  }
  if (railed > 0)
    LG_TRY(lg_recording_warn(
        ctx, rec, "%zu samples of channel '%s' stand at the limits of the converter: the potential is clipped", railed,
        h->adc[c->potential].name));
  if (from == FROM_FILE && !stimulus->data)
    LG_TRY(lg_recording_warn(
        ctx, rec, "current missing: the command of '%s' came from the file '%s', which is not beside the recording",
        dac->name, abf_base_name(dac->file)));
  if (from == FROM_NOTHING)
    LG_TRY(lg_recording_warn(
        ctx, rec,
        "current missing: no channel and no command is in A, nA or pA, and a command in mV has no known scale"));
done:
  return status;
}

static lg_status describe(lg_ctx *ctx, const abf_header *h, const abf_choice *c, bool has_stimulus, lg_recording *rec) {
  static const char *const how[] = {
      [FROM_HOLDING] = "holding level", [FROM_EPOCHS] = "epoch table", [FROM_FILE] = "stimulus file"};
  lg_status status = LG_OK;
  char text[512];
  const source wanted = source_of(h, c), from = wanted == FROM_FILE && !has_stimulus ? FROM_NOTHING : wanted;
  const abf_adc *v = &h->adc[c->potential];
  if (from == FROM_CHANNEL)
    (void)snprintf(text, sizeof text,
                   "potential from channel '%s' (%s), current measured in channel '%s' (%s) of the same sweep", v->name,
                   v->unit, h->adc[c->current].name, h->adc[c->current].unit);
  else if (from == FROM_NOTHING)
    (void)snprintf(text, sizeof text, "potential from channel '%s' (%s), no current", v->name, v->unit);
  else
    (void)snprintf(text, sizeof text, "potential from channel '%s' (%s), current from the %s of command '%s' (%s)",
                   v->name, v->unit, how[from], h->dac[c->command].name, h->dac[c->command].unit);
  LG_TRY(lg_recording_set_text(ctx, &rec->pairing, text));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, h->format));
  LG_TRY(lg_recording_set_text(ctx, &rec->protocol, abf_base_name(h->protocol)));
done:
  return status;
}

/* What the file says beside its numbers. */
static lg_status warn_of_choice(lg_ctx *ctx, const abf_header *h, const abf_choice *c, lg_recording *rec) {
  lg_status status = LG_OK;
  char others[256] = "";
  size_t length = 0;
  for (size_t k = 0; k < h->n_channels; k++) {
    const bool same_kind = (abf_unit_to_mV(h->adc[k].unit) > 0.0 && k != c->potential) ||
                           (c->has_current && abf_unit_to_pA(h->adc[k].unit) > 0.0 && k != c->current);
    if (!same_kind || length + 1 >= sizeof others) continue;
    const int n = snprintf(others + length, sizeof others - length, "%s'%s' (%s)", length ? ", " : "", h->adc[k].name,
                           h->adc[k].unit);
    length += n > 0 ? (size_t)n : 0;
  }
  if (length > 0)
    LG_TRY(lg_recording_warn(ctx, rec, "other channels of potential or current were not used: %s", others));
  const int list = h->dac[c->command].list.parameter;
  if (source_of(h, c) == FROM_EPOCHS && h->dac[c->command].list.text_bytes > 0 && !abf_list_is_epoch(list))
    LG_TRY(lg_recording_warn(
        ctx, rec, "the protocol's user list varies parameter %d, which is not rebuilt in the current", list));
done:
  return status;
}

static lg_status read_header(lg_ctx *ctx, lg_bytes *b, abf_header *h) {
  lg_status status = LG_OK;
  if (!lg_abf_is(b->data, b->n)) return lg_fail(ctx, LG_ERR_FORMAT, "this is not an ABF file");
  LG_TRY(memcmp(b->data, "ABF2", 4) == 0 ? abf2_read_header(ctx, b, h) : abf1_read_header(ctx, b, h));
  LG_TRY(abf_check_header(ctx, b, h));
done:
  return status;
}

void lg_abf_stimulus_name(const unsigned char *bytes, size_t n, char *out, size_t out_bytes) {
  lg_ctx *ctx = NULL;
  abf_header *h = NULL;
  abf_choice c = {0};
  lg_bytes b = {.data = bytes, .n = n};
  out[0] = '\0';
  if (lg_ctx_create(&ctx) != LG_OK) return;
  h = lg_alloc(ctx, 1, sizeof *h);
  if (h && read_header(ctx, &b, h) == LG_OK && abf_choose(ctx, h, &c) == LG_OK && source_of(h, &c) == FROM_FILE)
    (void)snprintf(out, out_bytes, "%s", abf_base_name(h->dac[c.command].file));
  lg_free(ctx, h);
  lg_ctx_destroy(ctx);
}

lg_status lg_abf_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const unsigned char *stimulus,
                       size_t n_stimulus, const char *name, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  abf_header *h = NULL;
  extent *extents = NULL;
  size_t n_extents = 0;
  abf_choice c = {0};
  lg_bytes b = {.data = bytes, .n = n};
  const lg_bytes s = {.data = stimulus, .n = n_stimulus};
  *out = NULL;
  LG_NEW(ctx, h, 1);
  LG_TRY(read_header(ctx, &b, h));
  LG_TRY(abf_choose(ctx, h, &c));
  LG_TRY(read_extents(ctx, &b, h, &n_extents, &extents));
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, name));
  LG_TRY(describe(ctx, h, &c, stimulus != NULL, rec));
  LG_TRY(fill_sweeps(ctx, &b, h, &c, &s, extents, n_extents, rec));
  LG_TRY(warn_of_choice(ctx, h, &c, rec));
  LG_TRY(abf_follow_command(ctx, &b, h, &c, rec));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, extents);
  lg_free(ctx, h);
  return status;
}
