/* The same trial as pages. */
#include "twin/figure_verdict.h"
#include "twin/report_html.h"
#include "twin/report_paper.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH (LG_PAPER_WIDTH - 2 * LG_PAPER_MARGIN)

static lg_status figures(lg_paper *p, const lg_trial_view *v) {
  lg_status status = LG_OK;
  lg_paper_heading(p, "Dose and response", 340.0);
  double h = lg_paper_room(p) - 6.0;
  if (h > 430.0) h = 430.0;
  LG_TRY(lg_figure_dose(p->ctx, v, 8.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, h}));
  p->y += h + 6.0;
  if (lg_figure_dose_fi_possible(v)) {
    lg_paper_heading(p, "f\xe2\x80\x93I curves", 250.0);
    LG_TRY(lg_figure_dose_fi(p->ctx, v, 8.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, 244.0}));
    p->y += 250.0;
  }
  if (lg_figure_dose_traces_possible(v)) {
    h = 74.0 * (double)(v->n_traced + 1) + 36.0;
    lg_paper_heading(p, "The same step, before and after", h);
    LG_TRY(lg_figure_dose_traces(p->ctx, v, 8.0, p->c, (lg_box){LG_PAPER_MARGIN, p->y + 4.0, WIDTH, h - 6.0}));
    p->y += h;
  }
done:
  return status;
}

static void verdicts(lg_paper *p, const lg_trial_view *v) {
  static const lg_paper_column at[] = {{100, LG_TEXT_END}, {110, 0},           {270, LG_TEXT_END}, {330, LG_TEXT_END},
                                       {420, LG_TEXT_END}, {480, LG_TEXT_END}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Dose (\xc2\xb5M)", "Verdict", "Probability", "f\xe2\x80\x93I area", "95 %",
                                      "Rheobase",         "95 %"};
  lg_paper_heading(p, "Verdict at every dose", 80.0);
  lg_paper_row(p, at, names, 7, 0, LG_INK_MUTED);
  for (size_t k = 0; k < v->data.n_doses; k++) {
    const lg_trial_dose *t = &v->doses[k];
    char dose[40], certain[40], area[40], area_band[96], q[40], q_band[96];
    lg_format_short(t->dose_uM, 4, dose);
    lg_format_fixed(lg_trial_certainty(t), 2, certain);
    lg_format_significant(t->area_ratio, 3, area);
    lg_report_limits_words(t->area_lo, t->area_hi, area_band, sizeof area_band);
    lg_format_significant(t->rheobase_ratio, 3, q);
    lg_report_limits_words(t->rheobase_lo, t->rheobase_hi, q_band, sizeof q_band);
    const char *const cells[] = {dose, lg_verdict_look_of((int)t->verdict)->words, certain, area, area_band, q, q_band};
    lg_paper_row(p, at, cells, 7, LG_TEXT_BOLD, LG_INK_TEXT);
  }
  p->y += 6.0;
  for (size_t k = 0; k < v->data.n_doses; k++) {
    char dose[48];
    lg_paper_fact(p, lg_dose_words(v->doses[k].dose_uM, dose), v->doses[k].rule);
  }
}

static void targets(lg_paper *p, const lg_trial_drug *q) {
  static const lg_paper_column at[] = {
      {44, 0}, {140, 0}, {280, LG_TEXT_END}, {315, LG_TEXT_END}, {372, LG_TEXT_END}, {380, 0}, {551, LG_TEXT_END}};
  static const char *const names[] = {"Target",      "Mechanism",    "K (\xc2\xb5M)", "Hill",
                                      "At top dose", "In this twin", "Confidence"};
  if (q->n_targets == 0) return;
  lg_paper_row(p, at, names, 7, 0, LG_INK_MUTED);
  for (size_t k = 0; k < q->n_targets; k++) {
    const lg_trial_target *t = &q->targets[k];
    char K[40], hill[40], strength[40];
    lg_format_short(t->K_uM, 3, K);
    lg_format_short(t->hill, 3, hill);
    lg_format_short(t->strength, 3, strength);
    const char *const cells[] = {t->target,
                                 t->mode ? t->mode : "",
                                 K,
                                 hill,
                                 strength,
                                 t->outcome ? t->outcome : "",
                                 lg_confidence_words(t->confidence)};
    lg_paper_row(p, at, cells, 7, LG_TEXT_BOLD, LG_INK_TEXT);
  }
  p->y += 4.0;
  for (size_t k = 0; k < q->n_targets; k++)
    if (q->targets[k].source && q->targets[k].source[0]) lg_paper_fact(p, q->targets[k].target, q->targets[k].source);
}

static void card(lg_paper *p, const lg_trial_view *v) {
  const lg_trial_report_data *d = &v->data;
  char range[96], dose[48], text[240];
  lg_paper_heading(p, d->n_drugs > 1 ? "Card of the drugs" : "Card of the drug", 120.0);
  if (d->ec50_uM > 0.0) {
    char band[96];
    if (d->ec50_lo_uM > 0.0 && d->ec50_hi_uM > 0.0)
      (void)snprintf(text, sizeof text, "%s (95 %%: %s)", lg_dose_words(d->ec50_uM, dose),
                     lg_dose_range_words(d->ec50_lo_uM, d->ec50_hi_uM, band));
    else (void)snprintf(text, sizeof text, "%s", lg_dose_words(d->ec50_uM, dose));
    lg_paper_fact(p, "EC50 of the effect", text);
  }
  lg_paper_fact(p, d->ec50_uM > 0.0 ? "What it is half of" : "EC50 of the effect", d->ec50_words);
  if (d->window_low_uM > 0.0 || d->window_high_uM > 0.0)
    lg_paper_fact(p, "Therapeutic window", lg_dose_range_words(d->window_low_uM, d->window_high_uM, range));
  lg_paper_fact(p, "About the window", d->window_words);
  lg_paper_fact(p, "Combination", d->combination);
  lg_paper_fact(p, "Bath", d->bath);
  for (size_t k = 0; k < d->n_flags; k++) {
    (void)snprintf(text, sizeof text, "%s: %s", d->flags[k].raised ? "raised" : "not raised",
                   d->flags[k].words ? d->flags[k].words : "");
    char name[96];
    (void)snprintf(name, sizeof name, "%s", d->flags[k].name);
    for (char *c = name; *c; c++)
      if (*c == '_') *c = ' ';
    lg_paper_fact(p, name, text);
  }
  for (size_t k = 0; k < d->n_drugs; k++) {
    const lg_trial_drug *q = &d->drugs[k];
    lg_paper_heading(p, q->name, 60.0);
    lg_paper_fact(p, "Class", q->drug_class);
    lg_paper_fact(p, "Therapeutic, free", lg_dose_range_words(q->free_low_uM, q->free_high_uM, range));
    lg_paper_fact(p, "Expected", q->expected);
    targets(p, q);
  }
}

static void panel(lg_paper *p, const lg_trial_report_data *d) {
  static const lg_paper_column at[] = {{44, 0}, {150, 0}, {310, LG_TEXT_END}, {380, LG_TEXT_END}, {440, LG_TEXT_END}};
  static const char *const names[] = {"Target", "Direction", "K (\xc2\xb5M)", "Share", "Margin"};
  if (d->n_liabilities == 0) return;
  lg_paper_heading(p, "Targets that bear on seizures", 60.0);
  lg_paper_row(p, at, names, 5, 0, LG_INK_MUTED);
  for (size_t k = 0; k < d->n_liabilities; k++) {
    const lg_trial_liability *q = &d->liabilities[k];
    char K[40], share[40], margin[40];
    lg_format_short(q->K_uM, 3, K);
    lg_format_short(q->share, 3, share);
    lg_format_short(q->margin, 3, margin);
    const char *const cells[] = {q->target, q->direction ? q->direction : "unknown", K, share, margin};
    lg_paper_row(p, at, cells, 5, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

/* Metrics: at most six doses fit beside each other. */
static void metrics(lg_paper *p, const lg_trial_view *v) {
  const lg_trial_report_data *d = &v->data;
  lg_paper_column at[8] = {{44, 0}, {250, LG_TEXT_END}};
  const char *cells[8];
  char texts[8][48];
  if (d->n_metrics == 0) return;
  size_t shown[6], n = d->n_doses < 6 ? d->n_doses : 6;
  for (size_t j = 0; j < n; j++) {
    shown[j] = n > 1 ? j * (d->n_doses - 1) / (n - 1) : 0;
    at[j + 2] = (lg_paper_column){305.0 + 49.2 * (double)j, LG_TEXT_END};
  }
  lg_paper_heading(p, "What was measured", 80.0);
  cells[0] = "Metric";
  cells[1] = "Untreated";
  for (size_t j = 0; j < n; j++) cells[j + 2] = lg_dose_words(v->doses[shown[j]].dose_uM, texts[j]);
  lg_paper_row(p, at, cells, n + 2, 0, LG_INK_MUTED);
  for (size_t m = 0; m < d->n_metrics; m++) {
    cells[0] = d->metrics[m].name;
    lg_format_short(d->baseline[m], 4, texts[7]);
    cells[1] = texts[7];
    for (size_t j = 0; j < n; j++) {
      lg_format_short(v->doses[shown[j]].metrics[m], 4, texts[j]);
      cells[j + 2] = texts[j];
    }
    lg_paper_row(p, at, cells, n + 2, LG_TEXT_BOLD, LG_INK_TEXT);
  }
}

static void about_twin(lg_paper *p, const lg_trial_view *v) {
  const lg_trial_report_data *d = &v->data;
  char model[96];
  lg_report_model_name(&(lg_report_data){.model = d->model, .variant = d->variant}, model, sizeof model);
  lg_paper_heading(p, "The twin, and what this trial cannot say", 60.0);
  lg_paper_fact(p, "Context of use", lg_report_context_of_use);
  lg_paper_fact(p, "Twin", d->twin);
  lg_paper_fact(p, "Model", model);
  lg_paper_fact(p, "Domain", lg_report_flag_words(v->flag));
  for (size_t k = 0; k < d->n_notes; k++) lg_paper_bullet(p, d->notes[k]);
}

lg_status lg_trial_put_pdf(lg_ctx *ctx, const void *user, FILE *stream) {
  lg_status status = LG_OK;
  const lg_trial_view *v = user;
  lg_paper p = {.ctx = ctx, .foot = "drug trial", .y = LG_PAPER_MARGIN, .page = 1};
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(ctx, lg_trial_lead, v);
  if (!words) return LG_ERR_MEMORY;
  LG_TRY(lg_canvas_pdf(ctx, stream, LG_PAPER_WIDTH, LG_PAPER_HEIGHT, v->title, v->data.created, &p.c));
  const lg_page_header header = lg_trial_header(v, words, tiles);
  lg_paper_header(&p, &header);
  LG_TRY(figures(&p, v));
  verdicts(&p, v);
  card(&p, v);
  panel(&p, &v->data);
  metrics(&p, v);
  about_twin(&p, v);
  lg_paper_provenance(&p, v->data.provenance_json);
  lg_paper_foot(&p);
  status = lg_canvas_close(ctx, p.c);
  p.c = NULL;
done:
  lg_canvas_destroy(ctx, p.c);
  free(words);
  return status;
}
