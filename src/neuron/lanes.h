/**
 * @file lanes.h
 * @brief Eight neurons of one family in lockstep under the same current, one per SIMD lane: what a search over
 * parameters runs on.
 *
 * Fixed step, second order, no event roots: spike times are within some hundredths of a millisecond of the exact ones,
 * which is far below what a search by features resolves. The same bits from every build. Without `calm` the arithmetic
 * of a lane never depends on the other lanes; with it, all lanes take long steps where none of them moves.
 */
#ifndef LG_LANES_H
#define LG_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LG_LANES = 8, LG_LANE_SPIKES = 320 };

/** What is kept of one spike. */
typedef struct lg_lane_spike {
  float t_ms;         /* upward crossing of -20 mV (Izhikevich: the reset) */
  float peak_mV;      /* maximum */
  float trough_mV;    /* minimum between this and the next spike; so far, for the last one */
  float threshold_mV; /* where dV/dt last rose above 20 mV/ms before it; NAN for the Izhikevich family */
  float width_ms;     /* time above -20 mV; NAN for the Izhikevich family */
} lg_lane_spike;

/** The current: sample k holds over [k, k+1) * dt_ms, integrated in `substeps` steps. */
typedef struct lg_lane_drive {
  const double *i_pA; /* (n) */
  size_t n;
  double dt_ms;
  unsigned substeps;
  unsigned calm; /* samples per step where the current stays and every lane is calm; 0 or 1 = never */
} lg_lane_drive;

/** Length of the next step in samples: > 1 only when all lanes are calm, the current stays and no potential is due
 * within it: `due` samples ahead. */
static inline size_t lg_lane_stride(const lg_lane_drive *drive, size_t due, size_t k, bool calm) {
  if (!calm || drive->calm < 2) return 1;
  size_t most = due;
  if (most > drive->calm) most = drive->calm;
  if (most > drive->n - k) most = drive->n - k;
  for (size_t j = 1; j < most; j++)
    if (drive->i_pA[k + j] != drive->i_pA[k]) return j;
  return most;
}

/** What comes out; spikes beyond LG_LANE_SPIKES are counted but not kept. */
typedef struct lg_lane_out {
  size_t every;  /* in: a potential is kept at samples 0, every, 2 every … */
  double *v_mV;  /* in: ((n-1)/every + 1, LG_LANES), or NULL */
  double *v0_mV; /* in: ((n-1)/every + 1) of lane 0 alone, or NULL */
  uint32_t n_spikes[LG_LANES];
  lg_lane_spike spikes[LG_LANES][LG_LANE_SPIKES];
} lg_lane_out;

/** Izhikevich 2007: std when klow = khigh. One value per lane. */
typedef struct lg_lanes_izhikevich {
  double C[LG_LANES], klow[LG_LANES], khigh[LG_LANES], vr[LG_LANES], vt[LG_LANES], a[LG_LANES], b[LG_LANES],
      c[LG_LANES], d[LG_LANES], vpeak[LG_LANES], Ishift[LG_LANES];
} lg_lanes_izhikevich;

/** Traub–Miles with Ih and slow sodium inactivation (both off at 0). Names as in the table of the model. */
typedef struct lg_lanes_tm {
  double C[LG_LANES], gNa[LG_LANES], gK[LG_LANES], gL[LG_LANES], gM[LG_LANES], ENa[LG_LANES], EK[LG_LANES],
      EL[LG_LANES], VT[LG_LANES], taumax[LG_LANES];
  double slow[LG_LANES], S_half[LG_LANES], S_slope[LG_LANES], S_tau_min[LG_LANES], S_tau_max[LG_LANES];
  double gH[LG_LANES];
} lg_lanes_tm;

/** @brief Run from the steady state of the first current, with the widest instructions of this CPU. */
void lg_lanes_run_izhikevich(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lane_out *out);
void lg_lanes_run_tm(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lane_out *out);

/** States at the start, and the builds behind the above, for the comparison test. */
typedef struct lg_lanes_start {
  double y[7][LG_LANES];
} lg_lanes_start;

typedef void (*lg_lanes_izhikevich_fn)(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lanes_start start,
                                       lg_lane_out *out);
typedef void (*lg_lanes_tm_fn)(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lanes_start start,
                               lg_lane_out *out);

lg_lanes_start lg_lanes_start_izhikevich(const lg_lanes_izhikevich *p, double i_pA);
lg_lanes_start lg_lanes_start_tm(const lg_lanes_tm *p, double i_pA);

void lg_lanes_izhikevich_plain(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lanes_start start,
                               lg_lane_out *out);
void lg_lanes_izhikevich_v3(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lanes_start start,
                            lg_lane_out *out);
void lg_lanes_izhikevich_v4(const lg_lanes_izhikevich *p, const lg_lane_drive *drive, lg_lanes_start start,
                            lg_lane_out *out);
void lg_lanes_tm_plain(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lanes_start start, lg_lane_out *out);
void lg_lanes_tm_v3(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lanes_start start, lg_lane_out *out);
void lg_lanes_tm_v4(const lg_lanes_tm *p, const lg_lane_drive *drive, lg_lanes_start start, lg_lane_out *out);

#endif
