#include "twin/axon_file.h"

#include "data/json_writer.h"
#include "io/json_read.h"
#include "io/table.h"

#include <math.h>
#include <string.h>

lg_status lg_axon_params_load(lg_ctx *ctx, const char *path, axon_params *out) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *names[AXON_PARAMS];
  *out = lg_axon_params_male();
  for (size_t k = 0; k < AXON_PARAMS; k++) names[k] = lg_axon_param_names[k].name;
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  lg_json_at at = lg_json_root(doc);
  if (lg_json_has(&at, "params")) LG_TRY(lg_json_get_object(ctx, &at, "params", &at)); /* a reference file as it is */
  LG_TRY(lg_json_only_keys(ctx, &at, names, AXON_PARAMS));
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

/* ---- profiles ------------------------------------------------------------------------------------------ */

/* Seconds of a sample by the name of the first column; 0: it is no time. */
static double unit_of(const char *name) {
  if (strcmp(name, "t_s") == 0 || strcmp(name, "t") == 0 || strcmp(name, "time_s") == 0) return 1.0;
  return strcmp(name, "t_ms") == 0 || strcmp(name, "time_ms") == 0 ? 1e-3 : 0.0;
}

static lg_status check_times(lg_ctx *ctx, const lg_table_item *t, double unit, double *dt) {
  if (!t->x || t->n < 2) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s': at least two numbers are needed", t->name);
  *dt = unit * (t->x[t->n - 1] - t->x[0]) / (double)(t->n - 1);
  if (!(*dt > 0.0)) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' does not rise", t->name);
  for (size_t k = 1; k < t->n; k++) {
    const double step = unit * (t->x[k] - t->x[k - 1]);
    if (!(fabs(step - *dt) <= 1e-3 * *dt))
      return lg_fail(ctx, LG_ERR_FORMAT,
                     "column '%s', sample %zu: a step of %g s among steps of %g s; even times are needed", t->name,
                     k + 1, step, *dt);
  }
  return LG_OK;
}

static lg_status check_profile(lg_ctx *ctx, const lg_table_item *c, size_t n) {
  if (!c->x) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' holds something that is no number", c->name);
  if (c->n != n) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s' has %zu samples, the times %zu", c->name, c->n, n);
  for (size_t k = 0; k < n; k++) {
    if (!isfinite(c->x[k])) return lg_fail(ctx, LG_ERR_FORMAT, "column '%s', sample %zu: no number", c->name, k + 1);
    if (fabs(c->x[k]) > 1.0)
      return lg_fail(ctx, LG_ERR_RANGE,
                     "column '%s', sample %zu: strain %g; fractions of at most 1 are needed (percent? divide by 100)",
                     c->name, k + 1, c->x[k]);
  }
  return LG_OK;
}

static lg_status take_profile(lg_ctx *ctx, const lg_table_item *c, axon_profiles *p, size_t k) {
  lg_status status = check_profile(ctx, c, p->n_times);
  if (status != LG_OK) return status;
  p->names[k] = lg_strdup(ctx, c->name);
  if (!p->names[k]) return LG_ERR_MEMORY;
  for (size_t t = 0; t < p->n_times; t++) p->strain[k * p->n_times + t] = c->x[t] - c->x[0];
  if (c->x[0] != 0.0)
    lg_log(ctx, LG_LEVEL_WARNING, "profile '%s' begins at strain %g; taken off all its samples", c->name, c->x[0]);
  return LG_OK;
}

lg_status lg_axon_profiles_load(lg_ctx *ctx, const char *path, axon_profiles **out) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  axon_profiles *p = NULL;
  *out = NULL;
  LG_TRY(lg_table_read(ctx, path, &table));
  const double unit = table->n > 0 ? unit_of(table->items[0].name) : 0.0;
  if (unit == 0.0)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "the first column is '%s'; t_s (or t_ms) is needed, then one for each profile",
                   table->n > 0 ? table->items[0].name : ""));
  if (table->n < 2) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "there is no profile beside the times"));
  LG_NEW(ctx, p, 1);
  p->n_times = table->items[0].n;
  LG_TRY(check_times(ctx, &table->items[0], unit, &p->dt_s));
  LG_NEW(ctx, p->names, table->n - 1);
  LG_NEW(ctx, p->strain, (table->n - 1) * p->n_times);
  p->n = table->n - 1;
  for (size_t k = 0; k < p->n; k++) LG_TRY(take_profile(ctx, &table->items[k + 1], p, k));
  *out = p;
  p = NULL;
done:
  lg_axon_profiles_destroy(ctx, p);
  lg_table_destroy(ctx, table);
  return status;
}

/* ---- what is written ----------------------------------------------------------------------------------- */

static void number(FILE *f, double x) {
  char text[32];
  lg_format_double(x, text);
  (void)fprintf(f, ",%s", isnan(x) ? "nan" : text);
}

static lg_status open_table(lg_ctx *ctx, const char *path, lg_provenance *provenance, lg_outfile **out) {
  const lg_status status = lg_outfile_open(ctx, path, out);
  if (status == LG_OK && provenance) lg_provenance_write_comments(provenance, lg_outfile_stream(*out));
  return status;
}

lg_status lg_axon_outcomes_write(lg_ctx *ctx, const char *path, const axon_profiles *profiles,
                                 const axon_outcome *outcomes, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  const lg_status status = open_table(ctx, path, provenance, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fputs("name,mt,axl,tau_pct,nf_pct,side_pct,mt_broken_pct\n", f);
  for (size_t k = 0; k < profiles->n; k++) {
    (void)fputs(profiles->names[k], f);
    for (size_t q = 0; q < AXON_OUTPUTS; q++) number(f, outcomes[k].out[q]);
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
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
    for (size_t q = 0; q < AXON_TRACES; q++) number(f, trace[n * AXON_TRACES + q]);
    (void)fputc('\n', f);
  }
  return lg_outfile_commit(ctx, file);
}
