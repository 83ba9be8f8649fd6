/** @file identify.h @brief From traces and a graph to k, feeds, events, how sure they are, and how well they fit. */
#ifndef LG_CULTURE_IDENTIFY_H
#define LG_CULTURE_IDENTIFY_H

#include "culture/amortised.h"
#include "culture/bootstrap.h"
#include "culture/leak.h"
#include "culture/modes.h"
#include "culture/pinn.h"

typedef enum culture_method {
  CULTURE_SOE = 0,
  CULTURE_CRLSM,
  CULTURE_TIKHONOV,
  CULTURE_LSM,
  CULTURE_IV,
  CULTURE_WEAK,
  CULTURE_SHOOTING,
  CULTURE_PINN,
  CULTURE_PINN_PAPER,
  CULTURE_AMORTISED,
  CULTURE_METHODS
} culture_method;

/** @brief "soe", "crlsm", "tikhonov", "lsm", "iv", "weak", "shooting", "pinn", "pinn-paper", "amortised". */
const char *lg_culture_method_name(culture_method method);

typedef struct culture_identify {
  culture_method method;
  int law; /* culture_law; -1: the one with the smallest output errors */
  culture_soe soe;
  culture_euler euler; /* of crlsm, tikhonov, lsm */
  culture_bootstrap bootstrap;
  culture_pinn pinn;                     /* of pinn */
  culture_pinn pinn_paper;               /* of pinn-paper */
  const lg_culture_amortised *amortised; /* network of CULTURE_AMORTISED */
  size_t window;                         /* of shooting, frames; 0: all */
  bool no_events;                        /* of shooting: without the inputs that segmented output error detects */
  size_t n_train; /* frames of the training part of the table of fits; 0: 211, or 7 in 12 of fewer than 252 */
} culture_identify;

culture_identify lg_culture_identify_default(void);

/** An event: what a cell does by itself. */
typedef struct culture_event {
  uint32_t cell;    /* index into the graph */
  size_t frame;     /* the interval from it to the next holds the steepest part */
  double amplitude; /* of the trace, all frames of the event together */
} culture_event;

/** How a cell's trace is met by a free run. */
typedef struct culture_cell_fit {
  double mse_train, mse_test, nmse; /* with events as input where the method finds them */
  double mse_bare;                  /* of all frames, without them */
  double peaks_f1;                  /* NAN: no peaks in either */
  int group;                        /* 1 to 4 */
} culture_cell_fit;

enum { CULTURE_PROFILE = 41, CULTURE_WARNINGS = 16 };

/** Laws beside each other. */
typedef struct culture_law_choice {
  culture_law law, next;           /* the best and the one that comes nearest */
  double score[CULTURE_LAWS];      /* mean over the cells of half the ln of the squares left; the least is best */
  double weak_score[CULTURE_LAWS]; /* mean ln MAD of weak residuals */
  double margin;                   /* by which the best is better, in standard errors over the cells */
} culture_law_choice;

typedef struct lg_culture_result {
  culture_law law;
  culture_law_choice choice; /* where the law was chosen; otherwise all 0 */
  bool law_chosen;
  size_t n_inner, n_times;
  uint32_t *inner;                        /* (n_inner) cells */
  double k, k_low, k_high;                /* k NAN: nothing in the traces says anything of it */
  double *gamma, *gamma_low, *gamma_high; /* (n_inner); intervals NAN where the method has none */
  signed char *at_bound;                  /* (n_inner) */
  bool k_at_bound, identifiable, has_events;
  size_t n_events;
  size_t n_small_events;   /* jumps that are masked, but too small beside the events to be listed */
  double event_half_width; /* of a pulse of input, frames; deconvolve.h */
  culture_event *events;
  double *input;          /* (n_inner, n_times) per frame, in the interval that ends there */
  double *run;            /* (n_inner, n_times) free run, with events as input where the method finds them */
  double *bare;           /* (n_inner, n_times) free run without them */
  culture_cell_fit *cell; /* (n_inner) */
  size_t group[4];
  double mse_median, mse_bare_median;
  double *leak; /* (n_inner) per frame; NULL: none was asked for */
  culture_leak_study *leak_study;
  double lambda, condition, signal, noise_sd;                  /* of the regression; noise of the traces */
  double profile_k[CULTURE_PROFILE], profile[CULTURE_PROFILE]; /* squares over k, all else at its best */
  double k_lag,
      k_euler_expected; /* of crlsm, tikhonov, lsm: by a lagged instrument, and what noise makes of it there */
  size_t n_replicates;
  double *replicate_k; /* (n_replicates) of the bootstrap, ascending; NULL: the method has none */
  double masked_share;
  culture_pinn_result pinn; /* history of its training */
  unsigned outside;         /* of the amortised network's training: bits of lg_culture_amortised_range */
  size_t n_warnings;
  char warning[CULTURE_WARNINGS][200];
} lg_culture_result;

/** @param y (n_times, graph->n) */
LG_MUST_CHECK lg_status lg_culture_identify(lg_ctx *ctx, const lg_culture_graph *graph, const double *y, size_t n_times,
                                            const culture_identify *options, lg_culture_result **out);
void lg_culture_result_destroy(lg_ctx *ctx, lg_culture_result *result);

/**
 * @brief The law whose segmented output errors are smallest, cell by cell on average, on frames that no law takes for
 * an event. By weak residuals (margin 0) where events leave no stretch.
 */
LG_MUST_CHECK lg_status lg_culture_choose_law(lg_ctx *ctx, const lg_culture_graph *graph, const double *y,
                                              size_t n_times, const culture_soe *options, culture_law_choice *out);

/** @brief Peaks of a trace at least so prominent: frames, ascending. Returns how many. @param frames (n) */
size_t lg_culture_peaks(const double *x, size_t n, double prominence, size_t *frames);

/** @brief Standard deviation of white noise from third differences (MAD). @param scratch (2 n) */
double lg_culture_noise(const double *x, size_t n, double *scratch);

/** @brief Add a warning; those beyond CULTURE_WARNINGS are lost. */
void lg_culture_warn(lg_culture_result *result, const char *fmt, ...) LG_PRINTF(2, 3);

#endif
