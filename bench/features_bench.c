/*
 * Speed of the feature extraction on one core, in times real time: a synthetic 3-s sweep at 20 kHz with noise, without
 * spikes (exponential fit) and with 60 spikes, all features of both.
 */
#define _POSIX_C_SOURCE 200809L
#include "base/base.h"

#include <loligo/features.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(lg_sweep *s, int spikes) {
  lg_rng rng = lg_rng_make(1, 2, (uint64_t)spikes);
  s->has_step = 1;
  s->step_on = 10000;
  s->step_off = 50000;
  s->step_pA = spikes ? 200.0 : -50.0;
  for (size_t k = 0; k < s->n; k++) {
    const int in = k >= s->step_on && k < s->step_off;
    s->i_pA[k] = in ? s->step_pA : 0.0;
    s->v_mV[k] = -65.0 + 0.2 * lg_rng_normal(&rng) +
                 (in && !spikes ? -5.0 * (1.0 - exp(-0.05 * (double)(k - s->step_on) / 15.0)) : 0.0);
  }
  for (int m = 0; m < spikes; m++)
    for (size_t k = 0; k < 80; k++)
      s->v_mV[s->step_on + 500 + 650 * (size_t)m + k] += 100.0 * exp(-0.5 * pow(((double)k - 40.0) / 8.0, 2.0));
}

int main(void) {
  lg_ctx *ctx = NULL;
  lg_recording *rec = NULL;
  lg_features *f = NULL;
  if (lg_ctx_create(&ctx) != LG_OK || lg_recording_create(ctx, &rec) != LG_OK) return 5;
  for (int spikes = 0; spikes <= 60; spikes += 60) {
    lg_sweep *s = NULL;
    if (lg_recording_add_sweep(ctx, rec, 60000, 0.05, 1, &s) != LG_OK) return 5;
    fill(s, spikes);
  }
  double best = 1e9;
  for (int repeat = 0; repeat < 20; repeat++) {
    const double start = now_s();
    if (lg_features_create(ctx, rec, NULL, &f) != LG_OK) return 4;
    const double took = now_s() - start;
    if (took < best) best = took;
    if (repeat < 19) lg_features_destroy(ctx, f);
  }
  const double n = f->sweeps[LG_SWEEP_FEATURES + LG_SF_N_SPIKES].value;
  (void)printf("{\"bench\": \"features\", \"sweep_s\": 3, \"sampling_kHz\": 20, \"spikes\": %g, \"threads\": 1, "
               "\"times_real_time\": %.0f, \"target\": 200}\n",
               n, 6.0 / best);
  lg_features_destroy(ctx, f);
  lg_recording_destroy(ctx, rec);
  lg_ctx_destroy(ctx);
  return n == 60.0 ? 0 : 1;
}
