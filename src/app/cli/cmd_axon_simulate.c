/* loligo axon simulate: what strain does to the cytoskeleton of an axon, profile by profile. */
#include "app/cli/axon_sweep.h"
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "axon/impacts.h"
#include "data/provenance.h"
#include "twin/axon_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "OUT.csv", CLI_OUTPUT, NULL,
     "Where the outcomes go: one row for each profile; .h5 is HDF5 (/out, /name)."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the preset's."},
    {"preset", "male|female", CLI_CHOICE, NULL,
     "19 or 7 rows of microtubules (otherwise the preset of P.json, or male)."},
    {"precision", "float|double", CLI_CHOICE, "float", "Vectors of floats, or doubles with Newton to 1e-9 nm."},
    {"scheme", "euler|second", CLI_CHOICE, "euler", "Backward Euler, as the reference solutions, or second order."},
    {"dt", "TIME", CLI_TIME, NULL,
     "Step; otherwise that of the profiles. Also how far samples without times are apart."},
    {"cut", "STRAIN", CLI_NUMBER, NULL, "Cut steps in which the strain moves further than this (0.02 is fine)."},
    {"further", NULL, CLI_FLAG, NULL, "More columns: reaction, compression, undulation, times of peaks, injured."},
    {"injury-threshold", "STRAIN", CLI_NUMBER, "0.2",
     "Injured means mt of this or more; 0.2 is right for seed 1 only."},
    {"repeat", "N", CLI_COUNT, NULL, "Every profile so often on the same axon; one row for each impact."},
    {"sequence", "NAMES", CLI_TEXT, NULL, "These profiles in order on the same axon; comma between."},
    {"rest", "TIME", CLI_TIME, NULL,
     "Simulate so long at no strain after every impact; otherwise all but losses relaxes."},
    {"trace", "NAMES", CLI_TEXT, NULL, "Write these profiles in time beside OUT: OUT-NAME.csv; comma between."},
    {"resume", "DIR", CLI_OUTPUT, NULL, "Keep a journal here and go on from it; ranks of mpirun have one beside OUT."},
};

typedef struct work {
  axon_profiles *profiles;
  lg_axon *axon;
  axon_outcome *outcomes;
  axon_impacts *impacts; /* NULL: every profile is one */
} work;

/* Names of the rows that are written, and how many there are. */
static char *const *row_names(const work *w) { return w->impacts ? w->impacts->names : w->profiles->names; }
static size_t n_rows(const work *w) { return w->profiles->n * (w->impacts ? w->impacts->n_ends : 1); }

static bool find_profile(const axon_profiles *p, const char *name, size_t bytes, size_t *at) {
  for (*at = 0; *at < p->n; ++*at)
    if (strlen(p->names[*at]) == bytes && strncmp(p->names[*at], name, bytes) == 0) return true;
  return false;
}

/* Whether every name of the list is there, before anything is simulated. */
static lg_status check_traces(cli_run *run, const work *w) {
  for (const char *name = cli_text(run, "trace"); *name;) {
    const size_t bytes = strcspn(name, ",");
    size_t at;
    if (!find_profile(w->profiles, name, bytes, &at))
      return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "there is no profile '%.*s'", (int)bytes, name);
    if (memchr(name, '/', bytes))
      return lg_fail(cli_ctx(run), LG_ERR_ARGUMENT, "a trace of '%.*s' cannot be named after it, for the '/'",
                     (int)bytes, name);
    name += bytes + (name[bytes] == ',');
  }
  return LG_OK;
}

/* Profiles of --sequence by their places. */
static lg_status find_sequence(lg_ctx *ctx, const axon_profiles *p, const char *text, size_t **out, size_t *n) {
  lg_status status = LG_OK;
  *n = 0;
  LG_NEW(ctx, *out, strlen(text) + 1);
  for (const char *name = text; *name;) {
    const size_t bytes = strcspn(name, ",");
    if (!find_profile(p, name, bytes, &(*out)[(*n)++]))
      LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "there is no profile '%.*s'", (int)bytes, name));
    name += bytes + (name[bytes] == ',');
  }
done:
  return status;
}

/* The profiles give way to series of them. */
static lg_status line_up(cli_run *run, work *w, axon_simulate_opts *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  size_t *sequence = NULL;
  axon_impacts_opts how = {.repeat = cli_given(run, "repeat") ? (size_t)cli_number(run, "repeat") : 1,
                           .at_once = !cli_given(run, "rest"),
                           .dt_s = o->dt_s};
  if (!how.at_once) how.rest_s = 1e-3 * cli_number(run, "rest");
  if (cli_given(run, "sequence")) {
    LG_TRY(find_sequence(ctx, w->profiles, cli_text(run, "sequence"), &sequence, &how.n_sequence));
    how.sequence = sequence;
  }
  LG_TRY(lg_axon_impacts_create(ctx, w->profiles, &how, &w->impacts));
  axon_profiles *single = w->profiles;
  w->profiles = w->impacts->series;
  w->impacts->series = single; /* theirs to free */
  o->dt_s = 0.0;
  o->ends = w->impacts->ends;
  o->n_ends = w->impacts->n_ends;
  o->relax = how.at_once;
done:
  lg_free(ctx, sequence);
  return status;
}

static lg_status set_up(cli_run *run, work *w, axon_simulate_opts *o, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_params params = lg_axon_params_male(), preset;
  const bool given = cli_given(run, "preset") && lg_axon_params_preset(cli_text(run, "preset"), &preset);
  *about = cli_positional(run, 0);
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "profiles", *about));
  LG_TRY(lg_axon_profiles_load_every(ctx, *about, o->dt_s, &w->profiles));
  if (cli_given(run, "repeat") || cli_given(run, "sequence")) LG_TRY(line_up(run, w, o));
  if (given) params = preset;
  if (cli_given(run, "params")) {
    *about = cli_text(run, "params");
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "params", *about));
    LG_TRY(lg_axon_params_load_on(ctx, *about, given ? &preset : NULL, &params));
  }
  LG_TRY(lg_axon_create(ctx, &params, &w->axon));
  LG_NEW(ctx, w->outcomes, n_rows(w));
done:
  return status;
}

/* A profile once more, with its course: what the others need in memory does not grow with traces. */
static lg_status write_trace(cli_run *run, const work *w, size_t at, const char *path, const axon_simulate_opts *o) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  axon_outcome *outcomes = NULL;
  double *trace = NULL;
  axon_profiles one = {.n = 1, .n_times = w->profiles->n_times, .dt_s = w->profiles->dt_s};
  one.strain = w->profiles->strain + at * one.n_times;
  one.names = w->profiles->names + at;
  const size_t n_steps = lg_axon_steps(&one, o);
  LG_NEW(ctx, outcomes, w->impacts ? w->impacts->n_ends : 1);
  LG_NEW(ctx, trace, (n_steps + 1) * AXON_TRACES);
  LG_TRY(lg_axon_simulate(ctx, w->axon, &one, o, outcomes, trace));
  LG_TRY(lg_axon_trace_write(ctx, path, trace, n_steps, o->dt_s > 0.0 ? o->dt_s : one.dt_s, cli_provenance(run)));
done:
  lg_free(ctx, outcomes);
  lg_free(ctx, trace);
  return status;
}

/* Every name of the list, its trace into OUT-NAME.csv. */
static lg_status write_traces(cli_run *run, const work *w, const char *out, const axon_simulate_opts *o) {
  lg_ctx *ctx = cli_ctx(run);
  const char *dot = strrchr(out, '.');
  const size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - out) : strlen(out);
  for (const char *name = cli_text(run, "trace"); *name;) {
    const size_t bytes = strcspn(name, ",");
    char path[4096];
    size_t at;
    if (!find_profile(w->profiles, name, bytes, &at)) /* check_traces() has looked */
      return lg_fail(ctx, LG_ERR_INTERNAL, "profile '%.*s' is gone", (int)bytes, name);
    if (snprintf(path, sizeof path, "%.*s-%s.csv", (int)stem, out, w->profiles->names[at]) >= (int)sizeof path)
      return lg_fail(ctx, LG_ERR_RANGE, "the path of a trace is too long");
    const lg_status status = write_trace(run, w, at, path, o);
    if (status != LG_OK) return status;
    name += bytes + (name[bytes] == ',');
  }
  return LG_OK;
}

enum { MOST_NAMED = 5 };

/* "p1, p2, … (12 profiles)" of those that something is to be said of; nothing when there are none. */
static void say_of(cli_run *run, const work *w, bool (*is)(const axon_outcome *o), const char *what) {
  char names[400] = "";
  size_t n = 0, used = 0;
  for (size_t k = 0; k < n_rows(w); k++) {
    if (!is(&w->outcomes[k]) || ++n > MOST_NAMED || used + 70 > sizeof names) continue;
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%.60s", used ? ", " : "", row_names(w)[k]);
  }
  if (n > 0)
    cli_say(run, "%s%s (%zu of %zu %s): %s", names, n > MOST_NAMED ? ", ..." : "", n, n_rows(w),
            w->impacts ? "impacts" : "profiles", what);
}

static bool is_failed(const axon_outcome *o) { return o->failed; }
static bool is_halved(const axon_outcome *o) { return !o->failed && o->pieces > 1; }
static bool is_cut(const axon_outcome *o) { return o->n_cut > 0; }
static bool is_long(const axon_outcome *o) { return o->n_cut == 0 && o->n_long > 0; }

static void say_all(cli_run *run, const work *w) {
  say_of(run, w, is_failed, "failed; Newton does not converge with sixteenth steps");
  say_of(run, w, is_halved, "Newton did not converge; their steps were halved until it did");
  say_of(run, w, is_cut, "steps were cut");
  say_of(run, w, is_long, "the strain moves by more than 0.02 in a step; --cut 0.02 steps through it more finely");
}

static void print_json(cli_run *run, const work *w, size_t n_failed) {
  static const char *const names[AXON_OUTPUTS] = {"mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct"};
  lg_json j = cli_json_begin("loligo-axon/1");
  lg_json_key_integer(&j, "n_profiles", (int64_t)w->profiles->n);
  if (w->impacts) lg_json_key_integer(&j, "n_impacts", (int64_t)w->impacts->n_ends);
  lg_json_key_integer(&j, "n_failed", (int64_t)n_failed);
  lg_json_key(&j, "greatest");
  lg_json_object(&j);
  for (size_t q = 0; q < AXON_OUTPUTS; q++) {
    double most = 0.0;
    for (size_t k = 0; k < n_rows(w); k++)
      if (w->outcomes[k].out[q] > most) most = w->outcomes[k].out[q];
    lg_json_key_number(&j, names[q], most);
  }
  lg_json_end_object(&j);
  cli_json_end(run, &j);
}

/* Through the sweep: a journal that the same command goes on from, ranks. */
static lg_status simulate_resumably(cli_run *run, const work *w, const axon_simulate_opts *o, const char *out,
                                    axon_sweep_result *result) {
  char folder[4096];
  const bool given = cli_given(run, "resume");
  lg_status status =
      axon_sweep_folder(cli_ctx(run), given ? cli_text(run, "resume") : NULL, out, folder, sizeof folder);
  if (status != LG_OK) return status;
  const axon_sweep sweep = {
      .axon = w->axon, .profiles = w->profiles, .n = w->profiles->n, .opts = *o, .folder = folder, .keep = given};
  status = axon_sweep_run(run, &sweep, w->outcomes, result);
  if (status == LG_OK && result->n_resumed > 0)
    cli_say(run, "%zu of %zu profiles were there already", result->n_resumed, sweep.n);
  return status;
}

/* Words of the command line into options; what is refused goes to *usage. */
static int read_options(cli_run *run, axon_simulate_opts *o) {
  o->precision = strcmp(cli_text(run, "precision"), "double") == 0 ? AXON_DOUBLE : AXON_FLOAT;
  o->scheme = strcmp(cli_text(run, "scheme"), "second") == 0 ? AXON_SECOND : AXON_EULER;
  if (!cli_text(run, "output")) return cli_usage(run, "where to? give -o OUT.csv");
  if (cli_given(run, "dt")) o->dt_s = 1e-3 * cli_number(run, "dt");
  if (cli_given(run, "dt") && !(o->dt_s >= 1e-7 && o->dt_s <= 0.1))
    return cli_usage(run, "--dt is %g s; allowed is 1e-7 to 0.1 s", o->dt_s);
  if (cli_given(run, "cut")) o->most_strain_step = cli_number(run, "cut");
  if (cli_given(run, "cut") && !(o->most_strain_step >= 1e-4))
    return cli_usage(run, "--cut is %g; allowed is 1e-4 or more", o->most_strain_step);
  if (!(cli_number(run, "injury-threshold") > 0.0))
    return cli_usage(run, "--injury-threshold is %g; above 0 is allowed", cli_number(run, "injury-threshold"));
  const bool several = cli_given(run, "repeat") || cli_given(run, "sequence");
  if (cli_given(run, "repeat") && cli_given(run, "sequence"))
    return cli_usage(run, "--repeat or --sequence, not both: write a sequence out");
  if (cli_given(run, "rest") && !several) return cli_usage(run, "--rest goes with --repeat or --sequence");
  if (cli_given(run, "resume") && several) return cli_usage(run, "--resume goes with neither --repeat nor --sequence");
  return CLI_OK;
}

/* Directly, or through the sweep where there are ranks or a journal. */
static lg_status simulate(cli_run *run, work *w, const axon_simulate_opts *o, axon_sweep_result *shared) {
  lg_ctx *ctx = cli_ctx(run);
  lg_ranks ranks;
  const lg_status status = lg_ranks_join(ctx, &ranks);
  if (status != LG_OK) return status;
  if (ranks.n <= 1 && !cli_given(run, "resume"))
    return lg_axon_simulate(ctx, w->axon, w->profiles, o, w->outcomes, NULL);
  if (w->impacts) return lg_fail(ctx, LG_ERR_ARGUMENT, "impacts one after another are not shared among ranks");
  return simulate_resumably(run, w, o, cli_text(run, "output"), shared);
}

static lg_status write_outcomes(cli_run *run, const work *w, const axon_simulate_opts *o) {
  const char *out = cli_text(run, "output");
  const axon_rows rows = {.n = n_rows(w),
                          .names = row_names(w),
                          .outcomes = w->outcomes,
                          .further = cli_flag(run, "further") ? &w->axon->params : NULL,
                          .injury_threshold = cli_number(run, "injury-threshold")};
  const lg_status status = cli_given(run, "trace") ? write_traces(run, w, out, o) : LG_OK;
  return status == LG_OK ? lg_axon_rows_write(cli_ctx(run), out, &rows, cli_provenance(run)) : status;
}

static int run_axon(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  work w = {0};
  size_t n_failed = 0;
  axon_sweep_result shared = {0};
  const char *about = NULL;
  axon_simulate_opts o = {0};
  const int usage = read_options(run, &o);
  if (usage != CLI_OK) return usage;
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  LG_TRY(set_up(run, &w, &o, &about));
  if (cli_given(run, "trace")) LG_TRY(check_traces(run, &w));
  about = cli_positional(run, 0);
  LG_TRY(simulate(run, &w, &o, &shared));
  if (shared.rank != 0) n_failed = shared.n_failed;
  if (shared.rank != 0) goto done; /* rank 0 writes */
  about = cli_text(run, "output");
  LG_TRY(write_outcomes(run, &w, &o));
  for (size_t k = 0; k < n_rows(&w); k++) n_failed += w.outcomes[k].failed;
  say_all(run, &w);
  if (cli_json(run)) print_json(run, &w, n_failed);
  else cli_say(run, "%zu %s; written to %s", n_rows(&w), w.impacts ? "impacts" : "profiles", about);
done:
  lg_free(ctx, w.outcomes);
  lg_axon_destroy(ctx, w.axon);
  lg_axon_impacts_destroy(ctx, w.impacts);
  lg_axon_profiles_destroy(ctx, w.profiles);
  if (status != LG_OK) return cli_report(run, about, status);
  return n_failed > 0 ? CLI_PARTIAL : CLI_OK;
}

const cli_command cli_axon_simulate_command = {
    .name = "axon simulate",
    .arguments = "PROFILES -o OUT.csv [--params P.json] [--precision float|double] [--dt TIME] [--trace NAMES]",
    .summary = "Simulate what fibre strain does to microtubules, tau, neurofilaments and axolemma of an axon.",
    .example = "loligo axon simulate profiles.csv -o outcomes.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_axon,
};
