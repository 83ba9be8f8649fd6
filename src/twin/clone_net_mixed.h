/**
 * @file clone_net_mixed.h
 * @brief Recordings as laboratories make them, for networks that must not depend on one protocol: steps, families of
 * steps, ramps, noise, CLONE-1, of any sampling rate, with the errors of an amplifier.
 *
 * A layout (how many sweeps of which kind and length, the sampling) is shared by eight neurons, so that they can be
 * simulated in lockstep; currents and errors are each neuron's own. Everything is a pure function of (seed, index).
 */
#ifndef LG_CLONE_NET_MIXED_H
#define LG_CLONE_NET_MIXED_H

#include "base/base.h"

enum { LG_MIXED_SWEEPS = 3, LG_MIXED_GROUP = 8 };

/** Shortest sampling interval that layouts have. */
#define LG_MIXED_MIN_DT_MS 0.02
/** Length of a lead. */
#define LG_MIXED_LEAD_MS 300.0

typedef enum lg_mixed_kind {
  LG_MIXED_STEP = 0, /* one depolarising step */
  LG_MIXED_HYPER,    /* one hyperpolarising step */
  LG_MIXED_DUAL,     /* hyperpolarising, then depolarising */
  LG_MIXED_STAIRS,   /* two depolarising levels without a pause */
  LG_MIXED_RAMP,
  LG_MIXED_OU, /* Ornstein–Uhlenbeck noise */
  LG_MIXED_CLONE1
} lg_mixed_kind;

typedef struct lg_mixed_sweep {
  lg_mixed_kind kind;
  size_t n;                        /* samples, without the lead */
  double on_ms, middle_ms, off_ms; /* of the stimulus */
  bool weak;                       /* step near rheobase, else above */
} lg_mixed_sweep;

typedef struct lg_mixed_layout {
  double dt_ms;
  size_t lead; /* samples before each sweep that are not recorded: the neuron settles at its holding current */
  size_t n_sweeps;
  lg_mixed_sweep sweep[LG_MIXED_SWEEPS];
} lg_mixed_layout;

/** @brief Draw the layout of neurons 8 group … 8 group + 7; together the sweeps last at most duration_ms (>= 400). */
void lg_mixed_draw(uint64_t seed, uint64_t group, double duration_ms, lg_mixed_layout *layout);

/** @brief Current of one sweep of neuron `index`, its lead included: (lead + n). i0: the titrated rheobase. */
void lg_mixed_current(const lg_mixed_layout *layout, size_t sweep, uint64_t seed, uint64_t index, double i0_pA,
                      double *i_pA);

/** Errors of one recording. */
typedef struct lg_mixed_errors {
  double noise_mV;         /* standard deviation of each sample */
  double offset_mV;        /* added to all potentials */
  double series_MOhm;      /* left uncompensated: I Rs is added to V */
  double quantum_mV;       /* of the converter, 0: none */
  double current_noise_pA; /* 0: the command was stored */
  unsigned gaps;           /* stretches where V holds its last value */
} lg_mixed_errors;

/** @brief Draw the errors of neuron `index`. Offsets lie within +-offset_mV. */
lg_mixed_errors lg_mixed_draw_errors(uint64_t seed, uint64_t index, double noise_low_mV, double noise_high_mV,
                                     double offset_mV);

/** @brief Put the errors on a recorded sweep; i_pA (n) becomes what was stored. */
void lg_mixed_spoil(const lg_mixed_errors *errors, const lg_mixed_layout *layout, size_t sweep, uint64_t seed,
                    uint64_t index, double *v_mV, double *i_pA);

#endif
