/* What the sweeps need beside the state: made once per run, eliminated once per length of step. */
#include "calcium/sweep.h"

#include <stdlib.h>

static size_t count_loose(const calcium_grid *g) {
  size_t n = 0;
  for (size_t k = 1; k < g->n; k++) n += (size_t)g->parent[k] + 1 != k;
  return n;
}

static int by_node(const void *a, const void *b) {
  const calcium_event *p = a, *q = b;
  if (p->node != q->node) return p->node < q->node ? -1 : 1;
  if (p->is_parent != q->is_parent) return p->is_parent ? 1 : -1;
  return p->loose < q->loose ? -1 : p->loose > q->loose;
}

static void find_chains(calcium_sweeper *s, const calcium_grid *g, double *cytosol, double *er) {
  uint32_t loose = 0;
  for (size_t k = 1; k < g->n; k++) {
    if ((size_t)g->parent[k] + 1 == k) {
      cytosol[k] = g->cytosol_edge_um[k];
      er[k] = g->er_edge_um[k];
      continue;
    }
    s->sweep.loose[loose] = (calcium_loose){.head = (uint32_t)k,
                                            .parent = (uint32_t)g->parent[k],
                                            .cytosol_um = g->cytosol_edge_um[k],
                                            .er_um = g->er_edge_um[k]};
    s->events[2 * loose] = (calcium_event){(uint32_t)k, loose, false};
    s->events[2 * loose + 1] = (calcium_event){(uint32_t)g->parent[k], loose, true};
    loose++;
  }
  if (loose) qsort(s->events, 2 * (size_t)loose, sizeof *s->events, by_node);
}

lg_status lg_calcium_sweeper_create(lg_ctx *ctx, const calcium_run *run, calcium_sweeper **out) {
  lg_status status = LG_OK;
  const calcium_grid *g = run->grid;
  const size_t n = g->n;
  calcium_sweeper *s = NULL;
  *out = NULL;
  LG_NEW(ctx, s, 1);
  s->n_loose = count_loose(g);
  LG_NEW(ctx, s->block, 5 * n + 2);
  LG_NEW(ctx, s->carry, n + 1);
  LG_NEW(ctx, s->inverse, n);
  LG_NEW(ctx, s->sweep.right, n);
  LG_NEW(ctx, s->sweep.loose, s->n_loose + 1);
  LG_NEW(ctx, s->events, 2 * s->n_loose + 1);
  double *cytosol = s->block + 3 * n, *er = cytosol + n + 1;
  find_chains(s, g, cytosol, er);
  const calcium_reactions *r = &run->reactions;
  calcium_sweep *q = &s->sweep;
  q->n = n;
  q->constants = run->c->constants;
  q->derived = r->derived;
  q->local = r->local;
  q->closed = r->closed;
  q->c = run->now.c;
  q->b = run->now.b;
  q->e = run->now.e;
  q->open = run->now.open;
  q->cytosol_um3 = g->cytosol_um3;
  q->er_um3 = g->er_um3;
  q->plasma_um2 = g->plasma_um2;
  q->er_um2 = g->er_membrane_um2;
  q->cytosol_edge = cytosol;
  q->er_edge = er;
  for (size_t f = 0; f < 3; f++) q->history[f] = s->block + f * n;
  q->carry = (const calcium_row *)s->carry;
  q->inverse = (const calcium_row *)s->inverse;
  q->events = s->events;
  q->n_events = 2 * s->n_loose;
  *out = s;
  s = NULL;
done:
  lg_calcium_sweeper_destroy(ctx, s);
  return status;
}

void lg_calcium_sweeper_destroy(lg_ctx *ctx, calcium_sweeper *s) {
  if (!s) return;
  lg_free(ctx, s->block);
  lg_free(ctx, s->carry);
  lg_free(ctx, s->inverse);
  lg_free(ctx, s->sweep.right);
  lg_free(ctx, s->sweep.loose);
  lg_free(ctx, s->events);
  lg_free(ctx, s);
}

static void factor(calcium_run *run, calcium_sweeper *s, double g) {
  const size_t n = run->now.n;
  for (size_t f = 0; f < 3; f++) {
    calcium_diffusion *d = &run->diffusions[f];
    lg_calcium_diffusion_factor(d, g);
    for (size_t k = 0; k < n; k++) {
      const bool chain = k > 0 && (size_t)run->grid->parent[k] + 1 == k;
      s->carry[k][f] = chain ? d->carry[k] : 0.0;
      s->inverse[k][f] = d->inverse[k];
    }
    for (size_t l = 0; l < s->n_loose; l++) s->sweep.loose[l].carry[f] = d->carry[s->sweep.loose[l].head];
  }
  s->factored_s = g;
}

void lg_calcium_sweeper_move(calcium_run *run, calcium_sweeper *s, double g) {
  const calcium_sweep_kernels *kernels = lg_calcium_sweep_choose(run->at_most);
  if (s->factored_s != g) factor(run, s, g);
  s->sweep.inflow = lg_calcium_inflow(run, run->now.t_s) ? run->reactions.inflow : NULL;
  kernels->down(&s->sweep);
  kernels->up(&s->sweep);
}
