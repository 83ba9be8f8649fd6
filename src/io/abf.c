/* From an ABF header to a recording: which channel is what, and the numbers; see abf.h. */
#include "io/abf.h"

#include "data/find_steps.h"
#include "io/abf_header.h"

#include <math.h>

bool lg_abf_is(const unsigned char *bytes, size_t n) {
  return n >= 4 && (memcmp(bytes, "ABF ", 4) == 0 || memcmp(bytes, "ABF2", 4) == 0);
}

typedef struct unit_factor {
  const char *unit;
  double factor;
} unit_factor;

static double find_factor(const unit_factor *table, size_t n, const char *unit) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(table[k].unit, unit) == 0) return table[k].factor;
  return 0.0;
}

double abf_unit_to_pA(const char *unit) {
  static const unit_factor table[] = {{"pA", 1.0}, {"nA", 1e3}, {"uA", 1e6}, {"mA", 1e9}, {"A", 1e12}};
  return find_factor(table, sizeof table / sizeof table[0], unit);
}

double abf_unit_to_mV(const char *unit) {
  static const unit_factor table[] = {{"mV", 1.0}, {"V", 1e3}, {"uV", 1e-3}};
  return find_factor(table, sizeof table / sizeof table[0], unit);
}

const char *abf_base_name(const char *path) {
  const char *name = path;
  for (const char *c = path; *c; c++)
    if (*c == '/' || *c == '\\') name = c + 1;
  return name;
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

/* What was decided about channels. */
typedef struct choice {
  size_t potential; /* ADC index */
  bool has_current;
  size_t current; /* ADC index */
  bool has_command;
  size_t command; /* DAC index */
} choice;

static bool in_current_clamp(const abf_adc *adc) { return adc->telegraphed && adc->telegraph_mode != 0; }

/* Higher is better: an amplifier that says current clamp, a DAC of the same number that plays a current, mV. */
static int potential_rank(const abf_header *h, size_t k) {
  const abf_adc *adc = &h->adc[k];
  int rank = 0;
  if (abf_unit_to_mV(adc->unit) == 0.0) return -1;
  if (in_current_clamp(adc)) rank += 8;
  if (adc->physical >= 0 && adc->physical < ABF_MAX_DACS) {
    const abf_dac *dac = &h->dac[adc->physical];
    if (dac->present && abf_unit_to_pA(dac->unit) > 0.0) rank += dac->enabled ? 4 : 2;
  }
  if (strcmp(adc->unit, "mV") == 0) rank += 1;
  return rank;
}

static void list_units(const abf_header *h, char *text, size_t bytes) {
  size_t length = 0;
  text[0] = '\0';
  for (size_t k = 0; k < h->n_channels && length + 1 < bytes; k++) {
    const int n = snprintf(text + length, bytes - length, "%s'%s' in %s", k ? ", " : "", h->adc[k].name,
                           h->adc[k].unit[0] ? h->adc[k].unit : "no unit");
    if (n < 0) break;
    length += (size_t)n;
  }
}

/* The DAC that plays the current into the chosen cell. */
static void choose_command(const abf_header *h, choice *c) {
  const int same = h->adc[c->potential].physical;
  for (int pass = 0; pass < 4 && !c->has_command; pass++)
    for (size_t k = 0; k < ABF_MAX_DACS && !c->has_command; k++) {
      const abf_dac *dac = &h->dac[k];
      if (!dac->present || abf_unit_to_pA(dac->unit) == 0.0) continue;
      /* enabled with the same number, any enabled, then (holding only) the same number, any */
      if ((pass == 0 || pass == 1) && !dac->enabled) continue;
      if ((pass == 0 || pass == 2) && (int)k != same) continue;
      c->has_command = true;
      c->command = k;
    }
}

/* Voltage clamp: the amplifier says so, or the command is a holding potential. */
static lg_status refuse_voltage_clamp(lg_ctx *ctx, const abf_header *h) {
  char units[256];
  list_units(h, units, sizeof units);
  for (size_t k = 0; k < h->n_channels; k++)
    if (abf_unit_to_pA(h->adc[k].unit) > 0.0 && h->adc[k].telegraphed && h->adc[k].telegraph_mode == 0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "this is a voltage-clamp recording (the amplifier says so for channel '%s'; channels: %s); a "
                     "current-clamp recording with a potential in mV is needed",
                     h->adc[k].name, units);
  for (size_t k = 0; k < ABF_MAX_DACS; k++) {
    const abf_dac *dac = &h->dac[k];
    const double hold_mV = dac->holding * abf_unit_to_mV(dac->unit);
    bool has_current = false;
    for (size_t j = 0; j < h->n_channels; j++) has_current |= abf_unit_to_pA(h->adc[j].unit) > 0.0;
    if (dac->present && has_current && k == (size_t)(h->adc[0].physical < 0 ? 0 : h->adc[0].physical) &&
        hold_mV >= -150.0 && hold_mV <= -15.0)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "this is a voltage-clamp recording (command '%s' holds %g mV; channels: %s); a current-clamp "
                     "recording with a potential in mV is needed",
                     dac->name, hold_mV, units);
  }
  return LG_OK;
}

static lg_status choose(lg_ctx *ctx, const abf_header *h, choice *c) {
  int best = -1;
  for (size_t k = 0; k < h->n_channels; k++) {
    const int rank = potential_rank(h, k);
    if (rank > best) {
      best = rank;
      c->potential = k;
    }
  }
  char units[256];
  list_units(h, units, sizeof units);
  bool any_current = false;
  for (size_t k = 0; k < h->n_channels; k++) any_current |= abf_unit_to_pA(h->adc[k].unit) > 0.0;
  if (best < 0 && any_current)
    return lg_fail(
        ctx, LG_ERR_UNSUPPORTED,
        "this looks like a voltage-clamp recording: no channel is a potential (channels: %s); a current-clamp "
        "recording with a potential in mV is needed",
        units);
  if (best < 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no channel is a potential in V, mV or uV (channels: %s)", units);
  if (best < 8) {
    const lg_status status = refuse_voltage_clamp(ctx, h);
    if (status != LG_OK) return status;
  }
  for (size_t k = h->n_channels; k-- > 0;)
    if (abf_unit_to_pA(h->adc[k].unit) > 0.0) {
      c->has_current = true;
      c->current = k;
    }
  choose_command(h, c);
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

static lg_status fill_command(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const abf_dac *dac, size_t index,
                              double *before, lg_sweep *sweep) {
  const double factor = abf_unit_to_pA(dac->unit);
  if (h->mode != ABF_MODE_GAP_FREE && dac->enabled && dac->source == ABF_SOURCE_EPOCHS) {
    const lg_status status = abf_epoch_waveform(ctx, b, dac, index, sweep->n, before, sweep->i_pA);
    if (status != LG_OK) return status;
  } else {
    for (size_t k = 0; k < sweep->n; k++) sweep->i_pA[k] = dac->holding;
  }
  for (size_t k = 0; k < sweep->n; k++) sweep->i_pA[k] *= factor;
  sweep->current_origin = LG_CURRENT_COMMAND;
  return LG_OK;
}

static lg_status fill_sweeps(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const choice *c, const extent *extents,
                             size_t n, lg_recording *rec) {
  lg_status status = LG_OK;
  const abf_dac *dac = c->has_command ? &h->dac[c->command] : NULL;
  const bool from_file = dac && dac->enabled && dac->source == ABF_SOURCE_FILE && !c->has_current;
  const bool with_current = c->has_current || (dac && !from_file);
  const double to_mV = abf_unit_to_mV(h->adc[c->potential].unit);
  double before = dac ? dac->holding : 0.0;
  size_t railed = 0;
  for (size_t k = 0; k < n; k++) {
    lg_sweep *sweep;
    LG_TRY(lg_recording_add_sweep(ctx, rec, extents[k].n, h->dt_ms, with_current, &sweep));
    sweep->t0_ms = extents[k].start_ms;
    railed += read_channel(b, h, c->potential, &extents[k], to_mV, sweep->v_mV);
    if (c->has_current) {
      (void)read_channel(b, h, c->current, &extents[k], abf_unit_to_pA(h->adc[c->current].unit), sweep->i_pA);
      sweep->current_origin = LG_CURRENT_MEASURED;
    } else if (with_current) {
      LG_TRY(fill_command(ctx, b, h, dac, k, &before, sweep));
    }
  }
  if (railed > 0)
    LG_TRY(lg_recording_warn(
        ctx, rec, "%zu samples of channel '%s' stand at the limits of the converter: the potential is clipped", railed,
        h->adc[c->potential].name));
  if (from_file)
    LG_TRY(lg_recording_warn(
        ctx, rec, "current missing: the command of '%s' came from the file '%s', which is not beside the recording",
        dac->name, abf_base_name(dac->file)));
  else if (!with_current)
    LG_TRY(lg_recording_warn(
        ctx, rec,
        "current missing: no channel and no command is in A, nA or pA, and a command in mV has no known scale"));
done:
  return status;
}

/* Measured current against the command of the same sweeps, over all samples. */
typedef struct agreement {
  double slope, correlation;
} agreement;

static agreement compare_with(const lg_recording *guide, const lg_recording *rec) {
  double n = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0, syy = 0.0;
  for (size_t k = 0; k < rec->n_sweeps; k++)
    for (size_t j = 0; j < rec->sweeps[k].n; j++) {
      const double x = guide->sweeps[k].i_pA[j], y = rec->sweeps[k].i_pA[j];
      n += 1.0;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
      syy += y * y;
    }
  const double vx = sxx - sx * sx / n, vy = syy - sy * sy / n, c = sxy - sx * sy / n;
  if (!(vx > 1e-12 * sxx) || !(vy > 0.0)) return (agreement){0.0, (double)NAN};
  return (agreement){c / vx, c / sqrt(vx * vy)};
}

/* The command beside a measured current: from the DAC that plays a current, else from the only one that plays. */
static const abf_dac *guiding_dac(const abf_header *h, const choice *c) {
  const abf_dac *only = NULL;
  if (h->mode == ABF_MODE_GAP_FREE) return NULL;
  if (c->has_command && h->dac[c->command].enabled)
    return h->dac[c->command].source == ABF_SOURCE_EPOCHS ? &h->dac[c->command] : NULL;
  for (size_t k = 0; k < ABF_MAX_DACS; k++) {
    if (!h->dac[k].present || !h->dac[k].enabled || h->dac[k].source != ABF_SOURCE_EPOCHS) continue;
    if (only) return NULL;
    only = &h->dac[k];
  }
  return only;
}

/* Times of the steps from the command; the command instead of a channel that does not see it. */
static lg_status use_command(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const choice *c, lg_recording *rec) {
  lg_status status = LG_OK;
  lg_recording *guide = NULL;
  const abf_dac *dac = c->has_current ? guiding_dac(h, c) : NULL;
  if (!dac) return LG_OK;
  const double to_pA = abf_unit_to_pA(dac->unit);
  double before = dac->holding;
  LG_TRY(lg_recording_create(ctx, &guide));
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    lg_sweep *sweep;
    LG_TRY(lg_recording_add_sweep(ctx, guide, rec->sweeps[k].n, h->dt_ms, 1, &sweep));
    LG_TRY(abf_epoch_waveform(ctx, b, dac, k, sweep->n, &before, sweep->i_pA));
    for (size_t j = 0; to_pA > 0.0 && j < sweep->n; j++) sweep->i_pA[j] *= to_pA;
  }
  const agreement a = compare_with(guide, rec);
  const abf_adc *adc = &h->adc[c->current];
  if (fabs(a.correlation) >= 0.5) {
    LG_TRY(lg_find_steps_guided(ctx, guide, rec));
    if (to_pA > 0.0 && (a.slope < 0.8 || a.slope > 1.25))
      LG_TRY(lg_recording_warn(ctx, rec,
                               "the measured current '%s' is %.3g times the command '%s' (expected 0.8 to 1.25)",
                               adc->name, a.slope, dac->name));
  } else if (to_pA > 0.0 && fabs(a.correlation) < 0.5) {
    LG_TRY(lg_recording_warn(
        ctx, rec,
        "channel '%s' (%s) does not follow the command '%s' (correlation %.2f): the command is used as "
        "the current",
        adc->name, adc->unit, dac->name, a.correlation));
    for (size_t k = 0; k < rec->n_sweeps; k++) {
      memcpy(rec->sweeps[k].i_pA, guide->sweeps[k].i_pA, rec->sweeps[k].n * sizeof(double));
      rec->sweeps[k].current_origin = LG_CURRENT_COMMAND;
    }
  }
done:
  lg_recording_destroy(ctx, guide);
  return status;
}

static lg_status describe(lg_ctx *ctx, const abf_header *h, const choice *c, lg_recording *rec) {
  lg_status status = LG_OK;
  char text[512];
  const abf_adc *v = &h->adc[c->potential];
  if (c->has_current)
    (void)snprintf(text, sizeof text,
                   "potential from channel '%s' (%s), current measured in channel '%s' (%s) of the same sweep", v->name,
                   v->unit, h->adc[c->current].name, h->adc[c->current].unit);
  else if (c->has_command)
    (void)snprintf(text, sizeof text, "potential from channel '%s' (%s), current from the %s of '%s' (%s)", v->name,
                   v->unit,
                   h->dac[c->command].enabled && h->mode != ABF_MODE_GAP_FREE
                       ? (h->dac[c->command].source == ABF_SOURCE_FILE ? "stimulus file" : "epoch table")
                       : "holding level",
                   h->dac[c->command].name, h->dac[c->command].unit);
  else (void)snprintf(text, sizeof text, "potential from channel '%s' (%s), no current", v->name, v->unit);
  LG_TRY(lg_recording_set_text(ctx, &rec->pairing, text));
  LG_TRY(lg_recording_set_text(ctx, &rec->format, h->format));
  LG_TRY(lg_recording_set_text(ctx, &rec->protocol, abf_base_name(h->protocol)));
done:
  return status;
}

lg_status lg_abf_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const unsigned char *stimulus,
                       size_t n_stimulus, const char *name, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  abf_header *h = NULL;
  extent *extents = NULL;
  size_t n_extents = 0;
  choice c = {0};
  lg_bytes b = {.data = bytes, .n = n};
  (void)stimulus;
  (void)n_stimulus;
  *out = NULL;
  if (!lg_abf_is(bytes, n)) return lg_fail(ctx, LG_ERR_FORMAT, "this is not an ABF file");
  LG_NEW(ctx, h, 1);
  LG_TRY(memcmp(bytes, "ABF2", 4) == 0 ? abf2_read_header(ctx, &b, h) : abf1_read_header(ctx, &b, h));
  LG_TRY(abf_check_header(ctx, &b, h));
  LG_TRY(choose(ctx, h, &c));
  LG_TRY(read_extents(ctx, &b, h, &n_extents, &extents));
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(lg_recording_set_text(ctx, &rec->source, name));
  LG_TRY(describe(ctx, h, &c, rec));
  LG_TRY(fill_sweeps(ctx, &b, h, &c, extents, n_extents, rec));
  LG_TRY(use_command(ctx, &b, h, &c, rec));
  *out = rec;
  rec = NULL;
done:
  lg_recording_destroy(ctx, rec);
  lg_free(ctx, extents);
  lg_free(ctx, h);
  return status;
}
