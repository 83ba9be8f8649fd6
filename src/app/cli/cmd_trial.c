/* loligo trial: one twin, one or more drugs, several doses. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/trial_output.h"
#include "base/base.h"
#include "data/provenance.h"
#include "num/ascending.h"
#include "twin/dose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"drug", "NAME[,NAME2]", CLI_TEXT, NULL, "The drug, or drugs that are given together."},
    {"dose", "DOSES", CLI_TEXT, NULL,
     "Free concentrations: 10nM; 1uM,10uM; 0.1:100uM:10log; 1:10uM:5lin; 0.5x,1x,2x of the therapeutic one."},
    {"ratio", "NUMBER[,NUMBER]", CLI_TEXT, NULL,
     "Concentration of the second (and third) drug for 1 of the first; without it all have the same dose."},
    {"output", "DIR", CLI_OUTPUT, NULL,
     "Write trial.json, dose_response.csv, f_I.csv and the report into this folder."},
    {"library", "FILE.csv", CLI_INPUT, NULL, "Another table of drugs than the one that ships."},
    CLI_BATH_OPTIONS,
    {"samples", "N", CLI_COUNT, "20", "Draws of the twin's posterior; 0: the best neuron alone."},
    {"step", "TIME", CLI_TIME, "1000", "Length of the steps of the f-I curve."},
    {"plateau", "TIME", CLI_TIME, "30000", "Length of the long depolarisation."},
    {"quick", NULL, CLI_FLAG, NULL,
     "The f-I curve alone, in single precision as in a screen: no shape, ramp, trains or plateau."},
    {"epileptic", NULL, CLI_FLAG, NULL,
     "Make the twin hyper-excitable (gM -60 %, persistent Na, E_GABA -58 mV) and compare with the healthy one."},
    {"rescue", NULL, CLI_FLAG, NULL,
     "Make it epileptic and say which drugs, at their therapeutic free concentration, bring it back."},
};

/* ---- options -------------------------------------------------------------------------------------- */

typedef struct request {
  lg_drug_table *table;
  lg_subject *subject;
  lg_trial_opts opts;
  double *doses;
  lg_delta_net *learned; /* of izhikevich twins */
} request;

static int read_ratio(cli_run *run, lg_trial_opts *o) {
  const char *text = cli_text(run, "ratio");
  for (size_t d = 0; d < o->n_drugs; d++) o->per_dose[d] = 1.0;
  if (!text) return CLI_OK;
  char copy[256], *words[LG_TRIAL_MAX_DRUGS];
  (void)snprintf(copy, sizeof copy, "%s", text);
  const size_t n = cli_split(copy, words, LG_TRIAL_MAX_DRUGS);
  if (n + 1 != o->n_drugs)
    return cli_usage(run, "--ratio: %zu numbers for %zu drugs; one for each drug behind the first", n, o->n_drugs);
  for (size_t k = 0; k < n; k++) {
    char *end = NULL;
    o->per_dose[k + 1] = strtod(words[k], &end);
    if (end == words[k] || *end || !(o->per_dose[k + 1] >= 0.0 && isfinite(o->per_dose[k + 1])))
      return cli_usage(run, "--ratio: '%s' is not a number of 0 or more", words[k]);
  }
  return CLI_OK;
}

static int read_drugs(cli_run *run, request *q) {
  char copy[512], *words[LG_TRIAL_MAX_DRUGS];
  const char *text = cli_text(run, "drug");
  if (strlen(text) >= sizeof copy) return cli_usage(run, "--drug: at most %zu letters", sizeof copy - 1);
  (void)snprintf(copy, sizeof copy, "%s", text);
  const size_t n = cli_split(copy, words, LG_TRIAL_MAX_DRUGS);
  if (n > LG_TRIAL_MAX_DRUGS) return cli_usage(run, "--drug: %zu names; at most %d", n, (int)LG_TRIAL_MAX_DRUGS);
  for (size_t k = 0; k < n; k++)
    if (lg_drug_find(cli_ctx(run), q->table, words[k], &q->opts.drug[k]) != LG_OK)
      return cli_usage(run, "--drug: %s", lg_ctx_message(cli_ctx(run)));
  q->opts.n_drugs = n;
  return read_ratio(run, &q->opts);
}

static int read_doses(cli_run *run, request *q) {
  size_t n = 0;
  if (lg_doses_parse(cli_ctx(run), cli_text(run, "dose"), q->opts.drug[0], &q->doses, &n) != LG_OK)
    return cli_usage(run, "--dose: %s", lg_ctx_message(cli_ctx(run)));
  qsort(q->doses, n, sizeof *q->doses, lg_ascending);
  q->opts.n_doses = 0;
  for (size_t k = 0; k < n; k++)
    if (k == 0 || q->doses[k] != q->doses[k - 1]) q->doses[q->opts.n_doses++] = q->doses[k];
  q->opts.dose_uM = q->doses;
  return CLI_OK;
}

static int read_assay(cli_run *run, lg_assay_opts *a) {
  *a = (lg_assay_opts)LG_ASSAY_OPTS_INIT;
  a->step_ms = cli_number(run, "step");
  a->plateau_ms = cli_number(run, "plateau");
  if (!(a->step_ms >= 50.0 && a->step_ms <= 1e5)) return cli_usage(run, "--step: 50 ms to 100 s");
  if (!(a->plateau_ms >= 500.0 && a->plateau_ms <= 3e5)) return cli_usage(run, "--plateau: 500 ms to 300 s");
  if (!cli_flag(run, "quick")) return CLI_OK;
  lg_assay_be_quick(a);
  return CLI_OK;
}

static int read_request(cli_run *run, request *q) {
  const bool rescue = cli_flag(run, "rescue");
  if (!rescue && !cli_text(run, "drug")) return cli_usage(run, "which drug? give --drug NAME (loligo drug list)");
  if (!rescue && !cli_text(run, "dose"))
    return cli_usage(run, "which doses? give --dose, as in --dose 0.1:100uM:10log");
  if (rescue && (cli_text(run, "drug") || cli_text(run, "dose")))
    return cli_usage(run, "--rescue tries every drug at its therapeutic concentration: without --drug and --dose");
  if (cli_count(run, "samples") > 10000) return cli_usage(run, "--samples: at most 10000");
  q->opts.epileptic = rescue || cli_flag(run, "epileptic");
  int code = read_assay(run, &q->opts.assay);
  if (code == CLI_OK) code = cli_bath(run, &q->opts.bath);
  if (code == CLI_OK) code = cli_drug_table(run, cli_text(run, "library"), false, NULL, &q->table, NULL);
  if (code == CLI_OK && !rescue) code = read_drugs(run, q);
  if (code == CLI_OK && !rescue) code = read_doses(run, q);
  if (code == CLI_OK)
    code = cli_subject(run, cli_positional(run, 0), rescue ? 0 : (size_t)cli_count(run, "samples"), &q->subject);
  return code;
}

/* ---- running ------------------------------------------------------------------------------------- */

static int run_rescue(cli_run *run, const request *q) {
  lg_rescue *rescue = NULL;
  const lg_status status = lg_rescue_run(cli_ctx(run), q->subject, q->table, &q->opts.bath, &q->opts.assay, &rescue);
  if (status != LG_OK) return cli_report(run, cli_positional(run, 0), status);
  trial_print_rescue(run, q->subject, rescue);
  lg_rescue_destroy(cli_ctx(run), rescue);
  return CLI_OK;
}

static int run_doses(cli_run *run, request *q) {
  lg_ctx *ctx = cli_ctx(run);
  lg_trial *trial = NULL;
  const char *folder = cli_text(run, "output");
  int code = CLI_OK;
  if (folder) q->opts.trace_factor = 3.0;
  if (folder && lg_make_directory(ctx, folder) != LG_OK) return cli_report(run, folder, LG_ERR_IO);
  const lg_status status = lg_trial_run(ctx, q->subject, &q->opts, &trial);
  if (status != LG_OK) code = cli_report(run, cli_positional(run, 0), status);
  else code = trial_output(run, q->subject, &q->opts, trial, folder);
  lg_trial_destroy(ctx, trial);
  return code;
}

static int run_trial(cli_run *run) {
  request q = {.opts = LG_TRIAL_OPTS_INIT};
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  int code = read_request(run, &q);
  if (code == CLI_OK) code = cli_learned(run, &q.subject->neuron, NULL, &q.learned);
  q.opts.learned = q.learned;
  if (code == CLI_OK) code = cli_flag(run, "rescue") ? run_rescue(run, &q) : run_doses(run, &q);
  lg_subject_destroy(cli_ctx(run), q.subject);
  lg_drug_table_destroy(cli_ctx(run), q.table);
  lg_delta_net_destroy(cli_ctx(run), q.learned);
  lg_free(cli_ctx(run), q.doses);
  return code;
}

const cli_command cli_trial_command = {
    .name = "trial",
    .arguments = "TWIN.json|MODEL.json|REC --drug NAME --dose DOSES [-o DIR]",
    .summary = "Give drugs to one twin: what each dose does to its f-I curve, the verdict and how sure it is.",
    .example = "loligo trial twin.json --drug carbamazepine --dose 1:300uM:8log -o trial/\n"
               "  loligo trial twin.json --drug diazepam --dose 0.01:1uM:5log --gaba-tone 2nS\n"
               "  loligo trial twin.json --drug lacosamide,carbamazepine --dose 10:100uM:4log --combination one-site\n"
               "  loligo trial twin.json --rescue --gaba-tone 2nS",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_trial,
};
