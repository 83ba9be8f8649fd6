/* Sentences and large numbers that the page and the PDF share. */
#include "twin/report_html.h"

#include <math.h>
#include <string.h>

const char *const lg_report_context_of_use =
    "Research use only. The twin describes this one cell under the recorded conditions; it is made to form hypotheses "
    "and to plan experiments, not for diagnosis, treatment or the release of a drug.";

const char *lg_report_domain_words(const lg_report_data *d) {
  const char *domain = d->domain ? d->domain : "";
  if (strcmp(domain, "green") == 0) return "inside the training domain, explained to the noise";
  if (strcmp(domain, "amber") == 0) return "see the reasons";
  if (strcmp(domain, "red") == 0) return "see the reasons";
  return "training domain unknown";
}

const char *lg_report_stage_words(const lg_report_data *d) {
  const char *stage = d->stage ? d->stage : "";
  if (strcmp(stage, "refined") == 0) return "refined by least squares against the recording";
  if (strcmp(stage, "features") == 0)
    return "searched by what the free-running model does: spike counts, times, shape, potentials";
  if (strcmp(stage, "network") == 0) return "network estimate, not refined";
  if (strcmp(stage, "closed-form") == 0) return "closed form, not refined";
  return stage[0] ? stage : "unknown";
}

static void count_sweeps(const lg_report_view *v, size_t *fitted, size_t *predicted) {
  *fitted = v->fitted.n_sweeps;
  *predicted = v->predicted.n_sweeps;
}

void lg_report_lead(const lg_report_view *v, FILE *s) {
  char model[96];
  size_t fitted, predicted;
  lg_report_model_name(&v->data, model, sizeof model);
  count_sweeps(v, &fitted, &predicted);
  (void)fprintf(s, "A twin of the model %s", model);
  if (fitted + predicted > 0)
    (void)fprintf(s, ", fitted to %zu of %zu sweep%s", fitted, fitted + predicted, fitted + predicted == 1 ? "" : "s");
  if (predicted > 0) (void)fprintf(s, " and tested on the other %zu, which the fit did not see", predicted);
  else if (fitted > 0) (void)fprintf(s, "; no sweep was held out, so nothing here is a prediction");
  (void)fputc('.', s);
}

static void set(lg_report_tile *t, const char *name, double value, const char *unit) {
  char text[40];
  lg_format_significant(value, 3, text);
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  (void)snprintf(t->value, sizeof t->value, "%s", text);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  t->note[0] = 0;
}

static void count_tile(lg_report_tile *t, const lg_report_error *e, bool predicted) {
  set(t, predicted ? "Spike count error, predicted sweeps" : "Spike count error, fitted sweeps", e->count_rmse,
      "spikes");
  char r2[40];
  lg_format_fixed(e->count_r2, 3, r2);
  if (isfinite(e->count_r2))
    (void)snprintf(t->note, sizeof t->note, "root mean square over %zu sweeps; R\xc2\xb2 %s", e->n_counts, r2);
  else
    (void)snprintf(t->note, sizeof t->note, "root mean square over %zu sweep%s", e->n_counts,
                   e->n_counts == 1 ? "" : "s");
}

size_t lg_report_tiles(const lg_report_view *v, lg_report_tile *tiles) {
  size_t n = 0;
  if (v->predicted.n_counts > 0) count_tile(&tiles[n++], &v->predicted, true);
  if (v->fitted.n_counts > 0) count_tile(&tiles[n++], &v->fitted, false);
  const bool held_out = v->predicted.n_quiet > 0;
  const lg_report_error *quiet = held_out ? &v->predicted : &v->fitted;
  if (quiet->n_quiet > 0) {
    set(&tiles[n], "Error below threshold", quiet->quiet_rmse_mV, "mV");
    (void)snprintf(tiles[n].note, sizeof tiles[n].note, "root mean square over %zu %s sweep%s without spikes",
                   quiet->n_quiet, held_out ? "predicted" : "fitted", quiet->n_quiet == 1 ? "" : "s");
    n++;
  }
  if (isfinite(v->data.chi2_per_sample)) {
    set(&tiles[n], "\xcf\x87\xc2\xb2 per sample", v->data.chi2_per_sample, "");
    char noise[40];
    lg_format_significant(v->data.noise_mV, 3, noise);
    if (isfinite(v->data.noise_mV))
      (void)snprintf(tiles[n].note, sizeof tiles[n].note, "1 = nothing left but the noise of %s mV", noise);
    n++;
  }
  (void)snprintf(tiles[n].name, sizeof tiles[n].name, "Domain");
  (void)snprintf(tiles[n].value, sizeof tiles[n].value, "%s", v->data.domain ? v->data.domain : "unknown");
  tiles[n].unit[0] = 0;
  (void)snprintf(tiles[n].note, sizeof tiles[n].note, "%s; %s", lg_report_domain_words(&v->data),
                 lg_report_stage_words(&v->data));
  return n + 1;
}

lg_page_header lg_report_header(const lg_report_view *v, const char *lead, lg_report_tile *tiles) {
  return (lg_page_header){.kind = "Neuron twin",
                          .created = v->data.created,
                          .title = lg_report_title(&v->data),
                          .flag = v->flag,
                          .flag_words = lg_report_flag_words(v->flag),
                          .domain_words = lg_report_domain_words(&v->data),
                          .lead = lead,
                          .n_reasons = v->data.n_reasons,
                          .reasons = v->data.reasons,
                          .n_tiles = lg_report_tiles(v, tiles),
                          .tiles = tiles};
}

size_t lg_report_own_limits(const lg_report_view *v, char limits[4][200]) {
  size_t n = 0;
  double low = (double)INFINITY, high = -(double)INFINITY;
  bool current = true;
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    lg_range_extend(&low, &high, &v->sweeps[k].step_pA, 1);
    current = current && v->sweeps[k].i_pA != NULL;
  }
  if (high > low) {
    char a[40], b[40];
    lg_format_short(low, 3, a);
    lg_format_short(high, 3, b);
    (void)snprintf(limits[n++], 200, "Steps from %s to %s pA were recorded; beyond them the twin extrapolates.", a, b);
  }
  if (v->data.n_sweeps > 0 && v->predicted.n_sweeps == 0 && v->has_twin)
    (void)snprintf(limits[n++], 200,
                   "No sweep was held out: the agreement shown is that of a fit, not of a prediction.");
  if (!current) (void)snprintf(limits[n++], 200, "At least one sweep has no recorded or reconstructed current.");
  if (v->flag == LG_FLAG_RED)
    (void)snprintf(limits[n++], 200,
                   "The twin was not accepted: do not use it to predict drug effects or new stimuli.");
  return n;
}
