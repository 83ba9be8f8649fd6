/** @file simulate.h @brief Many strain profiles on one axon: lanes, threads, finer steps where they are needed. */
#ifndef LG_AXON_SIMULATE_H
#define LG_AXON_SIMULATE_H

#include "axon/lanes.h"

typedef enum axon_precision {
  AXON_FLOAT = 0, /* vectors, four Newton iterations a step */
  AXON_DOUBLE     /* one profile at a time, Newton to 1e-9 nm */
} axon_precision;

/** Strain of fibres over time; n_times even samples from 0. What is NULL below is not known. */
typedef struct axon_profiles {
  size_t n, n_times;
  double dt_s;
  double *strain;      /* (n, n_times), fractions; the first sample is 0 */
  char **names;        /* (n) */
  double *position_mm; /* (n, 3) centre of the voxel */
  double *fibre;       /* (n, 3) unit vector along the fibre */
  uint32_t *impact;    /* (n) which of the impacts it belongs to, from 0 */
  size_t n_impacts;
  char **impact_names; /* (n_impacts) */
} axon_profiles;

typedef struct axon_simulate_opts {
  axon_precision precision;
  axon_scheme scheme;
  double dt_s;             /* 0: the profiles' own; otherwise they are read off linearly */
  double most_strain_step; /* steps in which the strain moves further are cut; 0: none, as the reference solutions */
  const size_t *ends; /* (n_ends) steps at which impacts end (impacts.h), rising, the last is the last; NULL: one */
  size_t n_ends;
  bool relax; /* an impact begins at rest: of the one before stays only what was lost */
} axon_simulate_opts;

/** A step in which the strain moves more than this is long for the loss of bonds (README.md, scheme). */
#define AXON_MOST_STRAIN_STEP 0.02

typedef struct axon_outcome {
  double out[AXON_OUTPUTS];
  double further[AXON_FURTHER];
  unsigned pieces;      /* into how many every step was cut for Newton; 1: none */
  bool failed;          /* did not converge with 16 pieces, or a value is not finite: out is NAN */
  size_t n_cut, n_long; /* steps that were cut, and those in which the strain moved beyond AXON_MOST_STRAIN_STEP */
  double moved;         /* by how much the last Newton iterations changed a strain, at most */
} axon_outcome;

/**
 * @brief Simulate every profile.
 * @param outcomes (n), with ends (n, n_ends)
 * @param trace    (n, steps + 1, AXON_TRACES) or NULL; steps = lg_axon_steps()
 * @retval LG_ERR_RANGE a profile or the step is outside its limits; a profile that fails is no error but marked
 */
LG_MUST_CHECK lg_status lg_axon_simulate(lg_ctx *ctx, const lg_axon *axon, const axon_profiles *profiles,
                                         const axon_simulate_opts *opts, axon_outcome *outcomes, double *trace);
/**
 * @brief Simulate every profile on every axon; the axons differ in nothing but their gaps. Each case has the bits that
 * it has alone: axons share lanes as profiles do.
 * @param axons    (n_axons), of the same constants apart from the seed
 * @param outcomes (profiles->n, n_axons), with ends (profiles->n, n_axons, n_ends)
 * @param trace    (profiles->n, n_axons, steps + 1, AXON_TRACES) or NULL
 */
LG_MUST_CHECK lg_status lg_axon_simulate_each(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons,
                                              const axon_profiles *profiles, const axon_simulate_opts *opts,
                                              axon_outcome *outcomes, double *trace);
/** @brief Whether profiles can be simulated: long enough, from 0 on, strains of -0.9 to 1, a step within limits. */
LG_MUST_CHECK lg_status lg_axon_profiles_check(lg_ctx *ctx, const axon_profiles *profiles,
                                               const axon_simulate_opts *opts);
size_t lg_axon_steps(const axon_profiles *profiles, const axon_simulate_opts *opts);

void lg_axon_profiles_destroy(lg_ctx *ctx, axon_profiles *profiles);

#endif
