#include "app/cli/train_delta.h"

#include "app/cli/drug_source.h"
#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/json_read.h"
#include "twin/drug_learn_net.h"

#include <math.h>
#include <string.h>

enum { P = LG_EFFECT_P };

static lg_status read_plan(lg_ctx *ctx, const char *path, lg_delta_plan *plan) {
  static const char *const keys[] = {"neurons", "test",          "hidden",       "batch",
                                     "epochs",  "learning_rate", "weight_decay", "leave_out"};
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  int64_t neurons, test = 512, hidden = 64, batch = 64, epochs;
  const lg_train_options standard = LG_TRAIN_OPTIONS;
  memset(plan, 0, sizeof *plan);
  plan->train = standard;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_only_keys(ctx, &at, keys, sizeof keys / sizeof keys[0]));
  LG_TRY(lg_json_get_integer(ctx, &at, "neurons", 8, 1000000, &neurons));
  LG_TRY(lg_json_get_integer(ctx, &at, "epochs", 1, 100000, &epochs));
  if (lg_json_has(&at, "test")) LG_TRY(lg_json_get_integer(ctx, &at, "test", 8, 100000, &test));
  if (lg_json_has(&at, "hidden")) LG_TRY(lg_json_get_integer(ctx, &at, "hidden", 4, LG_DELTA_HIDDEN_MOST, &hidden));
  if (lg_json_has(&at, "batch")) LG_TRY(lg_json_get_integer(ctx, &at, "batch", 8, 4096, &batch));
  if (lg_json_has(&at, "leave_out")) LG_TRY(lg_json_get_boolean(ctx, &at, "leave_out", &plan->leave_out));
  LG_TRY(lg_json_get_number_or(ctx, &at, "learning_rate", "1", 1e-7, 1.0, 3e-3, &plan->train.lr));
  LG_TRY(lg_json_get_number_or(ctx, &at, "weight_decay", "1", 0.0, 1.0, 0.01, &plan->train.decay));
  plan->block = neurons < LG_EFFECT_BLOCK || test < LG_EFFECT_BLOCK ? 8 : LG_EFFECT_BLOCK;
  plan->blocks = (size_t)neurons / plan->block;
  plan->test_blocks = (size_t)test / plan->block;
  plan->hidden = (size_t)hidden;
  plan->batch = (size_t)batch;
  plan->train.epochs = (size_t)epochs;
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static void print_row(const char *words, const double *x, int digits) {
  (void)printf("%-34s", words);
  for (int j = 0; j < P; j++) (void)printf("%10.*f", digits, x[j]);
  (void)printf("\n");
}

/* 1 - noise^2/sd^2: what nobody can do better than. */
static void noise_ceiling(const lg_delta_table *t, const lg_delta_figures *f, double ceiling[P]) {
  for (int j = 0; j < P; j++) ceiling[j] = 1.0 - t->noise[j] * t->noise[j] / (f->sd[j] * f->sd[j]);
}

static void print_figures(const char *words, const lg_delta_table *t, const lg_delta_figures *f) {
  double ceiling[P];
  noise_ceiling(t, f, ceiling);
  (void)printf("\n%s: %zu pairs\n%-34s", words, f->n, "");
  for (int j = 0; j < P; j++) (void)printf("%10s", lg_effect_names[j]);
  (void)printf("\n");
  print_row("R2", f->r2, 3);
  print_row("R2 that the noise allows", ceiling, 3);
  print_row("sd of the change", f->sd, 3);
  print_row("inside 68 %", f->inside68, 3);
  print_row("inside 95 %", f->inside95, 3);
  (void)printf(
      "f-I counts against the conductance neuron, RMSE in spikes: predicted %.2f, unchanged %.2f, fitted to it "
      "%.2f\n",
      f->count_rmse, f->count_rmse_none, f->count_rmse_refit);
}

static void print_left_out(const char *words, const lg_delta_figures *f) {
  (void)printf("%-34.34s%6zu", words, f->n);
  for (int j = 0; j < P; j++) (void)printf("%9.3f", fmax(f->r2[j], -9.999));
  (void)printf("%8.2f (unchanged %.2f)\n", f->count_rmse, f->count_rmse_none);
}

static void print_table(const lg_delta_table *t) {
  (void)printf("%zu pairs of %zu drugs, %zu of them describable before and after\n", t->pairs, t->drugs, t->usable);
  (void)printf("%-34s", "changes");
  for (int j = 0; j < P; j++) (void)printf("%10s", lg_effect_names[j]);
  (void)printf("\n%-34s", "");
  for (int j = 0; j < P; j++) (void)printf("%10s", lg_effect_units[j]);
  (void)printf("\n");
  print_row("noise (currents 5 % apart)", t->noise, 3);
  print_figures("unseen neurons, doses trained on", t, &t->trained);
  print_figures("unseen neurons, doses between", t, &t->between);
  for (int k = 0; k < LG_DELTA_DRUG_FOLDS; k++) {
    if (t->left_drugs[k].n == 0) continue;
    if (k == 0)
      (void)printf("\ndrugs that the network never saw, of classes that it did: R2 of the changes, RMSE of counts\n");
    print_left_out(t->left_names[k], &t->left_drugs[k]);
  }
  for (int c = 0; c < LG_EFFECT_CLASSES; c++) {
    if (t->left_out[c].n == 0) continue;
    if (c == 0)
      (void)printf("\na class that the network never saw (flagged; what it does not share is taken as no effect)\n");
    print_left_out(lg_effect_class_names[c], &t->left_out[c]);
  }
}

static void write_figures(lg_json *w, const char *key, const lg_delta_figures *f) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_integer(w, "pairs", (int64_t)f->n);
  lg_json_key_numbers(w, "r2", f->r2, P);
  lg_json_key_numbers(w, "sd", f->sd, P);
  lg_json_key_numbers(w, "coverage_68", f->inside68, P);
  lg_json_key_numbers(w, "coverage_95", f->inside95, P);
  lg_json_key_number(w, "count_rmse", f->count_rmse);
  lg_json_key_number(w, "count_rmse_unchanged", f->count_rmse_none);
  lg_json_key_number(w, "count_rmse_fitted", f->count_rmse_refit);
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const char *output, const lg_delta_table *t) {
  lg_json w = cli_json_begin("loligo-train/1");
  lg_json_key_text(&w, "network", "drug-delta");
  lg_json_key_text(&w, "output", output);
  lg_json_key_integer(&w, "pairs", (int64_t)t->pairs);
  lg_json_key_integer(&w, "usable_pairs", (int64_t)t->usable);
  lg_json_key_integer(&w, "drugs", (int64_t)t->drugs);
  lg_json_key(&w, "changes");
  lg_json_array(&w);
  for (int j = 0; j < P; j++) lg_json_text(&w, lg_effect_names[j]);
  lg_json_end_array(&w);
  lg_json_key_numbers(&w, "noise", t->noise, P);
  write_figures(&w, "unseen_neurons", &t->trained);
  write_figures(&w, "unseen_neurons_doses_between", &t->between);
  lg_json_key(&w, "classes_left_out");
  lg_json_object(&w);
  for (int c = 0; c < LG_EFFECT_CLASSES; c++)
    if (t->left_out[c].n > 0) write_figures(&w, lg_effect_class_names[c], &t->left_out[c]);
  lg_json_end_object(&w);
  lg_json_key(&w, "drugs_left_out");
  lg_json_object(&w);
  for (int k = 0; k < LG_DELTA_DRUG_FOLDS; k++)
    if (t->left_drugs[k].n > 0) write_figures(&w, t->left_names[k], &t->left_drugs[k]);
  lg_json_end_object(&w);
  cli_json_end(run, &w);
}

int cli_train_delta(cli_run *run, const char *path, const char *output) {
  lg_ctx *ctx = cli_ctx(run);
  lg_drug_table *drugs = NULL;
  lg_delta_plan plan;
  lg_delta_table table;
  lg_status status = read_plan(ctx, path, &plan);
  if (status == LG_OK && !cli_provenance(run)) status = LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "plan", path);
  if (status != LG_OK) return cli_report(run, path, status);
  const int code = cli_drug_table(run, NULL, false, NULL, &drugs, NULL);
  if (code != CLI_OK) return code;
  status = lg_delta_net_train(ctx, drugs, &plan, cli_seed(run), output, &table);
  lg_drug_table_destroy(ctx, drugs);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.pairs and .state", output);
  if (status != LG_OK) return cli_report(run, output, status);
  if (cli_json(run)) print_json(run, output, &table);
  else print_table(&table);
  return CLI_OK;
}
