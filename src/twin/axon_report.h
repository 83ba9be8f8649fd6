/** @file axon_report.h @brief Axons under strain as figures and a page: outputs over strain and rate, networks beside
 * the mechanics. */
#ifndef LG_TWIN_AXON_REPORT_H
#define LG_TWIN_AXON_REPORT_H

#include "axon/ramps.h"
#include "twin/axon_learn.h"
#include "twin/report_folder.h"

/** Outputs over a plane of strain (evenly spaced) and rate (its logarithm evenly spaced). */
typedef struct axon_plane {
  size_t n_strains, n_rates, n_axons;
  double *strain, *rate_per_s;
  double *median;     /* (n_rates, n_strains, AXON_RAMP_OUTPUTS) over the axons */
  double *low, *high; /* the same, 5 and 95 % of the axons; NULL for one */
  size_t n_failed;    /* runs */
  bool is_default;    /* constants of the male axon: published points and thresholds belong to them */
} axon_plane;

/** Predictions and outcomes of the same profiles, matched by name. */
typedef struct axon_pairs {
  size_t n, n_alone, n_failed; /* matched; names that only one table has; outcomes that are no number */
  axon_prediction *predicted;  /* (n) sd NAN; in_range true where the table does not say */
  double *direct;              /* (n, AXON_PREDICTED) */
  axon_score all, inside;      /* of all, and of those in range */
  size_t n_inside;
} axon_pairs;

/** What a page shows; all borrowed, either may be NULL. */
typedef struct axon_view {
  const char *title;
  const axon_params *params;
  const axon_plane *grid;
  const axon_pairs *pairs;
  lg_provenance *provenance;
  const char *provenance_json; /* set by lg_axon_report() */
} axon_view;

/**
 * @brief Simulate a plane.
 * @param axons (n_axons)
 * @param strain_low, strain_high, n_strains evenly spaced; rates likewise by their logarithm
 */
LG_MUST_CHECK lg_status lg_axon_plane_create(lg_ctx *ctx, const lg_axon *const *axons, size_t n_axons,
                                             const double strain[2], size_t n_strains, const double rate_per_s[2],
                                             size_t n_rates, axon_plane **out);
void lg_axon_plane_destroy(lg_ctx *ctx, axon_plane *grid);

/** @brief strain,rate_per_s,mt,axl,tau_pct,nf_pct; of several axons medians, and …_q05, …_q95 behind each. */
LG_MUST_CHECK lg_status lg_axon_plane_write(lg_ctx *ctx, const char *path, const axon_plane *grid,
                                            lg_provenance *provenance);

/**
 * @brief Match two tables by name: outcomes of `loligo axon simulate`, predictions of `loligo axon predict`.
 * @retval LG_ERR_FORMAT a column is missing, a name twice, no name is in both
 */
LG_MUST_CHECK lg_status lg_axon_pairs_load(lg_ctx *ctx, const char *direct, const char *predicted, axon_pairs **out);
void lg_axon_pairs_destroy(lg_ctx *ctx, axon_pairs *pairs);

enum { AXON_FIGURE_GRID = 0, AXON_FIGURE_SCATTER, AXON_FIGURES };
/** @brief The figures of a view. */
void lg_axon_pictures(const axon_view *view, lg_picture pictures[AXON_FIGURES]);
/** @brief What a figure shows, in words. */
void lg_axon_words(const axon_view *view, size_t which, char *text, size_t bytes);

/** @brief Write report.html and its figures (SVG, PNG) into a folder that is there. */
LG_MUST_CHECK lg_status lg_axon_report(lg_ctx *ctx, const char *folder, axon_view *view);

#endif
