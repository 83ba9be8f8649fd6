/** @file nmodl_execute.h @brief Blocks of statements run on nodes of the graph instead of numbers. */
#ifndef LG_NMODL_EXECUTE_H
#define LG_NMODL_EXECUTE_H

#include "cable/nmodl_lex.h"
#include "cable/nmodl_lower.h"

typedef struct nm_scope_name {
  const char *name;
  uint32_t slot;
} nm_scope_name;

/** How a prime is dealt with: the block is run once for each purpose. */
typedef enum nm_prime_mode {
  NM_PRIME_SOLVE, /* the state moves at once, as NEURON's cnexp does */
  NM_PRIME_SLOPE  /* the derivative is only noted: systems of several states */
} nm_prime_mode;

typedef struct nm_machine {
  lg_ctx *ctx;
  nm_module *module;
  nm_lowered *out;
  ir_graph *g;
  const char *file;
  nm_task task;
  nm_prime_mode mode;
  bool in_derivative, in_kinetic;
  /* slots: the variables of the module, then of each its mean over the step, then its slope, then locals */
  ir_ref *value;
  bool *set;
  size_t n_slots, slots_room;
  nm_scope_name *scope;
  size_t n_scope, scope_room, frame; /* names before `frame` are those of callers */
  unsigned depth;
  size_t statements, work;
  const char *method; /* of the SOLVE that runs */
  bool solved_system; /* several states moved together */
  bool second_order;  /* that is wanted */
} nm_machine;

LG_MUST_CHECK lg_status lg_nmodl_machine_begin(lg_ctx *ctx, nm_module *module, nm_lowered *out, nm_machine *x);
void lg_nmodl_machine_clear(nm_machine *x);
/** @brief Forget all values: begin a task. */
void lg_nmodl_machine_reset(nm_machine *x, nm_task task);

/** @brief Run statements in a scope of their own. */
LG_MUST_CHECK lg_status lg_nmodl_run(nm_machine *x, const nm_stmt *s);
/** @brief Slots of the mean and of the slope of variable k of the module. */
static inline size_t lg_nmodl_mean_slot(const nm_machine *x, size_t k) { return x->module->n_variables + k; }
static inline size_t lg_nmodl_slope_slot(const nm_machine *x, size_t k) { return 2 * x->module->n_variables + k; }

/** @brief Bind a name (argument) to a value in the present frame. */
LG_MUST_CHECK lg_status lg_nmodl_bind(nm_machine *x, const char *name, ir_ref value);
/** @brief Value of an expression. */
LG_MUST_CHECK lg_status lg_nmodl_evaluate(nm_machine *x, const nm_expr *e, ir_ref *out);
/** @brief Present value of variable k of the module. */
ir_ref lg_nmodl_read(nm_machine *x, size_t k);
/** @brief What variable k is before the task has changed it. */
ir_ref lg_nmodl_symbol(nm_machine *x, size_t k);

/** @brief Run one SOLVE statement. */
LG_MUST_CHECK lg_status lg_nmodl_solve(nm_machine *x, const nm_stmt *solve);
/** @brief Index of the variable of a name for statements that move states; refuses what is none. */
LG_MUST_CHECK lg_status lg_nmodl_moved(nm_machine *x, const char *name, unsigned line, size_t *k);
/** @brief name' = e: move the state (see nm_prime_mode). */
LG_MUST_CHECK lg_status lg_nmodl_prime(nm_machine *x, const nm_stmt *s);
/** @brief Reactions: add to the slopes. */
LG_MUST_CHECK lg_status lg_nmodl_reaction(nm_machine *x, const nm_stmt *s);

#endif
