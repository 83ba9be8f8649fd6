/**
 * @file batch_full.h
 * @brief Inside of batches of tm neurons with every current: tiles of neurons that have the same optional states.
 */
#ifndef LG_NEURON_BATCH_FULL_H
#define LG_NEURON_BATCH_FULL_H

#include "neuron/batch.h"
#include "neuron/plan.h"

/** What a neuron has beyond the five states; neurons of a tile have the same. */
enum {
  LG_FULL_NAP = 1, /* evaluated in every stage */
  LG_FULL_A = 2,
  LG_FULL_CAT = 4,
  LG_FULL_CAL = 8,
  LG_FULL_STAGE = 15,
  LG_FULL_SK = 16, /* once a step */
  LG_FULL_H = 32,
  LG_FULL_S = 64,
  LG_FULL_B1 = 128,
  LG_FULL_B2 = 256,
  LG_FULL_ONE_SITE = 512 /* only with B1 and B2 */
};

/** Rows of a tile; conductances per C (1/ms). Optional rows are 0 where not used. */
enum {
  LG_FR_V = 0, /* states; the slow ones half a step ahead */
  LG_FR_M,
  LG_FR_H,
  LG_FR_N,
  LG_FR_P,
  LG_FR_A,
  LG_FR_B,
  LG_FR_U,
  LG_FR_CA,
  LG_FR_R,
  LG_FR_S,
  LG_FR_B1,
  LG_FR_B2,
  LG_FR_GNA, /* base */
  LG_FR_GK,
  LG_FR_GM,
  LG_FR_GL,
  LG_FR_ENA,
  LG_FR_EK,
  LG_FR_GLEL,
  LG_FR_VT,
  LG_FR_AH,     /* .128 e^((17 + h_shift)/18) */
  LG_FR_BH,     /* e^((40 + h_shift)/5) */
  LG_FR_PSCALE, /* e^((VT + 35 - p_shift)/20) */
  LG_FR_P_RATE, /* 1 / taumax */
  LG_FR_Q,      /* rate_scale */
  LG_FR_SCALE,
  LG_FR_OFFSET,
  LG_FR_GNAP, /* in stages */
  LG_FR_NAP_HALF,
  LG_FR_NAP_SLOPE, /* inverse, as all slopes here */
  LG_FR_GA,
  LG_FR_A_HALF,
  LG_FR_A_SLOPE,
  LG_FR_GCAT,
  LG_FR_CAT_SHIFT,
  LG_FR_GCAL,
  LG_FR_ECA,
  LG_FR_B_HALF, /* once a step */
  LG_FR_B_SLOPE,
  LG_FR_B_RATE, /* q / tau */
  LG_FR_GSK,
  LG_FR_SK_INV,  /* 1 / K */
  LG_FR_CA_PULL, /* tau gain C: uM per (pA/pF) */
  LG_FR_CA_REST,
  LG_FR_CA_RATE,
  LG_FR_GH,
  LG_FR_EH,
  LG_FR_R_HALF,
  LG_FR_R_SLOPE,
  LG_FR_R_TAU_MIN,
  LG_FR_R_TAU_GAP,
  LG_FR_SHARE,
  LG_FR_S_HALF,
  LG_FR_S_SLOPE,
  LG_FR_S_TAU_MIN,
  LG_FR_S_TAU_GAP,
  LG_FR_B1_ON, /* kon D */
  LG_FR_B1_OFF,
  LG_FR_B1_RATIO, /* K_I / K_R */
  LG_FR_B1_SLOW,  /* 0 or 1 */
  LG_FR_B2_ON,    /* in the order of the first's */
  LG_FR_B2_OFF,
  LG_FR_B2_RATIO,
  LG_FR_B2_SLOW,
  LG_FR_ROWS
};

enum { LG_FULL_QUEUE = 32 }; /* crossings of a lane between two looks at their peaks */

/** One tile on its way through time. */
typedef struct lg_full_tile {
  _Alignas(64) double row[LG_FR_ROWS][LG_TILE];
  _Alignas(64) float row32[LG_FR_ROWS][LG_TILE]; /* what runs in single precision, with what rounding left */
  _Alignas(64) float carry32[LG_FR_GNA][LG_TILE];
  bool single;
  unsigned flags;
  size_t n;               /* lanes in use; those beyond hold copies and are not looked at */
  size_t neuron[LG_TILE]; /* their places in the batch */
  size_t step0, step1;    /* steps to take */
  double dt_ms;
  const double *waveform; /* of the batch */
  const lg_batch_options *options;
  const lg_batch_output *output;
  size_t n_samples;
  size_t n_stopped;
  uint32_t count[LG_TILE];   /* spikes so far */
  size_t stop_step[LG_TILE]; /* steps taken when the lane stopped; SIZE_MAX: it runs */
  double stop_v[LG_TILE];
  /* the last steps of all lanes, for peaks and shapes; NULL: not wanted */
  double (*ring)[LG_TILE]; /* (ring_mask + 1) potential at the start of step k in row k & ring_mask */
  float (*ring32)[LG_TILE];
  size_t ring_mask;
  uint32_t n_queue[LG_TILE];
  size_t queue[LG_TILE][LG_FULL_QUEUE]; /* first steps at or above the level whose peaks are not known yet */
  size_t first_cross[LG_TILE];          /* the spike of the shape; SIZE_MAX: not yet */
  unsigned char shaped[LG_TILE];
  double *scratch; /* (ring_mask + 1) */
  /* windows */
  size_t n_active;
  size_t active[LG_BATCH_MAX_WINDOWS]; /* those that hold over [step0, step1) */
  _Alignas(64) double sum[LG_BATCH_MAX_WINDOWS][LG_TILE];
  _Alignas(64) double low[LG_BATCH_MAX_WINDOWS][LG_TILE];
  _Alignas(64) double high[LG_BATCH_MAX_WINDOWS][LG_TILE];
  _Alignas(64) float sum32[LG_BATCH_MAX_WINDOWS][LG_TILE]; /* of the present stretch only */
  _Alignas(64) float low32[LG_BATCH_MAX_WINDOWS][LG_TILE];
  _Alignas(64) float high32[LG_BATCH_MAX_WINDOWS][LG_TILE];
  uint32_t window_spikes[LG_BATCH_MAX_WINDOWS][LG_TILE];
} lg_full_tile;

typedef void (*lg_full_fn)(lg_full_tile *tile);

static inline double lg_full_v(const lg_full_tile *tile, size_t lane) {
  return tile->single ? (double)tile->row32[LG_FR_V][lane] : tile->row[LG_FR_V][lane];
}

/** Kernels of one instruction set: without and with currents in the stages. */
typedef struct lg_full_kernels {
  lg_full_fn base, any, base32, any32;
} lg_full_kernels;

extern const lg_full_kernels lg_full_plain, lg_full_v3, lg_full_v4;

/** Note that a lane crossed -20 mV in step k, after `share` of it; v_mV: at its end. */
void lg_full_crossing(lg_full_tile *tile, size_t lane, size_t k, double share, double v_mV);

/** Take a new tile's neurons: rows, starts; marks those without a resting potential as failed. */
bool lg_full_fill(lg_full_tile *tile, size_t lane, const lg_neuron *neuron, const lg_neuron *before, double scale,
                  double offset);

/** The optional states and currents of a neuron. */
unsigned lg_full_flags(const lg_neuron *neuron);

/** Peaks that are there by now, and shapes; at_end: take what there is. */
void lg_full_measure(lg_full_tile *tile, size_t lane, bool at_end);

/** Run a batch of kind TM_FULL, already checked. */
LG_MUST_CHECK lg_status lg_full_run(lg_ctx *ctx, const lg_neuron *neurons, const lg_batch_input *input,
                                    const lg_batch_options *options, const lg_batch_output *output,
                                    const lg_full_kernels *kernels);

#endif
