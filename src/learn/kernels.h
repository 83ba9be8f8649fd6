/**
 * @file kernels.h
 * @brief The table of kernels under the learning engine, chosen at run time by CPU.
 *
 * Three tables: "reference" (plain C, fma() of libm), "v3" (AVX2 + FMA), "v4" (AVX-512). Every element of a product
 * is one chain of fused multiply-adds in the order of k, and the transcendental functions are our own polynomials, so
 * the three tables give the same bits (tests/unit/test_learn_kernels.c compares them).
 */
#ifndef LG_LEARN_KERNELS_H
#define LG_LEARN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/** Elementwise activation functions. */
typedef enum lg_act {
  LG_ACT_NONE = 0,
  LG_ACT_RELU = 1,
  LG_ACT_TANH = 2,
  LG_ACT_SIGMOID = 3,
  LG_ACT_EXP = 4,
  LG_ACT_SOFTPLUS = 5,
  LG_ACT_SILU = 6
} lg_act;

enum { LG_MLP_LAYERS = 8, LG_MLP_WIDTH = 256 };

/** Numbers of one Adam(W) step (Loshchilov & Hutter 2019, doi:10.48550/arXiv.1711.05101). */
typedef struct lg_adam_step {
  double lr, beta1, beta2, eps;
  double decay;          /**< decoupled weight decay per unit of lr */
  double correction1;    /**< 1 - beta1^step */
  double correction2;    /**< 1 - beta2^step */
  double gradient_scale; /**< multiplies the gradient first (clipping, mean over the batch) */
} lg_adam_step;

#include "learn/real_f32.h"

#include "learn/kernels.tmpl.h"

#include "learn/real_f64.h"

#include "learn/kernels.tmpl.h"

#endif
