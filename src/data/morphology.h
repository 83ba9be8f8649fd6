/**
 * @file morphology.h
 * @brief A cell's shape: unbranched sections of frusta, joined to a tree. The noun that files, cables and calcium
 * share.
 *
 * Lengths in µm. Between two consecutive points the diameter varies linearly with arc length (a conical frustum). Types
 * as in SWC: 1 soma, 2 axon, 3 basal dendrite, 4 apical dendrite, others kept.
 */
#ifndef LG_MORPHOLOGY_H
#define LG_MORPHOLOGY_H

#include "base/base.h"

typedef struct lg_morphology_point {
  double x_um, y_um, z_um, diameter_um;
} lg_morphology_point;

/** An unbranched piece. Its end x = 0 is joined to its parent at parent_x. */
typedef struct lg_section {
  int type;
  ptrdiff_t parent; /* index of the section, always smaller than its own; -1: root */
  double parent_x;  /* 0, 0.5 (soma) or 1 */
  size_t first_point, n_points;
  int64_t distal_id; /* SWC id of the last own node; -1 where the section came from no SWC file */
  char name[32];     /* "" where it has none */
} lg_section;

/** What a reader repaired or found odd, or why it refused. */
typedef struct lg_morphology_note {
  char code[40];   /* "zero_radius", "merged_points", "dropped_section", … stable words for programs */
  int64_t node_id; /* -1: none */
  size_t line;     /* in the file, from 1; 0: none */
  bool refusal;    /* the file cannot be used as it is */
  char text[160];  /* one sentence for people */
} lg_morphology_note;

typedef struct lg_morphology {
  size_t n_sections, n_points, n_notes;
  lg_section *sections;        /* (n_sections), parents before children */
  lg_morphology_point *points; /* (n_points) */
  lg_morphology_note *notes;   /* (n_notes) */
} lg_morphology;

/** @brief Destroy a morphology; accepts NULL. */
void lg_morphology_destroy(lg_ctx *ctx, lg_morphology *morphology);

/** @brief Arc length of a section, µm. */
double lg_section_length_um(const lg_morphology *morphology, size_t section);
/** @brief Membrane area without the end caps, µm²: sum of pi (r0+r1) sqrt(l² + (r1-r0)²). */
double lg_section_area_um2(const lg_morphology *morphology, size_t section);
/** @brief Axial integral ∫ ds / (pi r²), 1/µm: sum of l / (pi r0 r1); INFINITY where a radius is 0. */
double lg_section_axial_per_um(const lg_morphology *morphology, size_t section);
/** @brief Area (µm²) and axial integral (1/µm) between arc lengths s0 <= s1 of a section; either output may be NULL. */
void lg_section_between(const lg_morphology *morphology, size_t section, double s0_um, double s1_um, double *area_um2,
                        double *axial_per_um);

/**
 * @brief Area and axial integral of n pieces of equal arc length, from x = 0 on, in one pass: O(points + n).
 * @param area_um2, axial_per_um (n); the areas sum up to the section's
 */
void lg_section_pieces(const lg_morphology *morphology, size_t section, size_t n, double *area_um2,
                       double *axial_per_um);

#endif
