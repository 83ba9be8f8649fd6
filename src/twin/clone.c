#include "twin/clone.h"

#include "neuron/posterior_samples.h"
#include "twin/clone_judge.h"
#include "twin/clone_network.h"
#include "twin/clone_screen.h"
#include "twin/feature_fit.h"

#include <math.h>
#include <string.h>

static lg_status check(lg_ctx *ctx, const lg_recording *rec) {
  int spikes = 0;
  if (rec->n_sweeps == 0) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no sweep with a membrane potential");
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    const lg_sweep *s = &rec->sweeps[k];
    if (!s->i_pA)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                     "sweep %d has no current, neither measured nor from the protocol; a twin needs the current that "
                     "drove the cell",
                     s->number);
    if (s->dt_ms > 0.2500001)
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "sampled at %.3g kHz; spikes need at least 4 kHz", 1.0 / s->dt_ms);
    for (size_t j = 0; j < s->n; j++)
      if (!isfinite(s->v_mV[j]) || !isfinite(s->i_pA[j]))
        return lg_fail(ctx, LG_ERR_FORMAT,
                       "sweep %d, sample %zu: potential or current is not a number; cut the sweep or export it again",
                       s->number, j);
    spikes += lg_clone_count_spikes(s->v_mV, 0, s->n, s->n, s->dt_ms);
  }
  if (spikes == 0)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "no spikes in %zu sweeps; a spiking model cannot be told from silence",
                   rec->n_sweeps);
  return LG_OK;
}

/* ---- one twin --------------------------------------------------------------------------------- */

/** What all families are fitted to. */
typedef struct material {
  const lg_recording *rec;
  const lg_clone_opts *opts;
  size_t n;
  lg_fit_trace *traces; /* (n) of the fitted sweeps */
  lg_targets *targets;  /* the same sweeps by features */
  double *current;      /* (threads, longest) scratch */
  size_t longest;
  double sigma_mV;
} material;

static void material_release(lg_ctx *ctx, material *m) {
  lg_free(ctx, m->traces);
  lg_targets_destroy(ctx, m->targets);
  lg_free(ctx, m->current);
}

static lg_status material_prepare(lg_ctx *ctx, material *m) {
  lg_status status = LG_OK;
  const lg_recording *rec = m->rec;
  const lg_sweep **fitted = NULL;
  LG_NEW(ctx, m->traces, rec->n_sweeps);
  LG_NEW(ctx, fitted, rec->n_sweeps);
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    if (rec->sweeps[k].n > m->longest) m->longest = rec->sweeps[k].n;
    if (!lg_clone_is_fitted(rec, m->opts, k)) continue;
    fitted[m->n] = &rec->sweeps[k];
    m->traces[m->n++] = lg_clone_trace(&rec->sweeps[k]);
  }
  LG_NEW(ctx, m->current, (size_t)lg_ctx_threads(ctx) * m->longest);
  LG_TRY(lg_targets_create(ctx, fitted, m->n, &m->targets));
done:
  lg_free(ctx, (void *)fitted);
  return status;
}

typedef struct simulate_job {
  const lg_family *family;
  const material *m;
  lg_clone *clone;
} simulate_job;

static lg_status simulate_range(void *user, size_t begin, size_t end, unsigned worker) {
  const simulate_job *job = user;
  double *current = job->m->current + (size_t)worker * job->m->longest;
  for (size_t k = begin; k < end; k++) {
    const lg_sweep *s = &job->m->rec->sweeps[k];
    double *v = job->clone->twin_mV[k];
    if (job->family->search) lg_target_current(s, 0, s->n, current);
    job->family->simulate(&job->clone->twin, job->family->search ? current : s->i_pA, s->n, s->dt_ms, v);
    lg_clone_judge_sweep(s, v, lg_clone_is_fitted(job->m->rec, job->m->opts, k), &job->clone->sweeps[k]);
  }
  return LG_OK;
}

static lg_status clone_create(lg_ctx *ctx, const lg_recording *rec, lg_clone **out) {
  lg_status status = LG_OK;
  lg_clone *c = NULL;
  *out = NULL;
  LG_NEW(ctx, c, 1);
  LG_NEW(ctx, c->sweeps, rec->n_sweeps);
  LG_NEW(ctx, c->twin_mV, rec->n_sweeps);
  c->n_sweeps = rec->n_sweeps;
  for (size_t k = 0; k < rec->n_sweeps; k++) LG_NEW(ctx, c->twin_mV[k], rec->sweeps[k].n);
  *out = c;
  return LG_OK;
done:
  lg_clone_destroy(ctx, c);
  return status;
}

void lg_clone_destroy(lg_ctx *ctx, lg_clone *clone) {
  if (!clone) return;
  if (clone->twin_mV)
    for (size_t k = 0; k < clone->n_sweeps; k++) lg_free(ctx, clone->twin_mV[k]);
  lg_free(ctx, (void *)clone->twin_mV);
  lg_free(ctx, clone->sweeps);
  lg_free(ctx, clone->found);
  lg_free(ctx, clone);
}

/* Mean squared residual of the free-running twin over the fitted windows, in units of the noise. */
static double free_chi2(const material *m, const lg_clone *c) {
  double sum = 0.0, n = 0.0;
  for (size_t k = 0; k < m->rec->n_sweeps; k++) {
    if (!c->sweeps[k].fitted) continue;
    const lg_fit_trace t = lg_clone_trace(&m->rec->sweeps[k]);
    const double *twin = c->twin_mV[k] + (t.v_mV - m->rec->sweeps[k].v_mV);
    for (size_t j = 0; j < t.n; j++) sum += (t.v_mV[j] - twin[j]) * (t.v_mV[j] - twin[j]);
    n += (double)t.n;
  }
  return sum / n / (m->sigma_mV * m->sigma_mV);
}

/* The refined twin; the network's word where it knows such neurons and the refinement ended beside the optimum. */
static lg_status fit_family(lg_ctx *ctx, const lg_family *family, const material *m, lg_twin *twin) {
  lg_status status = LG_OK;
  lg_clone_guess *guess = NULL;
  lg_posterior *posterior = NULL;
  const lg_clone_net_file *asked = NULL;
  LG_NEW(ctx, guess, 1);
  if (m->opts->samples) LG_NEW(ctx, posterior, 1);
  LG_TRY(lg_clone_ask(ctx, family, m->opts, m->traces, m->n, guess, &asked));
  if (m->opts->network_only) {
    if (!asked) {
      status = lg_fail(ctx, LG_ERR_NOT_FOUND, "no network knows the family '%s'; clone without --network-only",
                       family->name);
      goto done;
    }
    twin->chi2_per_sample = twin->noise_mV = (double)NAN;
    lg_clone_take_guess(family, guess, twin);
  } else {
    LG_TRY(family->fit(ctx, m->traces, m->n, asked ? guess : NULL, m->opts->seed, twin, posterior));
    if (!twin->accepted && asked && lg_clone_guess_distance(guess) <= 1.0) lg_clone_take_guess(family, guess, twin);
  }
  lg_clone_note_network(asked, guess, twin);
done:
  lg_free(ctx, guess);
  lg_free(ctx, posterior);
  return status;
}

static lg_status try_family(lg_ctx *ctx, const lg_family *family, const material *m, lg_clone **out) {
  lg_status status = LG_OK;
  lg_clone *c = NULL;
  LG_TRY(clone_create(ctx, m->rec, &c));
  c->family = family;
  c->twin.feature_score = (double)NAN;
  if (family->search) {
    LG_NEW(ctx, c->found, 1);
    LG_TRY(family->search(ctx, m->targets, m->opts->seed, &c->twin, c->found));
  } else LG_TRY(fit_family(ctx, family, m, &c->twin));
  simulate_job job = {family, m, c};
  LG_TRY(lg_parallel_for(ctx, m->rec->n_sweeps, 1, simulate_range, &job));
  if (!family->search) LG_TRY(lg_family_score(ctx, &c->twin, m->targets, &c->twin.feature_score));
  if (family->search) {
    c->twin.noise_mV = m->sigma_mV;
    c->twin.chi2_per_sample = free_chi2(m, c);
  }
  lg_clone_judge(c, &c->twin);
  *out = c;
  return LG_OK;
done:
  lg_clone_destroy(ctx, c);
  return status;
}

/* ---- which one -------------------------------------------------------------------------------- */

/* Misfit of the fitted sweeps, with a price for every parameter: the sweeps that are predicted have no say. */
static double penalised(const lg_twin *t) { return t->feature_score + 0.02 * (double)t->n_parameters; }

/* Whether a conductance model gives the fitted sweeps' counts and silent courses. Such a twin is preferred: it has the
 * shape of the spikes as well, and it levels off and blocks under strong currents, where reset models speed up for
 * ever. */
static bool convinces(const lg_twin *t) {
  return strcmp(t->model, "tm") == 0 && t->count_r2_fitted >= 0.92 && !(t->subthreshold_rmse_fitted_mV > 2.5);
}

static bool better(const lg_twin *a, const lg_twin *b) {
  if (a->accepted != b->accepted) return a->accepted;
  if (convinces(a) != convinces(b)) return convinces(a);
  const double x = penalised(a), y = penalised(b);
  if (x == x && y == y) return x < y;
  if (x == x || y == y) return x == x;
  return a->count_rmse_fitted < b->count_rmse_fitted;
}

static lg_clone_trial trial_of(const lg_ctx *ctx, const lg_family *family, const lg_clone *c) {
  lg_clone_trial t = {.family = family, .chi2_per_sample = (double)NAN, .count_rmse = (double)NAN};
  if (c) {
    t.accepted = c->twin.accepted;
    t.chi2_per_sample = c->twin.chi2_per_sample;
    t.count_rmse = lg_clone_count_rmse(&c->twin);
  } else {
    (void)snprintf(t.note, sizeof t.note, "%s", lg_ctx_message(ctx));
  }
  return t;
}

/** The best so far and all that was tried. */
typedef struct contest {
  lg_clone *best;
  lg_clone_trial trials[LG_CLONE_MAX_TRIALS];
  size_t n_trials;
  lg_status last; /* why the last failed */
  bool any;       /* a family has the name that was asked for */
} contest;

static lg_status enter(lg_ctx *ctx, contest *q, const lg_family *family, const material *m) {
  lg_clone *c = NULL;
  q->last = try_family(ctx, family, m, &c);
  if (q->last == LG_ERR_MEMORY || q->last == LG_ERR_CANCELLED) return q->last;
  if (q->n_trials < LG_CLONE_MAX_TRIALS) q->trials[q->n_trials++] = trial_of(ctx, family, c);
  if (c && (!q->best || better(&c->twin, &q->best->twin))) {
    lg_clone *old = q->best;
    q->best = c;
    c = old;
  }
  lg_clone_destroy(ctx, c);
  return LG_OK;
}

/* Whether a search by features could still be better than what there is. */
static bool needs_search(const material *m, const contest *q, bool white) {
  if (m->opts->network_only) return false;
  if (!q->best) return true;
  if (q->best->twin.accepted) return false;
  /* data of a model, whose refinement ended beside the optimum: the network knows such neurons */
  return !(white && strcmp(q->best->twin.stage, "network") == 0);
}

static void note_skipped(contest *q, const lg_family *family, double ratio) {
  if (q->n_trials == LG_CLONE_MAX_TRIALS) return;
  lg_clone_trial *t = &q->trials[q->n_trials++];
  *t = (lg_clone_trial){.family = family, .chi2_per_sample = (double)NAN, .count_rmse = (double)NAN};
  (void)snprintf(t->note, sizeof t->note,
                 "every sample: not tried, the cell's own slow noise has %.3g times the variance of white noise",
                 ratio);
}

/* First the fits of every sample, unless the noise rules them out; then, when none is accepted, those by features. */
static lg_status run_contest(lg_ctx *ctx, const material *m, contest *q) {
  enum { SLOW_NOISE = 3 };
  lg_status status = LG_OK;
  size_t n_families;
  const lg_family *const *families = lg_families(&n_families);
  const double ratio = lg_clone_screen_noise(m->traces, m->n).ratio;
  const bool white = !(ratio > SLOW_NOISE);
  for (size_t f = 0; f < n_families; f++) {
    const lg_family *family = families[f];
    if (m->opts->model && strcmp(m->opts->model, family->name) != 0) continue;
    q->any = true;
    LG_TRY(lg_progress(ctx, "cloning", f, n_families));
    if (family->search && !needs_search(m, q, white)) continue;
    if (family->fit && !white && !m->opts->network_only) {
      note_skipped(q, family, ratio);
      continue;
    }
    LG_TRY(enter(ctx, q, family, m));
  }
done:
  return status;
}

static double noise_of(const material *m) {
  const lg_noise_screen s = lg_clone_screen_noise(m->traces, m->n);
  return s.sigma_mV > 1e-6 ? s.sigma_mV : 1e-3;
}

lg_status lg_clone_recording(lg_ctx *ctx, const lg_recording *rec, const lg_clone_opts *opts, lg_clone **out) {
  lg_status status = LG_OK;
  material m = {.rec = rec, .opts = opts};
  contest q = {.last = LG_OK};
  *out = NULL;
  LG_TRY(check(ctx, rec));
  LG_TRY(material_prepare(ctx, &m));
  m.sigma_mV = noise_of(&m);
  LG_TRY(run_contest(ctx, &m, &q));
  if (!q.any) {
    status = lg_fail(ctx, LG_ERR_ARGUMENT, "no model family is called '%s'", opts->model);
    goto done;
  }
  if (!q.best) {
    status = q.last;
    goto done;
  }
  /* how well it is known is worth its time for the best alone */
  if (q.best->family->search) LG_TRY(q.best->family->spread(ctx, m.targets, opts->seed, q.best->found, &q.best->twin));
  if (!opts->samples) q.best->twin.n_samples = 0;
  lg_clone_flag(rec, opts, q.best, &q.best->twin);
  lg_clone_flag_range(q.best, &q.best->twin);
  q.best->n_trials = q.n_trials;
  memcpy(q.best->trials, q.trials, q.n_trials * sizeof q.trials[0]);
  *out = q.best;
  q.best = NULL;
done:
  lg_clone_destroy(ctx, q.best);
  material_release(ctx, &m);
  return status;
}
