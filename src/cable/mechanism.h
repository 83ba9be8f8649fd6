/**
 * @file mechanism.h
 * @brief What a channel, pump, pool or synapse is to the cable: a table of parameters and states, and a few functions
 * over arrays of instances.
 *
 * Units inside: mV, ms, mM, °C. A density mechanism has conductances in S/cm² and currents in mA/cm² as its parameters
 * say (NEURON's names and units); what it adds to the cable is absolute, in µS and nA, by the factor `scale` of the
 * instance (area_um2 * 0.01). A point mechanism works in µS and nA and has scale 1. Outward current is positive.
 *
 * One moment of a step, for both schemes: `current` adds g = di/dv and i at the voltage v to the nodes; the tree is
 * solved; then `advance` moves the states over dt at the new v. In the scheme LG_CABLE_NRN states and voltages are
 * known at the same times as NEURON knows them. In the others the gates live half a step after the voltages (advance
 * is called once with dt/2 at the start, without currents), so that both are centred and second order. What says
 * `whole_steps` (pools, synapses, noise) lives at the times of v and is not called in that half step.
 *
 * Ions, so that concentrations are of second order too. `current` adds to the current and conductance of an ion where
 * current_is_read (the group sets them to 0 before). After the tree is solved the group, but in CABLE_NRN, moves the
 * current to the middle of the step: current += conductance (v1 - v0) / 2. Then the blocks whose kind writes_inside
 * advance (concentration from v's old time to its new one), then all others, which read the concentration at v's time,
 * where their gates' step is centred. Last the group makes the reversals: by Nernst from the concentration, in
 * CABLE_NRN as it is, in the others extrapolated half a step, E + (E - E of the step before) / 2, which is the middle
 * of the step that follows.
 */
#ifndef LG_CABLE_MECHANISM_H
#define LG_CABLE_MECHANISM_H

#include "base/base.h"

#include <loligo/model.h>

typedef enum cable_scheme {
  CABLE_SDIRK2 = 0, /* second order, L-stable; the default */
  CABLE_NRN,        /* NEURON's first-order step, for matching it */
  CABLE_ADAPTIVE    /* step chosen by an error estimate */
} cable_scheme;

typedef enum cable_mechanism_sort {
  CABLE_DENSITY, /* per area, in regions */
  CABLE_POINT,   /* at a place: synapses, clamps, noise */
  CABLE_MEMBRANE /* a spiking membrane with threshold and reset (LIF, AdEx, …): density-like, at most one per node */
} cable_mechanism_sort;

/** How a mechanism uses an ion. */
typedef struct cable_ion_use {
  const char *name; /* "na", "k", "ca", or what a user's mechanism calls it */
  int valence;
  bool reads_reversal, reads_inside, reads_outside, reads_current, writes_current, writes_inside;
} cable_ion_use;

/** An ion on the nodes of a group (flat arrays, as v). */
typedef struct cable_ion {
  char name[16];
  int valence;
  double *reversal_mV;       /* (flat) */
  double *inside_mM;         /* (flat) */
  double *outside_mM;        /* (flat) */
  double *current_mA_cm2;    /* (flat) sum over mechanisms at the last `current`; kept only where somebody reads it */
  double *conductance_S_cm2; /* (flat) di/dv of that; kept where the current is */
  bool reversal_by_nernst;   /* reversal follows from the concentrations: group recomputes it after pools moved */
  bool current_is_read;
} cable_ion;

/**
 * All instances of one mechanism in a group. Arrays are 64-byte aligned and their length is rounded up to a multiple of
 * 8 lanes; the instances beyond `number` copy the last one and point at a spare node after the last real one, so that
 * vectors need no tail.
 */
typedef struct cable_block {
  const struct cable_mechanism *kind;
  size_t number;            /* instances, lanes included */
  size_t lanes;             /* cells: instance k is number k / lanes of cell first_cell + k % lanes */
  const uint32_t *node;     /* (number) flat index of the node: place * lanes + lane; ascending */
  bool contiguous;          /* node[k] == node[0] + k for all k */
  bool tiled;               /* node[8j + l] == node[8j] + l: vectors of 8 need no gather */
  double *const *parameter; /* [kind->n_parameters](number) */
  double *const *state;     /* [kind->n_states](number) */
  double *const
      *memory; /* [kind->n_memory](number), one behind the other, NULL where the step is not corrected: with it gates
                  take their rates'     mean over the step, told by those of the two steps before (now->step >= 2) */
  const double *scale;          /* (number) density -> µS, nA; 1 for points */
  const double *area_um2;       /* (number) membrane of the node; only where kind->uses_geometry, else NULL */
  const double *diameter_um;    /* (number) mean diameter of the node's piece; likewise */
  const double *capacitance_nF; /* (number) of the node; likewise */
  cable_ion *const *ion;        /* [kind->n_ions] */
  void *own;           /* what the mechanism keeps for itself (programs of NMODL, random streams); may be NULL */
  uint64_t seed;       /* of the run; with first_cell it keys random numbers */
  uint64_t first_cell; /* global index of lane 0 */
} cable_block;

/** The cell at one moment, as mechanisms see it. */
typedef struct cable_moment {
  cable_scheme scheme;
  double t_ms;  /* time of v, start of the step for `current`, end of it for `advance` */
  double dt_ms; /* step */
  double celsius;
  uint64_t step; /* index of the step, for counter-based noise */
  double *v;     /* (flat) mV; read-only except for `fire` */
  double *g;     /* (flat) µS; `current` adds */
  double *i;     /* (flat) nA; `current` adds the current at v (not i - g v) */
} cable_moment;

/** A spike of a membrane mechanism. */
typedef struct cable_fired {
  uint32_t node;
  double t_ms;
} cable_fired;

typedef struct cable_mechanism {
  const char *name;    /* "hh" */
  const char *summary; /* one sentence */
  const char *source;  /* paper, equation */
  cable_mechanism_sort sort;
  const lg_field *parameters; /* names and units as NEURON has them; ranges checked by the reader */
  size_t n_parameters;
  const char *const *states;
  size_t n_states;
  const cable_ion_use *ions;
  size_t n_ions;
  size_t n_memory;     /* arrays that `advance` keeps for itself between steps where the group gives them */
  bool memory_is_dear; /* it costs so much of the step's time that it must be asked for (fine_rates) */
  bool whole_steps;    /* states live at the times of v: pools, synapses, noise */
  bool uses_geometry;  /* wants area_um2, diameter_um and capacitance_nF in its blocks */
  bool constant_leak;  /* a fixed conductance, parameter 0, at a fixed reversal, parameter 1: the group adds it once */
  /** Once per block after its arrays are filled, and again (release, prepare) when somebody changes parameters or
   * reversals that are fixed (may make `own`); NULL: nothing. */
  lg_status (*prepare)(lg_ctx *ctx, cable_block *block, double celsius);
  void (*release)(lg_ctx *ctx, cable_block *block);
  /** States at the start: steady at v unless the source says otherwise. */
  void (*start)(const cable_block *block, const cable_moment *now);
  /** Adds to g, i and, where an ion's current_is_read, to its current (mA/cm²). NULL: no current. */
  void (*current)(const cable_block *block, const cable_moment *now);
  /** Moves the states over dt at v. NULL: no states. */
  void (*advance)(const cable_block *block, const cable_moment *now);
  /** advance, then current for the next step at the same v, in one pass; NULL: both are called. The group uses it
   * only where the ions of the block have fixed reversals and nobody reads their currents. */
  void (*advance_current)(const cable_block *block, const cable_moment *now);
  /**
   * An event of the given weight arrives at instance k, offset_ms after the start of the step that follows (0 <= offset
   * < dt). CABLE_NRN takes it at the start. The others take it where it is: what `current` gives for the step is the
   * mean over the step, what `advance` leaves is exact at its end (states of synapses live on whole steps).
   */
  void (*receive)(const cable_block *block, size_t k, double weight, double offset_ms, const cable_moment *now);
  /**
   * The same for n events at the instances k[0 … n-1]; the arrays go on to a whole number of 8 with instances that
   * exist and weights 0. What comes of events together must not depend on which was first, but for rounding. NULL:
   * `receive` is called for one after the other, as time has them.
   */
  void (*receive_many)(const cable_block *block, size_t n, const uint32_t *k, const double *weight,
                       const double *offset_ms, const cable_moment *now);
  /**
   * A membrane with equations of its own, on a cell of one compartment: moves v over the step under the outward current
   * i + g (v - v at the start) of everything else, which stands in now->g and now->i. NULL: v is solved for.
   */
  void (*own_flow)(const cable_block *block, const cable_moment *now);
  size_t most_fired; /* spikes of an instance in one step; 0: 1 */
  /** After v of the step is known: thresholds and resets. Writes at most `room` spikes, returns how many. */
  size_t (*fire)(const cable_block *block, const cable_moment *now, cable_fired *fired, size_t room);
} cable_mechanism;

/** @brief Every built-in mechanism; *n receives how many. */
const cable_mechanism *const *lg_cable_mechanisms(size_t *n);

/** @brief Built-in mechanism by name, NULL when there is none. */
const cable_mechanism *lg_cable_mechanism_find(const char *name);

/** @brief RT/(zF) ln(outside/inside), mV, with the R and F of CODATA 2018 and 0 °C = 273.15 K. */
double lg_cable_nernst_mV(double celsius, int valence, double inside_mM, double outside_mM);
/** @brief RT/(zF) alone, mV. */
double lg_cable_nernst_factor_mV(double celsius, int valence);

#endif
