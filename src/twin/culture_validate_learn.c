/* Rows 14 and 15: the learned message function, and the amortised network on fresh cultures. */
#include "twin/culture_validate_internal.h"

#include "base/elementary.h"
#include "culture/graph_ode.h"
#include "culture/simulate.h"
#include "twin/culture_amortised_sets.h"

#include <math.h>

/* ---- what passes between two cells ------------------------------------------------------------------------ */

static lg_status linear_sets(const culture_check *c, const culture_graph_ode *o) {
  char text[96];
  for (int number = 1; lg_culture_check_has(c, "traces_t%d_truth.json", number); number++) {
    culture_set s;
    lg_culture_learned *r = NULL;
    lg_status status = lg_culture_set_load(c, number, &s);
    if (status != LG_OK) return status;
    status = lg_culture_learn_coupling(c->ctx, s.graph, s.y, s.n_times, -1, o, &r);
    if (status == LG_OK) {
      (void)snprintf(text, sizeof text, "t%d: slope of the learned coupling", number);
      lg_culture_check_apart(c, CULTURE_ROW_LEARNED, text, r->k.value, s.k, "/frame", 10.0);
    }
    lg_culture_learned_destroy(c->ctx, r);
    lg_culture_set_clear(c->ctx, &s);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status saturating_set(const culture_check *c, const culture_graph_ode *o, double saturation, uint64_t seed) {
  const int row = CULTURE_ROW_LEARNED;
  lg_status status = LG_OK;
  culture_simulation s = lg_culture_simulation_default();
  lg_culture_truth *t = NULL;
  lg_culture_learned *r = NULL;
  double *y = NULL;
  char text[96];
  s.saturation = saturation, s.seed = seed;
  LG_TRY(lg_culture_simulate(c->ctx, &s, &t));
  LG_NEW(c->ctx, y, t->n_times * t->graph->n);
  lg_culture_noisy_traces(&s, t, y);
  LG_TRY(lg_culture_learn_coupling(c->ctx, t->graph, y, t->n_times, -1, o, &r));
  (void)snprintf(text, sizeof text, "saturation %g: smaller residuals on kept frames than the linear law's",
                 saturation);
  lg_culture_check_least(c, row, text, 100.0 * (1.0 - lg_exp(r->score - r->score_linear)), "%", 0.0);
  (void)snprintf(text, sizeof text, "saturation %g: how sure that is (z over the cells)", saturation);
  lg_culture_check_least(c, row, text, r->score_z, "", 2.0);
  (void)snprintf(text, sizeof text, "saturation %g: slope where differences are small", saturation);
  lg_culture_check_apart(c, row, text, r->k_small.value, s.k, "/frame", 25.0);
done:
  lg_culture_learned_destroy(c->ctx, r);
  lg_culture_truth_destroy(c->ctx, t);
  lg_free(c->ctx, y);
  return status;
}

lg_status lg_culture_validate_learned(const culture_check *c) {
  culture_graph_ode o = lg_culture_graph_ode_default();
  o.members = 0;
  lg_status status = linear_sets(c, &o);
  if (status == LG_OK) status = saturating_set(c, &o, 0.15, 501);
  if (status == LG_OK && !c->what->quick) status = saturating_set(c, &o, 0.15, 502);
  if (status == LG_OK && !c->what->quick) status = saturating_set(c, &o, 0.3, 503);
  return status;
}

/* ---- one pass of a network -------------------------------------------------------------------------------- */

enum { FRESH = 200, FRESH_QUICK = 40, FRESH_SEED = 20260911 };

static void say_table(const culture_check *c, const culture_amortised_table *t) {
  const int row = CULTURE_ROW_AMORTISED;
  /* over few cultures a share wanders by more than the limits */
  const double slack = c->what->quick ? 10.0 : 0.0;
  lg_culture_check_least(c, row, "90 % intervals that hold k, at least", 100.0 * t->cover_k[3], "%", 85.0 - slack);
  lg_culture_check_most(c, row, "90 % intervals that hold k, at most", 100.0 * t->cover_k[3], "%", 95.0 + slack);
  lg_culture_check_least(c, row, "90 % intervals that hold gamma, at least", 100.0 * t->cover_gamma[3], "%",
                         85.0 - slack);
  lg_culture_check_most(c, row, "90 % intervals that hold gamma, at most", 100.0 * t->cover_gamma[3], "%",
                        95.0 + slack);
  lg_culture_check_note(c, row, "half-width of k, median", 100.0 * t->half_k, "%");
  lg_culture_check_note(c, row, "error of k, median", 100.0 * t->error_k, "%");
  lg_culture_check_note(c, row, "half-width of gamma, median", 1e4 * t->half_gamma, "1e-4/frame");
  lg_culture_check_note(c, row, "error of gamma, median", 1e4 * t->error_gamma, "1e-4/frame");
  lg_culture_check_note(c, row, "processor time for a culture", 1e3 * (t->features_s + t->network_s), "ms");
  lg_culture_check_note(c, row, "segmented output error with bootstrap: holds k", 100.0 * t->soe_cover_k, "%");
  lg_culture_check_note(c, row, "the same: holds gamma", 100.0 * t->soe_cover_gamma, "%");
  lg_culture_check_note(c, row, "the same: half-width of k", 100.0 * t->soe_half_k, "%");
  lg_culture_check_note(c, row, "the same: error of k", 100.0 * t->soe_error_k, "%");
  lg_culture_check_note(c, row, "the same: half-width of gamma", 1e4 * t->soe_half_gamma, "1e-4/frame");
  lg_culture_check_note(c, row, "the same: error of gamma", 1e4 * t->soe_error_gamma, "1e-4/frame");
  lg_culture_check_note(c, row, "the same: processor time for a culture", 1e3 * t->soe_s, "ms");
}

lg_status lg_culture_validate_amortised(const culture_check *c) {
  lg_status status = LG_OK;
  lg_culture_amortised a = {0};
  culture_amortised_table t;
  culture_amortised_plan plan = lg_culture_amortised_plan_default();
  culture_am_span *const span[CULTURE_AM_RANGES] = {&plan.noise, &plan.k, &plan.cells, &plan.frames};
  if (!c->what->amortised) {
    lg_culture_check_note(c, CULTURE_ROW_AMORTISED, "there is no network to judge", (double)NAN, "");
    return LG_OK;
  }
  LG_TRY(lg_culture_amortised_load(c->ctx, c->what->amortised, &a));
  for (size_t q = 0; q < CULTURE_AM_RANGES; q++) *span[q] = (culture_am_span){a.low[q], a.high[q]};
  plan.seed = FRESH_SEED; /* no training's */
  LG_TRY(lg_culture_amortised_judge(c->ctx, &plan, &a, AM_TEST, c->what->quick ? FRESH_QUICK : FRESH, &t));
  say_table(c, &t);
done:
  lg_culture_amortised_clear(c->ctx, &a);
  return status;
}
