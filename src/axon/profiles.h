/** @file profiles.h @brief Strain profiles at other times: linear between samples, held or cut where lengths differ. */
#ifndef LG_AXON_PROFILES_H
#define LG_AXON_PROFILES_H

#include "axon/simulate.h"

/** What lg_axon_profile_resample() had to do; 0: the samples are those of the profile. */
enum {
  AXON_RESAMPLE_READ = 1, /* read off between samples: another step */
  AXON_RESAMPLE_HELD = 2, /* shorter: the last value holds */
  AXON_RESAMPLE_CUT = 4,  /* longer: what comes after is left out; the peak is in what remains */
  AXON_RESAMPLE_MOVED = 8 /* longer, and the peak comes too late: a window about it, its first value taken off */
};

/**
 * @brief One profile at n_to times, dt_to_s apart; safe in parallel sections.
 *
 * A profile that lasts longer keeps its first samples when they hold the greatest |strain|. Otherwise the window begins
 * where |strain| is least between 80 and 20 % of its length before that peak, and the strain there is taken off: what
 * the axon lost before is not known to the rest.
 *
 * @param from (n_from), n_from >= 1
 * @param to   (n_to); must not overlap from
 * @return the bits above
 */
unsigned lg_axon_profile_resample(const double *from, size_t n_from, double dt_from_s, double *to, size_t n_to,
                                  double dt_to_s);

/**
 * @brief All profiles, in place, by lg_axon_profile_resample(); what was done is said in the log, once for all.
 * @retval LG_ERR_RANGE fewer than 2 samples, a step that is not positive, or none to resample
 */
LG_MUST_CHECK lg_status lg_axon_profiles_resample(lg_ctx *ctx, axon_profiles *profiles, size_t n_times, double dt_s);

/** @brief Whether every profile has n_times samples, dt_s apart (to a millionth of the step). */
bool lg_axon_profiles_are(const axon_profiles *profiles, size_t n_times, double dt_s);

#endif
