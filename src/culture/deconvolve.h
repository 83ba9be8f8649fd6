/**
 * @file deconvolve.h
 * @brief Overlapping pulses of one cell's input, taken apart.
 *
 * A pulse of amplitude 1 and half width h around its centre c is (15/16)(1 - s²)²/h with s = (t - c)/h; an interval
 * between frames sees its integral. Pulses are added one by one where they explain most, all of them are then moved in
 * turn until none moves (space-alternating least squares), and a further one stays only if it explains more than noise
 * and an error of the shape could.
 */
#ifndef LG_CULTURE_DECONVOLVE_H
#define LG_CULTURE_DECONVOLVE_H

#include <stddef.h>

typedef struct culture_pulse {
  double centre; /* intervals: 0 is the start of the first one */
  double amplitude;
} culture_pulse;

/** @brief The share of a pulse that falls into the interval [t, t + 1]. */
double lg_culture_pulse_share(double centre, double half, double t);

/** @brief The single pulse of that width that fits s (n) best. Returns what it leaves, sum of squares. */
double lg_culture_one_pulse(const double *s, size_t n, double half, culture_pulse *out);

/**
 * @brief Take s (n intervals) apart.
 * @param noise     standard deviation of an interval
 * @param threshold how many of it the square root of the squares explained must be
 * @param scratch   (n)
 * @param out       (most) by their centres
 * @return how many; 1 or more
 */
size_t lg_culture_take_apart(const double *s, size_t n, double half, double noise, double threshold, double *scratch,
                             culture_pulse *out, size_t most);

#endif
