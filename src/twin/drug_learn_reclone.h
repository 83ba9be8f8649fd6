/**
 * @file drug_learn_reclone.h
 * @brief The same cell as a Traub–Miles and as an Izhikevich neuron: a smooth, deterministic map between them.
 *
 * A learned drug effect needs what a drug does to an Izhikevich twin, and no drug table speaks of its parameters. A
 * conductance neuron can be drugged; here it is measured with a family of steps and an Izhikevich neuron is fitted to
 * what it did: potentials without spikes, latencies, first intervals and spike counts (as continuous numbers, so that
 * the map has no steps). vr, c and vpeak are read off; C, k, vt, a, b, d are found by damped least squares with a weak
 * prior. The treated neuron is to differ from the untreated one as the conductance neuron did: the untreated misfit is
 * no reason for a change, and a difference is exactly zero when nothing has changed. Only vr, vt, c, d and vpeak
 * change; k, a, b are held, because a family of steps does not tell their change from noise
 * (docs/decisions/0021-learned-drug-effects.md).
 */
#ifndef LG_DRUG_LEARN_RECLONE_H
#define LG_DRUG_LEARN_RECLONE_H

#include "base/base.h"
#include "neuron/prior_izhikevich.h"

#include <loligo/neuron.h>

enum { LG_RECLONE_LEVELS = 8, LG_RECLONE_COURSE = 3 };

/** Levels in units of the untreated rheobase; the first is the hyperpolarising one. */
extern const double lg_reclone_levels[LG_RECLONE_LEVELS];
/** Length of a step; spikes of it are counted. */
#define LG_RECLONE_STEP_MS 500.0

/** One step. */
typedef struct lg_reclone_level {
  uint32_t n_spikes;                   /* in the step */
  double count;                        /* the same as a continuous number */
  double first_ms, interval_ms;        /* latency, first interval; NAN: none */
  double course_mV[LG_RECLONE_COURSE]; /* from rest, at 15, 60 and 400 ms; NAN once it has fired */
} lg_reclone_level;

/** What a neuron did. */
typedef struct lg_reclone_view {
  bool silent_at_rest, failed; /* failed: no resting potential, or it left the finite range */
  double rest_mV;
  double peak_mV, trough_mV; /* of the first spike under the strongest step that fires; NAN: silent */
  lg_reclone_level level[LG_RECLONE_LEVELS];
} lg_reclone_view;

/**
 * @brief Measure n tm neurons; runs on the threads of ctx.
 * @param rheobase_pA (n) of the untreated cell @param views (n) out
 */
LG_MUST_CHECK lg_status lg_reclone_measure(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const double *rheobase_pA,
                                           lg_reclone_view *views);

/** @brief The same of an Izhikevich neuron, no allocation. */
void lg_reclone_answer(const lg_izh_params *p, double rheobase_pA, lg_reclone_view *view);

/** A fitted neuron. */
typedef struct lg_reclone_fit {
  lg_izh_params p;
  double cost;       /* mean square of the weighted residuals */
  double count_rmse; /* of whole spikes over the steps of positive current */
  int evaluations;
  lg_reclone_view answer; /* what it does */
} lg_reclone_fit;

/** @brief Fit an untreated cell. @param C_pF where its C begins */
void lg_reclone(const lg_reclone_view *view, double rheobase_pA, double C_pF, lg_reclone_fit *fit);

/**
 * @brief Fit a treated cell: the Izhikevich neuron is to change as the other neuron did.
 * @param before, after what the neuron did without and with the drug, under the same currents
 * @param untreated the fit to `before`
 */
void lg_reclone_treated(const lg_reclone_view *before, const lg_reclone_view *after, double rheobase_pA,
                        const lg_reclone_fit *untreated, lg_reclone_fit *fit);

#endif
