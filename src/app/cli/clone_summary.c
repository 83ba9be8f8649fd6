#include "app/cli/clone_summary.h"

#include "base/base.h"
#include "twin/figure.h"

#include <loligo/features.h>
#include <math.h>
#include <string.h>

static const char *name_of(const char *path) {
  const char *slash = path ? strrchr(path, '/') : NULL;
  return slash && slash[1] ? slash + 1 : path ? path : "recording";
}

static void say_recording(const cli_run *run, const lg_recording *rec) {
  const lg_sweep *first = &rec->sweeps[0];
  double low = (double)INFINITY, high = -(double)INFINITY;
  for (size_t k = 0; k < rec->n_sweeps; k++) {
    if (!rec->sweeps[k].has_step) continue;
    low = fmin(low, rec->sweeps[k].step_pA);
    high = fmax(high, rec->sweeps[k].step_pA);
  }
  char steps[80] = "no step in its current";
  if (low == high) (void)snprintf(steps, sizeof steps, "a step of %.0f pA", low);
  else if (low < high) (void)snprintf(steps, sizeof steps, "steps of %.0f … %.0f pA", low, high);
  cli_say(run, "recording  %s: %s, %zu sweep%s of %.3g s at %.3g kHz, %s", name_of(rec->source), rec->format,
          rec->n_sweeps, rec->n_sweeps == 1 ? "" : "s", (double)first->n * first->dt_ms * 1e-3, 1.0 / first->dt_ms,
          steps);
}

/* "rest -70.1 mV": only what could be measured. */
static void append(char *line, size_t bytes, const char *name, double value, const char *unit) {
  char number[40];
  const size_t n = strlen(line);
  if (isnan(value)) return;
  lg_format_significant(value, 3, number);
  (void)snprintf(line + n, bytes - n, "%s%s %s%s%s", n ? ", " : "", name, number, unit[0] ? " " : "", unit);
}

static void say_cell(cli_run *run, const lg_recording *rec) {
  char line[240] = "";
  lg_features *f = NULL;
  if (lg_features_create(cli_ctx(run), rec, NULL, &f) == LG_OK) {
    append(line, sizeof line, "rest", f->cell[LG_CF_V_REST].value, "mV");
    append(line, sizeof line, "input resistance", f->cell[LG_CF_RIN].value, "MΩ");
    append(line, sizeof line, "time constant", f->cell[LG_CF_TAU].value, "ms");
    append(line, sizeof line, "rheobase", f->cell[LG_CF_RHEOBASE].value, "pA");
    append(line, sizeof line, "up to", f->cell[LG_CF_MAX_RATE].value, "Hz");
  }
  if (line[0]) cli_say(run, "cell       %s", line);
  lg_features_destroy(cli_ctx(run), f);
}

/* Counts of one kind of sweeps: "9 sweeps, 104 spikes, the twin 103; off by 0.5 per sweep". */
static void say_counts(const cli_run *run, const lg_clone *c, bool fitted) {
  size_t n = 0;
  long spikes = 0, twin = 0;
  for (size_t k = 0; k < c->n_sweeps; k++) {
    if (c->sweeps[k].fitted != fitted) continue;
    n++;
    spikes += c->sweeps[k].n_spikes;
    twin += c->sweeps[k].n_spikes_twin;
  }
  if (n == 0) return;
  char r2[48] = "", silent[64] = "";
  const lg_twin *t = &c->twin;
  if (!fitted && !isnan(t->count_r2_predicted)) (void)snprintf(r2, sizeof r2, " (R² %.3f)", t->count_r2_predicted);
  if (!fitted && !isnan(t->subthreshold_rmse_mV))
    (void)snprintf(silent, sizeof silent, "; silent sweeps off by %.2f mV", t->subthreshold_rmse_mV);
  cli_say(run, "%s  %zu sweep%s: %ld spikes recorded, %ld from the twin; off by %.2f per sweep%s%s",
          fitted ? "fitted   " : "predicted", n, n == 1 ? "" : "s", spikes, twin,
          fitted ? t->count_rmse_fitted : t->count_rmse_predicted, r2, silent);
}

/* On three lines, however many there are. */
static void say_parameters(const cli_run *run, const lg_twin *t) {
  char line[640] = "";
  const size_t per_line = t->n_parameters > 9 ? (t->n_parameters + 2) / 3 : 3;
  for (size_t k = 0; k < t->n_parameters; k++) {
    lg_report_parameter p = LG_REPORT_PARAMETER_INIT;
    char value[96], interval[96], unit[48];
    p.value = t->parameters[k].value;
    p.lo95 = t->parameters[k].lo95;
    p.hi95 = t->parameters[k].hi95;
    p.sd = t->parameters[k].sd;
    lg_format_interval(&p, value, interval, sizeof value);
    const size_t n = strlen(line);
    (void)snprintf(line + n, sizeof line - n, "%s%s %s %s (%s)", n ? " · " : "", t->parameters[k].name, value,
                   lg_unit_words(t->parameters[k].unit, unit, sizeof unit), interval);
    if (k % per_line != per_line - 1 && k + 1 < t->n_parameters) continue;
    cli_say(run, "%s  %s", k < per_line ? "parameters" : "          ", line);
    line[0] = 0;
  }
}

/* How well the fit explains the samples; nothing measures that of a network's word. */
static void say_model(const cli_run *run, const lg_twin *t) {
  char model[96], fit[96] = "χ² per sample not computed";
  const lg_report_data named = {.model = t->model, .variant = t->variant};
  lg_report_model_name(&named, model, sizeof model);
  if (isfinite(t->chi2_per_sample))
    (void)snprintf(fit, sizeof fit, "χ² per sample %.3g at a noise of %.2g mV", t->chi2_per_sample, t->noise_mV);
  cli_say(run, "model      %s, %s; %s", model,
          t->method && strcmp(t->method, "features") == 0 ? "fitted by features" : t->stage, fit);
}

void clone_say_summary(cli_run *run, const lg_recording *rec, const lg_clone *clone, const char *twin_path,
                       const char *report) {
  const lg_twin *t = &clone->twin;
  say_recording(run, rec);
  say_cell(run, rec);
  say_model(run, t);
  say_counts(run, clone, true);
  say_counts(run, clone, false);
  say_parameters(run, t);
  cli_say(run, "domain     %s%s%s", lg_domain_name(t->domain), t->n_reasons > 0 ? ": " : "",
          t->n_reasons > 0 ? t->reasons[0] : "");
  for (size_t k = 1; k < t->n_reasons && !report; k++) cli_say(run, "           %s", t->reasons[k]);
  const bool file = strcmp(twin_path, "-") != 0;
  if (report)
    cli_say(run, "look at    %s/report.html or report.pdf%s%s", report, file ? "; the twin is " : "",
            file ? twin_path : "");
  else if (file) cli_say(run, "twin       %s", twin_path);
}
