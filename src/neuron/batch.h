/**
 * @file batch.h
 * @brief Inside of batches: tiles of 64 neurons in structure of arrays, and the kernels that run them.
 */
#ifndef LG_NEURON_BATCH_H
#define LG_NEURON_BATCH_H

#include "base/base.h"

#include <loligo/batch.h>

/* The compiler's own limit would leave a kernel's stages as calls, with every vector in memory. */
#if defined(__GNUC__) || defined(__clang__)
#define LG_TILE_INLINE static inline __attribute__((always_inline))
#else
#define LG_TILE_INLINE static inline
#endif

enum { LG_TILE = 64, LG_TILE_MAX_ROWS = 32 };

/* Izhikevich in scaled form, x = v - vr, w = dt u / C (euler) or u / C (rk4): rows of a tile. */
enum {
  LG_BI_X = 0, /* state */
  LG_BI_W,
  LG_BI_Q,     /* euler: dt k / C; rk4: k / C */
  LG_BI_G,     /* vt - vr */
  LG_BI_A,     /* euler: dt a; rk4: a */
  LG_BI_E,     /* euler: dt b / C; rk4: b / C */
  LG_BI_PEAK,  /* vpeak - vr */
  LG_BI_RESET, /* c - vr */
  LG_BI_JUMP,  /* euler: dt d / C; rk4: d / C */
  LG_BI_SCALE, /* current per waveform, in the units of w */
  LG_BI_OFFSET,
  LG_BI_VR,
  LG_BI_COUNT, /* spikes so far */
  LG_BI_ROWS
};

/* HH52. */
enum {
  LG_BH_V = 0,
  LG_BH_M,
  LG_BH_H,
  LG_BH_N,
  LG_BH_C_DT, /* C / dt */
  LG_BH_GNA,
  LG_BH_GK,
  LG_BH_GL,
  LG_BH_ENA,
  LG_BH_EK,
  LG_BH_GLEL, /* gL EL */
  LG_BH_SCALE,
  LG_BH_OFFSET,
  LG_BH_COUNT,
  LG_BH_ROWS
};

/* TM; conductances per C (1/ms). */
enum {
  LG_BT_V = 0,
  LG_BT_M,
  LG_BT_H,
  LG_BT_N,
  LG_BT_P,
  LG_BT_GNA,
  LG_BT_GK,
  LG_BT_GM,
  LG_BT_GL,
  LG_BT_ENA,
  LG_BT_EK,
  LG_BT_GLEL,
  LG_BT_VT,
  LG_BT_PSCALE,  /* e^((VT + 35 - shift)/20) */
  LG_BT_TAU_INV, /* 1 / taumax */
  LG_BT_SCALE,
  LG_BT_OFFSET,
  LG_BT_COUNT,
  LG_BT_ROWS
};

/** One tile on its way through time. */
typedef struct lg_tile {
  double (*row)[LG_TILE];  /* rows of the kind, aligned to 64 bytes */
  float (*row32)[LG_TILE]; /* the same in single precision, NULL if not wanted */
  size_t first, n;         /* neurons [first, first + n) of the batch; lanes beyond n repeat the last one */
  size_t step0, step1;     /* steps to take */
  double dt_ms;
  const double *waveform; /* of the batch */
  const lg_batch_output *output;
  size_t n_samples; /* per neuron in output->v_mV */
} lg_tile;

typedef void (*lg_tile_fn)(lg_tile *tile);

/** Kernels of one instruction set. */
typedef struct lg_tile_kernels {
  lg_tile_fn run[LG_BATCH_KINDS];
  lg_tile_fn euler32;
} lg_tile_kernels;

extern const lg_tile_kernels lg_tile_plain, lg_tile_v3, lg_tile_v4;

/** Note a spike of a lane. count: spikes before this one. */
void lg_tile_spike(const lg_tile *tile, size_t lane, double count, double t_ms);

/** Write sample k of a lane (lanes beyond n are ignored). */
void lg_tile_sample(const lg_tile *tile, size_t lane, size_t k, double v_mV);

/** Izhikevich RK4: redo the step of a lane that reached its peak, with events, from its state before the step. */
void lg_tile_izh_event(lg_tile *tile, size_t lane, size_t step, double x, double w);

/** TM, HH52: crossing of -20 mV within a step by the cubic through both ends (slopes in mV/ms). Share of the step. */
double lg_crossing_share(double v0, double v1, double slope0, double slope1, double dt_ms);

#endif
