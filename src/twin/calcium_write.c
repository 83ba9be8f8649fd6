/* What a run of calcium leaves in its folder. */
#include "data/json_writer.h"
#include "data/provenance.h"
#include "twin/calcium_file.h"

#include <math.h>
#include <string.h>

typedef struct place {
  lg_ctx *ctx;
  const char *folder;
  const calcium_case *c;
  const calcium_grid *grid;
  const calcium_result *r;
  lg_provenance *provenance;
} place;

typedef void (*write_fn)(const place *p, FILE *f);

static void section_column(const place *p, FILE *f, size_t section) {
  if (p->c->is_tree) (void)fprintf(f, "%zu,", section);
}

static const char *section_name(const place *p) { return p->c->is_tree ? "section," : ""; }

/* The header of tables of states. */
static void state_header(const place *p, FILE *f) {
  (void)fprintf(f, "t_s,%sx_um,c_uM,b_uM,ce_uM,P", section_name(p));
  for (size_t k = 0; k + 4 < p->r->n_columns; k++) (void)fprintf(f, ",%s_uM", p->r->columns[k]);
  (void)fputc('\n', f);
}

static void write_arrivals(const place *p, FILE *f) {
  (void)fprintf(f, "%sx_um,t_up_s,t_down_s,c_peak_uM\n", section_name(p));
  for (size_t k = 0; k < p->c->n_probes; k++) {
    const calcium_arrival *a = &p->r->arrivals[k];
    section_column(p, f, p->c->probes[k].section);
    lg_put_number(f, "", p->c->probes[k].x_um);
    lg_put_number(f, ",", a->up_s);
    lg_put_number(f, ",", a->down_s);
    lg_put_number(f, ",", a->peak_uM);
    (void)fputc('\n', f);
  }
}

static void write_series(const place *p, FILE *f) {
  const calcium_result *r = p->r;
  state_header(p, f);
  for (size_t row = 0; row < r->n_samples; row++)
    for (size_t k = 0; k < p->c->n_probes; k++) {
      const double *v = r->samples + (row * r->n_probes + k) * r->n_columns;
      lg_put_number(f, "", r->sample_s[row]);
      (void)fputc(',', f);
      section_column(p, f, p->c->probes[k].section);
      lg_put_number(f, "", p->c->probes[k].x_um);
      for (size_t q = 0; q < r->n_columns; q++) lg_put_number(f, ",", v[q]);
      (void)fputc('\n', f);
    }
}

static void write_snapshots(const place *p, FILE *f) {
  const calcium_result *r = p->r;
  state_header(p, f);
  for (size_t row = 0; row < r->n_snapshots; row++)
    for (size_t k = 0; k < r->n_nodes; k++) {
      lg_put_number(f, "", r->snapshot_s[row]);
      (void)fputc(',', f);
      section_column(p, f, p->grid->section[k]);
      lg_put_number(f, "", p->grid->x_um[k]);
      for (size_t q = 0; q < r->n_columns; q++)
        lg_put_number(f, ",", r->snapshots[(row * r->n_nodes + k) * r->n_columns + q]);
      (void)fputc('\n', f);
    }
}

static void write_totals(const place *p, FILE *f) {
  const calcium_result *r = p->r;
  (void)fputs("t_s,free_cyt_uM_um3,bound_cyt_uM_um3,er_uM_um3,total_uM_um3\n", f);
  for (size_t row = 0; row < r->n_samples; row++) {
    const double *t = r->totals + 3 * row;
    lg_put_number(f, "", r->sample_s[row]);
    for (size_t q = 0; q < 3; q++) lg_put_number(f, ",", t[q]);
    lg_put_number(f, ",", t[0] + t[1] + t[2]);
    (void)fputc('\n', f);
  }
}

static lg_status write_one(const place *p, const char *name, write_fn fn) {
  char path[4096];
  lg_outfile *out = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s/%s", p->folder, name) >= sizeof path)
    return lg_fail(p->ctx, LG_ERR_RANGE, "the folder's name is too long");
  lg_status status = lg_outfile_open(p->ctx, path, &out);
  if (status != LG_OK) return status;
  if (p->provenance) lg_provenance_write_comments(p->provenance, lg_outfile_stream(out));
  fn(p, lg_outfile_stream(out));
  return lg_outfile_commit(p->ctx, out);
}

const char *const lg_calcium_figure_names[CALCIUM_FIGURES] = {
    "speed_um_s", "c_peak_uM", "c_fwhm_ms", "c_above_threshold_ms", "P_max", "P_half_duration_ms", "ce_min_uM"};

void lg_calcium_figure_values(const calcium_summary *s, double values[CALCIUM_FIGURES]) {
  const double all[CALCIUM_FIGURES] = {s->speed_um_s, s->peak_uM,      s->fwhm_ms,  s->above_threshold_ms,
                                       s->open_max,   s->open_half_ms, s->er_min_uM};
  memcpy(values, all, sizeof all);
}

void lg_calcium_figures(lg_json *w, const calcium_summary *s) {
  double values[CALCIUM_FIGURES];
  lg_calcium_figure_values(s, values);
  for (size_t k = 0; k < CALCIUM_FIGURES; k++) lg_json_key_number(w, lg_calcium_figure_names[k], values[k]);
}

static void write_beside(lg_json *w, const calcium_beside *beside) {
  if (!beside->result) return;
  lg_json_key(w, "beside");
  lg_json_object(w);
  lg_json_key_text(w, "gate", beside->gate);
  lg_calcium_figures(w, &beside->result->summary);
  lg_json_end_object(w);
}

static void write_estimate(lg_json *w, const calcium_result *r) {
  const calcium_estimate *e = &r->estimate;
  if (e->runs == 0) return;
  lg_json_key(w, "time_error_estimate");
  lg_json_object(w);
  lg_json_key_text(w, "by", r->effort.steps > 0 ? "embedded" : "halving");
  lg_json_key_number(w, "speed_relative", e->speed);
  lg_json_key_number(w, "arrival_s", e->arrival_s);
  if (e->dt_s > 0.0) lg_json_key_number(w, "dt_s", e->dt_s);
  lg_json_key_integer(w, "n_runs", (int64_t)e->runs);
  if (r->effort.steps > 0) {
    lg_json_key_integer(w, "n_accepted", (int64_t)r->effort.steps);
    lg_json_key_integer(w, "n_rejected", (int64_t)r->effort.rejected);
  }
  lg_json_end_object(w);
}

static lg_status write_summary(const place *p, const char *const *warnings, size_t n_warnings,
                               const calcium_beside *beside) {
  char path[4096];
  lg_outfile *out = NULL;
  const calcium_summary *s = &p->r->summary;
  if ((size_t)snprintf(path, sizeof path, "%s/summary.json", p->folder) >= sizeof path)
    return lg_fail(p->ctx, LG_ERR_RANGE, "the folder's name is too long");
  lg_status status = lg_outfile_open(p->ctx, path, &out);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(out));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-calcium/1");
  lg_calcium_figures(&w, s);
  lg_json_key_number(&w, "P_low", s->open_low);
  lg_json_key_number(&w, "P_high", s->open_high);
  lg_json_key_number(&w, "P_rest", p->r->open_rest);
  lg_json_key_number(&w, "vle_um_s", p->r->derived_er_leak);
  lg_json_key_number(&w, "vlp_um_s", p->r->derived_plasma_leak);
  lg_json_key_integer(&w, "n_nodes", (int64_t)p->r->n_nodes);
  if (p->r->unknowns) lg_json_key_integer(&w, "unknowns_per_node", (int64_t)p->r->unknowns);
  lg_json_key_integer(&w, "n_steps", (int64_t)p->r->n_steps);
  write_estimate(&w, p->r);
  write_beside(&w, beside);
  lg_json_key(&w, "warnings");
  lg_json_array(&w);
  for (size_t k = 0; k < n_warnings; k++) lg_json_text(&w, warnings[k]);
  lg_json_end_array(&w);
  if (p->provenance) {
    lg_json_key(&w, "provenance");
    lg_provenance_write_json(p->provenance, &w);
  }
  lg_json_end_object(&w);
  if (!lg_json_end(&w)) {
    lg_outfile_discard(p->ctx, out);
    return lg_fail(p->ctx, LG_ERR_INTERNAL, "the summary does not nest");
  }
  return lg_outfile_commit(p->ctx, out);
}

lg_status lg_calcium_write(lg_ctx *ctx, const char *folder, const calcium_case *c, const calcium_grid *grid,
                           const calcium_result *result, const char *const *warnings, size_t n_warnings,
                           calcium_beside beside, lg_provenance *provenance) {
  const place p = {ctx, folder, c, grid, result, provenance};
  lg_status status = LG_OK;
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(write_one(&p, "arrivals.csv", write_arrivals));
  LG_TRY(write_one(&p, "timeseries.csv", write_series));
  LG_TRY(write_one(&p, "snapshots.csv", write_snapshots));
  LG_TRY(write_one(&p, "totals.csv", write_totals));
  LG_TRY(write_summary(&p, warnings, n_warnings, &beside));
done:
  return status;
}
