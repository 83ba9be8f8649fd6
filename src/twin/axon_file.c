#include "twin/axon_file.h"

#include "data/json_writer.h"
#include "io/csv_rows.h"
#include "io/json_read.h"

#include <math.h>
#include <string.h>

/* Sets out to the preset; the text must be one's name. */
static lg_status take_preset(lg_ctx *ctx, const lg_json_at *at, axon_params *out) {
  const char *name;
  const lg_status status = lg_json_get_text(ctx, at, "preset", &name);
  if (status != LG_OK || lg_axon_params_preset(name, out)) return status;
  return lg_fail(ctx, LG_ERR_FORMAT, "preset is '%s'; there are male and female", name);
}

lg_status lg_axon_params_load(lg_ctx *ctx, const char *path, axon_params *out) {
  return lg_axon_params_load_on(ctx, path, NULL, out);
}

lg_status lg_axon_params_load_on(lg_ctx *ctx, const char *path, const axon_params *preset, axon_params *out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *names[AXON_PARAMS + 1] = {"preset"};
  *out = lg_axon_params_male();
  for (size_t k = 0; k < AXON_PARAMS; k++) names[k + 1] = lg_axon_param_names[k].name;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  lg_json_at at = lg_json_root(doc);
  if (lg_json_has(&at, "params")) LG_TRY(lg_json_get_object(ctx, &at, "params", &at)); /* a reference file as it is */
  LG_TRY(lg_json_only_keys(ctx, &at, names, AXON_PARAMS + 1));
  if (lg_json_has(&at, "preset")) LG_TRY(take_preset(ctx, &at, out));
  if (preset) *out = *preset;
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const axon_param_name *p = &lg_axon_param_names[k];
    double x;
    LG_TRY(lg_json_get_number_or(ctx, &at, p->name, p->unit, p->low, p->high, lg_axon_param_get(out, p), &x));
    if (p->is_count && x != floor(x))
      LG_TRY(lg_fail(ctx, LG_ERR_RANGE, "%s is %g; a whole number is needed", p->name, x));
    lg_axon_param_set(out, p, x);
  }
  LG_TRY(lg_axon_params_check(ctx, out));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

/* ---- what is written ----------------------------------------------------------------------------------- */

static lg_status open_table(lg_ctx *ctx, const char *path, lg_provenance *provenance, lg_outfile **out) {
  const lg_status status = lg_outfile_open(ctx, path, out);
  if (status == LG_OK && provenance) lg_provenance_write_comments(provenance, lg_outfile_stream(*out));
  return status;
}

/* As lg_axon_rows_write() says; a profile that failed has no number anywhere. */
void lg_axon_rows_further(const axon_rows *rows, const axon_outcome *o, double out[AXON_FURTHER_COLUMNS]) {
  out[0] = o->further[AXON_REACTION];
  out[1] = o->further[AXON_COMPRESSION];
  out[2] = lg_axon_undulation_nm(rows->further, o->further[AXON_COMPRESSION]);
  out[3] = 1e3 * o->further[AXON_MT_TIME];
  out[4] = 1e3 * o->further[AXON_AXOLEMMA_TIME];
  out[5] = o->failed ? (double)NAN : o->out[AXON_MT] >= rows->injury_threshold ? 1.0 : 0.0;
}

static void write_further(FILE *f, const axon_rows *rows, const axon_outcome *o) {
  double x[AXON_FURTHER_COLUMNS];
  lg_axon_rows_further(rows, o, x);
  for (size_t q = 0; q < AXON_FURTHER_COLUMNS; q++) lg_put_number(f, ",", x[q]);
}

lg_status lg_axon_rows_write(lg_ctx *ctx, const char *path, const axon_rows *rows, lg_provenance *provenance) {
  const char *end = strrchr(path, '.');
  if (end && (strcmp(end, ".h5") == 0 || strcmp(end, ".hdf5") == 0))
    return lg_axon_rows_write_h5(ctx, path, rows, provenance);
  lg_outfile *file = NULL;
  const lg_status status = open_table(ctx, path, provenance, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fputs("name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct", f);
  (void)fputs(rows->further ? ",reaction_pN,mt_compression,undulation_nm,mt_time_ms,axl_time_ms,injured\n" : "\n", f);
  for (size_t k = 0; k < rows->n; k++) {
    lg_csv_write_cell(f, rows->names[k]);
    for (size_t q = 0; q < AXON_OUTPUTS; q++) lg_put_number(f, ",", rows->outcomes[k].out[q]);
    if (rows->further) write_further(f, rows, &rows->outcomes[k]);
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}

lg_status lg_axon_outcomes_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                 const axon_outcome *outcomes, lg_provenance *provenance) {
  const axon_rows rows = {.n = profiles->n, .names = profiles->names, .outcomes = outcomes};
  return lg_axon_rows_write(ctx, path, &rows, provenance);
}

lg_status lg_axon_trace_write(lg_ctx *ctx, const char *path, const double *trace, size_t n_steps, double dt_s,
                              lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = open_table(ctx, path, provenance, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fputs("t_s,eps,mt_max_now,axl_max_now,tau_lost_frac,nf_lost_frac,reaction_x0_pN,max_excess_compress\n", f);
  for (size_t n = 1; n <= n_steps; n++) {
    char text[32];
    lg_format_double((double)n * dt_s, text);
    (void)fputs(text, f);
    for (size_t q = 0; q < AXON_TRACES; q++) lg_put_number(f, ",", trace[n * AXON_TRACES + q]);
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}
