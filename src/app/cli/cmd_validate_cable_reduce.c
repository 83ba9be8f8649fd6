/* How well known shapes are reduced: every cell of a folder, several numbers of compartments. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/json_out.h"
#include "base/base.h"
#include "twin/reduce_validate.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option options[] = {
    {"compartments", "LIST", CLI_TEXT, "5,8,10,15,20", "Numbers of compartments."},
    {"cell", "NAME", CLI_TEXT, NULL, "Only the cell of this file name, without .swc."},
    {"dx", "UM", CLI_NUMBER, "10", "Greatest length of a piece of the full cells, um."},
};

enum { MAX_FILES = 256, MAX_NUMBERS = 16, NAME_BYTES = 256, PATH_BYTES = 1024 };

typedef struct row {
  char cell[NAME_BYTES];
  reduce_figures figures;
  bool passes, judged;
} row;

typedef struct target_row {
  char name[NAME_BYTES];
  reduce_targets targets;
  bool passes;
} target_row;

typedef struct spiking_row {
  char name[NAME_BYTES];
  reduce_spiking spiking;
  bool passes;
} spiking_row;

typedef struct result {
  size_t n_rows, n_targets, n_spiking;
  spiking_row *spiking;
  row *rows;
  target_row *targets;
} result;

/* ---- the folder -------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* Names in a folder that begin and end so, in the order of the alphabet. */
static lg_status list_files(lg_ctx *ctx, const char *folder, const char *begin, const char *end,
                            char (*names)[NAME_BYTES], size_t *n) {
  DIR *dir = opendir(folder);
  *n = 0;
  if (!dir) return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no folder %s", folder);
  for (struct dirent *e = readdir(dir); e && *n < MAX_FILES; e = readdir(dir)) {
    const size_t length = strlen(e->d_name), tail = strlen(end);
    if (length >= NAME_BYTES || length < tail || strncmp(e->d_name, begin, strlen(begin)) != 0) continue;
    if (strcmp(e->d_name + length - tail, end) == 0) (void)snprintf(names[(*n)++], NAME_BYTES, "%s", e->d_name);
  }
  (void)closedir(dir);
  qsort(names, *n, sizeof *names, by_text);
  return LG_OK;
}

/* ---- what is wanted ---------------------------------------------------------------------------------- */

/* The figures: 10 compartments, 3 % and 1 ms; more compartments must not be worse. */
static void judge(row *r) {
  const reduce_figures *f = &r->figures;
  r->judged = f->wanted >= 10;
  r->passes = f->resistance_error <= 1e-10 && f->tau_error <= 0.01 && f->compartments <= f->wanted &&
              (!r->judged || (f->asked.peak_max <= 0.03 && f->asked.time_max_ms <= 1.0));
}

static bool parse_numbers(const char *text, size_t *numbers, size_t *n) {
  *n = 0;
  for (const char *at = text; *n < MAX_NUMBERS;) {
    char *end;
    const unsigned long x = strtoul(at, &end, 10);
    if (end == at || x < 2 || x > 128) return false;
    numbers[(*n)++] = x;
    if (*end == '\0') return true;
    if (*end != ',') return false;
    at = end + 1;
  }
  return false;
}

/* ---- output ------------------------------------------------------------------------------------------ */

static void print_header(void) {
  (void)printf("%-24s%5s %9s %9s  %-31s  %-31s %6s\n", "", "", "", "", "EPSPs of the case", "EPSPs anywhere", "");
  (void)printf("%-24s%5s %9s %9s  %7s %8s %6s %7s  %7s %8s %6s %7s %6s\n", "cell", "N", "Rin", "tau0", "peak", "shared",
               "mean", "late/ms", "peak", "shared", "mean", "late/ms", "s");
}

static void print_errors(const reduce_errors *e) {
  (void)printf("  %6.2f%% %7.2f%% %5.2f%% %7.2f", 100.0 * e->peak_max, 100.0 * e->shared_max, 100.0 * e->shared_mean,
               e->time_max_ms);
}

static void print_row(const row *r) {
  const reduce_figures *f = &r->figures;
  (void)printf("%-24.24s%2zu/%-2zu %9.1e %9.1e", r->cell, f->compartments, f->wanted, f->resistance_error,
               f->tau_error);
  print_errors(&f->asked);
  print_errors(&f->anywhere);
  (void)printf(" %6.2f%s\n", f->seconds, r->passes ? "" : "  MISSED");
  (void)fflush(stdout);
}

static void print_target(const target_row *t) {
  (void)printf("%-32s Rin %.1e  tau0 %.1e  Z %.1e of Z(0) over %zu impedances%s\n", t->name,
               t->targets.resistance_error, t->targets.tau_error, t->targets.impedance_error, t->targets.n_impedances,
               t->passes ? "" : "  MISSED");
}

static void print_spiking(const spiking_row *r) {
  const reduce_spiking *s = &r->spiking;
  (void)printf(
      "%-32s%2zu/%-2zu  %zu spikes, %zu probes with another number, soma %.3f ms, all %.3f ms, %.0f times faster%s\n",
      r->name, s->compartments, s->wanted, s->n_spikes, s->n_lost, s->soma_late_ms, s->late_ms, s->times_faster,
      r->passes ? "" : "  MISSED");
  (void)fflush(stdout);
}

static void json_errors(lg_json *w, const char *key, const reduce_errors *e) {
  lg_json_key(w, key);
  lg_json_object(w);
  lg_json_key_number(w, "peak_error_mean", e->peak_mean);
  lg_json_key_number(w, "peak_error_p95", e->peak_p95);
  lg_json_key_number(w, "peak_error_max", e->peak_max);
  lg_json_key_number(w, "shared_peak_error_mean", e->shared_mean);
  lg_json_key_number(w, "shared_peak_error_max", e->shared_max);
  lg_json_key_number(w, "time_error_mean_ms", e->time_mean_ms);
  lg_json_key_number(w, "time_error_max_ms", e->time_max_ms);
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const result *all) {
  lg_json w = cli_json_begin("loligo-validate-cable-reduce/1");
  lg_json_key(&w, "cells");
  lg_json_array(&w);
  for (size_t k = 0; k < all->n_rows; k++) {
    const row *r = &all->rows[k];
    lg_json_object(&w);
    lg_json_key_text(&w, "cell", r->cell);
    lg_json_key_integer(&w, "compartments_wanted", (int64_t)r->figures.wanted);
    lg_json_key_integer(&w, "compartments", (int64_t)r->figures.compartments);
    lg_json_key_number(&w, "resistance_error", r->figures.resistance_error);
    lg_json_key_number(&w, "tau_error", r->figures.tau_error);
    json_errors(&w, "asked", &r->figures.asked);
    json_errors(&w, "anywhere", &r->figures.anywhere);
    lg_json_key_number(&w, "seconds", r->figures.seconds);
    lg_json_key_boolean(&w, "passes", r->passes);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "spikes");
  lg_json_array(&w);
  for (size_t k = 0; k < all->n_spiking; k++) {
    const spiking_row *r = &all->spiking[k];
    lg_json_object(&w);
    lg_json_key_text(&w, "file", r->name);
    lg_json_key_integer(&w, "compartments_wanted", (int64_t)r->spiking.wanted);
    lg_json_key_integer(&w, "compartments", (int64_t)r->spiking.compartments);
    lg_json_key_integer(&w, "spikes", (int64_t)r->spiking.n_spikes);
    lg_json_key_integer(&w, "probes_with_another_number", (int64_t)r->spiking.n_lost);
    lg_json_key_number(&w, "soma_late_ms", r->spiking.soma_late_ms);
    lg_json_key_number(&w, "late_ms", r->spiking.late_ms);
    lg_json_key_boolean(&w, "passes", r->passes);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  lg_json_key(&w, "targets");
  lg_json_array(&w);
  for (size_t k = 0; k < all->n_targets; k++) {
    lg_json_object(&w);
    lg_json_key_text(&w, "file", all->targets[k].name);
    lg_json_key_number(&w, "resistance_error", all->targets[k].targets.resistance_error);
    lg_json_key_number(&w, "tau_error", all->targets[k].targets.tau_error);
    lg_json_key_number(&w, "impedance_error", all->targets[k].targets.impedance_error);
    lg_json_key_boolean(&w, "passes", all->targets[k].passes);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

/* ---- runs -------------------------------------------------------------------------------------------- */

static lg_status run_cell(cli_run *run, const char *path, const char *name, const size_t *numbers, size_t n,
                          result *all) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  reduce_subject subject = {0};
  LG_TRY(lg_reduce_subject_read(ctx, path, cli_number(run, "dx"), cli_seed(run), &subject));
  for (size_t k = 0; k < n; k++) {
    row *r = &all->rows[all->n_rows];
    (void)snprintf(r->cell, sizeof r->cell, "%.*s", (int)(strlen(name) - strlen(".swc")), name);
    LG_TRY(lg_reduce_figures(ctx, &subject, numbers[k], &r->figures));
    judge(r);
    all->n_rows++;
    if (!cli_json(run)) print_row(r);
  }
done:
  lg_reduce_subject_free(ctx, &subject);
  return status;
}

static bool is_wanted(const cli_run *run, const char *name) {
  const char *cell = cli_text(run, "cell");
  if (!cell) return strcmp(name, "ball_and_stick.swc") != 0; /* three nodes: nothing to reduce */
  return strncmp(name, cell, strlen(cell)) == 0 && strcmp(name + strlen(cell), ".swc") == 0;
}

static lg_status run_cells(cli_run *run, const size_t *numbers, size_t n, result *all, char *path) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char(*names)[NAME_BYTES] = NULL;
  size_t n_files;
  LG_NEW(ctx, names, MAX_FILES);
  (void)snprintf(path, PATH_BYTES, "%s/swc", cli_positional(run, 0));
  LG_TRY(list_files(ctx, path, "", ".swc", names, &n_files));
  LG_NEW(ctx, all->rows, n_files * n + 1);
  if (!cli_json(run)) print_header();
  for (size_t k = 0; k < n_files; k++) {
    if (!is_wanted(run, names[k])) continue;
    (void)snprintf(path, PATH_BYTES, "%s/swc/%s", cli_positional(run, 0), names[k]);
    LG_TRY(run_cell(run, path, names[k], numbers, n, all));
  }
  if (all->n_rows == 0) status = lg_fail(ctx, LG_ERR_NOT_FOUND, "%s has no such cell", path);
done:
  lg_free(ctx, names);
  return status;
}

/* Cases with spikes (ref/c_*.json): their number at each probe that spikes, and 1 ms, from 15 compartments on. */
static lg_status run_spiking(cli_run *run, const size_t *numbers, size_t n, result *all, char *path) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char(*names)[NAME_BYTES] = NULL;
  size_t n_files;
  LG_NEW(ctx, names, MAX_FILES);
  (void)snprintf(path, PATH_BYTES, "%s/ref", cli_positional(run, 0));
  LG_TRY(list_files(ctx, path, "c_", ".json", names, &n_files));
  LG_NEW(ctx, all->spiking, n_files * n + 1);
  for (size_t k = 0; k < n_files * n; k++) {
    spiking_row *r = &all->spiking[all->n_spiking++];
    (void)snprintf(r->name, sizeof r->name, "%s", names[k / n]);
    (void)snprintf(path, PATH_BYTES, "%s/ref/%s", cli_positional(run, 0), names[k / n]);
    LG_TRY(lg_reduce_spiking(ctx, path, cli_number(run, "dx"), numbers[k % n], &r->spiking));
    r->passes = r->spiking.wanted < 15 || (r->spiking.n_lost == 0 && r->spiking.late_ms <= 1.0);
    if (!cli_json(run)) print_spiking(r);
  }
done:
  lg_free(ctx, names);
  return status;
}

/* Stored impedances have five decimals, and NEURON keeps the points of a shape in single precision. */
static lg_status run_targets(cli_run *run, result *all, char *path) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char(*names)[NAME_BYTES] = NULL;
  size_t n_files;
  LG_NEW(ctx, names, MAX_FILES);
  (void)snprintf(path, PATH_BYTES, "%s/ref", cli_positional(run, 0));
  LG_TRY(list_files(ctx, path, "f_reduce_", ".json", names, &n_files));
  LG_NEW(ctx, all->targets, n_files + 1);
  for (size_t k = 0; k < n_files; k++) {
    target_row *t = &all->targets[all->n_targets++];
    (void)snprintf(t->name, sizeof t->name, "%s", names[k]);
    (void)snprintf(path, PATH_BYTES, "%s/ref/%s", cli_positional(run, 0), names[k]);
    LG_TRY(lg_reduce_compare_targets(ctx, path, &t->targets));
    t->passes =
        t->targets.resistance_error <= 1e-7 && t->targets.tau_error <= 1e-9 && t->targets.impedance_error <= 1e-6;
    if (!cli_json(run)) print_target(t);
  }
done:
  lg_free(ctx, names);
  return status;
}

static int run_validate(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  char path[PATH_BYTES];
  size_t numbers[MAX_NUMBERS], n;
  result all = {0};
  bool passes = true;
  if (!parse_numbers(cli_text(run, "compartments"), numbers, &n))
    return cli_usage(run, "--compartments: up to %d whole numbers from 2 to 128, between commas", MAX_NUMBERS);
  if (!(cli_number(run, "dx") >= 0.5 && cli_number(run, "dx") <= 1000.0)) return cli_usage(run, "--dx: 0.5 to 1000");
  if (strlen(cli_positional(run, 0)) > PATH_BYTES - 2 * NAME_BYTES) return cli_usage(run, "DATA_DIR: too long a name");
  lg_status status = run_cells(run, numbers, n, &all, path);
  if (status == LG_OK && !cli_given(run, "cell")) status = run_spiking(run, numbers, n, &all, path);
  if (status == LG_OK && !cli_given(run, "cell")) status = run_targets(run, &all, path);
  for (size_t k = 0; k < all.n_spiking; k++) passes = passes && all.spiking[k].passes;
  for (size_t k = 0; k < all.n_rows; k++) passes = passes && all.rows[k].passes;
  for (size_t k = 0; k < all.n_targets; k++) passes = passes && all.targets[k].passes;
  if (status == LG_OK && cli_json(run)) print_json(run, &all);
  lg_free(ctx, all.rows);
  lg_free(ctx, all.spiking);
  lg_free(ctx, all.targets);
  if (status != LG_OK) return cli_report(run, path, status);
  return passes ? CLI_OK : CLI_NEGATIVE;
}

const cli_command cli_validate_cable_reduce_command = {
    .name = "validate cable-reduce",
    .arguments = "DATA_DIR [--compartments 5,8,10,15,20] [--cell NAME]",
    .summary = "Reduce every cell of a folder, passive, and print what is kept: resistance, time constant, EPSPs.",
    .example = "loligo validate cable-reduce data/cable\nloligo validate cable-reduce data/cable --cell ca1_n120 "
               "--compartments 10",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_validate,
};
