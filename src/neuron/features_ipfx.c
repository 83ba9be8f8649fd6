/* Spikes as IPFX finds them (spike_detector.py of AllenInstitute/ipfx): by slope, not by level. Forward differences,
   no low-pass filter: IPFX filters at 10 kHz only what is sampled faster than 20 kHz. */
#include "neuron/features_internal.h"

static double forward(const features_trace *t, size_t i) { return (t->v[i + 1] - t->v[i]) / t->dt; }

/* A putative spike [start, end): dV/dt rises through 20 mV/ms at start; end is the next one's start. */
static bool accept(const features_trace *t, size_t start, size_t end, lg_spike *spike) {
  const size_t peak = features_argmax(t->v, start, end);
  if (peak >= end || t->v[peak] < -30.0 || !(t->v[peak] - t->v[start] >= 2.0)) return false;
  size_t cross = peak, fall = peak;
  const double level = t->v[peak] > t->opts.spike_level_mV ? t->opts.spike_level_mV : t->v[start];
  while (cross > start && t->v[cross - 1] >= level) cross--;
  while (fall + 1 < t->n && t->v[fall] >= level) fall++;
  *spike = (lg_spike){.i_cross = cross, .i_peak = peak, .i_fall = fall, .i_threshold = start};
  return true;
}

size_t features_ipfx_detect(const features_trace *t, size_t capacity, lg_spike *spikes) {
  size_t count = 0, start = t->n;
  bool fell = true; /* dV/dt has been negative since the previous rise through 20 mV/ms */
  double before = forward(t, 0);
  lg_spike spike = {0};
  for (size_t i = 1; i + 1 < t->n; i++) {
    const double d = forward(t, i);
    if (d < 0.0) fell = true;
    if (before < 20.0 && d >= 20.0) {
      if (fell) {
        if (start < t->n && accept(t, start, i - 1, &spike)) {
          if (count < capacity) spikes[count] = spike;
          count++;
        }
        start = i - 1;
      }
      fell = false;
    }
    before = d;
  }
  if (start < t->n && accept(t, start, t->n, &spike)) {
    if (count < capacity) spikes[count] = spike;
    count++;
  }
  return count;
}

static size_t upstroke_sample(const features_trace *t, const lg_spike *spike) {
  size_t best = spike->i_threshold;
  for (size_t i = best; i < spike->i_peak; i++)
    if (forward(t, i) > forward(t, best)) best = i;
  return best;
}

void features_ipfx_refine(const features_trace *t, size_t n, lg_spike *spikes) {
  double mean = 0.0;
  for (size_t k = 0; k < n; k++) mean += forward(t, upstroke_sample(t, &spikes[k])) / (double)n;
  const double target = 0.05 * mean;
  size_t previous = 0;
  for (size_t k = 0; k < n; k++) {
    const size_t upstroke = upstroke_sample(t, &spikes[k]);
    size_t i = upstroke;
    while (i > previous && !(forward(t, i) <= target)) i--;
    spikes[k].i_threshold = i;
    previous = upstroke;
  }
}
