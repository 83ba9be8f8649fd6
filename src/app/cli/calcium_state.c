/* Long runs of calcium: saved now and then and when interrupted, gone on with later, bit by bit the same. */
#define _XOPEN_SOURCE 700
#include "app/cli/calcium_state.h"

#include "data/provenance.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static const char magic[] = "loligo-calcium-state/1 ";
enum { MAGIC = sizeof magic - 1, HEAD = MAGIC + 64 + 1 };

int cli_calcium_state_check(cli_run *run) {
  if (cli_given(run, "save-every") && !cli_text(run, "state")) return cli_usage(run, "--save-every wants --state FILE");
  if (cli_given(run, "save-every") && !(cli_number(run, "save-every") >= 100.0))
    return cli_usage(run, "--save-every is %g ms; allowed is 100 ms and more", cli_number(run, "save-every"));
  if (!cli_text(run, "state")) return CLI_OK;
  if (strcmp(cli_text(run, "state"), "-") == 0) return cli_usage(run, "--state cannot be standard output");
  if (cli_flag(run, "axisymmetric")) return cli_usage(run, "--axisymmetric has no --state");
  if (cli_given(run, "tolerance")) return cli_usage(run, "--tolerance has no --state: it is several runs; give --dt");
  return CLI_OK;
}

/* All that the bits of a run depend on: files (the case, a network), options, the grid that a shape's file gave. */
static void make_fingerprint(cli_run *run, const calcium_grid *grid, const calcium_options *o, char hex[65]) {
  const lg_provenance *p = cli_provenance(run);
  char text[4096], volumes[65], membranes[65];
  lg_sha256_bytes(grid->cytosol_um3, grid->n * sizeof(double), volumes);
  lg_sha256_bytes(grid->er_membrane_um2, grid->n * sizeof(double), membranes);
  int n = snprintf(text, sizeof text, "%d %.17g %.17g %.17g %d %s %s %s", (int)o->scheme, o->dt_s, o->max_dx_um,
                   o->sample_s, o->film != NULL, cli_text(run, "gate"), volumes, membranes);
  n += snprintf(text + n, sizeof text - (size_t)n, " %s", cli_text(run, "space-order"));
  for (size_t k = 0; k < lg_provenance_inputs(p) && n > 0 && (size_t)n < sizeof text - 80; k++)
    n += snprintf(text + n, sizeof text - (size_t)n, " %s", lg_provenance_get_input(p, k).sha256);
  lg_sha256_bytes(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, hex);
}

static double seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool due(void *user) {
  const cli_calcium_state *s = user;
  return seconds() - s->last_s >= s->every_s;
}

static lg_status save(lg_ctx *ctx, void *user, double t_s, const unsigned char *bytes, size_t n) {
  cli_calcium_state *s = user;
  const char *path = cli_text(s->run, "state");
  lg_outfile *file = NULL;
  lg_status status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *stream = lg_outfile_stream(file);
  (void)fprintf(stream, "%s%s\n", magic, s->fingerprint);
  (void)fwrite(bytes, 1, n, stream); /* a failed write is found by commit */
  status = lg_outfile_commit(ctx, file);
  if (status == LG_OK && lg_cancelled(ctx))
    cli_say(s->run, "the state at t = %g s is in %s; the same command goes on from there", t_s, path);
  s->last_s = seconds();
  return status;
}

lg_status cli_calcium_state_open(cli_run *run, const calcium_grid *grid, calcium_options *o, cli_calcium_state *s) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  const char *path = cli_text(run, "state");
  size_t n = 0;
  *s = (cli_calcium_state){.run = run};
  if (!path) return LG_OK;
  make_fingerprint(run, grid, o, s->fingerprint);
  s->every_s = cli_given(run, "save-every") ? 1e-3 * cli_number(run, "save-every") : 60.0;
  s->last_s = seconds();
  s->saver = (calcium_saver){.user = s, .due = due, .save = save};
  o->saver = &s->saver;
  if (access(path, F_OK) != 0) return LG_OK;
  LG_TRY(lg_file_read(ctx, path, SIZE_MAX / 4, &s->bytes, &n));
  if (n < HEAD || memcmp(s->bytes, magic, MAGIC) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "not the state of a run of calcium; choose another name"));
  if (memcmp(s->bytes + MAGIC, s->fingerprint, 64) != 0)
    LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT,
                   "the state of another run (its files or options differ); remove it to begin anew"));
  s->saver.from = s->bytes + HEAD;
  s->saver.n_from = n - HEAD;
  cli_say(run, "going on from %s", path);
done:
  return status;
}

void cli_calcium_state_close(cli_calcium_state *s, bool is_done) {
  if (!s->run) return;
  if (is_done && cli_text(s->run, "state")) (void)unlink(cli_text(s->run, "state"));
  lg_free(cli_ctx(s->run), s->bytes);
}
