#include "culture/deconvolve.h"

#include <math.h>
#include <string.h>

/* Grid of centres per frame; how far the shape may be off, as a share of the run's greatest pulse; the least pulse
 * beside it; the least distance of two centres. */
static const double per_frame = 8.0, shape_error = 0.06, least_beside = 0.15, least_apart = 1.25;
enum { SWEEPS = 60 };

static double integral(double s) {
  if (s <= -1.0) return 0.0;
  if (s >= 1.0) return 1.0;
  return 0.5 + 0.9375 * (s - s * s * s * (2.0 / 3.0) + s * s * s * s * s * 0.2);
}

double lg_culture_pulse_share(double centre, double half, double t) {
  return integral((t + 1.0 - centre) / half) - integral((t - centre) / half);
}

/* Intervals that a pulse touches. */
static size_t first_of(double centre, double half) { return (size_t)fmax(0.0, floor(centre - half)); }
static size_t end_of(double centre, double half, size_t n) {
  return (size_t)fmin((double)n, fmax(0.0, ceil(centre + half)));
}

/* Squares that a pulse at this centre explains of r, and its amplitude. */
static double gain(const double *r, size_t n, double half, double centre, double *amplitude) {
  double up = 0.0, down = 0.0;
  for (size_t t = first_of(centre, half), end = end_of(centre, half, n); t < end; t++) {
    const double h = lg_culture_pulse_share(centre, half, (double)t);
    up += h * r[t], down += h * h;
  }
  *amplitude = down > 1e-3 ? up / down : 0.0; /* a pulse that lies outside but for its tail cannot be told */
  return *amplitude * up;
}

/* The best centre in [from, to]. */
static double best(const double *r, size_t n, double half, double from, double to, culture_pulse *out) {
  double most = -1.0;
  for (double q = floor(from * per_frame); q <= to * per_frame; q += 1.0) {
    const double centre = fmin(fmax(q / per_frame, 0.0), (double)n);
    double amplitude;
    const double explained = gain(r, n, half, centre, &amplitude);
    if (explained > most) most = explained, *out = (culture_pulse){centre, amplitude};
  }
  return most;
}

static void add(double *r, size_t n, double half, const culture_pulse *p, double sign) {
  for (size_t t = first_of(p->centre, half), end = end_of(p->centre, half, n); t < end; t++)
    r[t] += sign * p->amplitude * lg_culture_pulse_share(p->centre, half, (double)t);
}

static double squares(const double *r, size_t n) {
  double sum = 0.0;
  for (size_t t = 0; t < n; t++) sum += r[t] * r[t];
  return sum;
}

double lg_culture_one_pulse(const double *s, size_t n, double half, culture_pulse *out) {
  const double explained = best(s, n, half, 0.0, (double)n, out);
  return fmax(squares(s, n) - explained, 0.0);
}

/* Move each pulse in turn to where it fits best beside the others. r: what they leave, before and after. */
static void settle(double *r, size_t n, double half, culture_pulse *p, size_t count) {
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    double moved = 0.0;
    for (size_t q = 0; q < count; q++) {
      const culture_pulse was = p[q];
      add(r, n, half, &was, 1.0);
      (void)best(r, n, half, was.centre - 1.0, was.centre + 1.0, &p[q]);
      add(r, n, half, &p[q], -1.0);
      moved += fabs(p[q].centre - was.centre) + fabs(p[q].amplitude - was.amplitude) / (fabs(was.amplitude) + 1e-300);
    }
    if (moved < 1e-3) return;
  }
}

/* No pulse is small beside the greatest, none too near another. */
static int sound(const culture_pulse *p, size_t count) {
  double greatest = 0.0;
  for (size_t q = 0; q < count; q++) greatest = fmax(greatest, fabs(p[q].amplitude));
  for (size_t q = 0; q < count; q++) {
    if (fabs(p[q].amplitude) < least_beside * greatest) return 0;
    for (size_t k = 0; k < q; k++)
      if (fabs(p[q].centre - p[k].centre) < least_apart) return 0;
  }
  return 1;
}

static void sort(culture_pulse *p, size_t count) {
  for (size_t q = 1; q < count; q++)
    for (size_t k = q; k > 0 && p[k].centre < p[k - 1].centre; k--) {
      const culture_pulse swap = p[k];
      p[k] = p[k - 1], p[k - 1] = swap;
    }
}

size_t lg_culture_take_apart(const double *s, size_t n, double half, double noise, double threshold, double *r,
                             culture_pulse *out, size_t most) {
  culture_pulse trial[32];
  size_t count = 1;
  if (most > sizeof trial / sizeof trial[0]) most = sizeof trial / sizeof trial[0];
  double left = lg_culture_one_pulse(s, n, half, out);
  while (count < most) {
    memcpy(trial, out, count * sizeof *out);
    memcpy(r, s, n * sizeof *s);
    for (size_t q = 0; q < count; q++) add(r, n, half, &trial[q], -1.0);
    (void)best(r, n, half, 0.0, (double)n, &trial[count]);
    add(r, n, half, &trial[count], -1.0);
    settle(r, n, half, trial, count + 1);
    double greatest = 0.0;
    for (size_t q = 0; q <= count; q++) greatest = fmax(greatest, fabs(trial[q].amplitude));
    const double now = squares(r, n), reach = threshold * noise, error = shape_error * greatest;
    if (!(left - now > reach * reach + error * error) || !sound(trial, count + 1)) break;
    count++;
    memcpy(out, trial, count * sizeof *out);
    left = now;
  }
  sort(out, count);
  return count;
}
