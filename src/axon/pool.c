/* Candidates out of several sources. */
#include "axon/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

axon_filter lg_axon_filter_default(void) { return (axon_filter){0.01, (double)INFINITY}; }

lg_status lg_axon_pool_create(lg_ctx *ctx, axon_pool **out) {
  *out = lg_alloc(ctx, 1, sizeof **out);
  if (!*out) return LG_ERR_MEMORY;
  (*out)->has_place = true;
  return LG_OK;
}

void lg_axon_pool_destroy(lg_ctx *ctx, axon_pool *pool) {
  if (!pool) return;
  for (size_t k = 0; pool->names && k < pool->n; k++) lg_free(ctx, pool->names[k]);
  for (size_t k = 0; pool->impact_names && k < pool->n_impacts; k++) lg_free(ctx, pool->impact_names[k]);
  lg_free(ctx, pool->strain);
  lg_free(ctx, pool->peak);
  lg_free(ctx, pool->names);
  lg_free(ctx, pool->place);
  lg_free(ctx, pool->impact);
  lg_free(ctx, pool->source);
  lg_free(ctx, pool->index);
  lg_free(ctx, pool->impact_names);
  lg_free(ctx, pool);
}

/* ---- adding ---------------------------------------------------------------------------------------------- */

static bool grow(lg_ctx *ctx, void **block, size_t n, size_t room, size_t size) {
  void *larger = lg_realloc(ctx, *block, n * size, room, size);
  if (larger) *block = larger;
  return larger != NULL;
}

static lg_status make_room(lg_ctx *ctx, axon_pool *p, size_t wanted) {
  if (wanted <= p->room) return LG_OK;
  const size_t room = wanted > 2 * p->room ? wanted : 2 * p->room;
  size_t row;
  if (!lg_mul_size(p->n_times, sizeof *p->strain, &row)) return lg_fail(ctx, LG_ERR_LIMIT, "profiles are too long");
  void *blocks[] = {p->strain, p->peak, p->names, p->place, p->impact, p->source, p->index};
  const size_t sizes[] = {row,
                          sizeof *p->peak,
                          sizeof *p->names,
                          6 * sizeof *p->place,
                          sizeof *p->impact,
                          sizeof *p->source,
                          sizeof *p->index};
  bool all = true;
  for (size_t b = 0; b < sizeof sizes / sizeof *sizes; b++) all = all && grow(ctx, &blocks[b], p->n, room, sizes[b]);
  p->strain = blocks[0], p->peak = blocks[1], p->names = blocks[2], p->place = blocks[3];
  p->impact = blocks[4], p->source = blocks[5], p->index = blocks[6];
  if (!all) return LG_ERR_MEMORY;
  p->room = room;
  return LG_OK;
}

/* Names of a source's impacts behind those that are there; *first is the number of the first. */
static lg_status add_impacts(lg_ctx *ctx, axon_pool *p, const axon_profiles *from, const char *title, uint32_t *first) {
  const bool known = from->impact && from->n_impacts > 0;
  const size_t more = known ? from->n_impacts : 1;
  void *names = p->impact_names;
  *first = (uint32_t)p->n_impacts;
  if (p->n_impacts + more > UINT32_MAX) return lg_fail(ctx, LG_ERR_LIMIT, "more impacts than can be numbered");
  if (!grow(ctx, &names, p->n_impacts, p->n_impacts + more, sizeof *p->impact_names)) return LG_ERR_MEMORY;
  p->impact_names = names;
  for (size_t k = 0; k < more; k++) {
    const char *name = known && from->impact_names && from->impact_names[k] ? from->impact_names[k] : title;
    char *copy = lg_strdup(ctx, name ? name : "impact");
    if (!copy) return LG_ERR_MEMORY;
    p->impact_names[p->n_impacts++] = copy;
  }
  return LG_OK;
}

static lg_status look_at(lg_ctx *ctx, const axon_profiles *from, size_t k, double *peak, double *most) {
  const double *x = from->strain + k * from->n_times;
  *peak = *most = 0.0;
  for (size_t t = 0; t < from->n_times; t++) {
    if (!isfinite(x[t])) return lg_fail(ctx, LG_ERR_RANGE, "profile %zu, sample %zu: no number", k, t);
    *peak = fmax(*peak, x[t]);
    *most = fmax(*most, fabs(x[t]));
  }
  return LG_OK;
}

static lg_status add_one(lg_ctx *ctx, axon_pool *p, const axon_profiles *from, size_t k) {
  char name[32];
  (void)snprintf(name, sizeof name, "%zu", k);
  p->names[p->n] = lg_strdup(ctx, from->names && from->names[k] ? from->names[k] : name);
  if (!p->names[p->n]) return LG_ERR_MEMORY;
  memcpy(p->strain + p->n * p->n_times, from->strain + k * p->n_times, p->n_times * sizeof *p->strain);
  for (size_t d = 0; d < 3; d++) {
    p->place[6 * p->n + d] = from->position_mm ? from->position_mm[3 * k + d] : (double)NAN;
    p->place[6 * p->n + 3 + d] = from->fibre ? from->fibre[3 * k + d] : (double)NAN;
  }
  p->index[p->n++] = k;
  return LG_OK;
}

lg_status lg_axon_pool_add(lg_ctx *ctx, axon_pool *p, const axon_profiles *from, const size_t *which, size_t n,
                           const axon_filter *filter, uint32_t source, const char *title) {
  uint32_t first;
  if (p->n_times == 0) p->n_times = from->n_times, p->dt_s = from->dt_s;
  if (p->n_times != from->n_times || !(fabs(p->dt_s - from->dt_s) <= 1e-6 * p->dt_s))
    return lg_fail(ctx, LG_ERR_RANGE, "%zu samples, %g s apart, beside %zu samples, %g s apart: bring them to the same",
                   from->n_times, from->dt_s, p->n_times, p->dt_s);
  lg_status status = add_impacts(ctx, p, from, title, &first);
  if (status == LG_OK) status = make_room(ctx, p, p->n + n);
  p->has_place = p->has_place && from->position_mm && from->fibre;
  for (size_t k = 0; status == LG_OK && k < n; k++) {
    const size_t row = which ? which[k] : k;
    double peak, most;
    status = look_at(ctx, from, row, &peak, &most);
    if (status != LG_OK) break;
    if (peak < filter->least_peak || most > filter->most_strain) {
      p->n_dropped++;
      continue;
    }
    p->peak[p->n] = peak;
    p->source[p->n] = source;
    p->impact[p->n] = first + (from->impact && from->n_impacts > 0 ? from->impact[row] : 0);
    status = add_one(ctx, p, from, row);
  }
  return status;
}

/* ---- names ----------------------------------------------------------------------------------------------- */

typedef struct named {
  const char *name;
  size_t at;
} named;

static int compare_names(const void *a, const void *b) {
  const named *x = a, *y = b;
  const int c = strcmp(x->name, y->name);
  return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

static lg_status rename_one(lg_ctx *ctx, axon_pool *p, size_t k, const char *const *titles, bool numbered) {
  char name[300];
  const char *title = titles[p->source[k]], *slash = strrchr(title, '/');
  if (slash) title = slash + 1;
  const char *dot = strrchr(title, '.');
  const int stem = (int)(dot && dot > title ? (size_t)(dot - title) : strlen(title));
  if (numbered) (void)snprintf(name, sizeof name, "%u:%.250s", (unsigned)p->source[k], p->names[k]);
  else (void)snprintf(name, sizeof name, "%.*s:%.180s", stem < 100 ? stem : 100, title, p->names[k]);
  char *copy = lg_strdup(ctx, name);
  if (!copy) return LG_ERR_MEMORY;
  lg_free(ctx, p->names[k]);
  p->names[k] = copy;
  return LG_OK;
}

lg_status lg_axon_pool_name_apart(lg_ctx *ctx, axon_pool *p, const char *const *titles, size_t *n_renamed) {
  lg_status status = LG_OK;
  named *order = NULL;
  char *again = NULL; /* share a name with another */
  *n_renamed = 0;
  LG_NEW(ctx, order, p->n);
  LG_NEW(ctx, again, p->n);
  for (size_t round = 0; round < 2; round++) {
    size_t n = 0;
    for (size_t k = 0; k < p->n; k++) order[k] = (named){p->names[k], k};
    qsort(order, p->n, sizeof *order, compare_names);
    memset(again, 0, p->n);
    for (size_t k = 1; k < p->n; k++)
      if (strcmp(order[k].name, order[k - 1].name) == 0) again[order[k].at] = again[order[k - 1].at] = 1;
    for (size_t k = 0; k < p->n; k++) {
      if (!again[k]) continue;
      LG_TRY(rename_one(ctx, p, k, titles, round > 0));
      n++;
    }
    if (round == 0) *n_renamed = n;
    if (n == 0) break;
  }
done:
  lg_free(ctx, order);
  lg_free(ctx, again);
  return status;
}

/* ---- taking ---------------------------------------------------------------------------------------------- */

/* Number the impacts that are there anew, in their order; `as` is (n_impacts). */
static lg_status take_impacts(lg_ctx *ctx, const axon_pool *p, const size_t *which, size_t n, axon_profiles *q) {
  lg_status status = LG_OK;
  uint32_t *as = NULL;
  LG_NEW(ctx, as, p->n_impacts);
  for (size_t k = 0; k < n; k++) as[p->impact[which[k]]] = 1;
  for (size_t i = 0; i < p->n_impacts; i++) q->n_impacts += as[i];
  LG_NEW(ctx, q->impact_names, q->n_impacts);
  for (size_t i = 0, at = 0; i < p->n_impacts; i++) {
    if (!as[i]) continue;
    as[i] = (uint32_t)at;
    q->impact_names[at] = lg_strdup(ctx, p->impact_names[i]);
    if (!q->impact_names[at++]) LG_TRY(LG_ERR_MEMORY);
  }
  LG_NEW(ctx, q->impact, n);
  for (size_t k = 0; k < n; k++) q->impact[k] = as[p->impact[which[k]]];
done:
  lg_free(ctx, as);
  return status;
}

lg_status lg_axon_pool_take(lg_ctx *ctx, const axon_pool *p, const size_t *which, size_t n, axon_profiles **out) {
  lg_status status = LG_OK;
  axon_profiles *q = NULL;
  *out = NULL;
  LG_NEW(ctx, q, 1);
  q->n_times = p->n_times;
  q->dt_s = p->dt_s;
  LG_NEW(ctx, q->names, n);
  q->n = n;
  LG_NEW(ctx, q->strain, n * p->n_times);
  if (p->has_place) LG_NEW(ctx, q->position_mm, 3 * n);
  if (p->has_place) LG_NEW(ctx, q->fibre, 3 * n);
  for (size_t k = 0; k < n; k++) {
    const size_t from = which[k];
    q->names[k] = lg_strdup(ctx, p->names[from]);
    if (!q->names[k]) LG_TRY(LG_ERR_MEMORY);
    memcpy(q->strain + k * p->n_times, p->strain + from * p->n_times, p->n_times * sizeof *q->strain);
    for (size_t d = 0; p->has_place && d < 3; d++) {
      q->position_mm[3 * k + d] = p->place[6 * from + d];
      q->fibre[3 * k + d] = p->place[6 * from + 3 + d];
    }
  }
  LG_TRY(take_impacts(ctx, p, which, n, q));
  *out = q;
  q = NULL;
done:
  lg_axon_profiles_destroy(ctx, q);
  return status;
}
