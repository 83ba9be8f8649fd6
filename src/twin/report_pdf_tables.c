/* The tables of the PDF: columns of text. */
#include "twin/report_pdf.h"

#include <math.h>
#include <string.h>

void lg_pdf_parameters(lg_paper *p, const lg_report_view *v) {
  const lg_report_data *d = &v->data;
  if (d->n_parameters == 0) return;
  static const lg_paper_column at[] = {
      {44, 0},           {178, LG_TEXT_END}, {186, 0}, {318, LG_TEXT_END}, {362, LG_TEXT_END}, {470, LG_TEXT_END},
      {551, LG_TEXT_END}};
  static const char *const names[] = {"Parameter",         "Value", "Unit", "95 % interval", "SD", "Training range",
                                      "Held-out R\xc2\xb2"};
  lg_paper_heading(p, "Parameters", 20.0 + 15.0 * (double)d->n_parameters);
  size_t columns = 6; /* the seventh only when a network says how good it is */
  for (size_t k = 0; k < d->n_parameters; k++)
    if (isfinite(d->parameters[k].held_out_r2)) columns = 7;
  lg_paper_row(p, at, names, columns, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_parameters; k++) {
    const lg_report_parameter *q = &d->parameters[k];
    char value[96], interval[96], sd[40], range[96], r2[40], unit[40];
    lg_format_interval(q, value, interval, sizeof value);
    lg_format_significant(lg_report_is_fixed(q) ? (double)NAN : q->sd, 2, sd);
    lg_report_limits_words(q->prior_low, q->prior_high, range, sizeof range);
    lg_format_fixed(q->held_out_r2, 3, r2);
    const char *const cells[] = {q->name, value, lg_unit_words(q->unit, unit, sizeof unit), interval, sd, range, r2};
    lg_paper_row(p, at, cells, columns, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

void lg_pdf_features(lg_paper *p, const lg_report_view *v) {
  const lg_report_data *d = &v->data;
  if (d->n_features == 0) return;
  static const lg_paper_column at[] = {{44, 0}, {300, LG_TEXT_END}, {380, LG_TEXT_END}, {390, 0}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Feature", "Recording", "Twin", "Unit", "Difference"};
  lg_paper_heading(p, "Features of the cell", 60.0);
  lg_paper_row(p, at, names, 5, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_features; k++) {
    const lg_report_feature *q = &d->features[k];
    char a[40], b[40], c[40], unit[40];
    lg_format_significant(q->recording, 3, a);
    lg_format_significant(q->twin, 3, b);
    lg_format_significant(q->twin - q->recording, 2, c);
    const char *const cells[] = {q->name, a, b, lg_unit_words(q->unit, unit, sizeof unit), c};
    lg_paper_row(p, at, cells, 5, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void check_table(lg_paper *p, const lg_report_view *v) {
  const lg_report_data *d = &v->data;
  if (d->n_checks == 0) return;
  static const lg_paper_column at[] = {{44, 0}, {340, LG_TEXT_END}, {440, LG_TEXT_END}, {450, 0}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Rule", "This twin", "Allowed", "Unit", "Result"};
  p->y += 8.0;
  lg_paper_row(p, at, names, 5, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_checks; k++) {
    const lg_report_check *q = &d->checks[k];
    char a[40], b[96], unit[40];
    lg_format_short(q->value, 3, a);
    lg_report_limits_words(q->low, q->high, b, sizeof b);
    const char *const cells[] = {q->name, a, b, lg_unit_words(q->unit, unit, sizeof unit),
                                 q->passed ? "passed" : "failed"};
    lg_paper_row(p, at, cells, 5, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void candidate_table(lg_paper *p, const lg_report_view *v) {
  const lg_report_data *d = &v->data;
  if (d->n_candidates == 0) return;
  static const lg_paper_column at[] = {{44, 0}, {300, LG_TEXT_END}, {380, LG_TEXT_END}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Model that was tried", "\xcf\x87\xc2\xb2 per sample", "Count error", "Result"};
  p->y += 8.0;
  lg_paper_row(p, at, names, 4, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_candidates; k++) {
    const lg_report_candidate *q = &d->candidates[k];
    const lg_report_data named = {.model = q->model, .variant = q->variant};
    char name[96], a[40], b[40];
    lg_report_model_name(&named, name, sizeof name);
    lg_format_significant(q->chi2_per_sample, 3, a);
    lg_format_significant(q->count_rmse, 3, b);
    const char *const cells[] = {name, a, b,
                                 q->chosen
                                     ? (q->accepted ? "explained to the noise; chosen" : "not to the noise; chosen")
                                     : (q->accepted ? "explained to the noise" : "not to the noise")};
    lg_paper_row(p, at, cells, 4, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

void lg_pdf_card(lg_paper *p, const lg_report_view *v) {
  const lg_report_data *d = &v->data;
  char model[96], own[4][200], verdict[160];
  lg_report_model_name(d, model, sizeof model);
  lg_paper_heading(p, "Credibility card", 120.0);
  (void)snprintf(verdict, sizeof verdict, "%s, %s", lg_report_flag_words(v->flag), lg_report_domain_words(d));
  lg_paper_fact(p, "Context of use", lg_report_context_of_use);
  lg_paper_fact(p, "Model", model);
  lg_paper_fact(p, "How it was found", lg_report_stage_words(d));
  lg_paper_fact(p, "Verdict", verdict);
  for (size_t k = 0; k < d->n_training; k++) lg_paper_fact(p, d->training[k].name, d->training[k].text);
  check_table(p, v);
  candidate_table(p, v);
  p->y += 8.0;
  const size_t n = lg_report_own_limits(v, own);
  if (d->n_limits + n > 0) lg_paper_heading(p, "Limits", 30.0);
  for (size_t k = 0; k < d->n_limits; k++) lg_paper_bullet(p, d->limits[k]);
  for (size_t k = 0; k < n; k++) lg_paper_bullet(p, own[k]);
  lg_paper_heading(p, "The recording", 60.0);
  lg_paper_fact(p, "File", d->source);
  lg_paper_fact(p, "Format", d->format);
  lg_paper_fact(p, "Protocol", d->protocol);
  lg_paper_fact(p, "Current and potential", d->pairing);
  for (size_t k = 0; k < d->n_warnings; k++) lg_paper_fact(p, k ? "" : "Warnings", d->warnings[k]);
}
