#include "data/morphology.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

void lg_morphology_destroy(lg_ctx *ctx, lg_morphology *morphology) {
  if (!morphology) return;
  lg_free(ctx, morphology->sections);
  lg_free(ctx, morphology->points);
  lg_free(ctx, morphology->notes);
  lg_free(ctx, morphology);
}

/** One piece between two points, radii at its ends. */
typedef struct frustum {
  double length, r0, r1;
} frustum;

static frustum frustum_at(const lg_morphology *m, size_t section, size_t k) {
  const lg_morphology_point *a = &m->points[m->sections[section].first_point + k], *b = a + 1;
  const double dx = b->x_um - a->x_um, dy = b->y_um - a->y_um, dz = b->z_um - a->z_um;
  return (frustum){sqrt(dx * dx + dy * dy + dz * dz), a->diameter_um / 2, b->diameter_um / 2};
}

/** The part of a frustum between arc lengths a <= b of its own. */
static frustum part_of(frustum f, double a, double b) {
  if (a <= 0 && b >= f.length) return f;
  const double slope = (f.r1 - f.r0) / f.length, from = fmax(a, 0), to = fmin(b, f.length);
  return (frustum){to - from, f.r0 + slope * from, b >= f.length ? f.r1 : f.r0 + slope * to};
}

static double area_of(frustum f) {
  const double dr = f.r1 - f.r0;
  return pi * (f.r0 + f.r1) * sqrt(f.length * f.length + dr * dr);
}

static double axial_of(frustum f) {
  const double product = f.r0 * f.r1;
  return product > 0 ? f.length / (pi * product) : (double)INFINITY;
}

static size_t n_frusta(const lg_morphology *m, size_t section) {
  const size_t n = m->sections[section].n_points;
  return n > 0 ? n - 1 : 0;
}

double lg_section_length_um(const lg_morphology *m, size_t section) {
  double sum = 0;
  for (size_t k = 0; k < n_frusta(m, section); k++) sum += frustum_at(m, section, k).length;
  return sum;
}

double lg_section_area_um2(const lg_morphology *m, size_t section) {
  double sum = 0;
  for (size_t k = 0; k < n_frusta(m, section); k++) sum += area_of(frustum_at(m, section, k));
  return sum;
}

double lg_section_axial_per_um(const lg_morphology *m, size_t section) {
  double sum = 0;
  for (size_t k = 0; k < n_frusta(m, section); k++) sum += axial_of(frustum_at(m, section, k));
  return sum;
}

void lg_section_between(const lg_morphology *m, size_t section, double s0_um, double s1_um, double *area_um2,
                        double *axial_per_um) {
  const size_t n = n_frusta(m, section);
  double area = 0, axial = 0, begin = 0;
  for (size_t k = 0; k < n; k++) {
    const frustum f = frustum_at(m, section, k);
    const double end = begin + f.length;
    /* an annulus (length 0) belongs to what begins at it; at the section's end to what ends there */
    const bool annulus = f.length == 0 && s0_um <= begin && (begin < s1_um || (k + 1 == n && begin <= s1_um));
    if (annulus || (s0_um < end && s1_um > begin)) {
      const frustum part = annulus ? f : part_of(f, s0_um - begin, s1_um - begin);
      area += area_of(part), axial += axial_of(part);
    }
    begin = end;
  }
  if (area_um2) *area_um2 = area;
  if (axial_per_um) *axial_per_um = axial;
}

void lg_section_pieces(const lg_morphology *m, size_t section, size_t n, double *area_um2, double *axial_per_um) {
  const double length = lg_section_length_um(m, section);
  for (size_t p = 0; p < n; p++) area_um2[p] = axial_per_um[p] = 0;
  size_t p = 0;
  double begin = 0;
  for (size_t k = 0; k < n_frusta(m, section) && n > 0; k++) {
    const frustum f = frustum_at(m, section, k);
    double from = 0;
    for (;;) {
      const bool last = p + 1 == n;
      const double edge = last ? (double)INFINITY : length * ((double)(p + 1) / (double)n) - begin;
      const bool whole = edge > f.length; /* the rest of the frustum lies in this piece */
      const double to = whole ? f.length : fmax(edge, from);
      if (to > from || (whole && f.length == 0)) {
        const frustum part = f.length == 0 ? f : part_of(f, from, to);
        area_um2[p] += area_of(part), axial_per_um[p] += axial_of(part);
      }
      if (whole) break;
      from = to, p++;
    }
    begin += f.length;
  }
}
