/* Rows 7 to 9, 11 and 12: k, feeds, law and events from traces and movies; the published estimators; intervals. */
#include "twin/culture_validate_internal.h"

#include "twin/culture_intervals.h"
#include "twin/culture_unet.h"

#include <math.h>

/* ---- traces -------------------------------------------------------------------------------------------------- */

static double r2_of(const culture_set *s, const lg_culture_result *r) {
  double mean = 0.0, left = 0.0, all = 0.0;
  for (size_t k = 0; k < r->n_inner; k++) mean += s->gamma[r->inner[k]] / (double)r->n_inner;
  for (size_t k = 0; k < r->n_inner; k++) {
    const double truth = s->gamma[r->inner[k]];
    left += (r->gamma[k] - truth) * (r->gamma[k] - truth), all += (truth - mean) * (truth - mean);
  }
  return 1.0 - left / all;
}

lg_status lg_culture_validate_traces(const culture_check *c) {
  const int row = CULTURE_ROW_TRACES;
  size_t n = 0, right = 0;
  char text[96];
  for (int number = 1; lg_culture_check_has(c, "traces_t%d_truth.json", number); number++, n++) {
    culture_set s;
    lg_culture_result *r = NULL;
    const culture_identify o = lg_culture_identify_default();
    lg_status status = lg_culture_set_load(c, number, &s);
    if (status != LG_OK) return status;
    status = lg_culture_identify(c->ctx, s.graph, s.y, s.n_times, &o, &r);
    if (status == LG_OK) {
      (void)snprintf(text, sizeof text, "t%d: k", number);
      lg_culture_check_apart(c, row, text, r->k, s.k, "/frame", 3.0);
      (void)snprintf(text, sizeof text, "t%d: R\xc2\xb2 of the feeds", number);
      lg_culture_check_least(c, row, text, r2_of(&s, r), "", 0.94);
      right += r->law == s.law;
    }
    lg_culture_result_destroy(c->ctx, r);
    lg_culture_set_clear(c->ctx, &s);
    if (status != LG_OK) return status;
  }
  if (n == 0) return lg_fail(c->ctx, LG_ERR_FORMAT, "traces_t1_truth.json is not there");
  lg_culture_check_least(c, row, "sets with the right law", (double)right, "", (double)n);
  return LG_OK;
}

/* ---- movies -------------------------------------------------------------------------------------------------- */

static lg_status say_movie(const culture_check *c, int row, const char *by, const culture_film_truth *truth,
                           const culture_film_run *run) {
  const lg_culture_result *r = run->result;
  culture_film_score score;
  char text[96];
  const lg_status status = lg_culture_score_film(c->ctx, truth, run->graph, run->y, r, &score);
  if (status != LG_OK) return status;
  (void)snprintf(text, sizeof text, "%s: k", by);
  lg_culture_check_apart(c, row, text, r->k, truth->k, "/frame", 8.0);
  (void)snprintf(text, sizeof text, "%s: R\xc2\xb2 of the effective feeds", by);
  lg_culture_check_least(c, row, text, score.gamma_r2, "", 0.95);
  (void)snprintf(text, sizeof text, "%s: F1 of events within 2 frames", by);
  lg_culture_check_least(c, row, text, score.event_f1, "", 0.92);
  (void)snprintf(text, sizeof text, "%s: median MSE with events as input", by);
  lg_culture_check_most(c, row, text, r->mse_median, "", 5e-5);
  (void)snprintf(text, sizeof text, "%s: law %s, the true one is %s", by, lg_culture_law_name(r->law),
                 lg_culture_law_name(truth->law));
  lg_culture_check_note(c, row, text, (double)NAN, "");
  (void)snprintf(text, sizeof text, "%s: effective feeds within their 95 %% interval", by);
  lg_culture_check_note(c, row, text, 100.0 * score.gamma_covered, "%");
  return LG_OK;
}

static lg_status judge_masks(const culture_check *c, int row, const char *by, const lg_culture_film *film,
                             const culture_film_truth *truth, const lg_culture_masks *masks) {
  culture_film_run run;
  const culture_identify o = lg_culture_identify_default();
  lg_status status = lg_culture_film_identify(c->ctx, film, masks, &o, &run);
  if (status != LG_OK) return status;
  status = say_movie(c, row, by, truth, &run);
  lg_culture_film_run_clear(c->ctx, &run);
  return status;
}

lg_status lg_culture_validate_own(const culture_check *c) {
  lg_status status = LG_OK;
  lg_ctx *ctx = c->ctx;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL, *by_net = NULL;
  lg_culture_unet_file net = {0};
  culture_film_truth truth = {0};
  const culture_watershed o = lg_culture_watershed_default();
  const culture_unet_options by_default = lg_culture_unet_options_default();
  double h;
  LG_TRY(lg_culture_film_truth_load(c, &truth));
  LG_TRY(lg_culture_check_film(c, &film));
  LG_TRY(lg_culture_film_watershed(ctx, film, &o, &masks, &h));
  LG_TRY(judge_masks(c, CULTURE_ROW_OWN_MASKS, "watershed", film, &truth, masks));
  if (c->what->network) {
    LG_TRY(lg_culture_unet_load(ctx, c->what->network, &net));
    LG_TRY(lg_culture_film_unet(ctx, film, &net, &by_default, &by_net, &h));
    LG_TRY(judge_masks(c, CULTURE_ROW_OWN_MASKS, "network", film, &truth, by_net));
  }
done:
  lg_culture_unet_file_clear(ctx, &net);
  lg_culture_film_destroy(ctx, film);
  lg_culture_masks_destroy(ctx, masks);
  lg_culture_masks_destroy(ctx, by_net);
  lg_culture_film_truth_clear(ctx, &truth);
  return status;
}

lg_status lg_culture_validate_true(const culture_check *c) {
  lg_status status = LG_OK;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  culture_film_truth truth = {0};
  LG_TRY(lg_culture_film_truth_load(c, &truth));
  LG_TRY(lg_culture_check_masked_film(c, &film, &masks));
  LG_TRY(judge_masks(c, CULTURE_ROW_TRUE_MASKS, "true masks", film, &truth, masks));
done:
  lg_culture_film_destroy(c->ctx, film);
  lg_culture_masks_destroy(c->ctx, masks);
  lg_culture_film_truth_clear(c->ctx, &truth);
  return status;
}

/* ---- the published estimators -------------------------------------------------------------------------------- */

/* By SciPy's lsq_linear on the same rows (ten points a frame, all frames), where the set is the open one. */
static lg_status crlsm_on_sets(const culture_check *c) {
  char text[96];
  for (int number = 1; lg_culture_check_has(c, "traces_t%d_truth.json", number); number++) {
    culture_set s;
    lg_culture_result *r = NULL;
    culture_identify o = lg_culture_identify_default();
    o.method = CULTURE_CRLSM;
    o.euler.n_points = 0;
    lg_status status = lg_culture_set_load(c, number, &s);
    if (status != LG_OK) return status;
    o.law = (int)s.law;
    status = lg_culture_identify(c->ctx, s.graph, s.y, s.n_times, &o, &r);
    if (status == LG_OK) {
      (void)snprintf(text, sizeof text, "t%d: CRLSM, how far k is off%s", number,
                     r->k_at_bound ? " (at its bound)" : "");
      lg_culture_check_note(c, CULTURE_ROW_PAPER, text, 100.0 * (r->k / s.k - 1.0), "%");
    }
    lg_culture_result_destroy(c->ctx, r);
    lg_culture_set_clear(c->ctx, &s);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

static lg_status paper_on_movie(const culture_check *c) {
  static const struct {
    culture_method method;
    const char *name;
    double most; /* of k/truth - 1, %; NAN: nothing is asked */
  } methods[] = {{CULTURE_LSM, "least squares", -80.0},
                 {CULTURE_TIKHONOV, "Tikhonov, lambda by GCV", (double)NAN},
                 {CULTURE_CRLSM, "CRLSM, printed bounds", -80.0}};
  lg_status status = LG_OK;
  lg_culture_film *film = NULL;
  lg_culture_masks *masks = NULL;
  culture_film_truth truth = {0};
  culture_film_run run = {0};
  LG_TRY(lg_culture_film_truth_load(c, &truth));
  LG_TRY(lg_culture_check_masked_film(c, &film, &masks));
  for (size_t q = 0; q < sizeof methods / sizeof methods[0]; q++) {
    culture_identify o = lg_culture_identify_default();
    char text[96];
    o.method = methods[q].method;
    o.law = (int)truth.law;
    LG_TRY(lg_culture_film_identify(c->ctx, film, masks, &o, &run));
    const double off = 100.0 * (run.result->k / truth.k - 1.0);
    (void)snprintf(text, sizeof text, "movie: %s, how far k is off (it misses, as published)", methods[q].name);
    if (isnan(methods[q].most)) lg_culture_check_note(c, CULTURE_ROW_PAPER, text, off, "%");
    else lg_culture_check_most(c, CULTURE_ROW_PAPER, text, off, "%", methods[q].most);
    (void)snprintf(text, sizeof text, "movie: %s, warnings that say so", methods[q].name);
    lg_culture_check_least(c, CULTURE_ROW_PAPER, text, (double)run.result->n_warnings, "", 1.0);
    lg_culture_film_run_clear(c->ctx, &run);
  }
done:
  lg_culture_film_run_clear(c->ctx, &run);
  lg_culture_film_destroy(c->ctx, film);
  lg_culture_masks_destroy(c->ctx, masks);
  lg_culture_film_truth_clear(c->ctx, &truth);
  return status;
}

lg_status lg_culture_validate_paper(const culture_check *c) {
  const lg_status status = crlsm_on_sets(c);
  return status == LG_OK ? paper_on_movie(c) : status;
}

/* ---- intervals ------------------------------------------------------------------------------------------------ */

lg_status lg_culture_validate_intervals(const culture_check *c) {
  const int row = CULTURE_ROW_INTERVALS;
  culture_intervals_plan plan = lg_culture_intervals_default();
  lg_culture_intervals *t = NULL;
  plan.n_sets = c->what->quick ? 8 : 40;
  plan.seed = 2001;
  const lg_status status = lg_culture_intervals_run(c->ctx, &plan, &t);
  if (status != LG_OK) return status;
  const double n = (double)t->n;
  lg_culture_check_least(c, row, "sets whose interval holds k", (double)t->k_held, "", ceil(0.875 * n));
  lg_culture_check_note(c, row, "sets", n, "");
  lg_culture_check_most(c, row, "half-width, mean", 100.0 * t->half_width, "%", 4.0);
  lg_culture_check_note(c, row, "bias of k, mean", 100.0 * t->bias, "%");
  lg_culture_check_least(c, row, "feeds within their interval", 100.0 * t->feeds_held, "%", 90.0);
  lg_culture_check_note(c, row, "sets with the right law", (double)t->law_right, "");
  lg_culture_check_note(c, row, "F1 of events within 2 frames", t->event_f1, "");
  lg_culture_intervals_destroy(c->ctx, t);
  return LG_OK;
}
