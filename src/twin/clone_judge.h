/** @file clone_judge.h @brief How good a twin is on its own recording, and what must be said about it. */
#ifndef LG_CLONE_JUDGE_H
#define LG_CLONE_JUDGE_H

#include "twin/clone.h"

/** @brief The samples of a sweep that a fit looks at (lg_target_window()). */
lg_fit_trace lg_clone_trace(const lg_sweep *sweep);

/** @brief Whether sweep k is fitted: even ones, or all when there are fewer than four or the caller wants so. */
bool lg_clone_is_fitted(const lg_recording *rec, const lg_clone_opts *opts, size_t k);

/** @brief Compare one sweep with the twin's answer to it; counts by the definition of the features. */
void lg_clone_judge_sweep(const lg_sweep *sweep, const double *twin_mV, bool fitted, lg_twin_sweep *out);

/** @brief Fill count_rmse_…, count_r2_…, subthreshold_rmse_mV from the sweeps. */
void lg_clone_judge(const lg_clone *clone, lg_twin *twin);

/** @brief Error of spike counts where the fit did not look, if there are such sweeps. */
double lg_clone_count_rmse(const lg_twin *twin);

/** @brief Domain and reasons. */
void lg_clone_flag(const lg_recording *rec, const lg_clone_opts *opts, const lg_clone *clone, lg_twin *twin);

/** @brief The range of currents and what limits it. */
void lg_clone_flag_range(const lg_clone *clone, lg_twin *twin);

#endif
