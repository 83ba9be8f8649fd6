/* What is worth keeping, what is computed once, and where states stand. */
#include "cable/nmodl_lex.h"
#include "cable/nmodl_lower.h"

#include <string.h>

typedef struct finisher {
  lg_ctx *ctx;
  nm_module *module;
  nm_lowered *out;
  size_t n;      /* variables */
  bool *wanted;  /* (3 n) IR_STATE inputs that somebody reads */
  uint8_t *seen; /* (nodes) */
} finisher;

static void see(finisher *f, ir_ref root) {
  ir_graph *g = &f->out->graph;
  if (f->seen[root]) return;
  f->seen[root] = 1;
  for (size_t k = (size_t)root + 1; k-- > 0;) {
    if (f->seen[k] != 1) continue;
    f->seen[k] = 2;
    const ir_node *n = &g->nodes[k];
    const unsigned arity = lg_ir_arity((ir_op)n->op);
    if (arity > 0 && !f->seen[n->a]) f->seen[n->a] = 1;
    if (arity > 1 && !f->seen[n->b]) f->seen[n->b] = 1;
    if (arity > 2 && !f->seen[n->c]) f->seen[n->c] = 1;
    if (n->op == IR_INPUT && n->a == IR_STATE) f->wanted[n->b] = true;
    if (n->op == IR_INPUT && (n->a == IR_AREA || n->a == IR_DIAMETER)) f->out->uses_geometry = true;
  }
}

/* A state wanted makes its outputs wanted, which want others. */
static void find_wanted(finisher *f) {
  for (size_t k = 0; k < f->n; k++)
    f->wanted[k] = f->out->meaning[k].reported || f->module->variables[k].sort == NM_STATE;
  for (bool more = true; more;) {
    more = false;
    for (size_t t = 0; t < NM_TASKS; t++)
      for (size_t k = 0; k < f->out->task[t].n; k++) {
        const nm_output *o = &f->out->task[t].items[k];
        if ((o->target == NM_TO_STATE && !f->wanted[o->index]) || f->seen[o->value] == 2) continue;
        see(f, o->value);
        more = true;
      }
  }
}

static void drop_unwanted(finisher *f) {
  for (size_t t = 0; t < NM_TASKS; t++) {
    nm_outputs *list = &f->out->task[t];
    size_t kept = 0;
    for (size_t k = 0; k < list->n; k++)
      if (list->items[k].target != NM_TO_STATE || f->wanted[list->items[k].index]) list->items[kept++] = list->items[k];
    list->n = kept;
  }
}

static const char *late_name(finisher *f, size_t k) {
  char text[NM_MAX_NAME + 16];
  const char *name = f->module->variables[k < 2 * f->n ? k - f->n : k - 2 * f->n].name;
  (void)snprintf(text, sizeof text, "%s_%s", k < 2 * f->n ? "late" : "late_mean", name);
  return lg_nmodl_arena_text(&f->module->arena, text, strlen(text));
}

static lg_status place_states(finisher *f) {
  nm_lowered *out = f->out;
  out->states = lg_nmodl_arena_get(&f->module->arena, 3 * f->n * sizeof *out->states);
  out->state_slot = lg_nmodl_arena_get(&f->module->arena, 3 * f->n * sizeof *out->state_slot);
  if (!out->states || !out->state_slot) return LG_ERR_MEMORY;
  for (size_t k = 0; k < 3 * f->n; k++) out->state_slot[k] = -1;
  for (int round = 0; round < 3; round++) { /* STATE, then RANGE, then what else is kept */
    for (size_t k = 0; k < (round == 2 ? 3 * f->n : f->n); k++) {
      const bool is_state = k < f->n && f->module->variables[k].sort == NM_STATE;
      const bool is_range = k < f->n && out->meaning[k].reported;
      if (!f->wanted[k] || out->state_slot[k] >= 0) continue;
      if ((round == 0 && !is_state) || (round == 1 && !is_range)) continue;
      out->state_slot[k] = (int)out->n_states;
      const char *name = k < f->n ? f->module->variables[k].name : late_name(f, k);
      if (!name) return LG_ERR_MEMORY;
      out->states[out->n_states++] = name;
    }
    if (round == 1) out->n_shown = out->n_states;
  }
  return LG_OK;
}

/* ---- parts that never change ------------------------------------------------------------------ */

static bool is_fixed(const ir_node *n) {
  return !(n->depends & (IR_BY_CALL | IR_BY_MOMENT)) && (n->depends & IR_BY_PLACE) && lg_ir_arity((ir_op)n->op) > 0;
}

static const nm_task busy[] = {NM_CURRENT, NM_ADVANCE, NM_CURRENT_MEAN, NM_ADVANCE_SECOND, NM_ADVANCE_CURRENT};

/* Mark (3) fixed nodes that something changing uses, below what is marked 1. */
static void mark_fixed(finisher *f, size_t n_nodes) {
  const ir_graph *g = &f->out->graph;
  for (size_t k = n_nodes; k-- > 0;) {
    if (f->seen[k] != 1) continue;
    const ir_node *n = &g->nodes[k];
    if (is_fixed(n)) {
      f->seen[k] = 3;
      continue;
    }
    const unsigned arity = lg_ir_arity((ir_op)n->op);
    const ir_ref part[] = {n->a, n->b, n->c};
    for (unsigned j = 0; j < arity && j < 3; j++)
      if (!f->seen[part[j]]) f->seen[part[j]] = 1;
  }
}

static lg_status hoist(finisher *f) {
  ir_graph *g = &f->out->graph;
  const size_t n_nodes = g->n;
  ir_ref *from = NULL, *to = NULL;
  lg_status status = LG_OK;
  memset(f->seen, 0, n_nodes);
  for (size_t b = 0; b < sizeof busy / sizeof busy[0]; b++)
    for (size_t k = 0; k < f->out->task[busy[b]].n; k++) f->seen[f->out->task[busy[b]].items[k].value] = 1;
  mark_fixed(f, n_nodes);
  LG_NEW(f->ctx, from, n_nodes);
  LG_NEW(f->ctx, to, n_nodes);
  for (size_t k = 0; k < n_nodes; k++) {
    if (f->seen[k] != 3) continue;
    from[f->out->n_fixed] = (ir_ref)k;
    to[f->out->n_fixed] = lg_ir_input(g, IR_FIXED, (uint32_t)f->out->n_fixed);
    LG_TRY(lg_nmodl_output(f->module, &f->out->task[NM_FIX], NM_TO_FIXED, f->out->n_fixed, (ir_ref)k));
    f->out->n_fixed++;
  }
  f->out->has[NM_FIX] = f->out->n_fixed > 0;
  for (size_t b = 0; b < sizeof busy / sizeof busy[0] && f->out->n_fixed > 0; b++)
    for (size_t k = 0; k < f->out->task[busy[b]].n; k++) {
      nm_output *o = &f->out->task[busy[b]].items[k];
      o->value = lg_ir_replace_all(g, o->value, from, to, f->out->n_fixed);
    }
  if (g->broken) status = LG_ERR_MEMORY;
done:
  lg_free(f->ctx, from);
  lg_free(f->ctx, to);
  return status;
}

lg_status lg_nmodl_finish(lg_ctx *ctx, nm_module *module, nm_lowered *out) {
  finisher f = {.ctx = ctx, .module = module, .out = out, .n = module->n_variables};
  lg_status status = LG_OK;
  LG_NEW(ctx, f.wanted, 3 * f.n);
  LG_NEW(ctx, f.seen, out->graph.n + 1);
  find_wanted(&f);
  drop_unwanted(&f);
  LG_TRY(place_states(&f));
  LG_TRY(hoist(&f));
done:
  lg_free(ctx, f.wanted);
  lg_free(ctx, f.seen);
  return status;
}
