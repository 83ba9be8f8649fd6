#include "calcium/film.h"

#include <math.h>

/* Path length of every node from the root. */
static void measure(const calcium_grid *g, double *path) {
  path[0] = 0.0;
  for (size_t k = 1; k < g->n; k++) {
    const size_t up = (size_t)g->parent[k], s = g->section[k];
    const double from = up == g->first[s] ? 0.0 : g->x_um[up];
    path[k] = path[up] + g->x_um[k] - from;
  }
}

static void choose(calcium_film *f, const calcium_grid *g, const double *path) {
  size_t tip = 0;
  for (size_t k = 1; k < g->n; k++)
    if (path[k] > path[tip]) tip = k;
  f->length_um = path[tip];
  size_t node = tip;
  for (size_t p = f->n_places;
       p-- > 0;) { /* rows are cells of equal length; the nearest node of the path to each middle */
    const double want = f->length_um * ((double)p + 0.5) / (double)f->n_places;
    while (g->parent[node] >= 0 && fabs(path[g->parent[node]] - want) <= fabs(path[node] - want))
      node = (size_t)g->parent[node];
    f->nodes[p] = (uint32_t)node;
  }
}

lg_status lg_calcium_film_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid, size_t n_places,
                                 size_t n_times, calcium_film **out) {
  lg_status status = LG_OK;
  calcium_film *f = NULL;
  double *path = NULL;
  *out = NULL;
  LG_NEW(ctx, path, grid->n);
  LG_NEW(ctx, f, 1);
  f->n_places = n_places < grid->n ? n_places : grid->n;
  f->n_times = n_times;
  f->end_s = c->end_s;
  LG_NEW(ctx, f->nodes, f->n_places);
  LG_NEW(ctx, f->values, CALCIUM_FILM_LAYERS * f->n_places * n_times);
  for (size_t k = 0; k < CALCIUM_FILM_LAYERS * f->n_places * n_times; k++) f->values[k] = NAN;
  measure(grid, path);
  choose(f, grid, path);
  *out = f;
  f = NULL;
done:
  lg_free(ctx, path);
  lg_calcium_film_destroy(ctx, f);
  return status;
}

void lg_calcium_film_destroy(lg_ctx *ctx, calcium_film *film) {
  if (!film) return;
  lg_free(ctx, film->nodes);
  lg_free(ctx, film->values);
  lg_free(ctx, film);
}

void lg_calcium_film_see(calcium_film *f, double t_s, const double *c, const double *e, const double *open) {
  const double every = f->end_s / (double)(f->n_times - 1);
  while (f->next < f->n_times && (double)f->next * every <= t_s + 1e-9 * every) {
    const double *const layers[CALCIUM_FILM_LAYERS] = {c, e, open};
    for (size_t q = 0; q < CALCIUM_FILM_LAYERS; q++)
      for (size_t p = 0; p < f->n_places; p++)
        f->values[(q * f->n_places + p) * f->n_times + f->next] = (float)layers[q][f->nodes[p]];
    f->next++;
  }
}
