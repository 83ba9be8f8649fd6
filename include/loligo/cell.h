/**
 * @file cell.h
 * @brief Cells with shape: cable equation, channels, synapses, drugs. The format of a cell: docs/cable.md.
 */
#ifndef LOLIGO_CELL_H
#define LOLIGO_CELL_H

#include <loligo/drug.h>
#include <loligo/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A cell: shape, regions, channels, clamps, synapses, probes. */
typedef struct lg_cell lg_cell;

/**
 * @brief Read a cell.
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file; or, with json, where names in it start (SWC, MOD), and what stands in messages
 * @param json NULL, or the JSON itself, 0-terminated
 * @param[out] out destroy with lg_cell_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT, LG_ERR_RANGE the message names the file and the key
 */
LG_MUST_CHECK lg_status lg_cell_load(lg_ctx *ctx, const char *path, const char *json, lg_cell **out);

/**
 * @brief Destroy a cell; accepts NULL.
 * @param ctx the caller's context
 * @param cell may be NULL
 */
void lg_cell_destroy(lg_ctx *ctx, lg_cell *cell);

/**
 * @brief Change the cell as drugs do: channels and receptors by their names.
 * @param ctx the caller's context; holds the message of a failure
 * @param cell is changed; after a failure a part of it may be, so that it counts as treated too
 * @param table the drugs
 * @param names   (n) drugs, as lg_drug_describe() takes them
 * @param free_uM (n) their free concentrations, 0 … 1e9
 * @param n       number of drugs; 0: the bath alone
 * @param bath NULL = defaults
 * @param[out] notes text "json": what was touched, and what this cell has no target for; may be NULL; destroy with
 *                   lg_result_destroy()
 * @retval LG_ERR_NOT_FOUND no such drug; nothing is changed
 * @retval LG_ERR_UNSUPPORTED the cell has been treated already: read it again
 */
LG_MUST_CHECK lg_status lg_cell_treat(lg_ctx *ctx, lg_cell *cell, const lg_drug_table *table, const char *const *names,
                                      const double *free_uM, size_t n, const lg_bath_options *bath, lg_result **notes);

/** Options of a run. */
typedef struct lg_cell_options {
  size_t size;             /**< sizeof(lg_cell_options) */
  const char *scheme;      /**< "sdirk2" (default), "nrn", "adaptive" */
  double dt_ms;            /**< 0: 0.025; of adaptive: the largest step */
  double tolerance_mV;     /**< of adaptive, per step; 0: 1e-4 */
  double max_dx_um;        /**< longest compartment; 0: not said */
  double d_lambda;         /**< share of the length constant at 100 Hz; 0: not said (0.1) */
  size_t n_per_section;    /**< compartments of every section; 0: not said */
  int exact_spikes;        /**< time spikes between steps, not samples */
  int fine_rates;          /**< sdirk2: average the rates of hh over steps */
  uint64_t seed;           /**< of noise */
  const double *frames_ms; /**< (n_frames) ascending: when the potential of every node is kept; NULL: never */
  size_t n_frames;         /**< number of frames_ms; 0: none */
} lg_cell_options;

/** Defaults of lg_cell_options. */
#define LG_CELL_OPTIONS_INIT                                                                                           \
  { .size = sizeof(lg_cell_options), .scheme = "sdirk2", .seed = 1 }

/**
 * @brief Run a cell on its own stimuli to its tstop_ms.
 *
 * Arrays: "t_ms" (T); every probe by the name of its column ("v_mV_soma") (T); "spikes_ms" and "spike_probe" (uint32)
 * (S), upward crossings of 0 mV; of the N nodes that it was cut into "node.parent" (int32, -1 the root),
 * "node.section" (int32), "node.x", "node.distance_um", "node.area_um2"; with frames "frames_ms" (F), when they were
 * taken, and "frames_mV" (F, N) float. Text "json": names of the probes, numbers of nodes and steps.
 * @param ctx the caller's context; holds the message of a failure
 * @param cell is not changed
 * @param options NULL = defaults
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_RANGE     an option is outside its range, or frames do not ascend from 0 to tstop_ms
 * @retval LG_ERR_ARGUMENT  more than one of max_dx_um, d_lambda and n_per_section
 * @retval LG_ERR_NOT_FOUND no such scheme
 * @retval LG_ERR_NUMERICAL it diverged; the message says when and where
 */
LG_MUST_CHECK lg_status lg_cell_simulate(lg_ctx *ctx, const lg_cell *cell, const lg_cell_options *options,
                                         lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
