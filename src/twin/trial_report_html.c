/* The page of a trial. */
#include "twin/figure_verdict.h"
#include "twin/report_folder.h"
#include "twin/report_html.h"
#include "twin/trial_report_pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- figures ------------------------------------------------------------------------------------- */

/* A figure for wide screens, another for narrow ones, its words below. */
static lg_status figure(lg_ctx *ctx, const lg_trial_view *v, const lg_picture *wide, const lg_picture *narrow,
                        lg_words_fn words_fn, FILE *s) {
  lg_status status = LG_OK;
  char id[64], *words = lg_words_of(ctx, words_fn, v);
  if (!words) return LG_ERR_MEMORY;
  (void)fputs("<figure>\n", s);
  (void)snprintf(id, sizeof id, "%s-w", wide->name);
  LG_TRY(lg_picture_in_page(ctx, wide, &(lg_svg_opts){wide->title, words, id, "wide", true}, v, s));
  (void)snprintf(id, sizeof id, "%s-n", narrow->name);
  LG_TRY(lg_picture_in_page(ctx, narrow, &(lg_svg_opts){narrow->title, words, id, "narrow", true}, v, s));
  lg_page_caption(s, words);
  (void)fputs("</figure>\n", s);
done:
  free(words);
  return status;
}

static lg_status figures(lg_ctx *ctx, const lg_trial_view *v, FILE *s) {
  lg_status status = LG_OK;
  lg_picture p[LG_TRIAL_PICTURES], narrow[LG_TRIAL_PICTURES];
  lg_trial_pictures(v, false, p);
  lg_trial_pictures(v, true, narrow);
  (void)fputs("<section id=\"dose\">\n<h2>Dose and response</h2>\n", s);
  LG_TRY(figure(ctx, v, &p[LG_TRIAL_DOSE], &narrow[LG_TRIAL_DOSE], lg_figure_dose_words, s));
  (void)fputs("</section>\n", s);
  if (p[LG_TRIAL_FI].possible) {
    (void)fputs("<section id=\"fi\">\n<h2>f\xe2\x80\x93I curves</h2>\n", s);
    LG_TRY(figure(ctx, v, &p[LG_TRIAL_FI], &narrow[LG_TRIAL_FI], lg_figure_dose_fi_words, s));
    (void)fputs("</section>\n", s);
  }
  if (p[LG_TRIAL_TRACES].possible) {
    (void)fputs("<section id=\"traces\">\n<h2>The same step, before and after</h2>\n", s);
    LG_TRY(figure(ctx, v, &p[LG_TRIAL_TRACES], &narrow[LG_TRIAL_TRACES], lg_figure_dose_traces_words, s));
    (void)fputs("</section>\n", s);
  }
done:
  return status;
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static void scroll(FILE *s, const char *name) {
  (void)fprintf(s, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n", name);
}

static void short_cell(FILE *s, double x, int digits) {
  char text[40];
  lg_format_short(x, digits, text);
  (void)fprintf(s, "<td class=\"n\">%s</td>", text);
}

static void ratio_cells(FILE *s, double x, double low, double high) {
  char text[40], band[96];
  lg_format_significant(x, 3, text);
  lg_report_limits_words(low, high, band, sizeof band);
  (void)fprintf(s, "<td class=\"n\">%s</td><td class=\"n u\">%s</td>", text, band);
}

static void verdict_table(const lg_trial_view *v, FILE *s) {
  (void)fputs("<section id=\"verdicts\">\n<h2>Verdict at every dose</h2>\n", s);
  scroll(s, "Table of verdicts");
  (void)fputs(
      "<thead><tr><th scope=\"col\" class=\"n\">Dose (\xc2\xb5M, free)</th><th scope=\"col\">Verdict</th><th "
      "scope=\"col\" class=\"n\">Probability</th><th scope=\"col\" class=\"n\">f\xe2\x80\x93I area</th><th "
      "scope=\"col\" "
      "class=\"n\">95 %</th><th scope=\"col\" class=\"n\">Rheobase</th><th scope=\"col\" class=\"n\">95 %</th><th "
      "scope=\"col\">Rule behind the verdict</th></tr></thead>\n<tbody>\n",
      s);
  for (size_t k = 0; k < v->data.n_doses; k++) {
    const lg_trial_dose *t = &v->doses[k];
    char text[40];
    (void)fprintf(s, "<tr%s>", k == v->therapeutic ? " class=\"chosen\"" : "");
    lg_format_short(t->dose_uM, 4, text);
    (void)fprintf(s, "<th scope=\"row\" class=\"n\">%s</th><td>", text);
    lg_verdict_tag(s, (int)t->verdict);
    lg_format_fixed(lg_trial_certainty(t), 2, text);
    (void)fprintf(s, "</td><td class=\"n\">%s</td>", text);
    ratio_cells(s, t->area_ratio, t->area_lo, t->area_hi);
    ratio_cells(s, t->rheobase_ratio, t->rheobase_lo, t->rheobase_hi);
    (void)fputs("<td class=\"d\">", s);
    lg_write_escaped(s, t->rule ? t->rule : "\xe2\x80\x93");
    if (t->domain && strcmp(t->domain, "green") != 0)
      (void)fprintf(s, " <span class=\"tag %s\">%s</span>", strcmp(t->domain, "amber") == 0 ? "amber" : "red",
                    strcmp(t->domain, "amber") == 0 ? "! with reservations" : "\xe2\x9c\x95 not reliable");
    if (isfinite(t->area_to_healthy)) {
      lg_format_significant(t->area_to_healthy, 3, text);
      (void)fprintf(s, " Area %s of the healthy neuron's.", text);
    }
    if (t->extrapolated) (void)fputs(" Far above the concentrations at which the effects were measured.", s);
    if (t->beyond_learned) (void)fputs(" Outside the doses that the learned map was trained on.", s);
    (void)fputs("</td></tr>\n", s);
  }
  (void)fputs(
      "</tbody></table></div>\n<p><small>f\xe2\x80\x93I area and rheobase are relative to the untreated neuron. ", s);
  if (v->therapeutic < v->data.n_doses)
    (void)fputs("The marked row is the dose nearest to the top of the therapeutic range. ", s);
  if (v->data.n_posterior > 0)
    (void)fprintf(s, "Probabilities and intervals come from %zu draws of the twin's posterior.", v->data.n_posterior);
  else (void)fputs("The best neuron alone was simulated: no probabilities, no intervals.", s);
  (void)fputs("</small></p>\n</section>\n", s);
}

static void metric_table(const lg_trial_view *v, FILE *s) {
  const lg_trial_report_data *d = &v->data;
  if (d->n_metrics == 0) return;
  (void)fputs("<section id=\"metrics\">\n<h2>What was measured</h2>\n", s);
  scroll(s, "Table of metrics");
  (void)fputs(
      "<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Unit</th><th scope=\"col\" class=\"n\">Untreated"
      "</th>",
      s);
  for (size_t k = 0; k < d->n_doses; k++) {
    char dose[48];
    (void)fprintf(s, "<th scope=\"col\" class=\"n\">%s</th>", lg_dose_words(v->doses[k].dose_uM, dose));
  }
  (void)fputs("</tr></thead>\n<tbody>\n", s);
  for (size_t m = 0; m < d->n_metrics; m++) {
    (void)fputs("<tr><th scope=\"row\">", s);
    lg_write_escaped(s, d->metrics[m].name);
    if (d->metrics[m].meaning) {
      (void)fputs("<br><small class=\"u\">", s);
      lg_write_escaped(s, d->metrics[m].meaning);
      (void)fputs("</small>", s);
    }
    (void)fputs("</th>", s);
    lg_page_unit(s, d->metrics[m].unit);
    short_cell(s, d->baseline[m], 4);
    for (size_t k = 0; k < d->n_doses; k++) short_cell(s, v->doses[k].metrics[m], 4);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n</section>\n", s);
}

/* ---- the card of each drug ---------------------------------------------------------------------------- */

static void target_table(const lg_trial_drug *q, double top_uM, FILE *s) {
  char dose[48], unit[48];
  if (q->n_targets == 0) return;
  scroll(s, "Table of targets");
  (void)fprintf(s,
                "<thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Mechanism</th><th scope=\"col\" "
                "class=\"n\">K (\xc2\xb5M)</th><th scope=\"col\" class=\"n\">Hill</th><th scope=\"col\" "
                "class=\"n\">Largest effect</th><th scope=\"col\" class=\"n\">At %s</th><th scope=\"col\">In this "
                "twin</th><th scope=\"col\">Confidence</th><th scope=\"col\">Source</th></tr></thead>\n<tbody>\n",
                lg_dose_words(top_uM * q->per_dose, dose));
  for (size_t k = 0; k < q->n_targets; k++) {
    const lg_trial_target *t = &q->targets[k];
    const char *u = lg_unit_words(t->unit ? t->unit : "share", unit, sizeof unit);
    char text[40];
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", t->target);
    lg_page_words(s, "td", t->mode ? t->mode : "");
    short_cell(s, t->K_uM, 3);
    short_cell(s, t->hill, 3);
    lg_format_short(t->max_effect, 3, text);
    (void)fprintf(s, "<td class=\"n\">%s <small class=\"u\">%s</small></td>", text, isfinite(t->max_effect) ? u : "");
    lg_format_short(t->strength, 3, text);
    (void)fprintf(s, "<td class=\"n\">%s <small class=\"u\">%s</small></td>", text, isfinite(t->strength) ? u : "");
    lg_page_words(s, "td", t->outcome ? t->outcome : "");
    lg_page_words(s, "td", lg_confidence_words(t->confidence));
    (void)fputs("<td class=\"d\">", s);
    lg_write_escaped(s, t->source ? t->source : "\xe2\x80\x93");
    if (t->notes && t->notes[0]) {
      (void)fputs("<br>", s);
      lg_write_escaped(s, t->notes);
    }
    (void)fputs("</td></tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void drug_card(const lg_trial_view *v, const lg_trial_drug *q, FILE *s) {
  const lg_trial_report_data *d = &v->data;
  char range[96], text[160], number[40];
  (void)fputs("<h3>", s);
  lg_write_escaped(s, q->name);
  (void)fputs("</h3>\n<dl class=\"facts\">\n", s);
  lg_page_fact(s, "Class", q->drug_class);
  if (isfinite(q->free_high_uM) || isfinite(q->free_low_uM)) {
    (void)snprintf(text, sizeof text, "%s (%s)", lg_dose_range_words(q->free_low_uM, q->free_high_uM, range),
                   lg_confidence_words(q->pk_confidence));
    lg_page_fact(s, "Therapeutic, free", text);
  } else {
    lg_page_fact(s, "Therapeutic, free", "unknown: no verdict at a therapeutic dose can be given");
  }
  if (isfinite(q->total_high_uM))
    lg_page_fact(s, "Therapeutic, total", lg_dose_range_words(q->total_low_uM, q->total_high_uM, range));
  if (isfinite(q->fraction_unbound)) {
    lg_format_short(q->fraction_unbound, 3, number);
    lg_page_fact(s, "Fraction unbound", number);
  }
  if (d->n_drugs > 1) {
    lg_format_short(q->per_dose, 3, number);
    (void)snprintf(text, sizeof text, "%s \xc2\xb5M per \xc2\xb5M on the axis", number);
    lg_page_fact(s, "Concentration", text);
  }
  lg_page_fact(s, "Expected from the literature", q->expected);
  (void)fputs("</dl>\n", s);
  target_table(q, v->doses[d->n_doses - 1].dose_uM, s);
}

static void conclusion(const lg_trial_view *v, FILE *s) {
  const lg_trial_report_data *d = &v->data;
  const bool known = v->therapeutic < d->n_doses;
  const lg_trial_dose *t = &v->doses[known ? v->therapeutic : d->n_doses - 1];
  char dose[48], range[96], text[240], hill[40];
  (void)fputs("<dl class=\"facts\">\n<dt>Verdict</dt><dd>", s);
  lg_verdict_tag(s, (int)t->verdict);
  (void)fprintf(s, " at %s%s</dd>\n", lg_dose_words(t->dose_uM, dose),
                known ? ", the dose nearest to the top of the therapeutic range" : ", the highest dose");
  lg_page_fact(s, "Rule behind it", t->rule);
  if (d->ec50_uM > 0.0) {
    size_t n = (size_t)snprintf(text, sizeof text, "%s", lg_dose_words(d->ec50_uM, dose));
    if (d->ec50_lo_uM > 0.0 && d->ec50_hi_uM > 0.0)
      n += (size_t)snprintf(text + n, sizeof text - n, " (95 %%: %s)",
                            lg_dose_range_words(d->ec50_lo_uM, d->ec50_hi_uM, range));
    lg_format_short(d->ec50_hill, 3, hill);
    if (isfinite(d->ec50_hill)) (void)snprintf(text + n, sizeof text - n, ", Hill %s", hill);
    lg_page_fact(s, "EC50 of the effect", text);
  }
  lg_page_fact(s, d->ec50_uM > 0.0 ? "What it is half of" : "EC50 of the effect", d->ec50_words);
  if (d->window_low_uM > 0.0 || d->window_high_uM > 0.0)
    lg_page_fact(s, "Therapeutic window", lg_dose_range_words(d->window_low_uM, d->window_high_uM, range));
  lg_page_fact(s, d->window_low_uM > 0.0 || d->window_high_uM > 0.0 ? "How it was drawn" : "Therapeutic window",
               d->window_words);
  lg_page_fact(s, "Combination", d->combination);
  lg_page_fact(s, "Bath", d->bath);
  (void)fputs("</dl>\n", s);
}

static void flags(const lg_trial_report_data *d, FILE *s) {
  if (d->n_flags == 0) return;
  (void)fputs("<h3>Warnings</h3>\n", s);
  scroll(s, "Table of warnings");
  (void)fputs("<thead><tr><th scope=\"col\">Warning</th><th scope=\"col\">Result</th><th scope=\"col\">Rule</th></tr>"
              "</thead>\n<tbody>\n",
              s);
  for (size_t k = 0; k < d->n_flags; k++) {
    char name[96];
    (void)snprintf(name, sizeof name, "%s", d->flags[k].name);
    for (char *c = name; *c; c++)
      if (*c == '_') *c = ' ';
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", name);
    (void)fprintf(s, "<td><span class=\"tag %s</span></td>",
                  d->flags[k].raised ? "red\">! raised" : "green\">\xe2\x9c\x93 not raised");
    lg_page_words(s, "td class=\"d\"", d->flags[k].words);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n", s);
}

static void seizure_panel(const lg_trial_report_data *d, FILE *s) {
  if (d->n_liabilities == 0) return;
  (void)fputs("<section id=\"seizure\">\n<h2>Targets that bear on seizures</h2>\n", s);
  scroll(s, "Seizure panel");
  (void)fputs(
      "<thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Direction</th><th scope=\"col\" "
      "class=\"n\">K (\xc2\xb5M)</th><th scope=\"col\" class=\"n\">Share of the full effect</th><th scope=\"col\" "
      "class=\"n\">Margin</th><th scope=\"col\">What it would mean</th></tr></thead>\n<tbody>\n",
      s);
  for (size_t k = 0; k < d->n_liabilities; k++) {
    const lg_trial_liability *q = &d->liabilities[k];
    const char *direction = q->direction ? q->direction : "unknown";
    const bool towards = strncmp(direction, "towards", 7) == 0, against = strncmp(direction, "against", 7) == 0;
    char text[48], share[40];
    (void)fputs("<tr>", s);
    lg_page_words(s, "th scope=\"row\"", q->target);
    (void)fprintf(s, "<td><span class=\"tag %s\">%s ", towards ? "red" : (against ? "green" : "plain"),
                  towards ? "\xe2\x96\xb2" : (against ? "\xe2\x96\xbc" : "\xc2\xb7"));
    lg_write_escaped(s, direction);
    (void)fputs("</span></td>", s);
    short_cell(s, q->K_uM, 3);
    lg_format_fixed(100.0 * q->share, 1, share);
    (void)snprintf(text, sizeof text, "%s %%", share);
    (void)fprintf(s, "<td class=\"n\">%s</td>", isfinite(q->share) ? text : "\xe2\x80\x93");
    lg_format_short(q->margin, 3, share);
    (void)fprintf(s, "<td class=\"n\">%s%s</td>", share, isfinite(q->margin) ? "\xc3\x97" : "");
    lg_page_words(s, "td class=\"d\"", q->hazard);
    (void)fputs("</tr>\n", s);
  }
  (void)fputs("</tbody></table></div>\n<p><small>Share and margin (K over concentration) at the top of the free "
              "therapeutic range, or at the highest dose where that is unknown.</small></p>\n</section>\n",
              s);
}

static void card(const lg_trial_view *v, FILE *s) {
  const lg_trial_report_data *d = &v->data;
  (void)fprintf(s, "<section id=\"card\" class=\"card\">\n<h2>Card of the drug%s</h2>\n", d->n_drugs > 1 ? "s" : "");
  conclusion(v, s);
  flags(d, s);
  for (size_t k = 0; k < d->n_drugs; k++) drug_card(v, &d->drugs[k], s);
  (void)fputs("</section>\n", s);
}

static void twin_section(const lg_trial_view *v, FILE *s) {
  const lg_trial_report_data *d = &v->data;
  char model[96], text[64], number[40];
  lg_report_model_name(&(lg_report_data){.model = d->model, .variant = d->variant}, model, sizeof model);
  (void)fputs("<section id=\"twin\">\n<h2>The twin, and what this trial cannot say</h2>\n<dl class=\"facts\">\n", s);
  lg_page_fact(s, "Context of use", lg_report_context_of_use);
  lg_page_fact(s, "Twin", d->twin);
  lg_page_fact(s, "Model", model);
  lg_format_significant(d->baseline_rheobase_pA, 3, number);
  (void)snprintf(text, sizeof text, "%s pA", number);
  if (isfinite(d->baseline_rheobase_pA)) lg_page_fact(s, "Rheobase untreated", text);
  (void)fprintf(s, "<dt>Domain</dt><dd><span class=\"tag %s\">%s %s</span></dd>\n</dl>\n",
                lg_report_flag_class(v->flag), lg_report_flag_sign(v->flag), lg_report_flag_words(v->flag));
  lg_page_list(s, "", d->notes, d->n_notes);
  (void)fputs("</section>\n", s);
}

/* ---- the page -------------------------------------------------------------------------------------- */

static lg_status put_json(lg_ctx *ctx, const void *view, FILE *s) { return lg_trial_put_json(ctx, view, 0, s); }

static lg_status put_header(lg_ctx *ctx, const lg_trial_view *v, FILE *s) {
  const lg_page_link links[] = {{"dose", "Dose and response", true},
                                {"fi", "f\xe2\x80\x93I curves", lg_figure_dose_fi_possible(v)},
                                {"traces", "Before and after", lg_figure_dose_traces_possible(v)},
                                {"verdicts", "Verdicts", true},
                                {"card", "Card of the drug", true},
                                {"seizure", "Seizure panel", v->data.n_liabilities > 0},
                                {"metrics", "Metrics", v->data.n_metrics > 0},
                                {"twin", "The twin", true}};
  lg_report_tile tiles[LG_REPORT_MAX_TILES];
  char *words = lg_words_of(ctx, lg_trial_lead, v);
  if (!words) return LG_ERR_MEMORY;
  const lg_page_header header = lg_trial_header(v, words, tiles);
  lg_page_put_header(&header, links, sizeof links / sizeof links[0], s);
  free(words);
  return LG_OK;
}

lg_status lg_trial_put_html(lg_ctx *ctx, const void *user, FILE *s) {
  lg_status status = LG_OK;
  const lg_trial_view *v = user;
  LG_TRY(lg_page_open(ctx, v->title, "drug trial", lg_verdict_css, s));
  LG_TRY(put_header(ctx, v, s));
  LG_TRY(figures(ctx, v, s));
  verdict_table(v, s);
  card(v, s);
  seizure_panel(&v->data, s);
  metric_table(v, s);
  twin_section(v, s);
  lg_page_put_provenance(v->data.provenance_json, s);
  lg_page_put_footer("Written by Loligo. The numbers of this page are in it as JSON (element loligo-data); the example "
                     "traces stand in trial.json beside it.",
                     s);
  LG_TRY(lg_page_close(ctx, put_json, v, s));
done:
  return status;
}
