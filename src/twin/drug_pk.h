/** @file drug_pk.h @brief Pharmacokinetics: one compartment, absorbed and eliminated at constant rates. */
#ifndef LG_TWIN_DRUG_PK_H
#define LG_TWIN_DRUG_PK_H

#include "twin/drug.h"

/** Rates and scale of one drug and dose. */
typedef struct lg_drug_course {
  double ka_per_h, ke_per_h;
  double single_uM;        /**< F x dose / V: total plasma if all were absorbed at once */
  double fraction_unbound; /**< NAN: not known, then only totals are */
  double interval_h;       /**< between doses; INFINITY: a single one */
} lg_drug_course;

/**
 * @brief Course of a drug after oral doses of dose_mg every interval_h (INFINITY: once).
 *
 * C(t) = F D ka / (V (ka - ke)) (e^(-ke t) - e^(-ka t)); ke = ln 2 / half-life; ka makes the peak of a single dose
 * fall at tmax.
 * @retval LG_ERR_UNSUPPORTED half-life, volume, bioavailability, tmax or molar mass are not known (named)
 * @retval LG_ERR_RANGE       dose or interval not positive, or tmax later than any absorption can make it
 */
LG_MUST_CHECK lg_status lg_drug_course_make(lg_ctx *ctx, const lg_drug *drug, double dose_mg, double interval_h,
                                            lg_drug_course *out);

/** @brief Total plasma concentration, uM, at a time after the first dose. */
double lg_drug_course_at(const lg_drug_course *course, double t_h);

/** @brief The same at steady state, t after a dose, 0 <= t < interval_h; a single dose: lg_drug_course_at(). */
double lg_drug_course_steady(const lg_drug_course *course, double t_h);

/** What a dose comes to; totals, uM. */
typedef struct lg_drug_exposure {
  double first_peak_uM, first_peak_h;
  double peak_uM, trough_uM, mean_uM; /**< at steady state; NAN for a single dose */
  double days_to_90;                  /**< until 90 % of the steady state */
} lg_drug_exposure;

lg_drug_exposure lg_drug_course_exposure(const lg_drug_course *course);

#endif
