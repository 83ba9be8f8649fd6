/**
 * @file pinn.h
 * @brief A physics-informed network for k and the feeds: one that works, and the one that was printed.
 *
 * The printed one (Poggi et al. 2025) is a small tanh network of time, trained on traces that were interpolated ten
 * times, with squares for both losses: it is too smooth for what neighbours do to each other, and events, which the law
 * cannot explain, outweigh the rest and drive k to 0. The robust one has sines and cosines as inputs, scales both
 * losses by the median absolute deviations of their residuals, and forgives the law's large residuals (Student's t).
 *
 * A scale that follows its own residuals alone runs away: a network that bends to the noise makes the data's scale
 * smaller and bends more; a quiet cell that obeys the law makes the law's scale smaller till it alone decides k. So the
 * data's scale is never below the noise of the trace, and the law's never below what a dozen frames (the shortest
 * stretch that segmented output error uses) can tell of a slope: noise sqrt(12/12^3) = noise/12. A t of two degrees of
 * freedom is 3/2 log(1 + u^2/2) a point and there are two points a frame: the law's mean weighs 3 where the data's
 * weighs 1.
 */
#ifndef LG_CULTURE_PINN_H
#define LG_CULTURE_PINN_H

#include "culture/graph.h"
#include "culture/panel.h"

enum { CULTURE_PINN_LAYERS = 8, CULTURE_PINN_WIDTH = 1024, CULTURE_PINN_FREQUENCIES = 512 };

/** One line of the history of a training. */
typedef struct culture_pinn_row {
  double step, data, law, k; /* losses before the step; the law's without its ramp */
} culture_pinn_row;

/** What a training needs to go on exactly. All pointers are into the training: a save reads them, a load fills them. */
typedef struct culture_pinn_state {
  size_t n_params, n_cells, n_history; /* n_history: most rows */
  float *theta, *m, *v;                /* (n_params) */
  double *cells;                       /* (3, 1 + n_cells): log k or k and gamma; their Adam moments */
  double *scales;                      /* (2, n_cells) sigma and tau */
  culture_pinn_row *history;           /* (n_history) */
  double *sums;                        /* (3) of the epoch */
  int64_t *position;                   /* (2) steps done, rows of history */
  uint64_t digest;                     /* of options and data: must agree */
} culture_pinn_state;

/** @brief Called every few steps; `last`: the training is being stopped, save now or never. */
typedef lg_status (*culture_pinn_save_fn)(void *user, lg_ctx *ctx, const culture_pinn_state *state, bool last);
/** @brief Called once before the first step; leaves the state alone where there is nothing to go on from. */
typedef lg_status (*culture_pinn_load_fn)(void *user, lg_ctx *ctx, const culture_pinn_state *state);

typedef struct culture_pinn {
  bool printed;         /* squares, k itself, no scales, one rate for all */
  size_t steps;         /* with all points each; printed: epochs of batches */
  size_t batch;         /* printed: points of a step */
  unsigned finer;       /* points per frame */
  size_t n_points;      /* the first so many; 0: all */
  unsigned frequencies; /* log-spaced from 1/(2 T) to `highest`, a sine and a cosine each; 0: time itself in [-1, 1] */
  double highest;       /* cycles per frame */
  unsigned n_hidden;
  unsigned width[CULTURE_PINN_LAYERS];
  double k_start;
  double rate, rate_k, rate_gamma; /* of Adam; not printed: times half a cosine */
  double ramp_first, ramp_last;    /* steps between which the law's loss grows from 0 to all */
  double law_weight;               /* of the law's mean loss against the data's; not printed */
  double slope_noise;              /* the least scale of slopes, in sds of the trace's noise per frame; not printed */
  size_t refresh;                  /* steps between new scales */
  size_t every;                    /* steps (printed: epochs) between rows of the history */
  uint64_t seed;
  culture_pinn_save_fn save; /* or NULL */
  culture_pinn_load_fn load;
  void *user;
} culture_pinn;

/** @brief 96 frequencies to 0.22, layers 64 64 64 256, 2500 steps, points twice a frame, weights as above. */
culture_pinn lg_culture_pinn_default(void);
/** @brief As printed: 4 x 32, Adam 1e-3, batches of 80 points, 500 epochs on 2110 points ten times as fine as frames.
 */
culture_pinn lg_culture_pinn_paper(void);

/** What a training leaves. */
typedef struct culture_pinn_result {
  size_t n_history;
  culture_pinn_row *history; /* free with lg_free */
  size_t n_params;
} culture_pinn_result;

/**
 * @brief Train; fit has k and gamma.
 *
 * The same bits for any number of threads, and for a run that was stopped and resumed.
 * @retval LG_ERR_CANCELLED saved, if there is a save
 * @retval LG_ERR_NUMERICAL the training left the finite numbers
 */
LG_MUST_CHECK lg_status lg_culture_fit_pinn(lg_ctx *ctx, const lg_culture_coupling *coupling,
                                            const lg_culture_data *data, const culture_pinn *options, culture_fit *fit,
                                            culture_pinn_result *result);

#endif
