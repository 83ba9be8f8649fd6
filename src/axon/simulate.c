#include "axon/simulate.h"

#include <math.h>
#include <string.h>

enum { FLOAT_NEWTON = 4, FLOAT_NEWTON_MORE = 2, DOUBLE_NEWTON = 50, MOST_PIECES = 16 };

/* Floats that have not settled by then go on: 7 % more iterations for errors that are a third to a tenth. */
static const double float_more_above = 3e-3;

/* How far the last Newton iteration may change a strain, and where doubles stop. Four iterations leave up to 0.08 in
 * buckled microtubules, which hardly resist, and 1e-5 in the outputs; what diverges is far beyond. */
static const double float_moved = 0.3, double_moved = 1e-9, double_tolerance_nm = 1e-9;

typedef struct job {
  const lg_axon *const *axons; /* (n_axons); case c is profile c / n_axons on axon c % n_axons */
  size_t n_axons;
  const axon_profiles *profiles;
  const axon_build *build;
  size_t n_steps, n_ends;
  const size_t *ends;
  bool relax;
  double dt_s, most_strain_step;
  bool is_double;
  axon_scheme scheme;
  axon_outcome *outcomes;
  double *trace;
  const size_t *order; /* cases: first those that share lanes, then those that go alone */
  size_t n_shared, n_alone;
  char *work; /* (workers, bytes) */
  double *scratch;
  size_t work_bytes, scratch_doubles;
} job;

enum { MOST_LANES = 64 };

size_t lg_axon_steps(const axon_profiles *p, const axon_simulate_opts *o) {
  if (!(o->dt_s > 0.0)) return p->n_times - 1;
  return (size_t)floor((double)(p->n_times - 1) * p->dt_s / o->dt_s + 1e-9);
}

/* Strain at a step, linear between samples. */
static double strain_at(const job *j, size_t profile, size_t step) {
  const axon_profiles *p = j->profiles;
  const double *x = p->strain + profile * p->n_times, at = (double)step * j->dt_s / p->dt_s;
  const size_t k = (size_t)floor(at + 1e-9);
  const double part = at - (double)k;
  if (k + 1 >= p->n_times || fabs(part) < 1e-9) return x[k < p->n_times ? k : p->n_times - 1];
  return x[k] + part * (x[k + 1] - x[k]);
}

/* By how much the strain moves in a step; where impacts begin at rest, from 0. */
static double move_at(const job *j, size_t profile, size_t step) {
  bool at_rest = false;
  for (size_t k = 0; j->relax && k + 1 < j->n_ends && j->ends; k++) at_rest = at_rest || j->ends[k] == step - 1;
  return strain_at(j, profile, step) - (at_rest ? 0.0 : strain_at(j, profile, step - 1));
}

static unsigned pieces_of(double moved, double most) {
  const double pieces = most > 0.0 ? ceil(fabs(moved) / most * (1.0 - 1e-9)) : 1.0;
  return pieces < 1.0 ? 1u : (unsigned)pieces;
}

/* Steps in which the strain moves further than that. */
static size_t count_long(const job *j, size_t profile, double most) {
  size_t count = 0;
  for (size_t n = 1; n <= j->n_steps; n++) count += pieces_of(move_at(j, profile, n), most) > 1;
  return count;
}

/* What one call of a kernel writes, in a worker's scratch. */
typedef struct written {
  double *strain, *out, *further, *moved, *trace;
  unsigned *pieces;
} written;

static written lay_out(const job *j, unsigned worker) {
  const size_t w = j->build->lanes, ends = j->n_ends * w;
  written x = {.strain = j->scratch + worker * j->scratch_doubles};
  x.out = x.strain + (j->n_steps + 1) * w;
  x.further = x.out + ends * AXON_OUTPUTS;
  x.moved = x.further + ends * AXON_FURTHER;
  x.trace = j->trace ? x.moved + ends : NULL;
  x.pieces = (unsigned *)(void *)(x.moved + ends + (j->trace ? w * (j->n_steps + 1) * AXON_TRACES : 0));
  return x;
}

static size_t doubles_of(const job *j) {
  const size_t w = j->build->lanes, ends = j->n_ends * w;
  return (j->n_steps + 1) * w * (1 + (j->trace ? (size_t)AXON_TRACES : 0)) + ends * (AXON_OUTPUTS + AXON_FURTHER + 1) +
         j->n_steps + 9;
}

/* The cases of a call's lanes; NULL pieces: no step is cut. */
static void run_lanes(const job *j, const size_t *which, size_t lanes, const unsigned *pieces, unsigned worker,
                      const written *x) {
  const lg_axon *axons[MOST_LANES];
  const size_t w = j->build->lanes;
  for (size_t l = 0; l < w; l++) {
    const size_t one = which[l < lanes ? l : lanes - 1], profile = one / j->n_axons;
    axons[l] = j->axons[one % j->n_axons];
    for (size_t n = 0; n <= j->n_steps; n++) x->strain[n * w + l] = strain_at(j, profile, n);
  }
  j->build->run(&(axon_lanes){.axon = axons[0],
                              .axon_of_lane = axons,
                              .strain = x->strain,
                              .pieces = pieces,
                              .n_steps = j->n_steps,
                              .dt_s = j->dt_s,
                              .scheme = j->scheme,
                              .newton = j->is_double ? DOUBLE_NEWTON : FLOAT_NEWTON,
                              .newton_more = j->is_double ? 0 : FLOAT_NEWTON_MORE,
                              .more_above = float_more_above,
                              .tolerance_nm = j->is_double ? double_tolerance_nm : 0.0,
                              .work = j->work + worker * j->work_bytes,
                              .ends = j->ends,
                              .n_ends = j->n_ends,
                              .relax = j->relax,
                              .out = x->out,
                              .further = x->further,
                              .trace = x->trace,
                              .moved = x->moved});
}

/* A case's outcomes out of its lane; says whether Newton converged in all of them. */
static bool keep(const job *j, size_t one, size_t lane, const written *x) {
  const size_t w = j->build->lanes, rows = (j->n_steps + 1) * AXON_TRACES;
  bool good = true;
  for (size_t end = 0; end < j->n_ends; end++) {
    axon_outcome *o = &j->outcomes[one * j->n_ends + end];
    const size_t at = end * w + lane;
    memcpy(o->out, x->out + at * AXON_OUTPUTS, sizeof o->out);
    memcpy(o->further, x->further + at * AXON_FURTHER, sizeof o->further);
    o->moved = x->moved[at];
    for (size_t k = 0; k < AXON_OUTPUTS; k++) good = good && isfinite(o->out[k]);
    for (size_t k = 0; k < AXON_FURTHER; k++) good = good && isfinite(o->further[k]);
    good = good && o->moved <= (j->is_double ? double_moved : float_moved);
  }
  if (j->trace) memcpy(j->trace + one * rows, x->trace + lane * rows, rows * sizeof(double));
  return good;
}

static void give_up(axon_outcome *o) {
  o->failed = true;
  for (size_t k = 0; k < AXON_OUTPUTS; k++) o->out[k] = (double)NAN;
  for (size_t k = 0; k < AXON_FURTHER; k++) o->further[k] = (double)NAN;
}

/* One case in all lanes, its steps cut where the strain moves far; cut further until Newton converges. */
static void run_alone(const job *j, size_t one, unsigned first, unsigned worker) {
  const size_t profile = one / j->n_axons;
  const written x = lay_out(j, worker);
  axon_outcome *o = &j->outcomes[one * j->n_ends];
  bool good = false;
  for (unsigned pieces = first; !good && pieces <= MOST_PIECES; pieces *= 2) {
    size_t n_cut = 0;
    for (size_t n = 1; n <= j->n_steps; n++) {
      const unsigned own = pieces_of(move_at(j, profile, n), j->most_strain_step);
      n_cut += own > 1;
      x.pieces[n] = own * pieces;
    }
    run_lanes(j, &one, 1, x.pieces, worker, &x);
    good = keep(j, one, 0, &x);
    for (size_t end = 0; end < j->n_ends; end++) o[end].pieces = pieces, o[end].n_cut = n_cut;
  }
  for (size_t end = 0; !good && end < j->n_ends; end++) give_up(&o[end]);
}

static void run_shared(const job *j, const size_t *which, size_t lanes, unsigned worker) {
  const written x = lay_out(j, worker);
  size_t again[MOST_LANES], n_again = 0;
  run_lanes(j, which, lanes, NULL, worker, &x);
  for (size_t l = 0; l < lanes; l++) {
    for (size_t end = 0; end < j->n_ends; end++) j->outcomes[which[l] * j->n_ends + end].pieces = 1;
    if (!keep(j, which[l], l, &x)) again[n_again++] = which[l];
  }
  for (size_t k = 0; k < n_again; k++) run_alone(j, again[k], 2, worker);
}

/* Items: groups of lanes, then single cases. */
static lg_status run_range(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  const size_t w = j->build->lanes, groups = (j->n_shared + w - 1) / w;
  for (size_t k = begin; k < end; k++) {
    if (k >= groups) run_alone(j, j->order[j->n_shared + k - groups], 1, worker);
    else run_shared(j, j->order + k * w, j->n_shared - k * w < w ? j->n_shared - k * w : w, worker);
  }
  return LG_OK;
}

static lg_status check_ends(lg_ctx *ctx, size_t n_steps, const axon_simulate_opts *o) {
  for (size_t k = 0; k < o->n_ends; k++)
    if (o->ends[k] <= (k > 0 ? o->ends[k - 1] : 0) || o->ends[k] > n_steps)
      return lg_fail(ctx, LG_ERR_RANGE, "impact %zu ends at step %zu; above the one before and up to %zu are allowed",
                     k + 1, o->ends[k], n_steps);
  if (o->n_ends > 0 && o->ends[o->n_ends - 1] != n_steps)
    return lg_fail(ctx, LG_ERR_RANGE, "the last impact ends at step %zu of %zu", o->ends[o->n_ends - 1], n_steps);
  return LG_OK;
}

lg_status lg_axon_profiles_check(lg_ctx *ctx, const axon_profiles *p, const axon_simulate_opts *o) {
  const double dt = o->dt_s > 0.0 ? o->dt_s : p->dt_s;
  if (p->n_times < 2) return lg_fail(ctx, LG_ERR_RANGE, "profiles of %zu samples; at least 2 are needed", p->n_times);
  if (!(dt >= 1e-7 && dt <= 0.1)) return lg_fail(ctx, LG_ERR_RANGE, "the step is %g s; allowed is 1e-7 to 0.1 s", dt);
  if (lg_axon_steps(p, o) < 1)
    return lg_fail(ctx, LG_ERR_RANGE, "profiles of %g s are shorter than one step of %g s",
                   (double)(p->n_times - 1) * p->dt_s, dt);
  for (size_t k = 0; k < p->n; k++) {
    const double *x = p->strain + k * p->n_times;
    if (x[0] != 0.0) return lg_fail(ctx, LG_ERR_RANGE, "profile '%s' begins at strain %g, not 0", p->names[k], x[0]);
    for (size_t t = 0; t < p->n_times; t++)
      if (!(x[t] > -0.9 && x[t] <= 1.0))
        return lg_fail(ctx, LG_ERR_RANGE, "profile '%s' has strain %g at t = %g s; allowed is -0.9 to 1%s", p->names[k],
                       x[t], (double)t * p->dt_s, fabs(x[t]) > 1.0 ? " (a fraction: 0.1 for 10 %)" : "");
  }
  return LG_OK;
}

/* Order: those without far moves first. */
static void sort_out(job *j, size_t *order) {
  size_t alone = 0, n = j->profiles->n * j->n_axons;
  for (size_t k = 0; k < j->profiles->n; k++) {
    const size_t n_long = count_long(j, k, AXON_MOST_STRAIN_STEP), n_cut = count_long(j, k, j->most_strain_step);
    for (size_t one = k * j->n_axons; one < (k + 1) * j->n_axons; one++) {
      for (size_t end = 0; end < j->n_ends; end++) j->outcomes[one * j->n_ends + end].n_long = n_long;
      if (n_cut > 0) order[n - ++alone] = one;
      else order[j->n_shared++] = one;
    }
  }
  j->n_alone = alone;
  j->order = order;
}

lg_status lg_axon_simulate(lg_ctx *ctx, const lg_axon *axon, const axon_profiles *profiles,
                           const axon_simulate_opts *opts, axon_outcome *outcomes, double *trace) {
  return lg_axon_simulate_each(ctx, &axon, 1, profiles, opts, outcomes, trace);
}

lg_status lg_axon_simulate_each(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons, const axon_profiles *profiles,
                                const axon_simulate_opts *opts, axon_outcome *outcomes, double *trace) {
  lg_status status = LG_OK;
  size_t *order = NULL, n_cases, n_outcomes;
  job j = {.axons = axons,
           .n_axons = n_axons,
           .profiles = profiles,
           .is_double = opts->precision == AXON_DOUBLE,
           .outcomes = outcomes};
  if (n_axons == 0) return lg_fail(ctx, LG_ERR_RANGE, "no axon to simulate; at least 1 is needed");
  j.n_ends = opts->ends && opts->n_ends > 0 ? opts->n_ends : 1;
  if (!lg_mul_size(profiles->n, n_axons, &n_cases) || !lg_mul_size(n_cases, j.n_ends, &n_outcomes))
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu profiles on %zu axons are too many", profiles->n, n_axons);
  LG_TRY(lg_axon_profiles_check(ctx, profiles, opts));
  j.build = j.is_double ? &lg_axon_double : lg_axon_float();
  j.n_steps = lg_axon_steps(profiles, opts);
  j.dt_s = opts->dt_s > 0.0 ? opts->dt_s : profiles->dt_s;
  j.most_strain_step = opts->most_strain_step;
  j.scheme = opts->scheme;
  j.relax = opts->relax;
  if (opts->ends && opts->n_ends > 0) j.ends = opts->ends;
  if (j.ends) LG_TRY(check_ends(ctx, j.n_steps, opts));
  j.trace = trace;
  for (size_t k = 0; k < n_outcomes; k++) outcomes[k] = (axon_outcome){0};
  LG_NEW(ctx, order, n_cases);
  sort_out(&j, order);
  const size_t w = j.build->lanes, workers = lg_ctx_threads(ctx);
  j.work_bytes = (lg_axon_lanes_bytes(j.build, axons[0]) + 63) / 64 * 64;
  j.scratch_doubles = doubles_of(&j);
  LG_NEW(ctx, j.work, workers * j.work_bytes);
  LG_NEW(ctx, j.scratch, workers * j.scratch_doubles);
  const size_t items = (j.n_shared + w - 1) / w + j.n_alone, piece = 64;
  for (size_t at = 0; at < items; at += piece) { /* in pieces, so that progress shows and a stop is heard */
    const size_t n = items - at < piece ? items - at : piece;
    job now = j;
    const size_t groups = (j.n_shared + w - 1) / w;
    now.order = j.order + (at < groups ? at * w : j.n_shared);
    now.n_shared = at < groups ? j.n_shared - at * w : 0;
    if (at >= groups) now.order += at - groups;
    if (at < groups && at + n <= groups) now.n_shared = n * w < now.n_shared ? n * w : now.n_shared;
    LG_TRY(lg_parallel_for(ctx, n, 1, run_range, &now));
    LG_TRY(lg_progress(ctx, "axons", at + n, items));
  }
done:
  lg_free(ctx, order);
  lg_free(ctx, j.work);
  lg_free(ctx, j.scratch);
  return status;
}

void lg_axon_profiles_destroy(lg_ctx *ctx, axon_profiles *p) {
  if (!p) return;
  for (size_t k = 0; p->names && k < p->n; k++) lg_free(ctx, p->names[k]);
  for (size_t k = 0; p->impact_names && k < p->n_impacts; k++) lg_free(ctx, p->impact_names[k]);
  lg_free(ctx, p->names);
  lg_free(ctx, p->impact_names);
  lg_free(ctx, p->strain);
  lg_free(ctx, p->position_mm);
  lg_free(ctx, p->fibre);
  lg_free(ctx, p->impact);
  lg_free(ctx, p);
}
