/** @file assay_step.h @brief What is read off one step of current. */
#ifndef LG_TWIN_ASSAY_STEP_H
#define LG_TWIN_ASSAY_STEP_H

#include "twin/assay_lanes.h"

typedef struct lg_step {
  uint32_t n_spikes;                              /* from the onset to 2 ms after the end */
  uint32_t n_after;                               /* later than that */
  double first_ms, first_interval_ms, adaptation; /* from the onset; NAN: none */
  double base_mV, steady_mV;                      /* mean of the last 10 ms before, and of the last fifth of it */
  bool collapsed;                                 /* a spike began, then a plateau above -45 mV and no spike more */
} lg_step;

void lg_step_measure(const lg_lane_view *view, double on_ms, double off_ms, lg_step *out);

/** @brief Spikes whose crossing lies in [from, to). */
uint32_t lg_step_count(const lg_lane_view *view, double from_ms, double to_ms);

/** @brief Largest slope in [from, to), mV/ms, by central differences. */
double lg_step_upstroke(const lg_lane_view *view, double from_ms, double to_ms);

#endif
