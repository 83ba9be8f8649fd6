/* loligo axon protocol: training and test sets of synthetic head impacts, with what the mechanics make of them. */
#include "app/cli/axon_protocol_file.h"
#include "app/cli/axon_sweep.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "axon/protocol.h"
#include "data/provenance.h"
#include "twin/axon_chosen.h"
#include "twin/axon_file.h"
#include "twin/axon_profiles.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DIR", CLI_OUTPUT, NULL, "Folder for train, worst and random: profiles, lists, labels."},
    {"n", "N", CLI_COUNT, NULL, "Training profiles (a: 2000; b: what its threshold gives)."},
    {"threshold", "TAU", CLI_NUMBER, NULL,
     "Least distance between two training profiles, instead of a number (b: 0.22)."},
    {"impacts", "N", CLI_COUNT, NULL, "Impacts to train on, from the protocol's first seed (a: 45, b: 300)."},
    {"test-impacts", "N", CLI_COUNT, NULL, "Impacts to test on (a: 1, b: 30)."},
    {"worst", "N", CLI_COUNT, "75", "Test profiles farthest from the training set."},
    {"random", "N", CLI_COUNT, "1000", "Random test profiles."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
    {"candidates", NULL, CLI_FLAG, NULL, "Write candidates.h5 too: all that the training set was chosen from."},
    {"no-labels", NULL, CLI_FLAG, NULL, "Choose only; loligo axon simulate can make the labels."},
};

typedef struct work {
  axon_protocol protocol;
  axon_sets *sets;
  lg_axon *axon;
  const char *folder;
  char path[4096];
  bool is_first_rank;
  size_t n_failed; /* profiles without labels */
} work;

/* DIR/NAME + ending, in w->path. */
static lg_status path_of(lg_ctx *ctx, work *w, size_t set, const char *ending) {
  return axon_protocol_path(ctx, w->folder, axon_set_names[set], ending, w->path, sizeof w->path);
}

static void parts_of(const work *w, size_t set, const axon_pool **pool, const axon_chosen **chosen) {
  const axon_sets *s = w->sets;
  *pool = set == 2 ? s->candidates : s->test_candidates;
  *chosen = set == 2 ? s->train : set == 1 ? s->worst : s->random;
}

/* ---- sets ------------------------------------------------------------------------------------------------ */

static lg_status write_profiles(cli_run *run, work *w, size_t set, const axon_profiles *p) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const axon_pool *pool;
  const axon_chosen *chosen;
  parts_of(w, set, &pool, &chosen);
  LG_TRY(path_of(ctx, w, set, ".h5"));
  LG_TRY(lg_axon_profiles_write(ctx, w->path, p, cli_provenance(run)));
  LG_TRY(path_of(ctx, w, set, "-chosen.csv"));
  LG_TRY(lg_axon_chosen_write(ctx, w->path, pool, chosen, NULL, cli_provenance(run)));
done:
  return status;
}

static lg_status write_candidates(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const axon_pool *pool = w->sets->candidates;
  axon_profiles *p = NULL;
  size_t *all = NULL;
  LG_NEW(ctx, all, pool->n);
  for (size_t k = 0; k < pool->n; k++) all[k] = k;
  LG_TRY(lg_axon_pool_take(ctx, pool, all, pool->n, &p));
  LG_TRY(axon_protocol_path(ctx, w->folder, "candidates", ".h5", w->path, sizeof w->path));
  LG_TRY(lg_axon_profiles_write(ctx, w->path, p, cli_provenance(run)));
done:
  lg_free(ctx, all);
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

static lg_status label(cli_run *run, work *w, size_t set, const axon_profiles *p) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_outcome *outcomes = NULL;
  axon_sweep_result result;
  LG_NEW(ctx, outcomes, p->n);
  LG_TRY(path_of(ctx, w, set, ".journal"));
  const axon_sweep sweep = {
      .axon = w->axon, .profiles = p, .n = p->n, .opts = {.precision = AXON_FLOAT}, .folder = w->path, .keep = true};
  LG_TRY(axon_sweep_run(run, &sweep, outcomes, &result));
  w->n_failed += result.n_failed;
  if (w->is_first_rank) {
    LG_TRY(path_of(ctx, w, set, "-labels.csv"));
    LG_TRY(lg_axon_outcomes_write(ctx, w->path, p, outcomes, cli_provenance(run)));
    cli_say(run, "%s: %zu profiles labelled, %zu of them before; %.1f s", axon_set_names[set], p->n, result.n_resumed,
            result.wall_s);
  }
done:
  lg_free(ctx, outcomes);
  return status;
}

static lg_status make_sets(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_profiles *p[AXON_SETS] = {NULL};
  const axon_pool *pool;
  const axon_chosen *chosen;
  if (w->is_first_rank)
    LG_TRY(axon_protocol_claim(ctx, w->folder, &w->protocol, w->sets, &w->axon->params, cli_provenance(run)));
  for (size_t k = 0; k < AXON_SETS; k++) {
    parts_of(w, k, &pool, &chosen);
    LG_TRY(lg_axon_pool_take(ctx, pool, chosen->which, chosen->n, &p[k]));
    if (w->is_first_rank) LG_TRY(write_profiles(run, w, k, p[k]));
  }
  if (w->is_first_rank) LG_TRY(axon_protocol_readme(ctx, w->folder, &w->protocol, w->sets, 0));
  if (w->is_first_rank && cli_flag(run, "candidates")) LG_TRY(write_candidates(run, w));
  for (size_t k = 0; k < AXON_SETS && !cli_flag(run, "no-labels"); k++) {
    LG_TRY(label(run, w, k, p[k]));
    if (w->is_first_rank) LG_TRY(axon_protocol_readme(ctx, w->folder, &w->protocol, w->sets, k + 1));
  }
done:
  for (size_t k = 0; k < AXON_SETS; k++) lg_axon_profiles_destroy(ctx, p[k]);
  return status;
}

/* ---- the command ----------------------------------------------------------------------------------------- */

static int take_options(cli_run *run, axon_protocol *o) {
  struct {
    const char *name;
    uint64_t least, most;
    uint64_t *to;
  } counts[] = {{"impacts", 1, 100000, &o->n_impacts}, {"test-impacts", 1, 100000, &o->n_test_impacts}};
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    if (!cli_given(run, counts[k].name)) continue;
    *counts[k].to = cli_count(run, counts[k].name);
    if (*counts[k].to < counts[k].least || *counts[k].to > counts[k].most)
      return cli_usage(run, "--%s is %llu; %llu to %llu", counts[k].name, (unsigned long long)*counts[k].to,
                       (unsigned long long)counts[k].least, (unsigned long long)counts[k].most);
  }
  if (o->first_seed + o->n_impacts > o->test_first_seed && o->first_seed < o->test_first_seed + o->n_test_impacts)
    return cli_usage(run, "%llu impacts to train on reach into those to test on, which begin at seed %llu",
                     (unsigned long long)o->n_impacts, (unsigned long long)o->test_first_seed);
  if (cli_given(run, "n") && cli_given(run, "threshold")) return cli_usage(run, "either --n or --threshold");
  if (cli_given(run, "n")) o->n_train = (size_t)cli_count(run, "n");
  if (cli_given(run, "n") && (o->n_train < 1 || o->n_train > 100000000))
    return cli_usage(run, "--n is %zu; 1 to 100,000,000", o->n_train);
  if (cli_given(run, "threshold")) {
    o->n_train = 0;
    o->threshold = cli_number(run, "threshold");
    if (!(o->threshold >= 0.0)) return cli_usage(run, "--threshold is %g; distances are 0 to 2", o->threshold);
  }
  o->n_worst = (size_t)cli_count(run, "worst");
  o->n_random = (size_t)cli_count(run, "random");
  o->seed = cli_seed(run);
  return CLI_OK;
}

static lg_status set_up(cli_run *run, work *w, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_params params = lg_axon_params_male();
  lg_ranks ranks;
  if (cli_given(run, "params")) {
    *about = cli_text(run, "params");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "params", *about));
    LG_TRY(lg_axon_params_load(ctx, *about, &params));
  }
  *about = w->folder;
  LG_TRY(lg_axon_create(ctx, &params, &w->axon));
  LG_TRY(lg_ranks_join(ctx, &ranks));
  w->is_first_rank = ranks.rank == 0;
  if (w->is_first_rank) LG_TRY(lg_make_directory(ctx, w->folder));
  LG_TRY(lg_axon_protocol_run(ctx, &w->protocol, &w->sets)); /* every rank: the same sets */
done:
  return status;
}

static int run_protocol(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {.folder = cli_text(run, "output")};
  const char *about = NULL;
  if (lg_axon_protocol_named(ctx, cli_positional(run, 0), &w.protocol) != LG_OK)
    return cli_usage(run, "%s", lg_ctx_message(ctx));
  if (!w.folder || strcmp(w.folder, "-") == 0) return cli_usage(run, "where to? give -o DIR");
  const int usage = take_options(run, &w.protocol);
  if (usage != CLI_OK) return usage;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(set_up(run, &w, &about));
  about = w.folder;
  LG_TRY(make_sets(run, &w));
  if (!w.is_first_rank) goto done;
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-axon-protocol/1");
    axon_protocol_put(&j, &w.protocol, w.sets);
    lg_json_key_integer(&j, "n_failed", (int64_t)w.n_failed);
    cli_json_end(run, &j);
  } else
    cli_say(run, "%zu training profiles of %zu candidates, no two nearer than %.5g; %zu worst, %zu random; in %s",
            w.sets->train->n, w.sets->candidates->n, w.sets->train->threshold, w.sets->worst->n, w.sets->random->n,
            w.folder);
  if (w.n_failed > 0) cli_say(run, "%zu profiles failed: nan in their labels", w.n_failed);
done:
  lg_axon_sets_destroy(ctx, w.sets);
  lg_axon_destroy(ctx, w.axon);
  if (status != LG_OK) return cli_report(run, about, status);
  return w.n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_protocol_command = {
    .name = "axon protocol",
    .arguments = "a|b -o DIR [--n N | --threshold TAU] [--no-labels]",
    .summary = "Make training and test sets of synthetic head impacts, labelled by direct simulation.",
    .example = "loligo axon protocol a -o sets/a\n"
               "  loligo axon learn sets/a/train.h5 sets/a/train-labels.csv -o net.safetensors",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_protocol,
};
