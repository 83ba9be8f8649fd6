/* A measured current beside its command: the command says when the steps were, and whether the channel is alive. */
#include "data/find_steps.h"
#include "io/abf_header.h"

#include <math.h>

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
static const abf_dac *guiding_dac(const abf_header *h, const abf_choice *c) {
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
lg_status abf_follow_command(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const abf_choice *c, lg_recording *rec) {
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
