/** @file gate_ops.h @brief Operations of the tape for learning gates; arrays are borrowed until backward is done. */
#ifndef LG_CALCIUM_GATE_OPS_H
#define LG_CALCIUM_GATE_OPS_H

#include "learn/gate_net.h"
#include "learn/tape.h"

/** @brief x (B, G) and the features of u (B, F) to what the network is shown (B, F). */
lg_var lg_gate_op_show(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, const double *features);
/** @brief x after steps h (B) with the network's output y: exactly with these rates; form raw: x + h x'. */
lg_var lg_gate_op_move(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, lg_var y, const double *h);
/** @brief sum + the error of P against targets (B, 4): P, 1/scale, weight of P, weight of logit P. Where that of logit
 * P is 0 relative errors above `blind` count little. */
lg_var lg_gate_op_error(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, lg_var sum, const double *targets,
                        double blind);
/** @brief Gate 0 set so that the open probabilities are `open` (B). */
lg_var lg_gate_op_first(lg_f64_tape *tape, const lg_gate_plan *plan, lg_var x, const double *open);

/** @brief P of gates x (G). */
double lg_gate_power(const lg_gate_plan *plan, const double *x);
/** @brief Gate 0 that gives P with the other gates of x. */
double lg_gate_first(const lg_gate_plan *plan, double open, const double *x);

#endif
