/* The command waveform of a sweep, rebuilt from the epoch table as pCLAMP plays it; see abf.h. */
#include "io/abf_header.h"

#include "base/elementary.h"
#include "io/csv_number.h"

/* Codes of the user list begin, for 50 epochs each, at: initial level 12, initial duration 62, period 112, width 162.
 */
enum { LIST_FIRST = 12, LIST_EPOCHS = 50 };

bool abf_list_is_epoch(int code) { return code >= LIST_FIRST && code < LIST_FIRST + 4 * LIST_EPOCHS; }

/* k-th value of a comma-separated text; false when there are fewer (repeat begins again). */
static bool list_value(lg_bytes *b, const abf_user_list *list, size_t k, double *value) {
  if (list->text_bytes == 0 || !lg_bytes_holds(b, list->text_offset, list->text_bytes)) return false;
  const char *text = (const char *)b->data + list->text_offset, *end = text + list->text_bytes;
  size_t n = 1;
  for (const char *c = text; c < end; c++) n += *c == ',';
  if (k >= n) {
    if (!list->repeat) k = n - 1;
    else k %= n;
  }
  for (; k > 0; k--) {
    while (*text != ',') text++;
    text++;
  }
  char word[48];
  size_t length = 0;
  for (; text < end && *text != ',' && length + 1 < sizeof word; text++)
    if (*text != ' ') word[length++] = *text;
  word[length] = '\0';
  return lg_csv_number(word, value) && *value == *value;
}

/* The table's row for a sweep, user list applied. */
static abf_epoch epoch_of_sweep(lg_bytes *b, const abf_dac *dac, size_t index, size_t sweep, double *level,
                                int64_t *samples) {
  abf_epoch e = dac->epochs[index];
  *level = e.level + e.level_increment * (double)sweep;
  *samples = (int64_t)e.duration + (int64_t)e.duration_increment * (int64_t)sweep;
  const int code = dac->list.parameter - LIST_FIRST;
  double value;
  if (dac->list.text_bytes > 0 && code >= 0 && (size_t)(code % LIST_EPOCHS) == index && code < 4 * LIST_EPOCHS &&
      list_value(b, &dac->list, sweep, &value) && value > -2e9 && value < 2e9) {
    if (code / LIST_EPOCHS == 0) *level = value;
    else if (code / LIST_EPOCHS == 1) *samples = (int64_t)value;
    else if (code / LIST_EPOCHS == 2) e.period = (int32_t)value;
    else e.width = (int32_t)value;
  }
  if (*samples < 0) *samples = 0;
  return e;
}

static void ramp(double from, double to, int64_t length, size_t room, double *out) {
  for (size_t k = 0; k < room && (int64_t)k < length; k++)
    out[k] = length > 1 ? from + (to - from) * (double)k / (double)(length - 1) : from;
}

/* One train: what stands in sample x of a period. */
static double train_sample(abf_epoch_type type, int64_t x, int64_t period, int64_t width, double base, double level) {
  switch (type) {
  case ABF_EPOCH_PULSES:
    return x < width ? level : base;
  case ABF_EPOCH_BIPHASIC:
    return x < width / 2 ? level : (x < width ? base - (level - base) : base);
  case ABF_EPOCH_TRIANGLES:
    if (x < width) return width > 1 ? base + (level - base) * (double)x / (double)(width - 1) : base;
    return period - width > 1 ? level + (base - level) * (double)(x - width) / (double)(period - width - 1) : level;
  default:
    return base;
  }
}

static void fill_train(const abf_epoch *e, int64_t samples, double base, double level, size_t room, double *out) {
  const int64_t period = e->period, width = e->width > e->period ? e->period : (e->width < 0 ? 0 : e->width);
  const int64_t pulses = period > 0 ? samples / period : 0;
  for (size_t k = 0; k < room && (int64_t)k < samples; k++) {
    if ((int64_t)k >= pulses * period) {
      out[k] = base;
    } else if (e->type == ABF_EPOCH_COSINES) {
      double s, c;
      lg_sincos_turn((double)pulses * (double)k / (double)(samples > 1 ? samples - 1 : 1), &s, &c);
      out[k] = base + 0.5 * (level - base) * (1.0 - c);
    } else {
      out[k] = train_sample((abf_epoch_type)e->type, (int64_t)k % period, period, width, base, level);
    }
  }
}

lg_status abf_epoch_waveform(lg_ctx *ctx, lg_bytes *b, const abf_dac *dac, size_t sweep, size_t n, double *before,
                             double *out) {
  size_t at = n / 64; /* pCLAMP waits 1/64 of the sweep before the first epoch */
  double base = *before, last = *before;
  for (size_t k = 0; k < at; k++) out[k] = base;
  for (size_t index = 0; index < dac->n_epochs; index++) {
    double level;
    int64_t samples;
    const abf_epoch e = epoch_of_sweep(b, dac, index, sweep, &level, &samples);
    if (e.type == ABF_EPOCH_OFF) continue;
    const size_t room = n - at;
    switch (e.type) {
    case ABF_EPOCH_STEP:
      for (size_t k = 0; k < room && (int64_t)k < samples; k++) out[at + k] = level;
      break;
    case ABF_EPOCH_RAMP:
      ramp(base, level, samples, room, out + at);
      break;
    case ABF_EPOCH_PULSES:
    case ABF_EPOCH_TRIANGLES:
    case ABF_EPOCH_COSINES:
    case ABF_EPOCH_BIPHASIC:
      fill_train(&e, samples, base, level, room, out + at);
      break;
    default:
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "epoch %zu of the command has type %d, known are 0 to 5 and 7", index,
                     e.type);
    }
    at += (int64_t)room < samples ? room : (size_t)samples;
    base = last = level;
  }
  const double after = dac->keep_last ? last : dac->holding;
  for (; at < n; at++) out[at] = after;
  *before = after;
  return LG_OK;
}
