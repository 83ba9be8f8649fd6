/* loligo neuron rheobase: titrate a simulated cell, or tell an experimenter which current to try next. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/model_file.h"

#include <loligo/titration.h>
#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"duration", "TIME", CLI_TIME, "500ms", "Length of the step."},
    {"from", "CURRENT", CLI_CURRENT, NULL, "No spike is expected up to here (1pA; hh52: 0.1 uA/cm2)."},
    {"to", "CURRENT", CLI_CURRENT, NULL, "Spikes are expected here (3nA; hh52: 300 uA/cm2)."},
    {"max-sweeps", "N", CLI_COUNT, "8", "Most sweeps."},
    {"resolution", "SHARE", CLI_NUMBER, "0", "Stop when the bracket is narrower than this share."},
    {"solver", "reference|rk4|euler", CLI_CHOICE, "rk4", "How to integrate."},
    {"answers", "WORDS", CLI_TEXT, NULL,
     "For a live cell, without MODEL: yes or no for each sweep so far, as in yes,no,no (none: \"\")."},
};

/* Share of the estimate that half the bracket is. */
static double uncertainty(const lg_titration *t) { return 0.5 * (t->high - t->low) / lg_titration_estimate(t); }

static void write_bracket(lg_json *w, const lg_titration *t, const char *unit) {
  lg_json_key_text(w, "unit", unit);
  lg_json_key_integer(w, "sweeps", (int64_t)t->n_sweeps);
  lg_json_key_number(w, "low", t->low);
  lg_json_key_number(w, "high", t->high);
  lg_json_key_boolean(w, "low_tested", t->low_is_tested != 0);
  lg_json_key_boolean(w, "high_tested", t->high_is_tested != 0);
}

static bool found(const lg_titration *t) { return t->low_is_tested && t->high_is_tested; }

/* ---- live cell -------------------------------------------------------------------------------- */

static bool replay(const char *answers, lg_titration *t, const char **wrong) {
  while (*answers) {
    const size_t n = strcspn(answers, ",");
    const bool yes = n == 3 && strncmp(answers, "yes", n) == 0, no = n == 2 && strncmp(answers, "no", n) == 0;
    *wrong = answers;
    if ((!yes && !no) || isnan(lg_titration_next(t))) return false;
    lg_titration_answer(t, yes);
    answers += n + (answers[n] == ',');
  }
  return true;
}

static int run_live(cli_run *run) {
  lg_titration t;
  const char *wrong = NULL;
  const double low = cli_given(run, "from") ? cli_number(run, "from") : 1.0;
  const double high = cli_given(run, "to") ? cli_number(run, "to") : 3000.0;
  const lg_status status = lg_titration_begin(cli_ctx(run), low, high, cli_number(run, "resolution"),
                                              (unsigned)cli_count(run, "max-sweeps"), &t);
  if (status != LG_OK) return cli_report(run, NULL, status);
  if (!replay(cli_text(run, "answers"), &t, &wrong))
    return cli_usage(run, "--answers at '%s': yes or no, at most %u, separated by commas", wrong, t.max_sweeps);
  const double next = lg_titration_next(&t);
  if (cli_json(run)) {
    lg_json w = cli_json_begin("loligo-titration/1");
    write_bracket(&w, &t, "pA");
    lg_json_key_number(&w, "next", next);
    lg_json_key_number(&w, "rheobase", isnan(next) && found(&t) ? lg_titration_estimate(&t) : (double)NAN);
    cli_json_end(run, &w);
  } else if (!isnan(next)) {
    (void)printf("try %.4g pA (sweep %u of %u; between %.4g and %.4g pA)\n", next, t.n_sweeps + 1, t.max_sweeps, t.low,
                 t.high);
  } else if (found(&t)) {
    (void)printf("rheobase %.4g pA +- %.1f %% (%u sweeps)\n", lg_titration_estimate(&t), 100.0 * uncertainty(&t),
                 t.n_sweeps);
  } else {
    (void)printf("rheobase is %s %.4g pA\n", t.high_is_tested ? "below" : "above", t.high_is_tested ? t.high : t.low);
  }
  return isnan(next) && !found(&t) ? CLI_NEGATIVE : CLI_OK;
}

/* ---- simulated cell --------------------------------------------------------------------------- */

static void write_json(cli_run *run, const lg_rheobase *r, const char *unit, double analytic) {
  const unsigned n = r->bracket.n_sweeps;
  lg_json w = cli_json_begin("loligo-rheobase/1");
  lg_json_key_number(&w, "rheobase", found(&r->bracket) ? r->estimate : (double)NAN);
  write_bracket(&w, &r->bracket, unit);
  lg_json_key_boolean(&w, "fires_at_rest", r->fires_at_rest != 0);
  lg_json_key_number(&w, "slow_current_rheobase", analytic);
  lg_json_key(&w, "sweep_log");
  lg_json_array(&w);
  for (unsigned k = 0; k < n; k++) {
    lg_json_object(&w);
    lg_json_key_number(&w, "current", r->tried[k]);
    lg_json_key_integer(&w, "n_spikes", (int64_t)r->spikes[k]);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

static void print(const lg_rheobase *r, const char *unit, double analytic) {
  const lg_titration *t = &r->bracket;
  for (unsigned k = 0; k < t->n_sweeps; k++)
    (void)printf("sweep %u  %10.4f %s  %u spike%s\n", k + 1, r->tried[k], unit, r->spikes[k],
                 r->spikes[k] == 1 ? "" : "s");
  if (r->fires_at_rest) (void)printf("the cell fires without current\n");
  else if (found(t))
    (void)printf("rheobase %.5g %s +- %.1f %% (between %.5g and %.5g)\n", r->estimate, unit, 100.0 * uncertainty(t),
                 t->low, t->high);
  else
    (void)printf("rheobase is %s %.5g %s\n", t->high_is_tested ? "below" : "above",
                 t->high_is_tested ? t->high : t->low, unit);
  if (!isnan(analytic)) (void)printf("for a slow current, from the equations: %.5g %s\n", analytic, unit);
}

static int run_rheobase(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_neuron neuron;
  lg_rheobase r;
  lg_izhikevich_facts facts = {.rheobase_pA = (double)NAN};
  lg_rheobase_options o = LG_RHEOBASE_OPTIONS_INIT;
  if (cli_count(run, "max-sweeps") < 1 || cli_count(run, "max-sweeps") > LG_TITRATION_MAX_SWEEPS)
    return cli_usage(run, "--max-sweeps: 1 … %d", LG_TITRATION_MAX_SWEEPS);
  if (cli_positionals(run) == 0) {
    if (!cli_given(run, "answers")) return cli_usage(run, "give a MODEL.json, or --answers for a live cell");
    return run_live(run);
  }
  if (cli_given(run, "answers")) return cli_usage(run, "--answers is for a live cell: without MODEL.json");
  if (lg_solver_from_name(ctx, cli_text(run, "solver"), &o.solver) != LG_OK)
    return cli_usage(run, "--solver: %s", lg_ctx_message(ctx));
  const char *path = cli_positional(run, 0);
  lg_status status = cli_provenance(run) ? lg_neuron_load(ctx, path, &neuron) : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "model", path);
  if (status != LG_OK) return cli_report(run, path, status);
  const bool per_area = strcmp(neuron.info->model, "hh52") == 0;
  const double unit_per_pA = per_area ? 1e-6 : 1.0; /* given as a current: 1 uA is 1e6 pA */
  o.duration_ms = cli_number(run, "duration");
  if (cli_given(run, "from")) o.low = cli_number(run, "from") * unit_per_pA;
  if (cli_given(run, "to")) o.high = cli_number(run, "to") * unit_per_pA;
  o.max_sweeps = (unsigned)cli_count(run, "max-sweeps");
  o.resolution = cli_number(run, "resolution");
  status = lg_neuron_rheobase(ctx, &neuron, &o, &r);
  if (status != LG_OK) return cli_report(run, path, status);
  if (strcmp(neuron.info->model, "izhikevich") == 0 && strcmp(neuron.info->variant, "std") == 0 &&
      lg_izhikevich_derive(ctx, &neuron, &facts) != LG_OK)
    facts.rheobase_pA = (double)NAN;
  const char *unit = per_area ? "uA/cm2" : "pA";
  if (cli_json(run)) write_json(run, &r, unit, facts.rheobase_pA);
  else print(&r, unit, facts.rheobase_pA);
  return found(&r.bracket) && !r.fires_at_rest ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_neuron_rheobase_command = {
    .name = "neuron rheobase",
    .arguments = "[MODEL.json] [--duration TIME] [--max-sweeps N] [--answers yes,no]",
    .summary = "Find the rheobase by titration, at most 8 sweeps: of a model or twin, or step by step of a live cell.",
    .example = "loligo neuron rheobase twin.json\nloligo neuron rheobase --answers yes,no,no",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 1,
    .run = run_rheobase,
};
