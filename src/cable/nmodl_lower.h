/**
 * @file nmodl_lower.h
 * @brief From the tree of an NMODL file to arithmetic: what every function of a mechanism leaves, as nodes of one
 * graph.
 */
#ifndef LG_NMODL_LOWER_H
#define LG_NMODL_LOWER_H

#include "cable/mechanism.h"
#include "cable/nmodl_ast.h"
#include "cable/nmodl_ir.h"

/** What a name stands for. */
typedef enum nm_role {
  NM_IS_KEPT, /* STATE, ASSIGNED: kept from one function to the next where somebody reads it */
  NM_IS_FACTOR,
  NM_IS_PARAMETER,
  NM_IS_OUTSIDE, /* read through an input: v, t, dt, celsius, area, diam, of an ion */
  NM_IS_CURRENT  /* of an ion or nonspecific: what BREAKPOINT leaves in it flows */
} nm_role;

typedef struct nm_meaning {
  nm_role role;
  ir_source source;                        /* NM_IS_OUTSIDE, and of the value of a parameter */
  uint32_t index;                          /* of the source */
  int ion;                                 /* NM_IS_CURRENT: whose; -1: nonspecific. A written concentration: whose */
  double sign;                             /* NM_IS_CURRENT: -1 for ELECTRODE_CURRENT */
  bool written_inside, assigned, reported; /* reported: RANGE, so a probe may ask for it */
} nm_meaning;

/** What functions there are; NM_FIX runs once per block. */
typedef enum nm_task {
  NM_START,
  NM_CURRENT,
  NM_ADVANCE,
  NM_RECEIVE,
  NM_CURRENT_MEAN,   /* of synapses: the mean over the step, late events included */
  NM_RECEIVE_LATE,   /* of synapses: an event inside of the step */
  NM_ADVANCE_SECOND, /* where systems are solved: for all schemes but NEURON's */
  NM_ADVANCE_CURRENT,
  NM_FIX,
  NM_TASKS
} nm_task;

typedef enum nm_target {
  NM_TO_STATE,
  NM_TO_G,
  NM_TO_I,
  NM_TO_ION_CURRENT,
  NM_TO_ION_CONDUCTANCE,
  NM_TO_ION_INSIDE,
  NM_TO_FIXED
} nm_target;

typedef struct nm_output {
  nm_target target;
  uint32_t index;
  ir_ref value;
} nm_output;

typedef struct nm_outputs {
  nm_output *items; /* in the arena of the module */
  size_t n, room;
} nm_outputs;

typedef struct nm_lowered {
  ir_graph graph;
  nm_outputs task[NM_TASKS];
  bool has[NM_TASKS];
  nm_meaning *meaning; /* (module->n_variables) */
  lg_field *parameters;
  size_t n_parameters, n_states, n_shown; /* n_shown: states with names of the file; behind them late parts of events */
  const char **states;
  cable_ion_use *ions;
  size_t n_ions, n_fixed;
  bool uses_geometry, is_pool;
  int *state_slot; /* (3 n_variables) of IR_STATE inputs: variables, their late ends, their late means; -1: not kept */
} nm_lowered;

/** @brief Check the declarations and give every name its meaning. */
LG_MUST_CHECK lg_status lg_nmodl_check(lg_ctx *ctx, nm_module *module, nm_lowered *out);

/** @brief Lower a checked module. The graph is to be cleared also after a failure. */
LG_MUST_CHECK lg_status lg_nmodl_lower(lg_ctx *ctx, nm_module *module, nm_lowered *out);

/** @brief Outputs of a task that stand for kept variables nobody reads are left out; parts that never change are moved
 * to NM_FIX; states get their places. */
LG_MUST_CHECK lg_status lg_nmodl_finish(lg_ctx *ctx, nm_module *module, nm_lowered *out);
/** @brief Add an output to a task. */
LG_MUST_CHECK lg_status lg_nmodl_output(nm_module *module, nm_outputs *list, nm_target target, size_t index,
                                        ir_ref value);

/** @brief Solve (sum_j matrix[i][j] x[j] = right[i]) without pivoting, as nodes; n*n matrix and right are overwritten.
 */
void lg_nmodl_eliminate(ir_graph *g, size_t n, ir_ref *matrix, ir_ref *right);

#endif
