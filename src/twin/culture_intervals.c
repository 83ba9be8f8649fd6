#include "twin/culture_intervals.h"

#include <math.h>

culture_intervals_plan lg_culture_intervals_default(void) {
  return (culture_intervals_plan){.n_sets = 40,
                                  .seed = 1,
                                  .simulation = lg_culture_simulation_default(),
                                  .identify = lg_culture_identify_default()};
}

void lg_culture_intervals_destroy(lg_ctx *ctx, lg_culture_intervals *t) {
  if (!t) return;
  lg_free(ctx, t->set);
  lg_free(ctx, t);
}

/* Listed events within two frames of a true one, each true one once, the nearest first. */
static lg_status count_hits(lg_ctx *ctx, const lg_culture_truth *t, const lg_culture_result *r,
                            culture_interval_set *s) {
  lg_status status = LG_OK;
  bool *used = NULL;
  LG_NEW(ctx, used, t->n_events + 1);
  for (size_t k = 0; k < t->n_events; k++) s->n_true_events += t->events[k].inner;
  s->n_events = r->n_events;
  for (size_t e = 0; e < r->n_events; e++) {
    double nearest = 2.5;
    size_t at = t->n_events;
    for (size_t k = 0; k < t->n_events; k++) {
      const double apart = fabs(t->events[k].frame - (double)r->events[e].frame);
      if (!used[k] && t->events[k].inner && t->events[k].cell == r->events[e].cell && apart < nearest)
        nearest = apart, at = k;
    }
    if (at < t->n_events) used[at] = true, s->n_hits++;
  }
done:
  lg_free(ctx, used);
  return status;
}

static void judge(const lg_culture_truth *t, const lg_culture_result *r, culture_interval_set *s) {
  double mean = 0.0, left = 0.0, all = 0.0;
  s->found_law = r->law, s->identifiable = r->identifiable;
  s->k_found = r->k, s->k_low = r->k_low, s->k_high = r->k_high;
  s->k_held = r->k_low <= s->k && s->k <= r->k_high;
  s->half_width = 0.5 * (r->k_high - r->k_low) / s->k;
  s->n_cells = r->n_inner;
  for (size_t g = 0; g < r->n_inner; g++) mean += t->gamma[r->inner[g]] / (double)r->n_inner;
  for (size_t g = 0; g < r->n_inner; g++) {
    const double truth = t->gamma[r->inner[g]];
    s->feeds_held += r->gamma_low[g] <= truth && truth <= r->gamma_high[g];
    left += (r->gamma[g] - truth) * (r->gamma[g] - truth), all += (truth - mean) * (truth - mean);
  }
  s->feeds_r2 = 1.0 - left / all;
}

static lg_status run_set(lg_ctx *ctx, const culture_intervals_plan *plan, size_t q, culture_interval_set *s) {
  lg_status status = LG_OK;
  culture_simulation simulation = plan->simulation;
  lg_culture_truth *t = NULL;
  lg_culture_result *r = NULL;
  double *y = NULL;
  simulation.seed = plan->seed + q;
  if (plan->all_laws) simulation.law = (culture_law)(q % CULTURE_LAWS);
  *s = (culture_interval_set){.seed = simulation.seed, .law = simulation.law, .k = simulation.k};
  LG_TRY(lg_culture_simulate(ctx, &simulation, &t));
  LG_NEW(ctx, y, t->n_times * t->graph->n);
  lg_culture_noisy_traces(&simulation, t, y);
  LG_TRY(lg_culture_identify(ctx, t->graph, y, t->n_times, &plan->identify, &r));
  judge(t, r, s);
  LG_TRY(count_hits(ctx, t, r, s));
done:
  lg_free(ctx, y);
  lg_culture_result_destroy(ctx, r);
  lg_culture_truth_destroy(ctx, t);
  return status;
}

static void add_up(lg_culture_intervals *t) {
  size_t feeds = 0, cells = 0, hits = 0, events = 0;
  for (size_t q = 0; q < t->n; q++) {
    const culture_interval_set *s = &t->set[q];
    t->k_held += s->k_held;
    t->law_right += s->found_law == s->law;
    t->half_width += s->half_width / (double)t->n;
    t->bias += (s->k_found / s->k - 1.0) / (double)t->n;
    feeds += s->feeds_held, cells += s->n_cells;
    hits += s->n_hits, events += s->n_true_events + s->n_events;
  }
  t->feeds_held = cells ? (double)feeds / (double)cells : (double)NAN;
  t->event_f1 = events ? 2.0 * (double)hits / (double)events : (double)NAN;
}

lg_status lg_culture_intervals_run(lg_ctx *ctx, const culture_intervals_plan *plan, lg_culture_intervals **out) {
  lg_status status = LG_OK;
  lg_culture_intervals *t = NULL;
  *out = NULL;
  if (plan->n_sets < 1 || plan->n_sets > 10000)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu sets; 1 to 10000 are allowed", plan->n_sets);
  LG_NEW(ctx, t, 1);
  t->n = plan->n_sets;
  LG_NEW(ctx, t->set, t->n);
  for (size_t q = 0; q < t->n; q++) {
    LG_TRY(lg_progress(ctx, "simulated sets", q, t->n));
    LG_TRY(run_set(ctx, plan, q, &t->set[q]));
  }
  add_up(t);
  *out = t;
  t = NULL;
done:
  lg_culture_intervals_destroy(ctx, t);
  return status;
}
