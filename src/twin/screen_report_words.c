/* Sentences, large numbers and figures that the page and the PDF of a screen share. */
#include "io/plot.h"
#include "twin/figure_verdict.h"
#include "twin/report_html.h"
#include "twin/screen_report_view.h"
#include "twin/trial_report_view.h"

#include <math.h>
#include <string.h>

const char *lg_screen_dose(const lg_screen_view *v, size_t dose, char *buffer) {
  char text[40];
  if (!v->data.multiples) return lg_dose_words(v->data.dose_uM[dose], buffer);
  lg_format_short(v->data.dose_uM[dose], 3, text);
  (void)snprintf(buffer, 48, "%s\xc3\x97", text);
  return buffer;
}

const char *lg_screen_unit(const lg_screen_view *v) { return v->data.multiples ? "\xc3\x97" : "\xc2\xb5M"; }

const char *lg_screen_axis(const lg_screen_view *v) {
  return v->data.multiples ? "multiple of the therapeutic free concentration" : "free concentration (\xc2\xb5M)";
}

void lg_screen_lead(const void *user, FILE *s) {
  const lg_screen_view *v = user;
  const lg_screen_report_data *d = &v->data;
  char a[48], b[48], model[96];
  lg_report_model_name(&(lg_report_data){.model = d->model}, model, sizeof model);
  (void)fprintf(s, "%zu compound%s at %zu dose%s, %s", d->n_compounds, d->n_compounds == 1 ? "" : "s", d->n_doses,
                d->n_doses == 1 ? "" : "s", lg_screen_dose(v, 0, a));
  if (d->n_doses > 1) (void)fprintf(s, " to %s", lg_screen_dose(v, d->n_doses - 1, b));
  (void)fprintf(s, " %s, on %s (%s). ",
                d->multiples ? "the therapeutic free concentration of each" : "free in the bath",
                d->twins ? d->twins : "a twin", model);
  if (v->n_hits == 0) (void)fputs("None changes the verdict from unchanged.", s);
  else {
    (void)fprintf(s, "%zu change%s the neuron at one dose or more", v->n_hits, v->n_hits == 1 ? "s" : "");
    static const int order[] = {LG_VERDICT_SILENCED, LG_VERDICT_INHIBITED, LG_VERDICT_MIXED, LG_VERDICT_BLOCK,
                                LG_VERDICT_EXCITED};
    bool any = false;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
      const size_t n = v->hits_by_verdict[order[k]];
      if (n == 0) continue;
      (void)fprintf(s, "%s%zu %s", any ? ", " : ": at their strongest ", n, lg_verdict_look_of(order[k])->words);
      any = true;
    }
    (void)fputs(".", s);
  }
  if (d->healthy_area_ratio > 0.0)
    (void)fprintf(s, " %zu bring%s the ill neuron to within 20 %% of the healthy one's area.", v->n_restored,
                  v->n_restored == 1 ? "s" : "");
}

static lg_report_tile *tile(lg_report_tile *t, const char *name, const char *value, const char *unit) {
  (void)snprintf(t->name, sizeof t->name, "%s", name);
  (void)snprintf(t->value, sizeof t->value, "%.63s", value);
  (void)snprintf(t->unit, sizeof t->unit, "%s", unit);
  t->note[0] = 0;
  return t;
}

size_t lg_screen_tiles(const lg_screen_view *v, lg_report_tile *tiles) {
  const lg_screen_report_data *d = &v->data;
  size_t n = 0;
  char text[64];
  (void)snprintf(text, sizeof text, "%zu of %zu", v->n_hits, d->n_compounds);
  lg_report_tile *t = tile(&tiles[n++], "Compounds that change the neuron", text, "");
  (void)snprintf(t->note, sizeof t->note, "at one dose or more; a verdict other than unchanged");
  if (d->healthy_area_ratio > 0.0) {
    (void)snprintf(text, sizeof text, "%zu", v->n_restored);
    t = tile(&tiles[n++], "Compounds that restore it", text, "");
    (void)snprintf(t->note, sizeof t->note, "f\xe2\x80\x93I area within 20 %% of the healthy neuron's");
  }
  const size_t up = v->hits_by_verdict[LG_VERDICT_EXCITED] + v->hits_by_verdict[LG_VERDICT_BLOCK];
  (void)snprintf(text, sizeof text, "%zu", up);
  t = tile(&tiles[n++], "Excite or block by depolarisation", text, "");
  (void)snprintf(t->note, sizeof t->note, "at their strongest dose");
  if (v->n_hits > 0 && v->ranks[0].first < d->n_doses) {
    lg_format_short(d->dose_uM[v->ranks[0].first], 3, text);
    t = tile(&tiles[n++], "Lowest dose with a change", text, lg_screen_unit(v));
    (void)snprintf(t->note, sizeof t->note, "%.150s", d->compounds[v->ranks[0].compound].name);
  }
  if (v->many) {
    (void)snprintf(text, sizeof text, "%zu", d->n_individuals);
    t = tile(&tiles[n++], "Individuals per point", text, "");
    (void)snprintf(t->note, sizeof t->note, "virtual patients or twins");
  }
  (void)snprintf(text, sizeof text, "%zu", d->n_failed_points);
  t = tile(&tiles[n++], "Points not worked out", text, "");
  (void)snprintf(t->note, sizeof t->note, "of %zu; %s", d->n_compounds * d->n_doses * (v->many ? d->n_individuals : 1),
                 d->n_failed_points ? "listed below" : "none failed");
  return n;
}

lg_page_header lg_screen_header(const lg_screen_view *v, const char *lead, lg_report_tile *tiles) {
  static const char *const words[] = {"Twin accepted", "Twin usable with reservations", "Twin not accepted"},
                           *const more[] = {"the twin explains its recording to the noise", "see the reasons",
                                            "do not rely on any verdict below"};
  return (lg_page_header){.kind = v->many ? "Screen of a population" : "Drug screen",
                          .created = v->data.created,
                          .title = v->title,
                          .flag = v->flag,
                          .flag_words = words[v->flag],
                          .domain_words = more[v->flag],
                          .lead = lead,
                          .n_reasons = v->data.n_reasons,
                          .reasons = v->data.reasons,
                          .n_tiles = lg_screen_tiles(v, tiles),
                          .tiles = tiles};
}
