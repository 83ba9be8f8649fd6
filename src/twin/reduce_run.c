/* Reductions with their runs. */
#define _XOPEN_SOURCE 700
#include "twin/reduce_run.h"

#include <math.h>
#include <time.h>

static const double run_at_most_ms = 1000.0, run_step_ms = 0.025;

void lg_reduce_made_free(lg_ctx *ctx, reduce_made *m) {
  lg_cable_result_destroy(ctx, m->full);
  lg_cable_result_destroy(ctx, m->reduced);
  lg_cable_tree_destroy(ctx, m->tree);
  lg_cable_reduction_destroy(ctx, m->reduction);
  *m = (reduce_made){0};
}

static double seconds_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lg_status run_one(lg_ctx *ctx, const cable_model *model, const cable_tree *tree, cable_result **out,
                         double *seconds) {
  const cable_run_options o = {.scheme = CABLE_SDIRK2, .dt_ms = run_step_ms};
  cable_model shorter = *model;
  const double before = seconds_now();
  shorter.tstop_ms = fmin(model->tstop_ms, run_at_most_ms);
  const lg_status status = lg_cable_simulate(ctx, &shorter, tree, &o, out);
  *seconds = seconds_now() - before;
  return status;
}

lg_status lg_reduce_make(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                         const cable_reduce_options *options, bool run, reduce_made *out) {
  const cable_cut cut = CABLE_CUT_INIT;
  lg_status status = LG_OK;
  cable_reduce_options o = *options;
  const size_t room = o.compartments;
  *out = (reduce_made){0};
  run = run && model->tstop_ms > 0.0 && model->n_probes > 0;
  if (run) {
    LG_TRY(run_one(ctx, model, tree, &out->full, &out->full_seconds));
    const size_t lines = lg_cable_reduce_lines(model, out->full);
    o.compartments -= lines < room / 4 ? lines : room / 4;
  }
  LG_TRY(lg_cable_reduce(ctx, model, tree, &o, &out->reduction));
  if (!run) goto done;
  LG_TRY(lg_cable_reduction_conduct(ctx, out->reduction, model, tree, out->full, room));
  LG_TRY(lg_cable_tree_create(ctx, out->reduction->model, &cut, &out->tree));
  LG_TRY(run_one(ctx, out->reduction->model, out->tree, &out->reduced, &out->reduced_seconds));
done:
  if (status != LG_OK) lg_reduce_made_free(ctx, out);
  return status;
}

size_t lg_reduce_spikes(const cable_result *r, size_t probe) {
  size_t n = 0;
  for (size_t k = 0; k < r->n_spikes; k++) n += r->spikes[k].probe == probe;
  return n;
}

double lg_reduce_spike_shift(const cable_result *full, const cable_result *reduced, size_t probe) {
  double most = 0.0;
  size_t b = 0;
  if (lg_reduce_spikes(full, probe) != lg_reduce_spikes(reduced, probe)) return (double)NAN;
  for (size_t a = 0; a < full->n_spikes; a++) {
    if (full->spikes[a].probe != probe) continue;
    while (reduced->spikes[b].probe != probe) b++;
    most = fmax(most, fabs(full->spikes[a].t_ms - reduced->spikes[b++].t_ms));
  }
  return most;
}
