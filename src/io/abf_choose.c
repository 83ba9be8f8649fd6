/* Which channel of an ABF file is the potential, which the current, and which command plays it; see abf.h. */
#include "io/abf_header.h"

#include <string.h>

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
static void choose_command(const abf_header *h, abf_choice *c) {
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

lg_status abf_choose(lg_ctx *ctx, const abf_header *h, abf_choice *c) {
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
