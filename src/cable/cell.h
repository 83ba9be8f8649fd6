/**
 * @file cell.h
 * @brief A group: one or many identical cells (one tree, one set of mechanisms) that step together.
 *
 * Flat arrays: node `place` of cell c in a group of `lanes` cells stands at place * lanes + c. One cell (lanes 1) is
 * solved by depth levels; several (lanes 8, in tiles) with one cell per SIMD lane. The order of places is the solver's.
 */
#ifndef LG_CABLE_CELL_H
#define LG_CABLE_CELL_H

#include "cable/tree.h"

typedef struct cable_group cable_group;

typedef struct cable_run_options {
  cable_scheme scheme;
  double dt_ms;     /* 0: 0.025; of adaptive: the largest step */
  double tolerance; /* of adaptive, mV per step; 0: 1e-4 */
  uint64_t seed;
  size_t n_cells; /* identical cells in the group; 0: 1 */
  uint64_t first_cell;
  bool exact_spikes; /* of runs: time spikes between steps also where samples are 0.1 ms apart or less */
  bool fine_rates;   /* of sdirk2: hh too averages the rates of m over the step (other channels always do) */
  bool plain;        /* of sdirk2: without the correction for channels that change within a step; for derivatives */
} cable_run_options;

/** @brief Compile a model and its tree into a group at t = 0 (states steady at v_init). Model and tree must outlive it.
 */
LG_MUST_CHECK lg_status lg_cable_group_create(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                              const cable_run_options *options, cable_group **out);
void lg_cable_group_destroy(lg_ctx *ctx, cable_group *group);

/** @brief One step of dt. No allocation, no ctx: may run in parallel for different groups. */
void lg_cable_group_step(cable_group *group);

/** @brief t at which v stands, ms (step index times dt). */
double lg_cable_group_time_ms(const cable_group *group);

/** @brief v of a node of the tree in a cell, mV. */
double lg_cable_group_v(const cable_group *group, size_t node, size_t cell);
/** @brief Value of a probe of the model in a cell at the present time. */
double lg_cable_group_probe(const cable_group *group, size_t probe, size_t cell);

/** @brief An event for synapse k (of the model) of a cell at offset_ms after the present time, before the next step. */
void lg_cable_group_receive(cable_group *group, size_t cell, size_t synapse, double weight_uS, double offset_ms);

/** Many events for the step that comes; all arrays have room for 8 more. */
typedef struct cable_arrivals {
  size_t n;
  double *weight, *offset_ms; /* 0 <= offset_ms < dt */
  uint32_t *port;
  uint64_t *key; /* ascending in time: of no two the same; the lower half is the number of the event in the others */
} cable_arrivals;

/** @brief How many ports a group has: the places where events arrive, of all its cells. */
size_t lg_cable_group_ports(const cable_group *group);
/** @brief The port of a synapse (of the model) of a cell. */
uint32_t lg_cable_group_port(const cable_group *group, size_t cell, size_t synapse);
/**
 * @brief All events of the step that comes, by lg_cable_group_receive() or its like for many. Where a synapse's answer
 * depends on the order they are taken by their keys, else as they stand. May change the keys, and what lies behind n.
 */
void lg_cable_group_receive_all(cable_group *group, const cable_arrivals *arrivals);

/**
 * @brief An outside current at a node of a cell, held over each of the following steps until it is set again: i_nA
 * flows in, g_uS * v flows out (clamps, noise and gap junctions of networks). Zero at first; part of the state.
 */
void lg_cable_group_drive(cable_group *group, size_t node, size_t cell, double g_uS, double i_nA);

enum { CABLE_GROUP_MORE_CLAMPS = 256 };
/**
 * @brief One more current clamp, the same in all cells, from on_ms to off_ms: bit for bit what a clamp of the model
 * would have done from the start, where it begins at or after the present time and is added after those of the model in
 * the same order. Not of the adaptive scheme. No part of the state that is saved.
 * @return false: CABLE_GROUP_MORE_CLAMPS wait or are on already
 */
bool lg_cable_group_clamp(cable_group *group, size_t node, double on_ms, double off_ms, double amplitude_nA);

/** A spike of a membrane mechanism in the last step. */
typedef struct cable_group_spike {
  uint32_t cell, node; /* of the group; of the tree */
  double t_ms;         /* within the step */
} cable_group_spike;

/** @brief What membrane mechanisms fired in the last step, ascending in cell; returns how many. */
size_t lg_cable_group_fired(const cable_group *group, const cable_group_spike **fired);

/** @brief First node whose v is not finite or outside ±1000 mV: true and node, cell. */
bool lg_cable_group_diverged(const cable_group *group, size_t *node, size_t *cell);

/** @brief Bytes of all that changes while it runs, to save and to put back (bitwise the same run afterwards). */
size_t lg_cable_group_state_bytes(const cable_group *group);
void lg_cable_group_save(const cable_group *group, void *bytes);
void lg_cable_group_restore(cable_group *group, const void *bytes);

/** Traces of a run of the model's own stimuli. */
typedef struct cable_result {
  size_t n_samples, n_probes;
  double sample_ms;
  double *values;  /* (n_probes, n_samples) */
  size_t n_spikes; /* upward crossings of 0 mV at the probes of v, linear between samples; between steps where
                      sample_ms is above 0.1 */
  struct cable_spike {
    uint32_t probe;
    double t_ms;
  } * spikes; /* ascending in t */
  size_t n_nodes, n_steps;
  bool diverged;   /* stopped early: the samples up to there are kept (n_samples says how many) */
  char where[160]; /* "at t = 12.3 ms in section 4 (apical) at x = 0.5: v = 1e7 mV" */
} cable_result;

/** @brief Run a model to its tstop_ms. LG_ERR_NUMERICAL on divergence, with *out filled up to there. */
LG_MUST_CHECK lg_status lg_cable_simulate(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                          const cable_run_options *options, cable_result **out);
void lg_cable_result_destroy(lg_ctx *ctx, cable_result *result);

#endif
