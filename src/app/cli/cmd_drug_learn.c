/* Learn what a drug does from counts before and after it, and say what that is worth. */
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/drug_learn.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "EFFECT.json", CLI_OUTPUT, NULL, "Write the learned effect here, for loligo drug predict."},
    {"form", "gain|shift|both", CLI_CHOICE, "gain",
     "What the drug may change: the share of spikes, the current, or both."},
    {"name", "DRUG", CLI_TEXT, NULL, "Name of the drug; otherwise the state after it."},
    {"dose", "CONCENTRATION", CLI_CONCENTRATION, "500nM", "Dose of the pairs."},
    {"EC50", "CONCENTRATION", CLI_CONCENTRATION, "500nM", "Of the Hill gate; one dose cannot tell it."},
    {"hill", "NUMBER", CLI_NUMBER, "1", "Of the Hill gate."},
    {"before", "STATE", CLI_TEXT, NULL, "Name of the state before; otherwise Baseline, before, control or pre."},
    {"test", "PAIRS.csv", CLI_INPUT, NULL, "Also predict these pairs, which are not learned from."},
};

/* One set of predictions. */
typedef struct table {
  const char *words, *key;
  const lg_pairs *pairs;
  lg_effect_score *scores;
  lg_effect_total total;
} table;

static void print_scores(const table *t) {
  (void)printf("\n%s\n%-10s%-16s%9s%11s%7s%8s%12s%10s\n", t->words, "cell", "group", "change", "predicted", "sign",
               "RMSE", "no change", "in 95 %");
  for (size_t k = 0; k < t->pairs->n; k++) {
    const lg_effect_score *s = &t->scores[k];
    if (s->n == 0) continue;
    (void)printf("%-10s%-16s%9g%11.1f%7s%8.2f%12.2f%10.2f\n", t->pairs->cells[k].cell, t->pairs->cells[k].group,
                 s->change, s->predicted, s->right ? "right" : "wrong", s->rmse, s->rmse_none, s->inside);
  }
  (void)printf("%-26s%9s%11s%3zu/%-3zu%8.2f%12.2f%10.2f\n", "all", "", "", t->total.right, t->total.n, t->total.rmse,
               t->total.rmse_none, t->total.inside);
}

static void print_effect(const lg_effect *e) {
  (void)printf("%s, %zu cells, %g uM: %s\n", e->name, e->n_cells, e->dose_uM, lg_effect_form_name(e->form));
  if (e->form != LG_EFFECT_SHIFT)
    (void)printf("spikes %+.0f %% (95 %%: %+.0f ... %+.0f %%; between cells %.0f points)\n", -100.0 * e->gain,
                 -100.0 * e->gain_ci95[1], -100.0 * e->gain_ci95[0], 100.0 * e->gain_sd);
  if (e->form != LG_EFFECT_GAIN)
    (void)printf("current %+.1f pA (95 %%: %+.1f ... %+.1f pA)\n", e->shift_pA, e->shift_ci95[0], e->shift_ci95[1]);
  (void)printf("scatter of a count %.2f spikes; share of cells that fire less: %.0f %%\n", e->count_sd,
               100.0 * e->share_reduced);
}

static void write_table(lg_json *w, const table *t) {
  lg_json_key(w, t->key);
  lg_json_object(w);
  lg_json_key_integer(w, "cells", (int64_t)t->total.n);
  lg_json_key_integer(w, "right_sign", (int64_t)t->total.right);
  lg_json_key_number(w, "rmse_spikes", t->total.rmse);
  lg_json_key_number(w, "rmse_no_change_spikes", t->total.rmse_none);
  lg_json_key(w, "predictions");
  lg_json_array(w);
  for (size_t k = 0; k < t->pairs->n; k++) {
    const lg_effect_score *s = &t->scores[k];
    if (s->n == 0) continue;
    lg_json_object(w);
    lg_json_key_text(w, "cell", t->pairs->cells[k].cell);
    lg_json_key_text(w, "group", t->pairs->cells[k].group);
    lg_json_key_number(w, "change", s->change);
    lg_json_key_number(w, "predicted", s->predicted);
    lg_json_key_boolean(w, "right_sign", s->right);
    lg_json_key_number(w, "rmse_spikes", s->rmse);
    lg_json_key_number(w, "rmse_no_change_spikes", s->rmse_none);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const lg_effect *e, const table *tables, size_t n) {
  lg_json w = cli_json_begin("loligo-drug-learn/1");
  lg_json_key_text(&w, "name", e->name);
  lg_json_key_text(&w, "form", lg_effect_form_name(e->form));
  lg_json_key_integer(&w, "cells", (int64_t)e->n_cells);
  lg_json_key_number(&w, "gain", e->gain);
  lg_json_key_numbers(&w, "gain_ci95", e->gain_ci95, 2);
  lg_json_key_number(&w, "gain_between_cells_sd", e->gain_sd);
  lg_json_key_number(&w, "shift_pA", e->shift_pA);
  lg_json_key_numbers(&w, "shift_pA_ci95", e->shift_ci95, 2);
  lg_json_key_number(&w, "count_sd", e->count_sd);
  lg_json_key_number(&w, "share_reduced", e->share_reduced);
  for (size_t k = 0; k < n; k++) write_table(&w, &tables[k]);
  cli_json_end(run, &w);
}

static bool several_groups(const lg_pairs *p) {
  for (size_t k = 1; k < p->n; k++)
    if (strcmp(p->cells[k].group, p->cells[0].group) != 0) return true;
  return false;
}

static lg_status make_table(lg_ctx *ctx, const char *words, const char *key, const lg_pairs *pairs, table *t) {
  lg_status status = LG_OK;
  *t = (table){.words = words, .key = key, .pairs = pairs};
  LG_NEW(ctx, t->scores, pairs->n);
done:
  return status;
}

static lg_effect_form form_of(const char *word) {
  return strcmp(word, "gain") == 0 ? LG_EFFECT_GAIN : strcmp(word, "shift") == 0 ? LG_EFFECT_SHIFT : LG_EFFECT_BOTH;
}

/* Learn, then everything that was left out. *about: the file that a failure is about. */
static lg_status work(cli_run *run, const lg_pairs *pairs, const lg_pairs *test, lg_effect *e, table *tables,
                      size_t *n) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_effect_options how = LG_EFFECT_OPTIONS_INIT;
  how.form = form_of(cli_text(run, "form"));
  how.dose_uM = cli_number(run, "dose");
  how.K_uM = cli_number(run, "EC50");
  how.hill = cli_number(run, "hill");
  how.seed = cli_seed(run);
  LG_TRY(lg_effect_learn(ctx, pairs, NULL, &how, e));
  (void)snprintf(e->name, sizeof e->name, "%s", cli_text(run, "name") ? cli_text(run, "name") : pairs->after_state);
  LG_TRY(make_table(ctx, "each cell predicted from the others", "cells_left_out", pairs, &tables[(*n)++]));
  if (pairs->n > 3) LG_TRY(lg_effect_leave_out(ctx, pairs, &how, false, tables[*n - 1].scores));
  if (several_groups(pairs)) {
    LG_TRY(make_table(ctx, "each group predicted from the others", "groups_left_out", pairs, &tables[(*n)++]));
    /* a group that leaves fewer than three cells cannot be judged */
    status = lg_effect_leave_out(ctx, pairs, &how, true, tables[*n - 1].scores);
    if (status == LG_ERR_ARGUMENT) {
      cli_say(run, "groups are not left out one by one: %s", lg_ctx_message(ctx));
      lg_free(ctx, tables[--(*n)].scores);
      status = LG_OK;
    }
    LG_TRY(status);
  }
  if (test) {
    LG_TRY(make_table(ctx, "pairs that were not learned from", "test", test, &tables[(*n)++]));
    for (size_t k = 0; k < test->n; k++) tables[*n - 1].scores[k] = lg_effect_judge(e, &test->cells[k], how.dose_uM);
  }
  for (size_t k = 0; k < *n; k++) tables[k].total = lg_effect_sum(tables[k].scores, tables[k].pairs->n);
done:
  return status;
}

static const lg_effect_total *total_of(const table *tables, size_t n, const char *key) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(tables[k].key, key) == 0) return &tables[k].total;
  return NULL;
}

static int run_learn(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *path = cli_positional(run, 0), *test_path = cli_text(run, "test"), *output = cli_text(run, "output");
  const char *about = path;
  lg_pairs *pairs = NULL, *test = NULL;
  table tables[3];
  size_t n = 0;
  lg_effect e;
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(lg_pairs_read(ctx, path, cli_text(run, "before"), &pairs));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "pairs", path));
  if (test_path) {
    about = test_path;
    LG_TRY(lg_pairs_read(ctx, test_path, cli_text(run, "before"), &test));
    LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), "test", test_path));
    about = path;
  }
  LG_TRY(work(run, pairs, test, &e, tables, &n));
  about = output;
  if (output)
    LG_TRY(lg_effect_write(ctx, &e, total_of(tables, n, "cells_left_out"), total_of(tables, n, "groups_left_out"),
                           cli_provenance(run), output));
  if (cli_json(run)) print_json(run, &e, tables, n);
  else if (!output || strcmp(output, "-") != 0) {
    print_effect(&e);
    for (size_t k = 0; k < n; k++) print_scores(&tables[k]);
  }
done:
  for (size_t k = 0; k < n; k++) lg_free(ctx, tables[k].scores);
  lg_pairs_destroy(ctx, pairs);
  lg_pairs_destroy(ctx, test);
  return status == LG_OK ? CLI_OK : cli_report(run, about, status);
}

const cli_command cli_drug_learn_command = {
    .name = "drug learn",
    .arguments = "PAIRS.csv [-o EFFECT.json] [--test PAIRS.csv]",
    .summary = "Learn what a drug does to spike counts from cells recorded before and after it; print what left-out "
               "cells say of it.",
    .example = "loligo drug learn pairs.csv --name insulin --dose 500nM -o insulin.json\n  loligo drug predict "
               "insulin.json baseline.csv",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_learn,
};
