/* Refinement: a homotopy from the observed course to the free model, then maximum likelihood; restarts. */
#include "neuron/izhikevich_objective.h"
#include "neuron/learn_izhikevich.h"

#include <string.h>

#define STEEPNESS 0.5 /* of the forgiving weights, mV per mV of the step between samples */
#define HUBER 3.0
#define GATE_LOW 0.8
#define GATE_HIGH 1.25

enum { P = LG_IZH_P };

/* Pull in 1/ms per stage, and how many iterations each may take. */
typedef struct schedule {
  const double *pull;
  int stages, iterations;
} schedule;

static const double quick_pulls[] = {1.0, 0.3, 0.1, 0.03, 0.01};
static const double slow_pulls[] = {3.0, 1.5, 0.8, 0.4, 0.2, 0.12, 0.07, 0.04, 0.02, 0.01, 0.005};
static const schedule quick = {quick_pulls, sizeof quick_pulls / sizeof quick_pulls[0], 6};
static const schedule slow = {slow_pulls, sizeof slow_pulls / sizeof slow_pulls[0], 8};

static void renew_vpeak(const lg_izh_data *data, lg_izh_point *p) {
  const lg_izh_params params = lg_izh_from_z(p->z);
  const double vpeak = lg_izh_vpeak(data, &params);
  if (vpeak > params.c + 2.0) p->z[8] = vpeak;
}

/* One start through all stages. Returns iterations, -1 when it cannot be evaluated. */
static int run_start(lg_izh_data *data, const schedule *plan, int max_iterations, lg_izh_point *p, double *robust) {
  lg_izh_objective objective = {.data = data,
                                .kernel = lg_izh_fit_kernel(),
                                .huber = HUBER,
                                .eta = 0.15,
                                .tolerance = 1e-3,
                                .end_ms = (double)INFINITY};
  int total = 0, n;
  lg_izh_set_weights(data, STEEPNESS);
  for (int stage = 0; stage < plan->stages; stage++) {
    objective.pull = plan->pull[stage];
    n = lg_izh_minimise(&objective, p, plan->iterations);
    if (n < 0) return -1;
    total += n;
  }
  renew_vpeak(data, p);
  objective.pull = 0.0;
  n = lg_izh_minimise(&objective, p, max_iterations);
  if (n < 0) return -1;
  *robust = p->cost / (double)p->n;
  total += n;
  lg_izh_set_weights(data, 0.1 * STEEPNESS);
  n = lg_izh_minimise(&objective, p, max_iterations);
  if (n < 0) return -1;
  total += n;
  lg_izh_set_weights(data, 0.0);
  objective.huber = (double)INFINITY;
  objective.tolerance = 1e-7;
  objective.eta = LG_IZH_ETA;
  n = lg_izh_minimise(&objective, p, max_iterations);
  return n < 0 ? -1 : total + n;
}

/* Around the best point so far; the spread is that of a closed form in a bad case. */
static void perturb(const lg_izh_params *best, lg_rng *rng, lg_izh_point *p) {
  static const double spread[P] = {0.05, 0.05, 0.1, 0.5, 0.1, 0.3, 0.1, 3.0, 0.3};
  lg_izh_to_z(best, p->z);
  for (int k = 0; k < P; k++) p->z[k] += spread[k] * lg_rng_normal(rng);
}

static bool in_gate(const lg_izh_point *p) {
  const double chi2 = p->chi2 / (double)p->n;
  return chi2 >= GATE_LOW && chi2 <= GATE_HIGH;
}

static void keep(lg_izh_data *data, const lg_izh_point *p, double robust, lg_izh_refined *out) {
  lg_izh_point centre = *p;
  const lg_izh_objective objective = {.data = data,
                                      .kernel = lg_izh_fit_kernel(),
                                      .huber = (double)INFINITY,
                                      .eta = LG_IZH_ETA,
                                      .end_ms = (double)INFINITY};
  out->accepted = in_gate(p);
  if (out->accepted && lg_izh_posterior(&objective, data->walls, &centre, out->covariance)) {
  } else if (!lg_izh_covariance(p, out->covariance))
    for (int k = 0; k < P * P; k++) out->covariance[k] = (double)NAN;
  out->p = lg_izh_from_z(centre.z);
  out->chi2 = centre.chi2 / (double)centre.n;
  out->robust = robust;
  out->clamped = centre.clamped;
}

bool lg_izh_refine(lg_izh_data *data, const lg_izh_params *starts, size_t n_starts, int max_starts, int max_iterations,
                   uint64_t seed, lg_izh_refined *out) {
  lg_rng rng = lg_rng_make(seed, 0x697a682d726566u, 0); /* "izh-ref" */
  bool any = false;
  memset(out, 0, sizeof *out);
  /* each start quickly, each start slowly, then perturbations */
  for (int k = 0; k < max_starts && !lg_cancelled(data->ctx); k++) {
    const size_t which = (size_t)k;
    lg_izh_point p;
    if (n_starts > 0 && which < 2 * n_starts) lg_izh_to_z(&starts[which % n_starts], p.z);
    else if (any) perturb(k % 2 || n_starts == 0 ? &out->p : &starts[0], &rng, &p);
    else break;
    double robust = 0.0;
    const int iterations = run_start(data, which < n_starts ? &quick : &slow, max_iterations, &p, &robust);
    out->starts++;
    if (iterations < 0) continue;
    out->iterations += iterations;
    if (!any || p.chi2 / (double)p.n < out->chi2) keep(data, &p, robust, out);
    any = true;
    if (out->accepted) break;
  }
  return any;
}
