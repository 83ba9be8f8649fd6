/**
 * @file sweep_plan.h
 * @brief The plan of `loligo sweep`: a neuron, a stimulus, what varies and what is measured ("loligo-sweep/1").
 */
#ifndef LG_CLI_SWEEP_PLAN_H
#define LG_CLI_SWEEP_PLAN_H

#include "app/sweep/sample.h"
#include "app/sweep/sweep.h"

#include <loligo/batch.h>
#include <loligo/neuron.h>

/** What can be measured: X(name, type, needs the course of the potential, words). */
#define SWEEP_MEASURES(X)                                                                                              \
  X(n_spikes, LG_SWEEP_INTEGER, false, "spikes in the window")                                                         \
  X(rate_Hz, LG_SWEEP_NUMBER, false, "spikes in the window per its length")                                            \
  X(first_spike_ms, LG_SWEEP_NUMBER, false, "time of the first spike in the window")                                   \
  X(last_spike_ms, LG_SWEEP_NUMBER, false, "time of the last spike in the window")                                     \
  X(first_isi_ms, LG_SWEEP_NUMBER, false, "first interval between spikes")                                             \
  X(last_isi_ms, LG_SWEEP_NUMBER, false, "last interval between spikes")                                               \
  X(mean_isi_ms, LG_SWEEP_NUMBER, false, "mean interval between spikes")                                               \
  X(cv_isi, LG_SWEEP_NUMBER, false, "standard deviation of the intervals per their mean")                              \
  X(v_end_mV, LG_SWEEP_NUMBER, true, "potential at the end of the protocol")                                           \
  X(v_min_mV, LG_SWEEP_NUMBER, true, "smallest sample of the potential in the window")                                 \
  X(v_max_mV, LG_SWEEP_NUMBER, true, "largest sample of the potential in the window")                                  \
  X(v_mean_mV, LG_SWEEP_NUMBER, true, "mean of the samples of the potential in the window")

typedef enum sweep_measure {
#define X(name, type, trace, words) SWEEP_##name,
  SWEEP_MEASURES(X)
#undef X
      SWEEP_MEASURE_COUNT
} sweep_measure;

typedef enum sweep_solver { SWEEP_AUTO = 0, SWEEP_BATCH, SWEEP_RK4, SWEEP_EULER, SWEEP_REFERENCE } sweep_solver;

/** What an axis moves: a field of the model (its index), or the stimulus. */
enum { SWEEP_STIMULUS_SCALE = LG_NEURON_MAX_FIELDS, SWEEP_STIMULUS_OFFSET };

enum { SWEEP_NAME_BYTES = 64, SWEEP_MAX_COLUMNS = LG_SAMPLE_MAX_AXES + SWEEP_MEASURE_COUNT };

typedef struct sweep_job {
  lg_neuron neuron;
  lg_protocol *protocol;
  lg_sampler sampler;
  size_t target[LG_SAMPLE_MAX_AXES];
  size_t n_measures;
  sweep_measure measures[SWEEP_MEASURE_COUNT];
  sweep_solver solver; /* never SWEEP_AUTO once loaded */
  double dt_ms;
  double window_ms[2];
  bool needs_trace;
  size_t trace_every; /* samples between two that results.h5 keeps; 0: none */
  size_t n_trace;
  double *trace_t_ms;    /* (n_trace) */
  lg_batch_kind kind;    /* with SWEEP_BATCH */
  double *waveform;      /* (n_steps), with SWEEP_BATCH */
  size_t n_steps, every; /* of the batch; steps per sample */
  char names[SWEEP_MAX_COLUMNS][SWEEP_NAME_BYTES];
  lg_sweep_column columns[SWEEP_MAX_COLUMNS];
  char fingerprint[65];
} sweep_job;

/** @brief Read a plan; the files that it names are found from its own folder and noted in the provenance. */
LG_MUST_CHECK lg_status sweep_job_load(lg_ctx *ctx, const char *path, uint64_t seed, lg_provenance *provenance,
                                       sweep_job *out);
void sweep_job_release(lg_ctx *ctx, sweep_job *job);

/** @brief Decide how points are run (SWEEP_AUTO, checks of SWEEP_BATCH). */
LG_MUST_CHECK lg_status sweep_job_choose_solver(lg_ctx *ctx, const char *path, sweep_job *job);

/** @brief The neuron and the stimulus of values x; false and words when a value is not allowed. */
bool sweep_job_neuron(lg_ctx *ctx, const sweep_job *job, const double *x, lg_neuron *neuron, double *scale,
                      double *offset, char *words, size_t bytes);

/** @brief lg_sweep_block_fn; user is the job. */
lg_status sweep_job_run(lg_ctx *ctx, void *user, size_t first, size_t n, lg_sweep_cell *cells, float *arrays,
                        bool *failed, char (*message)[200]);

const char *sweep_solver_name(sweep_solver solver);

#endif
