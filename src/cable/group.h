/** @file group.h @brief What a running group is made of; private to src/cable/group_*.c. */
#ifndef LG_CABLE_GROUP_H
#define LG_CABLE_GROUP_H

#include "cable/cell.h"
#include "cable/kernel_step.h"
#include "num/tree_solver.h"

enum { GROUP_PAD = 8 };

/** A mechanism's instances with what the group must know of them. */
typedef struct group_block {
  cable_block block;
  bool is_pool;          /* writes a concentration: moves before the others */
  bool is_constant;      /* its share stands in the group's fixed conductances: never called */
  bool is_fused;         /* advance_current may be used */
  const uint32_t *sites; /* (number / lanes) place of each instance of one cell */
} group_block;

/** An ion with what moves it. */
typedef struct group_ion {
  cable_ion ion;
  double *fixed_mV;         /* (flat) reversal said by the user; NAN: Nernst */
  double *nernst_mV;        /* (flat) of the concentration at v's time; the ion's own reversal lies half a step ahead */
  double *nernst_before_mV; /* (flat) a step ago */
} group_ion;

typedef struct group_event {
  double t_ms, weight_uS;
  uint32_t synapse;
} group_event;

typedef struct group_clamp {
  uint32_t place;
  double on_ms, off_ms, amplitude_nA;
} group_clamp;

typedef struct group_probe {
  cable_quantity quantity;
  size_t node;
  uint32_t place;
  const group_ion *ion;
  const group_block *block; /* of a state or a current; instance `site` of each cell */
  size_t state, site;
  double *before; /* (lanes) the state half a step before v's time; NULL where it lives on whole steps */
} group_probe;

/** What must be kept to go on: arrays that change. */
typedef struct group_array {
  void *bytes;
  size_t n_bytes;
  bool live; /* part of the state */
} group_array;

/** Numbers that change. */
typedef struct group_clock {
  uint64_t step, n_rejected;
  double t_ms;
  size_t next_event, n_driven, n_fired;
  size_t driven_begin, driven_end; /* flat, whole vectors: where what is driven lies */
  bool currents_ready;             /* fused blocks have added theirs for the coming step */
  double dt_ms;                    /* of the adaptive scheme: the step that comes */
  double last_ms[2];               /* its past: lengths of the steps before */
  double owed_ms;                  /* how far its gates are behind v */
  double gates_ms;                 /* how far they moved last */
  double change_ms;                /* the step that g_before and b_before are of; 0: there is none */
  unsigned newest_past;
  unsigned n_past; /* voltages of earlier steps that can be trusted */
  bool broke;      /* the last step began where something outside changed */
} group_clock;

struct cable_group {
  const cable_model *model;
  const cable_tree *tree;
  cable_run_options o;
  size_t n_nodes, lanes, flat; /* flat = n_nodes * lanes */
  lg_tree_solver *solver;
  const cable_pass_kernels *kernels;
  const uint32_t *place; /* (n_nodes) of each node */
  uint32_t *node_at;     /* (n_nodes) node of each place */
  /* by place, the same for all cells */
  double *weight_uS, *capacitance_nF, *fixed_uS, *fixed_nA; /* fixed_uS: sum of axial conductances and leaks */
  /* flat, with a spare vector behind the end */
  double *v, *g, *i, *v_before, *factor, *rhs;
  double *first_stage; /* (flat + GROUP_PAD) where sdirk2 leaves v of its first stage, for derivatives; NULL: nowhere */
  double *drive_uS, *drive_nA;
  uint32_t *driven; /* flat indices with a drive */
  uint8_t *is_driven;
  size_t n_blocks, n_ions;
  group_block *blocks;
  group_ion *ions;
  size_t n_events, n_clamps, n_probes;
  group_event *events;
  group_clamp *clamps;
  group_probe *probes;
  const group_block **synapse_block; /* (model's synapses) */
  size_t *synapse_site;
  size_t n_inboxes;
  struct group_inbox { /* of a block that takes events: its ports are first_port … first_port + number - 1 */
    const group_block *block;
    uint32_t first_port;
  } * inboxes;
  /* places with channels: how these changed since the step before */
  size_t n_runs;
  struct group_run {
    size_t begin, end; /* flat */
  } * runs;
  cable_change change;
  cable_fired *raw_fired;
  cable_group_spike *fired;
  size_t fired_room;
  bool needs_ions, needs_old_v, has_fire;
  bool in_one_pass;         /* a small tree in lanes, whose channels' changes need no correction */
  const group_block *flows; /* has an own_flow; NULL: none */
  group_clock clock;
  double stop_ms; /* the adaptive scheme ends a step there */
  struct group_adaptive *adaptive;
  size_t n_arrays, arrays_room;
  group_array *arrays;
};

/** @brief Zeroed array of n objects that the group owns; live: part of its state. NULL and a failure otherwise. */
void *lg_group_array(lg_ctx *ctx, cable_group *group, size_t n, size_t size, bool live);
/** @brief The same for doubles, a spare vector behind the end. */
double *lg_group_doubles(lg_ctx *ctx, cable_group *group, size_t n, bool live);

/** @brief Make the blocks and ions of a group. */
LG_MUST_CHECK lg_status lg_group_make_blocks(lg_ctx *ctx, cable_group *group);
/** @brief Clamps, events and probes. */
LG_MUST_CHECK lg_status lg_group_make_stimuli(lg_ctx *ctx, cable_group *group);
/** @brief Put voltages and states to the start. */
void lg_group_start(cable_group *group);

/** @brief The moment at the start of a step of dt. */
cable_moment lg_group_moment(const cable_group *group, double dt_ms);
/** @brief v over a step of dt with the states as they stand: currents, one elimination, v. */
void lg_group_move_v(cable_group *group, double dt_ms);
/** @brief Pools, and what else lives on whole steps, over a step with v at its end. */
void lg_group_move_whole(cable_group *group, double dt_ms);
/** @brief What lives in the middle of steps, by dt at the present v and concentrations. */
void lg_group_move_gates(cable_group *group, double dt_ms);
/** @brief Put the reversals that concentrations make to the middle of the next step, `ratio` times as long as the last.
 */
void lg_group_aim_reversals(cable_group *group, double ratio);
/** @brief Tell the adaptive scheme where the run ends. */
void lg_group_stop_at(cable_group *group, double t_ms);
/** @brief Thresholds and resets at the end of a step; fills fired. */
void lg_group_fire(cable_group *group, double dt_ms);
/** @brief Deliver the model's own events before `end` (or up to it, closed). */
void lg_group_deliver(cable_group *group, double end_ms, bool closed, double dt_ms);

/** @brief Make room for the adaptive scheme. */
LG_MUST_CHECK lg_status lg_group_make_adaptive(lg_ctx *ctx, cable_group *group);
/** @brief One accepted step of the adaptive scheme. */
void lg_group_adaptive_step(cable_group *group);

#endif
