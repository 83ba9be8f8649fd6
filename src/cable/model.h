/**
 * @file model.h
 * @brief What a user says about a cell: shape, regions, mechanisms, clamps, synapses, probes. No numbers derived from
 * it.
 *
 * twin/cable_file.c reads it from JSON (docs/cable.md has the format); cable/cell.h makes a running cell of it.
 */
#ifndef LG_CABLE_MODEL_H
#define LG_CABLE_MODEL_H

#include "cable/mechanism.h"
#include "data/morphology.h"

enum { CABLE_NAME_BYTES = 64, CABLE_MAX_TYPES = 16 };

typedef enum cable_where {
  CABLE_AT_SOMA,    /* ["soma"]: the soma's section at 0.5 */
  CABLE_AT_MID,     /* ["mid", id]: arc-length middle of the section whose distal SWC node is id */
  CABLE_AT_SECTION, /* ["sec", index, x] */
  CABLE_AT_NAME     /* ["name", text, x]: a named section or compartment */
} cable_where;

typedef struct cable_location {
  cable_where where;
  int64_t node_id;
  size_t section;
  double x; /* 0 … 1 along the section */
  char name[CABLE_NAME_BYTES];
} cable_location;

/** A mechanism with its values: in a region, or at a place. */
typedef struct cable_use {
  const cable_mechanism *mechanism;
  double *values;             /* (mechanism->n_parameters), defaults filled in */
  struct cable_shape *shapes; /* (mechanism->n_parameters) what they are multiplied by along the cell
                                 (cable/distribution.h); NULL: all are the same everywhere */
} cable_use;

/** What a region says of an ion beside the fields below: of a user's own ion, and concentrations. */
typedef struct cable_region_ion {
  char name[16];
  double reversal_mV;           /* NAN: not said */
  double inside_mM, outside_mM; /* the same */
} cable_region_ion;

enum { CABLE_MAX_IONS = 16 };

typedef struct cable_region {
  bool all_types;
  int types[CABLE_MAX_TYPES];
  size_t n_types;
  double axial_resistivity_ohm_cm; /* Ra */
  double capacitance_uF_cm2;       /* cm */
  size_t n_uses;
  cable_use *uses;
  double reversal_na_mV, reversal_k_mV; /* ena, ek */
  double reversal_ca_mV;                /* eca; NAN: Nernst */
  double outside_ca_mM, inside_ca_mM;   /* cao, cai at the start */
  size_t n_ions;
  cable_region_ion ions[CABLE_MAX_IONS];
} cable_region;

typedef struct cable_current_clamp {
  cable_location at;
  double delay_ms, duration_ms, amplitude_nA;
} cable_current_clamp;

typedef struct cable_synapse {
  cable_use use;
  cable_location at;
  double weight_uS;
  size_t n_times;
  double *times_ms; /* (n_times), ascending: events given in the file */
  char name[CABLE_NAME_BYTES];
} cable_synapse;

typedef enum cable_quantity { CABLE_V, CABLE_ION_INSIDE, CABLE_STATE, CABLE_CURRENT } cable_quantity;

typedef struct cable_probe {
  char name[CABLE_NAME_BYTES]; /* of the place: "soma" */
  cable_location at;
  cable_quantity quantity;
  char ion[16];                     /* CABLE_ION_INSIDE: "ca" */
  const cable_mechanism *mechanism; /* CABLE_STATE, CABLE_CURRENT */
  size_t state;
  char column[2 * CABLE_NAME_BYTES]; /* of the trace: "v_mV_soma", "cai_mM" */
} cable_probe;

/** A compartment given by its electrical values (reduced cells, Dendrify's): a third way to say a shape. */
typedef struct cable_compartment {
  char name[CABLE_NAME_BYTES];
  int type;                /* region by type, as in SWC */
  ptrdiff_t parent;        /* -1: root; parents stand first */
  double area_um2;         /* membrane that mechanisms scale with (spine factor included) */
  double capacitance_nF;   /* NAN: area times the region's cm */
  double axial_uS;         /* coupling to the parent */
  double leak_uS, leak_mV; /* added to what mechanisms give; 0 and any where none */
} cable_compartment;

typedef struct cable_model {
  double celsius, v_init_mV, tstop_ms, sample_ms;
  lg_morphology *morphology; /* NULL where compartments are given */
  size_t *nseg;   /* (n_sections) compartments the file asks for, 0: not said; NULL: nowhere said. A cut that says
                     something itself goes first */
  char *swc_path; /* of the file it came from; NULL: none */
  size_t n_compartments;
  cable_compartment *compartments;
  size_t n_regions;
  cable_region *regions; /* where two name a type, the later one holds; every type of the cell must be named */
  size_t n_clamps;
  cable_current_clamp *clamps;
  size_t n_points; /* point mechanisms that are no synapses with times: SEClamp, noise, … */
  struct cable_point {
    cable_use use;
    cable_location at;
  } * points;
  size_t n_synapses;
  cable_synapse *synapses;
  size_t n_probes;
  cable_probe *probes;
  size_t n_own_mechanisms; /* from the user's .mod and NeuroML files; owned, and named like the built-in ones */
  struct cable_nmodl **own_mechanisms;
  size_t n_nets; /* channels whose gates are networks (cable/mechanism_net.h); owned */
  struct cable_net **nets;
  cable_mechanism *membrane; /* made for this cell alone (own_flow); NULL: none */
  void (*release_membrane)(lg_ctx *ctx, cable_mechanism *membrane);
} cable_model;

/** @brief Mechanism k of those that the user brought, from .mod files, then networks; NULL behind the last. */
const cable_mechanism *lg_cable_model_own(const cable_model *model, size_t k);

/** @brief Destroy a model with its morphology; accepts NULL. */
void lg_cable_model_destroy(lg_ctx *ctx, cable_model *model);

#endif
