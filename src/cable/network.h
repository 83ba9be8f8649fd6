/**
 * @file network.h
 * @brief Networks of cells with shape: populations, connections, stimuli, gap junctions, probes; and running them.
 *
 * Cells of a population are stepped in tiles of 8 to CABLE_TILE (the fewer the larger the cells), one cell per SIMD
 * lane. Time is cut into windows as long as the shortest delay: within one, tiles run alone, on any thread; between
 * two, spikes are exchanged, sorted by time and source, and become events, which wait in that order in a bucket of each
 * tile and step. Every random number is keyed by the number of a cell. So the bits of a run depend neither on threads
 * nor on ranks nor on the window.
 */
#ifndef LG_CABLE_NETWORK_H
#define LG_CABLE_NETWORK_H

#include "cable/cell.h"

enum { CABLE_TILE = 64 };

/** A number, or a distribution to draw it from. Draws outside low … high are drawn again. */
typedef struct cable_value {
  enum { CABLE_FIXED, CABLE_UNIFORM, CABLE_NORMAL, CABLE_LOGNORMAL } kind;
  double a; /* the number; low end; mean; median */
  double b; /* -; high end; standard deviation; standard deviation of the logarithm */
  double low, high;
} cable_value;

/** @brief Draw (a fixed value takes nothing from the generator). */
double lg_cable_value_draw(const cable_value *value, lg_rng *rng);
/** @brief Smallest number that may come. */
double lg_cable_value_least(const cable_value *value);

typedef enum cable_population_kind {
  CABLE_CELLS,   /* cells with a model */
  CABLE_POISSON, /* sources of Poisson trains, without a voltage */
  CABLE_TRAINS   /* sources of given spikes */
} cable_population_kind;

typedef struct cable_population {
  char name[CABLE_NAME_BYTES];
  cable_population_kind kind;
  size_t number;
  cable_model *model;                /* CABLE_CELLS; owned */
  cable_cut cut;                     /* how to cut it */
  size_t spike_probe;                /* of the model: where v is compared with the threshold */
  double threshold_mV;               /* upward crossing; not used where a membrane mechanism fires there */
  double rate_Hz, start_ms, stop_ms; /* CABLE_POISSON */
  size_t n_train;                    /* CABLE_TRAINS: spikes ascending in time, then cell */
  struct cable_train_spike {
    double t_ms;
    uint32_t cell;
  } * train;
} cable_population;

typedef enum cable_rule {
  CABLE_ONE_TO_ONE,
  CABLE_ALL_TO_ALL,
  CABLE_PROBABILITY,
  CABLE_INDEGREE,
  CABLE_LIST
} cable_rule;

typedef struct cable_list_entry {
  uint32_t from, to;
  double weight, delay_ms; /* NAN: drawn from the projection's */
} cable_list_entry;

typedef struct cable_projection {
  size_t from, to; /* populations */
  size_t synapse;  /* of the target's model */
  cable_rule rule;
  double probability; /* CABLE_PROBABILITY */
  size_t indegree;    /* CABLE_INDEGREE: distinct sources per target */
  bool to_itself;     /* whether a cell may connect to itself */
  cable_value weight; /* µS, or what the synapse takes */
  cable_value delay_ms;
  size_t n_list;
  cable_list_entry *list; /* CABLE_LIST; owned */
} cable_projection;

/** Some cells of a population, ascending. */
typedef struct cable_selection {
  size_t population;
  bool all;
  size_t n;
  uint32_t *cells; /* owned; NULL when all */
} cable_selection;

typedef enum cable_stimulus_kind {
  CABLE_POISSON_INPUT,
  CABLE_TRAIN_INPUT,
  CABLE_CLAMP_INPUT,
  CABLE_OU_INPUT
} cable_stimulus_kind;

typedef struct cable_stimulus {
  cable_stimulus_kind kind;
  cable_selection to;
  size_t synapse;                   /* events: of the model */
  size_t probe;                     /* currents: the place is that of this probe of the model */
  double start_ms, stop_ms;         /* poisson, clamp, OU */
  double rate_Hz;                   /* poisson: of each cell's own train */
  cable_value weight;               /* poisson: one draw per cell */
  cable_value amplitude_nA;         /* clamp: one draw per cell */
  double mean_nA, sigma_nA, tau_ms; /* Ornstein–Uhlenbeck: sigma is the standard deviation it settles at */
  size_t n_train;                   /* CABLE_TRAIN_INPUT: ascending in time, then cell */
  struct cable_input_spike {
    double t_ms, weight;
    uint32_t cell; /* UINT32_MAX: all of the selection */
  } * train;
} cable_stimulus;

/** An ohmic junction between two cells; places are probes of the models. */
typedef struct cable_gap {
  size_t population[2], probe[2];
  uint32_t cell[2];
  double conductance_uS;
} cable_gap;

typedef struct cable_network_probe {
  cable_selection of;
  size_t probe; /* of the model */
} cable_network_probe;

/** What a user says about a network. Destroy with lg_cable_network_model_destroy(). */
typedef struct cable_network_model {
  double tstop_ms, dt_ms, sample_ms;
  cable_scheme scheme;
  uint64_t seed;
  size_t n_populations;
  cable_population *populations;
  size_t n_projections;
  cable_projection *projections;
  size_t n_stimuli;
  cable_stimulus *stimuli;
  size_t n_gaps;
  cable_gap *gaps;
  size_t n_probes;
  cable_network_probe *probes;
} cable_network_model;

void lg_cable_network_model_destroy(lg_ctx *ctx, cable_network_model *model);

/** The other processes of a run on many machines. */
typedef struct cable_peers {
  int rank, n;
  void *user;
  /** Concatenate the bytes of all ranks, in their order, into *all (grown with lg_realloc; *room bytes are there). */
  lg_status (*gather)(lg_ctx *ctx, void *user, const void *mine, size_t n, unsigned char **all, size_t *room,
                      size_t *n_all);
} cable_peers;

typedef struct cable_network cable_network;

/**
 * @brief Cut the cells, make the tiles and the connections of this rank.
 *
 * The model must outlive the network. Cells have global numbers in the order of populations. Collective.
 * @retval LG_ERR_RANGE a delay is below dt, a step of gap junctions is unstable
 */
LG_MUST_CHECK lg_status lg_cable_network_create(lg_ctx *ctx, const cable_network_model *model, const cable_peers *peers,
                                                cable_network **out);
void lg_cable_network_destroy(lg_ctx *ctx, cable_network *network);

typedef struct cable_network_run {
  double save_every_s; /* 0: never by time */
  /** Takes the state of all ranks (on rank 0): every save_every_s seconds and when cancelled; NULL: none. */
  lg_status (*save)(lg_ctx *ctx, void *user, const void *bytes, size_t n);
  void *user;
} cable_network_run;

/**
 * @brief Run from where it stands to tstop_ms. Collective.
 * @retval LG_ERR_CANCELLED at the end of a window, after the state was saved
 * @retval LG_ERR_NUMERICAL a voltage is not finite or outside ±1000 mV; the message says where and when; traces and
 * spikes up to there can be had
 */
LG_MUST_CHECK lg_status lg_cable_network_run(lg_ctx *ctx, cable_network *network, const cable_network_run *options);

double lg_cable_network_time_ms(const cable_network *network);

/** @brief All that changes while it runs, of all ranks (bytes on every rank; free with lg_free). Collective. */
LG_MUST_CHECK lg_status lg_cable_network_save(lg_ctx *ctx, cable_network *network, unsigned char **bytes, size_t *n);
/**
 * @brief Put a state back, of a run on any number of ranks and threads; the rest of the run has the same bits.
 * @retval LG_ERR_FORMAT the bytes are no state of this network (another file, step, seed, program, or damaged)
 */
LG_MUST_CHECK lg_status lg_cable_network_restore(lg_ctx *ctx, cable_network *network, const void *bytes, size_t n);

typedef struct cable_network_spike {
  double t_ms;
  uint32_t cell; /* global */
  uint32_t step; /* in which it was found */
} cable_network_spike;

typedef struct cable_network_result {
  size_t n_spikes;
  cable_network_spike *spikes; /* ascending in time, then cell */
  size_t n_samples, n_columns;
  double sample_ms;
  double *values;                                   /* (n_columns, n_samples) */
  char (*columns)[4 * CABLE_NAME_BYTES];            /* "v_mV_pyr_3_soma" */
  size_t n_cells, n_connections, n_events, n_nodes; /* of all ranks; n_events: delivered to synapses */
  size_t n_steps;
} cable_network_result;

/** @brief What was recorded so far, on every rank. Collective. */
LG_MUST_CHECK lg_status lg_cable_network_result(lg_ctx *ctx, cable_network *network, cable_network_result **out);
void lg_cable_network_result_destroy(lg_ctx *ctx, cable_network_result *result);

/** @brief Population and number in it of a global cell. */
void lg_cable_network_who(const cable_network_model *model, uint32_t cell, size_t *population, uint32_t *in_it);

#endif
