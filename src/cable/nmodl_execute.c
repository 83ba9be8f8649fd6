/* Statements on nodes: calls are written out in place, branches become selections. */
#include "cable/nmodl_execute.h"

#include <string.h>

#define ONE(op, a) lg_ir_unary(x->g, (op), (a))
#define TWO(op, a, b) lg_ir_binary(x->g, (op), (a), (b))
#define NUMBER(c) lg_ir_const(x->g, (c))

/* ---- machine ---------------------------------------------------------------------------------- */

lg_status lg_nmodl_machine_begin(lg_ctx *ctx, nm_module *module, nm_lowered *out, nm_machine *x) {
  lg_status status = LG_OK;
  const size_t n = module->n_variables;
  memset(x, 0, sizeof *x);
  x->ctx = ctx;
  x->module = module;
  x->out = out;
  x->g = &out->graph;
  x->file = module->file;
  LG_NEW(ctx, x->value, 3 * n + 64);
  LG_NEW(ctx, x->set, 3 * n + 64);
  x->n_slots = 3 * n;
  x->slots_room = 3 * n + 64;
done:
  return status;
}

void lg_nmodl_machine_clear(nm_machine *x) {
  lg_free(x->ctx, x->value);
  lg_free(x->ctx, x->set);
  lg_free(x->ctx, x->scope);
}

void lg_nmodl_machine_reset(nm_machine *x, nm_task task) {
  x->task = task;
  x->n_slots = 3 * x->module->n_variables;
  x->n_scope = x->frame = 0;
  x->depth = 0;
  memset(x->set, 0, x->slots_room * sizeof *x->set);
  x->solved_system = false;
}

static lg_status new_slot(nm_machine *x, uint32_t *slot) {
  if (x->n_slots == x->slots_room) {
    const size_t room = 2 * x->slots_room;
    ir_ref *value = lg_realloc(x->ctx, x->value, x->slots_room * sizeof *value, room, sizeof *value);
    if (!value) return LG_ERR_MEMORY;
    x->value = value;
    bool *set = lg_realloc(x->ctx, x->set, x->slots_room * sizeof *set, room, sizeof *set);
    if (!set) return LG_ERR_MEMORY;
    x->set = set;
    x->slots_room = room;
  }
  *slot = (uint32_t)x->n_slots++;
  x->set[*slot] = false;
  return LG_OK;
}

static lg_status declare(nm_machine *x, const char *name, uint32_t *slot) {
  if (x->n_scope == x->scope_room) {
    const size_t room = x->scope_room ? 2 * x->scope_room : 64;
    nm_scope_name *scope = lg_realloc(x->ctx, x->scope, x->scope_room * sizeof *scope, room, sizeof *scope);
    if (!scope) return LG_ERR_MEMORY;
    x->scope = scope;
    x->scope_room = room;
  }
  const lg_status status = new_slot(x, slot);
  if (status != LG_OK) return status;
  x->scope[x->n_scope++] = (nm_scope_name){name, *slot};
  return LG_OK;
}

lg_status lg_nmodl_bind(nm_machine *x, const char *name, ir_ref value) {
  uint32_t slot;
  const lg_status status = declare(x, name, &slot);
  if (status != LG_OK) return status;
  x->value[slot] = value;
  x->set[slot] = true;
  return LG_OK;
}

/* Slot of a name; SIZE_MAX when there is none. */
static size_t resolve(const nm_machine *x, const char *name) {
  for (size_t k = x->n_scope; k > x->frame; k--)
    if (strcmp(x->scope[k - 1].name, name) == 0) return x->scope[k - 1].slot;
  const nm_variable *v = lg_nmodl_find(x->module, name);
  return v && (v->sort != NM_UNDECLARED || x->out->meaning[v - x->module->variables].role != NM_IS_KEPT)
             ? (size_t)(v - x->module->variables)
             : SIZE_MAX;
}

/* ---- variables -------------------------------------------------------------------------------- */

static ir_ref first_value(nm_machine *x, size_t k) {
  const nm_variable *v = &x->module->variables[k];
  char first[NM_MAX_NAME + 2];
  if (v->sort == NM_STATE) { /* m0 */
    (void)snprintf(first, sizeof first, "%s0", v->name);
    const nm_variable *start = lg_nmodl_find(x->module, first);
    if (start && x->out->meaning[start - x->module->variables].role == NM_IS_PARAMETER)
      return lg_nmodl_read(x, (size_t)(start - x->module->variables));
  }
  return lg_ir_const(x->g, v->value == v->value ? v->value : 0.0);
}

ir_ref lg_nmodl_symbol(nm_machine *x, size_t k) {
  const nm_meaning *m = &x->out->meaning[k];
  switch (m->role) {
  case NM_IS_FACTOR:
    return lg_ir_const(x->g, x->module->variables[k].value);
  case NM_IS_OUTSIDE:
    /* currents are those of the middle of the step, as in NEURON; v and the states are where the scheme has them */
    if (m->source == IR_T && x->task == NM_CURRENT)
      return TWO(IR_ADD, lg_ir_input(x->g, IR_T, 0), TWO(IR_MUL, lg_ir_input(x->g, IR_DT, 0), NUMBER(0.5)));
    if (m->source == IR_T && x->task == NM_RECEIVE)
      return TWO(IR_ADD, lg_ir_input(x->g, IR_T, 0), lg_ir_input(x->g, IR_OFFSET, 0));
    return lg_ir_input(x->g, m->source, m->index);
  case NM_IS_PARAMETER:
    if (!m->assigned || x->task == NM_START) return lg_ir_input(x->g, IR_PARAMETER, m->index);
    break;
  case NM_IS_CURRENT:
    if (m->ion >= 0 && x->out->ions[m->ion].reads_current) return lg_ir_input(x->g, IR_ION_CURRENT, (uint32_t)m->ion);
    break;
  case NM_IS_KEPT:
    break;
  }
  if (x->task == NM_START) return first_value(x, k);
  return lg_ir_input(x->g, IR_STATE, (uint32_t)k);
}

ir_ref lg_nmodl_read(nm_machine *x, size_t k) {
  if (x->set[k]) return x->value[k];
  if (k >= x->module->n_variables) return 0; /* a local without a value yet */
  return lg_nmodl_symbol(x, k);
}

static lg_status assign(nm_machine *x, const char *name, unsigned line, ir_ref value) {
  const size_t k = resolve(x, name);
  if (k == SIZE_MAX) return lg_nmodl_refuse(x, line, "%s is declared nowhere", name);
  if (k < x->module->n_variables) {
    const nm_meaning *m = &x->out->meaning[k];
    if (m->role == NM_IS_FACTOR) return lg_nmodl_refuse(x, line, "%s is a constant", name);
    if (m->role == NM_IS_OUTSIDE && !m->written_inside)
      return lg_nmodl_refuse(x, line, "%s comes from outside and cannot be assigned", name);
  }
  x->value[k] = value;
  x->set[k] = true;
  return LG_OK;
}

/* ---- calls ------------------------------------------------------------------------------------ */

static lg_status call_block(nm_machine *x, const nm_expr *call, const nm_block *b, ir_ref *out) {
  const size_t frame = x->frame, n_scope = x->n_scope, n_slots = x->n_slots;
  ir_ref arguments[16];
  uint32_t result;
  lg_status status = LG_OK;
  if (call->n_args != b->n_arguments)
    return lg_nmodl_refuse(x, call->line, "%s takes %zu arguments, got %zu", b->name, b->n_arguments, call->n_args);
  if (++x->depth > NM_MAX_DEPTH)
    return lg_nmodl_refuse(x, call->line, "calls nested more than %d deep: %s calls itself?", NM_MAX_DEPTH, b->name);
  for (size_t k = 0; k < call->n_args; k++) LG_TRY(lg_nmodl_evaluate(x, call->args[k], &arguments[k]));
  x->frame = x->n_scope;
  for (size_t k = 0; k < call->n_args; k++) LG_TRY(lg_nmodl_bind(x, b->arguments[k], arguments[k]));
  LG_TRY(declare(x, b->name, &result));
  LG_TRY(lg_nmodl_run(x, b->body));
  if (out) *out = lg_nmodl_read(x, result);
done:
  x->frame = frame;
  x->n_scope = n_scope;
  x->n_slots = n_slots;
  x->depth--;
  return status;
}

static const nm_block *callable(const nm_machine *x, const char *name) {
  for (const nm_block *b = x->module->blocks; b; b = b->next)
    if (b->name[0] && strcmp(b->name, name) == 0) return b;
  return NULL;
}

/* x / (e^x - 1), 1 - x/2 near 0 as NEURON's exprelr does not say better */
static ir_ref exprelr(nm_machine *x, ir_ref a) {
  const ir_ref near_zero = TWO(IR_LT, ONE(IR_ABS, a), NUMBER(1e-5));
  const ir_ref series = TWO(IR_ADD, TWO(IR_SUB, NUMBER(1.0), TWO(IR_MUL, a, NUMBER(0.5))),
                            TWO(IR_MUL, TWO(IR_MUL, a, a), NUMBER(1.0 / 12.0)));
  return lg_ir_select(x->g, near_zero, series, TWO(IR_DIV, a, TWO(IR_SUB, ONE(IR_EXP, a), NUMBER(1.0))));
}

static lg_status built_in(nm_machine *x, const nm_expr *call, bool *was_one, ir_ref *out) {
  static const struct {
    const char *name;
    unsigned arguments;
    ir_op op;
  } table[] = {{"exp", 1, IR_EXP}, {"log", 1, IR_LN},      {"sqrt", 1, IR_SQRT}, {"fabs", 1, IR_ABS},
               {"abs", 1, IR_ABS}, {"sin", 1, IR_SIN},     {"cos", 1, IR_COS},   {"tanh", 1, IR_TANH},
               {"pow", 2, IR_POW}, {"floor", 1, IR_FLOOR}, {"ceil", 1, IR_NEG},  {"log10", 1, IR_LN},
               {"tan", 1, IR_SIN}, {"sinh", 1, IR_EXP},    {"cosh", 1, IR_EXP},  {"exprelr", 1, IR_EXP},
               {"fmin", 2, IR_LT}, {"fmax", 2, IR_LT}};
  ir_ref a, b = 0;
  *was_one = false;
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    if (strcmp(table[k].name, call->name) != 0) continue;
    *was_one = true;
    if (call->n_args != table[k].arguments)
      return lg_nmodl_refuse(x, call->line, "%s takes %u arguments, got %zu", call->name, table[k].arguments,
                             call->n_args);
    lg_status status = lg_nmodl_evaluate(x, call->args[0], &a);
    if (status == LG_OK && table[k].arguments == 2) status = lg_nmodl_evaluate(x, call->args[1], &b);
    if (status != LG_OK) return status;
    if (strcmp(call->name, "log10") == 0) *out = TWO(IR_MUL, ONE(IR_LN, a), NUMBER(0.43429448190325182765));
    else if (strcmp(call->name, "ceil") == 0) *out = ONE(IR_NEG, ONE(IR_FLOOR, ONE(IR_NEG, a)));
    else if (strcmp(call->name, "tan") == 0) *out = TWO(IR_DIV, ONE(IR_SIN, a), ONE(IR_COS, a));
    else if (strcmp(call->name, "sinh") == 0)
      *out = TWO(IR_MUL, TWO(IR_SUB, ONE(IR_EXP, a), ONE(IR_EXP, ONE(IR_NEG, a))), NUMBER(0.5));
    else if (strcmp(call->name, "cosh") == 0)
      *out = TWO(IR_MUL, TWO(IR_ADD, ONE(IR_EXP, a), ONE(IR_EXP, ONE(IR_NEG, a))), NUMBER(0.5));
    else if (strcmp(call->name, "exprelr") == 0) *out = exprelr(x, a);
    else if (strcmp(call->name, "fmin") == 0) *out = lg_ir_select(x->g, TWO(IR_LT, a, b), a, b);
    else if (strcmp(call->name, "fmax") == 0) *out = lg_ir_select(x->g, TWO(IR_LT, a, b), b, a);
    else *out = table[k].arguments == 2 ? TWO(table[k].op, a, b) : ONE(table[k].op, a);
    return LG_OK;
  }
  return LG_OK;
}

/* nernst(inside, outside, valence) in mV, as hoc has it. */
static lg_status nernst(nm_machine *x, const nm_expr *e, ir_ref *out) {
  const double per_kelvin = 1000.0 * 8.31446261815324 / 96485.33212331001;
  ir_ref inside, outside, valence;
  lg_status status;
  if (e->n_args != 3) return lg_nmodl_refuse(x, e->line, "nernst takes 3 arguments, got %zu", e->n_args);
  LG_TRY(lg_nmodl_evaluate(x, e->args[0], &inside));
  LG_TRY(lg_nmodl_evaluate(x, e->args[1], &outside));
  LG_TRY(lg_nmodl_evaluate(x, e->args[2], &valence));
  const ir_ref kelvin = TWO(IR_ADD, lg_ir_input(x->g, IR_CELSIUS, 0), NUMBER(273.15));
  *out = TWO(IR_DIV, TWO(IR_MUL, TWO(IR_MUL, kelvin, NUMBER(per_kelvin)), ONE(IR_LN, TWO(IR_DIV, outside, inside))),
             valence);
done:
  return status;
}

static lg_status call(nm_machine *x, const nm_expr *e, ir_ref *out) {
  bool was_one;
  const nm_block *b = callable(x, e->name);
  if (b && b->kind != NM_PROCEDURE && b->kind != NM_FUNCTION)
    return lg_nmodl_refuse(x, e->line, "%s is no function", e->name);
  if (b) return call_block(x, e, b, out);
  if (strcmp(e->name, "nernst") == 0) return nernst(x, e, out);
  const lg_status status = built_in(x, e, &was_one, out);
  if (status != LG_OK || was_one) return status;
  return lg_nmodl_refuse(x, e->line, "the function %s is unknown", e->name);
}

/* ---- expressions ------------------------------------------------------------------------------ */

static lg_status unknown_name(nm_machine *x, const char *name, unsigned line) {
  const char *names[256];
  size_t n = 0;
  for (size_t k = 0; k < x->module->n_variables && n < 256; k++) names[n++] = x->module->variables[k].name;
  const char *near = lg_nearest(name, names, n);
  if (near) return lg_nmodl_refuse(x, line, "%s is declared nowhere; did you mean %s?", name, near);
  return lg_nmodl_refuse(x, line, "%s is declared nowhere", name);
}

static lg_status binary(nm_machine *x, const nm_expr *e, ir_ref *out) {
  static const ir_op ops[] = {
      [NM_ADD] = IR_ADD, [NM_SUB] = IR_SUB, [NM_MUL] = IR_MUL, [NM_DIV] = IR_DIV, [NM_POW] = IR_POW,
      [NM_LT] = IR_LT,   [NM_LE] = IR_LE,   [NM_GT] = IR_LT,   [NM_GE] = IR_LE,   [NM_EQ] = IR_EQ,
      [NM_NE] = IR_EQ,   [NM_AND] = IR_AND, [NM_OR] = IR_OR};
  ir_ref a, b;
  lg_status status = lg_nmodl_evaluate(x, e->a, &a);
  if (status == LG_OK) status = lg_nmodl_evaluate(x, e->b, &b);
  if (status != LG_OK) return status;
  const bool turned = e->op == NM_GT || e->op == NM_GE;
  *out = turned ? TWO(ops[e->op], b, a) : TWO(ops[e->op], a, b);
  if (e->op == NM_NE) *out = ONE(IR_NOT, *out);
  return LG_OK;
}

lg_status lg_nmodl_evaluate(nm_machine *x, const nm_expr *e, ir_ref *out) {
  *out = 0;
  if (++x->work > NM_MAX_WORK) return lg_nmodl_refuse(x, e->line, "too much to do when calls are written out");
  switch (e->kind) {
  case NM_NUMBER:
    *out = NUMBER(e->number);
    return LG_OK;
  case NM_NAME: {
    const size_t k = resolve(x, e->name);
    if (k == SIZE_MAX) return unknown_name(x, e->name, e->line);
    *out = lg_nmodl_read(x, k);
    return LG_OK;
  }
  case NM_CALL:
    return call(x, e, out);
  case NM_UNARY: {
    const lg_status status = lg_nmodl_evaluate(x, e->a, out);
    if (status == LG_OK) *out = ONE(e->op == NM_NEG ? IR_NEG : IR_NOT, *out);
    return status;
  }
  case NM_BINARY:
    return binary(x, e, out);
  }
  return LG_ERR_FORMAT;
}

/* ---- statements ------------------------------------------------------------------------------- */

/* Both branches run on copies of all values; where they differ, a selection. */
static lg_status branch(nm_machine *x, const nm_stmt *s) {
  const size_t n = x->n_slots;
  ir_ref condition, *value = NULL, *taken = NULL;
  bool *set = NULL, *taken_set = NULL;
  double known;
  lg_status status;
  LG_TRY(lg_nmodl_evaluate(x, s->a, &condition));
  if (lg_ir_is_const(x->g, condition, &known)) {
    const nm_stmt *only = known != 0.0 ? s->body : s->other;
    return lg_nmodl_run(x, only);
  }
  LG_NEW(x->ctx, value, n);
  LG_NEW(x->ctx, taken, n);
  LG_NEW(x->ctx, set, n);
  LG_NEW(x->ctx, taken_set, n);
  memcpy(value, x->value, n * sizeof *value);
  memcpy(set, x->set, n * sizeof *set);
  LG_TRY(lg_nmodl_run(x, s->body));
  memcpy(taken, x->value, n * sizeof *taken);
  memcpy(taken_set, x->set, n * sizeof *taken_set);
  memcpy(x->value, value, n * sizeof *value);
  memcpy(x->set, set, n * sizeof *set);
  LG_TRY(lg_nmodl_run(x, s->other));
  for (size_t k = 0; k < n; k++) {
    if (!taken_set[k] && !x->set[k]) continue;
    const ir_ref other = lg_nmodl_read(x, k);
    x->set[k] = taken_set[k];
    const ir_ref mine = taken_set[k] ? taken[k] : lg_nmodl_read(x, k);
    x->value[k] = lg_ir_select(x->g, condition, mine, other);
    x->set[k] = true;
  }
done:
  lg_free(x->ctx, value);
  lg_free(x->ctx, taken);
  lg_free(x->ctx, set);
  lg_free(x->ctx, taken_set);
  return status;
}

static lg_status lone_call(nm_machine *x, const nm_stmt *s) {
  ir_ref unused;
  const nm_expr *e = s->a;
  if (strcmp(e->name, "state_discontinuity") == 0 && e->n_args == 2 && e->args[0]->kind == NM_NAME) {
    const lg_status status = lg_nmodl_evaluate(x, e->args[1], &unused);
    return status == LG_OK ? assign(x, e->args[0]->name, s->line, unused) : status;
  }
  if (strcmp(e->name, "printf") == 0 || strcmp(e->name, "fprintf") == 0 || strcmp(e->name, "prterr") == 0)
    return lg_nmodl_note(x->module, s->line, "%s is ignored", e->name);
  return call(x, e, &unused);
}

static lg_status one(nm_machine *x, const nm_stmt *s) {
  ir_ref value;
  uint32_t slot;
  lg_status status = LG_OK;
  if (++x->statements > NM_MAX_STATEMENTS || x->g->n > IR_MAX_NODES / 2)
    return lg_nmodl_refuse(x, s->line, "more than %d statements when calls are written out", NM_MAX_STATEMENTS);
  switch (s->kind) {
  case NM_ASSIGN:
    status = lg_nmodl_evaluate(x, s->a, &value);
    return status == LG_OK ? assign(x, s->name, s->line, value) : status;
  case NM_IF:
    return branch(x, s);
  case NM_CALL_ALONE:
    return lone_call(x, s);
  case NM_LOCAL:
    for (size_t k = 0; k < s->n_names && status == LG_OK; k++) status = declare(x, s->names[k], &slot);
    return status;
  case NM_NESTED:
    return lg_nmodl_run(x, s->body);
  case NM_PRIME:
    if (!x->in_derivative) return lg_nmodl_refuse(x, s->line, "%s' stands outside of a DERIVATIVE block", s->name);
    return lg_nmodl_prime(x, s);
  case NM_SOLVE:
    if (x->task == NM_START && s->n_left == 1) return lg_nmodl_solve(x, s);
    if (x->task == NM_START || x->in_derivative) return lg_nmodl_refuse(x, s->line, "SOLVE belongs into BREAKPOINT");
    return LG_OK; /* BREAKPOINT's: run by the task that moves the states */
  case NM_REACTION:
  case NM_SOURCE:
  case NM_CONSERVE:
  case NM_COMPARTMENT:
    if (!x->in_kinetic) return lg_nmodl_refuse(x, s->line, "a reaction stands outside of a KINETIC block");
    return lg_nmodl_reaction(x, s);
  }
  return LG_ERR_FORMAT;
}

lg_status lg_nmodl_run(nm_machine *x, const nm_stmt *s) {
  const size_t n_scope = x->n_scope, n_slots = x->n_slots;
  lg_status status = LG_OK;
  for (; s && status == LG_OK; s = s->next) status = one(x, s);
  x->n_scope = n_scope;
  x->n_slots = n_slots;
  return status;
}
