#include "twin/report_html.h"

#include <math.h>
#include <string.h>

static void short_number(FILE *s, double x) {
  char text[40];
  lg_format_short(x, 3, text);
  (void)fprintf(s, "<td class=\"n\">%s</td>", text);
}

void lg_html_parameters(const lg_report_view *v, FILE *s) {
  const lg_report_data *d = &v->data;
  if (d->n_parameters == 0) return;
  bool meaning = false, r2 = false, error = false, prior = false;
  for (size_t k = 0; k < d->n_parameters; k++) {
    meaning = meaning || d->parameters[k].meaning;
    prior = prior || isfinite(d->parameters[k].prior_low);
    r2 = r2 || isfinite(d->parameters[k].held_out_r2);
    error = error || isfinite(d->parameters[k].held_out_error_percent);
  }
  (void)fputs("<section id=\"parameters\">\n<h2>Parameters</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"Table of parameters\"><table>\n<thead><tr><th scope=\"col\">Parameter</th>",
              s);
  if (meaning) (void)fputs("<th scope=\"col\">Meaning</th>", s);
  (void)fputs("<th scope=\"col\" class=\"n\">Value</th><th scope=\"col\">Unit</th><th scope=\"col\" class=\"n\">95 % "
              "interval</th>"
              "<th scope=\"col\" class=\"n\">SD</th>",
              s);
  if (prior) (void)fputs("<th scope=\"col\" class=\"n\">Training range</th>", s);
  if (r2) (void)fputs("<th scope=\"col\" class=\"n\">Held-out R\xc2\xb2</th>", s);
  if (error) (void)fputs("<th scope=\"col\" class=\"n\">Held-out error</th>", s);
  (void)fputs("</tr></thead>\n<tbody>\n", s);
  for (size_t k = 0; k < d->n_parameters; k++) {
    const lg_report_parameter *p = &d->parameters[k];
    char value[96], interval[96], range[96], text[40];
    lg_format_interval(p, value, interval, sizeof value);
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", p->name);
    if (meaning) lg_page_words(s, "td", p->meaning ? p->meaning : "");
    (void)fprintf(s, "<td class=\"n\"><strong>%s</strong></td>", value);
    lg_page_unit(s, p->unit);
    (void)fprintf(s, "<td class=\"n\">%s</td>", interval);
    lg_page_number(s, lg_report_is_fixed(p) ? (double)NAN : p->sd, 2);
    if (isfinite(p->prior_low) && isfinite(p->prior_high))
      lg_report_limits_words(p->prior_low, p->prior_high, range, sizeof range);
    else (void)snprintf(range, sizeof range, "\xe2\x80\x93");
    if (prior) (void)fprintf(s, "<td class=\"n\">%s</td>", range);
    lg_format_fixed(p->held_out_r2, 3, text);
    if (r2) (void)fprintf(s, "<td class=\"n\">%s</td>", text);
    lg_format_significant(p->held_out_error_percent, 2, text);
    if (error) (void)fprintf(s, "<td class=\"n\">%s%s</td>", text, isfinite(p->held_out_error_percent) ? " %" : "");
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
  if (r2 || error)
    (void)fputs("<p><small>Held-out R\xc2\xb2 and median error: the network alone on simulated neurons that were not "
                "used in training.</small></p>\n",
                s);
  (void)fputs("</section>\n", s);
}

void lg_html_features(const lg_report_view *v, FILE *s) {
  const lg_report_data *d = &v->data;
  if (d->n_features == 0) return;
  (void)fputs(
      "<section id=\"features\">\n<h2>Features of the cell</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Table of features\"><table>\n<thead><tr><th scope=\"col\">Feature</th><th "
      "scope=\"col\">Definition</th><th scope=\"col\" "
      "class=\"n\">Recording</th><th scope=\"col\" class=\"n\">Twin</th><th scope=\"col\">Unit</th><th scope=\"col\" "
      "class=\"n\">Difference</th></tr></thead>\n<tbody>\n",
      s);
  for (size_t k = 0; k < d->n_features; k++) {
    const lg_report_feature *f = &d->features[k];
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", f->name);
    lg_page_words(s, "td class=\"d\"", f->meaning ? f->meaning : "");
    lg_page_number(s, f->recording, 3);
    lg_page_number(s, f->twin, 3);
    lg_page_unit(s, f->unit);
    lg_page_number(s, f->twin - f->recording, 2);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n</section>\n", s);
}

static void count(FILE *s, int n) {
  if (n < 0) (void)fputs("<td class=\"n\">\xe2\x80\x93</td>", s);
  else (void)fprintf(s, "<td class=\"n\">%d</td>", n);
}

void lg_html_fi_table(const lg_report_view *v, FILE *s) {
  (void)fputs(
      "<details><summary>Counts of every sweep</summary>\n<table>\n<thead><tr><th scope=\"col\">Sweep</th><th "
      "scope=\"col\" class=\"n\">Current (pA)</th><th scope=\"col\" class=\"n\">Recorded</th><th scope=\"col\" "
      "class=\"n\">Twin</th><th scope=\"col\" class=\"n\">95 %</th><th scope=\"col\">Use</th></tr></thead>\n<tbody>\n",
      s);
  for (size_t k = 0; k < v->data.n_sweeps; k++) {
    const lg_report_sweep *w = &v->sweeps[k];
    char text[96];
    (void)fprintf(s, "<tr><th scope=\"row\">%d</th>", w->number);
    lg_page_number(s, w->step_pA, 3);
    count(s, w->n_spikes);
    count(s, w->n_spikes_twin);
    lg_report_limits_words(w->n_spikes_twin_lo, w->n_spikes_twin_hi, text, sizeof text);
    (void)fprintf(s, "<td class=\"n\">%s</td><td>%s</td></tr>\n", text,
                  !w->twin_mV ? "not simulated" : (w->fitted ? "fitted" : "predicted"));
  }
  (void)fputs("</tbody></table></details>\n", s);
}

static void checks(const lg_report_data *d, FILE *s) {
  if (d->n_checks == 0) return;
  (void)fputs("<h3>Rules that a twin has to pass</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"Table of "
              "rules\"><table>\n<thead><tr><th scope=\"col\">Rule</th><th scope=\"col\" class=\"n\">This twin</th><th "
              "scope=\"col\" class=\"n\">Allowed</th><th scope=\"col\">Unit</th><th "
              "scope=\"col\">Result</th></tr></thead>\n<tbody>\n",
              s);
  for (size_t k = 0; k < d->n_checks; k++) {
    const lg_report_check *c = &d->checks[k];
    char allowed[96];
    lg_report_limits_words(c->low, c->high, allowed, sizeof allowed);
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", c->name);
    short_number(s, c->value);
    (void)fprintf(s, "<td class=\"n\">%s</td>", allowed);
    lg_page_unit(s, c->unit);
    (void)fprintf(s, "<td><span class=\"tag %s</span></td></tr>\n", c->passed ? "green\">passed" : "red\">failed");
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void candidates(const lg_report_data *d, FILE *s) {
  if (d->n_candidates == 0) return;
  (void)fputs(
      "<h3>Models that were tried</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of "
      "models\"><table>\n<thead><tr><th scope=\"col\">Model</th><th scope=\"col\" class=\"n\">\xcf\x87\xc2\xb2 per "
      "sample</th><th scope=\"col\" class=\"n\">Count error</th><th scope=\"col\">Result</th><th "
      "scope=\"col\">Note</th>"
      "</tr></thead>\n<tbody>\n",
      s);
  for (size_t k = 0; k < d->n_candidates; k++) {
    const lg_report_candidate *c = &d->candidates[k];
    const lg_report_data named = {.model = c->model, .variant = c->variant};
    char name[96];
    lg_report_model_name(&named, name, sizeof name);
    (void)fprintf(s, "<tr%s>", c->chosen ? " class=\"chosen\"" : "");
    lg_page_words(s, "th scope=\"row\"", name);
    lg_page_number(s, c->chi2_per_sample, 3);
    lg_page_number(s, c->count_rmse, 3);
    (void)fprintf(s, "<td>%s%s</td>", c->accepted ? "explained to the noise" : "not to the noise",
                  c->chosen ? "; chosen" : "");
    lg_page_words(s, "td", c->note ? c->note : "");
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void error_fact(FILE *s, const char *name, const lg_report_error *e) {
  char text[200], a[40], b[40], c[40];
  if (e->n_counts == 0 && e->n_quiet == 0) return;
  lg_format_significant(e->count_rmse, 3, a);
  lg_format_fixed(e->count_r2, 3, b);
  lg_format_significant(e->quiet_rmse_mV, 3, c);
  (void)snprintf(text, sizeof text,
                 "spike count %s spikes (R\xc2\xb2 %s, %zu sweeps); below threshold %s mV (%zu sweeps)", a, b,
                 e->n_counts, c, e->n_quiet);
  lg_page_fact(s, name, text);
}

static double held_out_mean(const lg_report_data *d, double *least, const char **which) {
  double sum = 0.0;
  size_t n = 0;
  *least = (double)INFINITY;
  for (size_t k = 0; k < d->n_parameters; k++) {
    const double r = d->parameters[k].held_out_r2;
    if (!isfinite(r)) continue;
    sum += r;
    n++;
    if (r < *least) *least = r, *which = d->parameters[k].name;
  }
  return n ? sum / (double)n : (double)NAN;
}

void lg_html_card(const lg_report_view *v, FILE *s) {
  const lg_report_data *d = &v->data;
  static const char *const colours[] = {"green", "amber", "red"};
  char model[96], own[4][200], text[200], a[40], b[40];
  lg_report_model_name(d, model, sizeof model);
  (void)fprintf(s, "<section id=\"card\" class=\"card\">\n<h2>Credibility card</h2>\n<dl class=\"facts\">\n");
  lg_page_fact(s, "Context of use", lg_report_context_of_use);
  lg_page_fact(s, "Model", model);
  lg_page_fact(s, "How it was found", lg_report_stage_words(d));
  (void)fprintf(s, "<dt>Verdict</dt><dd><span class=\"tag %s\">%s</span> ", colours[v->flag],
                lg_report_flag_words(v->flag));
  lg_write_escaped(s, lg_report_domain_words(d));
  (void)fputs("</dd>\n", s);
  error_fact(s, "Re-simulation, fitted", &v->fitted);
  error_fact(s, "Re-simulation, predicted", &v->predicted);
  double least;
  const char *which = "";
  lg_format_fixed(held_out_mean(d, &least, &which), 3, a);
  lg_format_fixed(least, 3, b);
  if (isfinite(least)) {
    (void)snprintf(text, sizeof text,
                   "mean R\xc2\xb2 %s over the parameters, least %s (%s); each stands in the table above", a, b, which);
    lg_page_fact(s, "Unseen simulated neurons", text);
  }
  for (size_t k = 0; k < d->n_training; k++) lg_page_fact(s, d->training[k].name, d->training[k].text);
  (void)fputs("</dl>\n", s);
  checks(d, s);
  candidates(d, s);
  if (d->n_reasons > 0) (void)fputs("<h3>Why this verdict</h3>\n", s);
  lg_page_list(s, "", d->reasons, d->n_reasons);
  (void)fputs("<h3>Limits</h3>\n<ul>\n", s);
  const size_t n = lg_report_own_limits(v, own);
  for (size_t k = 0; k < d->n_limits; k++) lg_page_words(s, "li", d->limits[k]);
  for (size_t k = 0; k < n; k++) lg_page_words(s, "li", own[k]);
  (void)fputs("\n</ul>\n</section>\n", s);
}

void lg_html_recording(const lg_report_view *v, FILE *s) {
  const lg_report_data *d = &v->data;
  char text[160], a[40], b[40];
  (void)fputs("<section id=\"recording\">\n<h2>The recording</h2>\n<dl class=\"facts\">\n", s);
  lg_page_fact(s, "File", d->source);
  lg_page_fact(s, "Format", d->format);
  lg_page_fact(s, "Protocol", d->protocol);
  lg_page_fact(s, "Current and potential", d->pairing);
  if (d->n_sweeps > 0 && v->sweeps[0].n > 0) {
    lg_format_significant(1.0 / v->sweeps[0].dt_ms, 3, a);
    lg_format_significant((double)v->sweeps[0].n * v->sweeps[0].dt_ms * 1e-3, 3, b);
    (void)snprintf(text, sizeof text, "%zu, the first of %s s at %s kHz", d->n_sweeps, b, a);
    lg_page_fact(s, "Sweeps", text);
  }
  (void)fputs("</dl>\n", s);
  if (d->n_warnings == 0) (void)fputs("<p>The reader had nothing to warn of.</p>\n", s);
  else (void)fprintf(s, "<h3>Warnings</h3>\n");
  lg_page_list(s, " class=\"warn\"", d->warnings, d->n_warnings);
  (void)fputs("</section>\n", s);
}
