/* loligo train culture-amortised: the plan, and what the network is worth beside the fit that it begins from. */
#include "app/cli/json_out.h"
#include "app/cli/train_culture.h"
#include "data/provenance.h"
#include "io/json_read.h"
#include "twin/culture_amortised.h"

static lg_status read_span(lg_ctx *ctx, const lg_json_at *at, const char *key, double low, double high,
                           culture_am_span *span) {
  lg_status status = LG_OK;
  double *x = NULL;
  size_t n;
  if (!lg_json_has(at, key)) return LG_OK;
  LG_TRY(lg_json_get_numbers(ctx, at, key, NULL, &x, &n));
  if (n != 2 || !(x[0] >= low && x[0] <= x[1] && x[1] <= high))
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: %s must be two numbers, the smaller first, from %g to %g", at->file, key,
                   low, high));
  *span = (culture_am_span){x[0], x[1]};
done:
  lg_free(ctx, x);
  return status;
}

static lg_status read_plan(lg_ctx *ctx, const char *path, culture_amortised_plan *plan) {
  static const char *const keys[] = {"train",         "held",  "calibrate",   "test",  "epochs", "batch",
                                     "learning_rate", "noise", "k_per_frame", "cells", "frames"};
  size_t *const counts[] = {&plan->train, &plan->held, &plan->calibrate, &plan->test, &plan->epochs, &plan->batch};
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  *plan = lg_culture_amortised_plan_default();
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_only_keys(ctx, &at, keys, sizeof keys / sizeof keys[0]));
  for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
    int64_t x;
    if (!lg_json_has(&at, keys[k])) continue;
    LG_TRY(lg_json_get_integer(ctx, &at, keys[k], 1, 1000000, &x));
    *counts[k] = (size_t)x;
  }
  LG_TRY(lg_json_get_number_or(ctx, &at, "learning_rate", NULL, 1e-7, 1.0, plan->lr, &plan->lr));
  LG_TRY(read_span(ctx, &at, "noise", 1e-5, 1.0, &plan->noise));
  LG_TRY(read_span(ctx, &at, "k_per_frame", 1e-3, 1.0, &plan->k));
  LG_TRY(read_span(ctx, &at, "cells", 12.0, 5000.0, &plan->cells));
  LG_TRY(read_span(ctx, &at, "frames", (double)CULTURE_AM_LEAST, 10000.0, &plan->frames));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static void print_json(cli_run *run, const char *output, const culture_amortised_table *t) {
  lg_json w = cli_json_begin("loligo-train/1");
  lg_json_key_text(&w, "network", "culture-amortised");
  lg_json_key_text(&w, "output", output);
  lg_json_key_integer(&w, "unseen_cultures", (int64_t)t->n);
  lg_json_key_integer(&w, "unseen_feeds", (int64_t)t->feeds);
  lg_json_key_numbers(&w, "levels", lg_culture_amortised_level, CULTURE_AM_LEVELS);
  lg_json_key_numbers(&w, "coverage_k", t->cover_k, CULTURE_AM_LEVELS);
  lg_json_key_numbers(&w, "coverage_gamma", t->cover_gamma, CULTURE_AM_LEVELS);
  lg_json_key_number(&w, "half_width_90_k", t->half_k);
  lg_json_key_number(&w, "half_width_90_gamma", t->half_gamma);
  lg_json_key_number(&w, "error_k", t->error_k);
  lg_json_key_number(&w, "error_gamma", t->error_gamma);
  lg_json_key_number(&w, "soe_coverage_90_k", t->soe_cover_k);
  lg_json_key_number(&w, "soe_coverage_90_gamma", t->soe_cover_gamma);
  lg_json_key_number(&w, "soe_half_width_90_k", t->soe_half_k);
  lg_json_key_number(&w, "soe_half_width_90_gamma", t->soe_half_gamma);
  lg_json_key_number(&w, "soe_error_k", t->soe_error_k);
  lg_json_key_number(&w, "soe_error_gamma", t->soe_error_gamma);
  lg_json_key_number(&w, "cpu_s", t->features_s + t->network_s);
  lg_json_key_number(&w, "soe_cpu_s", t->soe_s);
  cli_json_end(run, &w);
}

static void print_table(const culture_amortised_table *t) {
  (void)printf("%zu unseen cultures, %zu feeds\n%-24s", t->n, t->feeds, "intervals hold");
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++) (void)printf(" %6.0f %%", 100.0 * lg_culture_amortised_level[q]);
  (void)printf("\n%-24s", "  k");
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++) (void)printf(" %6.1f %%", 100.0 * t->cover_k[q]);
  (void)printf("\n%-24s", "  gamma");
  for (size_t q = 0; q < CULTURE_AM_LEVELS; q++) (void)printf(" %6.1f %%", 100.0 * t->cover_gamma[q]);
  (void)printf("\n%-24s %12s %12s\n", "at 90 %", "network", "soe + boot");
  (void)printf("%-24s %10.1f %% %10.1f %%\n", "  k held", 100.0 * t->cover_k[3], 100.0 * t->soe_cover_k);
  (void)printf("%-24s %10.1f %% %10.1f %%\n", "  gamma held", 100.0 * t->cover_gamma[3], 100.0 * t->soe_cover_gamma);
  (void)printf("%-24s %10.2f %% %10.2f %%\n", "  half-width of k", 100.0 * t->half_k, 100.0 * t->soe_half_k);
  (void)printf("%-24s %12.3g %12.3g\n", "  half-width of gamma", t->half_gamma, t->soe_half_gamma);
  (void)printf("%-24s %10.2f %% %10.2f %%\n", "  error of k", 100.0 * t->error_k, 100.0 * t->soe_error_k);
  (void)printf("%-24s %12.3g %12.3g\n", "  error of gamma", t->error_gamma, t->soe_error_gamma);
  (void)printf("%-24s %10.1f ms %9.1f ms\n", "  CPU for a culture", 1e3 * (t->features_s + t->network_s),
               1e3 * t->soe_s);
}

int cli_train_culture_amortised(cli_run *run, const char *path, const char *output) {
  culture_amortised_plan plan;
  culture_amortised_table table;
  lg_status status = read_plan(cli_ctx(run), path, &plan);
  if (status == LG_OK && !cli_provenance(run)) status = LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "plan", path);
  if (status != LG_OK) return cli_report(run, path, status);
  plan.seed = cli_seed(run);
  status = lg_culture_amortised_train(cli_ctx(run), &plan, output, &table);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.state", output);
  if (status != LG_OK) return cli_report(run, output, status);
  if (cli_json(run)) print_json(run, output, &table);
  else print_table(&table);
  return CLI_OK;
}
