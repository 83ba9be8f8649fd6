/* Figures out of files: spikes as a raster, traces of several places. */
#include "app/cli/json_out.h"
#include "app/cli/neuron_plot.h"
#include "app/cli/picture.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/plot_columns.h"
#include "io/plot_raster.h"
#include "io/table.h"

#include <math.h>
#include <string.h>

static const double font = 13.0;
static const size_t most_bytes = (size_t)1 << 30;

typedef struct table_picture {
  cli_run *run;
  lg_table *table;
  lg_raster *raster;
  double t0, t1; /* window; t1 <= t0: all */
} table_picture;

static lg_status draw_raster(lg_ctx *ctx, void *user, lg_canvas *c, lg_box box) {
  const table_picture *p = user;
  return lg_plot_raster(ctx, p->raster, p->t0, p->t1, font, c, box);
}

static lg_status draw_traces(lg_ctx *ctx, void *user, lg_canvas *c, lg_box box) {
  const table_picture *p = user;
  lg_status status = LG_OK;
  const lg_table *t = p->table;
  lg_plot_column *columns = NULL;
  const size_t n = t->items[0].n;
  const double *time = t->items[0].x, dt = n > 1 ? (time[n - 1] - time[0]) / (double)(n - 1) : 0;
  for (size_t k = 1; k < n; k++)
    if (!(fabs(time[k] - time[k - 1] - dt) <= 1e-3 * dt))
      return lg_fail(ctx, LG_ERR_FORMAT, "row %zu: t_ms goes from %g to %g; even steps of %g ms are needed", k + 1,
                     time[k - 1], time[k], dt);
  if (!(dt > 0)) return lg_fail(ctx, LG_ERR_FORMAT, "the times do not ascend");
  LG_NEW(ctx, columns, t->n);
  for (size_t k = 1; k < t->n; k++) columns[k - 1] = (lg_plot_column){t->items[k].name, t->items[k].x};
  LG_TRY(lg_plot_columns(ctx, columns, t->n - 1, n, time[0], dt, p->t0, p->t1, font, c, box));
done:
  lg_free(ctx, columns);
  return status;
}

static lg_status read_raster(table_picture *p, const char *path) {
  lg_ctx *ctx = cli_ctx(p->run);
  unsigned char *bytes = NULL;
  size_t n = 0;
  lg_status status = lg_file_read(ctx, path, most_bytes, &bytes, &n);
  if (status == LG_OK) status = lg_raster_parse(ctx, bytes, n, path, &p->raster);
  lg_free(ctx, bytes);
  return status;
}

/** A trace where the file is one; spikes otherwise, unless it was said. */
static lg_status read_input(table_picture *p, const char *path, const char *as) {
  lg_ctx *ctx = cli_ctx(p->run);
  if (as && strcmp(as, "raster") == 0) return read_raster(p, path);
  lg_status status = lg_table_read(ctx, path, &p->table);
  if (status != LG_OK) return status;
  if (lg_table_is_trace(p->table) && p->table->n > 1) return LG_OK;
  if (as) return lg_fail(ctx, LG_ERR_FORMAT, "no trace: the first column must be t_ms, the others numbers");
  lg_table_destroy(ctx, p->table);
  p->table = NULL;
  return read_raster(p, path);
}

static void words_of(const table_picture *p, char *text, size_t bytes) {
  if (p->raster)
    (void)snprintf(text, bytes, "%zu spikes of %zu cells in %zu groups.", p->raster->n, p->raster->n_rows,
                   p->raster->n_groups);
  else (void)snprintf(text, bytes, "%zu traces of %zu samples.", p->table->n - 1, p->table->items[0].n);
}

static void tell(const table_picture *p, const char *output, const char *words) {
  if (!cli_json(p->run) || strcmp(output, "-") == 0) return;
  lg_json w = cli_json_begin("loligo-neuron-plot/1");
  lg_json_key_text(&w, "input", cli_positional(p->run, 0));
  lg_json_key_text(&w, "as", p->raster ? "raster" : "traces");
  lg_json_key_text(&w, "output", output);
  lg_json_key_text(&w, "shows", words);
  cli_json_end(p->run, &w);
}

int cli_plot_table(cli_run *run, const char *as) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  char words[160];
  table_picture p = {.run = run};
  const char *path = cli_positional(run, 0), *output = cli_text(run, "output"), *file = path;
  if (cli_given(run, "from")) p.t0 = cli_number(run, "from"), p.t1 = cli_number(run, "to");
  LG_TRY(cli_provenance(run) ? LG_OK : LG_ERR_MEMORY);
  LG_TRY(read_input(&p, path, as));
  LG_TRY(lg_provenance_add_input(ctx, cli_provenance(run), p.raster ? "spikes" : "trace", path));
  words_of(&p, words, sizeof words);
  const cli_picture picture = {.title = p.raster ? "Raster of spikes" : "Traces",
                               .id = p.raster ? "raster" : "traces",
                               .words = words,
                               .width = cli_number(run, "width"),
                               .height = cli_number(run, "height"),
                               .draw = p.raster ? draw_raster : draw_traces,
                               .user = &p};
  status = cli_write_picture(run, output, &picture);
  if (status == LG_ERR_IO) file = output;
  LG_TRY(status);
  tell(&p, output, words);
done:
  lg_table_destroy(ctx, p.table);
  lg_raster_destroy(ctx, p.raster);
  return status == LG_OK ? CLI_OK : cli_report(run, file, status);
}
