/* What changed between two recordings, or two twins, of one cell. */
#include "app/cli/commands.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/differential.h"

#include <loligo/recording.h>
#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"output", "DELTA.json", CLI_OUTPUT, NULL, "Write the change here; - streams to stdout."},
    {"model", "hh|izhikevich", CLI_CHOICE, NULL,
     "The family of recordings; without it hh, unless only izhikevich explains both."},
};

static bool is_twin(const char *path) {
  const size_t n = strlen(path);
  return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

static void format(const lg_difference_row *r, double x, char *text, size_t bytes) {
  if (r->scale) (void)snprintf(text, bytes, "%+.2f %%", 100.0 * x);
  else (void)snprintf(text, bytes, "%+.3g %s", x, r->unit);
}

static void print(const lg_difference *d) {
  char change[32], low[32], high[32];
  if (strcmp(d->target, "none") == 0)
    (void)printf("no change (probability %.3f) between the two as the %s model sees them\n", d->probability, d->model);
  for (size_t k = 0; k < d->n; k++) {
    const lg_difference_row *r = &d->rows[k];
    if (strcmp(r->name, d->target) != 0) continue;
    format(r, r->change, change, sizeof change);
    format(r, r->low95, low, sizeof low);
    format(r, r->high95, high, sizeof high);
    (void)printf("target %s: %s (95 %%: %s ... %s), probability %.3f\n", r->name, change, low, high, d->probability);
  }
  (void)printf("\n%-10s%14s%28s%13s%14s%14s\n", "candidate", "change", "95 % interval", "probability", "before",
               "after");
  for (size_t k = 0; k < d->n; k++) {
    const lg_difference_row *r = &d->rows[k];
    char interval[80] = "";
    format(r, r->change, change, sizeof change);
    format(r, r->low95, low, sizeof low);
    format(r, r->high95, high, sizeof high);
    if (r->changed) (void)snprintf(interval, sizeof interval, "%s ... %s", low, high);
    (void)printf("%-10s%14s%28s%13.3f", r->name, r->changed ? change : "-", interval, r->probability);
    if (r->before == r->before) (void)printf("%14.5g%14.5g", r->before, r->after);
    (void)printf("\n");
  }
  (void)printf("\n%s, %s: chi2 per sample %.3f before, %.3f after; %s\n", d->model,
               strcmp(d->method, "joint") == 0 ? "both fitted at once" : "two twins", d->chi2_before, d->chi2_after,
               lg_domain_name(d->domain));
  if (d->reason[0]) (void)printf("%s\n", d->reason);
}

static lg_status compare(cli_run *run, lg_difference *out, const char **about) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_recording *rec[2] = {NULL, NULL};
  const char *path[2] = {cli_positional(run, 0), cli_positional(run, 1)};
  const lg_difference_options how = {.model = cli_text(run, "model"), .seed = cli_seed(run)};
  if (is_twin(path[0]) && is_twin(path[1])) {
    for (int k = 0; k < 2; k++) {
      *about = path[k];
      LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), k ? "after" : "before", path[k]));
    }
    *about = NULL;
    LG_TRY(lg_difference_of_twins(ctx, path[0], path[1], out));
    goto done;
  }
  for (int k = 0; k < 2; k++) {
    *about = path[k];
    LG_TRY(lg_recording_read(ctx, path[k], &rec[k]));
    LG_TRY(lg_provenance_add_recording(ctx, cli_provenance(run), rec[k]));
  }
  *about = path[1];
  LG_TRY(lg_difference_of_recordings(ctx, rec[0], rec[1], &how, out));
done:
  lg_recording_destroy(ctx, rec[0]);
  lg_recording_destroy(ctx, rec[1]);
  return status;
}

static int run_delta(cli_run *run) {
  lg_status status = LG_OK;
  const char *about = NULL, *output = cli_text(run, "output");
  lg_difference d;
  if (is_twin(cli_positional(run, 0)) != is_twin(cli_positional(run, 1)))
    return cli_usage(run, "give two recordings or two twins, not one of each");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  status = compare(run, &d, &about);
  if (status != LG_OK) return cli_report(run, about, status);
  if (output) status = lg_difference_write(cli_ctx(run), &d, cli_provenance(run), output);
  if (status == LG_OK && cli_json(run) && !(output && strcmp(output, "-") == 0))
    status = lg_difference_write(cli_ctx(run), &d, cli_provenance(run), "-");
  if (status != LG_OK) return cli_report(run, output, status);
  if (!cli_json(run) && !(output && strcmp(output, "-") == 0)) print(&d);
  return CLI_OK;
}

const cli_command cli_drug_delta_command = {
    .name = "drug delta",
    .arguments = "BEFORE AFTER [-o DELTA.json] [--model hh|izhikevich]",
    .summary = "Name what changed in a cell between two recordings (or two twins), by how much and how surely.",
    .example = "loligo drug delta control.abf drug.abf -o delta.json\n  loligo drug delta before.json after.json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 2,
    .max_positional = 2,
    .run = run_delta,
};
