/* What a learned effect makes of cells that were recorded without the drug. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/drug_learn.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "PREDICTED.csv", CLI_OUTPUT, NULL, "Write the predictions here; otherwise on stdout."},
    {"dose", "CONCENTRATION", CLI_CONCENTRATION, NULL, "Free concentration; otherwise that of the pairs."},
    {"before", "STATE", CLI_TEXT, NULL, "Name of the state before; otherwise Baseline, before, control or pre."},
};

/* Predictions of all cells, laid end to end. */
typedef struct prediction {
  size_t n;
  double *mean, *low, *high;
  bool *inside; /* per cell */
} prediction;

static void forget(lg_ctx *ctx, prediction *p) {
  lg_free(ctx, p->mean);
  lg_free(ctx, p->low);
  lg_free(ctx, p->high);
  lg_free(ctx, p->inside);
}

static lg_status predict(lg_ctx *ctx, const lg_effect *e, const lg_pairs *cells, double dose_uM, prediction *p) {
  lg_status status = LG_OK;
  size_t at = 0;
  for (size_t c = 0; c < cells->n; c++) p->n += cells->cells[c].n;
  LG_NEW(ctx, p->mean, p->n);
  LG_NEW(ctx, p->low, p->n);
  LG_NEW(ctx, p->high, p->n);
  LG_NEW(ctx, p->inside, cells->n);
  for (size_t c = 0; c < cells->n; c++) {
    p->inside[c] = lg_effect_predict(e, &cells->cells[c], dose_uM, p->mean + at, p->low + at, p->high + at);
    at += cells->cells[c].n;
  }
done:
  return status;
}

static lg_status write_csv(cli_run *run, const lg_pairs *cells, const prediction *p, double dose_uM, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  size_t at = 0;
  lg_provenance_write_comments(cli_provenance(run), f);
  (void)fprintf(f,
                "cell,group,dose_uM,current_pA,before_spikes,predicted_spikes,low95_spikes,high95_spikes,in_range\n");
  for (size_t c = 0; c < cells->n; c++)
    for (size_t k = 0; k < cells->cells[c].n; k++, at++)
      if (p->mean[at] == p->mean[at])
        (void)fprintf(f, "\"%s\",\"%s\",%.9g,%.9g,%.9g,%.6g,%.6g,%.6g,%d\n", cells->cells[c].cell,
                      cells->cells[c].group, dose_uM, cells->cells[c].i_pA[k], cells->cells[c].before[k], p->mean[at],
                      p->low[at], p->high[at], p->inside[c] ? 1 : 0);
  return lg_outfile_commit(cli_ctx(run), file);
}

static void print_json(cli_run *run, const lg_effect *e, const lg_pairs *cells, const prediction *p, double dose_uM) {
  size_t at = 0;
  lg_json w = cli_json_begin("loligo-drug-predict/1");
  lg_json_key_text(&w, "drug", e->name);
  lg_json_key_number(&w, "dose_uM", dose_uM);
  lg_json_key_number(&w, "gate", lg_effect_gate(e, dose_uM));
  lg_json_key(&w, "cells");
  lg_json_array(&w);
  for (size_t c = 0; c < cells->n; c++) {
    const lg_pair *cell = &cells->cells[c];
    lg_json_object(&w);
    lg_json_key_text(&w, "cell", cell->cell);
    lg_json_key_text(&w, "group", cell->group);
    lg_json_key_boolean(&w, "in_range", p->inside[c]);
    lg_json_key_numbers(&w, "current_pA", cell->i_pA, cell->n);
    lg_json_key_numbers(&w, "before", cell->before, cell->n);
    lg_json_key_numbers(&w, "predicted", p->mean + at, cell->n);
    lg_json_key_numbers(&w, "low95", p->low + at, cell->n);
    lg_json_key_numbers(&w, "high95", p->high + at, cell->n);
    lg_json_end_object(&w);
    at += cell->n;
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

/* Where the answer is in the file too, say how well it was met. */
static void say_score(cli_run *run, const lg_effect *e, const lg_pairs *cells, double dose_uM) {
  size_t n = 0, right = 0;
  double square = 0.0, none = 0.0;
  for (size_t c = 0; c < cells->n; c++) {
    const lg_effect_score s = lg_effect_judge(e, &cells->cells[c], dose_uM);
    if (s.n == 0) continue;
    n++;
    right += s.right;
    square += s.rmse * s.rmse;
    none += s.rmse_none * s.rmse_none;
  }
  if (n > 0)
    cli_say(run, "sign of the change right in %zu of %zu cells; RMSE %.2f spikes, no change %.2f", right, n,
            sqrt(square / (double)n), sqrt(none / (double)n));
}

static int run_predict(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *about = cli_positional(run, 0), *output = cli_text(run, "output") ? cli_text(run, "output") : "-";
  lg_pairs *cells = NULL;
  prediction p = {.n = 0};
  lg_effect e;
  size_t outside = 0;
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(lg_effect_read(ctx, about, &e));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "effect", about));
  about = cli_positional(run, 1);
  LG_TRY(lg_pairs_read(ctx, about, cli_text(run, "before"), &cells));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "baseline", about));
  const double dose = cli_given(run, "dose") ? cli_number(run, "dose") : e.dose_uM;
  if (!(dose >= 0.0 && dose < 1e9)) {
    lg_pairs_destroy(ctx, cells);
    return cli_usage(run, "--dose is %g uM; 0 or more", dose);
  }
  LG_TRY(predict(ctx, &e, cells, dose, &p));
  for (size_t c = 0; c < cells->n; c++) outside += !p.inside[c];
  about = output;
  if (cli_json(run)) print_json(run, &e, cells, &p, dose);
  if (!cli_json(run) || cli_text(run, "output")) LG_TRY(write_csv(run, cells, &p, dose, output));
  if (outside > 0)
    cli_say(run, "%zu of %zu cells are outside what was learned from: %g uM, %g ... %g pA, up to %g spikes", outside,
            cells->n, e.dose_uM, e.low_pA, e.high_pA, e.most_count);
  say_score(run, &e, cells, dose);
done:
  forget(ctx, &p);
  lg_pairs_destroy(ctx, cells);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_drug_predict_command = {
    .name = "drug predict",
    .arguments = "EFFECT.json BASELINE.csv [--dose CONCENTRATION] [-o PREDICTED.csv]",
    .summary = "Predict spike counts under a drug from counts without it, by an effect that loligo drug learn found.",
    .example = "loligo drug predict insulin.json baseline.csv --dose 100nM -o predicted.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_predict,
};
