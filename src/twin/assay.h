/**
 * @file assay.h
 * @brief What is measured of a neuron, treated or not, and the verdict over it.
 *
 * An assay runs neurons on the standard protocols and keeps numbers, not traces. A verdict compares a treated neuron
 * with the same neuron untreated, over the whole f–I curve (spec: twin 5.9): a judgement from one current is wrong,
 * since a drug may silence near threshold and speed up strong drive.
 *
 * A spike is what it is in a recording (features.h): an upward crossing of -20 mV that falls back within 15 ms and
 * peaks at -15 mV or above.
 */
#ifndef LG_TWIN_ASSAY_H
#define LG_TWIN_ASSAY_H

#include "base/base.h"

#include <loligo/neuron.h>

enum { LG_ASSAY_LEVELS = 12 };

/** Which protocols are run; FI is always. */
enum {
  LG_ASSAY_FI = 1,       /**< steps from rest: counts, area, gain, adaptation, rest, latency, block */
  LG_ASSAY_RHEOBASE = 2, /**< titrated between the levels of FI */
  LG_ASSAY_SHAPE = 4,    /**< the first spike at 3 x; a hyperpolarising step: Rin, rebound; paired pulses: refractory */
  LG_ASSAY_RAMP = 8,
  LG_ASSAY_TRAIN = 16,   /**< 2-ms pulses at 1 Hz and at 100 Hz */
  LG_ASSAY_PLATEAU = 32, /**< a long depolarisation */
  LG_ASSAY_CELL = 64,    /**< of SHAPE the spike and the hyperpolarising step alone: no pulses */
  LG_ASSAY_SINGLE = 128, /**< tm neurons in single precision: twice as fast, counts as good */
  LG_ASSAY_ALL = 63      /**< SHAPE includes CELL */
};

/** How it is measured. */
typedef struct lg_assay_opts {
  unsigned what;
  double step_ms, settle_ms, dt_ms;
  double train_ms;
  double plateau_ms, plateau_factor; /**< x baseline rheobase */
} lg_assay_opts;

#define LG_ASSAY_OPTS_INIT                                                                                             \
  { LG_ASSAY_ALL, 1000.0, 50.0, 0.025, 5000.0, 30000.0, 3.0 }

/** @brief The f–I curve and the rheobase alone, as screens do it: single precision, 0.05 ms. On test neurons its spike
 * counts, rheobases and verdicts are those of 0.025 ms in double precision, in a third of the time. */
void lg_assay_be_quick(lg_assay_opts *opts);

/** @brief A step for neurons whose gates run up to rate_scale times as fast as at the temperature of the model. */
double lg_assay_dt(double dt_ms, double rate_scale);

/** Currents of the f–I curve as multiples of the baseline rheobase; 1.5, 3 and 6 are among them. */
extern const double lg_assay_factors[LG_ASSAY_LEVELS];

/** @brief Index of the level of that factor. */
size_t lg_assay_level(double factor);

/** The currents of a neuron's assay; made once from the untreated neuron, so that treated ones get the same ones. */
typedef struct lg_assay_plan {
  lg_assay_opts opts;
  double baseline_rheobase_pA;  /**< smallest step with a spike; 0: fires without current; NAN: never */
  double unit_pA;               /**< what the factors multiply: the rheobase, or 0.5 pA per pF of a cell that fires
                                   without current */
  double i_pA[LG_ASSAY_LEVELS]; /**< ascending, the first is 0 */
  double pulse_pA;              /**< of 2-ms pulses: 1.5 x their threshold; NAN: not needed or none found */
} lg_assay_plan;

/** What came out; NAN = not defined, or its protocol was not run. */
typedef struct lg_assay {
  uint32_t n_spikes[LG_ASSAY_LEVELS]; /**< within the step (+ 2 ms) */
  uint32_t collapsed;                 /**< bit k: at level k spikes gave way to a plateau above -45 mV */
  double rheobase_pA; /**< smallest step with a spike, titrated or else of the levels; NAN: above 20 x baseline */
  double area;        /**< under the f–I curve, spikes/s x pA */
  double gain_Hz_per_pA, adaptation, latency_ms, first_rate_Hz; /**< latency and first rate: at 3 x */
  double threshold_mV, amplitude_mV, half_width_ms, peak_mV;    /**< of the first spike at 3 x baseline rheobase */
  double rest_mV, Rin_MOhm, rebound_spikes, refractory_ms;
  double ramp_first_spike_pA;
  double train_followed_1Hz, train_followed_100Hz; /**< share of the last fifth of the pulses that made a spike */
  double train_upstroke_1Hz, train_upstroke_100Hz; /**< mean largest dV/dt of these pulses, mV/ms */
  double plateau_spikes, plateau_late_rate_Hz;     /**< late: the last third of the plateau */
} lg_assay;

/** @brief Area under the f–I curve between two of lg_assay_factors. */
double lg_assay_area(const lg_assay_plan *plan, const lg_assay *assay, double from_factor, double to_factor);

typedef enum lg_verdict {
  LG_VERDICT_SILENCED = 0,
  LG_VERDICT_INHIBITED,
  LG_VERDICT_UNCHANGED,
  LG_VERDICT_EXCITED,
  LG_VERDICT_BLOCK, /**< depolarisation block */
  LG_VERDICT_MIXED,
  LG_VERDICTS
} lg_verdict;

/** @brief "silenced" … "depolarisation_block", "mixed". */
const char *lg_verdict_name(lg_verdict verdict);

/** What a verdict rests on. */
typedef struct lg_verdict_ratios {
  double area, near, strong; /**< after / before: whole f–I curve, up to 2 x, from 3 to 6 x baseline rheobase */
  double rheobase;           /**< after / before; NAN: undefined */
  uint32_t new_collapse;     /**< levels that collapse only when treated */
} lg_verdict_ratios;

/**
 * @brief Judge by the f–I curves, in this order:
 * silenced: no spike up to 6 x baseline rheobase and no collapse; depolarisation block: spikes give way to a plateau
 * above -45 mV where they did not before, at or below 3 x or with a fifth of the area lost; mixed: up to 2 x and from
 * 3 x on the curve moves in opposite directions (one part by a fifth, the other by a twentieth); inhibited: area ratio
 * below 0.8, or the rheobase above 1.25 x and the area not larger; excited: area ratio above 1.25, or the rheobase
 * below 0.8 x and the area not smaller; else unchanged.
 * @param ratios what it rests on; may be NULL
 */
lg_verdict lg_assay_judge(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after,
                          lg_verdict_ratios *ratios);

/** @brief Words of the rule that led to the verdict, with its numbers. */
void lg_verdict_explain(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after, char *words,
                        size_t bytes);

/**
 * @brief Use-dependence: block at 100 Hz over block at 1 Hz, block = relative loss of the upstroke of the last pulses.
 *
 * NAN without trains, and when less than 1 % is blocked at 100 Hz; a block below 0.1 % at 1 Hz counts as 0.1 %.
 */
double lg_assay_use_dependence(const lg_assay *before, const lg_assay *after);

/**
 * @brief Plans for n neurons: titrates each.
 *
 * A neuron that never fires gets baseline_rheobase_pA = NAN; it cannot be run.
 * @param opts NULL = LG_ASSAY_OPTS_INIT
 * @param near_pA a guess of the rheobases: looked for between a quarter and four times of it first, with half of the
 * work and 0.5 % of width; 0: none
 */
LG_MUST_CHECK lg_status lg_assay_plans_make(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_opts *opts,
                                            double near_pA, lg_assay_plan *out);

/** @brief Plan for a neuron whose rheobase is known; without pulses. */
lg_assay_plan lg_assay_plan_known(const lg_assay_opts *opts, double rheobase_pA);

/** @brief Plan for one neuron. @retval LG_ERR_NUMERICAL it never fires up to 15 pA per pF */
LG_MUST_CHECK lg_status lg_assay_plan_make(lg_ctx *ctx, const lg_neuron *neuron, const lg_assay_opts *opts,
                                           lg_assay_plan *out);

/**
 * @brief Measure n neurons; on the threads of the context; same bits for any number of them and for any n.
 * @param plans (n) or, with one_plan, a single one for all; all have the same options
 * @retval LG_ERR_ARGUMENT  options differ between plans, or a plan is of a neuron that never fires
 * @retval LG_ERR_NUMERICAL a potential left the finite range
 */
LG_MUST_CHECK lg_status lg_assay_run(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_plan *plans,
                                     bool one_plan, lg_assay *out);

/**
 * @brief The same, where neurons k < n_own are those that their plans were made of: their rheobases are the plans' and
 * are not looked for again.
 */
LG_MUST_CHECK lg_status lg_assay_run_own(lg_ctx *ctx, const lg_neuron *neurons, size_t n, size_t n_own,
                                         const lg_assay_plan *plans, bool one_plan, lg_assay *out);

#endif
