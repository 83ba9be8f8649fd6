/**
 * @file calcium_reduction.h
 * @brief What one dimension misses of a calcium wave: the same case along x alone and resolved across the dendrite.
 */
#ifndef LG_TWIN_CALCIUM_REDUCTION_H
#define LG_TWIN_CALCIUM_REDUCTION_H

#include "data/json_writer.h"
#include "twin/calcium_trial.h"

struct lg_provenance;

enum { CALCIUM_AXES = 3, CALCIUM_AXIS_VALUES = 64, CALCIUM_THRESHOLDS = 4 };

/** A constant that a map varies. */
typedef struct calcium_axis {
  char name[24];
  size_t n;
  double values[CALCIUM_AXIS_VALUES];
} calcium_axis;

/** What is asked. */
typedef struct calcium_reduction_options {
  double dt_s, max_dx_um; /* of both; one dimension has half the max_dx_um, for its second order along x */
  size_t n_rings;
  bool refine;   /* three runs more across: dx, dt, rings halved one at a time, and what they lead to */
  bool map_only; /* leave the case itself out */
  size_t n_set;
  calcium_axis set[CALCIUM_TRIAL_KNOBS]; /* one value each: the case with these */
  size_t n_axes;
  calcium_axis axes[CALCIUM_AXES];
  size_t n_thresholds;
  calcium_axis thresholds[CALCIUM_THRESHOLDS]; /* two values each: between which to look */
} calcium_reduction_options;

typedef struct calcium_pair {
  double at[CALCIUM_AXES]; /* of the axes */
  calcium_summary one, two;
} calcium_pair;

typedef struct calcium_reduction {
  calcium_reduction_options o;
  bool has_case;
  calcium_pair figures;
  double drift;                    /* of all calcium, relative; what passes the plasma membrane is in it */
  calcium_summary refined[3];      /* dx, dt, rings halved */
  double speed_limit, speed_error; /* where refining leads, and by how much that may be wrong; NAN without */
  double peak_limit;
  calcium_front *front_one, *front_two;
  double peak_ratio; /* greatest c at the ER's membrane over that at the plasma membrane, in the front caught */
  size_t n_map;
  calcium_pair *map;                                    /* (n_map) the last axis fastest */
  calcium_threshold thresholds[2 * CALCIUM_THRESHOLDS]; /* one dimension, then across, of each */
} calcium_reduction;

LG_MUST_CHECK lg_status lg_calcium_reduction_run(lg_ctx *ctx, const calcium_trial_case *shared,
                                                 const calcium_reduction_options *o, calcium_reduction **out);
void lg_calcium_reduction_destroy(lg_ctx *ctx, calcium_reduction *r);

/** @brief one / two - 1. */
double lg_calcium_reduction_error(double one, double two);

/** Rows of the table of figures. */
enum { CALCIUM_REDUCTION_ROWS = 7 };
const char *lg_calcium_reduction_row(const calcium_pair *pair, size_t k, double *one, double *two);

/** @brief Keys into the object that is open. */
void lg_calcium_reduction_fields(lg_json *w, const calcium_reduction *r);

/** @brief summary.json, front.csv, map.csv, thresholds.csv: those that there are. */
LG_MUST_CHECK lg_status lg_calcium_reduction_write(lg_ctx *ctx, const char *folder, const calcium_reduction *r,
                                                   struct lg_provenance *provenance);

#endif
