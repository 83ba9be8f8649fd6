/** @file culture_amortised.h @brief The amortised network of the culture room: trained on simulated traces, kept as
 * safetensors. */
#ifndef LG_CULTURE_AMORTISED_FILE_H
#define LG_CULTURE_AMORTISED_FILE_H

#include "culture/amortised.h"
#include "culture/simulate.h"

/** From where to where a number of the simulated cultures is drawn. */
typedef struct culture_am_span {
  double low, high;
} culture_am_span;

/** How to train. Cultures are traces only: cells, borders, calcium, white noise, static offsets of the cells. */
typedef struct culture_amortised_plan {
  size_t train, held, calibrate, test; /* cultures: to learn, to stop by, to set intervals by, to judge */
  size_t epochs, batch;
  double lr;
  culture_am_span noise, k, cells, frames; /* log-uniform; outside of them an answer is flagged */
  uint64_t seed;
} culture_amortised_plan;

culture_amortised_plan lg_culture_amortised_plan_default(void);

/** What it is worth on cultures that it has never seen; the same for segmented output error with its bootstrap. */
typedef struct culture_amortised_table {
  size_t n, feeds;
  double cover_k[CULTURE_AM_LEVELS], cover_gamma[CULTURE_AM_LEVELS]; /* shares that the intervals hold */
  double half_k, half_gamma;           /* median half-width of 90 % intervals: of k over it, of gamma per frame */
  double error_k, error_gamma;         /* median |error|: of k over it, of gamma per frame */
  double soe_cover_k, soe_cover_gamma; /* 90 %, 400 replicates of time blocks */
  double soe_half_k, soe_half_gamma, soe_error_k, soe_error_gamma;
  double features_s, network_s, soe_s; /* CPU seconds for a culture: reading it, the network, fit with bootstrap */
} culture_amortised_table;

/** @brief Train, calibrate, judge and write; resumes from files beside it (path.sets-…, path.state). */
LG_MUST_CHECK lg_status lg_culture_amortised_train(lg_ctx *ctx, const culture_amortised_plan *plan, const char *path,
                                                   culture_amortised_table *table);

LG_MUST_CHECK lg_status lg_culture_amortised_load(lg_ctx *ctx, const char *path, lg_culture_amortised *out);

/** A simulated culture of the plan, with what the network is to say of it. */
typedef struct lg_culture_am_set {
  lg_culture_features *x;
  double ln_k, *gamma; /* (x->n_inner) effective feeds */
  /* the same by segmented output error with its bootstrap, where that is asked for */
  double soe_k, soe_k_low, soe_k_high, *soe_gamma, *soe_gamma_low, *soe_gamma_high;
  double features_s, soe_s;
} lg_culture_am_set;

/** @brief Make culture `index` of a stream of the plan. @param compare also fit with bootstrap */
LG_MUST_CHECK lg_status lg_culture_am_set_make(lg_ctx *ctx, const culture_amortised_plan *plan, uint64_t stream,
                                               size_t index, bool compare, lg_culture_am_set *out);
void lg_culture_am_set_clear(lg_ctx *ctx, lg_culture_am_set *set);

/** @brief Judge a network on fresh cultures of a stream. */
LG_MUST_CHECK lg_status lg_culture_amortised_judge(lg_ctx *ctx, const culture_amortised_plan *plan,
                                                   const lg_culture_amortised *amortised, uint64_t stream, size_t n,
                                                   culture_amortised_table *table);

#endif
