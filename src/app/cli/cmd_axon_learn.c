/* loligo axon learn: networks that say what the mechanics would. */
#include "app/cli/axon_learn_table.h"
#include "app/cli/commands.h"
#include "data/provenance.h"
#include "twin/axon_file.h"
#include "twin/axon_labels.h"

#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "NET.safetensors", CLI_OUTPUT, NULL, "Write the networks here; the states for resuming beside it."},
    {"layout", "six|ji|peak|features", CLI_CHOICE, "six",
     "Six channels of the strain's history, the Ji lab's plain CNN, or what the peak or six features alone would say."},
    {"nets", "N", CLI_COUNT, "3", "Networks from different starts; their spread is the uncertainty."},
    {"epochs", "N", CLI_COUNT, NULL,
     "Passes over the profiles; as many as make 16,000 steps, 60 to 600, unless given."},
    {"batch", "N", CLI_COUNT, "64", "Profiles in a step."},
    {"rate", "LR", CLI_NUMBER, NULL, "Greatest learning rate; 3e-3, for ji 1e-3."},
    {"decay", "D", CLI_NUMBER, NULL, "Weight decay; 1e-4, for ji 0."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon of the outcomes, as given to axon simulate."},
    {"folds", "K", CLI_COUNT, "0", "Cross-validate in K parts (5 is usual), print R2 and NRMSE, calibrate sd."},
    {"reach", "D", CLI_NUMBER, NULL,
     "A profile farther than this from all that were learned is out of range; else the median between those."},
    {"test", "PROFILES", CLI_INPUT, NULL, "Profiles to test on; their outcomes by --test-labels."},
    {"test-labels", "LABELS", CLI_INPUT, NULL, "Outcomes of the profiles of --test."},
    {"curve", "LIST", CLI_TEXT, NULL, "Also learn from so many of the profiles, as 250,500,1000; judged by --test."},
};

/* What is learned from, and what it was made of. */
typedef struct work {
  axon_examples examples, test;
  char *provenance;
} work;

static void say_join(cli_run *run, const char *path, const axon_join *j) {
  if (j->without_outcome)
    cli_say(run, "%s: %zu of %zu profiles have no outcome ('%s', ...); left out", path, j->without_outcome, j->profiles,
            j->first[0]);
  if (j->without_profile)
    cli_say(run, "%s: %zu of %zu outcomes belong to no profile ('%s', ...); left out", path, j->without_profile,
            j->rows, j->first[1]);
  if (j->failed)
    cli_say(run, "%s: %zu outcomes are nan, simulations that failed ('%s', ...); left out", path, j->failed,
            j->first[2]);
}

static lg_status load(cli_run *run, const char *profiles, const char *labels, const char *role, axon_examples *out,
                      const char **about) {
  lg_status status = LG_OK;
  axon_join join;
  char name[40];
  *about = profiles;
  (void)snprintf(name, sizeof name, "%s-profiles", role);
  LG_TRY(lg_provenance_add_input(cli_ctx(run), cli_provenance(run), name, profiles));
  *about = labels;
  (void)snprintf(name, sizeof name, "%s-labels", role);
  LG_TRY(lg_provenance_add_input(cli_ctx(run), cli_provenance(run), name, labels));
  *about = profiles;
  LG_TRY(lg_axon_examples_load(cli_ctx(run), profiles, labels, out, &join));
  say_join(run, labels, &join);
done:
  return status;
}

/* An exit code, 0 when all is well. */
static int read_options(cli_run *run, axon_learn_run *what) {
  axon_layout layout;
  if (!lg_axon_layout_of(cli_text(run, "layout"), &layout)) return cli_usage(run, "no such layout");
  axon_learn_opts *o = &what->opts;
  *o = lg_axon_learn_defaults(layout);
  o->nets = (size_t)cli_count(run, "nets");
  if (cli_given(run, "epochs")) o->epochs = (size_t)cli_count(run, "epochs");
  o->batch = (size_t)cli_count(run, "batch");
  if (cli_given(run, "rate")) o->lr = cli_number(run, "rate");
  if (cli_given(run, "decay")) o->decay = cli_number(run, "decay");
  if (cli_given(run, "reach")) o->reach = cli_number(run, "reach");
  o->seed = cli_seed(run);
  what->folds = (size_t)cli_count(run, "folds");
  if (o->nets < 1 || o->nets > 64) return cli_usage(run, "--nets is %zu; allowed is 1 to 64", o->nets);
  if (cli_given(run, "epochs") && (o->epochs < 1 || o->epochs > 100000))
    return cli_usage(run, "--epochs is %zu; allowed is 1 to 100000", o->epochs);
  if (o->batch < 8 || o->batch > 4096) return cli_usage(run, "--batch is %zu; allowed is 8 to 4096", o->batch);
  if (!(o->lr > 0.0 && o->lr < 1.0)) return cli_usage(run, "--rate is %g; allowed is above 0 and below 1", o->lr);
  if (!(o->decay >= 0.0 && o->decay <= 1.0)) return cli_usage(run, "--decay is %g; allowed is 0 to 1", o->decay);
  if (cli_given(run, "reach") && !(o->reach > 0.0 && o->reach <= 10.0))
    return cli_usage(run, "--reach is %g; allowed is above 0, up to 10", o->reach);
  if (what->folds == 1 || what->folds > 100) return cli_usage(run, "--folds is %zu; allowed is 2 to 100", what->folds);
  if (cli_given(run, "test") != cli_given(run, "test-labels"))
    return cli_usage(run, "--test and --test-labels belong together");
  for (const char *at = cli_given(run, "curve") ? cli_text(run, "curve") : ""; *at;) {
    char *end;
    const long n = strtol(at, &end, 10);
    if (end == at || n < 16 || what->n_curve == AXON_CURVE || (*end && *end != ','))
      return cli_usage(run, "--curve '%s' is no list of at most %d numbers of 16 or more", cli_text(run, "curve"),
                       (int)AXON_CURVE);
    what->curve[what->n_curve++] = (size_t)n;
    at = end + (*end == ',');
  }
  if (what->n_curve && !cli_given(run, "test")) return cli_usage(run, "--curve is judged by --test, which is missing");
  return CLI_OK;
}

static lg_status set_up(cli_run *run, work *w, axon_learn_run *what, const char **about) {
  lg_status status = LG_OK;
  if (!cli_provenance(run)) return LG_ERR_MEMORY;
  LG_TRY(load(run, cli_positional(run, 0), cli_positional(run, 1), "train", &w->examples, about));
  if (cli_given(run, "test")) {
    LG_TRY(load(run, cli_text(run, "test"), cli_text(run, "test-labels"), "test", &w->test, about));
    what->tests[0] = &w->test;
    what->test_names[0] = "test";
    what->n_tests = 1;
  }
  if (cli_given(run, "params")) {
    *about = cli_text(run, "params");
    LG_TRY(lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "params", *about));
    LG_TRY(lg_axon_params_load(cli_ctx(run), *about, &what->opts.params));
  }
  what->examples = &w->examples;
  status = cli_provenance_text(run, &w->provenance);
done:
  return status;
}

static int run_learn(cli_run *run) {
  lg_status status = LG_OK;
  const char *about = NULL;
  work w = {0};
  axon_learn_table table;
  axon_learn_run what = {.output = cli_text(run, "output")};
  if (!what.output) return cli_usage(run, "where to? give -o NET.safetensors");
  const int code = read_options(run, &what);
  if (code != CLI_OK) return code;
  LG_TRY(set_up(run, &w, &what, &about));
  const lg_text_pair provenance = {"provenance", w.provenance};
  what.more = &provenance;
  what.n_more = 1;
  about = what.output;
  LG_TRY(lg_axon_learn_run(cli_ctx(run), &what, &table));
  if (cli_json(run)) cli_axon_learn_json(run, "loligo-axon-learn/1", NULL, &what, &table);
  else cli_axon_learn_print(run, &what, &table);
done:
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.state", what.output);
  lg_axon_examples_clear(cli_ctx(run), &w.examples);
  lg_axon_examples_clear(cli_ctx(run), &w.test);
  free(w.provenance);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_axon_learn_command = {
    .name = "axon learn",
    .arguments = "PROFILES LABELS -o NET.safetensors [--folds 5]",
    .summary = "Train networks that say what the axon's mechanics would, from profiles and their simulated outcomes.",
    .example = "loligo axon learn profiles.h5 labels.csv -o net.safetensors --folds 5  # labels of axon simulate",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_learn,
};
