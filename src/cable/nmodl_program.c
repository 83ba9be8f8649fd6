/* From the graph to instructions: order, scalars, registers. */
#include "cable/nmodl_program.h"
#include "base/cpu.h"

#include <string.h>

typedef struct builder {
  lg_ctx *ctx;
  const nm_lowered *lowered;
  const ir_graph *g;
  nm_program *p;
  uint8_t *needed;    /* (nodes) */
  nm_operand *where;  /* (nodes) */
  nm_operand *spread; /* (nodes) scalars as vectors */
  bool *is_spread;
} builder;

static bool is_scalar(const ir_node *n) {
  if (n->op == IR_CONST) return true;
  return !(n->depends & (IR_BY_PLACE | IR_BY_MOMENT));
}

void lg_nmodl_program_clear(lg_ctx *ctx, nm_program *p) {
  lg_free(ctx, p->code);
  lg_free(ctx, p->scalars);
  lg_free(ctx, p->inputs);
  lg_free(ctx, p->results);
  *p = (nm_program){0};
}

static void find_needed(builder *b, const nm_outputs *outputs) {
  for (size_t k = 0; k < outputs->n; k++) b->needed[outputs->items[k].value] = 1;
  for (size_t k = b->g->n; k-- > 0;) {
    const ir_node *n = &b->g->nodes[k];
    const unsigned arity = lg_ir_arity((ir_op)n->op);
    if (!b->needed[k]) continue;
    if (arity > 0) b->needed[n->a] = 1;
    if (arity > 1) b->needed[n->b] = 1;
    if (arity > 2) b->needed[n->c] = 1;
  }
}

static void add_scalar(builder *b, size_t k) {
  const ir_node *n = &b->g->nodes[k];
  const unsigned arity = lg_ir_arity((ir_op)n->op);
  nm_scalar *s = &b->p->scalars[b->p->n_scalars];
  *s = (nm_scalar){.op = n->op, .value = n->value, .a = n->a};
  if (arity > 0) s->a = b->where[n->a].index;
  if (arity > 1) s->b = b->where[n->b].index;
  if (arity > 2) s->c = b->where[n->c].index;
  b->where[k] = (nm_operand){NM_IN_SCALAR, (uint32_t)b->p->n_scalars++};
}

static void add_input(builder *b, size_t k) {
  const ir_node *n = &b->g->nodes[k];
  const ir_source source = (ir_source)n->a;
  uint32_t index = n->b;
  if (source == IR_STATE) index = (uint32_t)b->lowered->state_slot[n->b];
  b->p->inputs[b->p->n_inputs] = (nm_input){source, index};
  b->where[k] = (nm_operand){NM_IN_INPUT, (uint32_t)b->p->n_inputs++};
}

static nm_operand emit(builder *b, nm_instruction i) {
  b->p->code[b->p->n_code] = i;
  return (nm_operand){NM_IN_REGISTER, (uint32_t)b->p->n_code++};
}

/* Only the four basic operations take a scalar as it is. */
static nm_operand vector(builder *b, ir_ref k) {
  if (b->where[k].place != NM_IN_SCALAR) return b->where[k];
  if (!b->is_spread[k]) b->spread[k] = emit(b, (nm_instruction){.op = IR_CONST, .a = b->where[k]});
  b->is_spread[k] = true;
  return b->spread[k];
}

static void add_code(builder *b, size_t k) {
  const ir_node *n = &b->g->nodes[k];
  const unsigned arity = lg_ir_arity((ir_op)n->op);
  const bool basic = n->op >= IR_ADD && n->op <= IR_DIV;
  nm_instruction i = {.op = n->op};
  i.a = basic ? b->where[n->a] : vector(b, n->a);
  if (arity > 1) i.b = basic ? b->where[n->b] : vector(b, n->b);
  if (arity > 2) i.c = vector(b, n->c);
  b->where[k] = emit(b, i);
}

/* ---- registers: a value's is free again behind its last use; a target is never one of its sources ------ */

static void last_uses(const nm_program *p, uint32_t *last) {
  for (size_t k = 0; k < p->n_code; k++) {
    const nm_operand part[] = {p->code[k].a, p->code[k].b, p->code[k].c};
    const unsigned arity = lg_ir_arity((ir_op)p->code[k].op);
    for (unsigned j = 0; j < arity && j < 3; j++)
      if (part[j].place == NM_IN_REGISTER) last[part[j].index] = (uint32_t)k;
  }
  for (size_t k = 0; k < p->n_results; k++)
    if (p->results[k].value.place == NM_IN_REGISTER) last[p->results[k].value.index] = UINT32_MAX;
}

static lg_status give_registers(builder *b) {
  nm_program *p = b->p;
  uint32_t *last = NULL, *unused = NULL;
  size_t n_unused = 0;
  lg_status status = LG_OK;
  LG_NEW(b->ctx, last, p->n_code + 1);
  LG_NEW(b->ctx, unused, p->n_code + 1);
  last_uses(p, last);
  for (size_t k = 0; k < p->n_code; k++) {
    nm_instruction *i = &p->code[k];
    i->target = n_unused > 0 ? unused[--n_unused] : (uint32_t)p->n_registers++;
    const nm_operand part[] = {i->a, i->b, i->c};
    const unsigned arity = lg_ir_arity((ir_op)i->op);
    for (unsigned j = 0; j < arity && j < 3; j++) {
      if (part[j].place != NM_IN_REGISTER || last[part[j].index] != k) continue;
      last[part[j].index] = UINT32_MAX; /* freed once */
      unused[n_unused++] = p->code[part[j].index].target;
    }
  }
done:
  lg_free(b->ctx, last);
  lg_free(b->ctx, unused);
  return status;
}

lg_status lg_nmodl_program(lg_ctx *ctx, const nm_lowered *lowered, nm_task task, nm_program *out) {
  const nm_outputs *outputs = &lowered->task[task];
  builder b = {.ctx = ctx, .lowered = lowered, .g = &lowered->graph, .p = out};
  const size_t n = lowered->graph.n;
  lg_status status = LG_OK;
  memset(out, 0, sizeof *out);
  LG_NEW(ctx, b.needed, n);
  LG_NEW(ctx, b.where, n);
  LG_NEW(ctx, b.spread, n);
  LG_NEW(ctx, b.is_spread, n);
  find_needed(&b, outputs);
  size_t used = 0;
  for (size_t k = 0; k < n; k++) used += b.needed[k];
  LG_NEW(ctx, out->code, 2 * used + outputs->n + 1);
  LG_NEW(ctx, out->scalars, used + 1);
  LG_NEW(ctx, out->inputs, used + 1);
  LG_NEW(ctx, out->results, outputs->n + 1);
  for (size_t k = 0; k < n; k++) {
    if (!b.needed[k]) continue;
    if (is_scalar(&b.g->nodes[k])) add_scalar(&b, k);
    else if (b.g->nodes[k].op == IR_INPUT) add_input(&b, k);
    else add_code(&b, k);
  }
  for (size_t k = 0; k < outputs->n; k++) {
    const nm_output *o = &outputs->items[k];
    const uint32_t index = o->target == NM_TO_STATE ? (uint32_t)lowered->state_slot[o->index] : o->index;
    nm_operand value = b.where[o->value]; /* an input may be overwritten by an earlier result: copy it before */
    if (value.place == NM_IN_INPUT) value = emit(&b, (nm_instruction){.op = IR_INPUT, .a = value});
    out->results[out->n_results++] = (nm_result){o->target, index, value};
  }
  status = give_registers(&b);
done:
  lg_free(ctx, b.needed);
  lg_free(ctx, b.where);
  lg_free(ctx, b.spread);
  lg_free(ctx, b.is_spread);
  return status;
}

void lg_nmodl_scalars(const nm_program *p, const double *by_source, double *scalar) {
  for (size_t k = 0; k < p->n_scalars; k++) {
    const nm_scalar *s = &p->scalars[k];
    if (s->op == IR_CONST) scalar[k] = s->value;
    else if (s->op == IR_INPUT) scalar[k] = by_source[s->a];
    else scalar[k] = lg_ir_apply((ir_op)s->op, scalar[s->a], scalar[s->b], scalar[s->c]);
  }
}

nm_kernel lg_nmodl_interpreter(void) {
  if (lg_cpu_level() >= LG_CPU_V4) return lg_nmodl_run_v4;
  return lg_cpu_level() >= LG_CPU_V3 ? lg_nmodl_run_v3 : lg_nmodl_run_plain;
}
