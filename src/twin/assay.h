/**
 * @file assay.h
 * @brief What is measured of a neuron, treated or not, and the verdict over it.
 *
 * An assay runs one neuron on the standard protocols and keeps numbers, not traces. A verdict compares a treated
 * neuron with the same neuron untreated, over the whole f–I curve (spec: twin 5.9): a judgement from one current is
 * wrong, since a drug may silence near threshold and speed up strong drive.
 */
#ifndef LG_TWIN_ASSAY_H
#define LG_TWIN_ASSAY_H

#include "base/base.h"

#include <loligo/neuron.h>

enum { LG_ASSAY_LEVELS = 12 };

/** Which protocols are run; FI is always. */
enum { LG_ASSAY_FI = 1, LG_ASSAY_RAMP = 2, LG_ASSAY_TRAIN = 4, LG_ASSAY_PLATEAU = 8, LG_ASSAY_SHAPE = 16 };

/** How it is measured; made once from the untreated neuron, so that treated ones get the same currents. */
typedef struct lg_assay_plan {
  unsigned what;
  double baseline_rheobase_pA;  /**< of the untreated neuron */
  size_t n_levels;              /**< currents of the f–I curve */
  double i_pA[LG_ASSAY_LEVELS]; /**< among them 1.5, 3 and 6 x baseline rheobase */
  double step_ms, settle_ms, dt_ms;
  double plateau_ms, plateau_pA; /**< 30 s by default */
} lg_assay_plan;

/** What came out; NAN = not defined, or its protocol was not run. */
typedef struct lg_assay {
  uint32_t n_spikes[LG_ASSAY_LEVELS]; /**< within the step */
  double rheobase_pA;                 /**< smallest step with a spike, by titration; NAN: above 20 x baseline */
  double area;                        /**< under the f–I curve, spikes/s x pA */
  double gain_Hz_per_pA, adaptation, latency_ms, first_rate_Hz;
  double threshold_mV, amplitude_mV, half_width_ms, peak_mV; /**< of the first spike at 3 x baseline rheobase */
  double rest_mV, Rin_MOhm, rebound_spikes, refractory_ms;
  bool depolarisation_block;
  double ramp_first_spike_pA;
  double train_followed_1Hz, train_followed_100Hz; /**< share of pulses that made a spike */
  double plateau_spikes, plateau_late_rate_Hz;     /**< the last third of the plateau */
} lg_assay;

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

/** @brief Words of the rule that led to the verdict, with its numbers. */
void lg_verdict_explain(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after, lg_verdict verdict,
                        char *words, size_t bytes);

lg_verdict lg_assay_judge(const lg_assay_plan *plan, const lg_assay *before, const lg_assay *after);

/** @brief Plan for a neuron: titrates its rheobase. @retval LG_ERR_NUMERICAL it never fires */
LG_MUST_CHECK lg_status lg_assay_plan_make(lg_ctx *ctx, const lg_neuron *neuron, unsigned what, lg_assay_plan *out);

/**
 * @brief Measure n neurons; on the threads of the context; same bits for any number of them.
 * @param plans (n) or, with one_plan, a single one for all
 */
LG_MUST_CHECK lg_status lg_assay_run(lg_ctx *ctx, const lg_neuron *neurons, size_t n, const lg_assay_plan *plans,
                                     bool one_plan, lg_assay *out);

#endif
