/**
 * @file trial.h
 * @brief A trial: one subject, one or more drugs, several doses; what each does to the f–I curve, and the verdict.
 */
#ifndef LG_TWIN_TRIAL_H
#define LG_TWIN_TRIAL_H

#include "twin/assay.h"
#include "twin/effect_fit.h"
#include "twin/subject.h"
#include "twin/treat.h"

enum { LG_TRIAL_MAX_DRUGS = 4, LG_TRIAL_WORDS = 240 };

typedef struct lg_trial_opts {
  size_t n_drugs; /**< 1 … LG_TRIAL_MAX_DRUGS */
  const lg_drug *drug[LG_TRIAL_MAX_DRUGS];
  double per_dose[LG_TRIAL_MAX_DRUGS]; /**< uM of that drug per uM of the dose axis; 1 for the first */
  size_t n_doses;
  const double *dose_uM;       /**< (n_doses) free concentrations, >= 0, ascending */
  const lg_delta_net *learned; /**< what drugs do to izhikevich twins; NULL: such subjects are refused */
  lg_drug_bath bath;           /**< around the treated and around the untreated neuron */
  lg_assay_opts assay;
  bool epileptic; /**< the subject is made hyper-excitable (lg_make_epileptic) and compared with its healthy self too */
  double trace_factor; /**< current of the example traces, x baseline rheobase; 0: none */
} lg_trial_opts;

#define LG_TRIAL_OPTS_INIT                                                                                             \
  { .bath = LG_DRUG_BATH_INIT, .assay = LG_ASSAY_OPTS_INIT }

/** Share of the posterior by verdict, and bands of 95 %. */
typedef struct lg_trial_bands {
  double probability[LG_VERDICTS];
  double area_lo, area_hi, rheobase_lo, rheobase_hi; /**< ratios; NAN without posterior */
  double spikes_lo[LG_ASSAY_LEVELS], spikes_hi[LG_ASSAY_LEVELS];
} lg_trial_bands;

typedef struct lg_trial_point {
  double dose_uM;
  lg_neuron neuron; /**< treated, in its bath */
  lg_assay assay;
  lg_verdict_ratios ratios;
  lg_verdict own;     /**< of the best neuron */
  lg_verdict verdict; /**< the most probable one; `own` when as probable */
  lg_trial_bands bands;
  char rule[LG_TRIAL_WORDS]; /**< why `own` */
  double area_to_healthy;    /**< epileptic subjects: area / area of the healthy neuron */
  lg_domain domain;          /**< of this verdict: the subject's, or worse */
  bool extrapolated; /**< a drug is far from the doses at which its effects were measured, or outside the learned map */
  char beyond[200];  /**< in which respect the learned map was asked beyond its training; empty: it was not */
  lg_drug_notes notes;
  double *trace_mV; /**< (n_trace) or NULL */
} lg_trial_point;

typedef struct lg_trial {
  lg_assay_plan plan; /**< currents by the rheobase of the subject: healthy, and without GABA in the bath */
  lg_neuron neuron;   /**< untreated, in its bath */
  lg_assay before;
  lg_trial_bands before_bands; /**< only the spikes */
  double healthy_area_ratio;   /**< epileptic subjects: area of the untreated / of the healthy neuron; else NAN */
  size_t n_members;            /**< of the posterior, that fire */
  size_t n_points;
  lg_trial_point *points;               /**< (n_points) one per dose */
  lg_trial_point *therapeutic;          /**< at the top of the first drug's therapeutic free range; NULL: unknown */
  lg_effect_fit effect;                 /**< of the area ratio */
  double window_low_uM, window_high_uM; /**< from the first effect to the first loss of firing; NAN: none */
  size_t n_trace;
  double trace_dt_ms, trace_pA;
  double *trace_mV; /**< untreated */
} lg_trial;

/**
 * @brief Run it.
 * @retval LG_ERR_UNSUPPORTED the subject is neither a tm neuron nor, with a learned map, izhikevich std
 * @retval LG_ERR_NUMERICAL   the untreated subject never fires
 * @retval LG_ERR_RANGE       a dose is negative or not finite
 */
LG_MUST_CHECK lg_status lg_trial_run(lg_ctx *ctx, const lg_subject *subject, const lg_trial_opts *opts, lg_trial **out);
void lg_trial_destroy(lg_ctx *ctx, lg_trial *trial);

/** @brief gM falls by 60 %, a persistent sodium conductance of a tenth of the leak is added, E_GABA rises to -58 mV. */
LG_MUST_CHECK lg_status lg_make_epileptic(lg_ctx *ctx, const lg_neuron *healthy, lg_neuron *out);

/** @brief Whether the dose is above 100 x every half-effect concentration of the drug, where nobody measured. */
bool lg_trial_extrapolates(const lg_drug *drug, double free_uM);

/**
 * @brief The flag of a verdict: the subject's; amber at doses where nobody measured; red where a learned map was asked
 * beyond its training, since it cannot know there that a neuron stops firing.
 */
lg_domain lg_trial_domain(lg_domain subject, bool extrapolated, bool beyond);

/** A flag that a trial raises or not. */
typedef struct lg_trial_finding {
  const char *name; /**< "over_inhibition", "pro_convulsant", "use_dependent", "outside_domain", "extrapolated" */
  bool raised;
  char words[LG_TRIAL_WORDS];
} lg_trial_finding;

enum { LG_TRIAL_FINDINGS = 5 };

/** @brief Flags with the rule and its numbers. */
void lg_trial_find(const lg_subject *subject, const lg_trial_opts *opts, const lg_trial *trial,
                   lg_trial_finding findings[LG_TRIAL_FINDINGS]);

/** One of the 11 targets whose block or activation is linked to drug-induced seizures. */
typedef struct lg_liability {
  const char *target, *hazard;
  double K_uM;           /**< strongest effect of the drugs there; NAN: none known */
  double share;          /**< of the full effect at the dose */
  double margin;         /**< K / dose */
  const char *direction; /**< "towards seizures", "against seizures", "none", "unknown" */
  bool in_model;         /**< the subject has that current */
} lg_liability;

enum { LG_LIABILITIES = 11 };

/**
 * @brief Panel of 11 ion channels: Cav2.1, Cav3.2, GlyR a1, AMPA, HCN1, Kv1.1, Kv7.2/7.3, Nav1.1, Nav1.2, GABA-A, NMDA.
 * @see Toxicol Sci 2024, kfae148, doi 10.1093/toxsci/kfae148
 * @param dose_uM of the first drug
 */
void lg_liability_panel(const lg_trial_opts *opts, const lg_neuron *neuron, double dose_uM,
                        lg_liability panel[LG_LIABILITIES]);

#endif
