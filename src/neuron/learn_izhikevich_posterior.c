/* The posterior beyond the Gaussian picture: samples weighed by the misfit of the free model. */
#include "neuron/izhikevich_misfit.h"
#include "neuron/izhikevich_objective.h"
#include "neuron/learn_izhikevich.h"

#include <math.h>
#include <string.h>

enum { P = LG_IZH_P, W = LG_IZH_MISFIT_LANES };

/** What the density of draws is asked of. */
typedef struct density {
  const lg_izh_data *data;
  lg_ctx *ctx;  /* whose threads help; NULL: none */
  double scale; /* of the cost: 1 over chi2 per sample */
  const double *z;
  size_t n;
  double *log_density;
} density;

static void set_lane(lg_izh_misfit *m, int j, const lg_izh_params *p) {
  const lg_izh_scaled s = lg_izh_scale(p);
  m->q[j] = s.q;
  m->g[j] = s.g;
  m->a[j] = s.a;
  m->e[j] = s.e;
  m->inv_C[j] = s.inv_C;
  m->reset_x[j] = s.reset_x;
  m->jump_w[j] = s.jump_w;
  m->peak_x[j] = s.peak_x;
  m->vr[j] = p->vr;
}

/* Groups of eight draws; spare lanes carry the last draw again. */
static lg_status weigh_groups(void *user, size_t begin, size_t end, unsigned worker) {
  density *d = user;
  (void)worker;
  for (size_t group = begin; group < end; group++) {
    lg_izh_misfit misfit = {.sigma_mV = d->data->sigma};
    double cost[W];
    for (int j = 0; j < W; j++) {
      const size_t k = group * W + (size_t)j;
      const double *z = d->z + (k < d->n ? k : d->n - 1) * P;
      const lg_izh_params p = lg_izh_from_z(z);
      cost[j] = lg_izh_is_neuron(z) ? 0.0 : (double)INFINITY;
      set_lane(&misfit, j, &p);
    }
    for (size_t w = 0; w < d->data->n_sweeps; w++) {
      const lg_izh_sweep *sweep = &d->data->sweep[w];
      for (int j = 0; j < W; j++) {
        const lg_izh_scaled s = {.q = misfit.q[j], .g = misfit.g[j], .e = misfit.e[j], .inv_C = misfit.inv_C[j]};
        lg_izh_steady(&s, sweep->i[0], &misfit.x0[j], &misfit.w0[j]);
      }
      lg_izh_misfit_add(&misfit, sweep, cost);
    }
    for (size_t j = 0; j < W && group * W + j < d->n; j++) d->log_density[group * W + j] = -d->scale * cost[j];
  }
  return LG_OK;
}

static void log_density(void *user, const double *z, size_t n, double *out) {
  density *d = user;
  const size_t groups = (n + W - 1) / W;
  d->z = z;
  d->n = n;
  d->log_density = out;
  for (size_t k = 0; k < n; k++) out[k] = -(double)INFINITY; /* what a cancelled run does not reach */
  if (d->ctx) LG_IGNORE(lg_parallel_for(d->ctx, groups, 1, weigh_groups, d));
  else LG_IGNORE(weigh_groups(d, 0, groups, 0));
}

bool lg_izh_sample_posterior(const lg_izh_data *data, lg_ctx *ctx, const lg_izh_refined *fit, uint64_t seed,
                             lg_importance *cloud) {
  density d = {.data = data, .ctx = ctx, .scale = 1.0 / fit->chi2};
  const lg_importance_task task = {.log_density = log_density,
                                   .user = &d,
                                   .draws = LG_POSTERIOR_SAMPLES,
                                   .rounds = LG_POSTERIOR_ROUNDS,
                                   .enough = LG_POSTERIOR_ENOUGH,
                                   .seed = seed};
  double centre[P], covariance[P * P];
  lg_izh_to_z(&fit->p, centre);
  for (int k = 0; k < P * P; k++) covariance[k] = fit->covariance[k] * fit->chi2;
  return lg_importance_run(cloud, &task, centre, covariance) && cloud->effective > 0.0;
}
