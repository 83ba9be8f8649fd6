/* Long runs of cells with shape: saved now and then and when interrupted, gone on with later, bit by bit the same. */
#define _XOPEN_SOURCE 700
#include "app/cli/simulate_cable.h"

#include "base/base.h"
#include "cable/simulate.h"
#include "data/provenance.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char magic[] = "loligo-cable-state/1 ";
enum { MAGIC = sizeof magic - 1, HEAD = MAGIC + 64 + 1 };

int cli_check_state(cli_run *run) {
  if (cli_given(run, "save-every") && !cli_text(run, "state")) return cli_usage(run, "--save-every wants --state FILE");
  if (cli_given(run, "save-every") && !(cli_number(run, "save-every") >= 100.0))
    return cli_usage(run, "--save-every is %g ms; allowed is 100 ms and more", cli_number(run, "save-every"));
  if (cli_text(run, "state") && strcmp(cli_text(run, "state"), "-") == 0)
    return cli_usage(run, "--state cannot be standard output");
  return CLI_OK;
}

/* All that the bits of a run depend on. */
static void make_fingerprint(cli_run *run, const cable_run_options *o, const cable_cut *cut, char hex[65]) {
  const lg_provenance *p = cli_provenance(run);
  char text[16384];
  int n = snprintf(text, sizeof text, "%d %.17g %.17g %llu %d %d %.17g %zu %.17g", (int)o->scheme, o->dt_ms,
                   o->tolerance, (unsigned long long)o->seed, (int)o->exact_spikes, (int)o->fine_rates, cut->max_dx_um,
                   cut->n_per_section, cut->d_lambda);
  for (size_t k = 0; k < lg_provenance_inputs(p) && n > 0 && (size_t)n < sizeof text - 80; k++)
    n += snprintf(text + n, sizeof text - (size_t)n, " %s", lg_provenance_get_input(p, k).sha256);
  lg_sha256_bytes(text, n > 0 ? (size_t)n : 0, hex);
}

static lg_status save(lg_ctx *ctx, const cable_run *going, const char *path, const char *fingerprint) {
  const size_t n = lg_cable_run_state_bytes(going);
  lg_outfile *file = NULL;
  unsigned char *bytes = NULL;
  lg_status status = LG_OK;
  LG_NEW(ctx, bytes, n);
  lg_cable_run_save(going, bytes);
  LG_TRY(lg_outfile_open(ctx, path, &file));
  FILE *stream = lg_outfile_stream(file);
  (void)fprintf(stream, "%s%s\n", magic, fingerprint);
  (void)fwrite(bytes, 1, n, stream); /* a failed write is found by commit */
  status = lg_outfile_commit(ctx, file);
done:
  lg_free(ctx, bytes);
  return status;
}

static lg_status restore(cli_run *run, cable_run *going, const char *path, const char *fingerprint) {
  lg_ctx *ctx = cli_ctx(run);
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = LG_OK;
  LG_TRY(lg_file_read(ctx, path, SIZE_MAX / 4, &bytes, &n));
  if (n < HEAD || memcmp(bytes, magic, MAGIC) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "not the state of a cell with shape; choose another name"));
  if (memcmp(bytes + MAGIC, fingerprint, 64) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT,
                   "the state of another run (its files or options differ); remove it to begin anew"));
  LG_TRY(lg_cable_run_restore(ctx, going, bytes + HEAD, n - HEAD));
  cli_say(run, "going on at t = %g ms", lg_cable_run_time_ms(going));
done:
  lg_free(ctx, bytes);
  return status;
}

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Up to the end, saving every so often, and when it is asked to stop. */
static lg_status go_on(cli_run *run, cable_run *going, double tstop_ms, const char *state, const char *fingerprint) {
  lg_ctx *ctx = cli_ctx(run);
  const double every = cli_given(run, "save-every") ? 1e-3 * cli_number(run, "save-every") : 60.0;
  double last = seconds(), piece = fmax(1e-3 * tstop_ms, 1e-6);
  lg_status status = LG_OK;
  while (status == LG_OK && lg_cable_run_time_ms(going) < tstop_ms) {
    const double t = lg_cable_run_time_ms(going);
    status = lg_cable_run_advance(ctx, going, fmin(tstop_ms, t + piece));
    if (lg_cable_run_time_ms(going) <= t && status == LG_OK) break; /* within rounding of the end */
    if (status == LG_OK && seconds() - last >= every) {
      LG_TRY(save(ctx, going, state, fingerprint));
      last = seconds();
    }
  }
  if (status == LG_ERR_CANCELLED) {
    char why[256];
    (void)snprintf(why, sizeof why, "%s", lg_ctx_message(ctx));
    LG_TRY(save(ctx, going, state, fingerprint));
    cli_say(run, "the state at t = %g ms is in %s; the same command goes on from there", lg_cable_run_time_ms(going),
            state);
    status = lg_fail(ctx, LG_ERR_CANCELLED, "%s", why);
  }
done:
  return status;
}

lg_status cli_run_cable(cli_run *run, const cable_model *model, const cable_tree *tree, const cable_run_options *o,
                        const cable_cut *cut, cable_result **out, const char **file) {
  lg_ctx *ctx = cli_ctx(run);
  const char *state = cli_text(run, "state"), *model_file = *file;
  cable_run *going = NULL;
  char fingerprint[65];
  lg_status status = LG_OK;
  *out = NULL;
  if (!state) return lg_cable_simulate(ctx, model, tree, o, out);
  make_fingerprint(run, o, cut, fingerprint);
  LG_TRY(lg_cable_run_create(ctx, model, tree, o, &going));
  *file = state;
  if (access(state, F_OK) == 0) LG_TRY(restore(run, going, state, fingerprint));
  *file = model_file;
  status = go_on(run, going, model->tstop_ms, state, fingerprint);
  if (status == LG_OK) (void)unlink(state); /* done: nothing is left to go on with */
  if (status == LG_OK || status == LG_ERR_NUMERICAL) *out = lg_cable_run_take(going);
done:
  lg_cable_run_destroy(ctx, going);
  return status;
}
