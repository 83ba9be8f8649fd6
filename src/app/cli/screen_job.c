#include "app/cli/screen_job.h"

#include "app/cli/drug_source.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/dose.h"
#include "twin/population.h"

#include <math.h>
#include <string.h>

/* Changes when rows mean something else. */
#define ROWS_VERSION "loligo-screen-rows/2"

enum { N_COLUMNS = 23 };

static const lg_sweep_column columns[N_COLUMNS] = {
    {"twin", LG_SWEEP_WORD},
    {"id", LG_SWEEP_WORD},
    {"name", LG_SWEEP_WORD},
    {"dose_uM", LG_SWEEP_NUMBER},
    {"verdict", LG_SWEEP_WORD},
    {"area_ratio", LG_SWEEP_NUMBER},
    {"near_ratio", LG_SWEEP_NUMBER},
    {"strong_ratio", LG_SWEEP_NUMBER},
    {"rheobase_pA", LG_SWEEP_NUMBER},
    {"rheobase_ratio", LG_SWEEP_NUMBER},
    {"n_spikes_1p5x", LG_SWEEP_INTEGER},
    {"n_spikes_3x", LG_SWEEP_INTEGER},
    {"n_spikes_6x", LG_SWEEP_INTEGER},
    {"gain_Hz_per_pA", LG_SWEEP_NUMBER},
    {"adaptation", LG_SWEEP_NUMBER},
    {"latency_ms", LG_SWEEP_NUMBER},
    {"first_rate_Hz", LG_SWEEP_NUMBER},
    {"rest_mV", LG_SWEEP_NUMBER},
    {"collapsed_levels", LG_SWEEP_INTEGER},
    {"n_effects", LG_SWEEP_INTEGER},
    {"domain", LG_SWEEP_WORD},
    {"extrapolated", LG_SWEEP_INTEGER},
    {"area_to_healthy", LG_SWEEP_NUMBER},
};

void screen_job_forget(lg_ctx *ctx, screen_job *job) {
  lg_screening_destroy(ctx, job->screening);
  lg_drug_table_destroy(ctx, job->library);
  lg_delta_net_destroy(ctx, job->learned);
  lg_free(ctx, job->individuals);
  lg_free(ctx, job->dose_uM);
  lg_free(ctx, job->multiple);
}

/* ---- reading --------------------------------------------------------------------------------------- */

static lg_status add_individuals(lg_ctx *ctx, screen_job *job, const lg_individual *from, size_t n) {
  lg_individual *grown =
      lg_realloc(ctx, job->individuals, job->n_individuals * sizeof *grown, job->n_individuals + n, sizeof *grown);
  if (!grown) return LG_ERR_MEMORY;
  job->individuals = grown;
  memcpy(grown + job->n_individuals, from, n * sizeof *from);
  job->n_individuals += n;
  for (size_t k = 0; k < n; k++)
    if (from[k].domain > job->domain) job->domain = from[k].domain;
  return LG_OK;
}

static int read_population(cli_run *run, const char *path, screen_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  lg_population *population = NULL;
  lg_status status = lg_population_load(ctx, path, &population);
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "population", path);
  if (status == LG_OK) status = add_individuals(ctx, job, population->individuals, population->n);
  lg_population_destroy(ctx, population);
  job->population = true;
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}

static int read_twin(cli_run *run, const char *path, screen_job *job) {
  lg_subject *subject = NULL;
  const int code = cli_subject(run, path, 0, &subject);
  if (code != CLI_OK) return code;
  lg_individual one = {.neuron = subject->neuron, .domain = subject->domain};
  (void)snprintf(one.name, sizeof one.name, "%s", subject->name);
  lg_subject_destroy(cli_ctx(run), subject);
  const lg_status status = add_individuals(cli_ctx(run), job, &one, 1);
  return status == LG_OK ? CLI_OK : cli_report(run, path, status);
}

static int read_twins(cli_run *run, screen_job *job) {
  const size_t n = cli_positionals(run) - 1;
  int code = CLI_OK;
  for (size_t k = 0; k < n && code == CLI_OK; k++) {
    const char *path = cli_positional(run, k);
    code = lg_population_is(cli_ctx(run), path) ? read_population(run, path, job) : read_twin(run, path, job);
  }
  job->n_twins = n;
  for (size_t k = 0; k < job->n_individuals && code == CLI_OK; k++)
    code = cli_learned(run, &job->individuals[k].neuron, NULL, &job->learned);
  job->opts.learned = job->learned;
  return code;
}

/* Doses of every compound: the same for all, or multiples of the therapeutic one of each. */
static int read_doses(cli_run *run, screen_job *job) {
  lg_ctx *ctx = cli_ctx(run);
  const char *text = cli_text(run, "dose");
  double *doses = NULL;
  size_t n = 0;
  lg_status status = LG_OK;
  job->multiples = strchr(text, 'x') != NULL;
  if (job->multiples) { /* those of a compound whose therapeutic concentration is 1 uM are the multiples */
    lg_drug one = job->library->drugs[0];
    one.free_low_uM = one.free_high_uM = 1.0;
    if (lg_doses_parse(ctx, text, &one, &job->multiple, &n) != LG_OK)
      return cli_usage(run, "--dose: %s", lg_ctx_message(ctx));
  }
  for (size_t c = 0; c < job->library->n; c++) {
    lg_drug known = job->library->drugs[c];
    const bool unknown = job->multiples && isnan(lg_drug_therapeutic_uM(&known));
    if (unknown) known.free_low_uM = known.free_high_uM = 1.0; /* the number of doses is asked for, not their values */
    if (c == 0 || job->multiples) {
      lg_free(ctx, doses);
      doses = NULL;
      if (lg_doses_parse(ctx, text, job->multiples ? &known : NULL, &doses, &n) != LG_OK)
        return cli_usage(run, "--dose: %s", lg_ctx_message(ctx));
    }
    if (c == 0) {
      job->n_doses = n;
      LG_NEW(ctx, job->dose_uM, job->library->n * n);
    }
    for (size_t d = 0; d < n; d++) job->dose_uM[c * n + d] = unknown ? (double)NAN : doses[d];
  }
done:
  lg_free(ctx, doses);
  return status == LG_OK ? CLI_OK : cli_report(run, NULL, status);
}

/* All that the points depend on: what was read (by its bytes), and the options that matter. */
static void take_fingerprint(cli_run *run, screen_job *job) {
  static const char *const options[] = {"dose", "protocol", "gaba-tone", "egaba", "combination", "unit"};
  static const char *const flags[] = {"keep-going", "epileptic"};
  char text[8192];
  size_t used = (size_t)snprintf(text, sizeof text, "%s %llu", ROWS_VERSION, (unsigned long long)cli_seed(run));
  const size_t n = lg_provenance_inputs(cli_provenance(run));
  for (size_t k = 0; k < n && used < sizeof text; k++) {
    const lg_provenance_input in = lg_provenance_get_input(cli_provenance(run), k);
    used += (size_t)snprintf(text + used, sizeof text - used, "\n%s %s", in.role, in.sha256);
  }
  for (size_t k = 0; k < sizeof options / sizeof options[0] && used < sizeof text; k++)
    used += (size_t)snprintf(text + used, sizeof text - used, "\n%s=%s", options[k],
                             cli_text(run, options[k]) ? cli_text(run, options[k]) : "");
  for (size_t k = 0; k < sizeof flags / sizeof flags[0] && used < sizeof text; k++)
    if (cli_flag(run, flags[k])) used += (size_t)snprintf(text + used, sizeof text - used, "\n%s", flags[k]);
  lg_sha256_bytes(text, used < sizeof text ? used : sizeof text, job->fingerprint);
}

int screen_job_read(cli_run *run, screen_job *job) {
  const char *library = cli_positional(run, cli_positionals(run) - 1);
  const lg_drug_read_options how = {.unit = cli_text(run, "unit")};
  int code = cli_drug_table(run, library, cli_flag(run, "keep-going"), &how, &job->library, &job->n_skipped);
  if (code == CLI_OK && job->library->n == 0) {
    const lg_status empty = lg_fail(cli_ctx(run), LG_ERR_FORMAT, "no compound was read");
    code = cli_report(run, library, empty);
  }
  if (code == CLI_OK) code = read_doses(run, job);
  if (code == CLI_OK) code = cli_bath(run, &job->opts.bath);
  if (code == CLI_OK) code = read_twins(run, job);
  if (code == CLI_OK) take_fingerprint(run, job);
  return code;
}

/* ---- points ------------------------------------------------------------------------------------------- */

static void set_word(lg_sweep_cell *cell, const char *word) {
  (void)snprintf(cell->word, sizeof cell->word, "%s", word);
}

static void fill_identity(const screen_job *job, size_t point, lg_sweep_cell *row) {
  const size_t per = job->library->n * job->n_doses, compound = point % per / job->n_doses;
  const lg_drug *drug = &job->library->drugs[compound];
  set_word(&row[0], job->individuals[point / per].name);
  set_word(&row[1], drug->id);
  set_word(&row[2], drug->name);
  row[3].number = job->dose_uM[compound * job->n_doses + point % job->n_doses];
}

static void fill_row(const screen_job *job, size_t point, const lg_screening_result *r, lg_sweep_cell *row) {
  const lg_individual *who = &job->individuals[point / (job->library->n * job->n_doses)];
  const lg_domain domain = lg_trial_domain(who->domain, r->extrapolated, r->beyond);
  set_word(&row[4], lg_verdict_name(r->verdict));
  row[5].number = r->ratios.area;
  row[6].number = r->ratios.near;
  row[7].number = r->ratios.strong;
  row[8].number = r->assay.rheobase_pA;
  row[9].number = r->ratios.rheobase;
  row[10].integer = (int64_t)r->assay.n_spikes[lg_assay_level(1.5)];
  row[11].integer = (int64_t)r->assay.n_spikes[lg_assay_level(3.0)];
  row[12].integer = (int64_t)r->assay.n_spikes[lg_assay_level(6.0)];
  row[13].number = r->assay.gain_Hz_per_pA;
  row[14].number = r->assay.adaptation;
  row[15].number = r->assay.latency_ms;
  row[16].number = r->assay.first_rate_Hz;
  row[17].number = r->assay.rest_mV;
  row[18].integer = (int64_t)r->assay.collapsed;
  row[19].integer = (int64_t)r->n_acted;
  set_word(&row[20], lg_domain_name(domain));
  row[21].integer = r->extrapolated;
  row[22].number = r->area_to_healthy;
}

static lg_status run_block(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells, float *arrays,
                           bool *failed, char (*message)[200]) {
  const screen_job *job = user;
  lg_status status = LG_OK;
  lg_screening_result *results = NULL;
  LG_NEW(ctx, results, n);
  LG_TRY(lg_screening_points(ctx, job->screening, first, n, results));
  for (size_t k = 0; k < n; k++) {
    fill_identity(job, first + k, cells + k * N_COLUMNS);
    failed[k] = results[k].failed;
    if (failed[k]) (void)snprintf(message[k], sizeof message[k], "%s", results[k].message);
    else fill_row(job, first + k, &results[k], cells + k * N_COLUMNS);
    for (size_t l = 0; arrays && l < LG_ASSAY_LEVELS; l++)
      arrays[k * LG_ASSAY_LEVELS + l] = (float)results[k].assay.n_spikes[l];
  }
done:
  lg_free(ctx, results);
  return status;
}

lg_status screen_job_prepare(cli_run *run, screen_job *job) {
  job->opts.protocol = strcmp(cli_text(run, "protocol"), "step1s") == 0 ? LG_SCREENING_STEP : LG_SCREENING_FI;
  job->opts.n_individuals = job->n_individuals;
  job->opts.individuals = job->individuals;
  job->opts.table = job->library;
  job->opts.n_doses = job->n_doses;
  job->opts.dose_uM = job->dose_uM;
  job->opts.epileptic = cli_flag(run, "epileptic");
  const lg_status status = lg_screening_create(cli_ctx(run), &job->opts, &job->screening);
  if (status != LG_OK) return status;
  const bool fi = job->opts.protocol == LG_SCREENING_FI;
  job->plan = (lg_sweep_plan){.name = "screen",
                              .what = "compounds x doses",
                              .fingerprint = job->fingerprint,
                              .n_points = lg_screening_n_points(job->screening),
                              .n_columns = N_COLUMNS,
                              .columns = columns,
                              .n_array = fi ? LG_ASSAY_LEVELS : 0,
                              .array_name = fi ? "f_I_spikes" : NULL,
                              .array_axis = fi ? lg_assay_factors : NULL,
                              .array_axis_name = fi ? "I_over_rheobase" : NULL,
                              .run = run_block,
                              .user = job};
  return LG_OK;
}
