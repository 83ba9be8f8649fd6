/* loligo axon sample: which of many strain profiles to simulate. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "axon/adaptive.h"
#include "axon/profiles.h"
#include "data/provenance.h"
#include "twin/axon_chosen.h"
#include "twin/axon_net_file.h"
#include "twin/axon_profiles.h"

#include <math.h>
#include <string.h>
#include <time.h>

static const cli_option options[] = {
    {"output", "SEL.csv", CLI_OUTPUT, NULL, "Where the list goes: name, file, impact, index, peak, distance."},
    {"n", "N", CLI_COUNT, NULL, "How many; the threshold that gives them is found by bisection (2000)."},
    {"threshold", "TAU", CLI_NUMBER, NULL, "Least distance between two of them, instead of a number."},
    {"adaptive", "NET.safetensors", CLI_INPUT, NULL,
     "The --n that these networks are least sure of and have nothing near of, to be simulated and learned next."},
    {"worst", "N", CLI_COUNT, NULL, "A test set: the N farthest from all profiles of --against."},
    {"random", "N", CLI_COUNT, NULL, "A test set: N at random."},
    {"against", "TRAIN", CLI_INPUT, NULL, "Profiles to measure the distances of a test set from."},
    {"profiles", "SEL.h5", CLI_OUTPUT, NULL,
     "Write the chosen profiles too (.h5 or .csv), to simulate and learn from."},
    {"cube", "MM", CLI_NUMBER, "6", "Where positions are known, one profile out of each cube of this edge; 0: all."},
    {"least-peak", "STRAIN", CLI_NUMBER, "0.01", "Leave out profiles that are never stretched this far."},
    {"most-strain", "STRAIN", CLI_NUMBER, NULL, "Leave out profiles beyond this strain, stretched or compressed."},
};

typedef struct work {
  axon_pool *pool;
  axon_chosen *chosen;
  size_t n_files, n_seen, n_unplaced; /* files; profiles in them; files without positions */
  const char **files;
  const char *about;
  double choosing_cpu_s;
} work;

/* Distances need the same times: those of the networks, or else of the first file. What was done is said in the log. */
static lg_status bring_to(cli_run *run, const axon_pool *pool, axon_profiles *p) {
  lg_ctx *ctx = cli_ctx(run);
  if (cli_given(run, "adaptive") && !lg_axon_profiles_are(p, AXON_NET_TIMES, 1e-3))
    return lg_axon_profiles_resample(ctx, p, AXON_NET_TIMES, 1e-3);
  if (pool->n_times == 0 || lg_axon_profiles_are(p, pool->n_times, pool->dt_s)) return LG_OK;
  return lg_axon_profiles_resample(ctx, p, pool->n_times, pool->dt_s);
}

static lg_status add_file(cli_run *run, work *w, size_t file, const axon_filter *filter) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  size_t *which = NULL, n = 0;
  const char *path = w->files[file], *slash = strrchr(path, '/');
  const double edge = cli_number(run, "cube");
  w->about = path;
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", path));
  LG_TRY(lg_axon_profiles_load(ctx, path, &p));
  LG_TRY(bring_to(run, w->pool, p));
  w->n_seen += p->n;
  n = p->n;
  w->n_unplaced += p->position_mm == NULL;
  if (p->position_mm && edge > 0.0) {
    LG_NEW(ctx, which, p->n);
    LG_TRY(lg_axon_draw_cubes(ctx, p, edge, cli_seed(run), w->pool->n_impacts, which, &n));
  }
  LG_TRY(lg_axon_pool_add(ctx, w->pool, p, which, n, filter, (uint32_t)file, slash ? slash + 1 : path));
done:
  lg_free(ctx, which);
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

static lg_status gather(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_filter filter = {.least_peak = cli_number(run, "least-peak"), .most_strain = (double)INFINITY};
  if (cli_given(run, "most-strain")) filter.most_strain = cli_number(run, "most-strain");
  w->n_files = cli_positionals(run);
  LG_NEW(ctx, w->files, w->n_files);
  for (size_t k = 0; k < w->n_files; k++) w->files[k] = cli_positional(run, k);
  LG_TRY(lg_axon_pool_create(ctx, &w->pool));
  for (size_t k = 0; k < w->n_files; k++) {
    LG_TRY(lg_progress(ctx, "files", k, w->n_files));
    LG_TRY(add_file(run, w, k, &filter));
  }
  w->about = w->files[0];
  size_t n_renamed;
  LG_TRY(lg_axon_pool_name_apart(ctx, w->pool, w->files, &n_renamed));
  if (n_renamed > 0) cli_say(run, "%zu candidates share a name: FILE:NAME instead", n_renamed);
  if (w->pool->n == 0)
    LG_TRY(lg_fail(ctx, LG_ERR_RANGE,
                   "none of %zu profiles is a candidate: their strain stays below %g or goes beyond %g", w->n_seen,
                   filter.least_peak, filter.most_strain));
done:
  return status;
}

static lg_status choose_adaptive(cli_run *run, work *w, size_t wanted) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_axon_surrogate *net = NULL;
  w->about = cli_text(run, "adaptive");
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "net", w->about));
  LG_TRY(lg_axon_surrogate_load(ctx, w->about, &net));
  LG_TRY(lg_axon_choose_adaptive(ctx, w->pool, net, wanted, &w->chosen));
done:
  lg_axon_surrogate_destroy(ctx, net);
  return status;
}

static double cpu_seconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lg_status choose(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_profiles *train = NULL;
  lg_axon_neighbours *known = NULL;
  const size_t wanted = cli_given(run, "n") ? (size_t)cli_count(run, "n") : 2000;
  if (cli_given(run, "against")) {
    w->about = cli_text(run, "against");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "against", w->about));
    LG_TRY(lg_axon_profiles_load(ctx, w->about, &train));
    LG_TRY(bring_to(run, w->pool, train));
    LG_TRY(lg_axon_neighbours_of(ctx, train, &known));
  }
  const double began = cpu_seconds();
  if (cli_given(run, "worst"))
    LG_TRY(lg_axon_choose_farthest(ctx, w->pool, known, (size_t)cli_count(run, "worst"), &w->chosen));
  else if (cli_given(run, "random"))
    LG_TRY(lg_axon_choose_random(ctx, w->pool, known, (size_t)cli_count(run, "random"), cli_seed(run), &w->chosen));
  else if (cli_given(run, "threshold"))
    LG_TRY(lg_axon_choose_apart(ctx, w->pool, cli_number(run, "threshold"), 0, &w->chosen));
  else if (cli_given(run, "adaptive")) LG_TRY(choose_adaptive(run, w, wanted));
  else LG_TRY(lg_axon_choose_number(ctx, w->pool, wanted, &w->chosen));
  w->choosing_cpu_s = cpu_seconds() - began;
done:
  lg_axon_neighbours_destroy(ctx, known);
  lg_axon_profiles_destroy(ctx, train);
  return status;
}

static lg_status write_all(cli_run *run, work *w) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  w->about = cli_text(run, "output");
  LG_TRY(lg_axon_chosen_write(ctx, w->about, w->pool, w->chosen, w->files, cli_provenance(run)));
  if (cli_given(run, "profiles")) {
    w->about = cli_text(run, "profiles");
    LG_TRY(lg_axon_pool_take(ctx, w->pool, w->chosen->which, w->chosen->n, &p));
    LG_TRY(lg_axon_profiles_write(ctx, w->about, p, cli_provenance(run)));
  }
done:
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

/* Words and figures of what was done. */
static void tell(cli_run *run, const work *w) {
  const bool by_cubes = cli_number(run, "cube") > 0.0 && w->n_unplaced < w->n_files;
  const bool apart = !cli_given(run, "worst") && !cli_given(run, "random") && !cli_given(run, "adaptive");
  const axon_chosen *c = w->chosen;
  if (w->n_unplaced > 0)
    cli_say(run, "%zu of %zu files tell no positions: all their profiles are candidates, not one of every cube",
            w->n_unplaced, w->n_files);
  if (cli_given(run, "n") && c->n < cli_count(run, "n"))
    cli_say(run, "only %zu candidates differ; %llu were asked for", c->n, (unsigned long long)cli_count(run, "n"));
  if (cli_json(run)) {
    lg_json j = cli_json_begin("loligo-axon-sample/1");
    lg_json_key_text(&j, "output", cli_text(run, "output"));
    lg_json_key_integer(&j, "n_profiles", (int64_t)w->n_seen);
    lg_json_key_integer(&j, "n_candidates", (int64_t)w->pool->n);
    lg_json_key_integer(&j, "n_dropped", (int64_t)w->pool->n_dropped);
    lg_json_key_boolean(&j, "by_cubes", by_cubes);
    lg_json_key_integer(&j, "n", (int64_t)c->n);
    lg_json_key_number(&j, "threshold", apart ? c->threshold : (double)NAN);
    lg_json_key_number(&j, "choosing_cpu_s", w->choosing_cpu_s);
    cli_json_end(run, &j);
    return;
  }
  cli_say(run, "%zu profiles; %zu candidates%s, %zu too weak or too strong; %zu chosen", w->n_seen, w->pool->n,
          by_cubes ? ", one of every cube" : "", w->pool->n_dropped, c->n);
  if (apart) cli_say(run, "no two are nearer than %.5g", c->threshold);
}

static int check_options(cli_run *run) {
  const char *const ways[] = {"n", "threshold", "worst", "random"};
  size_t n_ways = 0;
  for (size_t k = 0; k < 4; k++) n_ways += cli_given(run, ways[k]);
  if (!cli_text(run, "output")) return cli_usage(run, "where to? give -o SEL.csv");
  if (n_ways > 1) return cli_usage(run, "one of --n, --threshold, --worst, --random");
  for (size_t k = 0; k < 4; k += k == 0 ? 2 : 1) /* n, worst, random */
    if (cli_given(run, ways[k]) && (cli_count(run, ways[k]) < 1 || cli_count(run, ways[k]) > 100000000))
      return cli_usage(run, "--%s is %llu; 1 to 100,000,000", ways[k], (unsigned long long)cli_count(run, ways[k]));
  if (cli_given(run, "threshold") && !(cli_number(run, "threshold") >= 0.0))
    return cli_usage(run, "--threshold is %g; distances are 0 to 2", cli_number(run, "threshold"));
  if (cli_given(run, "adaptive") && n_ways > 0 && !cli_given(run, "n"))
    return cli_usage(run, "--adaptive goes with --n alone");
  if (cli_given(run, "worst") && !cli_given(run, "against"))
    return cli_usage(run, "--worst needs --against TRAIN.h5: farthest from what?");
  if (cli_given(run, "against") && !cli_given(run, "worst") && !cli_given(run, "random"))
    return cli_usage(run, "--against goes with --worst or --random");
  if (!(cli_number(run, "cube") >= 0.0)) return cli_usage(run, "--cube is %g mm; 0 or more", cli_number(run, "cube"));
  return CLI_OK;
}

static int run_sample(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  const int usage = check_options(run);
  if (usage != CLI_OK) return usage;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(gather(run, &w));
  LG_TRY(choose(run, &w));
  LG_TRY(write_all(run, &w));
  tell(run, &w);
done:
  lg_axon_chosen_destroy(ctx, w.chosen);
  lg_axon_pool_destroy(ctx, w.pool);
  const int code = status == LG_OK ? CLI_OK : cli_report(run, w.about, status);
  lg_free(ctx, (void *)w.files);
  return code;
}

const cli_command cli_axon_sample_command = {
    .name = "axon sample",
    .arguments = "PROFILES... -o SEL.csv [--n N [--adaptive NET] | --threshold TAU | --worst N --against TRAIN | "
                 "--random N]",
    .summary = "Choose the strain profiles to simulate: few that stand for many, or test sets far from them.",
    .example = "loligo axon sample impact-*.h5 --n 2000 -o train.csv --profiles train.h5\n"
               "  loligo axon sample other.h5 --worst 75 --against train.h5 -o worst.csv --profiles worst.h5",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = -1,
    .run = run_sample,
};
