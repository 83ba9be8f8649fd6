/**
 * @file reduce.h
 * @brief From a cell with shape to one of few compartments that answers as it does: Kron reduction to places of the
 * cell and to rings of equal voltage, capacitances by least squares.
 *
 * docs/cable-reduction.md has the method, its references and its limits.
 */
#ifndef LG_CABLE_REDUCE_H
#define LG_CABLE_REDUCE_H

#include "cable/cell.h"

typedef struct cable_reduce_options {
  size_t compartments; /* at most; 2 … 128 */
  int effort;          /* 0 quick, 1, 2 thorough */
  bool keep_weights;   /* move synapses by the steady transfer alone, without runs to match their EPSPs */
} cable_reduce_options;

#define CABLE_REDUCE_OPTIONS_INIT                                                                                      \
  { .effort = 2 }

/** A compartment of the reduced cell and what it stands for. */
typedef struct cable_reduced_place {
  char name[CABLE_NAME_BYTES];
  bool line;                                    /* a piece of a delay line: no load, only spikes in time */
  bool ring;                                    /* all places of side branches at one voltage, not one place */
  size_t node;                                  /* of the full tree: the place, or one place of the ring */
  double distance_um;                           /* path from the soma; of a ring the mean over its membrane */
  double level;                                 /* of a ring: share of the voltage at its site */
  double area_um2;                              /* membrane it stands for */
  double slope_uS_um2;                          /* of a line: conductance of its membrane at rest */
  double resistance_full_MOhm, resistance_MOhm; /* input resistance; full NAN for a ring */
  double transfer_full_MOhm, transfer_MOhm;     /* to the soma; full NAN for a ring */
} cable_reduced_place;

/** An EPSP at the soma: its height with its sign, and when it is reached after the event. */
typedef struct cable_epsp {
  double peak_mV, time_ms;
} cable_epsp;

/** What became of a location of the model. */
typedef struct cable_moved {
  char what[16]; /* "clamp", "synapse", "probe", "point" */
  size_t index;  /* in the full model */
  char name[CABLE_NAME_BYTES];
  size_t node;                             /* of the full tree */
  size_t compartment[2];                   /* the second SIZE_MAX where one takes all */
  double share[2];                         /* of the current or weight; 1 of a probe */
  double factor;                           /* of a synapse: by which its weight was changed beyond the shares */
  bool at_site;                            /* it is a compartment of its own */
  double error;                            /* of the EPSP's waveform at the soma (root mean square, linear) */
  cable_epsp epsp_full, epsp_shared, epsp; /* of a synapse alone, membrane linear: full, reduced before and after its
                                              factor; 0 where it was not run */
} cable_moved;

typedef struct cable_reduction {
  cable_model *model; /* the reduced cell: compartments, regions, stimuli, probes */
  size_t n_places;
  cable_reduced_place *places; /* (n_places) in the order of the compartments */
  size_t n_moved;
  cable_moved *moved;
  size_t n_nodes;                               /* of the full tree */
  double tau_full_ms, tau_ms;                   /* slowest time constant at rest */
  double resistance_full_MOhm, resistance_MOhm; /* of the soma */
  double rms;                                   /* of EPSPs at the soma over the samples, relative */
  size_t n_Hz;
  const double *Hz;       /* (n_Hz) */
  double (*impedance)[4]; /* (n_Hz) of the soma: full re, im, reduced re, im, MOhm */
  struct reduce_membrane *membrane;
  struct cable_linear *linear;
  struct reduce_cell *cell;
  struct reduce_samples *samples;
  struct reduce_work *work;
} cable_reduction;

/**
 * @brief Reduce a cell.
 *
 * The cell is taken linear round v_init: steady slopes of its channels where currents are steady, what they follow in
 * time from 1 to 2048 Hz where they are not. Input resistance of the soma and the resistances between all compartments
 * that are places are those of the full cell to rounding; the slowest time constant too.
 * @param tree of the model, cut as finely as wanted
 * @retval LG_ERR_RANGE too few or too many compartments, no soma, no leak: the message says which
 */
LG_MUST_CHECK lg_status lg_cable_reduce(lg_ctx *ctx, const cable_model *model, const cable_tree *tree,
                                        const cable_reduce_options *options, cable_reduction **out);

/**
 * @brief Move the stimuli, synapses and probes of another model of the same cell to a cell that is reduced already, in
 * the place of those that it has.
 */
LG_MUST_CHECK lg_status lg_cable_reduction_move(lg_ctx *ctx, cable_reduction *reduction, const cable_model *model,
                                                const cable_tree *tree, const cable_reduce_options *options);
/**
 * @brief Give probes of v that lie far out on an axon and spike there delay lines, so that their spikes come in time.
 * The last thing to do to a reduction: lg_cable_reduction_move() would not know of the lines.
 * @param result a run of the full model's own stimuli
 * @param room   compartments at most, those that are there included
 */
LG_MUST_CHECK lg_status lg_cable_reduction_conduct(lg_ctx *ctx, cable_reduction *reduction, const cable_model *model,
                                                   const cable_tree *tree, const cable_result *result, size_t room);
/** @brief How many compartments delay lines may want: two for each probe far out on an axon that spikes in the run. */
size_t lg_cable_reduce_lines(const cable_model *model, const cable_result *result);
void lg_cable_reduction_destroy(lg_ctx *ctx, cable_reduction *reduction);

#endif
