/**
 * @file recording.h
 * @brief A current-clamp recording: sweeps of membrane potential with the injected current.
 *
 * Units are fixed here; readers convert at the border: potential mV, current pA, time ms.
 */
#ifndef LOLIGO_RECORDING_H
#define LOLIGO_RECORDING_H

#include <loligo/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the current of a sweep is known. */
typedef enum lg_current_origin {
  LG_CURRENT_NONE = 0,     /**< no current in the file: i_pA is NULL */
  LG_CURRENT_MEASURED = 1, /**< a recorded channel (noisy) */
  LG_CURRENT_COMMAND = 2   /**< rebuilt from the protocol (epochs, stimulus file or series): ideal */
} lg_current_origin;

/** One sweep. `n` samples at t = t0_ms + k * dt_ms. */
typedef struct lg_sweep {
  size_t n;                         /**< samples */
  double dt_ms;                     /**< sampling interval */
  double t0_ms;                     /**< start of the sweep in the recording */
  double *v_mV;                     /**< (n) membrane potential; NAN where missing */
  double *i_pA;                     /**< (n) injected current, or NULL */
  lg_current_origin current_origin; /**< how the current is known */
  int number;                       /**< sweep number as in the file, from 0 */
  /** The main step, when the reader or lg_recording_find_steps() knows it; has_step = 0 otherwise. */
  int has_step;
  double step_hold_pA; /**< holding current */
  double step_pA;      /**< absolute level of the step */
  size_t step_on;      /**< first sample of the step */
  size_t step_off;     /**< first sample behind it */
} lg_sweep;

/** A recording. Owns its sweeps and strings. */
typedef struct lg_recording {
  size_t n_sweeps;   /**< number of sweeps */
  lg_sweep *sweeps;  /**< (n_sweeps) */
  char *source;      /**< file name as given */
  char *format;      /**< "ABF2", "ABF1", "NWB 2.2.0", "IBW 5", "CSV" */
  char *pairing;     /**< one sentence: how current and potential were paired */
  char *protocol;    /**< protocol name of the file, "" if none */
  size_t n_warnings; /**< number of warnings */
  char **warnings;   /**< one sentence each: plausibility, missing current, gain … */
  size_t n_files;    /**< number of files */
  char **files; /**< paths of all files that were read: the recording, its stimulus file, waves of the same series */
} lg_recording;

/**
 * @brief Create an empty recording.
 * @param ctx the caller's context; holds the message of a failure
 * @param[out] out destroy with lg_recording_destroy(); NULL on failure
 */
LG_MUST_CHECK lg_status lg_recording_create(lg_ctx *ctx, lg_recording **out);

/**
 * @brief Destroy a recording; accepts NULL.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec may be NULL
 */
void lg_recording_destroy(lg_ctx *ctx, lg_recording *rec);

/**
 * @brief Append a sweep of n samples (zero-filled v_mV; i_pA allocated when with_current != 0).
 * @param ctx the caller's context; holds the message of a failure
 * @param rec unchanged on failure
 * @param n samples, at least 1
 * @param dt_ms sampling interval, > 0
 * @param with_current non-zero: the current is allocated too
 * @param[out] out the sweep; stays valid until the next append
 */
LG_MUST_CHECK lg_status lg_recording_add_sweep(lg_ctx *ctx, lg_recording *rec, size_t n, double dt_ms, int with_current,
                                               lg_sweep **out);

/**
 * @brief Append a warning (printf-like); one sentence, with value and expected range.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec the recording
 * @param fmt as printf(), with its arguments behind it
 */
LG_MUST_CHECK lg_status lg_recording_warn(lg_ctx *ctx, lg_recording *rec, const char *fmt, ...) LG_PRINTF(3, 4);

/**
 * @brief Append the path of a file that the recording was read from.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec the recording
 * @param path is copied
 */
LG_MUST_CHECK lg_status lg_recording_add_file(lg_ctx *ctx, lg_recording *rec, const char *path);

/**
 * @brief Set one of the strings (source, format, pairing, protocol): frees the old, copies the new.
 * @param ctx the caller's context; holds the message of a failure
 * @param field address of the recording's string
 * @param text is copied
 */
LG_MUST_CHECK lg_status lg_recording_set_text(lg_ctx *ctx, char **field, const char *text);

/**
 * @brief Find the main current step of each sweep from the currents and set has_step, step_on, step_off,
 *        step_hold_pA, step_pA.
 *
 * Works on ideal commands and on noisy measured currents. The sweeps of a protocol share the times of their steps, so
 * that a sweep of 0 pA has a window too. The main step is the longest segment whose level changes from sweep to sweep
 * (a test pulse does not change), the first of equally long ones; with one level only, the longest segment away from
 * the holding current. step_hold_pA is the median of the 50 ms before it, step_pA the median of [25 %, 90 %) of it.
 * Ramps, sines and noise have no step: has_step stays 0. Does nothing when the reader has set steps already.
 *
 * lg_recording_read() has called it.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec its sweeps are changed
 */
LG_MUST_CHECK lg_status lg_recording_find_steps(lg_ctx *ctx, lg_recording *rec);

/**
 * @brief Check that the numbers can be a current-clamp recording; append warnings, never change a number.
 *
 * Refused: no samples, no finite sample, median potential outside -200 … 150 mV or more than a fifth of the samples
 * outside, a potential that never leaves -1 … 1 mV. Warned of: single samples outside, rest outside -95 … -35 mV,
 * missing samples, clipping, missing current, holding current, sampling at 5 kHz or less.
 *
 * lg_recording_read() has called it.
 * @param ctx the caller's context; holds the message of a failure
 * @param rec gets the warnings
 * @retval LG_ERR_FORMAT refused: the scale or unit of the potential is wrong
 */
LG_MUST_CHECK lg_status lg_recording_check(lg_ctx *ctx, lg_recording *rec);

/**
 * @brief Read a recording from a file, by content (magic bytes), not by extension.
 *
 * ABF1, ABF2, NWB 2.x, Igor .ibw, CSV (`t_ms,i_pA,v_mV[,sweep]`). Foreign binary formats are parsed in a
 * sandboxed child process. A directory, or one .ibw of a pair, reads the Igor waves beside it.
 *
 * @param ctx the caller's context; holds the message of a failure
 * @param path a file, or a folder of Igor waves
 * @param[out] out destroy with lg_recording_destroy(); NULL on failure
 * @retval LG_ERR_IO          cannot be opened or read
 * @retval LG_ERR_FORMAT      damaged, truncated, or not one of the formats
 * @retval LG_ERR_UNSUPPORTED voltage clamp, NWB 1.x, Zarr, …
 */
LG_MUST_CHECK lg_status lg_recording_read(lg_ctx *ctx, const char *path, lg_recording **out);

#ifdef __cplusplus
}
#endif
#endif
