/**
 * @file surrogate.h
 * @brief A network that says what the mechanics would: from a strain profile to four outputs, and how sure it is.
 *
 * Profiles of 101 samples, 1 ms apart. Layouts: six channels (strain, its running maximum, four Maxwell-filtered
 * copies), that of the Ji lab's published networks (Wu et al. 2022; github.com/Jilab-biomechanics/CNN-brain-strains) on
 * the strain alone, and baselines that see the peak only, or six features of the profile. Several networks from
 * different starts are one surrogate; their spread is the uncertainty. A profile is out of range when that spread is
 * large or no training profile is near.
 */
#ifndef LG_AXON_SURROGATE_H
#define LG_AXON_SURROGATE_H

#include "axon/simulate.h"

enum { AXON_NET_TIMES = 101, AXON_PREDICTED = 4 /* AXON_MT, AXON_AXOLEMMA, AXON_TAU, AXON_NF */ };

typedef enum axon_layout {
  AXON_LAYOUT_SIX = 0,
  AXON_LAYOUT_JI,
  AXON_LAYOUT_PEAK,
  AXON_LAYOUT_FEATURES,
  AXON_LAYOUTS
} axon_layout;

/** One profile as the networks see it. */
typedef struct axon_prediction {
  double mean[AXON_PREDICTED], sd[AXON_PREDICTED]; /* strains as fractions, losses in percent; sd NAN: not known */
  double spread[AXON_PREDICTED]; /* sd of the networks in units of the standardised targets; NAN: one network */
  double nearest;                /* distance to the nearest training profile, or to one within the threshold */
  bool in_range;
} axon_prediction;

typedef struct lg_axon_surrogate {
  axon_layout layout;
  axon_params params; /* of the axon whose labels it learned */
  size_t n_nets, n_weights;
  float *weights;                                                /* (n_nets, n_weights), in the order of axon_net.h */
  double target_mean[AXON_PREDICTED], target_sd[AXON_PREDICTED]; /* of the transformed outputs */
  double most_spread[AXON_PREDICTED]; /* beyond this spread a profile is out of range; 0: no bound */
  /* Error to expect of a prediction, in units of the standardised targets: sqrt(floor^2 + (scale spread)^2), fitted to
   * profiles that were not trained on; 0 0: not calibrated, the spread as it is */
  double sd_floor[AXON_PREDICTED], sd_scale[AXON_PREDICTED];
  size_t n_known;
  float *known;           /* (n_known, AXON_NET_TIMES) training profiles */
  double known_threshold; /* a profile farther than this from all of them is out of range */
} lg_axon_surrogate;

void lg_axon_surrogate_destroy(lg_ctx *ctx, lg_axon_surrogate *net);

/** @brief Weights of one network of a layout. */
size_t lg_axon_net_weights(axon_layout layout);

/**
 * @brief Predict every profile; profiles of another length or step are resampled to 101 samples of 1 ms.
 * @param out (profiles->n)
 */
LG_MUST_CHECK lg_status lg_axon_surrogate_predict(lg_ctx *ctx, const lg_axon_surrogate *net,
                                                  const axon_profiles *profiles, axon_prediction *out);

#endif
