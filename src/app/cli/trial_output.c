#include "app/cli/trial_output.h"
#include "app/cli/json_out.h"

#include "base/base.h"
#include "data/provenance.h"
#include "twin/dose.h"
#include "twin/report_folder.h"
#include "twin/trial_data.h"

#include <math.h>

/* ---- for people ----------------------------------------------------------------------------------- */

static void print_doses(const lg_trial *t) {
  const size_t near = lg_assay_level(1.5), mid = lg_assay_level(3.0), strong = lg_assay_level(6.0);
  (void)printf("%10s  %-20s %5s  %-20s %9s  %s\n", "dose", "verdict", "sure", "f-I area (95 %)", "rheobase",
               "spikes at 1.5, 3, 6 x");
  (void)printf("%10s  %-20s %5s  %-20s %6.4g pA  %u, %u, %u\n", "none", "-", "", "1", t->before.rheobase_pA,
               t->before.n_spikes[near], t->before.n_spikes[mid], t->before.n_spikes[strong]);
  for (size_t k = 0; k < t->n_points; k++) {
    const lg_trial_point *p = &t->points[k];
    char dose[32], area[40], rheobase[24];
    lg_dose_print(p->dose_uM, dose, sizeof dose);
    if (isnan(p->bands.area_lo)) (void)snprintf(area, sizeof area, "%.3g", p->ratios.area);
    else (void)snprintf(area, sizeof area, "%.3g (%.3g to %.3g)", p->ratios.area, p->bands.area_lo, p->bands.area_hi);
    if (isnan(p->assay.rheobase_pA)) (void)snprintf(rheobase, sizeof rheobase, "none");
    else (void)snprintf(rheobase, sizeof rheobase, "%.4g pA", p->assay.rheobase_pA);
    (void)printf("%10s  %-20s %3.0f %%  %-20s %9s  %u, %u, %u\n", dose, lg_verdict_name(p->verdict),
                 100.0 * p->bands.probability[p->verdict], area, rheobase, p->assay.n_spikes[near],
                 p->assay.n_spikes[mid], p->assay.n_spikes[strong]);
  }
}

static void print_words(const lg_trial_data *d) {
  const lg_trial_report_data *r = &d->data;
  char interval[64] = "open";
  if (isfinite(r->ec50_lo_uM) && isfinite(r->ec50_hi_uM))
    (void)snprintf(interval, sizeof interval, "%.3g to %.3g", r->ec50_lo_uM, r->ec50_hi_uM);
  if (isfinite(r->ec50_uM))
    (void)printf("EC50 of the effect %.3g uM (95 %%: %s), Hill %.2g: %s\n", r->ec50_uM, interval, r->ec50_hill,
                 r->ec50_words);
  else (void)printf("EC50 of the effect: none; %s\n", r->ec50_words);
  (void)printf("window: %s\n", r->window_words);
  for (size_t k = 0; k < LG_TRIAL_FINDINGS; k++)
    if (d->findings[k].raised) (void)printf("FLAG %s: %s\n", d->findings[k].name, d->findings[k].words);
  for (size_t k = 0; k < r->n_liabilities; k++) {
    const lg_trial_liability *l = &r->liabilities[k];
    if (l->share >= 0.05)
      (void)printf("seizure panel, %s: %.0f %% of the full effect, %s\n", l->target, 100.0 * l->share, l->direction);
  }
  for (size_t k = 0; k < r->n_notes; k++) (void)printf("note: %s\n", r->notes[k]);
}

static void print_trial(const lg_trial *t, const lg_trial_data *d) {
  (void)printf("%s: domain %s, rheobase %.4g pA, %zu draws of the posterior\n", d->data.title, d->data.domain,
               t->plan.baseline_rheobase_pA, t->n_members);
  print_doses(t);
  print_words(d);
}

/* ---- files ---------------------------------------------------------------------------------------- */

static void number(FILE *f, double x) {
  char text[32] = "";
  if (isfinite(x)) lg_format_double(x, text);
  (void)fprintf(f, ",%s", text);
}

static void write_dose_row(FILE *f, const lg_trial *t, const lg_trial_point *p) {
  double metrics[LG_TRIAL_METRICS];
  char text[32];
  lg_format_double(p->dose_uM, text);
  (void)fprintf(f, "%s,%s", text, lg_verdict_name(p->verdict));
  for (int v = 0; v < LG_VERDICTS; v++) number(f, p->bands.probability[v]);
  number(f, p->ratios.area);
  number(f, p->bands.area_lo);
  number(f, p->bands.area_hi);
  number(f, p->ratios.rheobase);
  number(f, p->bands.rheobase_lo);
  number(f, p->bands.rheobase_hi);
  number(f, p->area_to_healthy);
  lg_trial_metric_values(&t->before, &p->assay, metrics);
  for (size_t m = 0; m < LG_TRIAL_METRICS; m++) number(f, metrics[m]);
  (void)fprintf(f, ",%s\n", lg_domain_name(p->domain));
}

static lg_status write_dose_response(cli_run *run, const lg_trial *t, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  lg_provenance_write_comments(cli_provenance(run), f);
  (void)fputs("dose_uM,verdict", f);
  for (int v = 0; v < LG_VERDICTS; v++) (void)fprintf(f, ",p_%s", lg_verdict_name((lg_verdict)v));
  (void)fputs(",area_ratio,area_ratio_lo95,area_ratio_hi95,rheobase_ratio,rheobase_ratio_lo95,rheobase_ratio_hi95,"
              "area_to_healthy",
              f);
  for (size_t m = 0; m < LG_TRIAL_METRICS; m++) (void)fprintf(f, ",%s", lg_trial_metrics[m].name);
  (void)fputs(",domain\n", f);
  for (size_t k = 0; k < t->n_points; k++) write_dose_row(f, t, &t->points[k]);
  return lg_outfile_commit(cli_ctx(run), file);
}

static void write_fi_rows(FILE *f, const lg_trial *t, double dose, const lg_assay *a, const lg_trial_bands *b) {
  char text[32];
  lg_format_double(dose, text);
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) {
    (void)fputs(text, f);
    number(f, t->plan.i_pA[l]);
    (void)fprintf(f, ",%u", a->n_spikes[l]);
    number(f, b->spikes_lo[l]);
    number(f, b->spikes_hi[l]);
    (void)fprintf(f, ",%d\n", (a->collapsed >> l) & 1u ? 1 : 0);
  }
}

static lg_status write_fi(cli_run *run, const lg_trial *t, const char *path) {
  lg_outfile *file = NULL;
  const lg_status status = lg_outfile_open(cli_ctx(run), path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  lg_provenance_write_comments(cli_provenance(run), f);
  (void)fputs("dose_uM,I_pA,n_spikes,n_spikes_lo95,n_spikes_hi95,collapsed\n", f);
  write_fi_rows(f, t, 0.0, &t->before, &t->before_bands);
  for (size_t k = 0; k < t->n_points; k++)
    if (t->points[k].dose_uM > 0.0) write_fi_rows(f, t, t->points[k].dose_uM, &t->points[k].assay, &t->points[k].bands);
  return lg_outfile_commit(cli_ctx(run), file);
}

static lg_status write_crate(cli_run *run, const lg_trial_data *d, const char *folder) {
  static const lg_crate_file files[] = {
      {"trial.json", "Everything the report shows, as JSON"},
      {"dose_response.csv", "Verdict, probabilities, ratios and metrics, one row per dose"},
      {"f_I.csv", "Spikes against current, untreated and at every dose"},
      {"report.html", "The report, one self-contained page"},
      {"report.pdf", "The report for print"},
      {"fig-dose.svg", "Response to the dose"},
      {"fig-dose.png", "Response to the dose"},
      {"fig-fi.svg", "Spikes against current at several doses"},
      {"fig-fi.png", "Spikes against current at several doses"},
      {"fig-traces.svg", "The same step before and after the drug"},
      {"fig-traces.png", "The same step before and after the drug"},
  };
  char name[300];
  (void)snprintf(name, sizeof name, "Trial: %.280s", d->data.title ? d->data.title : "drugs on a twin");
  return lg_folder_crate(cli_ctx(run), folder, name, "What drugs do to the mechanistic model of one recorded neuron.",
                         cli_provenance(run), files, sizeof files / sizeof files[0]);
}

static lg_status write_folder(cli_run *run, const lg_trial *t, const lg_trial_data *d, const char *folder) {
  lg_status status = LG_OK;
  char path[4096];
  LG_TRY(lg_trial_report_write(cli_ctx(run), &d->data, folder, LG_REPORT_ALL));
  (void)snprintf(path, sizeof path, "%s/dose_response.csv", folder);
  LG_TRY(write_dose_response(run, t, path));
  (void)snprintf(path, sizeof path, "%s/f_I.csv", folder);
  LG_TRY(write_fi(run, t, path));
  LG_TRY(write_crate(run, d, folder));
done:
  return status;
}

int trial_output(cli_run *run, const lg_subject *subject, const lg_trial_opts *opts, const lg_trial *trial,
                 const char *folder) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  lg_trial_data *data = NULL;
  char *provenance = NULL;
  LG_TRY(lg_report_provenance_text(ctx, cli_provenance(run), &provenance));
  LG_TRY(lg_trial_data_create(ctx, subject, opts, trial, provenance, &data));
  if (folder) LG_TRY(write_folder(run, trial, data, folder));
  if (cli_json(run)) LG_TRY(lg_trial_json(ctx, &data->data, stdout));
  else print_trial(trial, data);
  if (folder) cli_say(run, "loligo: wrote %s", folder);
done:
  lg_trial_data_destroy(ctx, data);
  lg_free(ctx, provenance);
  return status == LG_OK ? CLI_OK : cli_report(run, folder, status);
}

/* ---- rescue --------------------------------------------------------------------------------------- */

static void rescue_json(cli_run *run, const lg_subject *subject, const lg_rescue *r) {
  lg_json w = cli_json_begin("loligo-rescue/1");
  lg_json_key_text(&w, "twin", subject->name);
  lg_json_key_text(&w, "domain", lg_domain_name(subject->domain));
  lg_json_key_number(&w, "untreated_area_to_healthy", r->ill_to_healthy);
  lg_json_key_integer(&w, "drugs_without_therapeutic_concentration", (int64_t)r->n_unknown);
  lg_json_key(&w, "drugs");
  lg_json_array(&w);
  for (size_t k = 0; k < r->n; k++) {
    const lg_rescue_row *row = &r->rows[k];
    lg_json_object(&w);
    lg_json_key_text(&w, "drug", row->drug->name);
    lg_json_key_number(&w, "dose_uM", row->dose_uM);
    lg_json_key_number(&w, "area_to_healthy", row->area_to_healthy);
    lg_json_key_text(&w, "verdict", lg_verdict_name(row->verdict));
    lg_json_key_boolean(&w, "acts", row->acts);
    lg_json_key_boolean(&w, "rescues", row->rescues);
    lg_json_end_object(&w);
  }
  lg_json_end_array(&w);
  cli_json_end(run, &w);
}

void trial_print_rescue(cli_run *run, const lg_subject *subject, const lg_rescue *r) {
  if (cli_json(run)) {
    rescue_json(run, subject, r);
    return;
  }
  (void)printf("epileptic %s: f-I area %.3g of the healthy one's\n", subject->name, r->ill_to_healthy);
  (void)printf("%-20s %10s  %-15s %s\n", "drug", "free dose", "area / healthy", "against the untreated");
  for (size_t k = 0; k < r->n; k++) {
    const lg_rescue_row *row = &r->rows[k];
    char dose[32];
    lg_dose_print(row->dose_uM, dose, sizeof dose);
    (void)printf("%-20s %10s  %-15.3g %s%s\n", row->drug->name, dose, row->area_to_healthy,
                 row->acts ? lg_verdict_name(row->verdict) : "does not act", row->rescues ? "  RESCUES" : "");
  }
  (void)printf("%zu drugs without a therapeutic free concentration were not tried\n", r->n_unknown);
}
