/**
 * @file differential.h
 * @brief What a drug changed: two recordings (or two twins) of one cell, before and after, and the few parameters that
 * tell them apart.
 *
 * Recordings that a conductance model explains to the noise are fitted jointly (neuron/learn_tm_pair.h); all others are
 * cloned one by one, and the difference of the two twins is solved for sparse changes under their covariances
 * (twin/differential_solve.h). Candidates of the tm family: scales of gNa, gK, gL, gM, shift of VT (the gates m, h, n)
 * and of the M gate; of the Izhikevich family: every parameter but C. The membrane's capacitance does not change.
 */
#ifndef LG_DIFFERENTIAL_H
#define LG_DIFFERENTIAL_H

#include "twin/differential_solve.h"
#include "twin/family.h"

typedef struct lg_difference_options {
  const char *model; /* "hh", "izhikevich", or NULL: hh, unless only izhikevich explains both recordings */
  uint64_t seed;
} lg_difference_options;

/** One candidate and what became of it. */
typedef struct lg_difference_row {
  char name[16], unit[8];       /* unit of a shift; "" for a scale */
  bool scale, changed;          /* changed: part of the best explanation */
  double change, low95, high95; /* scale: relative (-0.3 = -30 %); shift: in its unit; 0 when unchanged */
  double probability;           /* that it changed at all */
  double before, after;         /* the parameter; NAN where the model has none (p_shift) */
} lg_difference_row;

typedef struct lg_difference {
  char model[16], method[16]; /* method: "joint" or "twins" */
  size_t n;
  lg_difference_row rows[LG_DELTA_MAX_C];
  char target[16];           /* the likeliest change, "none" when that no change is likelier */
  double probability;        /* of the target */
  double none;               /* that nothing changed */
  double subset_probability; /* of the best explanation as a whole */
  double chi2_before, chi2_after, noise_before_mV, noise_after_mV; /* per sample; NAN where a twin does not say */
  bool accepted;                                                   /* the model explains both to the noise */
  lg_domain domain;
  char reason[200]; /* of an amber or red domain */
} lg_difference;

/** @brief Compare recordings. @retval LG_ERR_NUMERICAL no fit reached finite trajectories */
LG_MUST_CHECK lg_status lg_difference_of_recordings(lg_ctx *ctx, const lg_recording *before, const lg_recording *after,
                                                    const lg_difference_options *options, lg_difference *out);

/** @brief Compare twin files. @retval LG_ERR_UNSUPPORTED they are of different families, or know no covariance */
LG_MUST_CHECK lg_status lg_difference_of_twins(lg_ctx *ctx, const char *before, const char *after, lg_difference *out);

/** @brief Write as JSON, schema "loligo-drug-delta/1"; "-" = stdout. */
LG_MUST_CHECK lg_status lg_difference_write(lg_ctx *ctx, const lg_difference *difference, lg_provenance *provenance,
                                            const char *path);

#endif
