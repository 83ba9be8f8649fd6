/* Sets of protocols, run and written. */
#include "twin/clamp_file.h"

#include "data/json_writer.h"
#include "data/provenance.h"

#include <string.h>

enum { MOST_ROWS = 100000 };

/* lg_clamp_run allocates, so a set runs on the calling thread. */
lg_status lg_clamp_make(lg_ctx *ctx, const clamp_set *set, clamp_rows *rows) {
  for (size_t k = 0; k < set->n; k++) {
    const clamp_protocol p = lg_clamp_random(&set->channel, set->families, set->seed, set->first + k);
    lg_status status = lg_clamp_run(ctx, &set->channel, &p, set->tolerance, MOST_ROWS, &rows[k]);
    if (status == LG_OK) status = lg_progress(ctx, "protocols", k + 1, set->n);
    if (status != LG_OK) return lg_fail_prefix(ctx, status, "%s: ", p.name);
  }
  return LG_OK;
}

static void clear(lg_ctx *ctx, clamp_rows *rows, size_t n) {
  for (size_t k = 0; rows && k < n; k++) lg_clamp_rows_clear(ctx, &rows[k]);
  lg_free(ctx, rows);
}

lg_status lg_clamp_data(lg_ctx *ctx, const clamp_set *set, gate_data **out) {
  lg_status status = LG_OK;
  clamp_rows *rows = NULL;
  size_t n = 0;
  *out = NULL;
  LG_NEW(ctx, rows, set->n + 1);
  LG_TRY(lg_clamp_make(ctx, set, rows));
  for (size_t k = 0; k < set->n; k++) n += rows[k].n;
  LG_TRY(lg_gate_data_create(ctx, lg_clamp_about(set->channel.kind)->voltage, set->n, n, out));
  gate_data *d = *out;
  n = 0;
  for (size_t k = 0; k < set->n; k++) {
    const clamp_protocol p = lg_clamp_random(&set->channel, set->families, set->seed, set->first + k);
    (void)snprintf(d->protocols[k].name, sizeof d->protocols[k].name, "%s", p.name);
    d->protocols[k].first = n;
    d->protocols[k].n = rows[k].n;
    for (size_t i = 0; i < rows[k].n; i++, n++) {
      const double *row = rows[k].row + CLAMP_ROW * i;
      d->t_s[n] = row[0];
      d->u[n] = row[1];
      d->udot[n] = row[2];
      d->open[n] = row[3];
      d->weight[n] = 1.0;
    }
  }
done:
  clear(ctx, rows, set->n);
  return status;
}

static void write_rows(FILE *f, const clamp_about *about, const char *name, const clamp_rows *rows) {
  for (size_t i = 0; i < rows->n; i++) {
    const double *row = rows->row + CLAMP_ROW * i;
    (void)fputs(name, f);
    for (size_t k = 0; k < 4 + about->n_states; k++) { /* P stands last */
      const double x = k < 3 ? row[k] : k < 3 + about->n_states ? row[k + 1] : row[3];
      char text[32];
      lg_format_double(x, text);
      (void)fprintf(f, ",%s", text);
    }
    (void)fputc('\n', f);
  }
}

lg_status lg_clamp_write(lg_ctx *ctx, const char *path, const clamp_set *set, lg_provenance *provenance,
                         size_t *n_rows) {
  lg_status status = LG_OK;
  clamp_rows *rows = NULL;
  lg_outfile *out = NULL;
  size_t n = 0;
  const clamp_about *about = lg_clamp_about(set->channel.kind);
  LG_NEW(ctx, rows, set->n + 1);
  LG_TRY(lg_clamp_make(ctx, set, rows));
  LG_TRY(lg_outfile_open(ctx, path, &out));
  FILE *f = lg_outfile_stream(out);
  if (provenance) lg_provenance_write_comments(provenance, f);
  (void)fprintf(f, "protocol,t_s,%s", about->voltage ? "u_mV,dudt_mV_per_s" : "u_uM,dudt_uM_per_s");
  for (size_t k = 0; k < about->n_states; k++) (void)fprintf(f, ",%s", about->states[k]);
  (void)fputs(",P\n", f);
  for (size_t k = 0; k < set->n; k++) {
    const clamp_protocol p = lg_clamp_random(&set->channel, set->families, set->seed, set->first + k);
    write_rows(f, about, p.name, &rows[k]);
    n += rows[k].n;
  }
  lg_outfile *whole = out;
  out = NULL;
  LG_TRY(lg_outfile_commit(ctx, whole));
  if (n_rows) *n_rows = n;
done:
  lg_outfile_discard(ctx, out);
  clear(ctx, rows, set->n);
  return status;
}
