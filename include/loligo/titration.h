/**
 * @file titration.h
 * @brief Finding the rheobase in a few sweeps, as an experimenter does: which current to try next, given the answers.
 */
#ifndef LOLIGO_TITRATION_H
#define LOLIGO_TITRATION_H

#include <loligo/neuron.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most sweeps of a titration. */
enum { LG_TITRATION_MAX_SWEEPS = 64 };

/** A titration under way: plain data. Works for a live cell and for a simulated one. */
typedef struct lg_titration {
  double low;          /**< no spike is known up to here */
  double high;         /**< spikes are known from here on */
  int low_is_tested;   /**< low was tried, not only assumed */
  int high_is_tested;  /**< high was tried, not only assumed */
  double resolution;   /**< done when high / low is below 1 + resolution */
  unsigned n_sweeps;   /**< answered so far */
  unsigned max_sweeps; /**< most */
} lg_titration;

/**
 * @brief Begin between two currents: bisection of their logarithm.
 *
 * n sweeps leave a bracket of (high/low)^(1/2^n): eight sweeps from 1 to 3000 pA leave 3.2 %.
 * @param ctx the caller's context; holds the message of a failure
 * @param low, high   currents, 0 < low < high <= 1e9 (pA, or µA/cm² for models per area)
 * @param resolution  0 … 1; stop when the bracket is that narrow
 * @param max_sweeps  1 … LG_TITRATION_MAX_SWEEPS
 * @param[out] out filled on LG_OK
 * @retval LG_ERR_RANGE a value is outside its range
 */
LG_MUST_CHECK lg_status lg_titration_begin(lg_ctx *ctx, double low, double high, double resolution, unsigned max_sweeps,
                                           lg_titration *out);

/**
 * @brief Current of the next sweep; NAN when the titration is done.
 * @param titration under way
 */
double lg_titration_next(const lg_titration *titration);

/**
 * @brief Say whether the cell fired at the current that lg_titration_next() named.
 * @param titration under way; its bracket narrows
 * @param fired non-zero: at least one spike
 */
void lg_titration_answer(lg_titration *titration, int fired);

/**
 * @brief Best estimate: the geometric mean of the bracket.
 * @param titration under way or done
 */
double lg_titration_estimate(const lg_titration *titration);

/** How a simulated cell is titrated. */
typedef struct lg_rheobase_options {
  size_t size;         /**< sizeof(lg_rheobase_options) */
  double duration_ms;  /**< of the step, 1 … 1e5 */
  double low;          /**< of the first bracket; 0: 1 pA, 0.1 µA/cm² for hh52 */
  double high;         /**< of the first bracket; 0: 3000 pA, 300 µA/cm² for hh52 */
  double resolution;   /**< stop when the bracket is that narrow */
  unsigned max_sweeps; /**< most sweeps */
  lg_solver solver;    /**< how to integrate */
} lg_rheobase_options;

/** Defaults of lg_rheobase_options: 500 ms, 8 sweeps. */
#define LG_RHEOBASE_OPTIONS_INIT                                                                                       \
  { .size = sizeof(lg_rheobase_options), .duration_ms = 500.0, .max_sweeps = 8, .solver = LG_SOLVER_RK4 }

/** What a titration found. */
typedef struct lg_rheobase {
  lg_titration bracket;                     /**< where it ended */
  double estimate;                          /**< geometric mean of the bracket */
  double tried[LG_TITRATION_MAX_SWEEPS];    /**< (bracket.n_sweeps) currents in order */
  unsigned spikes[LG_TITRATION_MAX_SWEEPS]; /**< (bracket.n_sweeps) spikes during each */
  int fires_at_rest;                        /**< without any current: the rest is then undefined */
} lg_rheobase;

/**
 * @brief Titrate a simulated cell: steps from rest, every sweep from the start.
 *
 * One sweep without current comes first (it is not counted). A cell that never fires up to `high` has
 * high_is_tested = 0.
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron parameters and initial states
 * @param options NULL = defaults
 * @param[out] out filled on LG_OK
 * @retval LG_ERR_RANGE an option is outside its range; other failures are those of lg_simulate()
 */
LG_MUST_CHECK lg_status lg_neuron_rheobase(lg_ctx *ctx, const lg_neuron *neuron, const lg_rheobase_options *options,
                                           lg_rheobase *out);

#ifdef __cplusplus
}
#endif
#endif
