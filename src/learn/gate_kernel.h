/**
 * @file gate_kernel.h
 * @brief What gates of a network need beside its layers, over blocks of rows: features, rates, the exponential step.
 *
 * One text (gate_kernel.tmpl.h) compiled plain and for AVX2 and AVX-512; the three give the same bits.
 */
#ifndef LG_LEARN_GATE_KERNEL_H
#define LG_LEARN_GATE_KERNEL_H

#include "learn/gate_net.h"

enum { LG_GATE_BLOCK = 256 };

typedef struct lg_gate_kernel {
  const char *name;
  /** x (n_features, LG_GATE_BLOCK) of gates (n_gates, stride), u (n), udot (n); n <= LG_GATE_BLOCK. */
  void (*features)(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, const double *u,
                   const double *udot, float *x);
  /** Rates (n) per second of what the network gives (n): exp(clip(scale y)). */
  void (*rates)(size_t n, float scale, const double range[2], const float *y, double *rate);
  /** How many of x (n) lie outside low … high; NaN do not. */
  size_t (*outside)(size_t n, const double *x, double low, double high);
  /** See lg_gate_relax(). */
  void (*relax)(size_t n, double h, const double *opening, const double *closing, double *x, double *middle);
} lg_gate_kernel;

/** @brief Table i (0 plain, 1 v3, 2 v4), or NULL when this CPU or this build cannot run it. */
const lg_gate_kernel *lg_gate_kernel_get(unsigned i);
/** @brief The fastest that this CPU runs. */
const lg_gate_kernel *lg_gate_kernel_best(void);

extern const lg_gate_kernel lg_gate_kernel_plain, lg_gate_kernel_v3, lg_gate_kernel_v4;

#endif
