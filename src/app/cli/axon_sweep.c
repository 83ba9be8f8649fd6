/* Strain profiles as the points of a sweep. */
#define _XOPEN_SOURCE 700
#include "app/cli/axon_sweep.h"

#include <dirent.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Changes when rows mean something else, or the mechanics give other numbers. */
#define ROWS_VERSION "loligo-axon-rows/4"

enum {
  REACTION = AXON_OUTPUTS,
  PIECES = REACTION + AXON_FURTHER,
  CUT,
  LONG,
  MOVED,
  N_COLUMNS,
  LANES = 16 /* profiles that the widest vector takes at once */
};

typedef struct job {
  const axon_sweep *sweep;
  axon_outcome *outcomes; /* being gathered */
} job;

static size_t profile_of(const axon_sweep *s, size_t point) { return s->which ? s->which[point] : point; }

/* ---- points ---------------------------------------------------------------------------------------------- */

/* What the mechanics would refuse: said of this profile alone. */
static bool is_sound(const double *strain, size_t n, char message[200]) {
  if (strain[0] != 0.0) (void)snprintf(message, 200, "the strain begins at %g, not 0", strain[0]);
  for (size_t t = 0; message[0] == '\0' && t < n; t++)
    if (!(strain[t] > -0.9 && strain[t] <= 1.0))
      (void)snprintf(message, 200, "strain %g in sample %zu; allowed is -0.9 to 1", strain[t], t);
  return message[0] == '\0';
}

static void fill_row(const axon_outcome *o, lg_sweep_cell *row) {
  for (size_t k = 0; k < AXON_OUTPUTS; k++) row[k].number = o->out[k];
  for (size_t k = 0; k < AXON_FURTHER; k++) row[REACTION + k].number = o->further[k];
  row[PIECES].integer = (int64_t)o->pieces;
  row[CUT].integer = (int64_t)o->n_cut;
  row[LONG].integer = (int64_t)o->n_long;
  row[MOVED].number = o->moved;
}

static lg_status run_block(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells, float *arrays,
                           bool *failed, char (*message)[200]) {
  const axon_sweep *s = ((const job *)user)->sweep;
  const size_t n_times = s->profiles->n_times;
  lg_status status = LG_OK;
  size_t at[LG_SWEEP_BLOCK], sound = 0;
  char *names[LG_SWEEP_BLOCK], unnamed[] = "profile";
  axon_outcome outcomes[LG_SWEEP_BLOCK];
  axon_profiles some = {.n_times = n_times, .dt_s = s->profiles->dt_s, .names = names};
  (void)arrays;
  LG_NEW(ctx, some.strain, n * n_times);
  for (size_t k = 0; k < n; k++) {
    const double *strain = s->profiles->strain + profile_of(s, first + k) * n_times;
    failed[k] = !is_sound(strain, n_times, message[k]);
    if (failed[k]) continue;
    memcpy(some.strain + sound * n_times, strain, n_times * sizeof *strain);
    names[sound] = unnamed;
    at[sound++] = k;
  }
  some.n = sound;
  if (sound > 0) LG_TRY(lg_axon_simulate(ctx, s->axon, &some, &s->opts, outcomes, NULL));
  for (size_t k = 0; k < sound; k++) {
    failed[at[k]] = outcomes[k].failed;
    if (outcomes[k].failed)
      (void)snprintf(message[at[k]], sizeof *message, "Newton does not converge with steps cut into sixteen");
    fill_row(&outcomes[k], cells + at[k] * N_COLUMNS);
  }
done:
  lg_free(ctx, some.strain);
  return status;
}

/* ---- gathering ------------------------------------------------------------------------------------------- */

static lg_status take_row(lg_ctx *ctx, void *user, size_t point, const lg_sweep_cell *row, const float *array,
                          bool failed, const char *message) {
  axon_outcome *o = &((job *)user)->outcomes[point];
  (void)ctx, (void)array, (void)message;
  *o = (axon_outcome){.failed = failed, .moved = row[MOVED].number};
  for (size_t k = 0; k < AXON_OUTPUTS; k++) o->out[k] = failed ? (double)NAN : row[k].number;
  for (size_t k = 0; k < AXON_FURTHER; k++) o->further[k] = failed ? (double)NAN : row[REACTION + k].number;
  o->pieces = row[PIECES].integer > 0 ? (unsigned)row[PIECES].integer : 0;
  o->n_cut = row[CUT].integer > 0 ? (size_t)row[CUT].integer : 0;
  o->n_long = row[LONG].integer > 0 ? (size_t)row[LONG].integer : 0;
  return LG_OK;
}

/* The journals have served; what else lies in the folder stays, and so does the folder then. */
static void clear_folder(const char *folder) {
  DIR *d = opendir(folder);
  const struct dirent *e;
  char path[4096 + 256];
  if (!d) return;
  while ((e = readdir(d)) != NULL) {
    const size_t n = strlen(e->d_name);
    if (strncmp(e->d_name, "journal-", 8) != 0 || n < 4 || strcmp(e->d_name + n - 4, ".lgj") != 0) continue;
    if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < (int)sizeof path) (void)unlink(path);
  }
  (void)closedir(d);
  (void)rmdir(folder);
}

/* ---- fingerprint ----------------------------------------------------------------------------------------- */

/* All that the rows depend on: samples, constants, gaps, steps. */
static void take_fingerprint(const axon_sweep *s, char fingerprint[65]) {
  const size_t n_times = s->profiles->n_times;
  char text[8192], hash[65], both[131] = "";
  size_t used = (size_t)snprintf(text, sizeof text, "%s %zu %zu %a %d %a %a", ROWS_VERSION, s->n, n_times,
                                 s->profiles->dt_s, (int)s->opts.precision, s->opts.dt_s, s->opts.most_strain_step);
  if (s->opts.scheme != 0 && used < sizeof text)
    used += (size_t)snprintf(text + used, sizeof text - used, " scheme %d", (int)s->opts.scheme);
  for (size_t k = 0; k < AXON_PARAMS && used < sizeof text; k++)
    used += (size_t)snprintf(text + used, sizeof text - used, " %s=%a", lg_axon_param_names[k].name,
                             lg_axon_param_get(&s->axon->params, &lg_axon_param_names[k]));
  lg_sha256_bytes(text, used < sizeof text ? used : sizeof text - 1, fingerprint);
  const lg_axon *a = s->axon;
  lg_sha256_bytes(a->intact, a->params.elements * a->params.rows, hash);
  for (size_t k = 0; k <= s->n; k++) { /* a chain: each hash takes in the one before */
    (void)snprintf(both, sizeof both, "%s %s", fingerprint, hash);
    lg_sha256_bytes(both, strlen(both), fingerprint);
    if (k < s->n) lg_sha256_bytes(s->profiles->strain + profile_of(s, k) * n_times, n_times * sizeof(double), hash);
  }
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static double seconds(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

lg_status axon_sweep_folder(lg_ctx *ctx, const char *given, const char *output, char *path, size_t bytes) {
  const char *slash = strrchr(output, '/'), *dot = strrchr(slash ? slash : output, '.');
  const int stem = (int)(dot && dot > (slash ? slash + 1 : output) ? (size_t)(dot - output) : strlen(output));
  const int n = given ? snprintf(path, bytes, "%s", given) : snprintf(path, bytes, "%.*s.journal", stem, output);
  return n < (int)bytes ? LG_OK : lg_fail(ctx, LG_ERR_RANGE, "the path of the journals is too long");
}

lg_status axon_sweep_run(cli_run *run, const axon_sweep *s, axon_outcome *outcomes, axon_sweep_result *result) {
  static const char *const names[N_COLUMNS] = {"mt",
                                               "axl",
                                               "tau_pct",
                                               "nf_pct",
                                               "side_pct",
                                               "mt_broken_pct",
                                               [REACTION] = "reaction_pN",
                                               [REACTION + AXON_COMPRESSION] = "mt_compression",
                                               [REACTION + AXON_MT_TIME] = "mt_time_s",
                                               [REACTION + AXON_AXOLEMMA_TIME] = "axl_time_s",
                                               [PIECES] = "pieces",
                                               [CUT] = "steps_cut",
                                               [LONG] = "steps_long",
                                               [MOVED] = "moved"};
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_ranks ranks;
  lg_sweep_report report;
  lg_sweep_column columns[N_COLUMNS];
  char fingerprint[65], other[N_COLUMNS][24];
  job j = {s, outcomes};
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  LG_TRY(lg_ranks_join(ctx, &ranks));
  *result = (axon_sweep_result){.rank = ranks.rank, .n_ranks = (size_t)ranks.n};
  if (s->n == 0) goto done;
  for (size_t k = 0; k < N_COLUMNS; k++) {
    (void)snprintf(other[k], sizeof other[k], "out_%zu", k);
    columns[k] = (lg_sweep_column){names[k] ? names[k] : other[k],
                                   k >= PIECES && k <= LONG ? LG_SWEEP_INTEGER : LG_SWEEP_NUMBER};
  }
  take_fingerprint(s, fingerprint);
  const lg_sweep_plan plan = {.name = "axons",
                              .what = "axons",
                              .fingerprint = fingerprint,
                              .n_points = s->n,
                              .together = LANES,
                              .n_columns = N_COLUMNS,
                              .columns = columns,
                              .run = run_block,
                              .user = &j};
  const lg_sweep_options how = {.directory = s->folder, .n_shards = 1, .threads = lg_ctx_threads(ctx)};
  LG_TRY(lg_sweep_run(ctx, &plan, &how, &report));
  result->n_failed = report.n_failed;
  result->n_resumed = report.n_resumed;
  if (ranks.rank == 0) LG_TRY(lg_sweep_each(ctx, &plan, s->folder, take_row, &j));
  if (ranks.rank == 0 && !s->keep) clear_folder(s->folder);
  result->wall_s = seconds(CLOCK_MONOTONIC) - wall;
  result->cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
done:
  return status;
}
