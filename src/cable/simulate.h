/**
 * @file simulate.h
 * @brief A run of one cell that can be stopped, saved and gone on with; lg_cable_simulate() is a run from end to end.
 */
#ifndef LG_CABLE_SIMULATE_H
#define LG_CABLE_SIMULATE_H

#include "cable/cell.h"

typedef struct cable_run cable_run;

/** @brief Begin a run at t = 0. Model and tree must outlive it. */
LG_MUST_CHECK lg_status lg_cable_run_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                            const cable_run_options *options, cable_run **out);
void lg_cable_run_destroy(lg_ctx *ctx, cable_run *run);

/**
 * @brief Go on to t_ms (at most tstop_ms).
 * @retval LG_ERR_NUMERICAL it diverged; the message says when and where; the samples up to there are kept
 * @retval LG_ERR_CANCELLED the caller asked to stop; the run can be saved and gone on with
 */
LG_MUST_CHECK lg_status lg_cable_run_advance(lg_ctx *ctx, cable_run *run, double t_ms);

/** @brief t at which it stands, ms. */
double lg_cable_run_time_ms(const cable_run *run);

/** @brief The cell that runs: its voltages everywhere. The run's own. */
const cable_group *lg_cable_run_group(const cable_run *run);

/** @brief The same, to drive it between calls of lg_cable_run_advance(). */
cable_group *lg_cable_run_cell(cable_run *run);

/** @brief Report no progress: somebody else's run steers this one. */
void lg_cable_run_quiet(cable_run *run);

/** @brief The samples and spikes up to now; the run's own. */
const cable_result *lg_cable_run_result(const cable_run *run);

/** @brief Take the result out of a run (the run may only be destroyed afterwards). */
cable_result *lg_cable_run_take(cable_run *run);

/** @brief Bytes of the run's whole state, samples included. */
size_t lg_cable_run_state_bytes(const cable_run *run);
void lg_cable_run_save(const cable_run *run, void *bytes);
/** @brief Put back what lg_cable_run_save() wrote for the same model, tree and options.
 * @retval LG_ERR_FORMAT the bytes are not of such a run */
LG_MUST_CHECK lg_status lg_cable_run_restore(lg_ctx *ctx, cable_run *run, const void *bytes, size_t n);

#endif
