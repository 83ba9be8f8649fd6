/**
 * @file network_internal.h
 * @brief The inside of a running network: tiles of cells, shards of tiles, events.
 *
 * A slot is a cell of this rank: tile * CABLE_TILE + lane. A shard is a run of tiles: the unit of parallel work, with
 * the connections to its cells, its events and a context of its own to grow them with.
 */
#ifndef LG_CABLE_NETWORK_INTERNAL_H
#define LG_CABLE_NETWORK_INTERNAL_H

#include "cable/network.h"

/** Streams of random numbers; the low 32 bits are the number of the projection, stimulus or population. */
enum {
  NET_STREAM_CONNECT = 0x6e657401,
  NET_STREAM_LIST,
  NET_STREAM_POISSON_SOURCE,
  NET_STREAM_POISSON_INPUT,
  NET_STREAM_INPUT_VALUE,
  NET_STREAM_OU
};

static inline lg_rng net_rng(uint64_t seed, uint32_t stream, size_t which, uint64_t index) {
  return lg_rng_make(seed, (uint64_t)stream << 32 | (uint64_t)which, index);
}

/*
 * Times of spikes and events are whole numbers of 2^-32 steps: the upper half is the step, the lower what has passed of
 * it. A place where events arrive is an instance of a synapse in a tile (a port of its group); in `to` the number of
 * the tile in its shard stands before it.
 */
typedef struct net_event {
  double weight;
  uint32_t fraction; /* of the step, 2^-32 */
  uint32_t to;
} net_event;

/** Events of one step of one tile, in the order in which their spikes came: chunks of the shard's pool. */
typedef struct net_bucket {
  uint32_t head, tail, n;
} net_bucket;

enum { NET_CHUNK = 16, NET_NO_CHUNK = UINT32_MAX };

/** An event beyond the ring of buckets. */
typedef struct net_far_event {
  net_event event;
  uint64_t step;
} net_far_event;

typedef struct net_far_events {
  net_far_event *at;
  size_t n, room;
} net_far_events;

/** Where a spike of a source goes. */
typedef struct net_target {
  double weight;
  uint32_t delay; /* in 2^-delay_bits steps */
  uint32_t to;
} net_target;

/** A spike of the last window on its way. */
typedef struct net_spike {
  uint64_t at;
  uint32_t source;
} net_spike;

/** A given event. */
typedef struct net_input {
  uint64_t at;
  double weight;
  uint32_t to, order;
} net_input;

typedef enum net_drive_kind { NET_CLAMP, NET_OU, NET_GAP } net_drive_kind;

/** One outside current of a tile. */
typedef struct net_drive {
  net_drive_kind kind;
  uint32_t point;           /* of the tile */
  double start_ms, stop_ms; /* clamp, OU */
  double a, b, c;           /* clamp: nA; OU: mean, decay per step, kick per step; gap: µS */
  double now;               /* OU: the current */
  size_t stimulus;          /* OU: for its stream */
  uint32_t cell;            /* OU: global */
  size_t other;             /* gap: end on the other side */
} net_drive;

/** A node of a cell that outside currents flow into. */
typedef struct net_point {
  uint32_t lane, node;
  double g, i, last_g, last_i;
} net_point;

/** An end of a gap junction in a tile. */
typedef struct net_end {
  uint32_t lane, node;
  size_t end; /* in the order of all ends: 2 * gap + side */
} net_end;

/** A recorded column. */
typedef struct net_column {
  uint32_t lane, probe;
  size_t row; /* among the columns of this rank */
  double before;
} net_column;

typedef struct net_tile {
  cable_group *group;
  size_t population, index; /* index: among the tiles of all ranks */
  uint32_t first, n;        /* cells of the population */
  uint32_t cell;            /* global number of lane 0 */
  uint32_t spike_node;
  bool fires;
  double threshold_mV, v[CABLE_TILE]; /* v at the spike's place */
  size_t n_points, n_drives, n_ends, n_columns;
  net_point *points;
  net_drive *drives;
  net_end *ends;
  net_column *columns;
} net_tile;

/** A Poisson train of a cell's own. When its next event comes stands apart: it is looked at in every window. */
typedef struct net_poisson {
  uint32_t to, cell;
  size_t stimulus;
  double rate_per_ms, stop_ms, weight;
  double spare;   /* the uniform number of the next interval; NAN: not drawn */
  uint64_t count; /* intervals drawn */
} net_poisson;

/** A population of sources (no cells): all ranks draw the same spikes. */
typedef struct net_source {
  size_t population;
  uint32_t first; /* global number */
  double *next_ms;
  uint64_t *count;
  size_t next_train;
} net_source;

typedef struct net_shard {
  lg_ctx *ctx;
  size_t first_tile, n_tiles;
  uint32_t *row; /* (n_cells + 1) where the targets of a source begin */
  net_target *targets;
  unsigned port_bits;  /* of `to` */
  net_bucket *buckets; /* (n_tiles, near): tile, step modulo near */
  net_event *pool;     /* (room_chunks, NET_CHUNK) */
  uint32_t *next;      /* (room_chunks) the following chunk of a bucket, or of what is free */
  uint32_t free_chunk, n_chunks, room_chunks;
  net_far_events *far; /* (n_far) by window */
  uint64_t admitted;   /* windows before this one have their buckets */
  cable_arrivals arrivals;
  size_t room_arrivals;
  size_t n_poisson, room_poisson, n_train, next_train, room_train;
  net_poisson *poisson;
  double *poisson_next_ms; /* (n_poisson) */
  net_input *train;        /* ascending in time */
  size_t n_spikes, room_spikes;
  cable_network_spike *spikes;
  uint64_t n_events;
  bool diverged;
  uint32_t diverged_cell, diverged_node; /* the first of the first tile */
  double shortest_ms, longest_ms;        /* delay */
} net_shard;

struct cable_network {
  const cable_network_model *model;
  cable_peers peers;
  size_t n_cells;        /* of all ranks, sources included */
  cable_tree **trees;    /* [n_populations], NULL for sources */
  uint32_t *first;       /* (n_populations + 1) global number of the first cell */
  size_t *first_tile;    /* (n_populations + 1) among the tiles of all ranks */
  uint32_t *width;       /* [n_populations] cells of a tile; 0 for sources */
  size_t *rank_tile;     /* (ranks + 1) first tile of each rank */
  size_t tile0, n_tiles; /* of this rank: [tile0, tile0 + n_tiles) of all */
  net_tile *tiles;
  size_t n_shards;
  net_shard *shards;
  size_t n_sources;
  net_source *sources;
  uint64_t *scratch; /* bits per worker, of connecting */
  size_t scratch_words;
  uint64_t n_connections; /* of this rank */
  double dt_ms, per_dt;   /* per_dt: 1 / dt */
  size_t window;          /* steps */
  unsigned delay_bits;    /* of the part of a step that delays are rounded to */
  size_t near, n_far;     /* steps that have buckets, a power of two; windows of far events, 0: none are ever far */
  uint64_t step, n_steps;
  /* gap junctions */
  size_t n_ends;
  double *end_now, *end_before, *end_next; /* (n_ends) */
  double *end_send;
  size_t first_end_send, n_end_send; /* ours in end_order */
  size_t *end_order;                 /* (n_ends) which end stands k-th in what the ranks gather */
  /* recorded */
  size_t n_samples, n_columns, n_my_columns;
  double *values;     /* (n_my_columns, n_samples) */
  size_t *my_columns; /* (n_my_columns) which of all they are */
  size_t n_spikes, room_spikes;
  cable_network_spike *spikes;
  /* exchange */
  unsigned char *gathered, *message;
  size_t room_gathered, room_message;
  cable_network_spike *fresh; /* of the last window, all ranks */
  size_t n_fresh, room_fresh;
  net_spike *sent; /* the same, to be delivered when the next window begins */
  size_t n_sent, room_sent;
  /* what a parallel section works on */
  uint64_t run_from, run_to, window_end;
};

/** @brief Where a cell of a population is on this rank; false when it is elsewhere. */
bool net_find(const cable_network *net, size_t population, uint32_t cell, uint32_t *slot);

/** @brief Tile (of all ranks) of a cell. */
size_t net_tile_of(const cable_network *net, size_t population, uint32_t cell);
/** @brief Rank that has a tile. */
int net_rank_of(const cable_network *net, size_t tile);
/** @brief Shard of a tile of this rank. */
net_shard *net_shard_of(const cable_network *net, size_t tile);

LG_MUST_CHECK lg_status net_connect(lg_ctx *ctx, cable_network *net);
LG_MUST_CHECK lg_status net_drives_create(lg_ctx *ctx, cable_network *net);
LG_MUST_CHECK lg_status net_inputs_create(lg_ctx *ctx, cable_network *net);
LG_MUST_CHECK lg_status net_columns_create(lg_ctx *ctx, cable_network *net);

/** @brief What stands at t = 0: voltages, the first sample. */
void net_begin(cable_network *net);

/** @brief A time in 2^-32 steps, rounded. */
static inline uint64_t net_at(const cable_network *net, double t_ms) {
  return (uint64_t)(t_ms * net->per_dt * 0x1p32 + 0.5);
}

/** @brief `to` of a synapse of a cell; the tile has its group. */
uint32_t net_address(const cable_network *net, const net_shard *shard, uint32_t slot, uint32_t synapse);

/** @brief Buckets for the shards: after the window and the longest delay are known. */
LG_MUST_CHECK lg_status net_rings_create(lg_ctx *ctx, cable_network *net);
void net_ring_destroy(net_shard *shard, size_t n_far);
/** @brief Take all events away; the run stands at net->step. */
void net_ring_empty(const cable_network *net, net_shard *shard);
/** @brief Put an event where its time is; false: no memory (recorded in the shard's context). */
bool net_schedule(const cable_network *net, net_shard *shard, uint64_t at, double weight, uint32_t to);
/** @brief Move what has come near into buckets, and make events of net->sent. */
LG_MUST_CHECK lg_status net_deliver(const cable_network *net, net_shard *shard);
/** @brief Give a tile (t of this rank) its events of a step. */
LG_MUST_CHECK lg_status net_receive(const cable_network *net, net_shard *shard, size_t t, uint64_t step);
/** @brief Spikes of the sources in (from, to] steps, appended to net->fresh. */
LG_MUST_CHECK lg_status net_fire_sources(lg_ctx *ctx, cable_network *net, double until_ms);

/** @brief Events of the inputs in the window that begins now. */
LG_MUST_CHECK lg_status net_draw_inputs(const cable_network *net, net_shard *shard);
/** @brief Make the given events go on at net->step. */
void net_inputs_go_on(const cable_network *net, net_shard *shard);

/** @brief Set the outside currents of a tile for the step that begins at t. */
void net_drive_tile(const cable_network *net, net_tile *tile, uint64_t step);

/** @brief Append a spike of a global list. */
bool net_spikes_push(lg_ctx *ctx, cable_network_spike **spikes, size_t *n, size_t *room, cable_network_spike spike);

/** @brief Next event of a Poisson train after `from`. */
double net_poisson_next(uint64_t seed, uint32_t stream, size_t which, uint32_t cell, uint64_t count, double from_ms,
                        double rate_per_ms);

LG_MUST_CHECK lg_status net_gather(lg_ctx *ctx, cable_network *net, const void *mine, size_t n, unsigned char **all,
                                   size_t *room, size_t *n_all);
/** @brief What goes wrong in shards is told by their contexts. */
lg_status net_shard_failed(lg_ctx *ctx, const cable_network *net, lg_status status);

#endif
