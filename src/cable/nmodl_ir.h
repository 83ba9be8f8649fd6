/**
 * @file nmodl_ir.h
 * @brief Straight-line arithmetic as a graph without cycles: equal nodes are one node, constants are folded, branches
 * are selections. Derivatives and substitutions make new nodes of the same graph.
 *
 * Every node depends on some of four things, which decides when it is computed: once per block, once per call, or for
 * each instance.
 */
#ifndef LG_NMODL_IR_H
#define LG_NMODL_IR_H

#include "base/base.h"

typedef uint32_t ir_ref; /* index of a node; nodes stand behind what they use */

typedef enum ir_op {
  IR_CONST,
  IR_INPUT,
  IR_NEG,
  IR_NOT, /* 1 where a is 0, else 0 */
  IR_ABS,
  IR_SQRT,
  IR_EXP,
  IR_EXPM1,
  IR_LN,
  IR_SIN,
  IR_COS,
  IR_TANH,
  IR_FLOOR,
  IR_ADD,
  IR_SUB,
  IR_MUL,
  IR_DIV,
  IR_POW,
  IR_LT, /* 1 or 0 */
  IR_LE,
  IR_EQ,
  IR_AND, /* of values that are 0 or not 0: 1 or 0 */
  IR_OR,
  IR_SELECT /* a is not 0 ? b : c */
} ir_op;

enum { IR_OPS = IR_SELECT + 1 };

/** Where an input comes from; index says which. */
typedef enum ir_source {
  IR_V,
  IR_DT,
  IR_T,
  IR_CELSIUS,
  IR_PARAMETER, /* of the instance */
  IR_STATE,     /* of the instance: STATE and kept variables */
  IR_ION_REVERSAL,
  IR_ION_INSIDE,
  IR_ION_OUTSIDE,
  IR_ION_CURRENT,
  IR_AREA,
  IR_DIAMETER,
  IR_WEIGHT, /* of an event */
  IR_OFFSET, /* of an event: ms since the start of the step */
  IR_FIXED   /* computed once per block: index of the list of fixed nodes */
} ir_source;

enum { IR_BY_BLOCK = 1, IR_BY_CALL = 2, IR_BY_PLACE = 4, IR_BY_MOMENT = 8 }; /* what a node depends on */

typedef struct ir_node {
  uint8_t op, depends;
  ir_ref a, b, c; /* IR_INPUT: a source, b index */
  double value;
} ir_node;

typedef struct ir_graph {
  lg_ctx *ctx;
  ir_node *nodes;
  size_t n, room;
  uint32_t *table; /* open addressing: index + 1 */
  size_t slots;
  bool broken; /* no memory, or more than IR_MAX_NODES */
} ir_graph;

enum { IR_MAX_NODES = 1 << 17 };

/** @brief Begin; on LG_ERR_MEMORY nothing is to be cleared. */
LG_MUST_CHECK lg_status lg_ir_begin(lg_ctx *ctx, ir_graph *g);
void lg_ir_clear(ir_graph *g);

/* Each returns node 0 (the constant 0) when the graph is broken; the caller asks once at the end. */
ir_ref lg_ir_const(ir_graph *g, double x);
ir_ref lg_ir_input(ir_graph *g, ir_source source, uint32_t index);
ir_ref lg_ir_unary(ir_graph *g, ir_op op, ir_ref a);
ir_ref lg_ir_binary(ir_graph *g, ir_op op, ir_ref a, ir_ref b);
ir_ref lg_ir_select(ir_graph *g, ir_ref condition, ir_ref a, ir_ref b);
bool lg_ir_is_const(const ir_graph *g, ir_ref x, double *value);

/** @brief d x / d input. */
ir_ref lg_ir_derivative(ir_graph *g, ir_ref x, ir_ref input);
/** @brief x with every `from` replaced by `to`. */
ir_ref lg_ir_replace(ir_graph *g, ir_ref x, ir_ref from, ir_ref to);
/** @brief x with every from[k] replaced by to[k], all at once. */
ir_ref lg_ir_replace_all(ir_graph *g, ir_ref x, const ir_ref *from, const ir_ref *to, size_t n);
/** @brief Whether x depends on an input. */
bool lg_ir_uses(ir_graph *g, ir_ref x, ir_ref input);
/** @brief Whether x cannot be 0 whatever the inputs (as far as this can be seen). */
bool lg_ir_never_zero(const ir_graph *g, ir_ref x);

/** @brief One operation on numbers: what the interpreters do, too. */
double lg_ir_apply(ir_op op, double a, double b, double c);

/** @brief Number of values an operation takes: 1 … 3; 0 of constants and inputs. */
unsigned lg_ir_arity(ir_op op);

#endif
