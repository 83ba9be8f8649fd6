/* Sentences and large numbers that the page and the PDF of a trial share. */
#include "io/plot.h"
#include "twin/figure_verdict.h"
#include "twin/report_html.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <string.h>

const char *lg_dose_words(double dose_uM, char *buffer) {
  char text[40];
  if (dose_uM > 0.0 && dose_uM < 1e-3) {
    lg_format_short(dose_uM * 1e3, 3, text);
    (void)snprintf(buffer, 48, "%s nM", text);
  } else {
    lg_format_short(dose_uM, 3, text);
    (void)snprintf(buffer, 48, "%s \xc2\xb5M", text);
  }
  return buffer;
}

const char *lg_dose_range_words(double low, double high, char *buffer) {
  char a[40], b[48];
  if (low > 0.0 && high > low) {
    lg_format_short(low, 3, a);
    (void)snprintf(buffer, 96, "%s \xe2\x80\xa6 %s", a, lg_dose_words(high, b));
  } else if (high > 0.0 || low > 0.0) {
    (void)snprintf(buffer, 96, "%s", lg_dose_words(high > 0.0 ? high : low, b));
  } else {
    (void)snprintf(buffer, 96, "unknown");
  }
  return buffer;
}

const char *lg_confidence_words(char confidence) {
  switch (confidence) {
  case 'V':
    return "verified";
  case 'M':
    return "recalled";
  case 'A':
    return "approximate";
  default:
    return "\xe2\x80\x93";
  }
}

double lg_trial_certainty(const lg_trial_dose *t) {
  double sum = 0.0;
  for (int k = 0; k < LG_VERDICTS; k++) sum += t->probability[k];
  return isfinite(sum) && sum > 0.5 ? t->probability[t->verdict] : (double)NAN;
}

static void say_dose(const lg_trial_view *v, size_t k, FILE *s) {
  const lg_trial_dose *t = &v->doses[k];
  char ratio[40], percent[40];
  (void)fprintf(s, "%s", lg_verdict_look_of((int)t->verdict)->words);
  const double certain = lg_trial_certainty(t);
  lg_format_fixed(100.0 * certain, 0, percent);
  if (isfinite(certain)) (void)fprintf(s, " (%s %% of the posterior)", percent);
  lg_format_significant(t->area_ratio, 3, ratio);
  (void)fprintf(s, ", with %s of the area under the f\xe2\x80\x93I curve", ratio);
}

void lg_trial_lead(const void *user, FILE *s) {
  const lg_trial_view *v = user;
  const lg_trial_report_data *d = &v->data;
  char a[48], b[48], range[96], model[96];
  lg_report_model_name(&(lg_report_data){.model = d->model, .variant = d->variant}, model, sizeof model);
  for (size_t k = 0; k < d->n_drugs; k++)
    (void)fprintf(s, "%s%s", k == 0 ? "" : (k + 1 == d->n_drugs ? " and " : ", "), d->drugs[k].name);
  if (d->n_drugs == 1 && d->drugs[0].drug_class) (void)fprintf(s, " (%s)", d->drugs[0].drug_class);
  (void)fprintf(s, " on a twin of the model %s: %zu dose%s, %s", model, d->n_doses, d->n_doses == 1 ? "" : "s",
                lg_dose_words(v->doses[0].dose_uM, a));
  if (d->n_doses > 1) (void)fprintf(s, " to %s", lg_dose_words(v->doses[d->n_doses - 1].dose_uM, b));
  (void)fputs(" free in the bath. ", s);
  if (v->therapeutic < d->n_doses) {
    (void)fprintf(s, "At %s, near the top of the therapeutic range (free: %s), the neuron is ",
                  lg_dose_words(v->doses[v->therapeutic].dose_uM, a),
                  lg_dose_range_words(v->free_low_uM, v->free_high_uM, range));
    say_dose(v, v->therapeutic, s);
    (void)fputs(". ", s);
  }
  if (v->first_changed >= d->n_doses) (void)fputs("No dose changes the verdict from unchanged.", s);
  else if (v->first_changed != v->therapeutic) {
    (void)fprintf(s, "The verdict first changes at %s: ", lg_dose_words(v->doses[v->first_changed].dose_uM, a));
    say_dose(v, v->first_changed, s);
    (void)fputs(".", s);
  }
}

static lg_report_tile *tile(lg_report_tile *t, const char *name, const char *value, const char *unit) {
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  (void)snprintf(t->value, sizeof t->value, "%.63s", value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  t->note[0] = 0;
  return t;
}

static void verdict_tile(const lg_trial_view *v, lg_report_tile *to) {
  const lg_trial_report_data *d = &v->data;
  const bool known = v->therapeutic < d->n_doses;
  const size_t k = known ? v->therapeutic : d->n_doses - 1;
  char dose[48], percent[40];
  const lg_verdict_look *look = lg_verdict_look_of((int)v->doses[k].verdict);
  lg_report_tile *t =
      tile(to, known ? "Verdict at the therapeutic dose" : "Verdict at the highest dose", look->words, "");
  lg_format_fixed(100.0 * lg_trial_certainty(&v->doses[k]), 0, percent);
  if (isfinite(lg_trial_certainty(&v->doses[k])))
    (void)snprintf(t->note, sizeof t->note, "at %s; %s %% of the posterior", lg_dose_words(v->doses[k].dose_uM, dose),
                   percent);
  else (void)snprintf(t->note, sizeof t->note, "at %s", lg_dose_words(v->doses[k].dose_uM, dose));
}

static void ec50_tile(const lg_trial_view *v, lg_report_tile *to) {
  const lg_trial_report_data *d = &v->data;
  char text[40], range[96];
  lg_format_significant(d->ec50_uM, 3, text);
  lg_report_tile *t = tile(to, "EC50 of the effect", text, d->ec50_uM > 0.0 ? "\xc2\xb5M" : "");
  if (d->ec50_lo_uM > 0.0 && d->ec50_hi_uM > 0.0)
    (void)snprintf(t->note, sizeof t->note, "95 %%: %s", lg_dose_range_words(d->ec50_lo_uM, d->ec50_hi_uM, range));
  else if (!(d->ec50_uM > 0.0)) (void)snprintf(t->note, sizeof t->note, "half of the effect was not reached");
}

size_t lg_trial_tiles(const lg_trial_view *v, lg_report_tile *tiles) {
  const lg_trial_report_data *d = &v->data;
  size_t n = 0;
  char text[40], range[96];
  verdict_tile(v, &tiles[n++]);
  ec50_tile(v, &tiles[n++]);
  if (v->first_changed < d->n_doses) {
    lg_format_short(v->doses[v->first_changed].dose_uM, 3, text);
    lg_report_tile *t = tile(&tiles[n++], "First dose with a change", text, "\xc2\xb5M");
    (void)snprintf(t->note, sizeof t->note, "%s", lg_verdict_look_of((int)v->doses[v->first_changed].verdict)->words);
  }
  if (isfinite(v->free_high_uM)) {
    lg_dose_range_words(v->free_low_uM, v->free_high_uM, range);
    lg_report_tile *t = tile(&tiles[n++], "Therapeutic range, free", range, "");
    if (d->window_low_uM > 0.0 || d->window_high_uM > 0.0)
      (void)snprintf(t->note, sizeof t->note, "window of this twin: %s",
                     lg_dose_range_words(d->window_low_uM, d->window_high_uM, range));
    else (void)snprintf(t->note, sizeof t->note, "%s", d->window_words ? d->window_words : "");
  }
  size_t raised = 0;
  for (size_t k = 0; k < d->n_flags; k++) raised += d->flags[k].raised;
  if (d->n_flags > 0) {
    (void)snprintf(text, sizeof text, "%zu of %zu", raised, d->n_flags);
    lg_report_tile *t = tile(&tiles[n++], "Warnings raised", text, "");
    size_t at = 0;
    for (size_t k = 0; k < d->n_flags && at < sizeof t->note; k++)
      if (d->flags[k].raised) {
        const int wrote = snprintf(t->note + at, sizeof t->note - at, "%s%s", at ? ", " : "", d->flags[k].name);
        at += wrote > 0 ? (size_t)wrote : 0;
      }
    for (char *c = t->note; *c; c++)
      if (*c == '_') *c = ' ';
  }
  return n;
}

lg_page_header lg_trial_header(const lg_trial_view *v, const char *lead, lg_report_tile *tiles) {
  static const char *const words[] = {"the twin explains its recording to the noise", "see the reasons",
                                      "do not rely on any verdict below"};
  return (lg_page_header){.kind = "Drug trial",
                          .created = v->data.created,
                          .title = v->title,
                          .flag = v->flag,
                          .flag_words =
                              v->flag == LG_FLAG_GREEN
                                  ? "Twin accepted"
                                  : (v->flag == LG_FLAG_AMBER ? "Twin usable with reservations" : "Twin not accepted"),
                          .domain_words = words[v->flag],
                          .lead = lead,
                          .n_reasons = v->data.n_reasons,
                          .reasons = v->data.reasons,
                          .n_tiles = lg_trial_tiles(v, tiles),
                          .tiles = tiles};
}
