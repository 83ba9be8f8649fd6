/* The credibility card of a clone: rules, models tried, reasons, limits, training domain. */
#include "twin/clone_report_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_check(lg_clone_report *r, const char *name, double value, double low, double high, const char *unit) {
  if (isnan(value) || r->data.n_checks >= LG_CARD_CHECKS) return;
  r->checks[r->data.n_checks++] = (lg_report_check){name, value, low, high, unit, value >= low && value <= high};
  r->data.checks = r->checks;
}

static void add_checks(lg_clone_report *r, const lg_twin *twin) {
  const bool held_out = twin->count_rmse_predicted == twin->count_rmse_predicted;
  add_check(r, held_out ? "Spike count error, predicted sweeps" : "Spike count error, fitted sweeps",
            held_out ? twin->count_rmse_predicted : twin->count_rmse_fitted, 0.0, 1.0, "spikes");
  add_check(r, "R\xc2\xb2 of spike counts, predicted sweeps", twin->count_r2_predicted, 0.95, 1.0, "");
  add_check(r, "Error of sweeps without spikes", twin->subthreshold_rmse_mV, 0.0, 2.0, "mV");
  size_t outside = 0, ranges = 0;
  for (size_t k = 0; k < twin->n_parameters; k++) {
    const lg_twin_parameter *p = &twin->parameters[k];
    if (p->value < p->prior_low || p->value > p->prior_high) outside++;
    if (isfinite(p->prior_low)) ranges++;
  }
  if (ranges > 0) add_check(r, "Parameters outside the training range", (double)outside, 0.0, 0.0, "");
  if (twin->network[0])
    add_check(r, "Distance from the network's training neurons", twin->network_distance, 0.0, 1.0, "");
  add_check(r, "\xcf\x87\xc2\xb2 per sample: explained by noise alone", twin->chi2_per_sample, 0.8, 1.25, "");
}

static void add_candidates(lg_clone_report *r, const lg_clone *clone) {
  for (size_t k = 0; k < clone->n_trials && k < LG_CLONE_MAX_TRIALS; k++) {
    const lg_clone_trial *t = &clone->trials[k];
    r->candidates[r->data.n_candidates++] = (lg_report_candidate){.model = t->family->model,
                                                                  .variant = t->family->variant,
                                                                  .chi2_per_sample = t->chi2_per_sample,
                                                                  .count_rmse = t->count_rmse,
                                                                  .accepted = t->accepted,
                                                                  .chosen = t->family == clone->family,
                                                                  .note = t->note[0] ? t->note : NULL};
  }
  r->data.candidates = r->candidates;
}

static void add_limit(lg_clone_report *r, const char *text) {
  if (r->data.n_limits >= LG_CARD_LIMITS) return;
  r->limits[r->data.n_limits++] = text;
  r->data.limits = r->limits;
}

static void add_limits(lg_clone_report *r, const lg_recording *rec, const lg_twin *twin) {
  if (strcmp(twin->model, "izhikevich") == 0) {
    add_limit(r, "A spike of this model is an upstroke and a reset: its times, threshold and the course between spikes "
                 "are meant; the shape of the spike after its peak, its width and single conductances are not.");
  } else {
    add_limit(r, "One compartment with sodium, delayed-rectifier, M and leak currents (Pospischil 2008): currents that "
                 "are not among them are carried by these, dendrites by none.");
    add_limit(r, "Conductances are effective ones; to scale one of them is a hypothesis about a drug, not a prediction "
                 "that was tested on this cell.");
  }
  if (r->data.n_samples == 0)
    add_limit(r, "The covariance of the fit is not positive definite (a parameter stands at its bound or is not "
                 "determined): there are no posterior samples and no bands.");
  else if (!twin->accepted)
    add_limit(r,
              "The model is simpler than the cell: intervals are widened by the misfit, but they hold for the model's "
              "parameters, not for a cell that follows other equations.");
  if (rec->n_sweeps > 0 && rec->sweeps[0].current_origin == LG_CURRENT_COMMAND)
    add_limit(r, "The current is the command of the protocol, not a measured one.");
  add_limit(r, "Potentials are as the file gives them: a liquid junction potential and an uncompensated series "
               "resistance are not corrected.");
}

static void add_fact(lg_clone_report *r, const char *name, const char *fmt, ...) LG_PRINTF(3, 4);
static void add_fact(lg_clone_report *r, const char *name, const char *fmt, ...) {
  if (r->data.n_training >= LG_CARD_FACTS) return;
  char *text = r->fact_text[r->data.n_training];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(text, LG_CARD_TEXT, fmt, args);
  va_end(args);
  r->facts[r->data.n_training++] = (lg_report_fact){name, text};
  r->data.training = r->facts;
}

static void add_facts(lg_clone_report *r, const lg_clone *clone) {
  const lg_twin *twin = &clone->twin;
  if (twin->n_parameters > 0 && isfinite(twin->parameters[0].prior_low))
    add_fact(r, "Training domain",
             "simulated neurons with parameters inside the training ranges of the table; they rest silent and have a "
             "rheobase of 1 \xe2\x80\xa6 3000 pA");
  else
    add_fact(r, "Training domain",
             "this variant has no population of training neurons: nothing says how usual such parameters are");
  if (!twin->network[0])
    add_fact(r, "Network", "none took part: the fit began with what can be read off the recording");
  else if (isfinite(twin->network_distance))
    add_fact(
        r, "Network",
        "%s was asked first; this recording lies %.2g times as far from its training neurons as 97.5 %% of them do",
        twin->network, twin->network_distance);
  else add_fact(r, "Network", "%s was asked first", twin->network);
  size_t fitted = 0;
  for (size_t k = 0; k < clone->n_sweeps; k++) fitted += clone->sweeps[k].fitted ? 1 : 0;
  add_fact(r, "What the fit saw", "%zu of %zu sweeps; the others were only predicted", fitted, clone->n_sweeps);
}

void lg_clone_report_words(lg_clone_report *r, const lg_recording *rec, const lg_clone *clone) {
  add_checks(r, &clone->twin);
  add_candidates(r, clone);
  for (size_t k = 0; k < clone->twin.n_reasons; k++) r->reasons[k] = clone->twin.reasons[k];
  r->data.n_reasons = clone->twin.n_reasons;
  r->data.reasons = r->reasons;
  add_limits(r, rec, &clone->twin);
  add_facts(r, clone);
}
