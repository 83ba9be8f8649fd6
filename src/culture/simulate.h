/**
 * @file simulate.h
 * @brief Monolayers whose truth is known: cells, their calcium, and the movie that a microscope makes of it.
 *
 * Cells are relaxed Voronoi regions of a warped plane; interior cells follow the coupling, their feed and pulses of
 * their own, border cells prescribed signals (Ornstein-Uhlenbeck with transients). Optics: offset + Poisson(vignetting
 * texture load exp(S y + O), blurred) + read noise + hot pixels, 16 bits.
 */
#ifndef LG_CULTURE_SIMULATE_H
#define LG_CULTURE_SIMULATE_H

#include "culture/mask_graph.h"

/** Names in files are those of the members. */
typedef struct culture_simulation {
  uint64_t seed;
  size_t size, ncell, frames; /* px a side, cells, frames */
  culture_law law;
  double k;                   /* per frame */
  double saturation;          /* coupling passes S tanh((y_j - y_i)/S) instead of y_j - y_i; 0: linear */
  double gscale, gzero;       /* feed: gamma(1.5) times gscale per frame; a share of gzero has none */
  double ev_border, ev_inner; /* events per cell and frame */
  double ou_sd, ou_tau;       /* of border signals; frames */
  double warp;                /* px */
  double S, O, offset, read, vign, load_sd, border_dim, psf, drift; /* optics */
  size_t hot;                                                       /* hot pixels */
  double hot_rate;                                                  /* cosmic hits per pixel and frame */
  double trace_sd; /* white noise of the traces where no movie is made */
} culture_simulation;

culture_simulation lg_culture_simulation_default(void);

typedef struct culture_true_event {
  uint32_t cell; /* index */
  double frame, amplitude;
  bool inner;
} culture_true_event;

typedef struct lg_culture_truth {
  lg_culture_masks *masks;
  lg_culture_graph *graph;
  size_t n_times;
  double *latent; /* (n_times, graph->n) */
  double *gamma;  /* (graph->n) */
  double *load;   /* (graph->n) */
  size_t n_events;
  culture_true_event *events;
} lg_culture_truth;

/** @brief Cells and their calcium. */
LG_MUST_CHECK lg_status lg_culture_simulate(lg_ctx *ctx, const culture_simulation *s, lg_culture_truth **out);
void lg_culture_truth_destroy(lg_ctx *ctx, lg_culture_truth *truth);

/** @brief The movie of it; frames [first, first + n). @param out n_frames, height, width and counts are set */
LG_MUST_CHECK lg_status lg_culture_film_truth(lg_ctx *ctx, const culture_simulation *s, const lg_culture_truth *truth,
                                              lg_culture_movie **out);

/** @brief Noisy traces without a movie. @param y (n_times, graph->n) */
void lg_culture_noisy_traces(const culture_simulation *s, const lg_culture_truth *truth, double *y);

/** @brief Labels of a monolayer alone. */
LG_MUST_CHECK lg_status lg_culture_simulate_masks(lg_ctx *ctx, const culture_simulation *s, lg_culture_masks **out);

#endif
