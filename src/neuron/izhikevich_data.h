/**
 * @file izhikevich_data.h
 * @brief A recording prepared for identification: where the resets are, how large the noise is, smoothed potentials.
 *
 * No context and no allocation after create: one object per worker thread.
 */
#ifndef LG_IZHIKEVICH_DATA_H
#define LG_IZHIKEVICH_DATA_H

#include "neuron/posterior_samples.h"

#include <loligo/identify.h>

enum { LG_IZH_MAX_SWEEPS = 64 };

/** One sweep of it. */
typedef struct lg_izh_sweep {
  const double *v, *i; /* (n), the caller's */
  size_t n;
  double dt;
  double baseline; /* median before the current first changes */
  size_t *last;    /* (n_spikes) last sample before each reset: the spike lies in (last, last+1] */
  size_t n_spikes;
  double *smooth; /* (n) Savitzky–Golay 9,2 between resets, raw where the course is too steep for it */
  double *weight; /* (n) of the squared residual, 1/mV^2; scratch of the refinement */
} lg_izh_sweep;

typedef struct lg_izh_data {
  size_t n_sweeps, n_samples, n_spikes;
  double sigma; /* mV */
  lg_izh_sweep sweep[LG_IZH_MAX_SWEEPS];
  /* storage */
  size_t capacity;
  double *smooth, *weight, *scratch; /* (capacity), (capacity), (4 capacity + 64) */
  size_t *last;                      /* (capacity) */
  struct lg_izh_wall *walls;         /* (max_spikes, 2) */
  size_t max_spikes;                 /* of one recording: more are not looked at */
  const lg_ctx *ctx;                 /* asked whether to stop */
  lg_importance *cloud;              /* draws of the posterior; NULL: none are wanted */
} lg_izh_data;

/** @brief Create room for recordings of up to max_samples samples in all sweeps together. */
LG_MUST_CHECK lg_status lg_izh_data_create(lg_ctx *ctx, size_t max_samples, lg_izh_data **out);
/** @brief Make room for draws: accepted fits are followed by them from now on. */
LG_MUST_CHECK lg_status lg_izh_data_add_cloud(lg_ctx *ctx, lg_izh_data *data);
void lg_izh_data_destroy(lg_ctx *ctx, lg_izh_data *data);

/**
 * @brief Find resets, noise and smoothed courses of some sweeps (which must outlive the use of data).
 * @param sigma_mV noise, or NAN to estimate it
 * @return false when the sweeps do not fit: too many samples or sweeps, or a sweep of fewer than 32 samples
 */
bool lg_izh_data_prepare(lg_izh_data *data, const lg_trace *traces, size_t n_traces, double sigma_mV);

#endif
