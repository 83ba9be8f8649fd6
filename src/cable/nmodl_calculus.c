/* Derivatives and substitutions in the graph: nodes stand behind what they use, so one pass upwards does. */
#include "cable/nmodl_ir.h"

#include <math.h>
#include <string.h>

/* Mark what x needs: needed[0 … x]; NULL when there is no memory. */
static uint8_t *cone(ir_graph *g, ir_ref x) {
  uint8_t *needed = lg_alloc(g->ctx, (size_t)x + 1, 1);
  if (!needed) {
    g->broken = true;
    return NULL;
  }
  needed[x] = 1;
  for (size_t k = (size_t)x + 1; k-- > 0;) {
    if (!needed[k]) continue;
    const ir_node *n = &g->nodes[k];
    const unsigned arity = lg_ir_arity((ir_op)n->op);
    if (arity > 0) needed[n->a] = 1;
    if (arity > 1) needed[n->b] = 1;
    if (arity > 2) needed[n->c] = 1;
  }
  return needed;
}

bool lg_ir_uses(ir_graph *g, ir_ref x, ir_ref input) {
  if (g->broken || input > x) return false;
  uint8_t *needed = cone(g, x);
  const bool uses = needed && needed[input];
  lg_free(g->ctx, needed);
  return uses;
}

/* Node k with its parts replaced by their images. */
static ir_ref rebuilt(ir_graph *g, ir_ref k, const ir_ref *image) {
  const ir_node n = g->nodes[k];
  const unsigned arity = lg_ir_arity((ir_op)n.op);
  const ir_ref a = arity > 0 ? image[n.a] : 0, b = arity > 1 ? image[n.b] : 0, c = arity > 2 ? image[n.c] : 0;
  if ((arity < 1 || a == n.a) && (arity < 2 || b == n.b) && (arity < 3 || c == n.c)) return k;
  if (arity == 1) return lg_ir_unary(g, (ir_op)n.op, a);
  if (arity == 2) return lg_ir_binary(g, (ir_op)n.op, a, b);
  return lg_ir_select(g, a, b, c);
}

ir_ref lg_ir_replace_all(ir_graph *g, ir_ref x, const ir_ref *from, const ir_ref *to, size_t n) {
  if (g->broken) return 0;
  uint8_t *needed = cone(g, x);
  ir_ref *image = lg_alloc(g->ctx, (size_t)x + 1, sizeof *image);
  if (!needed || !image) g->broken = true;
  for (size_t k = 0; k < n && !g->broken; k++)
    if (from[k] <= x && needed[from[k]]) {
      needed[from[k]] = 2;
      image[from[k]] = to[k];
    }
  for (size_t k = 0; !g->broken && k <= x; k++)
    if (needed[k] == 1) image[k] = rebuilt(g, (ir_ref)k, image);
  const ir_ref result = g->broken ? 0 : image[x];
  lg_free(g->ctx, needed);
  lg_free(g->ctx, image);
  return result;
}

ir_ref lg_ir_replace(ir_graph *g, ir_ref x, ir_ref from, ir_ref to) { return lg_ir_replace_all(g, x, &from, &to, 1); }

#define ADD(x, y) lg_ir_binary(g, IR_ADD, (x), (y))
#define SUB(x, y) lg_ir_binary(g, IR_SUB, (x), (y))
#define MUL(x, y) lg_ir_binary(g, IR_MUL, (x), (y))
#define DIV(x, y) lg_ir_binary(g, IR_DIV, (x), (y))
#define C(x) lg_ir_const(g, (x))

/* Derivative of one node; da, db, dc: those of what it uses (0: the constant 0). */
static ir_ref one(ir_graph *g, ir_ref self, ir_ref da, ir_ref db, ir_ref dc) {
  const ir_node n = g->nodes[self];
  if (n.op == IR_SELECT) return lg_ir_select(g, n.a, db, dc);
  if (da == 0 && db == 0) return 0;
  switch ((ir_op)n.op) {
  case IR_NEG:
    return lg_ir_unary(g, IR_NEG, da);
  case IR_ABS:
    return lg_ir_select(g, lg_ir_binary(g, IR_LT, n.a, 0), lg_ir_unary(g, IR_NEG, da), da);
  case IR_SQRT:
    return DIV(MUL(da, C(0.5)), self);
  case IR_EXP:
    return MUL(self, da);
  case IR_EXPM1:
    return MUL(ADD(self, C(1.0)), da);
  case IR_LN:
    return DIV(da, n.a);
  case IR_SIN:
    return MUL(lg_ir_unary(g, IR_COS, n.a), da);
  case IR_COS:
    return lg_ir_unary(g, IR_NEG, MUL(lg_ir_unary(g, IR_SIN, n.a), da));
  case IR_TANH:
    return MUL(SUB(C(1.0), MUL(self, self)), da);
  case IR_ADD:
    return ADD(da, db);
  case IR_SUB:
    return SUB(da, db);
  case IR_MUL:
    return ADD(MUL(da, n.b), MUL(n.a, db));
  case IR_DIV:
    return DIV(SUB(da, MUL(self, db)), n.b);
  case IR_POW: {
    const ir_ref by_base = da == 0 ? 0 : MUL(MUL(n.b, lg_ir_binary(g, IR_POW, n.a, SUB(n.b, C(1.0)))), da);
    const ir_ref by_exponent = db == 0 ? 0 : MUL(MUL(self, lg_ir_unary(g, IR_LN, n.a)), db);
    return ADD(by_base, by_exponent);
  }
  default:
    return 0; /* steps: comparisons, logic, floor */
  }
}

ir_ref lg_ir_derivative(ir_graph *g, ir_ref x, ir_ref input) {
  if (g->broken || input > x) return 0;
  uint8_t *needed = cone(g, x);
  ir_ref *d = lg_alloc(g->ctx, (size_t)x + 1, sizeof *d); /* zeroed: the constant 0 */
  if (!needed || !d) {
    g->broken = true;
    x = 0;
  }
  for (size_t k = 0; !g->broken && k <= x; k++) {
    if (!needed[k]) continue;
    const ir_node n = g->nodes[k];
    const unsigned arity = lg_ir_arity((ir_op)n.op);
    if (k == input) d[k] = C(1.0);
    else if (arity > 0) d[k] = one(g, (ir_ref)k, d[n.a], arity > 1 ? d[n.b] : 0, arity > 2 ? d[n.c] : 0);
  }
  const ir_ref result = g->broken ? 0 : d[x];
  lg_free(g->ctx, needed);
  lg_free(g->ctx, d);
  return result;
}
