/* Pharmacokinetics of one compartment; see drug_pk.h. */
#include "twin/drug_pk.h"

#include "base/elementary.h"

#include <math.h>

static const double ln2 = 0.693147180559945309;

/* Time of the peak of a single dose; falls as absorption gets faster. */
static double peak_time(double ka, double ke) {
  const double d = ka - ke;
  if (fabs(d) < 1e-6 * ke) return 1.0 / ke;
  return lg_ln(ka / ke) / d;
}

/* Absorption for a peak at tmax: bisection on log ka between ke and 1e6 ke. */
static double absorption(double ke, double tmax_h) {
  double low = 0.0, high = lg_ln(1e6);
  for (int k = 0; k < 100; k++) {
    const double middle = 0.5 * (low + high);
    if (peak_time(ke * lg_exp(middle), ke) > tmax_h) low = middle;
    else high = middle;
  }
  return ke * lg_exp(0.5 * (low + high));
}

lg_status lg_drug_course_make(lg_ctx *ctx, const lg_drug *drug, double dose_mg, double interval_h,
                              lg_drug_course *out) {
  const lg_drug_kinetics *k = &drug->kinetics;
  const struct {
    const char *name;
    double x;
  } needed[] = {{"half-life", k->half_life_h},
                {"volume of distribution", k->volume_L},
                {"bioavailability", k->bioavailability},
                {"time of the peak", k->tmax_h},
                {"molar mass", k->molar_mass_g_per_mol}};
  for (size_t j = 0; j < sizeof needed / sizeof needed[0]; j++)
    if (!(needed[j].x > 0.0))
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the %s of %s is not in the table; its course cannot be worked out",
                     needed[j].name, drug->name);
  if (!(dose_mg > 0.0 && dose_mg <= 1e5))
    return lg_fail(ctx, LG_ERR_RANGE, "the dose is %g mg, allowed is above 0 to 100000 mg", dose_mg);
  if (!(interval_h >= 0.1))
    return lg_fail(ctx, LG_ERR_RANGE, "the interval is %g h, allowed is 0.1 h and more", interval_h);
  const double ke = ln2 / k->half_life_h;
  if (k->tmax_h >= 1.0 / ke)
    return lg_fail(ctx, LG_ERR_RANGE, "%s: a peak after %g h is later than a half-life of %g h allows (%.3g h)",
                   drug->name, k->tmax_h, k->half_life_h, 1.0 / ke);
  *out = (lg_drug_course){.ka_per_h = absorption(ke, k->tmax_h),
                          .ke_per_h = ke,
                          .single_uM = 1e3 * k->bioavailability * dose_mg / k->molar_mass_g_per_mol / k->volume_L,
                          .fraction_unbound = drug->fraction_unbound,
                          .interval_h = interval_h};
  return LG_OK;
}

/* One dose, t after it. */
static double single(const lg_drug_course *c, double t_h) {
  if (!(t_h > 0.0)) return 0.0;
  const double ka = c->ka_per_h, ke = c->ke_per_h;
  return c->single_uM * ka / (ka - ke) * (lg_exp(-ke * t_h) - lg_exp(-ka * t_h));
}

double lg_drug_course_at(const lg_drug_course *c, double t_h) {
  if (!isfinite(c->interval_h)) return single(c, t_h);
  if (!(t_h >= 0.0)) return 0.0;
  /* n doses at 0, tau, …: two geometric sums */
  const double ka = c->ka_per_h, ke = c->ke_per_h, tau = c->interval_h;
  const double doses = floor(t_h / tau) + 1.0, since = t_h - (doses - 1.0) * tau;
  const double slow = lg_exp(-ke * since) * lg_expm1(-doses * ke * tau) / lg_expm1(-ke * tau);
  const double fast = lg_exp(-ka * since) * lg_expm1(-doses * ka * tau) / lg_expm1(-ka * tau);
  return c->single_uM * ka / (ka - ke) * (slow - fast);
}

double lg_drug_course_steady(const lg_drug_course *c, double t_h) {
  if (!isfinite(c->interval_h)) return single(c, t_h);
  const double ka = c->ka_per_h, ke = c->ke_per_h, tau = c->interval_h;
  return c->single_uM * ka / (ka - ke) *
         (lg_exp(-ka * t_h) / lg_expm1(-ka * tau) - lg_exp(-ke * t_h) / lg_expm1(-ke * tau));
}

/* The peak between two doses: golden search on a course that rises once and falls. */
static double steady_peak(const lg_drug_course *c) {
  double low = 0.0, high = c->interval_h;
  for (int k = 0; k < 200; k++) {
    const double a = low + 0.381966011250105 * (high - low), b = low + 0.618033988749895 * (high - low);
    if (lg_drug_course_steady(c, a) < lg_drug_course_steady(c, b)) low = a;
    else high = b;
  }
  return lg_drug_course_steady(c, 0.5 * (low + high));
}

lg_drug_exposure lg_drug_course_exposure(const lg_drug_course *c) {
  lg_drug_exposure x = {.peak_uM = (double)NAN, .trough_uM = (double)NAN, .mean_uM = (double)NAN};
  x.first_peak_h = peak_time(c->ka_per_h, c->ke_per_h);
  x.first_peak_uM = single(c, x.first_peak_h);
  x.days_to_90 = lg_ln(10.0) / c->ke_per_h / 24.0;
  if (!isfinite(c->interval_h)) return x;
  x.peak_uM = steady_peak(c);
  x.trough_uM = lg_drug_course_steady(c, 0.0);
  x.mean_uM = c->single_uM / (c->ke_per_h * c->interval_h);
  return x;
}
