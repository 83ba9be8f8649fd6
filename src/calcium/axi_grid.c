/* Rings of a dendrite of rotational symmetry. */
#include "base/elementary.h"
#include "calcium/axi.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Spacing of a compartment at its far side over that at the ER's membrane; the same for any number of rings, so that
 * doubling them halves every spacing. */
static const double growth = 8.0;

/* Place of node k of n between the ER's membrane (0) and the far side (1). */
static double share(size_t n, double k) {
  const double a = lg_ln(growth), t = fmin(1.0, fmax(0.0, k / (double)(n - 1)));
  return lg_expm1(a * t) / lg_expm1(a);
}

typedef struct ring_place {
  double inner, node, outer; /* shares of r (ER) or of the way from r to R (cytosol) */
} ring_place;

/* Faces half-way between nodes. */
static ring_place place(bool er, size_t n, size_t k) {
  double at[3];
  for (size_t q = 0; q < 3; q++) {
    const double i = (double)k + (double)q - 1.0;
    at[q] = er ? 1.0 - share(n, (double)(n - 1) - i) : share(n, i);
  }
  return (ring_place){0.5 * (at[0] + at[1]), at[1], 0.5 * (at[1] + at[2])};
}

static double radius(bool er, double inner_um, double outer_um, double part) {
  return er ? part * inner_um : inner_um + part * (outer_um - inner_um);
}

typedef struct ring_shape {
  double area, radial; /* of the ring, µm²; circumference of its outer face / distance to the next node */
} ring_shape;

static ring_shape ring_at(const calcium_section *s, double x, bool er, ring_place p, double next) {
  double outer, inner;
  lg_calcium_radii(s, x, &outer, &inner);
  const double a = radius(er, inner, outer, p.inner), b = radius(er, inner, outer, p.outer);
  const double step = radius(er, inner, outer, next) - radius(er, inner, outer, p.node);
  return (ring_shape){pi * (b * b - a * a), step > 0.0 ? 2.0 * pi * b / step : 0.0};
}

/* Integrals over [a, b] by Simpson, as the one-dimensional grid takes them. */
static void give(const calcium_section *s, double a, double b, bool er, ring_place p, double next, double *volume,
                 double *radial) {
  const ring_shape l = ring_at(s, a, er, p, next), m = ring_at(s, 0.5 * (a + b), er, p, next),
                   r = ring_at(s, b, er, p, next);
  const double h = (b - a) / 6.0;
  *volume += h * (l.area + 4.0 * m.area + r.area);
  *radial += h * (l.radial + 4.0 * m.radial + r.radial);
}

static void fill(const calcium_case *c, const calcium_axi_grid *g, bool er, const calcium_rings *rings) {
  const calcium_section *s = &c->sections[0];
  for (size_t k = 0; k < rings->n; k++) {
    const ring_place p = place(er, rings->n, k);
    const double next = k + 1 < rings->n ? place(er, rings->n, k + 1).node : p.node;
    for (size_t i = 0; i < g->n_x; i++) {
      const size_t at = i * rings->n + k;
      const double x = g->line->x_um[i];
      double outer, inner;
      lg_calcium_radii(s, x, &outer, &inner);
      rings->rho_um[at] = radius(er, inner, outer, p.node);
      if (i == 0) continue;
      const double before = g->line->x_um[i - 1], middle = 0.5 * (before + x);
      rings->axial_um[at] = ring_at(s, middle, er, p, next).area / (x - before);
      give(s, before, middle, er, p, next, &rings->volume_um3[at - rings->n], &rings->radial_um[at - rings->n]);
      give(s, middle, x, er, p, next, &rings->volume_um3[at], &rings->radial_um[at]);
    }
  }
}

static lg_status allocate(lg_ctx *ctx, calcium_rings *rings, size_t n_x, size_t n) {
  lg_status status = LG_OK;
  rings->n = n;
  LG_NEW(ctx, rings->rho_um, n_x * n);
  LG_NEW(ctx, rings->volume_um3, n_x * n);
  LG_NEW(ctx, rings->axial_um, n_x * n);
  LG_NEW(ctx, rings->radial_um, n_x * n);
done:
  return status;
}

/* Rings follow the radii; fluxes along them count as fluxes along x: a relative error of the order of the slope. */
static lg_status check_slope(lg_ctx *ctx, const calcium_case *c, const calcium_grid *line) {
  double R0, r0, R1, r1;
  lg_calcium_radii(&c->sections[0], line->x_um[0], &R0, &r0);
  for (size_t i = 1; i < line->n; i++) {
    const double dx = line->x_um[i] - line->x_um[i - 1];
    lg_calcium_radii(&c->sections[0], line->x_um[i], &R1, &r1);
    const double slope = fmax(fabs(R1 - R0), fabs(r1 - r0)) / dx;
    if (slope > 0.1 + 1e-9)
      return lg_fail(ctx, LG_ERR_RANGE,
                     "a radius changes by %.3g um per um at %g um; a dendrite resolved across allows up to 0.1", slope,
                     line->x_um[i]);
    R0 = R1;
    r0 = r1;
  }
  return LG_OK;
}

lg_status lg_calcium_axi_grid_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *line, size_t n_rings,
                                     calcium_axi_grid **out) {
  lg_status status = LG_OK;
  calcium_axi_grid *g = NULL;
  *out = NULL;
  if (c->n_sections != 1)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the dendrite has %zu sections; resolved across it must be one unbranched section", c->n_sections);
  if (c->extras)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED,
                   "the case has further channels or species; a dendrite resolved across has RyR, SERCA, PMCA, NCX, "
                   "leaks and calbindin only");
  if (n_rings < 4 || n_rings > 512)
    return lg_fail(ctx, LG_ERR_RANGE, "%zu rings of the cytosol; allowed is 4 to 512", n_rings);
  if ((double)line->n * (double)n_rings > 2e7)
    return lg_fail(ctx, LG_ERR_LIMIT, "%zu slices of %zu rings; at most 2e7 nodes", line->n, n_rings);
  LG_TRY(check_slope(ctx, c, line));
  LG_NEW(ctx, g, 1);
  g->n_x = line->n;
  g->line = line;
  LG_TRY(allocate(ctx, &g->cytosol, line->n, n_rings));
  LG_TRY(allocate(ctx, &g->er, line->n, n_rings * 5 / 8 > 4 ? n_rings * 5 / 8 : 4));
  fill(c, g, false, &g->cytosol);
  fill(c, g, true, &g->er);
  *out = g;
  g = NULL;
done:
  lg_calcium_axi_grid_destroy(ctx, g);
  return status;
}

void lg_calcium_axi_grid_destroy(lg_ctx *ctx, calcium_axi_grid *g) {
  if (!g) return;
  calcium_rings *const both[] = {&g->cytosol, &g->er};
  for (size_t k = 0; k < 2; k++) {
    lg_free(ctx, both[k]->rho_um);
    lg_free(ctx, both[k]->volume_um3);
    lg_free(ctx, both[k]->axial_um);
    lg_free(ctx, both[k]->radial_um);
  }
  lg_free(ctx, g);
}
