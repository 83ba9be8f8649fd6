/**
 * @file impacts.h
 * @brief Impacts one after another on the same axon: what the first took away is missing in the second.
 *
 * Each profile becomes (part of) a series: the profile, a rest, the profile, a rest … With a rest of some time the
 * strain returns to 0 on a straight line of 10 ms (or all of a shorter rest), stays there, and bonds under stress go on
 * being lost; what is viscous relaxes as far as it gets. At rest at once: every impact begins without displacement or
 * stress, and of those before stays only what was lost, as after a long time; nothing heals.
 */
#ifndef LG_AXON_IMPACTS_H
#define LG_AXON_IMPACTS_H

#include "axon/simulate.h"

typedef struct axon_impacts_opts {
  size_t repeat;          /* each profile so often; used when sequence is NULL */
  const size_t *sequence; /* (n_sequence) profiles in order, one series; or NULL */
  size_t n_sequence;
  bool at_once;  /* at rest at once; otherwise */
  double rest_s; /* after every impact; to the next sample */
  double dt_s;   /* step of the simulation; 0: the profiles' own */
} axon_impacts_opts;

/** Series as profiles of the simulation's step, and where their impacts end. */
typedef struct axon_impacts {
  axon_profiles *series;
  size_t *ends; /* (n_ends) the same for every series, into axon_simulate_opts; each behind the impact's rest */
  size_t n_ends;
  size_t n_names;
  char **names; /* (n_names: series->n, n_ends) "p1:1", "p1:2" …; in a sequence each bears its own profile's name */
} axon_impacts;

/** @brief Lay profiles one after another. @retval LG_ERR_RANGE no impacts, too many, or a rest that is too long */
LG_MUST_CHECK lg_status lg_axon_impacts_create(lg_ctx *ctx, const axon_profiles *profiles,
                                               const axon_impacts_opts *opts, axon_impacts **out);
void lg_axon_impacts_destroy(lg_ctx *ctx, axon_impacts *impacts);

#endif
