/** @file reduce_validate.h @brief How well cells of known shapes are reduced: figures per cell and number of
 * compartments. */
#ifndef LG_TWIN_REDUCE_VALIDATE_H
#define LG_TWIN_REDUCE_VALIDATE_H

#include "cable/reduce.h"

enum { REDUCE_VALIDATE_ASKED = 8, REDUCE_VALIDATE_ANYWHERE = 40 };

/** Errors of EPSPs at the soma over places. */
typedef struct reduce_errors {
  double peak_mean, peak_p95, peak_max; /* relative */
  double shared_mean, shared_max;       /* before weights are matched */
  double time_mean_ms, time_max_ms;
} reduce_errors;

typedef struct reduce_figures {
  size_t wanted, compartments;
  double resistance_error, tau_error; /* relative */
  reduce_errors asked;                /* at synapses of the case */
  reduce_errors anywhere;             /* at places that the reduction was not told of */
  double seconds;
} reduce_figures;

/** A passive cell with two sets of synapses. */
typedef struct reduce_subject {
  cable_model *model;       /* shape and membrane, a probe at the soma */
  cable_synapse *asked;     /* (REDUCE_VALIDATE_ASKED) */
  cable_synapse *anywhere;  /* (REDUCE_VALIDATE_ANYWHERE) */
  double *values, *time_ms; /* what the synapses point to */
  cable_tree *tree;
} reduce_subject;

/** @brief Read a shape; Ra 100 ohm cm, cm 1 uF/cm², g 5e-5 S/cm² everywhere; synapses of 1 nS, 2 ms. */
LG_MUST_CHECK lg_status lg_reduce_subject_read(lg_ctx *ctx, const char *swc, double max_dx_um, uint64_t seed,
                                               reduce_subject *subject);
void lg_reduce_subject_free(lg_ctx *ctx, reduce_subject *subject);

LG_MUST_CHECK lg_status lg_reduce_figures(lg_ctx *ctx, const reduce_subject *subject, size_t compartments,
                                          reduce_figures *figures);

/** Spikes of a case with channels. */
typedef struct reduce_spiking {
  size_t wanted, compartments, n_spikes; /* of all probes that spike in the full cell */
  size_t n_lost;                         /* of those probes: with another number of spikes */
  double late_ms;                        /* greatest difference of times */
  double soma_late_ms;                   /* the same at the first probe */
  double times_faster;
} reduce_spiking;

/** @brief Reduce a case of "regions", stimuli and probes, and compare its spikes with the full cell's. */
LG_MUST_CHECK lg_status lg_reduce_spiking(lg_ctx *ctx, const char *json, double max_dx_um, size_t compartments,
                                          reduce_spiking *out);

/** How far our matrices are from stored ones of the full cell. */
typedef struct reduce_targets {
  char swc[256];                      /* path of the shape */
  double resistance_error, tau_error; /* relative */
  double impedance_error;             /* greatest |difference|, relative to |Z(0)| of the soma */
  size_t n_impedances;
} reduce_targets;

/**
 * @brief Compare input resistance, slowest time constant, and input and transfer impedances at the sites of a file of
 * targets (ref/f_reduce_*.json) with the linear cell of this program.
 */
LG_MUST_CHECK lg_status lg_reduce_compare_targets(lg_ctx *ctx, const char *json, reduce_targets *out);

#endif
