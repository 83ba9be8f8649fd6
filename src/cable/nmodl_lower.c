/* Every function of a mechanism out of the blocks of the file. */
#include "cable/nmodl_lower.h"
#include "cable/nmodl_execute.h"

#include <string.h>

/* What a task leaves in the variables of the module. */
typedef struct picture {
  ir_ref *value, *mean;
  bool *set;
} picture;

typedef struct lowering {
  nm_machine x;
  nm_module *module;
  nm_lowered *out;
  size_t n;
  picture start, current, advance, advance_second, receive;
  ir_ref *symbol, *to; /* (n) for replacements */
  bool has_currents;
} lowering;

lg_status lg_nmodl_output(nm_module *module, nm_outputs *list, nm_target target, size_t index, ir_ref value) {
  if (list->n == list->room) {
    const size_t room = list->room ? 2 * list->room : 16;
    nm_output *grown = lg_nmodl_arena_get(&module->arena, room * sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    if (list->n > 0) memcpy(grown, list->items, list->n * sizeof *grown);
    list->items = grown;
    list->room = room;
  }
  list->items[list->n++] = (nm_output){.target = target, .index = (uint32_t)index, .value = value};
  return LG_OK;
}

static lg_status keep_picture(lowering *l, picture *p) {
  p->value = lg_nmodl_arena_get(&l->module->arena, l->n * sizeof *p->value);
  p->mean = lg_nmodl_arena_get(&l->module->arena, l->n * sizeof *p->mean);
  p->set = lg_nmodl_arena_get(&l->module->arena, l->n * sizeof *p->set);
  if (!p->value || !p->mean || !p->set) return LG_ERR_MEMORY;
  for (size_t k = 0; k < l->n; k++) {
    p->set[k] = l->x.set[k];
    p->value[k] = lg_nmodl_read(&l->x, k);
    const size_t mean = lg_nmodl_mean_slot(&l->x, k);
    p->mean[k] = l->x.set[mean] ? l->x.value[mean] : p->value[k];
  }
  return LG_OK;
}

/* ---- running the blocks ----------------------------------------------------------------------- */

static lg_status run_start(lowering *l) {
  lg_nmodl_machine_reset(&l->x, NM_START);
  const nm_block *b = lg_nmodl_block(l->module, NM_INITIAL, NULL);
  const nm_block *receive = lg_nmodl_block(l->module, NM_NET_RECEIVE, NULL);
  lg_status status = b ? lg_nmodl_run(&l->x, b->body) : LG_OK;
  if (status == LG_OK && receive) status = lg_nmodl_run(&l->x, receive->initial);
  return status == LG_OK ? keep_picture(l, &l->start) : status;
}

static lg_status run_current(lowering *l) {
  lg_nmodl_machine_reset(&l->x, NM_CURRENT);
  const nm_block *b = lg_nmodl_block(l->module, NM_BREAKPOINT, NULL);
  const lg_status status = b ? lg_nmodl_run(&l->x, b->body) : LG_OK;
  return status == LG_OK ? keep_picture(l, &l->current) : status;
}

static bool writes_inside(const lowering *l) { return l->out->is_pool; }

static lg_status run_advance(lowering *l, bool second_order, picture *p) {
  const nm_block *b = lg_nmodl_block(l->module, NM_BREAKPOINT, NULL);
  lg_status status = LG_OK;
  lg_nmodl_machine_reset(&l->x, NM_ADVANCE);
  l->x.second_order = second_order;
  for (const nm_stmt *s = b ? b->body : NULL; s && status == LG_OK; s = s->next)
    if (s->kind == NM_SOLVE) status = lg_nmodl_solve(&l->x, s);
  /* NEURON runs the rest with the states where no currents flow; concentrations may be set there */
  if (status == LG_OK && b && (!l->has_currents || writes_inside(l))) status = lg_nmodl_run(&l->x, b->body);
  return status == LG_OK ? keep_picture(l, p) : status;
}

static lg_status run_receive(lowering *l, const nm_block *b) {
  lg_status status = LG_OK;
  lg_nmodl_machine_reset(&l->x, NM_RECEIVE);
  if (!l->module->point) return lg_nmodl_refuse(&l->x, b->line, "NET_RECEIVE belongs into a POINT_PROCESS");
  if (b->n_arguments >= 1) LG_TRY(lg_nmodl_bind(&l->x, b->arguments[0], lg_ir_input(l->x.g, IR_WEIGHT, 0)));
  LG_TRY(lg_nmodl_bind(&l->x, "flag", lg_ir_const(l->x.g, 0.0))); /* events from outside */
  LG_TRY(lg_nmodl_run(&l->x, b->body));
  LG_TRY(keep_picture(l, &l->receive));
done:
  return status;
}

/* ---- from pictures to outputs ----------------------------------------------------------------- */

static ir_ref binary(lowering *l, ir_op op, ir_ref a, ir_ref b) { return lg_ir_binary(l->x.g, op, a, b); }
static ir_ref state(lowering *l, size_t k) { return lg_ir_input(l->x.g, IR_STATE, (uint32_t)k); }

/* Whether the variable has a place of its own in the instance (if somebody reads it). */
static bool keeps(const lowering *l, size_t k) {
  const nm_meaning *m = &l->out->meaning[k];
  const nm_variable *v = &l->module->variables[k];
  return m->role == NM_IS_KEPT || (m->role == NM_IS_PARAMETER && m->assigned) ||
         (m->role == NM_IS_CURRENT && m->reported) ||
         (m->role == NM_IS_OUTSIDE && m->written_inside && v->sort == NM_STATE);
}

static lg_status kept_outputs(lowering *l, const picture *p, nm_task task) {
  nm_outputs *list = &l->out->task[task];
  lg_status status = LG_OK;
  for (size_t k = 0; k < l->n; k++) {
    const nm_meaning *m = &l->out->meaning[k];
    if (m->written_inside && (p->set[k] || task == NM_START))
      LG_TRY(lg_nmodl_output(l->module, list, NM_TO_ION_INSIDE, m->index, p->value[k]));
    if (keeps(l, k) && (p->set[k] || task == NM_START))
      LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, k, p->value[k]));
  }
done:
  return status;
}

/* Currents: their sum, and those of each ion, with derivatives by v while the states stand still. */
static lg_status current_outputs(lowering *l) {
  nm_outputs *list = &l->out->task[NM_CURRENT];
  const ir_ref v = lg_ir_input(l->x.g, IR_V, 0);
  ir_ref total = 0;
  lg_status status = LG_OK;
  for (size_t k = 0; k < l->n; k++) {
    const nm_meaning *m = &l->out->meaning[k];
    if (m->role != NM_IS_CURRENT) continue;
    if (!l->current.set[k]) {
      LG_TRY(lg_nmodl_note(l->module, l->module->variables[k].line, "the current %s is never assigned",
                           l->module->variables[k].name));
      continue;
    }
    const ir_ref i = m->sign < 0.0 ? lg_ir_unary(l->x.g, IR_NEG, l->current.value[k]) : l->current.value[k];
    total = binary(l, IR_ADD, total, i);
    if (m->ion < 0) continue;
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_ION_CURRENT, (size_t)m->ion, i));
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_ION_CONDUCTANCE, (size_t)m->ion, lg_ir_derivative(l->x.g, i, v)));
  }
  LG_TRY(lg_nmodl_output(l->module, list, NM_TO_I, 0, total));
  LG_TRY(lg_nmodl_output(l->module, list, NM_TO_G, 0, lg_ir_derivative(l->x.g, total, v)));
  LG_TRY(kept_outputs(l, &l->current, NM_CURRENT));
done:
  return status;
}

/* What a probe may ask for and BREAKPOINT sets has its value at the start, too. */
static lg_status start_recordable(lowering *l) {
  const ir_ref dt = lg_ir_input(l->x.g, IR_DT, 0);
  ir_ref *from = NULL, *to = NULL;
  lg_status status = LG_OK;
  LG_NEW(l->x.ctx, from, l->n + 1);
  LG_NEW(l->x.ctx, to, l->n + 1);
  memcpy(from, l->symbol, l->n * sizeof *from);
  memcpy(to, l->start.value, l->n * sizeof *to);
  from[l->n] = dt; /* t + dt/2 of currents */
  to[l->n] = 0;
  for (size_t k = 0; k < l->n; k++) {
    if (!l->out->meaning[k].reported || !keeps(l, k) || !l->current.set[k]) continue;
    nm_outputs *list = &l->out->task[NM_START];
    for (size_t j = 0; j < list->n; j++)
      if (list->items[j].target == NM_TO_STATE && list->items[j].index == k)
        list->items[j].value = lg_ir_replace_all(l->x.g, l->current.value[k], from, to, l->n + 1);
  }
done:
  lg_free(l->x.ctx, from);
  lg_free(l->x.ctx, to);
  return status;
}

/* A task whose outputs are those of CURRENT with every kept variable k replaced by to[k]. */
static lg_status current_with(lowering *l, nm_task task) {
  const nm_outputs *from = &l->out->task[NM_CURRENT];
  lg_status status = LG_OK;
  for (size_t k = 0; k < from->n; k++)
    LG_TRY(lg_nmodl_output(l->module, &l->out->task[task], from->items[k].target, from->items[k].index,
                           lg_ir_replace_all(l->x.g, from->items[k].value, l->symbol, l->to, l->n)));
  l->out->has[task] = true;
done:
  return status;
}

static bool moved_by(const lowering *l, const picture *p, size_t k) {
  return l->out->meaning[k].role == NM_IS_KEPT && p->set[k];
}

/* ---- synapses --------------------------------------------------------------------------------- */

static ir_ref late_end(lowering *l, size_t k) { return state(l, l->n + k); }
static ir_ref late_mean(lowering *l, size_t k) { return state(l, 2 * l->n + k); }

/* The states that events change and time moves: events inside of a step leave a late end and a late mean. */
static bool is_late(const lowering *l, size_t k) { return moved_by(l, &l->receive, k) && moved_by(l, &l->advance, k); }

static lg_status advance_with_late(lowering *l) {
  nm_outputs *list = &l->out->task[NM_ADVANCE];
  lg_status status = LG_OK;
  for (size_t k = 0; k < list->n; k++)
    if (list->items[k].target == NM_TO_STATE && is_late(l, list->items[k].index))
      list->items[k].value = binary(l, IR_ADD, list->items[k].value, late_end(l, list->items[k].index));
  for (size_t k = 0; k < l->n; k++) {
    if (!is_late(l, k)) continue;
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, l->n + k, 0));
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, 2 * l->n + k, 0));
    LG_TRY(lg_nmodl_output(l->module, &l->out->task[NM_START], NM_TO_STATE, l->n + k, 0));
    LG_TRY(lg_nmodl_output(l->module, &l->out->task[NM_START], NM_TO_STATE, 2 * l->n + k, 0));
  }
done:
  return status;
}

/* e with dt replaced by a duration and the states by others (n + 1 replacements). */
static ir_ref over(lowering *l, ir_ref e, ir_ref duration, const ir_ref *states, ir_ref *from, ir_ref *to) {
  memcpy(from, l->symbol, l->n * sizeof *from);
  memcpy(to, states, l->n * sizeof *to);
  from[l->n] = lg_ir_input(l->x.g, IR_DT, 0);
  to[l->n] = duration;
  return lg_ir_replace_all(l->x.g, e, from, to, l->n + 1);
}

static lg_status receive_late(lowering *l) {
  ir_graph *g = l->x.g;
  nm_outputs *list = &l->out->task[NM_RECEIVE_LATE];
  const ir_ref dt = lg_ir_input(g, IR_DT, 0), offset = lg_ir_input(g, IR_OFFSET, 0);
  const ir_ref rest = binary(l, IR_SUB, dt, offset), share = binary(l, IR_DIV, rest, dt);
  ir_ref *before = NULL, *after = NULL, *from = NULL, *to = NULL;
  lg_status status = LG_OK;
  LG_NEW(l->x.ctx, before, l->n);
  LG_NEW(l->x.ctx, after, l->n);
  LG_NEW(l->x.ctx, from, l->n + 1);
  LG_NEW(l->x.ctx, to, l->n + 1);
  for (size_t k = 0; k < l->n; k++)
    before[k] = moved_by(l, &l->advance, k) ? over(l, l->advance.value[k], offset, l->symbol, from, to) : l->symbol[k];
  for (size_t k = 0; k < l->n; k++)
    after[k] = l->receive.set[k] ? over(l, l->receive.value[k], dt, before, from, to) : before[k];
  for (size_t k = 0; k < l->n; k++) {
    if (!l->receive.set[k] || !keeps(l, k)) continue;
    if (!is_late(l, k)) {
      LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, k, after[k]));
      continue;
    }
    const ir_ref end = binary(l, IR_SUB, over(l, l->advance.value[k], rest, after, from, to),
                              over(l, l->advance.value[k], rest, before, from, to));
    const ir_ref mean = binary(l, IR_SUB, over(l, l->advance.mean[k], rest, after, from, to),
                               over(l, l->advance.mean[k], rest, before, from, to));
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, l->n + k, binary(l, IR_ADD, late_end(l, k), end)));
    LG_TRY(lg_nmodl_output(l->module, list, NM_TO_STATE, 2 * l->n + k,
                           binary(l, IR_ADD, late_mean(l, k), binary(l, IR_MUL, mean, share))));
  }
  l->out->has[NM_RECEIVE_LATE] = true;
done:
  lg_free(l->x.ctx, before);
  lg_free(l->x.ctx, after);
  lg_free(l->x.ctx, from);
  lg_free(l->x.ctx, to);
  return status;
}

static lg_status synapse_outputs(lowering *l) {
  lg_status status;
  LG_TRY(kept_outputs(l, &l->receive, NM_RECEIVE));
  l->out->has[NM_RECEIVE] = true;
  LG_TRY(receive_late(l));
  LG_TRY(advance_with_late(l));
  for (size_t k = 0; k < l->n; k++) {
    l->to[k] = moved_by(l, &l->advance, k) ? l->advance.mean[k] : l->symbol[k];
    if (is_late(l, k)) l->to[k] = binary(l, IR_ADD, l->to[k], late_mean(l, k));
  }
  LG_TRY(current_with(l, NM_CURRENT_MEAN));
done:
  return status;
}

/* advance, then current at the same v: the states of CURRENT are those that ADVANCE leaves. */
static lg_status fused(lowering *l) {
  const nm_outputs *advance = &l->out->task[NM_ADVANCE];
  nm_outputs *list = &l->out->task[NM_ADVANCE_CURRENT];
  lg_status status = LG_OK;
  for (size_t k = 0; k < l->n; k++) l->to[k] = l->advance.set[k] && keeps(l, k) ? l->advance.value[k] : l->symbol[k];
  LG_TRY(current_with(l, NM_ADVANCE_CURRENT));
  for (size_t k = 0; k < advance->n; k++) {
    bool later = false; /* CURRENT sets it again */
    for (size_t j = 0; j < list->n; j++)
      later = later || (list->items[j].target == NM_TO_STATE && list->items[j].index == advance->items[k].index);
    if (!later)
      LG_TRY(
          lg_nmodl_output(l->module, list, advance->items[k].target, advance->items[k].index, advance->items[k].value));
  }
done:
  return status;
}

/* ---- all -------------------------------------------------------------------------------------- */

static lg_status run_all(lowering *l, const nm_block *receive) {
  bool system;
  lg_status status;
  LG_TRY(run_start(l));
  LG_TRY(kept_outputs(l, &l->start, NM_START));
  if (l->has_currents) {
    LG_TRY(run_current(l));
    LG_TRY(current_outputs(l));
    LG_TRY(start_recordable(l));
  }
  LG_TRY(run_advance(l, receive != NULL, &l->advance));
  LG_TRY(kept_outputs(l, &l->advance, NM_ADVANCE));
  system = l->x.solved_system;
  if (receive) LG_TRY(run_receive(l, receive));
  if (system && !receive) {
    LG_TRY(run_advance(l, true, &l->advance_second));
    LG_TRY(kept_outputs(l, &l->advance_second, NM_ADVANCE_SECOND));
    l->out->has[NM_ADVANCE_SECOND] = true;
  }
  l->out->has[NM_START] = true;
  l->out->has[NM_CURRENT] = l->has_currents;
  l->out->has[NM_ADVANCE] = l->out->task[NM_ADVANCE].n > 0;
  if (receive && l->has_currents) LG_TRY(synapse_outputs(l));
  else if (receive) return lg_nmodl_refuse(&l->x, receive->line, "a synapse without a current");
  else if (l->has_currents && l->out->has[NM_ADVANCE] && !system && !writes_inside(l)) LG_TRY(fused(l));
done:
  return status;
}

lg_status lg_nmodl_lower(lg_ctx *ctx, nm_module *module, nm_lowered *out) {
  lowering l = {.module = module, .out = out, .n = module->n_variables};
  const nm_block *receive = lg_nmodl_block(module, NM_NET_RECEIVE, NULL);
  lg_status status = lg_ir_begin(ctx, &out->graph);
  if (status != LG_OK) return status;
  LG_TRY(lg_nmodl_machine_begin(ctx, module, out, &l.x));
  LG_NEW(ctx, l.symbol, l.n);
  LG_NEW(ctx, l.to, l.n);
  for (size_t k = 0; k < l.n; k++) {
    l.symbol[k] = state(&l, k);
    l.has_currents = l.has_currents || out->meaning[k].role == NM_IS_CURRENT;
  }
  LG_TRY(run_all(&l, receive));
  if (out->graph.broken)
    LG_TRY(out->graph.n >= IR_MAX_NODES
               ? lg_fail(ctx, LG_ERR_LIMIT, "%s: more than %d operations when calls are written out", module->file,
                         IR_MAX_NODES)
               : LG_ERR_MEMORY);
  LG_TRY(lg_nmodl_finish(ctx, module, out));
done:
  lg_nmodl_machine_clear(&l.x);
  lg_free(ctx, l.symbol);
  lg_free(ctx, l.to);
  return status;
}
