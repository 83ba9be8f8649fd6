/* Summary and report of a complete screen, from its rows. */
#include "app/cli/screen_job.h"

#include "base/base.h"
#include "data/provenance.h"
#include "twin/effect_fit.h"
#include "twin/screen_gather.h"

#include <math.h>
#include <string.h>

enum { MOST_FAILURES = 50, TARGET_BYTES = 160, FLAG_BYTES = 80, COLUMN_VERDICT = 4, COLUMN_AREA = 5, COLUMN_Q = 9 };

typedef struct gathering {
  const screen_job *job;
  lg_screen_gather *points;
  size_t n_failed, n_listed;
  struct {
    size_t point;
    char message[200];
  } failures[MOST_FAILURES];
  size_t verdicts[LG_VERDICTS];
} gathering;

static int verdict_of(const char *word) {
  for (int v = 0; v < LG_VERDICTS; v++)
    if (strcmp(word, lg_verdict_name((lg_verdict)v)) == 0) return v;
  return -1;
}

static lg_status keep(lg_ctx *ctx, void *user, size_t point, const lg_sweep_cell *cells, const float *array,
                      bool failed, const char *message) {
  gathering *g = user;
  const size_t n_doses = g->job->n_doses, per = g->job->library->n * n_doses, rest = point % per;
  const int verdict = failed ? -1 : verdict_of(cells[COLUMN_VERDICT].word);
  (void)array;
  if (failed && g->n_listed < MOST_FAILURES) {
    g->failures[g->n_listed].point = point;
    (void)snprintf(g->failures[g->n_listed++].message, sizeof g->failures[0].message, "%s", message);
  }
  g->n_failed += failed;
  if (verdict >= 0) g->verdicts[verdict]++;
  return lg_screen_gather_put(ctx, g->points, rest / n_doses, rest % n_doses, point / per, verdict,
                              failed ? (double)NAN : cells[COLUMN_AREA].number,
                              failed ? (double)NAN : cells[COLUMN_Q].number);
}

/* ---- compounds -------------------------------------------------------------------------------------------- */

typedef struct texts {
  char targets[TARGET_BYTES], flags[FLAG_BYTES];
} texts;

static void name_targets(const lg_drug *drug, char *out, size_t bytes) {
  size_t used = 0;
  out[0] = '\0';
  for (size_t k = 0; k < drug->n_effects && used < bytes; k++) {
    const lg_drug_effect *e = &drug->effects[k];
    used += (size_t)snprintf(out + used, bytes - used, "%s%s %.3g uM", used ? ", " : "", e->target, e->K_uM);
  }
}

/* Flags at the doses up to the therapeutic range, all of them where it is not known. */
static void raise_flags(const screen_job *job, size_t compound, const lg_screen_cell *cells, char *out, size_t bytes) {
  const lg_drug *drug = &job->library->drugs[compound];
  const double top = drug->free_high_uM > 0.0 ? drug->free_high_uM : (double)INFINITY;
  bool over = false, pro = false;
  for (size_t d = 0; d < job->n_doses; d++) {
    if (!(job->dose_uM[compound * job->n_doses + d] <= top)) continue;
    const int v = cells[d].verdict;
    pro = pro || v == LG_VERDICT_EXCITED || v == LG_VERDICT_BLOCK;
    over = over || (isfinite(top) && (v == LG_VERDICT_SILENCED || v == LG_VERDICT_BLOCK || cells[d].area_ratio < 0.3));
  }
  (void)snprintf(out, bytes, "%s%s%s", over ? "over-inhibition" : "", over && pro ? "; " : "",
                 pro ? "pro-convulsant" : "");
}

static void fill_compound(const screen_job *job, size_t c, const lg_screen_cell *cells, texts *t, double *scratch,
                          lg_screen_compound *to) {
  const lg_drug *drug = &job->library->drugs[c];
  lg_effect_fit fit;
  for (size_t d = 0; d < job->n_doses; d++) scratch[d] = cells[d].area_ratio;
  lg_effect_fit_hill(job->dose_uM + c * job->n_doses, scratch, job->n_doses, false, &fit);
  name_targets(drug, t->targets, sizeof t->targets);
  raise_flags(job, c, cells, t->flags, sizeof t->flags);
  *to = (lg_screen_compound){.name = drug->name,
                             .id = drug->id[0] ? drug->id : NULL,
                             .drug_class = drug->drug_class[0] ? drug->drug_class : NULL,
                             .targets = t->targets[0] ? t->targets : NULL,
                             .free_low_uM = drug->free_low_uM,
                             .free_high_uM = drug->free_high_uM,
                             .ec50_uM = fit.found ? fit.ec50 : (double)NAN,
                             .flags = t->flags[0] ? t->flags : NULL};
}

/* ---- summary.json ------------------------------------------------------------------------------------------- */

static void write_hit(lg_json *w, const screen_job *job, size_t c, const lg_screen_compound *compound,
                      const lg_screen_cell *cells) {
  size_t first = 0;
  while (first < job->n_doses && (cells[first].verdict < 0 || cells[first].verdict == LG_VERDICT_UNCHANGED)) first++;
  if (first == job->n_doses) return;
  lg_json_object(w);
  lg_json_key_text(w, "id", compound->id);
  lg_json_key_text(w, "name", compound->name);
  lg_json_key_number(w, "lowest_active_dose_uM", job->dose_uM[c * job->n_doses + first]);
  lg_json_key_text(w, "verdict", lg_verdict_name((lg_verdict)cells[first].verdict));
  lg_json_key_number(w, "area_ratio", cells[first].area_ratio);
  lg_json_key_number(w, "affected", cells[first].affected);
  const int last = cells[job->n_doses - 1].verdict;
  lg_json_key_text(w, "verdict_at_top", last >= 0 ? lg_verdict_name((lg_verdict)last) : NULL);
  lg_json_key_number(w, "EC50_uM", compound->ec50_uM);
  lg_json_key_text(w, "flags", compound->flags);
  lg_json_end_object(w);
}

static lg_status write_summary(cli_run *run, const gathering *g, const lg_screen_compound *compounds,
                               const lg_screen_cell *cells, const char *folder) {
  const screen_job *job = g->job;
  char path[4096];
  lg_outfile *file = NULL;
  (void)snprintf(path, sizeof path, "%s/summary.json", folder);
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  lg_json w = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-screen-summary/1");
  lg_json_key_integer(&w, "n_points", (int64_t)job->plan.n_points);
  lg_json_key_integer(&w, "n_failed", (int64_t)g->n_failed);
  lg_json_key_integer(&w, "n_individuals", (int64_t)job->n_individuals);
  lg_json_key_integer(&w, "n_compounds", (int64_t)job->library->n);
  lg_json_key_integer(&w, "n_doses", (int64_t)job->n_doses);
  lg_json_key_integer(&w, "n_skipped_rows", (int64_t)job->n_skipped);
  lg_json_key_text(&w, "domain", lg_domain_name(job->domain));
  lg_json_key(&w, "verdicts");
  lg_json_object(&w);
  for (int v = 0; v < LG_VERDICTS; v++)
    lg_json_key_integer(&w, lg_verdict_name((lg_verdict)v), (int64_t)g->verdicts[v]);
  lg_json_end_object(&w);
  lg_json_key(&w, "hits");
  lg_json_array(&w);
  for (size_t c = 0; c < job->library->n; c++) write_hit(&w, job, c, &compounds[c], cells + c * job->n_doses);
  lg_json_end_array(&w);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(cli_provenance(run), &w);
  lg_json_end_object(&w);
  (void)lg_json_end(&w);
  return lg_outfile_commit(cli_ctx(run), file);
}

/* ---- report --------------------------------------------------------------------------------------------------- */

/* Multiples of the therapeutic concentration of compound c; false when it has none. */
static bool multiples_of(const screen_job *job, size_t c, double *to) {
  const double one = lg_drug_therapeutic_uM(&job->library->drugs[c]);
  for (size_t d = 0; one > 0.0 && d < job->n_doses; d++)
    to[d] = floor(job->dose_uM[c * job->n_doses + d] / one * 1e9 + 0.5) / 1e9;
  return one > 0.0;
}

/* What a report has on its axis: the doses that all compounds share, ascending, without 0 and without repetition. */
typedef struct dose_axis {
  size_t n;       /* 0: they share none (a list that mixes both kinds), or nothing has a therapeutic concentration */
  double *dose;   /* (n) concentrations, or multiples of what is therapeutic */
  size_t *column; /* (n) of the screen */
} dose_axis;

static lg_status shared_doses(lg_ctx *ctx, const screen_job *job, double *to, bool *found) {
  lg_status status = LG_OK;
  double *other = NULL;
  bool same = true;
  *found = !job->multiples;
  for (size_t d = 0; d < job->n_doses; d++) to[d] = job->dose_uM[d];
  LG_NEW(ctx, other, job->n_doses);
  for (size_t c = 0; job->multiples && c < job->library->n; c++) {
    if (!multiples_of(job, c, *found ? other : to)) continue;
    for (size_t d = 0; *found && d < job->n_doses; d++) same = same && fabs(other[d] - to[d]) <= 1e-9 * to[d];
    *found = true;
  }
  *found = *found && same;
done:
  lg_free(ctx, other);
  return status;
}

static lg_status axis_of(lg_ctx *ctx, const screen_job *job, dose_axis *axis) {
  lg_status status = LG_OK;
  double *all = NULL;
  bool found;
  LG_NEW(ctx, all, job->n_doses);
  LG_NEW(ctx, axis->dose, job->n_doses);
  LG_NEW(ctx, axis->column, job->n_doses);
  LG_TRY(shared_doses(ctx, job, all, &found));
  for (size_t d = 0; found && d < job->n_doses; d++) { /* insertion: few doses */
    size_t at = 0;
    while (at < axis->n && axis->dose[at] < all[d]) at++;
    if (!(all[d] > 0.0) || (at < axis->n && axis->dose[at] == all[d])) continue;
    memmove(axis->dose + at + 1, axis->dose + at, (axis->n - at) * sizeof *axis->dose);
    memmove(axis->column + at + 1, axis->column + at, (axis->n - at) * sizeof *axis->column);
    axis->dose[at] = all[d];
    axis->column[at] = d;
    axis->n++;
  }
done:
  lg_free(ctx, all);
  return status;
}

static double median_healthy(const screen_job *job) {
  return job->n_individuals > 0 ? lg_screening_ill_to_healthy(job->screening, 0) : (double)NAN;
}

static lg_status write_report(cli_run *run, const gathering *g, const lg_screen_compound *compounds,
                              const lg_screen_cell *cells, const dose_axis *axis, const char *folder, bool pictures) {
  const screen_job *job = g->job;
  lg_status status = LG_OK;
  char *provenance = NULL, twins[80];
  lg_screen_failure *failures = NULL;
  lg_screen_cell *shown = NULL;
  const double healthy = median_healthy(job);
  static const char *const notes[] = {
      "Compounds without a target in these twins are unchanged because nothing acts, not because they are safe.",
      "Verdicts are by one step of 1 s at 3 x the rheobase: what a drug does near threshold or at strong drive is not "
      "seen (--protocol fi)."};
  const bool step = job->opts.protocol == LG_SCREENING_STEP;
  LG_NEW(cli_ctx(run), shown, job->library->n * axis->n);
  for (size_t c = 0; c < job->library->n; c++)
    for (size_t d = 0; d < axis->n; d++) shown[c * axis->n + d] = cells[c * job->n_doses + axis->column[d]];
  LG_NEW(cli_ctx(run), failures, g->n_listed > 0 ? g->n_listed : 1);
  const size_t points = job->library->n * job->n_doses; /* of one twin; 0: nothing can have failed */
  for (size_t k = 0; k < g->n_listed && points > 0; k++) {
    const size_t rest = g->failures[k].point % points;
    failures[k] =
        (lg_screen_failure){job->library->drugs[rest / job->n_doses].name, job->dose_uM[rest], g->failures[k].message};
  }
  if (job->population) (void)snprintf(twins, sizeof twins, "%zu virtual patients", job->n_individuals);
  else if (job->n_twins == 1) (void)snprintf(twins, sizeof twins, "%s", job->individuals[0].name);
  else (void)snprintf(twins, sizeof twins, "%zu twins", job->n_twins);
  LG_TRY(lg_report_provenance_text(cli_ctx(run), cli_provenance(run), &provenance));
  lg_screen_report_data data = LG_SCREEN_REPORT_DATA_INIT;
  data.library = cli_positional(run, cli_positionals(run) - 1);
  data.twins = twins;
  data.model = job->individuals[0].neuron.info->model;
  data.domain = lg_domain_name(job->domain);
  data.n_individuals = job->n_individuals;
  data.n_compounds = job->library->n;
  data.compounds = compounds;
  data.n_doses = axis->n;
  data.dose_uM = axis->dose;
  data.multiples = job->multiples;
  data.cells = shown;
  data.healthy_area_ratio = healthy > 0.0 ? 1.0 / healthy : (double)NAN;
  data.n_failed_points = g->n_failed;
  data.n_failures = g->n_listed;
  data.failures = failures;
  data.n_notes = step ? 2 : 1;
  data.notes = notes;
  data.provenance_json = provenance;
  LG_TRY(lg_screen_report_write(cli_ctx(run), &data, folder, pictures ? LG_REPORT_ALL : 0));
done:
  lg_free(cli_ctx(run), provenance);
  lg_free(cli_ctx(run), failures);
  lg_free(cli_ctx(run), shown);
  return status;
}

lg_status screen_job_report(cli_run *run, const screen_job *job, const char *folder, bool pictures) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  gathering *g = NULL;
  lg_screen_cell *cells = NULL;
  lg_screen_compound *compounds = NULL;
  texts *words = NULL;
  double *areas = NULL;
  dose_axis axis = {0};
  const size_t n = job->library->n;
  LG_NEW(ctx, g, 1);
  g->job = job;
  LG_TRY(lg_screen_gather_create(ctx, n, job->n_doses, job->n_individuals, &g->points));
  LG_NEW(ctx, cells, n * job->n_doses);
  LG_NEW(ctx, compounds, n);
  LG_NEW(ctx, words, n);
  LG_NEW(ctx, areas, job->n_doses);
  LG_TRY(lg_sweep_each(ctx, &job->plan, folder, keep, g));
  LG_TRY(lg_screen_gather_cells(ctx, g->points, cells));
  for (size_t c = 0; c < n; c++) fill_compound(job, c, cells + c * job->n_doses, &words[c], areas, &compounds[c]);
  LG_TRY(write_summary(run, g, compounds, cells, folder));
  LG_TRY(axis_of(ctx, job, &axis));
  if (axis.n > 0) LG_TRY(write_report(run, g, compounds, cells, &axis, folder, pictures));
done:
  if (g) lg_screen_gather_destroy(ctx, g->points);
  lg_free(ctx, g);
  lg_free(ctx, cells);
  lg_free(ctx, compounds);
  lg_free(ctx, words);
  lg_free(ctx, areas);
  lg_free(ctx, axis.dose);
  lg_free(ctx, axis.column);
  return status;
}
