/* The verdict over two f–I curves (spec: twin 5.9). */
#include "twin/assay.h"

#include <math.h>

#define INHIBITED 0.8
#define EXCITED 1.25
#define OPPOSITE 0.05

static const char *const names[LG_VERDICTS] = {"silenced", "inhibited", "unchanged", "excited", "depolarisation_block",
                                               "mixed"};

const char *lg_verdict_name(lg_verdict verdict) { return (unsigned)verdict < LG_VERDICTS ? names[verdict] : "unknown"; }

/* After / before; a part of the curve without spikes before: 1 without spikes after, else infinite. */
static double ratio(double after, double before) {
  if (before > 0.0) return after / before;
  return after > 0.0 ? (double)INFINITY : 1.0;
}

static lg_verdict_ratios ratios_of(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after) {
  return (lg_verdict_ratios){
      .area = ratio(after->area, before->area),
      .near = ratio(lg_assay_area(plan, after, 0.0, 2.0), lg_assay_area(plan, before, 0.0, 2.0)),
      .strong = ratio(lg_assay_area(plan, after, 3.0, 6.0), lg_assay_area(plan, before, 3.0, 6.0)),
      .rheobase = before->rheobase_pA > 0.0 ? after->rheobase_pA / before->rheobase_pA : (double)NAN,
      .new_collapse = after->collapsed & ~before->collapsed};
}

static bool fires(const lg_assay *a) {
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++)
    if (a->n_spikes[l] > 0) return true;
  return false;
}

/* Levels that collapse, where spikes were lost by it. */
static uint32_t losing(const lg_assay *before, const lg_assay *after, uint32_t levels) {
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++)
    if (after->n_spikes[l] >= before->n_spikes[l] && before->n_spikes[l] > 0) levels &= ~(1u << l);
  return levels;
}

lg_verdict lg_assay_judge(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after,
                          lg_verdict_ratios *out) {
  lg_verdict_ratios r = ratios_of(plan, before, after);
  r.new_collapse = losing(before, after, r.new_collapse);
  if (out) *out = r;
  const uint32_t up_to_three = (1u << (lg_assay_level(3.0) + 1)) - 1u;
  if (!fires(after)) return r.new_collapse ? LG_VERDICT_BLOCK : LG_VERDICT_SILENCED;
  if ((r.new_collapse & up_to_three) || (r.new_collapse && r.area < INHIBITED)) return LG_VERDICT_BLOCK;
  if ((r.near < INHIBITED && r.strong > 1.0 + OPPOSITE) || (r.near > EXCITED && r.strong < 1.0 - OPPOSITE))
    return LG_VERDICT_MIXED;
  if (r.area < INHIBITED || (r.rheobase > 1.0 / INHIBITED && r.area < 1.0)) return LG_VERDICT_INHIBITED;
  if (r.area > EXCITED || (r.rheobase < 1.0 / EXCITED && r.area > 1.0)) return LG_VERDICT_EXCITED;
  return LG_VERDICT_UNCHANGED;
}

static double lowest_collapse(uint32_t levels) {
  size_t l = 0;
  while (l + 1 < LG_ASSAY_LEVELS && !(levels & (1u << l))) l++;
  return lg_assay_factors[l];
}

void lg_verdict_explain(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after, char *words,
                        size_t bytes) {
  lg_verdict_ratios r;
  switch (lg_assay_judge(plan, before, after, &r)) {
  case LG_VERDICT_SILENCED:
    (void)snprintf(words, bytes, "no spike up to 6 x the untreated rheobase (%.4g pA)", 6.0 * plan->unit_pA);
    break;
  case LG_VERDICT_BLOCK:
    (void)snprintf(words, bytes,
                   "from %.3g x the untreated rheobase spikes give way to a plateau above -45 mV; area ratio %.3g",
                   lowest_collapse(r.new_collapse), r.area);
    break;
  case LG_VERDICT_MIXED:
    (void)snprintf(
        words, bytes,
        "%s near threshold (area up to 2 x rheobase: ratio %.3g) but %s at strong drive (3 to 6 x: ratio %.3g)",
        r.near < 1.0 ? "less" : "more", r.near, r.strong > 1.0 ? "more" : "less", r.strong);
    break;
  case LG_VERDICT_INHIBITED:
    if (r.area < INHIBITED)
      (void)snprintf(words, bytes, "area under the f-I curve falls to %.3g (below %.3g)", r.area, INHIBITED);
    else
      (void)snprintf(words, bytes, "rheobase grows to %.3g x (above 1.25), area under the f-I curve falls to %.3g",
                     r.rheobase, r.area);
    break;
  case LG_VERDICT_EXCITED:
    if (r.area > EXCITED)
      (void)snprintf(words, bytes, "area under the f-I curve grows to %.3g (above %.3g)", r.area, EXCITED);
    else
      (void)snprintf(words, bytes, "rheobase falls to %.3g x (below 0.8), area under the f-I curve grows to %.3g",
                     r.rheobase, r.area);
    break;
  default:
    (void)snprintf(words, bytes, "area under the f-I curve stays at %.3g (%.3g to %.3g), rheobase at %.3g x", r.area,
                   INHIBITED, EXCITED, r.rheobase);
  }
}

double lg_assay_use_dependence(const lg_assay *before, const lg_assay *after) {
  const double slow = 1.0 - after->train_upstroke_1Hz / before->train_upstroke_1Hz;
  const double fast = 1.0 - after->train_upstroke_100Hz / before->train_upstroke_100Hz;
  if (!(fast >= 0.01) || isnan(slow)) return (double)NAN;
  return fast / (slow > 1e-3 ? slow : 1e-3);
}
