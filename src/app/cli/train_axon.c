#define _XOPEN_SOURCE 700
#include "app/cli/train_axon.h"

#include "app/cli/axon_learn_table.h"
#include "app/cli/axon_sweep.h"
#include "axon/protocol.h"
#include "data/provenance.h"
#include "io/json_read.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES = AXON_NET_TIMES, P = AXON_PREDICTED, TRAIN = 0, RANDOM, WORST, SETS };

static const char *const set_names[SETS] = {"train", "random", "worst"};

typedef struct work {
  const char *output;
  axon_protocol protocol;
  axon_sets *sets;
  lg_axon *axon;
  axon_examples set[SETS];
  size_t n_failed;
  char *provenance;
  axon_learn_run learn;
  axon_learn_table table;
} work;

/* ---- the plan ------------------------------------------------------------------------------------------------ */

static lg_status count(lg_ctx *ctx, const lg_json_at *at, const char *key, int64_t low, int64_t high, size_t *to) {
  int64_t x;
  if (!lg_json_has(at, key)) return LG_OK;
  const lg_status status = lg_json_get_integer(ctx, at, key, low, high, &x);
  if (status == LG_OK) *to = (size_t)x;
  return status;
}

static lg_status read_plan(lg_ctx *ctx, const char *path, work *w) {
  static const char *const keys[] = {"protocol", "impacts", "test_impacts", "voxels", "threshold",     "nets",
                                     "epochs",   "batch",   "folds",        "reach",  "learning_rate", "weight_decay"};
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *protocol = "b";
  axon_learn_opts *o = &w->learn.opts;
  size_t impacts = 0, test_impacts = 0;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_only_keys(ctx, &at, keys, sizeof keys / sizeof keys[0]));
  if (lg_json_has(&at, "protocol")) LG_TRY(lg_json_get_text(ctx, &at, "protocol", &protocol));
  if (lg_axon_protocol_named(ctx, protocol, &w->protocol) != LG_OK)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no protocol is called '%.40s'; a or b", path, protocol));
  *o = lg_axon_learn_defaults(AXON_LAYOUT_SIX);
  LG_TRY(count(ctx, &at, "impacts", 1, 800, &impacts));
  LG_TRY(count(ctx, &at, "test_impacts", 1, 1000, &test_impacts));
  LG_TRY(count(ctx, &at, "voxels", 1, 90000, &w->protocol.n_voxels));
  LG_TRY(count(ctx, &at, "nets", 1, 64, &o->nets));
  LG_TRY(count(ctx, &at, "epochs", 1, 100000, &o->epochs));
  LG_TRY(count(ctx, &at, "batch", 8, 4096, &o->batch));
  LG_TRY(count(ctx, &at, "folds", 2, 100, &w->learn.folds));
  LG_TRY(lg_json_get_number_or(ctx, &at, "threshold", "1", 0.0, 2.0, w->protocol.threshold, &w->protocol.threshold));
  LG_TRY(lg_json_get_number_or(ctx, &at, "reach", "1", 1e-6, 10.0, 0.0, &o->reach));
  LG_TRY(lg_json_get_number_or(ctx, &at, "learning_rate", "1", 1e-7, 1.0, o->lr, &o->lr));
  LG_TRY(lg_json_get_number_or(ctx, &at, "weight_decay", "1", 0.0, 1.0, o->decay, &o->decay));
  if (impacts) w->protocol.n_impacts = impacts;
  if (test_impacts) w->protocol.n_test_impacts = test_impacts;
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* ---- sets ---------------------------------------------------------------------------------------------------- */

static void take(const axon_profiles *p, const axon_outcome *outcomes, work *w, axon_examples *out) {
  for (size_t k = 0; k < p->n; k++) {
    w->n_failed += outcomes[k].failed;
    if (outcomes[k].failed) continue;
    for (size_t t = 0; t < TIMES; t++) out->strain[out->n * TIMES + t] = (float)p->strain[k * TIMES + t];
    memcpy(out->out + out->n++ * P, outcomes[k].out, P * sizeof(double));
  }
}

static lg_status label(cli_run *run, work *w, size_t set) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const axon_sets *s = w->sets;
  const axon_chosen *chosen = set == TRAIN ? s->train : set == RANDOM ? s->random : s->worst;
  axon_profiles *p = NULL;
  axon_outcome *outcomes = NULL;
  axon_sweep_result result;
  char folder[1200];
  (void)snprintf(folder, sizeof folder, "%.1000s.sets/%s.journal", w->output, set_names[set]);
  LG_TRY(lg_axon_pool_take(ctx, set == TRAIN ? s->candidates : s->test_candidates, chosen->which, chosen->n, &p));
  LG_NEW(ctx, outcomes, p->n);
  const axon_sweep sweep = {
      .axon = w->axon, .profiles = p, .n = p->n, .opts = {.precision = AXON_FLOAT}, .folder = folder, .keep = true};
  LG_TRY(axon_sweep_run(run, &sweep, outcomes, &result));
  LG_NEW(ctx, w->set[set].strain, p->n * TIMES);
  LG_NEW(ctx, w->set[set].out, p->n * P);
  take(p, outcomes, w, &w->set[set]);
  cli_say(run, "%s: %zu profiles simulated, %zu of them before; %.1f s", set_names[set], p->n, result.n_resumed,
          result.wall_s);
done:
  lg_axon_profiles_destroy(ctx, p);
  lg_free(ctx, outcomes);
  return status;
}

static lg_status make_sets(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char folder[1200];
  (void)snprintf(folder, sizeof folder, "%.1000s.sets", w->output);
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(lg_axon_create(ctx, &w->learn.opts.params, &w->axon));
  LG_TRY(lg_axon_protocol_run(ctx, &w->protocol, &w->sets));
  for (size_t k = 0; k < SETS; k++) LG_TRY(label(run, w, k));
  if (w->n_failed > 0) cli_say(run, "%zu simulations failed; left out", w->n_failed);
done:
  return status;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static lg_status learn(cli_run *run, work *w) {
  lg_status status = LG_OK;
  char sets[160];
  (void)snprintf(sets, sizeof sets, "protocol %s: %llu impacts from seed %llu, no two profiles nearer than %.5g",
                 w->protocol.name, (unsigned long long)w->protocol.n_impacts,
                 (unsigned long long)w->protocol.first_seed, w->sets->train->threshold);
  LG_TRY(cli_provenance_text(run, &w->provenance));
  const lg_text_pair more[] = {{"training_set", sets}, {"provenance", w->provenance}};
  w->learn.examples = &w->set[TRAIN];
  for (size_t k = 1; k < SETS; k++) {
    w->learn.tests[k - 1] = &w->set[k];
    w->learn.test_names[k - 1] = set_names[k];
  }
  w->learn.n_tests = SETS - 1;
  w->learn.output = w->output;
  w->learn.more = more;
  w->learn.n_more = sizeof more / sizeof more[0];
  if (!(w->learn.opts.reach > 0.0)) w->learn.opts.reach = w->sets->train->threshold;
  w->learn.opts.seed = cli_seed(run);
  LG_TRY(lg_axon_learn_run(cli_ctx(run), &w->learn, &w->table));
done:
  w->learn.more = NULL;
  return status;
}

int cli_train_axon(cli_run *run, const char *path, const char *output) {
  lg_ctx *ctx = cli_ctx(run);
  work w = {.output = output};
  const char *about = path;
  lg_status status = LG_OK;
  if (strlen(output) > 900) return cli_usage(run, "the path of the output is too long");
  LG_TRY(read_plan(ctx, path, &w));
  if (!cli_provenance(run)) LG_TRY(LG_ERR_MEMORY);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "plan", path));
  about = output;
  LG_TRY(make_sets(run, &w));
  LG_TRY(learn(run, &w));
  if (cli_json(run)) cli_axon_learn_json(run, "loligo-train/1", "axon-male", &w.learn, &w.table);
  else cli_axon_learn_print(run, &w.learn, &w.table);
done:
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.sets and .state", output);
  lg_axon_sets_destroy(ctx, w.sets);
  lg_axon_destroy(ctx, w.axon);
  for (size_t k = 0; k < SETS; k++) lg_axon_examples_clear(ctx, &w.set[k]);
  free(w.provenance);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}
