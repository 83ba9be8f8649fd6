/* Training and test sets out of synthetic impacts. */
#include "axon/protocol.h"

#include <math.h>
#include <string.h>

enum { TIMES = 101 };

lg_status lg_axon_protocol_named(lg_ctx *ctx, const char *name, axon_protocol *out) {
  static const axon_protocol a = {.name = "a",
                                  .first_seed = 1,
                                  .n_impacts = 45,
                                  .test_first_seed = 46,
                                  .n_test_impacts = 1,
                                  .n_train = 2000,
                                  .n_worst = 75,
                                  .n_random = 1000,
                                  .seed = 1};
  static const axon_protocol b = {.name = "b",
                                  .first_seed = 101,
                                  .n_impacts = 300,
                                  .test_first_seed = 1001,
                                  .n_test_impacts = 30,
                                  .n_voxels = 1000,
                                  .threshold = 0.22,
                                  .n_worst = 75,
                                  .n_random = 1000,
                                  .seed = 1};
  if (strcmp(name, "a") == 0) *out = a;
  else if (strcmp(name, "b") == 0) *out = b;
  else return lg_fail(ctx, LG_ERR_ARGUMENT, "no protocol is called '%s'; a or b", name);
  out->filter = lg_axon_filter_default();
  if (out->name[0] == 'b') out->filter.most_strain = 0.6;
  return LG_OK;
}

/* ---- profiles of an impact ------------------------------------------------------------------------------- */

lg_status lg_axon_impact_profiles(lg_ctx *ctx, uint64_t seed, const axon_voxel *voxels, const size_t *which, size_t n,
                                  axon_profiles **out) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  axon_kinematics *k = NULL;
  axon_voxel *some = NULL;
  char name[64];
  *out = NULL;
  LG_NEW(ctx, some, n);
  LG_NEW(ctx, p, 1);
  p->n_times = TIMES;
  p->dt_s = 1e-3;
  LG_NEW(ctx, p->names, n);
  p->n = n;
  LG_NEW(ctx, p->strain, n * TIMES);
  LG_NEW(ctx, p->position_mm, 3 * n);
  LG_NEW(ctx, p->fibre, 3 * n);
  LG_NEW(ctx, p->impact, n);
  LG_NEW(ctx, p->impact_names, 1);
  p->n_impacts = 1;
  (void)snprintf(name, sizeof name, "s%llu", (unsigned long long)seed);
  p->impact_names[0] = lg_strdup(ctx, name);
  if (!p->impact_names[0]) LG_TRY(LG_ERR_MEMORY);
  for (size_t v = 0; v < n; v++) {
    some[v] = voxels[which ? which[v] : v];
    (void)snprintf(name, sizeof name, "s%llu-v%zu", (unsigned long long)seed, which ? which[v] : v);
    p->names[v] = lg_strdup(ctx, name);
    if (!p->names[v]) LG_TRY(LG_ERR_MEMORY);
    for (size_t d = 0; d < 3; d++) {
      p->position_mm[3 * v + d] = 1e3 * some[v].x_m[d];
      p->fibre[3 * v + d] = some[v].fibre[d];
    }
  }
  LG_TRY(lg_axon_kinematics_draw(ctx, seed, TIMES, p->dt_s, &k));
  LG_TRY(lg_axon_fibre_strain(ctx, k, some, n, p->strain));
  *out = p;
  p = NULL;
done:
  lg_free(ctx, some);
  lg_axon_kinematics_destroy(ctx, k);
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

/* ---- candidates ------------------------------------------------------------------------------------------ */

typedef struct brain {
  axon_voxel *voxels;
  size_t n, n_cubes;
  axon_profiles places; /* only positions */
} brain;

static lg_status make_brain(lg_ctx *ctx, brain *b) {
  lg_status status = LG_OK;
  LG_TRY(lg_axon_white_matter(ctx, &b->voxels, &b->n));
  LG_NEW(ctx, b->places.position_mm, 3 * b->n);
  b->places.n = b->n;
  for (size_t v = 0; v < b->n; v++)
    for (size_t d = 0; d < 3; d++) b->places.position_mm[3 * v + d] = 1e3 * b->voxels[v].x_m[d];
done:
  return status;
}

static lg_status add_impact(lg_ctx *ctx, const axon_protocol *o, brain *b, uint64_t seed, size_t *which,
                            axon_pool *pool) {
  lg_status status = LG_OK;
  axon_profiles *p = NULL;
  size_t n;
  const size_t first = pool->n;
  if (o->n_voxels > 0)
    LG_TRY(lg_axon_draw_random(ctx, b->n, o->n_voxels, o->seed, AXON_STREAM_VOXELS, seed, which, &n));
  else {
    LG_TRY(lg_axon_draw_cubes(ctx, &b->places, AXON_CUBE_MM, o->seed, seed, which, &n));
    b->n_cubes = n;
  }
  LG_TRY(lg_axon_impact_profiles(ctx, seed, b->voxels, which, n, &p));
  LG_TRY(lg_axon_pool_add(ctx, pool, p, NULL, n, &o->filter, (uint32_t)seed, NULL));
  for (size_t k = first; k < pool->n; k++) pool->index[k] = which[pool->index[k]];
done:
  lg_axon_profiles_destroy(ctx, p);
  return status;
}

static lg_status gather(lg_ctx *ctx, const axon_protocol *o, brain *b, uint64_t first, uint64_t n, const char *what,
                        axon_pool **out) {
  lg_status status = LG_OK;
  size_t *which = NULL;
  axon_pool *pool = NULL;
  *out = NULL;
  LG_NEW(ctx, which, b->n);
  LG_TRY(lg_axon_pool_create(ctx, &pool));
  for (uint64_t k = 0; k < n; k++) {
    LG_TRY(lg_progress(ctx, what, (size_t)k, (size_t)n));
    LG_TRY(add_impact(ctx, o, b, first + k, which, pool));
  }
  LG_TRY(lg_progress(ctx, what, (size_t)n, (size_t)n));
  *out = pool;
  pool = NULL;
done:
  lg_free(ctx, which);
  lg_axon_pool_destroy(ctx, pool);
  return status;
}

/* ---- the sets -------------------------------------------------------------------------------------------- */

void lg_axon_sets_destroy(lg_ctx *ctx, axon_sets *s) {
  if (!s) return;
  lg_axon_pool_destroy(ctx, s->candidates);
  lg_axon_pool_destroy(ctx, s->test_candidates);
  lg_axon_chosen_destroy(ctx, s->train);
  lg_axon_chosen_destroy(ctx, s->worst);
  lg_axon_chosen_destroy(ctx, s->random);
  lg_free(ctx, s);
}

lg_status lg_axon_protocol_run(lg_ctx *ctx, const axon_protocol *o, axon_sets **out) {
  lg_status status = LG_OK;
  axon_sets *s = NULL;
  axon_profiles *train = NULL;
  lg_axon_neighbours *known = NULL;
  brain b = {0};
  *out = NULL;
  LG_TRY(make_brain(ctx, &b));
  LG_NEW(ctx, s, 1);
  LG_TRY(gather(ctx, o, &b, o->first_seed, o->n_impacts, "impacts", &s->candidates));
  if (o->n_train > 0) LG_TRY(lg_axon_choose_number(ctx, s->candidates, o->n_train, &s->train));
  else LG_TRY(lg_axon_choose_apart(ctx, s->candidates, o->threshold, 0, &s->train));
  LG_TRY(gather(ctx, o, &b, o->test_first_seed, o->n_test_impacts, "test impacts", &s->test_candidates));
  LG_TRY(lg_axon_pool_take(ctx, s->candidates, s->train->which, s->train->n, &train));
  LG_TRY(lg_axon_neighbours_of(ctx, train, &known));
  LG_TRY(lg_axon_choose_farthest(ctx, s->test_candidates, known, o->n_worst, &s->worst));
  LG_TRY(lg_axon_choose_random(ctx, s->test_candidates, known, o->n_random, o->seed, &s->random));
  s->n_cubes = b.n_cubes;
  *out = s;
  s = NULL;
done:
  lg_free(ctx, b.voxels);
  lg_free(ctx, b.places.position_mm);
  lg_axon_neighbours_destroy(ctx, known);
  lg_axon_profiles_destroy(ctx, train);
  lg_axon_sets_destroy(ctx, s);
  return status;
}
