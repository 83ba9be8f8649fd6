/*
 * Where the compartments stand. From the soma alone, each round tries every ring level on every site and every place
 * of a coarse list as a new site (with the branch points that close the tree), fits capacitances to each, and takes
 * the one that lowers ln(cost) most per compartment. After each addition levels and sites are moved; at the end every
 * compartment is taken out once and the best other is put in.
 */
#include "cable/reduce_search.h"

#include "base/elementary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCREEN_ROUNDS = 4, MOVE_ROUNDS = 6, FINAL_ROUNDS = 40, MAX_SITES = 400 };

static const double levels[] = {0.97, 0.94, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.03};
enum { LEVELS = sizeof levels / sizeof levels[0] };

typedef struct search {
  lg_ctx *ctx;
  const cable_linear *l;
  const reduce_samples *samples;
  size_t room; /* compartments at most */
  size_t n_workers;
  reduce_work **work;
  reduce_cell *cell; /* (n_workers) */
  reduce_cell kept;
  size_t n_sites;
  int32_t sites[MAX_SITES]; /* places for new sites, ascending */
  size_t n_plans, plans_room;
  reduce_plan *plan;      /* (plans_room) */
  double *cost;           /* (plans_room) INFINITY where the plan cannot be */
  const reduce_cell *now; /* what the plans were made from; NULL: nothing to start from */
  int rounds;
} search;

/* ---- judging many plans side by side ------------------------------------------------------------- */

static lg_status judge_some(void *user, size_t begin, size_t end, unsigned worker) {
  search *s = user;
  for (size_t k = begin; k < end; k++) {
    s->cost[k] = (double)INFINITY;
    if (lg_cancelled(s->ctx)) return LG_ERR_CANCELLED;
    if (!lg_reduce_build(s->l, &s->plan[k], s->work[worker], &s->cell[worker])) continue;
    if (lg_reduce_fit(s->l, s->samples, s->now, s->rounds, s->work[worker], &s->cell[worker]))
      s->cost[k] = s->cell[worker].cost;
  }
  return LG_OK;
}

/* The plan that lowers ln(cost) most per compartment added; SIZE_MAX: none does by as much as `worth`. */
static lg_status best_of(search *s, const reduce_cell *now, int rounds, double worth, size_t *best) {
  s->rounds = rounds;
  s->now = now;
  *best = SIZE_MAX;
  const lg_status status = lg_parallel_for(s->ctx, s->n_plans, 1, judge_some, s);
  if (status != LG_OK) return status == LG_ERR_CANCELLED ? lg_fail(s->ctx, status, "stopped while reducing") : status;
  double most = worth;
  for (size_t k = 0; k < s->n_plans; k++) {
    if (!isfinite(s->cost[k])) continue;
    const double added = s->plan[k].n > now->plan.n ? (double)(s->plan[k].n - now->plan.n) : 1.0;
    const double gain = (lg_ln(now->cost) - lg_ln(fmax(s->cost[k], 1e-300))) / added;
    if (!(gain > most)) continue;
    most = gain;
    *best = k;
  }
  return LG_OK;
}

/* Makes a plan the present cell; `before` as in lg_reduce_fit(), it may be the cell itself. */
static bool take(search *s, const reduce_plan *plan, const reduce_cell *before, int rounds, reduce_cell *cell) {
  if (before) s->kept = *before;
  return lg_reduce_build(s->l, plan, s->work[0], cell) &&
         lg_reduce_fit(s->l, s->samples, before ? &s->kept : NULL, rounds, s->work[0], cell);
}

static reduce_plan *new_plan(search *s, const reduce_plan *from) {
  if (s->n_plans == s->plans_room) return NULL; /* room is made for all that there can be */
  reduce_plan *plan = &s->plan[s->n_plans++];
  memcpy(plan->item, from->item, from->n * sizeof *from->item);
  plan->n = from->n;
  return plan;
}

/* ---- new sites and rings --------------------------------------------------------------------------- */

static bool has_site(const reduce_plan *plan, int32_t node) {
  for (size_t i = 0; i < plan->n; i++)
    if (plan->item[i].sort == REDUCE_SITE && plan->item[i].node == node) return true;
  return false;
}

static int32_t meeting(const cable_linear *l, int32_t a, int32_t b) {
  while (a != b) { /* a parent stands before its child */
    if (a < b) b = l->parent[b];
    else a = l->parent[a];
  }
  return a;
}

static bool put_site(reduce_plan *plan, size_t room, int32_t node, bool wanted) {
  if (has_site(plan, node)) return true;
  if (plan->n >= room) return false;
  plan->item[plan->n++] = (reduce_item){.sort = REDUCE_SITE, .node = node, .up = -1, .wanted = wanted};
  return true;
}

/* Adds a site and the branch points that close the tree; false where that is too many. */
static bool add_site(const cable_linear *l, reduce_plan *plan, size_t room, int32_t node, bool wanted) {
  const size_t n = plan->n;
  if (!put_site(plan, room, node, wanted)) return false;
  for (size_t i = 0; i < n; i++)
    if (plan->item[i].sort == REDUCE_SITE && !put_site(plan, room, meeting(l, plan->item[i].node, node), wanted))
      return false;
  return true;
}

/* Takes item i out; false where others hang on it. */
static bool without(const reduce_plan *from, size_t i, reduce_plan *to) {
  if (from->item[i].wanted) return false;
  to->n = 0;
  for (size_t j = 0; j < from->n; j++) {
    if (j == i) continue;
    reduce_item item = from->item[j];
    if (item.sort == REDUCE_RING && item.up == (int32_t)i) return false;
    if (item.sort == REDUCE_RING && item.up > (int32_t)i) item.up--;
    to->item[to->n++] = item;
  }
  return true;
}

/* The site that a ring hangs on. */
static size_t site_of_ring(const reduce_plan *plan, size_t i) {
  while (plan->item[i].sort == REDUCE_RING) i = (size_t)plan->item[i].up;
  return i;
}

/* The nearest site above a place. */
static size_t site_above(const cable_linear *l, const reduce_plan *plan, int32_t node) {
  for (int32_t k = l->parent[node]; k >= 0; k = l->parent[k])
    for (size_t i = 0; i < plan->n; i++)
      if (plan->item[i].sort == REDUCE_SITE && plan->item[i].node == k) return i;
  return 0;
}

/* Moves the rings of `from` round the branches that `to` lies on to that site, farther in than their voltage there. */
static void move_rings(const cable_linear *l, reduce_plan *plan, size_t from, size_t to) {
  const int32_t node = plan->item[to].node;
  const double ratio = l->transfer[0][plan->item[from].node].re / l->transfer[0][node].re;
  const int group = l->group[node];
  for (size_t i = 0; i < plan->n; i++) {
    reduce_item *ring = &plan->item[i];
    if (ring->sort != REDUCE_RING || site_of_ring(plan, i) != from || !(ring->groups & group)) continue;
    ring->level *= ratio;
    if (ring->up == (int32_t)from && ring->level < 0.99) ring->up = (int32_t)to;
  }
  for (size_t i = plan->n; i-- > 0;) { /* what would lie above the new site goes; what hung on it hangs on the site */
    reduce_plan fewer;
    if (plan->item[i].sort != REDUCE_RING || plan->item[i].level < 0.99) continue;
    for (size_t j = 0; j < plan->n; j++)
      if (plan->item[j].sort == REDUCE_RING && plan->item[j].up == (int32_t)i) plan->item[j].up = (int32_t)to;
    if (without(plan, i, &fewer)) {
      *plan = fewer;
      if (i < to) to--;
    }
  }
}

static void try_sites(search *s, const reduce_cell *now) {
  for (size_t k = 0; k < s->n_sites; k++) {
    if (has_site(&now->plan, s->sites[k])) continue;
    reduce_plan *plan = new_plan(s, &now->plan);
    if (!plan) return;
    const size_t added = plan->n, above = site_above(s->l, &now->plan, s->sites[k]);
    if (!add_site(s->l, plan, s->room, s->sites[k], false)) {
      s->n_plans--;
      continue;
    }
    reduce_plan *moved = new_plan(s, plan); /* the same with the rings taken along */
    if (!moved) return;
    move_rings(s->l, moved, above, added);
  }
}

static void try_ring(search *s, const reduce_cell *now, size_t up, int groups, double below) {
  for (size_t q = 0; q < LEVELS; q++) {
    if (!(levels[q] < 0.97 * below)) continue;
    reduce_plan *plan = new_plan(s, &now->plan);
    if (!plan) return;
    plan->item[plan->n++] =
        (reduce_item){.sort = REDUCE_RING, .node = -1, .up = (int32_t)up, .groups = groups, .level = levels[q]};
  }
}

static void try_rings(search *s, const reduce_cell *now) {
  static const int choices[] = {REDUCE_AXON, REDUCE_BASAL | REDUCE_APICAL, REDUCE_BASAL, REDUCE_APICAL};
  const reduce_plan *plan = &now->plan;
  if (plan->n >= s->room) return;
  for (size_t i = 0; i < plan->n; i++) {
    int taken = 0;
    for (size_t j = 0; j < plan->n; j++)
      if (plan->item[j].sort == REDUCE_RING && plan->item[j].up == (int32_t)i) taken |= plan->item[j].groups;
    if (plan->item[i].sort == REDUCE_RING) {
      if (!taken) try_ring(s, now, i, plan->item[i].groups, plan->item[i].level);
      continue;
    }
    for (size_t q = 0; q < sizeof choices / sizeof choices[0]; q++)
      if (!(taken & choices[q])) try_ring(s, now, i, choices[q], 1.0);
  }
}

/* ---- moving what is there -------------------------------------------------------------------------- */

static void other_levels(search *s, const reduce_cell *now, size_t i) {
  static const double factors[] = {0.8, 0.9, 0.96, 1.04, 1.1, 1.2};
  const reduce_item *ring = &now->plan.item[i];
  for (size_t q = 0; q < sizeof factors / sizeof factors[0]; q++) {
    const double level = ring->level * factors[q];
    bool possible = level < (now->plan.item[ring->up].sort == REDUCE_RING ? now->plan.item[ring->up].level : 1.0);
    for (size_t j = 0; j < now->plan.n; j++)
      if (now->plan.item[j].sort == REDUCE_RING && now->plan.item[j].up == (int32_t)i)
        possible = possible && now->plan.item[j].level < level;
    if (!possible) continue;
    reduce_plan *plan = new_plan(s, &now->plan);
    if (!plan) return;
    plan->item[i].level = level;
  }
}

static bool on_one_path(const cable_linear *l, int32_t a, int32_t b) {
  const int32_t m = meeting(l, a, b);
  return m == a || m == b;
}

static void other_places(search *s, const reduce_cell *now, size_t i) {
  enum { NEAR = 6 };
  const int32_t here = now->plan.item[i].node;
  const double at = s->l->transfer[0][here].re;
  bool tried[MAX_SITES] = {false};
  for (size_t t = 0; t < NEAR; t++) {
    size_t near = SIZE_MAX;
    for (size_t k = 0; k < s->n_sites; k++) {
      if (tried[k] || has_site(&now->plan, s->sites[k]) || !on_one_path(s->l, here, s->sites[k])) continue;
      if (near == SIZE_MAX ||
          fabs(s->l->transfer[0][s->sites[k]].re - at) < fabs(s->l->transfer[0][s->sites[near]].re - at))
        near = k;
    }
    if (near == SIZE_MAX) return;
    tried[near] = true;
    reduce_plan *plan = new_plan(s, &now->plan);
    if (!plan) return;
    plan->item[i].node = s->sites[near];
  }
}

static lg_status move_all(search *s, reduce_cell *now) {
  const int passes = now->plan.n > 12 ? 1 : 2;
  for (int pass = 0; pass < passes; pass++) {
    const double before = now->cost;
    for (size_t i = 1; i < now->plan.n; i++) {
      if (now->plan.item[i].wanted) continue;
      size_t best;
      s->n_plans = 0;
      if (now->plan.item[i].sort == REDUCE_RING) other_levels(s, now, i);
      else other_places(s, now, i);
      const lg_status status = best_of(s, now, MOVE_ROUNDS, 0.005, &best);
      if (status != LG_OK) return status;
      if (best != SIZE_MAX) (void)take(s, &s->plan[best], now, MOVE_ROUNDS, now);
    }
    if (now->cost > 0.98 * before) break;
  }
  return LG_OK;
}

/* ---- rounds ------------------------------------------------------------------------------------------ */

/* Takes the best of all additions, even where none lowers the cost: a place taken out of a ring pays only when its
 * neighbours follow. */
static lg_status add_best(search *s, reduce_cell *now, bool *grown) {
  size_t best;
  s->n_plans = 0;
  try_rings(s, now);
  try_sites(s, now);
  *grown = false;
  const lg_status status = best_of(s, now, SCREEN_ROUNDS, -(double)INFINITY, &best);
  if (status != LG_OK || best == SIZE_MAX) return status;
  *grown = take(s, &s->plan[best], now, FINAL_ROUNDS, now);
  return LG_OK;
}

static lg_status exchange(search *s, reduce_cell *now, reduce_cell *other, bool *better) {
  *better = false;
  for (size_t i = 1; i < now->plan.n; i++) {
    reduce_plan fewer;
    bool grown = true;
    if (!without(&now->plan, i, &fewer) || !take(s, &fewer, NULL, MOVE_ROUNDS, other)) continue;
    while (grown && other->plan.n < s->room) {
      const lg_status status = add_best(s, other, &grown);
      if (status != LG_OK) return status;
    }
    if (other->cost > 1.1 * now->cost) continue;
    const lg_status status = move_all(s, other);
    if (status != LG_OK) return status;
    if (!(other->cost < 0.97 * now->cost)) continue;
    *now = *other;
    *better = true;
  }
  return LG_OK;
}

/* Places for new sites: those with more than a hundredth of the membrane below them, thinned out evenly, and the
 * places that matter. */
static int by_number(const void *a, const void *b) {
  const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

static void list_sites(search *s, const reduce_search_options *o) {
  const cable_linear *l = s->l;
  const size_t most = o->compartments > 16 ? 3 * o->compartments : 48;
  const double least = 0.3 * l->below_um2[0] / (double)(o->compartments > 30 ? 3 * o->compartments : 30);
  double total = 0.0, sum = 0.0;
  for (size_t k = 1; k < l->n; k++)
    if (l->group[k] > REDUCE_AXON && l->below_um2[k] > least) total += 1.0;
  const double stride = fmax(1.0, total / (double)(most < MAX_SITES ? most : MAX_SITES));
  for (size_t k = 1; k < l->n && s->n_sites < MAX_SITES; k++) {
    if (l->group[k] <= REDUCE_AXON || !(l->below_um2[k] > least)) continue;
    if ((sum += 1.0) < stride) continue;
    sum -= stride;
    s->sites[s->n_sites++] = (int32_t)k;
  }
  for (size_t k = 0; k < o->n_places && s->n_sites < MAX_SITES; k++)
    if (o->places[k] > 0) s->sites[s->n_sites++] = o->places[k];
  qsort(s->sites, s->n_sites, sizeof *s->sites, by_number);
  size_t n = 0;
  for (size_t k = 0; k < s->n_sites; k++)
    if (n == 0 || s->sites[n - 1] != s->sites[k]) s->sites[n++] = s->sites[k];
  s->n_sites = n;
}

static lg_status begin(search *s, const reduce_search_options *o, reduce_cell *cell) {
  reduce_plan plan = {.n = 1};
  plan.item[0] = (reduce_item){.sort = REDUCE_SITE, .node = 0, .up = -1, .wanted = true};
  for (size_t k = 0; k < o->n_sites; k++) {
    reduce_plan more = plan;
    if (add_site(s->l, &more, (s->room + 1) / 2, o->sites[k], true)) plan = more;
  }
  if (!take(s, &plan, NULL, FINAL_ROUNDS, cell))
    return lg_fail(s->ctx, LG_ERR_NUMERICAL, "the cell cannot be condensed to its soma and %zu places", plan.n - 1);
  return LG_OK;
}

static void end(lg_ctx *ctx, search *s) {
  for (size_t k = 0; k < s->n_workers && s->work; k++) lg_reduce_work_destroy(ctx, s->work[k]);
  lg_free(ctx, s->work);
  lg_free(ctx, s->cell);
  lg_free(ctx, s->plan);
  lg_free(ctx, s->cost);
  lg_free(ctx, s);
}

/* Adds until there is no room; `other` walks, `cell` is the best that it met. */
static lg_status grow(search *s, const reduce_search_options *o, reduce_cell *cell, reduce_cell *other) {
  lg_status status = LG_OK;
  bool grown = true;
  *other = *cell;
  while (grown && other->plan.n < s->room) {
    LG_TRY(lg_progress(s->ctx, "placing compartments", other->plan.n, s->room));
    LG_TRY(add_best(s, other, &grown));
    if (grown && o->effort > 0) LG_TRY(move_all(s, other));
    if (grown && other->cost < cell->cost) *cell = *other;
  }
  for (int pass = 0; pass < 2 && o->effort > 1 && s->room <= 12; pass++) {
    bool better;
    LG_TRY(exchange(s, cell, other, &better));
    if (!better) break;
  }
  LG_TRY(lg_progress(s->ctx, "placing compartments", s->room, s->room));
done:
  return status;
}

lg_status lg_reduce_search(lg_ctx *ctx, const cable_linear *l, const reduce_search_options *o, reduce_cell *cell,
                           reduce_samples **samples_out, reduce_work **work_out) {
  lg_status status = LG_OK;
  reduce_samples *samples = NULL;
  search *s = NULL;
  LG_NEW(ctx, s, 1);
  LG_TRY(lg_reduce_samples_create(ctx, l, o->n_places, o->places, &samples));
  s->ctx = ctx;
  s->l = l;
  s->samples = samples;
  s->room = o->compartments;
  s->n_workers = lg_ctx_threads(ctx);
  LG_NEW(ctx, s->work, s->n_workers);
  LG_NEW(ctx, s->cell, s->n_workers + 1);
  for (size_t k = 0; k < s->n_workers; k++) LG_TRY(lg_reduce_work_create(ctx, l, s->room, samples->n, &s->work[k]));
  list_sites(s, o);
  s->plans_room = 2 * s->n_sites + 4 * LEVELS * o->compartments + 8;
  LG_NEW(ctx, s->plan, s->plans_room);
  LG_NEW(ctx, s->cost, s->plans_room);
  LG_TRY(begin(s, o, cell));
  LG_TRY(grow(s, o, cell, &s->cell[s->n_workers]));
  const reduce_plan answer = cell->plan;
  if (!take(s, &answer, cell, FINAL_ROUNDS, cell))
    LG_TRY(lg_fail(ctx, LG_ERR_NUMERICAL, "the plan found cannot be built"));
  *work_out = s->work[0];
  s->work[0] = NULL;
  *samples_out = samples;
  samples = NULL;
done:
  lg_reduce_samples_destroy(ctx, samples);
  if (s) end(ctx, s);
  return status;
}
