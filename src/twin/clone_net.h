/**
 * @file clone_net.h
 * @brief Amortised cloning: a CNN+LSTM that reads a recording and returns a mixture over the transformed parameters of
 * a family.
 *
 * Targets are y = (z - middle) / (width / sqrt 12) of the prior's box in z (unit variance under the prior).
 */
#ifndef LG_CLONE_NET_H
#define LG_CLONE_NET_H

#include "learn/encoder.h"
#include "learn/mixture.h"
#include "learn/train.h"
#include "twin/observe.h"

enum { LG_CLONE_NET_P = 9 };

typedef enum lg_net_family { LG_NET_IZHIKEVICH = 0, LG_NET_TM = 1 } lg_net_family;
typedef enum lg_net_protocol { LG_NET_CLONE1 = 0, LG_NET_STEP = 1 } lg_net_protocol;

/** What is trained and on what; read from a plan. */
typedef struct lg_net_plan {
  lg_net_family family;
  lg_net_protocol protocol;
  size_t neurons, held, batch; /* held: for early stopping and the temperature */
  double noise_low_mV, noise_high_mV;
  double dt_ms;
  bool features; /* false: V, I and t alone, as the first poster had it */
  size_t components;
  char encoder[LG_ENCODER_TEXT];
  lg_train_options train;
} lg_net_plan;

/** A network: its plan, table of parameters and layers. Weights are kept apart. */
typedef struct lg_clone_net {
  lg_net_plan plan;
  lg_params params;
  lg_encoder encoder;
  lg_dense head;
} lg_clone_net;

/** @brief Build the layers of a plan. */
LG_MUST_CHECK lg_status lg_clone_net_create(lg_ctx *ctx, const lg_net_plan *plan, lg_clone_net *net);
void lg_clone_net_clear(lg_ctx *ctx, lg_clone_net *net);

/** Simulated examples in memory. */
typedef struct lg_net_data {
  size_t n, bins;
  float *x;        /* (n, bins, LG_OBSERVE_CHANNELS) */
  float *f;        /* (n, LG_OBSERVE_FEATURES) */
  float *y;        /* (n, 9) */
  double *natural; /* (n, 9) true parameters */
} lg_net_data;

/** @brief Simulate the neurons first … first + n - 1 of the plan's population. Same bytes for any number of threads. */
LG_MUST_CHECK lg_status lg_net_data_make(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, uint64_t first, size_t n,
                                         lg_net_data *data);
void lg_net_data_clear(lg_ctx *ctx, lg_net_data *data);

/** @brief y to natural parameters of the family. */
void lg_net_to_natural(lg_net_family family, const double y[LG_CLONE_NET_P], double natural[LG_CLONE_NET_P]);

/** Held-out table of a network. */
typedef struct lg_net_table {
  size_t n;
  double r2[LG_CLONE_NET_P];          /* natural units, posterior mean against truth */
  double coverage[LG_CLONE_NET_P][4]; /* share of truths inside the central 50, 68, 90, 95 % intervals */
  double mean_r2;
} lg_net_table;

/** @brief Predict unseen neurons and compare. scale: temperature of the mixture. */
LG_MUST_CHECK lg_status lg_clone_net_table(lg_ctx *ctx, const lg_clone_net *net, const float *theta,
                                           const lg_net_data *data, double scale, lg_net_table *table);

/** @brief Train; state is kept in `<output>.state.safetensors` for exact resume, the result is written to output. */
LG_MUST_CHECK lg_status lg_clone_net_train(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, const char *output,
                                           lg_net_table *table);

#endif
