/* loligo validate drug-runs REF_DIR: treat the reference neuron by name and dose, and compare every spike. */
#include "app/cli/commands.h"
#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/json_writer.h"
#include "data/provenance.h"
#include "io/csv_rows.h"
#include "twin/dose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 64 << 20, MAX_SPIKES = 100000 };

/* A file of the reference folder, row by row, with its columns by name. */
typedef struct sheet {
  char path[4096];
  unsigned char *bytes;
  lg_csv_rows rows;
  size_t column[3];
} sheet;

static lg_status sheet_open(cli_run *run, const char *folder, const char *name, const char *const *columns, size_t n,
                            sheet *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  size_t bytes = 0;
  (void)snprintf(s->path, sizeof s->path, "%s/%s", folder, name);
  LG_TRY(lg_file_read(ctx, s->path, MAX_BYTES, &s->bytes, &bytes));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "reference", s->path));
  LG_TRY(lg_csv_rows_begin(ctx, s->bytes, bytes, &s->rows));
  if (!lg_csv_rows_next(&s->rows)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: the file is empty", s->path));
  for (size_t k = 0; k < n; k++) {
    s->column[k] = SIZE_MAX;
    for (size_t j = 0; j < s->rows.n_cells; j++)
      if (strcmp(s->rows.cells[j], columns[k]) == 0) s->column[k] = j;
    if (s->column[k] == SIZE_MAX)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s:%zu: the column '%s' is missing", s->path, s->rows.line, columns[k]));
  }
done:
  return status;
}

static void sheet_close(lg_ctx *ctx, sheet *s) {
  lg_csv_rows_clear(ctx, &s->rows);
  lg_free(ctx, s->bytes);
}

static const char *cell(const sheet *s, size_t k) {
  static const char empty[1] = "";
  return s->column[k] < s->rows.n_cells ? s->rows.cells[s->column[k]] : empty;
}

/* Spikes of every condition, as they stand in the file. */
typedef struct spikes {
  size_t n, room;
  struct {
    char drug[48];
    double factor, t_ms;
  } * spike;
} spikes;

static lg_status read_spikes(cli_run *run, const char *folder, spikes *out) {
  static const char *const columns[] = {"drug", "I_factor", "t_cross_m20mV_ms"};
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  sheet s = {.bytes = NULL};
  LG_TRY(sheet_open(run, folder, "drug_spikes.csv", columns, 3, &s));
  LG_NEW(ctx, out->spike, MAX_SPIKES);
  while (lg_csv_rows_next(&s.rows) && out->n < MAX_SPIKES) {
    (void)snprintf(out->spike[out->n].drug, sizeof out->spike[0].drug, "%s", cell(&s, 0));
    out->spike[out->n].factor = strtod(cell(&s, 1), NULL);
    out->spike[out->n++].t_ms = strtod(cell(&s, 2), NULL);
  }
done:
  sheet_close(ctx, &s);
  return status;
}

/* "TTX_3nM" is a drug and a dose; "GABA_tonic_2nS" a conductance, half of twice as many receptors; "control" nothing.
 */
static lg_status treat(lg_ctx *ctx, const lg_drug_table *table, const char *condition, lg_neuron *neuron) {
  lg_status status = LG_OK;
  lg_drug_bath bath = LG_DRUG_BATH_INIT;
  lg_dose dose = {NULL, 0.0};
  double *uM = NULL;
  size_t n = 0;
  char name[64];
  const char *cut = strchr(condition, '_');
  if (strcmp(condition, "control") == 0) return LG_OK;
  if (!cut || (size_t)(cut - condition) >= sizeof name)
    return lg_fail(ctx, LG_ERR_FORMAT, "the condition '%s' is not like TTX_3nM", condition);
  memcpy(name, condition, (size_t)(cut - condition));
  name[cut - condition] = '\0';
  LG_TRY(lg_drug_find(ctx, table, name, &dose.drug));
  if (strncmp(cut, "_tonic_", 7) == 0) {
    bath.gGABA_tonic_nS = 2.0 * strtod(cut + 7, NULL);
    dose.free_uM = LG_GABA_TONIC_EC50_UM;
  } else {
    LG_TRY(lg_doses_parse(ctx, cut + 1, dose.drug, &uM, &n));
    dose.free_uM = uM[0];
  }
  LG_TRY(lg_drug_apply(ctx, neuron, &dose, 1, &bath, neuron, NULL));
done:
  lg_free(ctx, uM);
  return status;
}

typedef struct totals {
  size_t runs, failed, spikes;
  double worst_ms;
} totals;

typedef struct options {
  lg_simulate_options simulate;
  double rheobase_pA, tolerance_ms;
  bool words;
} options;

static lg_status simulate(lg_ctx *ctx, const options *o, const lg_neuron *neuron, double factor, lg_simulation **out) {
  lg_status status = LG_OK;
  lg_protocol *protocol = NULL;
  const lg_segment step = {.type = LG_SEGMENT_CONST, .t0_ms = 50.0, .t1_ms = 1050.0, .amp_pA = o->rheobase_pA * factor};
  LG_TRY(lg_protocol_create(ctx, 1100.0, 1.0, &protocol));
  LG_TRY(lg_protocol_add(ctx, protocol, &step));
  LG_TRY(lg_simulate(ctx, neuron, protocol, &o->simulate, out));
done:
  lg_protocol_destroy(ctx, protocol);
  return status;
}

static lg_status run_one(lg_ctx *ctx, const options *o, const lg_drug_table *table, const spikes *reference,
                         const char *condition, double factor, totals *t) {
  lg_status status = LG_OK;
  lg_neuron neuron;
  lg_simulation *run = NULL;
  LG_TRY(lg_neuron_init(ctx, "tm", NULL, &neuron)); /* its defaults are TM_RS */
  LG_TRY(treat(ctx, table, condition, &neuron));
  LG_TRY(simulate(ctx, o, &neuron, factor, &run));
  size_t n = 0;
  double worst = 0.0;
  for (size_t k = 0; k < reference->n; k++) {
    if (strcmp(reference->spike[k].drug, condition) != 0 || reference->spike[k].factor != factor) continue;
    if (n < run->n_spikes) worst = fmax(worst, fabs(run->spikes_ms[n] - reference->spike[k].t_ms));
    n++;
  }
  const bool good = n == run->n_spikes && worst <= o->tolerance_ms;
  t->runs++;
  t->failed += good ? 0 : 1;
  t->spikes += n;
  t->worst_ms = fmax(t->worst_ms, worst);
  if (o->words)
    (void)printf("%-18s x %-4g %4zu of %4zu spikes, max |dt| %.1e ms%s\n", condition, factor, run->n_spikes, n, worst,
                 good ? "" : "  OFF");
done:
  lg_simulation_destroy(ctx, run);
  return status;
}

static lg_status run_all(cli_run *run, const char *folder, const options *o, const lg_drug_table *table, totals *t) {
  static const char *const columns[] = {"drug", "I_factor"};
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  sheet s = {.bytes = NULL};
  spikes reference = {0};
  LG_TRY(read_spikes(run, folder, &reference));
  LG_TRY(sheet_open(run, folder, "drug_summary.csv", columns, 2, &s));
  while (lg_csv_rows_next(&s.rows)) {
    if (s.rows.error) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s:%zu: %s", s.path, s.rows.line, s.rows.error));
    LG_TRY(run_one(ctx, o, table, &reference, cell(&s, 0), strtod(cell(&s, 1), NULL), t));
    LG_TRY(lg_progress(ctx, "drug runs", t->runs, 0));
  }
done:
  sheet_close(ctx, &s);
  lg_free(ctx, reference.spike);
  return status;
}

static int print_json(cli_run *run, const totals *t) {
  lg_json w = cli_json_begin("loligo-validate-drug-runs/1");
  lg_json_key_integer(&w, "n_runs", (int64_t)t->runs);
  lg_json_key_integer(&w, "n_off", (int64_t)t->failed);
  lg_json_key_integer(&w, "n_spikes", (int64_t)t->spikes);
  lg_json_key_number(&w, "worst_ms", t->worst_ms);
  cli_json_end(run, &w);
  return CLI_OK;
}

static int run_validate(cli_run *run) {
  lg_drug_table *table = NULL;
  totals t = {0};
  options o = {
      .simulate = LG_SIMULATE_OPTIONS_INIT, .rheobase_pA = cli_number(run, "rheobase"), .words = !cli_json(run)};
  lg_status status = lg_solver_from_name(cli_ctx(run), cli_text(run, "solver"), &o.simulate.solver);
  if (status != LG_OK) return cli_report(run, NULL, status);
  o.simulate.no_trace = 1;
  o.tolerance_ms = o.simulate.solver == LG_SOLVER_REFERENCE ? 1e-3 : 0.01;
  int code = cli_drug_table(run, cli_text(run, "table"), false, NULL, &table, NULL);
  if (code != CLI_OK) return code;
  status = run_all(run, cli_positional(run, 0), &o, table, &t);
  lg_drug_table_destroy(cli_ctx(run), table);
  if (status != LG_OK) return cli_report(run, cli_positional(run, 0), status);
  if (cli_json(run)) code = print_json(run, &t);
  else
    (void)printf("\n%zu of %zu runs have every spike within %g ms: %zu spikes, max |dt| %.1e ms\n", t.runs - t.failed,
                 t.runs, o.tolerance_ms, t.spikes, t.worst_ms);
  return code == CLI_OK && t.failed > 0 ? CLI_NEGATIVE : code;
}

static const cli_option validate_options[] = {
    {"solver", "reference|rk4", CLI_CHOICE, "reference", "Tolerance 1e-3 ms for reference, 0.01 ms for rk4."},
    {"rheobase", "CURRENT", CLI_CURRENT, "46.57pA", "Of the neuron without drugs (I0 in hh_params.csv)."},
    {"table", "TABLE.csv", CLI_INPUT, NULL, "Table of drugs; the shipped one when not given."},
};

const cli_command cli_validate_drug_runs_command = {
    .name = "validate drug-runs",
    .arguments = "REF_DIR [--solver rk4]",
    .summary =
        "Treat the reference neuron with the drugs and doses of REF_DIR/drug_summary.csv and compare every spike.",
    .example = "loligo validate drug-runs ref/",
    .options = validate_options,
    .n_options = sizeof validate_options / sizeof validate_options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
