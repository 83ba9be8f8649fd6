/* What stimuli bring: their shapes over the nodes once, their ramps at every step. */
#include "base/elementary.h"
#include "calcium/run_internal.h"

#include <math.h>
#include <string.h>

static const double uM_um3_per_mol = 1e21;

/* The Gaussian on the nodes of the section and the node that it begins at. */
static void spread(const calcium_grid *g, const calcium_stimulus *j, double *profile) {
  for (size_t k = 0; k < g->n; k++) {
    const bool joint = k == g->first[j->section];
    if (g->section[k] != j->section && !joint) continue;
    const double x = (joint ? 0.0 : g->x_um[k]) - j->x0_um;
    profile[k] = lg_exp(-x * x / (2.0 * j->sigma_um * j->sigma_um));
  }
}

/* A point: the two nodes around it, each with its share. */
static void point(const calcium_case *c, const calcium_grid *g, const calcium_stimulus *j, double *profile) {
  const calcium_between at = lg_calcium_place(c, g, (calcium_place){j->section, j->x0_um});
  profile[at.a] += (1.0 - at.part) / g->plasma_um2[at.a];
  profile[at.b] += at.part / g->plasma_um2[at.b];
}

/* µM µm/s at the start of the ramp. */
static void shape(const calcium_run *run, const calcium_stimulus *j, double *profile) {
  const calcium_grid *g = run->grid;
  double scale = j->j0;
  if (j->sigma_um > 0.0) spread(g, j, profile);
  if (j->total_mol_s > 0.0) {
    double area = 0.0;
    for (size_t k = 0; k < g->n; k++) area += profile[k] * g->plasma_um2[k];
    if (!(area > 1e-6 * g->plasma_um2[g->last[j->section]])) { /* narrower than the grid sees */
      memset(profile, 0, g->n * sizeof(double));
      point(run->c, g, j, profile);
      area = 1.0;
    }
    scale = j->total_mol_s * uM_um3_per_mol / area;
  }
  for (size_t k = 0; k < g->n; k++) profile[k] *= scale;
}

void lg_calcium_set_profiles(calcium_run *run) {
  const size_t n = run->now.n;
  for (size_t q = 0; q < run->c->n_stimuli; q++) {
    double *profile = run->profiles + q * n;
    size_t from = n, to = 0;
    shape(run, &run->c->stimuli[q], profile);
    for (size_t k = 0; k < n; k++) {
      if (profile[k] == 0.0) continue;
      if (k < from) from = k;
      to = k + 1;
    }
    run->profile_nodes[2 * q] = from < to ? from : 0;
    run->profile_nodes[2 * q + 1] = to;
  }
}

bool lg_calcium_inflow(calcium_run *run, double t) {
  bool on = false;
  for (size_t q = 0; q < run->c->n_stimuli; q++) {
    const calcium_stimulus *j = &run->c->stimuli[q];
    if (t < j->on_s || t >= j->off_s) continue;
    if (!on) memset(run->reactions.inflow, 0, run->now.n * sizeof(double));
    on = true;
    const double ramp = 1.0 - (t - j->on_s) / (j->off_s - j->on_s), *profile = run->profiles + q * run->now.n;
    for (size_t k = run->profile_nodes[2 * q]; k < run->profile_nodes[2 * q + 1]; k++)
      run->reactions.inflow[k] += ramp * profile[k];
  }
  if (!on && run->reactions.driven) memset(run->reactions.inflow, 0, run->now.n * sizeof(double));
  run->reactions.driven = on;
  return on;
}
