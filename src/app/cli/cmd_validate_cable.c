/* loligo validate cable REF_DIR: every reference solution of cells with shape, and the orders in dt and dx. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "app/cli/simulate_cable.h"
#include "base/base.h"
#include "io/json_read.h"
#include "twin/cable_validate.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CASES = 256, PATH_BYTES = 4096 };

/* What must hold for cases whose name begins so; the first rule that fits, and those of the same name after it. */
typedef struct rule {
  const char *prefix, *kind;
  double dt_ms, dx_um;
  size_t nseg;
  double spike_ms, rms_mV, max_mV, max_mM; /* INFINITY: no goal */
} rule;

#define NO ((double)INFINITY)
static const rule rules[] = {
    {"a_", "HH point", 0.025, 0.0, 1, 0.02, NO, NO, NO},
    {"a_", "HH point", 0.0025, 0.0, 1, 0.002, NO, NO, NO},
    {"b_rallpack1", "passive cable", 0.0125, 0.0, 1001, NO, NO, 1e-3, NO},
    {"b_rallpack2", "passive tree", 0.0125, 0.0, 9, NO, NO, 1e-3, NO},
    {"b_rallpack3", "HH axon", 0.0125, 0.0, 1001, 0.02, NO, NO, NO},
    {"b_rallpack3", "HH axon", 0.005, 0.0, 1001, 0.004, NO, NO, NO},
    {"c_", "L5 cell", 0.0125, 3.3, 0, 0.01, 0.1, NO, NO},
    {"d_", "passive cell", 0.0125, 3.3, 0, 0.01, 0.1, NO, NO},
    {"e_channels", "all channels", 0.0025, 0.0, 1, 0.005, NO, NO, 1e-5},
    {"e_nmda", "NMDA", 0.0025, 0.0, 99, 0.005, 0.1, NO, NO},
};

/* ---- cases ------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static lg_status list_cases(lg_ctx *ctx, const char *folder, char **names, size_t *n) {
  DIR *dir = opendir(folder);
  lg_status status = LG_OK;
  if (!dir) return lg_fail(ctx, LG_ERR_IO, "cannot be opened: %s", strerror(errno));
  for (struct dirent *e; status == LG_OK && *n < MAX_CASES && (e = readdir(dir)) != NULL;) {
    const size_t length = strlen(e->d_name);
    if (length < 6 || strcmp(e->d_name + length - 5, ".json") != 0) continue;
    names[*n] = lg_strdup(ctx, e->d_name);
    if (!names[*n]) status = LG_ERR_MEMORY;
    else (*n)++;
  }
  (void)closedir(dir);
  if (status == LG_OK) qsort(names, *n, sizeof *names, by_name);
  return status;
}

/* HH points at other temperatures than 6.3 have another goal at 0.025 ms. */
static double spike_goal(const rule *r, const char *path, lg_ctx *ctx) {
  lg_json_doc *doc;
  double celsius = 6.3;
  if (r->prefix[0] != 'a' || r->dt_ms < 0.01 || lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc) != LG_OK)
    return r->spike_ms;
  const lg_json_at root = lg_json_root(doc);
  LG_IGNORE(lg_json_get_number(ctx, &root, "celsius", NULL, &celsius));
  lg_json_doc_destroy(ctx, doc);
  return celsius > 6.4 ? 0.15 : r->spike_ms;
}

static void say_figure(cli_figures *t, const char *what, const char *of, double value, double wanted, const char *unit,
                       double error, const char *error_unit, double must) {
  char words[340];
  (void)snprintf(words, sizeof words, "%s %s", what, of);
  cli_figures_say(t, &(lg_merit){.what = words,
                                 .value = value,
                                 .wanted = wanted,
                                 .unit = unit,
                                 .error = error,
                                 .error_unit = error_unit,
                                 .must = must == NO ? (double)NAN : must,
                                 .goal = (double)NAN});
}

/* Spikes by number and time, RMS, largest deviation; judged where the rule has a limit. */
static void say_row(cli_figures *t, const char *name, const rule *r, const cable_deviation *d, double goal) {
  char what[320], cut[32];
  const double none = (double)NAN;
  if (r->nseg > 0) (void)snprintf(cut, sizeof cut, "nseg %zu", r->nseg);
  else (void)snprintf(cut, sizeof cut, "dx %g", r->dx_um);
  (void)snprintf(what, sizeof what, "%s %s dt %g %s", name, d->column, r->dt_ms, cut);
  if (!d->is_voltage) {
    say_figure(t, what, "max", none, none, "", d->max, "mM", r->max_mM);
    return;
  }
  if (goal != NO || d->n_reference > 0)
    say_figure(t, what, "spikes", (double)d->n_spikes, (double)d->n_reference, "", d->spike_ms, "ms", goal);
  say_figure(t, what, "rms", none, none, "", d->rms, "mV", d->n_samples > 0 ? r->rms_mV : 0.0);
  say_figure(t, what, "max", none, none, "", d->max, "mV", r->max_mV);
}

static lg_status run_case(cli_run *run, const char *folder, const char *file, const rule *r, cable_scheme scheme,
                          cli_figures *t) {
  lg_ctx *ctx = cli_ctx(run);
  char path[PATH_BYTES], name[128];
  cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = scheme, .dt_ms = r->dt_ms};
  cable_deviation *rows = NULL;
  size_t n = 0;
  lg_status status = LG_OK;
  cut.max_dx_um = r->dx_um, cut.n_per_section = r->nseg;
  (void)snprintf(path, sizeof path, "%s/%s", folder, file);
  (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - 5), file);
  status = lg_cable_deviations(ctx, path, &cut, &o, 1.0, &rows, &n);
  if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: ", name);
  const double goal = spike_goal(r, path, ctx);
  for (size_t k = 0; k < n; k++) say_row(t, name, r, &rows[k], goal);
  lg_free(ctx, rows);
  return lg_progress(ctx, "reference solutions", t->n, 0);
}

/* ---- orders ------------------------------------------------------------------------------------------ */

/* Error of one column at a step and a number of compartments. */
static lg_status error_of(cli_run *run, const char *path, const char *column, cable_scheme scheme, double dt,
                          size_t nseg, bool rms, double *error) {
  cable_cut cut = CABLE_CUT_INIT;
  const cable_run_options o = {.scheme = scheme, .dt_ms = dt};
  cable_deviation *rows = NULL;
  size_t n = 0;
  cut.n_per_section = nseg;
  const lg_status status = lg_cable_deviations(cli_ctx(run), path, &cut, &o, 1.0, &rows, &n);
  if (status != LG_OK) return status;
  *error = NAN;
  for (size_t k = 0; k < n; k++)
    if (strcmp(rows[k].column, column) == 0) *error = rms ? rows[k].rms : rows[k].max;
  lg_free(cli_ctx(run), rows);
  return LG_OK;
}

static void say_order(cli_figures *t, const char *what, double order, double goal, double coarse, double fine) {
  char words[160];
  (void)snprintf(words, sizeof words, "%s, %.2e to %.2e mV", what, coarse, fine);
  cli_figures_say(t, &(lg_merit){.what = words,
                                 .value = (double)NAN,
                                 .wanted = (double)NAN,
                                 .unit = "",
                                 .error = order,
                                 .error_unit = "",
                                 .must = goal,
                                 .goal = (double)NAN,
                                 .at_least = true});
}

static bool there_is(char *const *names, size_t n, const char *name) {
  for (size_t k = 0; k < n; k++)
    if (strcmp(names[k], name) == 0) return true;
  return false;
}

static lg_status orders(cli_run *run, const char *folder, char *const *names, size_t n, cable_scheme scheme,
                        cli_figures *t) {
  static const struct {
    const char *file, *column, *what;
    double dt, ratio;
    size_t nseg;
  } in_dt[] = {
      {"a_hh_point_+100pA.json", "v_mV_soma", "dt 0.00625 -> 0.003125 ms: HH point +100 pA, RMS", 0.00625, 2.0, 1},
      {"e_channels_+100pA.json", "v_mV_soma", "dt 0.0125 -> 0.00625 ms: all channels +100 pA, RMS", 0.0125, 2.0, 1},
  };
  char path[PATH_BYTES];
  double coarse, fine;
  lg_status status = LG_OK;
  for (size_t k = 0; k < sizeof in_dt / sizeof in_dt[0]; k++) {
    if (!there_is(names, n, in_dt[k].file)) continue;
    (void)snprintf(path, sizeof path, "%s/%s", folder, in_dt[k].file);
    LG_TRY(error_of(run, path, in_dt[k].column, scheme, in_dt[k].dt, in_dt[k].nseg, true, &coarse));
    LG_TRY(error_of(run, path, in_dt[k].column, scheme, in_dt[k].dt / in_dt[k].ratio, in_dt[k].nseg, true, &fine));
    say_order(t, in_dt[k].what, log(coarse / fine) / log(in_dt[k].ratio), scheme == CABLE_NRN ? 0.9 : 1.9, coarse,
              fine);
  }
  if (!there_is(names, n, "b_rallpack1.json")) goto done;
  (void)snprintf(path, sizeof path, "%s/b_rallpack1.json", folder);
  LG_TRY(error_of(run, path, "v_mV_x1", scheme, 0.0025, 11, false, &coarse));
  LG_TRY(error_of(run, path, "v_mV_x1", scheme, 0.0025, 33, false, &fine));
  say_order(t, "dx 91 -> 30 um: Rallpack 1 at x = 1, largest", log(coarse / fine) / log(3.0), 1.8, coarse, fine);
done:
  return status;
}

/* ---- the command ------------------------------------------------------------------------------------- */

static lg_status run_all(cli_run *run, const char *folder, cli_figures *t) {
  lg_ctx *ctx = cli_ctx(run);
  const char *only = cli_text(run, "case");
  const cable_scheme scheme = cli_scheme(run);
  char *names[MAX_CASES];
  size_t n = 0;
  lg_status status = LG_OK;
  LG_TRY(list_cases(ctx, folder, names, &n));
  for (size_t k = 0; k < n; k++) {
    if (only && strncmp(names[k], only, strlen(only)) != 0) continue;
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++)
      if (strncmp(names[k], rules[r].prefix, strlen(rules[r].prefix)) == 0)
        LG_TRY(run_case(run, folder, names[k], &rules[r], scheme, t));
  }
  if (!only) LG_TRY(orders(run, folder, names, n, scheme, t));
  if (t->n == 0)
    status = lg_fail(ctx, LG_ERR_FORMAT, "no reference solution is there: files a_*.json … e_*.json expected");
done:
  for (size_t k = 0; k < n; k++) lg_free(ctx, names[k]);
  return status;
}

static int run_validate(cli_run *run) {
  cli_figures figures = cli_figures_begin(run, "loligo-validate-cable/2", NULL, NULL);
  const lg_status status = run_all(run, cli_positional(run, 0), &figures);
  return status != LG_OK ? cli_report(run, cli_positional(run, 0), status) : cli_figures_end(&figures);
}

static const cli_option options[] = {
    {"scheme", "sdirk2|nrn|adaptive", CLI_CHOICE, NULL, "How to step (sdirk2; the goals are for it)."},
    {"case", "NAME", CLI_TEXT, NULL, "Only cases whose names begin so, without the orders."},
};

const cli_command cli_validate_cable_command = {
    .name = "validate cable",
    .arguments = "REF_DIR [--case NAME]",
    .summary = "Simulate the reference cells of REF_DIR and compare every spike and trace; orders in dt and dx.",
    .example = "loligo validate cable shared/data/cable/ref",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
