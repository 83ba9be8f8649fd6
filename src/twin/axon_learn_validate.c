/* Surrogates on what they did not see; the limits are those of the table of figures (docs/axon-learn.md). */
#include "twin/axon_learn_validate.h"

#include "axon/protocol.h"
#include "twin/axon_labels.h"

#include <math.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES, P = AXON_PREDICTED, TRAIN = 0, RANDOM, WORST, SETS };

static const char *const outputs[P] = {"mt", "axl", "tau", "nf"};
static const char *const set_names[SETS] = {"train", "random", "worst"};

/* What a protocol asks of ours. R2 at least, NRMSE in % at most; NAN: nothing. */
typedef struct limits {
  const char *protocol, *title, *who; /* who must: "1 net" or "ensemble" */
  int row;
  double r2[SETS], r2_goal[SETS], nrmse[SETS];
} limits;

#define NONE ((double)NAN)

static limits limits_of(const char *protocol) {
  if (strcmp(protocol, "b") == 0)
    return (limits){"b",
                    "protocol B: 300 impacts, tested on 30 others",
                    "1 net",
                    24,
                    {NONE, 0.998, 0.99},
                    {NONE, NONE, NONE},
                    {NONE, 2.0, 2.0}};
  if (strcmp(protocol, "real") == 0)
    return (limits){"real",
                    "45 impacts of measured kinematics, tested on another",
                    "ensemble",
                    23,
                    {NONE, 0.995, 0.98},
                    {NONE, 0.997, NONE},
                    {NONE, NONE, 3.2}};
  return (limits){"a",
                  "protocol A: 45 impacts, tested on another",
                  "",
                  22,
                  {NONE, NONE, NONE},
                  {NONE, NONE, NONE},
                  {NONE, NONE, NONE}};
}

typedef struct work {
  const axon_learn_validation *what;
  axon_examples set[SETS];
  limits limits;
} work;

/* ---- sets ----------------------------------------------------------------------------------------------------- */

static lg_status label(lg_ctx *ctx, const axon_pool *pool, const axon_chosen *chosen, axon_examples *out) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  lg_axon *axon = NULL;
  axon_outcome *outcomes = NULL;
  const axon_params params = lg_axon_params_male();
  const axon_simulate_opts o = {.precision = AXON_FLOAT};
  LG_TRY(lg_axon_pool_take(ctx, pool, chosen->which, chosen->n, &p));
  LG_TRY(lg_axon_create(ctx, &params, &axon));
  LG_NEW(ctx, outcomes, p->n);
  LG_TRY(lg_axon_simulate(ctx, axon, p, &o, outcomes, NULL));
  LG_NEW(ctx, out->strain, p->n * TIMES);
  LG_NEW(ctx, out->out, p->n * P);
  for (size_t k = 0; k < p->n; k++) {
    if (outcomes[k].failed) continue;
    for (size_t t = 0; t < TIMES; t++) out->strain[out->n * TIMES + t] = (float)p->strain[k * TIMES + t];
    memcpy(out->out + out->n++ * P, outcomes[k].out, P * sizeof(double));
  }
done:
  lg_axon_profiles_destroy(ctx, p);
  lg_axon_destroy(ctx, axon);
  lg_free(ctx, outcomes);
  return status;
}

static lg_status make_sets(lg_ctx *ctx, work *w) {
  lg_status status = LG_OK;
  axon_protocol protocol;
  axon_sets *sets = NULL;
  LG_TRY(lg_axon_protocol_named(ctx, w->what->protocol, &protocol));
  LG_TRY(lg_axon_protocol_run(ctx, &protocol, &sets));
  LG_TRY(label(ctx, sets->candidates, sets->train, &w->set[TRAIN]));
  LG_TRY(label(ctx, sets->test_candidates, sets->random, &w->set[RANDOM]));
  LG_TRY(label(ctx, sets->test_candidates, sets->worst, &w->set[WORST]));
done:
  lg_axon_sets_destroy(ctx, sets);
  return status;
}

static lg_status load_sets(lg_ctx *ctx, work *w) {
  lg_status status = LG_OK;
  for (size_t s = 0; s < SETS; s++) {
    char profiles[1200], labels[1200];
    axon_join join;
    (void)snprintf(profiles, sizeof profiles, "%.1100s/%s.h5", w->what->folder, set_names[s]);
    (void)snprintf(labels, sizeof labels, "%.1100s/%s-labels.csv", w->what->folder, set_names[s]);
    LG_TRY(lg_axon_examples_load(ctx, profiles, labels, &w->set[s], &join));
  }
done:
  return status;
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

static void say_one(const work *w, int row, const char *title, const char *what, double value, double must, double goal,
                    bool r2) {
  const lg_merit m = {.row = row,
                      .title = title,
                      .what = what,
                      .value = value,
                      .wanted = r2 ? 1.0 : 0.0,
                      .unit = r2 ? "" : "%",
                      .error = value,
                      .error_unit = r2 ? "" : "%",
                      .must = must,
                      .goal = goal,
                      .at_least = r2};
  w->what->say(w->what->user, &m);
}

static void say_score(const work *w, const char *who, size_t set, const axon_score *s) {
  const limits *l = &w->limits;
  const bool judged = strcmp(who, l->who) == 0;
  char name[80];
  for (size_t q = 0; q < P; q++) {
    (void)snprintf(name, sizeof name, "%s, %s: %s R2", who, set_names[set], outputs[q]);
    say_one(w, l->row, l->title, name, s->r2[q], judged ? l->r2[set] : NONE, judged ? l->r2_goal[set] : NONE, true);
  }
  for (size_t q = 0; q < P; q++) {
    (void)snprintf(name, sizeof name, "%s, %s: %s NRMSE", who, set_names[set], outputs[q]);
    say_one(w, l->row, l->title, name, 100.0 * s->nrmse[q], judged ? l->nrmse[set] : NONE, NONE, false);
  }
}

/* Train one layout on the training set, judge it by the others; single: also its first network alone. */
static lg_status judge(lg_ctx *ctx, const work *w, axon_layout layout, size_t nets, const char *who, bool single) {
  lg_status status = LG_OK;
  lg_axon_surrogate *net = NULL;
  axon_learn_opts o = lg_axon_learn_defaults(layout);
  o.nets = nets;
  o.seed = w->what->seed;
  o.epochs = w->what->epochs;
  o.reach = 1.0; /* not asked here */
  LG_TRY(lg_axon_learn(ctx, &w->set[TRAIN], NULL, 0, &o, &net));
  for (size_t set = RANDOM; set < SETS; set++) {
    axon_score score;
    if (single) {
      net->n_nets = 1;
      LG_TRY(lg_axon_learn_score(ctx, net, &w->set[set], NULL, 0, &score));
      say_score(w, "1 net", set, &score);
      net->n_nets = nets;
    }
    LG_TRY(lg_axon_learn_score(ctx, net, &w->set[set], NULL, 0, &score));
    say_score(w, who, set, &score);
  }
done:
  lg_axon_surrogate_destroy(ctx, net);
  return status;
}

static lg_status judge_folds(lg_ctx *ctx, const work *w) {
  static const double must[P] = {0.99, 0.95, 0.995, 0.92};
  axon_folds folds;
  axon_learn_opts o = lg_axon_learn_defaults(AXON_LAYOUT_SIX);
  o.nets = 1;
  o.seed = w->what->seed;
  o.epochs = w->what->epochs;
  const lg_status status = lg_axon_cross_validate(ctx, &w->set[TRAIN], &o, 5, &folds);
  for (size_t q = 0; q < P && status == LG_OK; q++) {
    char name[40];
    (void)snprintf(name, sizeof name, "1 net, 5 folds: %s R2", outputs[q]);
    say_one(w, 21, "protocol A: five folds of its training set", name, folds.all.r2[q], must[q], NONE, true);
  }
  return status;
}

lg_status lg_axon_learn_validate(lg_ctx *ctx, const axon_learn_validation *what) {
  lg_status status = LG_OK;
  work w = {.what = what, .limits = limits_of(what->protocol)};
  if (!what->folder && strcmp(what->protocol, "real") == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "measured kinematics do not ship; name a folder of profiles and outcomes");
  if (what->folder) LG_TRY(load_sets(ctx, &w));
  else LG_TRY(make_sets(ctx, &w));
  if (what->folds) LG_TRY(judge_folds(ctx, &w));
  if (what->baselines) {
    LG_TRY(judge(ctx, &w, AXON_LAYOUT_PEAK, 1, "peak only", false));
    LG_TRY(judge(ctx, &w, AXON_LAYOUT_FEATURES, 1, "six features", false));
    LG_TRY(judge(ctx, &w, AXON_LAYOUT_JI, 1, "Ji layout", false));
  }
  LG_TRY(judge(ctx, &w, AXON_LAYOUT_SIX, what->nets, "ensemble", true));
done:
  for (size_t s = 0; s < SETS; s++) lg_axon_examples_clear(ctx, &w.set[s]);
  return status;
}
