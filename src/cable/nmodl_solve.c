/* SOLVE: single linear states exactly, systems of linear states by elimination. */
#include "cable/nmodl_execute.h"

#include <string.h>

#define ADD(a, b) lg_ir_binary(x->g, IR_ADD, (a), (b))
#define SUB(a, b) lg_ir_binary(x->g, IR_SUB, (a), (b))
#define MUL(a, b) lg_ir_binary(x->g, IR_MUL, (a), (b))
#define DIV(a, b) lg_ir_binary(x->g, IR_DIV, (a), (b))
#define NUMBER(c) lg_ir_const(x->g, (c))

lg_status lg_nmodl_moved(nm_machine *x, const char *name, unsigned line, size_t *k) {
  const nm_variable *v = lg_nmodl_find(x->module, name);
  *k = v ? (size_t)(v - x->module->variables) : 0;
  if (!v || (v->sort != NM_STATE && !x->out->meaning[*k].written_inside))
    return lg_nmodl_refuse(x, line, "%s is no STATE", name);
  return LG_OK;
}

/* The states of a file, by index of the variable: those whose slope is set. */
static bool has_slope(const nm_machine *x, size_t k) { return x->set[lg_nmodl_slope_slot(x, k)]; }
static ir_ref slope_of(const nm_machine *x, size_t k) { return x->value[lg_nmodl_slope_slot(x, k)]; }

/* What stands for a state while its equation is looked at, whatever its value is at that moment. */
static ir_ref symbol_of(nm_machine *x, size_t k) {
  const nm_meaning *m = &x->out->meaning[k];
  return m->written_inside ? lg_ir_input(x->g, m->source, m->index) : lg_ir_input(x->g, IR_STATE, (uint32_t)k);
}

/* ---- one state -------------------------------------------------------------------------------- */

/* Where e = factor * rest or rest / factor with a factor free of the state, go on with the rest: the zero is the same.
 */
static ir_ref strip(nm_machine *x, ir_ref e, ir_ref state) {
  for (;;) {
    const ir_node n = x->g->nodes[e];
    if (n.op == IR_NEG) e = n.a;
    else if ((n.op == IR_DIV || n.op == IR_MUL) && !lg_ir_uses(x->g, n.b, state)) e = n.a;
    else if (n.op == IR_MUL && !lg_ir_uses(x->g, n.a, state)) e = n.b;
    else return e;
  }
}

/* x' = a + b x from x0: the value after dt and the mean until then. */
static void flow(nm_machine *x, ir_ref e, ir_ref state, ir_ref b, ir_ref *end, ir_ref *mean) {
  ir_graph *g = x->g;
  const ir_ref dt = lg_ir_input(g, IR_DT, 0), half = NUMBER(0.5);
  const ir_ref a = lg_ir_replace(g, e, state, 0);
  const ir_ref straight = ADD(state, MUL(dt, a)), straight_mean = ADD(state, MUL(MUL(dt, half), a));
  if (b == 0) {
    *end = straight;
    *mean = straight_mean;
    return;
  }
  const ir_ref rest = strip(x, e, state);
  const ir_ref slope = lg_ir_derivative(g, rest, state);
  const ir_ref steady = lg_ir_unary(g, IR_NEG, DIV(lg_ir_replace(g, rest, state, 0), slope));
  const ir_ref z = MUL(dt, b), away = SUB(state, steady);
  *end = ADD(steady, MUL(away, lg_ir_unary(g, IR_EXP, z)));
  *mean = ADD(steady, MUL(away, DIV(lg_ir_unary(g, IR_EXPM1, z), z)));
  if (lg_ir_never_zero(g, b)) return;
  const ir_ref still = lg_ir_binary(g, IR_EQ, b, 0);
  if (a != 0) *end = lg_ir_select(g, still, straight, *end);
  *mean = lg_ir_select(g, still, straight_mean, *mean);
}

static lg_status move_one(nm_machine *x, size_t k, ir_ref e, unsigned line) {
  const ir_ref state = symbol_of(x, k), now = lg_nmodl_read(x, k);
  const ir_ref b = lg_ir_derivative(x->g, e, state);
  ir_ref end, mean;
  if (lg_ir_uses(x->g, b, state))
    return lg_nmodl_refuse(x, line, "%s' is not linear in %s: only a + b %s can be solved",
                           x->module->variables[k].name, x->module->variables[k].name, x->module->variables[k].name);
  flow(x, e, state, b, &end, &mean);
  if (now != state) { /* the file has assigned it before */
    end = lg_ir_replace(x->g, end, state, now);
    mean = lg_ir_replace(x->g, mean, state, now);
  }
  x->value[k] = end;
  x->value[lg_nmodl_mean_slot(x, k)] = mean;
  x->set[k] = x->set[lg_nmodl_mean_slot(x, k)] = true;
  return LG_OK;
}

lg_status lg_nmodl_prime(nm_machine *x, const nm_stmt *s) {
  size_t k;
  ir_ref e;
  lg_status status = lg_nmodl_moved(x, s->name, s->line, &k);
  if (status == LG_OK) status = lg_nmodl_evaluate(x, s->a, &e);
  if (status != LG_OK) return status;
  if (x->mode == NM_PRIME_SOLVE) return move_one(x, k, e, s->line);
  x->value[lg_nmodl_slope_slot(x, k)] = e;
  x->set[lg_nmodl_slope_slot(x, k)] = true;
  return LG_OK;
}

/* ---- reactions -------------------------------------------------------------------------------- */

static lg_status add_slope(nm_machine *x, const char *name, unsigned line, ir_ref flux) {
  size_t k;
  const nm_variable *v = lg_nmodl_find(x->module, name);
  if (v && v->sort != NM_STATE && !x->out->meaning[v - x->module->variables].written_inside) return LG_OK; /* held */
  const lg_status status = lg_nmodl_moved(x, name, line, &k);
  if (status != LG_OK) return status;
  const size_t slot = lg_nmodl_slope_slot(x, k);
  x->value[slot] = x->set[slot] ? ADD(x->value[slot], flux) : flux;
  x->set[slot] = true;
  return LG_OK;
}

static lg_status side(nm_machine *x, const nm_term *terms, size_t n, unsigned line, ir_ref rate, ir_ref *flux) {
  *flux = rate;
  for (size_t k = 0; k < n; k++) {
    nm_expr name = {.kind = NM_NAME, .name = terms[k].name, .line = line};
    ir_ref value;
    const lg_status status = lg_nmodl_evaluate(x, &name, &value);
    if (status != LG_OK) return status;
    for (unsigned t = 0; t < terms[k].times; t++) *flux = MUL(*flux, value);
  }
  return LG_OK;
}

lg_status lg_nmodl_reaction(nm_machine *x, const nm_stmt *s) {
  ir_ref forward, backward = 0, a = 0, b = 0;
  lg_status status = LG_OK;
  if (s->kind == NM_CONSERVE || s->kind == NM_COMPARTMENT) return LG_OK; /* looked at when all slopes are known */
  LG_TRY(lg_nmodl_evaluate(x, s->a, &a));
  if (s->kind == NM_SOURCE) return add_slope(x, s->left[0].name, s->line, a);
  if (s->b) LG_TRY(lg_nmodl_evaluate(x, s->b, &b));
  LG_TRY(side(x, s->left, s->n_left, s->line, a, &forward));
  if (s->b) LG_TRY(side(x, s->right, s->n_right, s->line, b, &backward));
  const ir_ref flux = SUB(forward, backward);
  for (size_t k = 0; k < s->n_left; k++)
    LG_TRY(add_slope(x, s->left[k].name, s->line, MUL(NUMBER(-(double)s->left[k].times), flux)));
  for (size_t k = 0; k < s->n_right; k++)
    LG_TRY(add_slope(x, s->right[k].name, s->line, MUL(NUMBER((double)s->right[k].times), flux)));
done:
  return status;
}

/* COMPARTMENT volume { names }: what flows is divided by it. */
static lg_status divide_by_volumes(nm_machine *x, const nm_stmt *s) {
  for (; s; s = s->next) {
    ir_ref volume;
    if (s->kind != NM_COMPARTMENT) continue;
    lg_status status = lg_nmodl_evaluate(x, s->a, &volume);
    for (size_t n = 0; n < s->n_names && status == LG_OK; n++) {
      const nm_variable *v = lg_nmodl_find(x->module, s->names[n]);
      if (!v) return lg_nmodl_refuse(x, s->line, "%s is declared nowhere", s->names[n]);
      const size_t k = (size_t)(v - x->module->variables);
      if (has_slope(x, k)) x->value[lg_nmodl_slope_slot(x, k)] = DIV(slope_of(x, k), volume);
    }
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

/* ---- systems ---------------------------------------------------------------------------------- */

enum { MAX_SYSTEM = 24 };

typedef struct linear_system {
  size_t n;
  size_t variable[MAX_SYSTEM];
  ir_ref state[MAX_SYSTEM], constant[MAX_SYSTEM], slope[MAX_SYSTEM][MAX_SYSTEM];
} linear_system;

void lg_nmodl_eliminate(ir_graph *g, size_t n, ir_ref *matrix, ir_ref *right) {
#define M(i, j) matrix[(i)*n + (j)]
  for (size_t k = 0; k < n; k++)
    for (size_t i = k + 1; i < n; i++) {
      if (M(i, k) == 0) continue;
      const ir_ref f = lg_ir_binary(g, IR_DIV, M(i, k), M(k, k));
      for (size_t j = k + 1; j < n; j++)
        M(i, j) = lg_ir_binary(g, IR_SUB, M(i, j), lg_ir_binary(g, IR_MUL, f, M(k, j)));
      right[i] = lg_ir_binary(g, IR_SUB, right[i], lg_ir_binary(g, IR_MUL, f, right[k]));
    }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; j++)
      right[k] = lg_ir_binary(g, IR_SUB, right[k], lg_ir_binary(g, IR_MUL, M(k, j), right[j]));
    right[k] = lg_ir_binary(g, IR_DIV, right[k], M(k, k));
  }
#undef M
}

/* The slopes as constant + slope * states; *coupled: some state answers to another. */
static lg_status find_system(nm_machine *x, const nm_block *block, linear_system *s, bool *coupled) {
  s->n = 0;
  *coupled = false;
  for (size_t k = 0; k < x->module->n_variables; k++) {
    if (!has_slope(x, k)) continue;
    if (s->n == MAX_SYSTEM)
      return lg_nmodl_refuse(x, block->line, "%s moves more than %d states at once", block->name, MAX_SYSTEM);
    s->variable[s->n] = k;
    s->state[s->n++] = symbol_of(x, k);
  }
  for (size_t i = 0; i < s->n; i++) {
    const ir_ref e = slope_of(x, s->variable[i]);
    ir_ref constant = e;
    for (size_t j = 0; j < s->n; j++) {
      s->slope[i][j] = lg_ir_derivative(x->g, e, s->state[j]);
      if (i != j && s->slope[i][j] != 0) *coupled = true;
      constant = lg_ir_replace(x->g, constant, s->state[j], 0);
      for (size_t m = 0; m < s->n; m++)
        if (lg_ir_uses(x->g, s->slope[i][j], s->state[m]))
          return lg_nmodl_refuse(x, block->line,
                                 "%s is not linear in its states (%s, %s): such systems are not supported", block->name,
                                 x->module->variables[s->variable[j]].name, x->module->variables[s->variable[m]].name);
    }
    s->constant[i] = constant;
  }
  return LG_OK;
}

/* (1 - step J) of the system. */
static void matrix_of(nm_machine *x, const linear_system *s, ir_ref step, ir_ref *matrix) {
  for (size_t i = 0; i < s->n; i++)
    for (size_t j = 0; j < s->n; j++) matrix[i * s->n + j] = SUB(NUMBER(i == j ? 1.0 : 0.0), MUL(step, s->slope[i][j]));
}

/* J x + c. */
static void slopes_at(nm_machine *x, const linear_system *s, const ir_ref *at, ir_ref *out) {
  for (size_t i = 0; i < s->n; i++) {
    out[i] = s->constant[i];
    for (size_t j = 0; j < s->n; j++) out[i] = ADD(out[i], MUL(s->slope[i][j], at[j]));
  }
}

/* NEURON's step: implicit Euler. */
static void implicit_euler(nm_machine *x, const linear_system *s, ir_ref step, const ir_ref *from, ir_ref *to) {
  ir_ref matrix[MAX_SYSTEM * MAX_SYSTEM];
  matrix_of(x, s, step, matrix);
  for (size_t i = 0; i < s->n; i++) to[i] = ADD(from[i], MUL(step, s->constant[i]));
  lg_nmodl_eliminate(x->g, s->n, matrix, to);
}

/* Two stages, second order, L-stable (Alexander 1977): what the other schemes take. */
static void two_stages(nm_machine *x, const linear_system *s, const ir_ref *from, ir_ref *to) {
  const double gamma = 1.0 - 0.70710678118654752440;
  const ir_ref dt = lg_ir_input(x->g, IR_DT, 0), step = MUL(dt, NUMBER(gamma));
  ir_ref matrix[MAX_SYSTEM * MAX_SYSTEM], first[MAX_SYSTEM], second[MAX_SYSTEM], at[MAX_SYSTEM];
  matrix_of(x, s, step, matrix);
  slopes_at(x, s, from, first);
  lg_nmodl_eliminate(x->g, s->n, matrix, first);
  for (size_t i = 0; i < s->n; i++) at[i] = ADD(from[i], MUL(MUL(dt, NUMBER(1.0 - gamma)), first[i]));
  matrix_of(x, s, step, matrix);
  slopes_at(x, s, at, second);
  lg_nmodl_eliminate(x->g, s->n, matrix, second);
  for (size_t i = 0; i < s->n; i++) to[i] = ADD(at[i], MUL(MUL(dt, NUMBER(gamma)), second[i]));
}

static size_t place_in(const nm_machine *x, const linear_system *s, const char *name) {
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(x->module->variables[s->variable[i]].name, name) == 0) return i;
  return SIZE_MAX;
}

/* Where all slopes are 0: of every CONSERVE the last state's equation is replaced by the sum. Without one: a very long
 * step from where the states are. */
static lg_status steady(nm_machine *x, const nm_block *block, const linear_system *s, const ir_ref *from, ir_ref *to) {
  ir_ref matrix[MAX_SYSTEM * MAX_SYSTEM];
  bool conserved = false;
  for (size_t i = 0; i < s->n; i++) {
    to[i] = lg_ir_unary(x->g, IR_NEG, s->constant[i]);
    for (size_t j = 0; j < s->n; j++) matrix[i * s->n + j] = s->slope[i][j];
  }
  for (const nm_stmt *c = block->body; c; c = c->next) {
    size_t last = 0;
    if (c->kind != NM_CONSERVE) continue;
    for (size_t n = 0; n < c->n_names; n++) {
      const size_t i = place_in(x, s, c->names[n]);
      if (i == SIZE_MAX) return lg_nmodl_refuse(x, c->line, "CONSERVE %s: no state of %s", c->names[n], block->name);
      if (i > last) last = i;
    }
    const lg_status status = lg_nmodl_evaluate(x, c->a, &to[last]);
    if (status != LG_OK) return status;
    for (size_t j = 0; j < s->n; j++) matrix[last * s->n + j] = 0;
    for (size_t n = 0; n < c->n_names; n++) matrix[last * s->n + place_in(x, s, c->names[n])] = NUMBER(1.0);
    conserved = true;
  }
  if (conserved) lg_nmodl_eliminate(x->g, s->n, matrix, to);
  else implicit_euler(x, s, NUMBER(1e9), from, to);
  return LG_OK;
}

static void set_state(nm_machine *x, size_t k, ir_ref end, ir_ref mean) {
  x->value[k] = end;
  x->value[lg_nmodl_mean_slot(x, k)] = mean;
  x->set[k] = x->set[lg_nmodl_mean_slot(x, k)] = true;
}

static lg_status move_system(nm_machine *x, const nm_block *block, const linear_system *s, bool to_steady) {
  ir_ref to[MAX_SYSTEM];
  lg_status status = LG_OK;
  if (to_steady) status = steady(x, block, s, s->state, to);
  else if (x->second_order) two_stages(x, s, s->state, to);
  else implicit_euler(x, s, lg_ir_input(x->g, IR_DT, 0), s->state, to);
  if (status != LG_OK) return status;
  for (size_t i = 0; i < s->n; i++) set_state(x, s->variable[i], to[i], MUL(NUMBER(0.5), ADD(s->state[i], to[i])));
  x->solved_system = true;
  return LG_OK;
}

/* ---- SOLVE ------------------------------------------------------------------------------------ */

/* States stand for themselves while the block runs; afterwards they are what they were before. */
static void free_states(nm_machine *x, ir_ref *before) {
  for (size_t k = 0; k < x->module->n_variables; k++) {
    x->set[lg_nmodl_slope_slot(x, k)] = false;
    before[k] = lg_nmodl_read(x, k);
    if (x->module->variables[k].sort != NM_STATE && !x->out->meaning[k].written_inside) continue;
    if (before[k] == symbol_of(x, k)) continue;
    x->value[k] = symbol_of(x, k);
    x->set[k] = true;
  }
}

static lg_status bind_states(nm_machine *x, const ir_ref *before) {
  const size_t n = x->module->n_variables;
  ir_ref *from = NULL, *to = NULL;
  size_t moved = 0;
  lg_status status = LG_OK;
  LG_NEW(x->ctx, from, n);
  LG_NEW(x->ctx, to, n);
  for (size_t k = 0; k < n; k++) {
    if (x->module->variables[k].sort != NM_STATE && !x->out->meaning[k].written_inside) continue;
    if (before[k] == symbol_of(x, k)) continue;
    from[moved] = symbol_of(x, k);
    to[moved++] = before[k];
  }
  for (size_t k = 0; k < 2 * n && moved > 0; k++) /* values and means */
    if (x->set[k]) x->value[k] = lg_ir_replace_all(x->g, x->value[k], from, to, moved);
done:
  lg_free(x->ctx, from);
  lg_free(x->ctx, to);
  return status;
}

/* NEURON's scheme has NEURON's method; the others are exact. */
static lg_status move_singles(nm_machine *x, const nm_stmt *solve, const nm_block *block, const linear_system *s) {
  const char *method = solve->method;
  const bool explicit_euler = strcmp(method, "euler") == 0;
  const bool implicit = strcmp(method, "derivimplicit") == 0 || strcmp(method, "sparse") == 0;
  lg_status status = LG_OK;
  for (size_t i = 0; i < s->n && status == LG_OK; i++) {
    const ir_ref slope = slope_of(x, s->variable[i]), dt = lg_ir_input(x->g, IR_DT, 0);
    if (x->second_order || (!explicit_euler && !implicit)) {
      status = move_one(x, s->variable[i], slope, block->line);
      continue;
    }
    ir_ref end = ADD(s->state[i], MUL(dt, explicit_euler ? slope : s->constant[i]));
    if (implicit) end = DIV(end, SUB(NUMBER(1.0), MUL(dt, s->slope[i][i])));
    set_state(x, s->variable[i], end, MUL(NUMBER(0.5), ADD(s->state[i], end)));
    x->solved_system = true;
  }
  return status;
}

/* All slopes first, then together what is coupled. */
static lg_status solve_together(nm_machine *x, const nm_stmt *solve, const nm_block *block) {
  linear_system *s = NULL;
  ir_ref *before = NULL;
  bool coupled;
  lg_status status = LG_OK;
  LG_NEW(x->ctx, s, 1);
  LG_NEW(x->ctx, before, x->module->n_variables);
  free_states(x, before);
  x->mode = NM_PRIME_SLOPE;
  x->in_kinetic = block->kind == NM_KINETIC;
  LG_TRY(lg_nmodl_run(x, block->body));
  if (block->kind == NM_KINETIC) LG_TRY(divide_by_volumes(x, block->body));
  LG_TRY(find_system(x, block, s, &coupled));
  if (solve->n_left == 1 || coupled) LG_TRY(move_system(x, block, s, solve->n_left == 1));
  else LG_TRY(move_singles(x, solve, block, s));
  LG_TRY(bind_states(x, before));
done:
  x->mode = NM_PRIME_SOLVE;
  x->in_kinetic = false;
  lg_free(x->ctx, s);
  lg_free(x->ctx, before);
  return status;
}

static bool known_method(const char *method) {
  static const char *const known[] = {"cnexp",       "cnexp_t", "euler", "derivimplicit", "sparse", "runge",  "adams",
                                      "after_cvode", "simeq",   "heun",  "adrunge",       "gear",   "newton", ""};
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
    if (strcmp(known[k], method) == 0) return true;
  return false;
}

lg_status lg_nmodl_solve(nm_machine *x, const nm_stmt *solve) {
  const nm_block *block = NULL;
  for (const nm_block *b = x->module->blocks; b && !block; b = b->next)
    if (b->name[0] && strcmp(b->name, solve->name) == 0) block = b;
  if (!block || block->kind == NM_FUNCTION)
    return lg_nmodl_refuse(x, solve->line, "SOLVE %s: there is no such block", solve->name);
  if (!known_method(solve->method))
    return lg_nmodl_refuse(x, solve->line, "METHOD %s is unknown; cnexp or sparse expected", solve->method);
  if (block->kind == NM_PROCEDURE) return lg_nmodl_run(x, block->body); /* old files move their states themselves */
  const bool exact = strncmp(solve->method, "cnexp", 5) == 0, kinetic = block->kind == NM_KINETIC;
  lg_status status;
  if (exact && kinetic)
    return lg_nmodl_refuse(x, solve->line, "METHOD cnexp cannot solve KINETIC %s; write sparse", block->name);
  x->in_derivative = true;
  x->mode = NM_PRIME_SOLVE;
  if (exact && solve->n_left != 1) status = lg_nmodl_run(x, block->body);
  else status = solve_together(x, solve, block);
  x->in_derivative = false;
  if (status != LG_OK || exact || kinetic || x->solved_system) return status;
  return lg_nmodl_note(x->module, solve->line, "METHOD %s: linear states are solved exactly",
                       *solve->method ? solve->method : "(none)");
}
