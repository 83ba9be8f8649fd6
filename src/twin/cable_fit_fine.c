/* The error of the model's steps, from a run with quarters of them, taken off before the noise alone decides. */
#include "twin/cable_fit_internal.h"

#include <math.h>
#include <string.h>

enum { FINER = 4 };

/* A cell of its own with short steps and the currents of the sweep. */
static lg_status make_fine(cable_fit_job *j) {
  lg_status status = LG_OK;
  const cable_fit_sweep *s = j->s;
  const cable_fit_desk *d = j->desk;
  if (j->fine) return LG_OK;
  const size_t node = j->drive.node;
  const cable_gradient_options o = {
      .dt_ms = s->dt_ms / FINER, .n_steps = s->n_steps * FINER, .nodes = &node, .n_nodes = 1, .seed = d->o->seed};
  LG_TRY(lg_cable_gradient_create(j->ctx, d->model, d->tree, &o, d->seeds, d->n_seeds, &j->fine));
  LG_NEW(j->ctx, j->fine_nA, s->n_steps * FINER);
  LG_NEW(j->ctx, j->fine_mV, s->n_steps * FINER + 1);
  LG_NEW(j->ctx, j->fresh_mV, s->n_steps + 1);
  for (size_t k = 0; k < s->n_steps * FINER; k++) j->fine_nA[k] = s->current_nA[k / FINER];
done:
  return status;
}

/* Of a second-order step: what is left in the fine run is a sixteenth. */
static lg_status measure(cable_fit_job *j) {
  lg_status status = LG_OK;
  LG_TRY(make_fine(j));
  lg_cable_fit_set_values(j);
  const cable_drive fine = {.node = j->drive.node, .current_nA = j->fine_nA};
  j->drive.towards_mV = NULL;
  LG_TRY(lg_cable_gradient_set(j->ctx, j->r, j->values));
  LG_TRY(lg_cable_gradient_drive(j->ctx, j->r, &j->drive, 1));
  LG_TRY(lg_cable_gradient_run(j->ctx, j->r, j->v));
  LG_TRY(lg_cable_gradient_set(j->ctx, j->fine, j->values));
  LG_TRY(lg_cable_gradient_drive(j->ctx, j->fine, &fine, 1));
  LG_TRY(lg_cable_gradient_run(j->ctx, j->fine, j->fine_mV));
  for (size_t k = 0; k <= j->s->n_steps; k++) j->fresh_mV[k] = 16.0 / 15.0 * (j->v[k] - j->fine_mV[k * FINER]);
done:
  return status;
}

static lg_status measure_all(void *user, size_t begin, size_t end, unsigned worker) {
  cable_fit_desk *d = user;
  (void)worker;
  for (size_t k = begin; k < end; k++) d->jobs[k].ok = measure(&d->jobs[k]) == LG_OK;
  return LG_OK;
}

bool lg_cable_fit_correct(cable_fit_desk *d, const double *x) {
  for (size_t k = 0; k < d->n_jobs; k++) d->jobs[k].x = x;
  if (lg_parallel_for(d->ctx, d->n_jobs, 1, measure_all, d) != LG_OK) return false;
  for (size_t k = 0; k < d->n_jobs; k++)
    if (!d->jobs[k].ok) return false;
  for (size_t k = 0; k < d->n_jobs; k++)
    memcpy(d->jobs[k].step_error_mV, d->jobs[k].fresh_mV, (d->jobs[k].s->n_steps + 1) * sizeof(double));
  return true;
}

void lg_cable_fit_uncorrect(cable_fit_desk *d) {
  for (size_t k = 0; k < d->n_jobs; k++)
    memset(d->jobs[k].step_error_mV, 0, (d->jobs[k].s->n_steps + 1) * sizeof(double));
}

void lg_cable_fit_free_fine(cable_fit_job *j) {
  lg_cable_gradient_destroy(j->ctx, j->fine);
  lg_free(j->ctx, j->fine_nA);
  lg_free(j->ctx, j->fine_mV);
  lg_free(j->ctx, j->fresh_mV);
  lg_free(j->ctx, j->step_error_mV);
}
