#include "calcium/profile.h"
#include "calcium/grid.h"

#include <math.h>

void lg_calcium_profile_clear(lg_ctx *ctx, calcium_profile *p) {
  for (size_t k = 0; k < p->n_pieces && p->pieces; k++) {
    lg_free(ctx, p->pieces[k].x_um);
    lg_free(ctx, p->pieces[k].value);
  }
  lg_free(ctx, p->pieces);
  *p = (calcium_profile){0};
}

double lg_calcium_profile_at(const calcium_profile *p, size_t section, double x) {
  for (size_t q = p->n_pieces; q-- > 0;) {
    const calcium_profile_piece *s = &p->pieces[q];
    size_t k = 1;
    if (s->section != section) continue;
    if (s->n == 1) return s->value[0];
    while (k + 1 < s->n && s->x_um[k] < x) k++;
    const double part = fmin(1.0, fmax(0.0, (x - s->x_um[k - 1]) / (s->x_um[k] - s->x_um[k - 1])));
    return s->value[k - 1] + part * (s->value[k] - s->value[k - 1]);
  }
  return p->everywhere;
}

lg_status lg_calcium_profile_check(lg_ctx *ctx, const calcium_profile *p, const char *name, size_t n_sections,
                                   double low, double high) {
  if (!(p->everywhere >= low && p->everywhere <= high))
    return lg_fail(ctx, LG_ERR_RANGE, "%s is %g; allowed is %g to %g", name, p->everywhere, low, high);
  for (size_t q = 0; q < p->n_pieces; q++) {
    const calcium_profile_piece *s = &p->pieces[q];
    if (s->section >= n_sections)
      return lg_fail(ctx, LG_ERR_RANGE, "%s: section %zu of %zu", name, s->section, n_sections);
    for (size_t k = 0; k < s->n; k++) {
      if (!(s->value[k] >= low && s->value[k] <= high))
        return lg_fail(ctx, LG_ERR_RANGE, "%s of section %zu is %g; allowed is %g to %g", name, s->section, s->value[k],
                       low, high);
      if (s->n > 1 && (!isfinite(s->x_um[k]) || (k > 0 && !(s->x_um[k] > s->x_um[k - 1]))))
        return lg_fail(ctx, LG_ERR_RANGE, "%s of section %zu: x is %g um in row %zu; it must rise", name, s->section,
                       s->x_um[k], k);
    }
  }
  return LG_OK;
}

/* Each half of an edge at its middle, weighed with its membrane there. */
void lg_calcium_profile_nodes(const calcium_profile *p, const calcium_case *c, const calcium_grid *g, bool er,
                              double *weights, double *out) {
  for (size_t k = 0; k < g->n; k++) {
    out[k] = p->n_pieces ? 0.0 : p->everywhere;
    weights[k] = 0.0;
  }
  for (size_t k = 1; k < g->n && p->n_pieces > 0; k++) {
    const calcium_section *s = &c->sections[g->section[k]];
    const size_t before = (size_t)g->parent[k];
    const double from = k == g->begin[g->section[k]] ? 0.0 : g->x_um[before], dx = g->x_um[k] - from;
    for (int half = 0; half < 2; half++) {
      const double x = from + dx * (half ? 0.75 : 0.25);
      const size_t node = half ? k : before;
      double R, r;
      lg_calcium_radii(s, x, &R, &r);
      const double weight = dx * (er ? r : R);
      out[node] += weight * lg_calcium_profile_at(p, g->section[k], x);
      weights[node] += weight;
    }
  }
  for (size_t k = 0; k < g->n && p->n_pieces > 0; k++) out[k] /= weights[k];
}

void lg_calcium_densities(const calcium_case *c, const calcium_grid *g, double *weights, double *const *out) {
  const calcium_constants *k = &c->constants;
  const double numbers[CALCIUM_DENSITIES] = {k->ryr_density, k->serca_density, k->pmca_density, k->ncx_density};
  for (size_t q = 0; q < CALCIUM_DENSITIES; q++) {
    calcium_profile profile = c->densities[q];
    if (profile.n_pieces == 0) profile.everywhere = numbers[q];
    lg_calcium_profile_nodes(&profile, c, g, q == CALCIUM_RYR || q == CALCIUM_SERCA, weights, out[q]);
  }
}
