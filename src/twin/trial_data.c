#include "twin/trial_data.h"

#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

enum { MOST_NOTES = 40, NOTE_BYTES = 320, MOST_TARGETS = 32 };

const lg_trial_metric lg_trial_metrics[LG_TRIAL_METRICS] = {
    {"rheobase_pA", "pA", "Smallest step that makes a spike."},
    {"area_Hz_pA", "Hz pA", "Area under the f-I curve."},
    {"gain_Hz_per_pA", "Hz/pA", "Slope of the f-I curve up to its first maximum."},
    {"fires_1.5x", "1", "Whether it fires at 1.5 x the untreated rheobase."},
    {"fires_3x", "1", "Whether it fires at 3 x the untreated rheobase."},
    {"fires_6x", "1", "Whether it fires at 6 x the untreated rheobase."},
    {"threshold_mV", "mV", "Of the first spike at 3 x: where dV/dt passes 20 mV/ms."},
    {"amplitude_mV", "mV", "Peak of that spike above its threshold."},
    {"peak_mV", "mV", "Peak of that spike."},
    {"half_width_ms", "ms", "Its width at half of the amplitude."},
    {"latency_ms", "ms", "From the onset of the step at 3 x to that spike."},
    {"first_rate_Hz", "Hz", "Inverse of the first interval at 3 x."},
    {"adaptation", "1", "Mean relative change from interval to interval near 2 x the own rheobase."},
    {"rest_mV", "mV", "Resting potential."},
    {"Rin_MOhm", "MOhm", "Input resistance, by a hyperpolarising step."},
    {"rebound_spikes", "1", "Spikes after that step."},
    {"refractory_ms", "ms", "Shortest of 12 intervals at which a second pulse makes a second spike."},
    {"ramp_first_spike_pA", "pA", "Current of the first spike on a ramp to 6 x in one step's length."},
    {"train_followed_1Hz", "1", "Share of the last 2-ms pulses at 1 Hz that make a spike."},
    {"train_followed_100Hz", "1", "The same at 100 Hz."},
    {"use_dependence", "1", "Loss of the upstroke in trains at 100 Hz over that at 1 Hz."},
    {"plateau_spikes", "1", "Spikes of a 30-s depolarisation to 3 x."},
    {"plateau_late_rate_Hz", "Hz", "Rate over its last third."},
    {"depolarisation_block", "1", "Whether at some level spikes give way to a plateau above -45 mV."},
};

static double fires_at(const lg_assay *a, double factor) { return a->n_spikes[lg_assay_level(factor)] > 0 ? 1.0 : 0.0; }

void lg_trial_metric_values(const lg_assay *before, const lg_assay *a, double v[LG_TRIAL_METRICS]) {
  const double values[LG_TRIAL_METRICS] = {a->rheobase_pA,
                                           a->area,
                                           a->gain_Hz_per_pA,
                                           fires_at(a, 1.5),
                                           fires_at(a, 3.0),
                                           fires_at(a, 6.0),
                                           a->threshold_mV,
                                           a->amplitude_mV,
                                           a->peak_mV,
                                           a->half_width_ms,
                                           a->latency_ms,
                                           a->first_rate_Hz,
                                           a->adaptation,
                                           a->rest_mV,
                                           a->Rin_MOhm,
                                           a->rebound_spikes,
                                           a->refractory_ms,
                                           a->ramp_first_spike_pA,
                                           a->train_followed_1Hz,
                                           a->train_followed_100Hz,
                                           lg_assay_use_dependence(before, a),
                                           a->plateau_spikes,
                                           a->plateau_late_rate_Hz,
                                           a->collapsed ? 1.0 : 0.0};
  memcpy(v, values, sizeof values);
}

/* What the data point to. */
struct lg_trial_storage {
  char title[200], bath[160], ec50_words[160], window_words[200];
  double levels[LG_ASSAY_LEVELS], spikes[LG_ASSAY_LEVELS];
  double baseline[LG_TRIAL_METRICS];
  lg_trial_drug drugs[LG_TRIAL_MAX_DRUGS];
  lg_trial_target targets[LG_TRIAL_MAX_DRUGS][MOST_TARGETS];
  lg_trial_dose *doses;  /* (n_points) */
  double *spikes_dosed;  /* (n_points, levels) */
  double *metrics_dosed; /* (n_points, metrics) */
  lg_trial_flag flags[LG_TRIAL_FINDINGS];
  lg_liability panel[LG_LIABILITIES];
  lg_trial_liability liabilities[LG_LIABILITIES];
  char notes[MOST_NOTES][NOTE_BYTES];
  const char *note_list[MOST_NOTES];
  size_t n_notes;
};

void lg_trial_data_destroy(lg_ctx *ctx, lg_trial_data *d) {
  if (!d) return;
  if (d->storage) {
    lg_free(ctx, d->storage->doses);
    lg_free(ctx, d->storage->spikes_dosed);
    lg_free(ctx, d->storage->metrics_dosed);
  }
  lg_free(ctx, d->storage);
  lg_free(ctx, d);
}

static void note(struct lg_trial_storage *s, const char *fmt, ...) LG_PRINTF(2, 3);
static void note(struct lg_trial_storage *s, const char *fmt, ...) {
  va_list args;
  if (s->n_notes >= MOST_NOTES) return;
  va_start(args, fmt);
  (void)vsnprintf(s->notes[s->n_notes], NOTE_BYTES, fmt, args);
  va_end(args);
  s->note_list[s->n_notes] = s->notes[s->n_notes];
  s->n_notes++;
}

/* ---- drugs ---------------------------------------------------------------------------------------- */

static const char *mode_words(lg_drug_mode mode) {
  static const char *const words[LG_DRUG_MODES] = {"pore block",
                                                   "activation",
                                                   "block of inactivated channels",
                                                   "block of slowly inactivated channels",
                                                   "gating shift",
                                                   "voltage-dependent block",
                                                   "agonist",
                                                   "positive modulator (gain)",
                                                   "positive modulator (affinity)",
                                                   "competitive antagonist",
                                                   "known from paired recordings only"};
  return (unsigned)mode < LG_DRUG_MODES ? words[mode] : "unknown";
}

static const char *outcome_words(lg_drug_outcome outcome) {
  static const char *const words[] = {"acted", "another row of the table stands for it", "not in this twin",
                                      "no GABA in the bath", "no mechanism: needs a learned map"};
  return (unsigned)outcome < sizeof words / sizeof words[0] ? words[outcome] : "unknown";
}

static const lg_drug_note *note_of(const lg_trial_point *p, const lg_drug_effect *e) {
  for (size_t k = 0; k < p->notes.n && k < LG_DRUG_MAX_NOTES; k++)
    if (p->notes.notes[k].effect == e) return &p->notes.notes[k];
  return NULL;
}

static const char *unit_of(const lg_drug_effect *e) {
  if (e->mode == LG_DRUG_GATING_SHIFT) return "mV";
  if (e->mode == LG_DRUG_PAM_AFFINITY || e->mode == LG_DRUG_PAM_GAIN || e->mode == LG_DRUG_COMPETITIVE) return "fold";
  return e->mode == LG_DRUG_AGONIST ? "nS" : "share";
}

static void fill_target(const lg_drug_effect *e, const lg_trial_point *top, lg_trial_target *to) {
  const lg_drug_note *n = note_of(top, e);
  const bool acted = n && n->outcome == LG_DRUG_ACTED;
  *to = (lg_trial_target){.target = e->target,
                          .mode = mode_words(e->mode),
                          .K_uM = e->K_uM > 0.0 ? e->K_uM : (double)NAN,
                          .hill = e->hill,
                          .max_effect = e->mode == LG_DRUG_GATING_SHIFT ? e->shift_mV : e->max_effect,
                          .unit = unit_of(e),
                          .strength = acted ? n->strength : (double)NAN,
                          .outcome = n ? outcome_words(n->outcome) : "another row of the table stands for it",
                          .confidence = e->confidence ? e->confidence : '-',
                          .source = e->source && e->source[0] ? e->source : NULL,
                          .notes = e->notes && e->notes[0] ? e->notes : NULL};
}

static void fill_drugs(const lg_trial_opts *o, const lg_trial *t, struct lg_trial_storage *s) {
  const lg_trial_point *top = &t->points[t->n_points - 1];
  for (size_t d = 0; d < o->n_drugs; d++) {
    const lg_drug *drug = o->drug[d];
    const size_t n = drug->n_effects < MOST_TARGETS ? drug->n_effects : MOST_TARGETS;
    for (size_t k = 0; k < n; k++) fill_target(&drug->effects[k], top, &s->targets[d][k]);
    s->drugs[d] = (lg_trial_drug){.name = drug->name,
                                  .drug_class = drug->drug_class[0] ? drug->drug_class : NULL,
                                  .expected = drug->expected_verdict[0] ? drug->expected_verdict : NULL,
                                  .free_low_uM = drug->free_low_uM,
                                  .free_high_uM = drug->free_high_uM,
                                  .total_low_uM = drug->total_low_uM,
                                  .total_high_uM = drug->total_high_uM,
                                  .fraction_unbound = drug->fraction_unbound,
                                  .pk_confidence = drug->pk_confidence ? drug->pk_confidence : '-',
                                  .per_dose = o->per_dose[d],
                                  .n_targets = n,
                                  .targets = s->targets[d]};
  }
}

/* Sentences on what did not act. */
static void notes_on_targets(const lg_trial_opts *o, const lg_trial *t, struct lg_trial_storage *s) {
  const lg_trial_point *top = &t->points[t->n_points - 1];
  for (size_t d = 0; d < o->n_drugs; d++) {
    size_t acted = 0;
    for (size_t k = 0; k < o->drug[d]->n_effects; k++) {
      const lg_drug_effect *e = &o->drug[d]->effects[k];
      const lg_drug_note *n = note_of(top, e);
      if (!n) continue;
      acted += n->outcome == LG_DRUG_ACTED;
      if (n->outcome == LG_DRUG_NO_TARGET) note(s, "%s at %s: not in this twin", o->drug[d]->name, e->target);
      if (n->outcome == LG_DRUG_NO_AGONIST)
        note(s, "%s at %s: modulates GABA; there is no GABA in the bath (--gaba-tone)", o->drug[d]->name, e->target);
      if (n->outcome == LG_DRUG_NO_MECHANISM)
        note(s, "%s at %s: known from paired recordings only; nothing was done to the twin", o->drug[d]->name,
             e->target);
    }
    if (acted == 0) note(s, "%s has no target in this twin: unchanged means nothing here", o->drug[d]->name);
  }
}

/* ---- doses ----------------------------------------------------------------------------------------- */

static void fill_dose(const lg_trial *t, size_t k, struct lg_trial_storage *s) {
  const lg_trial_point *p = &t->points[k];
  double *spikes = s->spikes_dosed + k * LG_ASSAY_LEVELS, *metrics = s->metrics_dosed + k * LG_TRIAL_METRICS;
  const bool bands = t->n_members > 0;
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) spikes[l] = (double)p->assay.n_spikes[l];
  lg_trial_metric_values(&t->before, &p->assay, metrics);
  s->doses[k] = (lg_trial_dose){.dose_uM = p->dose_uM,
                                .verdict = p->verdict,
                                .rule = p->rule,
                                .area_ratio = p->ratios.area,
                                .area_lo = p->bands.area_lo,
                                .area_hi = p->bands.area_hi,
                                .rheobase_ratio = p->ratios.rheobase,
                                .rheobase_lo = p->bands.rheobase_lo,
                                .rheobase_hi = p->bands.rheobase_hi,
                                .n_spikes = spikes,
                                .lo = bands ? p->bands.spikes_lo : NULL,
                                .hi = bands ? p->bands.spikes_hi : NULL,
                                .metrics = metrics,
                                .trace_mV = p->trace_mV,
                                .neuron = &p->neuron,
                                .domain = lg_domain_name(p->domain),
                                .area_to_healthy = p->area_to_healthy};
  memcpy(s->doses[k].probability, p->bands.probability, sizeof p->bands.probability);
}

static void words_of_effect(const lg_trial *t, struct lg_trial_storage *s) {
  const lg_effect_fit *f = &t->effect;
  if (f->found)
    (void)snprintf(s->ec50_words, sizeof s->ec50_words,
                   "half of the way of the area ratio from 1 to %.3g; one sigmoid tells %.0f %% of its variance",
                   f->end, 100.0 * f->r2);
  else (void)snprintf(s->ec50_words, sizeof s->ec50_words, "%s", f->why);
  if (isnan(t->window_low_uM)) (void)snprintf(s->window_words, sizeof s->window_words, "no effect at these doses");
  else if (isnan(t->window_high_uM))
    (void)snprintf(s->window_words, sizeof s->window_words,
                   "from %.4g uM on the f-I curve changes; the cell goes on firing up to the highest dose",
                   t->window_low_uM);
  else
    (void)snprintf(s->window_words, sizeof s->window_words,
                   "from %.4g uM on the f-I curve changes; from %.4g uM on the cell is silenced or blocked (%.3g fold)",
                   t->window_low_uM, t->window_high_uM, t->window_high_uM / t->window_low_uM);
}

static void fill_panel(const lg_trial_opts *o, const lg_trial *t, struct lg_trial_storage *s) {
  const double dose = t->therapeutic ? t->therapeutic->dose_uM : t->points[t->n_points - 1].dose_uM;
  lg_liability_panel(o, &t->neuron, dose, s->panel);
  for (size_t k = 0; k < LG_LIABILITIES; k++) {
    const lg_liability *l = &s->panel[k];
    s->liabilities[k] = (lg_trial_liability){l->target, l->hazard, l->K_uM, l->share, l->margin, l->direction};
    if (!l->in_model && l->share >= 0.05)
      note(s, "%s: %.0f %% of the full effect at %.4g uM, but not in this twin: the verdict does not know of it",
           l->target, 100.0 * l->share, dose);
  }
}

static void fill_notes(const lg_subject *subject, const lg_trial_opts *o, const lg_trial *t,
                       struct lg_trial_storage *s) {
  notes_on_targets(o, t, s);
  if (t->n_members == 0) note(s, "one neuron was judged: posterior %s", subject->posterior);
  else if (t->n_members < subject->n_members)
    note(s, "%zu of %zu draws of the posterior never fire and were left out", subject->n_members - t->n_members,
         subject->n_members);
  if (t->plan.baseline_rheobase_pA == 0.0)
    note(s, "the untreated cell fires without current: currents go by its capacitance (0.5 pA per pF)");
  if (subject->range_high_pA < t->plan.i_pA[LG_ASSAY_LEVELS - 1])
    note(s, "the twin was judged on steps up to %.4g pA; the f-I curve goes to %.4g pA", subject->range_high_pA,
         t->plan.i_pA[LG_ASSAY_LEVELS - 1]);
  if (!isnan(t->healthy_area_ratio)) {
    note(
        s,
        "epileptic twin (gM -60 %%, persistent Na of a tenth of the leak, E_GABA -58 mV): area %.3g of the healthy one",
        t->healthy_area_ratio);
    for (size_t k = 0; k < t->n_points; k++) {
      const double a = t->points[k].area_to_healthy;
      note(s, "at %.4g uM the area is %.3g of the healthy twin's%s", t->points[k].dose_uM, a,
           a >= 0.8 && a <= 1.2 ? ": within 20 % of it" : "");
    }
  }
  for (size_t d = 0; d < o->n_drugs; d++)
    for (size_t k = 0; k < t->n_points; k++)
      if (lg_trial_extrapolates(o->drug[d], t->points[k].dose_uM * o->per_dose[d])) {
        note(s, "%s: from %.4g uM on more than 100 x every half-effect concentration of the table", o->drug[d]->name,
             t->points[k].dose_uM * o->per_dose[d]);
        break;
      }
}

static const char *bath_words(const lg_trial_opts *o, struct lg_trial_storage *s) {
  const lg_drug_bath *b = &o->bath;
  size_t used = 0;
  if (b->gaba_tonic_uM > 0.0) used = (size_t)snprintf(s->bath, sizeof s->bath, "tonic GABA %.4g uM", b->gaba_tonic_uM);
  if (!isnan(b->EGABA_mV) && used < sizeof s->bath)
    (void)snprintf(s->bath + used, sizeof s->bath - used, "%sE_GABA %.4g mV", used ? ", " : "", b->EGABA_mV);
  return s->bath[0] ? s->bath : NULL;
}

static void fill_title(const lg_subject *subject, const lg_trial_opts *o, struct lg_trial_storage *s) {
  size_t used = 0;
  for (size_t d = 0; d < o->n_drugs && used < sizeof s->title; d++)
    used += (size_t)snprintf(s->title + used, sizeof s->title - used, "%s%s", d ? " + " : "", o->drug[d]->name);
  if (used < sizeof s->title)
    (void)snprintf(s->title + used, sizeof s->title - used, " on %s%s", o->epileptic ? "epileptic " : "",
                   subject->name);
}

static void fill(const lg_subject *subject, const lg_trial_opts *o, const lg_trial *t, lg_trial_data *d) {
  struct lg_trial_storage *s = d->storage;
  lg_trial_report_data *r = &d->data;
  const bool bands = t->n_members > 0;
  *r = (lg_trial_report_data)LG_TRIAL_REPORT_DATA_INIT;
  fill_title(subject, o, s);
  fill_drugs(o, t, s);
  for (size_t l = 0; l < LG_ASSAY_LEVELS; l++) {
    s->levels[l] = t->plan.i_pA[l];
    s->spikes[l] = (double)t->before.n_spikes[l];
  }
  lg_trial_metric_values(&t->before, &t->before, s->baseline);
  for (size_t k = 0; k < t->n_points; k++) fill_dose(t, k, s);
  words_of_effect(t, s);
  lg_trial_find(subject, o, t, d->findings);
  for (size_t k = 0; k < LG_TRIAL_FINDINGS; k++)
    s->flags[k] = (lg_trial_flag){d->findings[k].name, d->findings[k].raised, d->findings[k].words};
  fill_notes(subject, o, t, s);
  fill_panel(o, t, s);
  r->title = s->title;
  r->twin = subject->name;
  r->model = subject->neuron.info->model;
  r->variant = subject->neuron.info->variant[0] ? subject->neuron.info->variant : NULL;
  r->domain = lg_domain_name(subject->domain);
  r->accepted = subject->accepted;
  r->n_reasons = subject->n_reasons;
  r->reasons = (const char *const *)subject->reasons;
  r->n_drugs = o->n_drugs;
  r->drugs = s->drugs;
  r->combination = o->n_drugs < 2                               ? NULL
                   : o->bath.combination == LG_COMBINE_ONE_SITE ? "one site"
                                                                : "Bliss independence";
  r->bath = bath_words(o, s);
  r->n_posterior = t->n_members;
  r->baseline_rheobase_pA = t->plan.baseline_rheobase_pA;
  r->step_ms = t->plan.opts.step_ms;
  r->neuron = &t->neuron;
  r->n_levels = LG_ASSAY_LEVELS;
  r->i_pA = s->levels;
  r->n_spikes = s->spikes;
  r->n_spikes_lo = bands ? t->before_bands.spikes_lo : NULL;
  r->n_spikes_hi = bands ? t->before_bands.spikes_hi : NULL;
  r->n_metrics = LG_TRIAL_METRICS;
  r->metrics = lg_trial_metrics;
  r->baseline = s->baseline;
  r->n_doses = t->n_points;
  r->doses = s->doses;
  r->n_trace = t->n_trace;
  r->trace_dt_ms = t->trace_dt_ms;
  r->trace_pA = t->n_trace ? t->trace_pA : (double)NAN;
  r->trace_on_ms = t->n_trace ? t->plan.opts.settle_ms : (double)NAN;
  r->trace_off_ms = t->n_trace ? t->plan.opts.settle_ms + t->plan.opts.step_ms : (double)NAN;
  r->trace_mV = t->trace_mV;
  if (t->effect.found) {
    r->ec50_uM = t->effect.ec50;
    r->ec50_lo_uM = t->effect.low;
    r->ec50_hi_uM = t->effect.high;
    r->ec50_hill = t->effect.hill;
  }
  r->ec50_words = s->ec50_words;
  r->window_low_uM = t->window_low_uM;
  r->window_high_uM = t->window_high_uM;
  r->window_words = s->window_words;
  r->n_flags = LG_TRIAL_FINDINGS;
  r->flags = s->flags;
  r->n_liabilities = LG_LIABILITIES;
  r->liabilities = s->liabilities;
  r->n_notes = s->n_notes;
  r->notes = s->note_list;
}

lg_status lg_trial_data_create(lg_ctx *ctx, const lg_subject *subject, const lg_trial_opts *o, const lg_trial *t,
                               const char *provenance_json, lg_trial_data **out) {
  lg_status status = LG_OK;
  lg_trial_data *d = NULL;
  *out = NULL;
  LG_NEW(ctx, d, 1);
  LG_NEW(ctx, d->storage, 1);
  LG_NEW(ctx, d->storage->doses, t->n_points);
  LG_NEW(ctx, d->storage->spikes_dosed, t->n_points * LG_ASSAY_LEVELS);
  LG_NEW(ctx, d->storage->metrics_dosed, t->n_points * LG_TRIAL_METRICS);
  fill(subject, o, t, d);
  d->data.provenance_json = provenance_json;
  *out = d;
  d = NULL;
done:
  lg_trial_data_destroy(ctx, d);
  return status;
}
