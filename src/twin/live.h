/**
 * @file live.h
 * @brief A cell or a point neuron that runs on and on and is stimulated while it runs: what live streams are made of.
 *
 * A stimulus is a current clamp; what came of it is told so that the same clamps in the file of the model (of a point
 * neuron: the same segments in a protocol) give the same bits by `loligo neuron simulate`.
 */
#ifndef LG_TWIN_LIVE_H
#define LG_TWIN_LIVE_H

#include "cable/cell.h"
#include "data/json_writer.h"
#include "io/json_read.h"

typedef struct lg_live lg_live;

enum { LG_LIVE_MOST_VALUES = 20000 };

typedef struct lg_live_options {
  cable_run_options run; /* of cells with shape; the adaptive scheme is refused */
  cable_cut cut;
} lg_live_options;

/** A current that was accepted. */
typedef struct lg_live_stimulus {
  bool point;
  cable_location at; /* of cells with shape */
  double on_ms, duration_ms, amplitude;
} lg_live_stimulus;

/**
 * @brief Load a model and stand at t = 0. Stimuli of the file hold as they do in a run.
 * @retval LG_ERR_LIMIT more than LG_LIVE_MOST_VALUES compartments; the message says how to have fewer
 */
LG_MUST_CHECK lg_status lg_live_open(lg_ctx *ctx, const char *path, const lg_live_options *options, lg_live **out);
void lg_live_close(lg_ctx *ctx, lg_live *live);

double lg_live_dt_ms(const lg_live *live);
double lg_live_time_ms(const lg_live *live);
/** @brief Whether it is a point neuron: its values are its states. */
bool lg_live_is_point(const lg_live *live);
/** @brief Values of a frame: the potential, mV, of every compartment, section by section; or a point neuron's states.
 */
size_t lg_live_n_values(const lg_live *live);
void lg_live_values(const lg_live *live, double *values);

/** @brief n steps of dt. @retval LG_ERR_NUMERICAL it diverged; the message says where */
LG_MUST_CHECK lg_status lg_live_advance(lg_ctx *ctx, lg_live *live, size_t n_steps);

/**
 * @brief Inject a current: {"loc": ["sec", 3, 0.5], "dur_ms": 2, "amp_nA": 0.5, "at_ms": 12}; without at_ms now.
 *
 * Places at the very end of a section are moved into its last compartment. A point neuron: {"dur_ms": 2, "amp_pA": 50,
 * "at_ms": 12}, in the unit of its protocols (uA/cm2 for models given per area).
 * @retval LG_ERR_LIMIT too many at once; LG_ERR_RANGE the past, or a place that is not there
 */
LG_MUST_CHECK lg_status lg_live_stimulate(lg_ctx *ctx, lg_live *live, const lg_json_at *at, lg_live_stimulus *out);

/** @brief Keys "model", "dt_ms", "n_values", "unit", "sections": [{"type", "name", "parent", "distal_id", "pts",
 * "first", "n"}]: which values belong to which section; of a point neuron "states", their names. */
void lg_live_describe(const lg_live *live, lg_json *w);
/** @brief A stimulus as an object of "iclamps", of a point neuron of "segments". */
void lg_live_write_stimulus(const lg_live_stimulus *stimulus, lg_json *w);

#endif
