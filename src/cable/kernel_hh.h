/**
 * @file kernel_hh.h
 * @brief The mechanism hh in vectors: exact rates (relative error below 1e-12), no table. Builds differ in no bit.
 */
#ifndef LG_CABLE_KERNEL_HH_H
#define LG_CABLE_KERNEL_HH_H

#include "cable/mechanism.h"

enum { CABLE_HH_M_DEGREE = 8, CABLE_HH_DEGREE = 5, CABLE_HH_MEMORY = 6 };

/** What a step of given length and temperature needs of the gates. */
typedef struct cable_hh_pace {
  double dt_ms, q10;
  double pace;    /* dt q10, ms */
  bool by_series; /* pace is small: the relaxation by a polynomial; else by exponentials */
  /* of s, the sum of a gate's rates: (1 - e^(-pace s)) / s = sum of c_k s^k */
  double m[CABLE_HH_M_DEGREE + 1], hn[CABLE_HH_DEGREE + 1];
} cable_hh_pace;

/** Instances [0, n) side by side, n a multiple of 8. g and i may be NULL (no current); pace may be NULL (no step). */
typedef struct cable_hh_run {
  size_t n;
  const double *v;     /* (n) */
  double *g, *i;       /* (n), added to */
  double *m, *h, *k;   /* (n) gates */
  const double *scale; /* (n) */
  bool uniform;        /* the six below hold one value each, else (n) */
  const double *gnabar, *gkbar, *gl, *el, *ena, *ek;
  const cable_hh_pace *pace;
  /* Of the step before, by groups of 8 instances: v, how far it had jumped, opening rate and sum of the gate m, each
   * followed by its change; CABLE_HH_MEMORY * 8 in all. NULL: no correction. */
  double *memory;
  bool corrects; /* the memory is that of a step before, and of a step before that */
} cable_hh_run;

void lg_cable_hh_run_plain(const cable_hh_run *run);
void lg_cable_hh_run_v3(const cable_hh_run *run);
void lg_cable_hh_run_v4(const cable_hh_run *run);

/** @brief The pace of steps of dt at a temperature. */
cable_hh_pace lg_cable_hh_pace(double dt_ms, double celsius);

/** @brief One step of one instance by libm-like functions: what vectors do with potentials beyond ±100 mV. */
void lg_cable_hh_relax(double v, const cable_hh_pace *pace, double *m, double *h, double *n);

/** @brief How the gates m, h, n after such a step answer to themselves (own) and to v (by_v); each (3). */
void lg_cable_hh_slopes_far(const cable_hh_pace *pace, double v, double m, double h, double n, double *own,
                            double *by_v);

/* ---- the mechanism's functions ---- */

lg_status lg_cable_hh_prepare(lg_ctx *ctx, cable_block *block, double celsius);
void lg_cable_hh_release(lg_ctx *ctx, cable_block *block);
void lg_cable_hh_current(const cable_block *block, const cable_moment *now);
void lg_cable_hh_advance(const cable_block *block, const cable_moment *now);
void lg_cable_hh_advance_current(const cable_block *block, const cable_moment *now);

#endif
