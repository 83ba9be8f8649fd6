/**
 * @file twin.h
 * @brief Twins: the mechanistic model of one recorded cell; trials and screens of drugs on twins.
 */
#ifndef LOLIGO_TWIN_H
#define LOLIGO_TWIN_H

#include <loligo/drug.h>
#include <loligo/recording.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options of cloning. */
typedef struct lg_clone_options {
  size_t size;          /**< sizeof(lg_clone_options) */
  const char *model;    /**< "izhikevich", "hh", or NULL: the family that explains the sweeps best */
  const char *networks; /**< folder of the networks that ship (models/); NULL: none is asked */
  int all_sweeps;       /**< fit every sweep; 0: even ones are fitted, odd ones predicted */
  int laplace;          /**< the covariance alone; 0: 200 samples of the posterior too */
  int network_only;     /**< stop before the refinement */
  uint64_t seed;        /**< same seed, same twin */
} lg_clone_options;

/** Defaults of lg_clone_options. */
#define LG_CLONE_OPTIONS_INIT                                                                                          \
  { .size = sizeof(lg_clone_options), .seed = 1 }

/**
 * @brief Clone a recording.
 *
 * Text "json": the twin, as `loligo clone -o` writes it (schema loligo-twin/1). Arrays: "samples" (n, parameters) equal
 * to the file's, "covariance" (parameters, parameters) of the transformed parameters, and for sweep k of the recording
 * "twin_mV.k" (n), what the twin does.
 * @param ctx the caller's context; holds the message of a failure
 * @param recording at least one sweep with its current; read, not kept
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_ARGUMENT    no such model family
 * @retval LG_ERR_UNSUPPORTED the recording cannot be cloned: no current, no spikes, sampled below 4 kHz …
 * @retval LG_ERR_NUMERICAL   no fit reached finite trajectories
 * @retval LG_ERR_CANCELLED   the caller asked to stop
 */
LG_MUST_CHECK lg_status lg_twin_clone(lg_ctx *ctx, const lg_recording *recording, const lg_clone_options *options,
                                      lg_result **out);

/** Options of a trial. */
typedef struct lg_trial_options {
  size_t size;                 /**< sizeof(lg_trial_options) */
  const char *const *drugs;    /**< (n_drugs) names, 1 … 4 that are given together */
  size_t n_drugs;              /**< 1 … 4 */
  const double *per_dose;      /**< (n_drugs) uM of that drug per uM of the dose; NULL: 1 */
  const char *doses;           /**< as lg_doses_read() takes them */
  const char *learned;         /**< path of the learned map, for izhikevich twins; else may be NULL */
  const lg_bath_options *bath; /**< NULL = defaults */
  size_t n_members;            /**< draws of the posterior, at most 1e5; 0: the best neuron alone */
  uint64_t seed;               /**< of the draws, where the twin has a covariance and no samples */
  double step_ms;              /**< length of a step of the f–I curve, 50 … 1e5 */
  double plateau_ms;           /**< length of the long depolarisation, 500 … 3e5 */
  int quick;                   /**< the f–I curve and the rheobase alone */
  int epileptic;               /**< make the twin hyper-excitable and compare with the healthy one */
  double trace_factor;         /**< example traces at so many times the rheobase; 0: none */
} lg_trial_options;

/** Defaults of lg_trial_options. */
#define LG_TRIAL_OPTIONS_INIT                                                                                          \
  { .size = sizeof(lg_trial_options), .n_members = 20, .seed = 1, .step_ms = 1000.0, .plateau_ms = 30000.0 }

/**
 * @brief Give drugs to a twin.
 *
 * Text "json": the object of `loligo trial --json`; texts "dose.svg" and "fi.svg": figures. Arrays, D doses ascending,
 * L levels of current: "dose_uM" (D), "i_pA" (L), "n_spikes" (1 + D, L) uint32, row 0 untreated; "area_ratio" (D),
 * "rheobase_ratio" (D), "probability" (D, verdicts), share of the posterior by verdict in the order of
 * lg_verdict_word(); with trace_factor "trace_mV" (1 + D, n) and the text "traces.svg".
 * @param ctx the caller's context; holds the message of a failure
 * @param name    for people
 * @param subject the JSON of a twin or a model (0-terminated)
 * @param table   the drugs
 * @param options begin with LG_TRIAL_OPTIONS_INIT; not NULL: drugs and doses have no default
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_UNSUPPORTED such neurons cannot be treated
 * @retval LG_ERR_NUMERICAL   the twin never fires
 * @retval LG_ERR_NOT_FOUND   no such drug
 * @retval LG_ERR_RANGE       an option or a dose is outside its range
 * @retval LG_ERR_ARGUMENT    doses that cannot be read, or none
 */
LG_MUST_CHECK lg_status lg_trial_give(lg_ctx *ctx, const char *name, const char *subject, const lg_drug_table *table,
                                      const lg_trial_options *options, lg_result **out);

/** Options of a screen. */
typedef struct lg_screen_options {
  size_t size;         /**< sizeof(lg_screen_options) */
  const char *doses;   /**< as lg_doses_read() takes them, the same for every compound; or multiples: "0.5x,1x" */
  const char *learned; /**< path of the learned map, for izhikevich twins; else may be NULL */
  const lg_bath_options *bath; /**< NULL = defaults */
  int one_step;                /**< one step of 1 s at 3 x the rheobase; 0: an f–I curve of 12 steps */
  int epileptic;               /**< make the twins hyper-excitable */
} lg_screen_options;

/** Defaults of lg_screen_options. */
#define LG_SCREEN_OPTIONS_INIT                                                                                         \
  { .size = sizeof(lg_screen_options), .doses = "0.01:100uM:10log" }

/**
 * @brief Many twins × every compound of a library × doses, on the threads of the context.
 *
 * Arrays, S subjects, C compounds, D doses: "dose_uM" (C, D); "verdict" (S, C, D) int32, -1 where the point failed;
 * "area_ratio", "rheobase_ratio", "rheobase_pA" (S, C, D); "n_spikes" (S, C, D, levels) uint32, untreated
 * "n_spikes_before" (S, levels). Text "json": names of subjects, compounds, verdicts, and the failures.
 * @param ctx the caller's context; holds the message of a failure
 * @param names    (n) for people
 * @param subjects (n) the JSON of twins or models, 0-terminated
 * @param n        subjects, at least 1
 * @param library  every drug of it is a compound, at least 1
 * @param options  NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE     no subject or no compound
 * @retval LG_ERR_ARGUMENT  doses that cannot be read; epileptic twins with one_step
 * @retval LG_ERR_CANCELLED the caller asked to stop
 */
LG_MUST_CHECK lg_status lg_screen_run(lg_ctx *ctx, const char *const *names, const char *const *subjects, size_t n,
                                      const lg_drug_table *library, const lg_screen_options *options, lg_result **out);

/**
 * @brief Name of a verdict ("silenced" …), NULL behind the last.
 * @param verdict from 0
 */
const char *lg_verdict_word(size_t verdict);

#ifdef __cplusplus
}
#endif
#endif
