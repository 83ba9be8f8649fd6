/* loligo neuron simulate of a network: cells, connections and stimuli in, a raster and traces out; threads, ranks,
 * a state to go on from. */
#define _XOPEN_SOURCE 700
#include "app/cli/neuron_network.h"

#include "app/cli/json_out.h"
#include "app/cli/treat_cable.h"
#include "app/sweep/ranks.h"
#include "data/provenance.h"
#include "io/csv_rows.h"
#include "io/trace_write.h"
#include "twin/network_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

const char *const cli_network_options[] = {"state", "save-every"};
const size_t cli_n_network_options = sizeof cli_network_options / sizeof cli_network_options[0];

bool cli_is_network(lg_ctx *ctx, const char *path) {
  lg_json_doc *doc;
  if (lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc) != LG_OK) {
    lg_ctx_clear(ctx);
    return false;
  }
  const lg_json_at root = lg_json_root(doc);
  const bool is = lg_network_is(&root);
  lg_json_doc_destroy(ctx, doc);
  return is;
}

typedef struct job {
  cli_run *run;
  cable_network_model *model;
  lg_network_inputs inputs;
  lg_ranks ranks;
  const char *output, *spikes, *state;
  const char *at; /* the file that the present call is about */
  char fingerprint[65];
  bool resumed;
  double build_s, run_s;
} job;

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- reading --------------------------------------------------------------------------------------- */

static lg_status add_inputs(job *j) {
  lg_ctx *ctx = cli_ctx(j->run);
  lg_provenance *p = cli_provenance(j->run);
  if (!p) return LG_ERR_MEMORY;
  char seed[32];
  (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)j->model->seed);
  lg_provenance_set_seed(p, j->model->seed);
  lg_status status = lg_provenance_add_option(ctx, p, "seed", seed);
  if (status == LG_OK) status = lg_provenance_add_input(ctx, p, "network", cli_positional(j->run, 0));
  for (size_t k = 0; status == LG_OK && k < j->inputs.n; k++)
    status = lg_provenance_add_input(ctx, p, "cells", j->inputs.paths[k]);
  return status;
}

/* All that the bits of a run depend on: a state of another run is not taken. */
static void make_fingerprint(job *j) {
  const lg_provenance *p = cli_provenance(j->run);
  char text[16384];
  int n = snprintf(text, sizeof text, "%.17g %.17g %.17g %d %llu", j->model->tstop_ms, j->model->dt_ms,
                   j->model->sample_ms, (int)j->model->scheme, (unsigned long long)j->model->seed);
  for (size_t k = 0; k < lg_provenance_inputs(p) && n > 0 && (size_t)n < sizeof text - 80; k++)
    n += snprintf(text + n, sizeof text - (size_t)n, " %s", lg_provenance_get_input(p, k).sha256);
  lg_sha256_bytes(text, n > 0 ? (size_t)n : 0, j->fingerprint);
}

static lg_status load(job *j) {
  cli_run *run = j->run;
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  j->at = cli_positional(run, 0);
  LG_TRY(lg_network_load(ctx, j->at, &j->inputs, &j->model));
  if (cli_given(run, "dt")) {
    j->model->dt_ms = cli_number(run, "dt");
    if (j->model->sample_ms < j->model->dt_ms) j->model->sample_ms = j->model->dt_ms;
  }
  if (cli_given(run, "scheme"))
    j->model->scheme = strcmp(cli_text(run, "scheme"), "nrn") == 0 ? CABLE_NRN : CABLE_SDIRK2;
  if (cli_given(run, "seed")) j->model->seed = cli_seed(run);
  LG_TRY(add_inputs(j));
  make_fingerprint(j);
done:
  return status;
}

/* ---- the state ------------------------------------------------------------------------------------- */

static lg_status save_state(lg_ctx *ctx, void *user, const void *bytes, size_t n) {
  const job *j = user;
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(ctx, j->state, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  (void)fprintf(stream, "loligo-network-state/1 %s\n", j->fingerprint);
  (void)fwrite(bytes, 1, n, stream); /* a failed write is found by commit */
  return lg_outfile_commit(ctx, file);
}

static lg_status restore(job *j, cable_network *net) {
  enum { HEAD = 24 + 64 };
  lg_ctx *ctx = cli_ctx(j->run);
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = LG_OK;
  if (!j->state || access(j->state, F_OK) != 0) return LG_OK;
  j->at = j->state;
  LG_TRY(lg_file_read(ctx, j->state, SIZE_MAX / 4, &bytes, &n));
  if (n < HEAD || memcmp(bytes, "loligo-network-state/1 ", 23) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: not the state of a network; choose another name", j->state));
  if (memcmp(bytes + 23, j->fingerprint, 64) != 0)
    LG_TRY(
        lg_fail(ctx, LG_ERR_ARGUMENT,
                "%s: the state of another run (its files, tstop, dt, seed or scheme differ); remove it to begin anew",
                j->state));
  LG_TRY(lg_cable_network_restore(ctx, net, bytes + HEAD, n - HEAD));
  j->resumed = true;
  if (j->ranks.rank == 0) cli_say(j->run, "going on at t = %g ms", lg_cable_network_time_ms(net));
done:
  lg_free(ctx, bytes);
  return status;
}

/* ---- writing --------------------------------------------------------------------------------------- */

static lg_status write_trace(job *j, const cable_network_result *r) {
  lg_ctx *ctx = cli_ctx(j->run);
  lg_status status = LG_OK;
  lg_trace_column *columns = NULL;
  double *t = NULL;
  j->at = j->output;
  LG_NEW(ctx, columns, r->n_columns + 1);
  LG_NEW(ctx, t, r->n_samples);
  for (size_t k = 0; k < r->n_samples; k++) t[k] = (double)k * r->sample_ms;
  columns[0] = (lg_trace_column){.name = "t_ms", .values = t};
  for (size_t c = 0; c < r->n_columns; c++)
    columns[c + 1] = (lg_trace_column){.name = r->columns[c], .values = r->values + c * r->n_samples};
  status = lg_trace_write(ctx, j->output, columns, r->n_columns + 1, r->n_samples, cli_provenance(j->run));
done:
  lg_free(ctx, t);
  lg_free(ctx, columns);
  return status;
}

static lg_status write_raster(job *j, const cable_network_result *r) {
  lg_ctx *ctx = cli_ctx(j->run);
  lg_outfile *file = NULL;
  j->at = j->spikes;
  const lg_status status = lg_outfile_open(ctx, j->spikes, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  lg_provenance_write_comments(cli_provenance(j->run), stream);
  (void)fputs("population,cell,t_ms\n", stream);
  for (size_t k = 0; k < r->n_spikes; k++) {
    char t[32];
    size_t p;
    uint32_t cell;
    lg_cable_network_who(j->model, r->spikes[k].cell, &p, &cell);
    lg_format_double(r->spikes[k].t_ms, t);
    lg_csv_write_cell(stream, j->model->populations[p].name);
    (void)fprintf(stream, ",%u,%s\n", cell, t);
  }
  return lg_outfile_commit(ctx, file);
}

static double peak_memory_MB(void) {
  struct rusage use;
  return getrusage(RUSAGE_SELF, &use) == 0 ? (double)use.ru_maxrss / 1024.0 : (double)NAN;
}

static void print_populations(const job *j, const cable_network_result *r, lg_json *w) {
  const double t_s = 1e-3 * (double)r->n_steps * j->model->dt_ms;
  lg_json_key(w, "populations");
  lg_json_array(w);
  for (size_t p = 0; p < j->model->n_populations; p++) {
    const cable_population *population = &j->model->populations[p];
    size_t n = 0;
    for (size_t k = 0; k < r->n_spikes; k++) {
      size_t of;
      uint32_t cell;
      lg_cable_network_who(j->model, r->spikes[k].cell, &of, &cell);
      n += of == p;
    }
    lg_json_object(w);
    lg_json_key_text(w, "name", population->name);
    lg_json_key_integer(w, "number", (int64_t)population->number);
    lg_json_key_integer(w, "n_spikes", (int64_t)n);
    lg_json_key_number(w, "rate_Hz", t_s > 0.0 ? (double)n / t_s / (double)population->number : (double)NAN);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

static void print_json(const job *j, const cable_network_result *r, bool diverged) {
  lg_json w = cli_json_begin("loligo-network-simulation/1");
  lg_json_key_text(&w, "model", "network");
  lg_json_key_text(&w, "scheme", j->model->scheme == CABLE_NRN ? "nrn" : "sdirk2");
  lg_json_key_number(&w, "dt_ms", j->model->dt_ms);
  lg_json_key_number(&w, "t_ms", (double)r->n_steps * j->model->dt_ms);
  lg_json_key_boolean(&w, "diverged", diverged);
  lg_json_key_integer(&w, "n_cells", (int64_t)r->n_cells);
  lg_json_key_integer(&w, "n_nodes", (int64_t)r->n_nodes);
  lg_json_key_integer(&w, "n_connections", (int64_t)r->n_connections);
  lg_json_key_integer(&w, "n_spikes", (int64_t)r->n_spikes);
  lg_json_key_integer(&w, "n_events", (int64_t)r->n_events);
  lg_json_key_integer(&w, "n_samples", (int64_t)r->n_samples);
  lg_json_key_integer(&w, "n_traces", (int64_t)r->n_columns);
  print_populations(j, r, &w);
  lg_json_key_boolean(&w, "resumed", j->resumed);
  lg_json_key_integer(&w, "ranks", j->ranks.n);
  lg_json_key_integer(&w, "threads", (int64_t)lg_ctx_threads(cli_ctx(j->run)));
  lg_json_key_number(&w, "build_s", j->build_s);
  lg_json_key_number(&w, "run_s", j->run_s);
  lg_json_key_number(&w, "compartment_steps_per_s",
                     j->run_s > 0.0 ? (double)r->n_nodes * (double)r->n_steps / j->run_s : (double)NAN);
  lg_json_key_number(&w, "peak_memory_MB", peak_memory_MB());
  cli_json_end(j->run, &w);
}

static lg_status write_all(job *j, const cable_network_result *r, bool diverged) {
  lg_status status = LG_OK;
  if (j->ranks.rank != 0) return LG_OK;
  if (j->output) LG_TRY(write_trace(j, r));
  if (j->spikes) LG_TRY(write_raster(j, r));
  if (cli_json(j->run)) print_json(j, r, diverged);
  cli_say(j->run, "%zu cells, %zu connections, %zu spikes in %g ms; built in %.2f s, run in %.2f s, %.0f MB",
          r->n_cells, r->n_connections, r->n_spikes, (double)r->n_steps * j->model->dt_ms, j->build_s, j->run_s,
          peak_memory_MB());
done:
  return status;
}

/* ---- running --------------------------------------------------------------------------------------- */

static lg_status gather(lg_ctx *ctx, void *user, const void *mine, size_t n, unsigned char **all, size_t *room,
                        size_t *n_all) {
  (void)user;
  return lg_ranks_gather(ctx, mine, n, all, room, n_all);
}

static lg_status simulate(job *j) {
  lg_ctx *ctx = cli_ctx(j->run);
  cable_network *net = NULL;
  cable_network_result *result = NULL;
  lg_status status = LG_OK, ran = LG_OK;
  char why[1024] = "";
  const double start = seconds();
  const cable_peers peers = {.rank = j->ranks.rank, .n = j->ranks.n, .gather = gather};
  const cable_network_run options = {.save_every_s = !j->state ? 0.0
                                                     : cli_given(j->run, "save-every")
                                                         ? 1e-3 * cli_number(j->run, "save-every")
                                                         : 60.0,
                                     .save = j->state ? save_state : NULL,
                                     .user = j};
  LG_TRY(lg_cable_network_create(ctx, j->model, &peers, &net));
  j->build_s = seconds() - start;
  LG_TRY(restore(j, net));
  j->at = cli_positional(j->run, 0);
  const double begun = seconds();
  if (j->ranks.rank != 0) lg_ctx_set_progress(ctx, NULL, NULL);
  ran = lg_cable_network_run(ctx, net, &options);
  j->run_s = seconds() - begun;
  if (ran != LG_OK && ran != LG_ERR_NUMERICAL) {
    status = ran;
    goto done;
  }
  (void)snprintf(why, sizeof why, "%s", lg_ctx_message(ctx));
  LG_TRY(lg_cable_network_result(ctx, net, &result));
  LG_TRY(write_all(j, result, ran != LG_OK));
  if (ran == LG_OK && j->state && j->ranks.rank == 0) (void)unlink(j->state); /* done: nothing is left to go on with */
  j->at = cli_positional(j->run, 0);
  if (ran != LG_OK) status = lg_fail(ctx, ran, "%s", why);
done:
  lg_cable_network_result_destroy(ctx, result);
  lg_cable_network_destroy(ctx, net);
  return status;
}

static int check_options(cli_run *run) {
  static const char *const others[] = {"protocol", "solver", "states",       "tolerance", "max-dx-um",
                                       "d-lambda", "nseg",   "exact-spikes", "fine-rates"};
  for (size_t k = 0; k < sizeof others / sizeof others[0]; k++)
    if (cli_given(run, others[k]) && !(k == 1 && strcmp(cli_text(run, "solver"), "rk4") == 0)) /* its default */
      return cli_usage(run, "--%s is not for networks; %s describes one", others[k], cli_positional(run, 0));
  if (cli_given(run, "scheme") && strcmp(cli_text(run, "scheme"), "adaptive") == 0)
    return cli_usage(run, "--scheme adaptive is for single cells: the cells of a network step together");
  if (cli_given(run, "dt") && !(cli_number(run, "dt") >= 1e-6 && cli_number(run, "dt") <= 10.0))
    return cli_usage(run, "--dt is %g ms; allowed is 1e-6 … 10 ms", cli_number(run, "dt"));
  if (cli_given(run, "save-every") && !cli_text(run, "state")) return cli_usage(run, "--save-every wants --state FILE");
  if (cli_given(run, "save-every") && !(cli_number(run, "save-every") >= 100.0))
    return cli_usage(run, "--save-every is %g ms; allowed is 100 ms and more", cli_number(run, "save-every"));
  if (cli_text(run, "state") && strcmp(cli_text(run, "state"), "-") == 0)
    return cli_usage(run, "--state cannot be standard output");
  return CLI_OK;
}

int cli_simulate_network(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  job j = {.run = run,
           .output = cli_text(run, "output"),
           .spikes = cli_text(run, "spikes"),
           .state = cli_text(run, "state")};
  const int bad = check_options(run);
  if (bad != CLI_OK) return bad;
  if (cli_json(run) && ((j.output && strcmp(j.output, "-") == 0) || (j.spikes && strcmp(j.spikes, "-") == 0)))
    return cli_usage(run, "--json and a file on standard output cannot both be there");
  if (!j.output && !j.spikes && !cli_json(run)) j.spikes = "-";
  lg_status status = load(&j);
  if (status == LG_OK) status = lg_ranks_join(ctx, &j.ranks);
  int code = status == LG_OK ? cli_treat_network(run, j.model, j.ranks.rank == 0) : CLI_OK;
  if (status == LG_OK && code == CLI_OK) status = simulate(&j);
  if (status != LG_OK) code = cli_report(run, j.at, status);
  lg_cable_network_model_destroy(ctx, j.model);
  lg_network_inputs_clear(ctx, &j.inputs);
  return code;
}
