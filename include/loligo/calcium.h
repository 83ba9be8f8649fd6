/**
 * @file calcium.h
 * @brief Calcium in a dendrite with its endoplasmic reticulum: waves. The format of a case: docs/calcium.md.
 *
 * Units of this room: um, s, uM.
 */
#ifndef LOLIGO_CALCIUM_H
#define LOLIGO_CALCIUM_H

#include <loligo/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options of a run. */
typedef struct lg_calcium_options {
  size_t size;          /**< sizeof(lg_calcium_options) */
  const char *scheme;   /**< "imex2" (default), "imex1", "rodas4" */
  const char *gate;     /**< of the ryanodine receptor: "kl" (default), "closure", "rise", or the file of a network */
  double dt_s;          /**< 0: 2.5e-6, with tolerance 10e-6 */
  double max_dx_um;     /**< longest edge of the grid; 0: 0.05 */
  double sample_s;      /**< spacing of time series; 0: 5e-4 */
  double tolerance;     /**< speeds and arrivals may be off by this part through the step; 0: the step stands */
  unsigned space_order; /**< of diffusion: 2, 4, 6; 0: 2 */
  size_t film_places;   /**< of the film from the root to the farthest tip, at most the nodes are kept; 0: none */
  size_t film_times;    /**< its frames, evenly from 0 to the end of the run; below 2: no film */
} lg_calcium_options;

/** Defaults of lg_calcium_options. */
#define LG_CALCIUM_OPTIONS_INIT                                                                                        \
  { .size = sizeof(lg_calcium_options), .scheme = "imex2", .gate = "kl" }

/**
 * @brief Run a case.
 *
 * Text "json": the figures of `loligo calcium simulate --json` (speed_um_s …), names of the columns, warnings. Arrays,
 * P probes, S samples, N nodes, Q columns (c, b, e, P and further species): "arrival_up_s", "arrival_down_s", "peak_uM"
 * (P); "sample_s" (S); "samples" (S, P + 2, Q), the last two places are the run's own; "totals" (S, 3); "snapshot_s"
 * (K); "snapshots" (K, N, Q); "node.x_um" (N), "node.section" (N) uint32, "node.parent" (N) int32; with a film
 * "film_uM" (places, times) float of the cytosol's calcium, "film_er_uM", "film_open" likewise, "film_s" (times),
 * "film_um" (places). A case with a cable (key `cable`, docs/calcium-cable.md) runs both: the cable's "cable.t_ms" (T),
 * every probe of the cell as "cable." and its column, "cable.v_mV_soma" (T), "cable.spikes_ms" and "cable.spike_probe"
 * (upward crossings of 0 mV); the text has the member "cable" with the columns, sample_ms and n_compartments.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file; or, with json, where names in it start, and what stands in messages
 * @param json NULL, or the JSON itself, 0-terminated
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT    the message names the file and the key
 * @retval LG_ERR_NOT_FOUND no such scheme or gate
 * @retval LG_ERR_RANGE     a value or an option is outside its range, or steps are too long for the scheme; the longest
 *                          is in the message
 * @retval LG_ERR_NUMERICAL a concentration became negative or infinite: time and place are in the message
 * @retval LG_ERR_UNSUPPORTED a tolerance for a dendrite that runs with a cable; a cell without a shape
 */
LG_MUST_CHECK lg_status lg_calcium_run_case(lg_ctx *ctx, const char *path, const char *json,
                                            const lg_calcium_options *options, lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
