/**
 * @file amortised.h
 * @brief Coupling and feeds in one pass of a graph network that was trained on simulated cultures.
 *
 * What it reads are the cheap estimators (segmented output error, lagged instrument, weak forms of three widths) and
 * what tells how far each can be believed: noise, events, information, blocks of frames that disagree; for the culture,
 * for every cell and for every pair of neighbours. Two rounds of messages over the borders, pooling over the cells.
 * What it says are mean and log-sd of ln k and of every gamma_i, in units of the segmented output error's own standard
 * errors, so that one network serves every scale. Intervals are widened or narrowed to hold on cultures that were kept
 * back (split conformal prediction, Lei et al. 2018, doi:10.1080/01621459.2017.1307116).
 */
#ifndef LG_CULTURE_AMORTISED_H
#define LG_CULTURE_AMORTISED_H

#include "culture/methods.h"
#include "learn/layers.h"
#include "learn/tape.h"

enum {
  CULTURE_AM_WHOLE = 24, /* numbers of a culture */
  CULTURE_AM_CELL = 18,  /* of a cell */
  CULTURE_AM_LINK = 5,   /* of a link */
  CULTURE_AM_HIDDEN = 24,
  CULTURE_AM_ROUNDS = 2,
  CULTURE_AM_LEVELS = 5, /* of intervals: 50, 68, 80, 90, 95 % */
  CULTURE_AM_RANGES = 4, /* that are compared with training: noise, k, cells, frames */
  CULTURE_AM_LEAST = 80  /* frames */
};

/** @brief The levels, and what the ranges are of. */
extern const double lg_culture_amortised_level[CULTURE_AM_LEVELS];
extern const char *const lg_culture_amortised_range[CULTURE_AM_RANGES];

/** A culture as the network sees it. */
typedef struct lg_culture_features {
  size_t n, n_inner, n_links;
  float whole[CULTURE_AM_WHOLE];
  float *cell;              /* (n, CULTURE_AM_CELL) */
  float *link;              /* (n_links, CULTURE_AM_LINK), sorted by `to` */
  int32_t *from, *to;       /* (n_links) */
  int32_t *inner, *zero;    /* (n_inner) cells; (max(n, n_inner)) zeros */
  double ln_k, sd_k;        /* segmented output error, and its standard error of ln k */
  double *gamma, *sd_gamma; /* (n_inner) */
  double in[CULTURE_AM_RANGES];
} lg_culture_features;

/**
 * @brief Look at a culture by a law.
 * @param soe options of the segmented output error @param masked (n_inner, n_times) out: its events
 * @retval LG_ERR_RANGE fewer than CULTURE_AM_LEAST frames
 */
LG_MUST_CHECK lg_status lg_culture_features_create(lg_ctx *ctx, const lg_culture_coupling *coupling,
                                                   const lg_culture_data *data, culture_law law, const culture_soe *soe,
                                                   bool *masked, lg_culture_features **out);
void lg_culture_features_destroy(lg_ctx *ctx, lg_culture_features *features);

/** @brief Memory for a culture of so many. */
LG_MUST_CHECK lg_status lg_culture_features_new(lg_ctx *ctx, size_t n, size_t n_inner, size_t n_links,
                                                lg_culture_features **out);

typedef struct culture_amortised_net {
  lg_params params;
  lg_dense whole, cell, message[CULTURE_AM_ROUNDS], update[CULTURE_AM_ROUNDS], k_hidden, k_head, feed_hidden, feed_head;
} culture_amortised_net;

LG_MUST_CHECK lg_status lg_culture_amortised_net_create(lg_ctx *ctx, culture_amortised_net *net);

/** @brief Mean and log-variance of ln k (1, 2) and of the feeds (n_inner, 2), all in standard errors. */
void lg_culture_amortised_output(lg_f32_tape *tape, const culture_amortised_net *net, const lg_culture_features *x,
                                 lg_var *k, lg_var *feeds);

/** The network with what training found; start from {0}. */
typedef struct lg_culture_amortised {
  culture_amortised_net net;
  float *theta;
  /* numbers are taken less `mean` over `sd`, and no further than 6 */
  float whole_mean[CULTURE_AM_WHOLE], whole_sd[CULTURE_AM_WHOLE], cell_mean[CULTURE_AM_CELL], cell_sd[CULTURE_AM_CELL],
      link_mean[CULTURE_AM_LINK], link_sd[CULTURE_AM_LINK];
  double reach_k[CULTURE_AM_LEVELS], reach_gamma[CULTURE_AM_LEVELS]; /* sds of an interval's half */
  double low[CULTURE_AM_RANGES], high[CULTURE_AM_RANGES];            /* of training */
} lg_culture_amortised;

void lg_culture_amortised_clear(lg_ctx *ctx, lg_culture_amortised *amortised);

/** @brief Apply mean and sd in place. */
void lg_culture_amortised_scale(const lg_culture_amortised *amortised, lg_culture_features *features);

/** What it says of a culture. */
typedef struct culture_amortised_answer {
  double k, k_low, k_high, sd_ln_k;
  double *gamma, *gamma_low, *gamma_high; /* (n_inner), of the caller */
  unsigned outside;                       /* bit q: lg_culture_amortised_range[q] lies outside of training */
  double in[CULTURE_AM_RANGES];
} culture_amortised_answer;

/**
 * @brief One pass. @param features are scaled by it @param level one of lg_culture_amortised_level
 * @retval LG_ERR_RANGE another level
 */
LG_MUST_CHECK lg_status lg_culture_amortised_ask(lg_ctx *ctx, const lg_culture_amortised *amortised,
                                                 lg_culture_features *features, double level,
                                                 culture_amortised_answer *answer);

#endif
