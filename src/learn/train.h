/**
 * @file train.h
 * @brief Training: minibatches from a callback, fixed chunks in parallel, AdamW, one-cycle rate, exact resume; L-BFGS.
 *
 * The unit of parallel work is a chunk of 8 samples; chunk gradients are summed in order, so the result has the same
 * bits for any number of threads, and a run that was stopped and resumed ends in the same bits as one left alone.
 */
#ifndef LG_LEARN_TRAIN_H
#define LG_LEARN_TRAIN_H

#include "io/safetensors.h"
#include "learn/tape.h"

enum { LG_BATCH_FIELDS = 8 };

/** Which samples are asked for. */
typedef enum lg_split { LG_SPLIT_TRAIN = 0, LG_SPLIT_HELD = 1 } lg_split;

typedef enum lg_schedule {
  LG_SCHEDULE_ONE_CYCLE = 0, /**< Smith & Topin 2019: cosine up to lr over warm_fraction, cosine down (as PyTorch) */
  LG_SCHEDULE_CONSTANT = 1
} lg_schedule;

/** Options of a training; start from LG_TRAIN_OPTIONS. */
typedef struct lg_train_options {
  size_t size;
  size_t epochs;            /**< ≥ 1 */
  size_t batches_per_epoch; /**< ≥ 1 */
  size_t held_batches;      /**< batches of LG_SPLIT_HELD after every epoch; 0: none, no early stopping */
  size_t patience;          /**< stop after this many epochs without a better held loss; 0: never */
  size_t chunk;             /**< samples per chunk */
  lg_schedule schedule;
  double lr, warm_fraction, start_divisor, end_divisor; /**< one-cycle: lr/start → lr → lr/start/end */
  double beta1, beta2, eps, decay;
  double clip_norm;    /**< gradient norm above which it is scaled down; 0: off */
  uint64_t seed;       /**< start values */
  double save_seconds; /**< call `save` about this often; 0: only at the end and when cancelled */
} lg_train_options;

#define LG_TRAIN_OPTIONS                                                                                               \
  {                                                                                                                    \
    .size = sizeof(lg_train_options), .epochs = 10, .batches_per_epoch = 100, .chunk = 8, .lr = 1e-3,                  \
    .warm_fraction = 0.3, .start_divisor = 25, .end_divisor = 1e4, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8,          \
    .decay = 0.01, .clip_norm = 1.0, .save_seconds = 60                                                                \
  }

/** What happened in one epoch. */
typedef struct lg_epoch {
  double train_loss, held_loss, lr; /**< held_loss NaN without held batches; lr at the end of the epoch */
} lg_epoch;

/** @brief Log one line of an epoch, which is counted from 0: what the callback of an epoch says at least. */
void lg_log_epoch(lg_ctx *ctx, size_t epoch, const lg_epoch *result);

/** @brief Learning rate of step `step` (0 …) of `total`. */
double lg_learning_rate(const lg_train_options *options, size_t step, size_t total);

#include "learn/real_f32.h"

#include "learn/train.tmpl.h"

#include "learn/real_f64.h"

#include "learn/train.tmpl.h"

#endif
