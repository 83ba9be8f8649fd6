/**
 * @file calcium_gate.h
 * @brief The gate of a ryanodine receptor by name, or from the file of a network.
 */
#ifndef LG_TWIN_CALCIUM_GATE_H
#define LG_TWIN_CALCIUM_GATE_H

#include "calcium/gate_net.h"
#include "calcium/run.h"

/** A gate and what it needs. Start from `{0}`. */
typedef struct calcium_chosen_gate {
  calcium_gate gate;
  lg_gate_net *net;                           /* NULL: a formula */
  calcium_gate_net *own;                      /* likewise */
  char *warnings[2 * CALCIUM_STRAYS + 1 + 4]; /* of the gate, and of the run */
  size_t n_warnings;
} calcium_chosen_gate;

/** @brief Names of the formulas. */
const char *const *lg_calcium_gate_names(size_t *n);

/**
 * @brief Choose by name (kl, closure, …) or by the path of a network.
 * @param name a word without '/' or '.' is a name
 * @param constants must outlive the gate
 * @retval LG_ERR_NOT_FOUND no formula of that name; the message has the nearest
 * @retval LG_ERR_RANGE     a network that is gated by voltage
 */
LG_MUST_CHECK lg_status lg_calcium_gate_choose(lg_ctx *ctx, const char *name, const calcium_constants *constants,
                                               calcium_chosen_gate *out);
/** @brief After a run: fill warnings with how far, where and when it left what the network was trained on. */
LG_MUST_CHECK lg_status lg_calcium_gate_warn(lg_ctx *ctx, const calcium_grid *grid, calcium_chosen_gate *chosen);
/**
 * @brief After a run along one dimension: leaks that had to be negative, P outside 0 … 1, edges too long for the front.
 * @param second_order whether diffusion is of the second order in space, whose error of the speed is known
 */
LG_MUST_CHECK lg_status lg_calcium_run_warn(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                            const calcium_result *result, bool second_order,
                                            calcium_chosen_gate *chosen);
/** @brief Free; accepts `{0}`. */
void lg_calcium_gate_clear(lg_ctx *ctx, calcium_chosen_gate *chosen);

#endif
