/**
 * @file izhikevich_fit.h
 * @brief The inner loop of the refinement: simulate with resets held at the observed spikes, with forward
 * sensitivities, and gather the normal equations of the weighted residual.
 *
 * The kernel works in scaled parameters phi = (q, g, 1/C, a, e, reset_x, jump_w, peak_x; vr) of izhikevich_step.h, in
 * which vr only shifts the course: eight sensitivities run beside each other, one lane of a vector each.
 *
 * A reset happens where the model reaches vpeak if that is inside the sample interval of the observed reset, else at
 * the border of that interval that is nearer. Between observed resets the model waits at vpeak when it comes too early.
 */
#ifndef LG_IZHIKEVICH_FIT_H
#define LG_IZHIKEVICH_FIT_H

#include "neuron/izhikevich_data.h"
#include "neuron/izhikevich_step.h"

enum {
  LG_IZH_LANES = 8,
  LG_IZH_Q = 0,
  LG_IZH_G,
  LG_IZH_INV_C,
  LG_IZH_A,
  LG_IZH_E,
  LG_IZH_RESET,
  LG_IZH_JUMP,
  LG_IZH_PEAK
};

/**
 * A bound that an observed reset sets: distance >= 0, linear in phi around the task's point. Every spike sets two: the
 * sample before lies below the peak, and the peak is reached before the sample behind.
 */
typedef struct lg_izh_wall {
  double distance;          /* mV */
  double row[LG_IZH_LANES]; /* its derivative to phi; vr does not enter */
} lg_izh_wall;

/** What the kernel is told. */
typedef struct lg_izh_fit_task {
  lg_izh_scaled s;
  double vr;
  double x0, w0;                               /* initial state */
  double sx0[LG_IZH_LANES], sw0[LG_IZH_LANES]; /* and its sensitivities to phi */
  double pull;                                 /* 1/ms towards the observed course, 0: the model itself. While > 0 the
                                                  last lane is d/dvr through the observed course, not the peak */
  double huber;                                /* residuals beyond so many sigma count linearly; INFINITY: never */
  size_t end;                                  /* use samples [0, end) */
  double eta;                                  /* of the substeps */
  lg_izh_wall *walls; /* (2 n_spikes) out: the bounds, which then cost nothing; NULL: a broken bound is a residual */
} lg_izh_fit_task;

/** What it finds: normal equations of sum weight * residual^2 in (phi, vr). The caller zeroes it before the first
 * sweep. */
typedef struct lg_izh_fit_sums {
  double normal[LG_IZH_LANES][LG_IZH_LANES]; /* sum w s s^T */
  double edge[LG_IZH_LANES];                 /* sum w s: the column of vr */
  double right[LG_IZH_LANES];                /* sum w s r */
  double weight, weight_r;                   /* sum w, sum w r: vr itself */
  double cost;                               /* with Huber */
  double chi2;                               /* sum w r^2 without Huber */
  size_t n;                                  /* samples used */
  size_t clamped;                            /* resets held at a border of their interval */
} lg_izh_fit_sums;

typedef void (*lg_izh_fit_fn)(const lg_izh_sweep *sweep, const lg_izh_fit_task *task, lg_izh_fit_sums *sums);

/** @brief The kernel of the best instruction set of this machine; all give the same bits. */
lg_izh_fit_fn lg_izh_fit_kernel(void);

void lg_izh_fit_base(const lg_izh_sweep *sweep, const lg_izh_fit_task *task, lg_izh_fit_sums *sums);
#if defined(__x86_64__)
void lg_izh_fit_v3(const lg_izh_sweep *sweep, const lg_izh_fit_task *task, lg_izh_fit_sums *sums);
void lg_izh_fit_v4(const lg_izh_sweep *sweep, const lg_izh_fit_task *task, lg_izh_fit_sums *sums);
#endif

#endif
