/**
 * @file features.h
 * @brief Spikes of a trace, and the features of a sweep and of a cell, from one table.
 *
 * The table (LG_SWEEP_FEATURE_LIST, LG_CELL_FEATURE_LIST in features_list.h) is the only place where a feature is
 * named: command line, JSON, documentation and tests come from it. A feature that cannot be measured is undefined and
 * says why in one sentence; it is never a number that stands for something else.
 *
 * Units: mV, pA, ms, MOhm, pF, Hz; dV/dt in V/s (= mV/ms).
 */
#ifndef LOLIGO_FEATURES_H
#define LOLIGO_FEATURES_H

#include <loligo/features_list.h>
#include <loligo/recording.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a spike begins. */
typedef enum lg_feature_definition {
  /** dV/dt >= 20 mV/ms (central differences), start of the contiguous run that holds the maximum of dV/dt. */
  LG_DEFINITION_STANDARD = 0,
  /** As eFEL: first of 5 successive samples with dV/dt >= 10 mV/ms after the minimum before the spike. */
  LG_DEFINITION_EFEL = 1,
  /** As IPFX: 20 mV/ms detects, then the last sample below 5 % of the mean maximal dV/dt of all spikes. */
  LG_DEFINITION_IPFX = 2
} lg_feature_definition;

/** Options; NULL stands for LG_FEATURES_OPTS_INIT. */
typedef struct lg_features_opts {
  size_t size;                      /**< sizeof(lg_features_opts) */
  lg_feature_definition definition; /**< where a spike begins */
  int all_spikes;                   /**< non-zero: spikes of the whole sweep, not only of the step */
  double window_extra_ms;           /**< the window reaches this far beyond the step's end; 0 … 100, default 2 */
  double spike_level_mV;            /**< a spike crosses this level upwards, default -20 */
  double min_peak_mV;               /**< and its peak is at least this, default -15 */
  double max_above_ms;              /**< and it returns below the level within this, default 15 */
} lg_features_opts;

/** Default options. */
#define LG_FEATURES_OPTS_INIT                                                                                          \
  { sizeof(lg_features_opts), LG_DEFINITION_STANDARD, 0, 2.0, -20.0, -15.0, 15.0 }

/**
 * One spike. Samples count from the first sample of the trace, times from its time (t = k * dt).
 * A quantity that is not defined for this spike is NAN.
 */
typedef struct lg_spike {
  size_t i_cross;            /**< first sample at or above the level */
  size_t i_peak;             /**< sample of the maximum */
  size_t i_fall;             /**< first sample below the level again */
  size_t i_threshold;        /**< sample of the threshold, by the definition chosen */
  double t_cross_ms;         /**< upward crossing of the level, linear interpolation */
  double t_peak_ms;          /**< maximum, parabola through three samples */
  double t_threshold_ms;     /**< dV/dt reaches the threshold slope, linear interpolation */
  double threshold_mV;       /**< potential at the threshold */
  double peak_mV;            /**< potential at the peak */
  double amplitude_mV;       /**< peak - threshold */
  double half_width_ms;      /**< width at threshold + amplitude/2, linear interpolation */
  double rise_ms;            /**< threshold to peak */
  double fall_ms;            /**< peak back to the threshold's potential (NAN if not before the next) */
  double upstroke_V_s;       /**< largest dV/dt */
  double downstroke_V_s;     /**< smallest dV/dt within 5 ms after the peak, negative */
  double phase_slope_per_ms; /**< slope of dV/dt against V at the threshold */
  double fast_ahp_mV;        /**< threshold - minimum within 5 ms after the peak (or to the next peak) */
  double fast_ahp_ms;        /**< peak to that minimum */
  double trough_mV;          /**< minimum between this peak and the next; NAN for the last spike */
  double trough_ms;          /**< peak to that minimum */
} lg_spike;

/**
 * @brief Find the spikes of a trace and measure them.
 *
 * A spike is an upward crossing of the level that returns within max_above_ms and whose peak reaches min_peak_mV
 * (twin.md section 4). Missing samples (NAN) end a spike without counting it. Derivatives are central differences.
 * Allocates nothing, needs no context, may run in many threads. Cost O(n).
 *
 * @param v_mV     (n) potential
 * @param n samples
 * @param dt_ms    sampling interval, > 0
 * @param opts     NULL = defaults
 * @param capacity rows of `spikes`
 * @param[out] spikes (capacity) the first spikes, in time order; may be NULL when capacity is 0 (count only)
 * @return the number of spikes in the trace, which may exceed capacity; 0 when n < 3 or dt_ms is not positive
 */
size_t lg_spikes_find(const double *v_mV, size_t n, double dt_ms, const lg_features_opts *opts, size_t capacity,
                      lg_spike *spikes);

/** A measured feature: value, or NAN with the reason why it is undefined. */
typedef struct lg_feature_value {
  double value;       /**< in the unit of the table; NAN when undefined */
  const char *reason; /**< NULL when defined; else one sentence (static text) */
} lg_feature_value;

/** One row of the table of features. */
typedef struct lg_feature_info {
  const char *name; /**< key in JSON and column name, with the unit at its end */
  const char *unit; /**< "mV", "1" when without dimension */
  const char *efel; /**< name in eFEL, "" if there is none */
  const char *ipfx; /**< name in IPFX, "" if there is none */
  const char *doc;  /**< one sentence */
} lg_feature_info;

/** @brief Return the table of sweep features: LG_SWEEP_FEATURES rows, indexed by lg_sweep_feature. */
const lg_feature_info *lg_features_sweep_table(void);

/** @brief Return the table of cell features: LG_CELL_FEATURES rows, indexed by lg_cell_feature. */
const lg_feature_info *lg_features_cell_table(void);

/** @brief LG_SWEEP_FEATURES of the library that is linked: for callers that were built without this header. */
size_t lg_features_sweep_count(void);

/** @brief LG_CELL_FEATURES of the library that is linked. */
size_t lg_features_cell_count(void);

/**
 * @brief Measure one sweep. The step must be known (has_step); without one, step features are undefined and spikes
 *        are those of the whole sweep.
 * @param ctx the caller's context; holds the message of a failure
 * @param sweep the sweep, with its step
 * @param opts NULL = defaults
 * @param[out] values (LG_SWEEP_FEATURES)
 * @retval LG_ERR_ARGUMENT dt is not positive, the step lies outside the sweep, or an option is out of range
 * @retval LG_ERR_MEMORY   values are all undefined
 */
LG_MUST_CHECK lg_status lg_features_sweep(lg_ctx *ctx, const lg_sweep *sweep, const lg_features_opts *opts,
                                          lg_feature_value *values);

/** Features of a recording. */
typedef struct lg_features {
  size_t n_sweeps;          /**< of the recording */
  lg_feature_value *sweeps; /**< (n_sweeps, LG_SWEEP_FEATURES) */
  int *numbers;             /**< (n_sweeps) sweep numbers as in the file; the features count sweeps from 0 */
  lg_feature_value cell[LG_CELL_FEATURES]; /**< of the cell, indexed by lg_cell_feature */
} lg_features;

/**
 * @brief Measure every sweep of a recording, then the cell.
 *
 * Steps must have been found already (lg_recording_find_steps()). Sweeps run in parallel on the context's pool.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec at least one sweep
 * @param opts NULL = defaults
 * @param[out] out destroy with lg_features_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_features_create(lg_ctx *ctx, const lg_recording *rec, const lg_features_opts *opts,
                                           lg_features **out);

/**
 * @brief Destroy features; accepts NULL.
 * @param ctx the caller's context; holds the message of a failure
 * @param features may be NULL
 */
void lg_features_destroy(lg_ctx *ctx, lg_features *features);

#ifdef __cplusplus
}
#endif
#endif
