/** @file sweep.h @brief The sweeps' view of a run: chains, loose edges, eliminated coefficients. */
#ifndef LG_CALCIUM_SWEEP_H
#define LG_CALCIUM_SWEEP_H

#include "calcium/kernel_imex.h"
#include "calcium/run_internal.h"

typedef struct calcium_sweeper {
  calcium_sweep sweep;
  calcium_row *carry, *inverse;
  calcium_event *events;
  double *block; /* history, edges of the chain */
  size_t n_loose;
  double factored_s;
} calcium_sweeper;

LG_MUST_CHECK lg_status lg_calcium_sweeper_create(lg_ctx *ctx, const calcium_run *run, calcium_sweeper **out);
void lg_calcium_sweeper_destroy(lg_ctx *ctx, calcium_sweeper *s);
/** @brief Both sweeps, with diffusion implicit over g; the sweep's weights are set. */
void lg_calcium_sweeper_move(calcium_run *run, calcium_sweeper *s, double g);

#endif
