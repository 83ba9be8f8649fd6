/* The graph: hashing, folding, simplifying. */
#include "cable/nmodl_ir.h"
#include "cable/nmodl_math.h"

#include <math.h>
#include <string.h>

unsigned lg_ir_arity(ir_op op) {
  if (op <= IR_INPUT) return 0;
  if (op <= IR_FLOOR) return 1;
  return op == IR_SELECT ? 3 : 2;
}

double lg_ir_apply(ir_op op, double a, double b, double c) {
  switch (op) {
  case IR_NEG:
    return -a;
  case IR_NOT:
    return a == 0.0 ? 1.0 : 0.0;
  case IR_ABS:
    return fabs(a);
  case IR_SQRT:
    return sqrt(a);
  case IR_EXP:
    return lg_nm_exp(a);
  case IR_EXPM1:
    return lg_nm_expm1(a);
  case IR_LN:
    return lg_nm_ln(a);
  case IR_SIN:
    return lg_nm_sin(a);
  case IR_COS:
    return lg_nm_cos(a);
  case IR_TANH:
    return lg_nm_tanh(a);
  case IR_FLOOR:
    return floor(a);
  case IR_ADD:
    return a + b;
  case IR_SUB:
    return a - b;
  case IR_MUL:
    return a * b;
  case IR_DIV:
    return a / b;
  case IR_POW:
    return lg_nm_pow(a, b);
  case IR_LT:
    return a < b ? 1.0 : 0.0;
  case IR_LE:
    return a <= b ? 1.0 : 0.0;
  case IR_EQ:
    return a == b ? 1.0 : 0.0;
  case IR_AND:
    return a != 0.0 && b != 0.0 ? 1.0 : 0.0;
  case IR_OR:
    return a != 0.0 || b != 0.0 ? 1.0 : 0.0;
  case IR_SELECT:
    return a != 0.0 ? b : c;
  case IR_CONST:
  case IR_INPUT:
    break;
  }
  return (double)NAN;
}

/* ---- nodes ------------------------------------------------------------------------------------ */

static uint64_t hash(const ir_node *x) {
  uint64_t h = x->op;
  const uint64_t parts[] = {x->a, x->b, x->c, lg_bits_of(x->value)};
  for (size_t k = 0; k < 4; k++) h = (h ^ parts[k]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
  return h;
}

static bool same(const ir_node *x, const ir_node *y) {
  return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c && lg_bits_of(x->value) == lg_bits_of(y->value);
}

static bool grow(ir_graph *g) {
  const size_t room = g->room ? 2 * g->room : 256;
  ir_node *nodes = lg_realloc(g->ctx, g->nodes, g->room * sizeof *nodes, room, sizeof *nodes);
  if (!nodes) return false;
  g->nodes = nodes;
  g->room = room;
  uint32_t *table = lg_alloc(g->ctx, 4 * room, sizeof *table);
  if (!table) return false;
  lg_free(g->ctx, g->table);
  g->table = table;
  g->slots = 4 * room;
  for (size_t k = 0; k < g->n; k++) {
    size_t slot = hash(&g->nodes[k]) & (g->slots - 1);
    while (g->table[slot]) slot = (slot + 1) & (g->slots - 1);
    g->table[slot] = (uint32_t)k + 1;
  }
  return true;
}

static uint8_t input_depends(ir_source source) {
  switch (source) {
  case IR_CELSIUS:
    return IR_BY_BLOCK;
  case IR_DT:
  case IR_T:
  case IR_WEIGHT: /* one instance at a time */
  case IR_OFFSET:
    return IR_BY_CALL;
  case IR_PARAMETER:
  case IR_AREA:
  case IR_DIAMETER:
  case IR_FIXED:
    return IR_BY_PLACE;
  default:
    return IR_BY_MOMENT;
  }
}

static ir_ref put(ir_graph *g, ir_node x) {
  if (g->broken) return 0;
  if (g->n == g->room && (g->n >= IR_MAX_NODES || !grow(g))) {
    g->broken = true;
    return 0;
  }
  size_t slot = hash(&x) & (g->slots - 1);
  for (; g->table[slot]; slot = (slot + 1) & (g->slots - 1))
    if (same(&g->nodes[g->table[slot] - 1], &x)) return g->table[slot] - 1;
  const unsigned arity = lg_ir_arity((ir_op)x.op);
  if (x.op == IR_INPUT) x.depends = input_depends((ir_source)x.a);
  if (arity > 0) x.depends = g->nodes[x.a].depends;
  if (arity > 1) x.depends |= g->nodes[x.b].depends;
  if (arity > 2) x.depends |= g->nodes[x.c].depends;
  g->nodes[g->n] = x;
  g->table[slot] = (uint32_t)++g->n;
  return (ir_ref)(g->n - 1);
}

lg_status lg_ir_begin(lg_ctx *ctx, ir_graph *g) {
  memset(g, 0, sizeof *g);
  g->ctx = ctx;
  if (!grow(g)) {
    lg_ir_clear(g);
    return LG_ERR_MEMORY;
  }
  (void)lg_ir_const(g, 0.0); /* node 0 */
  return LG_OK;
}

void lg_ir_clear(ir_graph *g) {
  lg_free(g->ctx, g->nodes);
  lg_free(g->ctx, g->table);
  *g = (ir_graph){0};
}

ir_ref lg_ir_const(ir_graph *g, double x) { return put(g, (ir_node){.op = IR_CONST, .value = x}); }

ir_ref lg_ir_input(ir_graph *g, ir_source source, uint32_t index) {
  return put(g, (ir_node){.op = IR_INPUT, .a = source, .b = index});
}

bool lg_ir_is_const(const ir_graph *g, ir_ref x, double *value) {
  *value = g->nodes[x].value;
  return g->nodes[x].op == IR_CONST;
}

static bool is(const ir_graph *g, ir_ref x, double value) {
  return g->nodes[x].op == IR_CONST && lg_bits_of(g->nodes[x].value) == lg_bits_of(value);
}

/* ---- simplifying: only what keeps the value to a rounding, for all finite inputs --------------------------------- */

/* e^(k (x + c)) = e^(k x) e^(k c): rates that differ by a shift share their exponential. */
static bool shared_exp(ir_graph *g, ir_ref a, ir_ref *out) {
  ir_node n = g->nodes[a];
  double k = 1.0, c;
  if (n.op == IR_MUL && g->nodes[n.b].op == IR_CONST) {
    k = g->nodes[n.b].value;
    n = g->nodes[n.a];
  } else if (n.op == IR_NEG) {
    k = -1.0;
    n = g->nodes[n.a];
  }
  const bool shifted = n.op == IR_ADD && lg_ir_is_const(g, n.b, &c);
  const bool turned = n.op == IR_SUB && lg_ir_is_const(g, n.a, &c);
  if (!(shifted || turned) || !(fabs(k * c) <= 50.0)) return false;
  const ir_ref argument = lg_ir_binary(g, IR_MUL, shifted ? n.a : n.b, lg_ir_const(g, shifted ? k : -k));
  *out = lg_ir_binary(g, IR_MUL, lg_ir_unary(g, IR_EXP, argument), lg_ir_const(g, lg_nm_exp(k * c)));
  return true;
}

ir_ref lg_ir_unary(ir_graph *g, ir_op op, ir_ref a) {
  ir_ref shared;
  if (g->broken) return 0;
  if (op == IR_EXP && shared_exp(g, a, &shared)) return shared;
  const ir_node x = g->nodes[a];
  if (x.op == IR_CONST) return lg_ir_const(g, lg_ir_apply(op, x.value, 0.0, 0.0));
  if (op == IR_NEG && x.op == IR_NEG) return x.a;
  if (op == IR_NEG && x.op == IR_SUB) return lg_ir_binary(g, IR_SUB, x.b, x.a);
  if (op == IR_NEG && x.op == IR_MUL && g->nodes[x.b].op == IR_CONST)
    return lg_ir_binary(g, IR_MUL, x.a, lg_ir_const(g, -g->nodes[x.b].value));
  if (op == IR_NOT && x.op == IR_LT) return put(g, (ir_node){.op = IR_LE, .a = x.b, .b = x.a});
  if (op == IR_NOT && x.op == IR_LE) return put(g, (ir_node){.op = IR_LT, .a = x.b, .b = x.a});
  return put(g, (ir_node){.op = (uint8_t)op, .a = a});
}

/* x^n by squaring. */
static ir_ref whole_power(ir_graph *g, ir_ref x, unsigned n) {
  ir_ref square = x, r = 0;
  bool any = false;
  for (; n > 0; n >>= 1) {
    if (n & 1u) r = any ? lg_ir_binary(g, IR_MUL, r, square) : square;
    any = any || (n & 1u);
    if (n > 1) square = lg_ir_binary(g, IR_MUL, square, square);
  }
  return r;
}

static ir_ref power(ir_graph *g, ir_ref a, ir_ref b) {
  const ir_node y = g->nodes[b];
  if (y.op == IR_CONST) {
    const double n = y.value;
    if (n == 0.0) return lg_ir_const(g, 1.0);
    if (n == 0.5) return lg_ir_unary(g, IR_SQRT, a);
    if (n == floor(n) && fabs(n) <= 32.0) {
      const ir_ref p = whole_power(g, a, (unsigned)fabs(n));
      return n > 0.0 ? p : lg_ir_binary(g, IR_DIV, lg_ir_const(g, 1.0), p);
    }
    if (n != floor(n)) return lg_ir_unary(g, IR_EXP, lg_ir_binary(g, IR_MUL, lg_ir_unary(g, IR_LN, a), b));
  }
  const ir_node x = g->nodes[a];
  if (x.op == IR_CONST && x.value > 0.0) /* 2.3^((celsius-21)/10) */
    return lg_ir_unary(g, IR_EXP, lg_ir_binary(g, IR_MUL, b, lg_ir_const(g, lg_nm_ln(x.value))));
  return put(g, (ir_node){.op = IR_POW, .a = a, .b = b});
}

static ir_ref product(ir_graph *g, ir_ref a, ir_ref b) {
  if (g->nodes[a].op == IR_CONST) { /* constants stand behind */
    const ir_ref t = a;
    a = b;
    b = t;
  }
  if (is(g, b, 0.0) || is(g, b, -0.0)) return lg_ir_const(g, 0.0);
  if (is(g, b, 1.0)) return a;
  if (is(g, b, -1.0)) return lg_ir_unary(g, IR_NEG, a);
  if (g->nodes[b].op == IR_CONST && g->nodes[a].op == IR_NEG)
    return product(g, g->nodes[a].a, lg_ir_const(g, -g->nodes[b].value));
  if (g->nodes[a].op == IR_NEG && g->nodes[b].op == IR_NEG) return product(g, g->nodes[a].a, g->nodes[b].a);
  return put(g, (ir_node){.op = IR_MUL, .a = a, .b = b});
}

static ir_ref quotient(ir_graph *g, ir_ref a, ir_ref b) {
  const uint8_t changing = IR_BY_CALL | IR_BY_MOMENT;
  if (is(g, a, 0.0) && lg_ir_never_zero(g, b)) return a;
  if (is(g, b, 1.0)) return a;
  if (g->nodes[a].op == IR_NEG && g->nodes[b].op == IR_NEG) return quotient(g, g->nodes[a].a, g->nodes[b].a);
  /* a/d / (c/d) = a/c: steady states out of rates */
  if (g->nodes[a].op == IR_DIV && g->nodes[b].op == IR_DIV && g->nodes[a].b == g->nodes[b].b)
    return quotient(g, g->nodes[a].a, g->nodes[b].a);
  /* a / (c / d) = a / c d: rates out of time constants */
  double numerator;
  if (g->nodes[b].op == IR_DIV && lg_ir_is_const(g, g->nodes[b].a, &numerator) && numerator != 0.0)
    return product(g, quotient(g, a, g->nodes[b].a), g->nodes[b].b);
  /* by what does not change: multiply by its inverse, which is computed once */
  double d;
  if (lg_ir_is_const(g, b, &d) && d != 0.0 && isfinite(1.0 / d)) return product(g, a, lg_ir_const(g, 1.0 / d));
  if (!(g->nodes[b].depends & changing) && (g->nodes[a].depends & changing))
    return product(g, a, quotient(g, lg_ir_const(g, 1.0), b));
  return put(g, (ir_node){.op = IR_DIV, .a = a, .b = b});
}

static ir_ref sum(ir_graph *g, ir_ref a, ir_ref b) {
  if (g->nodes[a].op == IR_CONST) {
    const ir_ref t = a;
    a = b;
    b = t;
  }
  if (is(g, b, 0.0) || is(g, b, -0.0)) return a;
  if (g->nodes[b].op == IR_NEG) return lg_ir_binary(g, IR_SUB, a, g->nodes[b].a);
  if (g->nodes[a].op == IR_NEG) return lg_ir_binary(g, IR_SUB, b, g->nodes[a].a);
  return put(g, (ir_node){.op = IR_ADD, .a = a, .b = b});
}

static ir_ref difference(ir_graph *g, ir_ref a, ir_ref b) {
  if (is(g, b, 0.0) || is(g, b, -0.0)) return a;
  if (is(g, a, 0.0) || is(g, a, -0.0)) return lg_ir_unary(g, IR_NEG, b);
  if (g->nodes[b].op == IR_CONST) return sum(g, a, lg_ir_const(g, -g->nodes[b].value));
  if (g->nodes[b].op == IR_NEG) return sum(g, a, g->nodes[b].a);
  return put(g, (ir_node){.op = IR_SUB, .a = a, .b = b});
}

ir_ref lg_ir_binary(ir_graph *g, ir_op op, ir_ref a, ir_ref b) {
  if (g->broken) return 0;
  const ir_node x = g->nodes[a], y = g->nodes[b];
  if (x.op == IR_CONST && y.op == IR_CONST) return lg_ir_const(g, lg_ir_apply(op, x.value, y.value, 0.0));
  switch (op) {
  case IR_ADD:
    return sum(g, a, b);
  case IR_SUB:
    return difference(g, a, b);
  case IR_MUL:
    return product(g, a, b);
  case IR_DIV:
    return quotient(g, a, b);
  case IR_POW:
    return power(g, a, b);
  default:
    return put(g, (ir_node){.op = (uint8_t)op, .a = a, .b = b});
  }
}

ir_ref lg_ir_select(ir_graph *g, ir_ref condition, ir_ref a, ir_ref b) {
  if (g->broken) return 0;
  if (a == b) return a;
  double c;
  if (lg_ir_is_const(g, condition, &c)) return c != 0.0 ? a : b;
  if (g->nodes[condition].op == IR_NOT) return lg_ir_select(g, g->nodes[condition].a, b, a);
  return put(g, (ir_node){.op = IR_SELECT, .a = condition, .b = a, .c = b});
}

bool lg_ir_never_zero(const ir_graph *g, ir_ref x) {
  const ir_node *n = &g->nodes[x];
  switch ((ir_op)n->op) {
  case IR_CONST:
    return n->value != 0.0;
  case IR_NEG:
    return lg_ir_never_zero(g, n->a);
  case IR_EXP:
    return true;
  case IR_DIV:
    return lg_ir_never_zero(g, n->a);
  case IR_MUL:
    return lg_ir_never_zero(g, n->a) && lg_ir_never_zero(g, n->b);
  default:
    return false;
  }
}
