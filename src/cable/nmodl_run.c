/* The functions of a user's mechanism over a block: gather, run a program over chunks, scatter. */
#include "cable/nmodl_internal.h"

#include <string.h>

/* What a block keeps: room for one chunk, and the parts that never change. */
typedef struct own {
  double *registers, *gathered, *results, *scalar, *fixed;
  const double **in;
  double **out;
} own;

static const struct cable_nmodl *of(const cable_block *block) {
  return (const struct cable_nmodl *)(const void *)block->kind;
}

/* ---- one chunk -------------------------------------------------------------------------------- */

typedef struct chunk {
  const cable_block *block;
  const cable_moment *now;
  const own *own;
  size_t first, n;
} chunk;

/* A flat array at the nodes of the chunk. */
static const double *gather(const chunk *c, const double *flat, double *buffer) {
  const uint32_t *node = c->block->node + c->first;
  if (c->block->contiguous) return flat + node[0];
  if (c->block->tiled && c->first % 8 == 0 && c->n % 8 == 0) {
    for (size_t k = 0; k < c->n; k += 8) memcpy(buffer + k, flat + node[k], 8 * sizeof *buffer);
    return buffer;
  }
  for (size_t k = 0; k < c->n; k++) buffer[k] = flat[node[k]];
  return buffer;
}

static const double *input(const chunk *c, const nm_input *i, double *buffer) {
  const cable_block *b = c->block;
  switch (i->source) {
  case IR_V:
    return gather(c, c->now->v, buffer);
  case IR_PARAMETER:
    return b->parameter[i->index] + c->first;
  case IR_STATE:
    return b->state[i->index] + c->first;
  case IR_ION_REVERSAL:
    return gather(c, b->ion[i->index]->reversal_mV, buffer);
  case IR_ION_INSIDE:
    return gather(c, b->ion[i->index]->inside_mM, buffer);
  case IR_ION_OUTSIDE:
    return gather(c, b->ion[i->index]->outside_mM, buffer);
  case IR_ION_CURRENT:
    return gather(c, b->ion[i->index]->current_mA_cm2, buffer);
  case IR_AREA:
    return b->area_um2 + c->first;
  case IR_DIAMETER:
    return b->diameter_um + c->first;
  case IR_FIXED:
    return c->own->fixed + i->index * b->number + c->first;
  case IR_DT:
  case IR_T:
  case IR_CELSIUS:
  case IR_WEIGHT:
  case IR_OFFSET:
    break; /* scalars */
  }
  return buffer;
}

static double *result(const chunk *c, const nm_result *r, double *buffer) {
  if (r->target == NM_TO_STATE) return c->block->state[r->index] + c->first;
  if (r->target == NM_TO_FIXED) return c->own->fixed + r->index * c->block->number + c->first;
  return buffer;
}

static void add_scaled(const chunk *c, double *flat, const double *x, const double *scale) {
  const uint32_t *node = c->block->node + c->first;
  if (c->block->contiguous) {
    double *at = flat + node[0];
    for (size_t k = 0; k < c->n; k++) at[k] += scale[k] * x[k];
    return;
  }
  for (size_t k = 0; k < c->n; k++) flat[node[k]] += scale[k] * x[k];
}

/* nA and uS of a point over its membrane, or densities as they are. */
static void add_to_ion(const chunk *c, double *flat, const double *x) {
  const uint32_t *node = c->block->node + c->first;
  const double *area = c->block->kind->sort == CABLE_POINT ? c->block->area_um2 + c->first : NULL;
  for (size_t k = 0; k < c->n; k++) flat[node[k]] += area ? (area[k] > 0.0 ? 100.0 * x[k] / area[k] : 0.0) : x[k];
}

static void deliver(const chunk *c, const nm_result *r, const double *x) {
  cable_ion *ion = r->target == NM_TO_ION_CURRENT || r->target == NM_TO_ION_CONDUCTANCE || r->target == NM_TO_ION_INSIDE
                       ? c->block->ion[r->index]
                       : NULL;
  switch (r->target) {
  case NM_TO_G:
    add_scaled(c, c->now->g, x, c->block->scale + c->first);
    break;
  case NM_TO_I:
    add_scaled(c, c->now->i, x, c->block->scale + c->first);
    break;
  case NM_TO_ION_CURRENT:
    if (ion->current_is_read) add_to_ion(c, ion->current_mA_cm2, x);
    break;
  case NM_TO_ION_CONDUCTANCE:
    if (ion->current_is_read) add_to_ion(c, ion->conductance_S_cm2, x);
    break;
  case NM_TO_ION_INSIDE:
    for (size_t k = 0; k < c->n; k++) ion->inside_mM[c->block->node[c->first + k]] = x[k];
    break;
  case NM_TO_STATE:
  case NM_TO_FIXED:
    break;
  }
}

static void run_chunk(const chunk *c, nm_task task) {
  const struct cable_nmodl *m = of(c->block);
  const nm_program *p = &m->program[task];
  for (size_t k = 0; k < p->n_inputs; k++) c->own->in[k] = input(c, &p->inputs[k], c->own->gathered + k * NM_CHUNK);
  for (size_t k = 0; k < p->n_results; k++) c->own->out[k] = result(c, &p->results[k], c->own->results + k * NM_CHUNK);
  if (m->compiled[task]) m->compiled[task](c->n, c->own->in, c->own->scalar, c->own->out);
  else m->interpret(p, c->n, c->own->in, c->own->scalar, c->own->out, c->own->registers);
  for (size_t k = 0; k < p->n_results; k++) deliver(c, &p->results[k], c->own->out[k]);
}

static void run(const cable_block *block, const cable_moment *now, nm_task task, size_t first, size_t end,
                double weight, double offset_ms) {
  const struct cable_nmodl *m = of(block);
  const double by_source[] = {[IR_DT] = now->dt_ms, [IR_T] = now->t_ms,      [IR_CELSIUS] = now->celsius,
                              [IR_WEIGHT] = weight, [IR_OFFSET] = offset_ms, [IR_FIXED] = 0.0};
  chunk c = {.block = block, .now = now, .own = block->own, .first = first};
  lg_nmodl_scalars(&m->program[task], by_source, c.own->scalar);
  for (; c.first < end; c.first += NM_CHUNK) {
    c.n = end - c.first < NM_CHUNK ? end - c.first : NM_CHUNK;
    run_chunk(&c, task);
  }
}

/* ---- the functions of a mechanism ------------------------------------------------------------- */

static void start(const cable_block *b, const cable_moment *now) { run(b, now, NM_START, 0, b->number, 0.0, 0.0); }

static void current(const cable_block *b, const cable_moment *now) {
  const bool mean = now->scheme != CABLE_NRN && of(b)->lowered.has[NM_CURRENT_MEAN];
  run(b, now, mean ? NM_CURRENT_MEAN : NM_CURRENT, 0, b->number, 0.0, 0.0);
}

static void advance(const cable_block *b, const cable_moment *now) {
  const bool second = now->scheme != CABLE_NRN && of(b)->lowered.has[NM_ADVANCE_SECOND];
  run(b, now, second ? NM_ADVANCE_SECOND : NM_ADVANCE, 0, b->number, 0.0, 0.0);
}

static void advance_current(const cable_block *b, const cable_moment *now) {
  run(b, now, NM_ADVANCE_CURRENT, 0, b->number, 0.0, 0.0);
}

static void receive(const cable_block *b, size_t k, double weight, double offset_ms, const cable_moment *now) {
  const bool late = now->scheme != CABLE_NRN && offset_ms > 0.0;
  run(b, now, late ? NM_RECEIVE_LATE : NM_RECEIVE, k, k + 1, weight, offset_ms);
}

static lg_status prepare(lg_ctx *ctx, cable_block *block, double celsius) {
  const struct cable_nmodl *m = of(block);
  size_t inputs = 0, results = 0, scalars = 0, registers = 0;
  own *o = NULL;
  lg_status status = LG_OK;
  for (size_t t = 0; t < NM_TASKS; t++) {
    const nm_program *p = &m->program[t];
    if (p->n_inputs > inputs) inputs = p->n_inputs;
    if (p->n_results > results) results = p->n_results;
    if (p->n_scalars > scalars) scalars = p->n_scalars;
    if (p->n_registers > registers) registers = p->n_registers;
  }
  LG_NEW(ctx, o, 1);
  block->own = o;
  LG_NEW(ctx, o->registers, (registers + 1) * NM_CHUNK);
  LG_NEW(ctx, o->gathered, (inputs + 1) * NM_CHUNK);
  LG_NEW(ctx, o->results, (results + 1) * NM_CHUNK);
  LG_NEW(ctx, o->scalar, scalars + 1);
  LG_NEW(ctx, o->in, inputs + 1);
  LG_NEW(ctx, o->out, results + 1);
  LG_NEW(ctx, o->fixed, m->lowered.n_fixed * block->number + 1);
  if (m->lowered.has[NM_FIX]) {
    const cable_moment now = {.celsius = celsius};
    run(block, &now, NM_FIX, 0, block->number, 0.0, 0.0);
  }
done:
  return status;
}

static void release(lg_ctx *ctx, cable_block *block) {
  own *o = block->own;
  if (!o) return;
  lg_free(ctx, o->registers);
  lg_free(ctx, o->gathered);
  lg_free(ctx, o->results);
  lg_free(ctx, o->scalar);
  lg_free(ctx, o->in);
  lg_free(ctx, o->out);
  lg_free(ctx, o->fixed);
  lg_free(ctx, o);
  block->own = NULL;
}

void lg_nmodl_set_functions(struct cable_nmodl *m) {
  const bool *has = m->lowered.has;
  m->kind.prepare = prepare;
  m->kind.release = release;
  m->kind.start = start;
  if (has[NM_CURRENT]) m->kind.current = current;
  if (has[NM_ADVANCE]) m->kind.advance = advance;
  if (has[NM_ADVANCE_CURRENT]) m->kind.advance_current = advance_current;
  if (has[NM_RECEIVE]) m->kind.receive = receive;
}
