/* Networks first, then the mechanics for what is out of their range. */
#include "axon/predict.h"

#include <math.h>
#include <string.h>

enum { PIECE = 4096 /* profiles simulated at once: bounds the memory of their copies */ };

static void mark_failed(axon_predicted *row) {
  row->direct = row->failed = true;
  for (size_t q = 0; q < AXON_PREDICTED; q++) row->mean[q] = row->sd[q] = (double)NAN;
}

/* Rows which[0 … n) by the mechanics. */
static lg_status simulate_some(lg_ctx *ctx, const lg_axon *axon, const axon_profiles *all, const size_t *which,
                               size_t n, const axon_simulate_opts *opts, axon_predicted *rows) {
  lg_status status = LG_OK;
  axon_outcome *outcomes = NULL;
  axon_profiles some = {.n = n, .n_times = all->n_times, .dt_s = all->dt_s};
  LG_NEW(ctx, some.strain, n * all->n_times);
  LG_NEW(ctx, some.names, n);
  LG_NEW(ctx, outcomes, n);
  for (size_t k = 0; k < n; k++) {
    memcpy(some.strain + k * all->n_times, all->strain + which[k] * all->n_times, all->n_times * sizeof *all->strain);
    some.names[k] = all->names[which[k]]; /* borrowed */
  }
  LG_TRY(lg_axon_simulate(ctx, axon, &some, opts, outcomes, NULL));
  for (size_t k = 0; k < n; k++) {
    axon_predicted *row = &rows[which[k]];
    row->direct = true;
    for (size_t q = 0; q < AXON_PREDICTED; q++) {
      row->mean[q] = outcomes[k].out[q]; /* MT, AXOLEMMA, TAU, NF are the first of the outputs */
      row->sd[q] = 0.0;
    }
    if (outcomes[k].failed) mark_failed(row);
  }
done:
  lg_free(ctx, outcomes);
  lg_free(ctx, some.names);
  lg_free(ctx, some.strain);
  return status;
}

/* Whether the mechanics take the profile; what lg_axon_simulate() refuses must not stop the others. */
static bool can_simulate(const axon_profiles *p, size_t k) {
  const double *x = p->strain + k * p->n_times;
  bool fine = x[0] == 0.0;
  for (size_t t = 0; t < p->n_times; t++) fine = fine && x[t] > -0.9 && x[t] <= 1.0;
  return fine;
}

static lg_status simulate_rest(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_profiles *profiles,
                               const axon_simulate_opts *opts, size_t n_out, axon_predicted *rows) {
  lg_status status = LG_OK;
  lg_axon *axon = NULL;
  size_t *which = NULL, n = 0;
  LG_NEW(ctx, which, n_out);
  LG_TRY(lg_axon_create(ctx, &net->params, &axon));
  for (size_t k = 0; k < profiles->n; k++) {
    if (rows[k].in_range) continue;
    if (can_simulate(profiles, k)) which[n++] = k;
    else mark_failed(&rows[k]);
  }
  for (size_t at = 0; at < n; at += PIECE)
    LG_TRY(simulate_some(ctx, axon, profiles, which + at, n - at < PIECE ? n - at : PIECE, opts, rows));
done:
  lg_axon_destroy(ctx, axon);
  lg_free(ctx, which);
  return status;
}

lg_status lg_axon_predict(lg_ctx *ctx, const lg_axon_surrogate *net, const axon_profiles *profiles,
                          const axon_predict_opts *opts, axon_predicted *rows, axon_predict_report *report) {
  lg_status status = LG_OK;
  axon_prediction *said = NULL;
  axon_predict_report counts = {0};
  LG_NEW(ctx, said, profiles->n);
  LG_TRY(lg_axon_surrogate_predict(ctx, net, profiles, said));
  for (size_t k = 0; k < profiles->n; k++) {
    rows[k] = (axon_predicted){.nearest = said[k].nearest, .in_range = said[k].in_range};
    memcpy(rows[k].mean, said[k].mean, sizeof rows[k].mean);
    memcpy(rows[k].sd, said[k].sd, sizeof rows[k].sd);
    counts.n_out += !said[k].in_range;
  }
  if (counts.n_out > 0 && !opts->no_fallback)
    LG_TRY(simulate_rest(ctx, net, profiles, &opts->simulate, counts.n_out, rows));
  for (size_t k = 0; k < profiles->n; k++) {
    counts.n_direct += rows[k].direct;
    counts.n_failed += rows[k].failed;
  }
  if (report) *report = counts;
done:
  lg_free(ctx, said);
  return status;
}
