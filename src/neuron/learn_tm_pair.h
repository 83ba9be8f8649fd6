/**
 * @file learn_tm_pair.h
 * @brief What changed between two recordings of one Traub–Miles cell: shared parameters, sparse changes.
 *
 * Both recordings are fitted at once by one set of parameters; the second may differ from the first by a few of
 * LG_TM_CHANGES changes. First the recording before is fitted (lg_tm_identify), then all changes at once carry that
 * neuron to the recording after (annealed nudging), then every subset of the changes is judged by its constrained
 * minimum and those that matter are fitted jointly; BIC weighs them.
 */
#ifndef LG_LEARN_TM_PAIR_H
#define LG_LEARN_TM_PAIR_H

#include "neuron/learn_tm.h"

/** Logarithms of the scales of gNa, gK, gL, gM; shift of VT (the gates m, h, n) and of the M gate, mV. */
enum { LG_TM_CHANGES = 6, LG_TM_CHANGE_VT = 4, LG_TM_CHANGE_P = 5, LG_TM_SUBSETS = 1 << LG_TM_CHANGES };

/** Names: gNa gK gL gM VT p_shift. */
extern const char *const lg_tm_change_names[LG_TM_CHANGES];
/** @brief Whether a change multiplies (its delta is a logarithm) rather than shifts (mV). */
bool lg_tm_change_is_scale(int change);

/** One of the two recordings. */
typedef struct lg_tm_side {
  const lg_tm_sweep *sweeps;
  size_t n_sweeps;
} lg_tm_side;

typedef struct lg_tm_pair_fit {
  lg_tm_fit before;                               /* of the recording before, alone */
  double theta[LG_TM_PARAMETERS];                 /* shared, of the best subset */
  double delta[LG_TM_CHANGES], sd[LG_TM_CHANGES]; /* 0 where the best subset has no such change */
  unsigned subset;                                /* bits of the best subset */
  double subset_weight[LG_TM_SUBSETS];            /* posterior probability of each subset */
  double probability[LG_TM_CHANGES];              /* that this one changed at all */
  double chi2_before, chi2_after;                 /* per sample, of the best subset */
  double sigma_before_mV, sigma_after_mV;
  bool accepted;   /* both chi2 within .8 … 1.25 */
  unsigned passes; /* over a recording */
} lg_tm_pair_fit;

/** Work space: one per worker thread. */
typedef struct lg_tm_pair_desk lg_tm_pair_desk;

/** @brief Create; so many samples in all sweeps of either side. */
LG_MUST_CHECK lg_status lg_tm_pair_desk_create(lg_ctx *ctx, size_t max_before, size_t max_after, lg_tm_pair_desk **out);
void lg_tm_pair_desk_destroy(lg_ctx *ctx, lg_tm_pair_desk *desk);

/**
 * @brief Fit a pair in memory that exists; for worker threads.
 * @param opts bounds, taumax, starts of the fit before; sigma_mV > 0 is the noise of both
 * @return false when no start gave finite trajectories, or the sweeps do not fit the desk
 */
bool lg_tm_pair_identify_in(lg_tm_pair_desk *desk, const lg_tm_side *before, const lg_tm_side *after,
                            const lg_tm_fit_opts *opts, lg_tm_pair_fit *fit);

#endif
