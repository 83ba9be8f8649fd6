/** @file culture_validate_internal.h @brief Parts of the comparison of the culture room with truth and references. */
#ifndef LG_TWIN_CULTURE_VALIDATE_INTERNAL_H
#define LG_TWIN_CULTURE_VALIDATE_INTERNAL_H

#include "culture/identify.h"
#include "io/json_read.h"
#include "twin/culture_movie.h"
#include "twin/culture_validate.h"

enum {
  CULTURE_ROW_STAGES = 1,
  CULTURE_ROW_REGRESSION,
  CULTURE_ROW_LSQ,
  CULTURE_ROW_WATERSHED,
  CULTURE_ROW_NETWORK,
  CULTURE_ROW_REAL,
  CULTURE_ROW_TRACES,
  CULTURE_ROW_OWN_MASKS,
  CULTURE_ROW_TRUE_MASKS,
  CULTURE_ROW_PINN,
  CULTURE_ROW_PAPER,
  CULTURE_ROW_INTERVALS,
  CULTURE_ROW_SPEED,
  CULTURE_ROW_LEARNED,
  CULTURE_ROW_AMORTISED,
  CULTURE_ROWS = CULTURE_ROW_AMORTISED
};

typedef struct culture_check {
  lg_ctx *ctx;
  const culture_validation *what;
} culture_check;

bool lg_culture_check_wants(const culture_check *c, int row);
/** @brief A figure that must stay below a limit; NAN: nothing is asked of it. */
void lg_culture_check_most(const culture_check *c, int row, const char *what, double value, const char *unit,
                           double most);
/** @brief A figure that must reach a limit. */
void lg_culture_check_least(const culture_check *c, int row, const char *what, double value, const char *unit,
                            double least);
/** @brief A value beside a true one; the deviation in % must stay below a limit. */
void lg_culture_check_apart(const culture_check *c, int row, const char *what, double value, double truth,
                            const char *unit, double most_pct);
/** @brief Something to know that nothing is asked of. */
void lg_culture_check_note(const culture_check *c, int row, const char *what, double value, const char *unit);
/** @brief folder/(printf of the name) into path (4096 bytes). */
LG_MUST_CHECK lg_status lg_culture_check_path(const culture_check *c, char *path, const char *fmt, ...) LG_PRINTF(3, 4);
/** @brief Whether a file of the folder is there. */
bool lg_culture_check_has(const culture_check *c, const char *fmt, ...) LG_PRINTF(2, 3);

/** @brief STEM_SET.json of the folder. */
LG_MUST_CHECK lg_status lg_culture_check_json(const culture_check *c, const char *stem, lg_json_doc **doc);

/** @brief Nested arrays of numbers under a key, flattened; free with lg_free. */
LG_MUST_CHECK lg_status lg_culture_check_numbers(const culture_check *c, const lg_json_at *at, const char *key,
                                                 double **x, size_t *n);

/** One set of traces with its truth. */
typedef struct culture_set {
  lg_culture_graph *graph;
  double *y, *gamma, k; /* (n_times, graph->n), (graph->n) */
  size_t n_times;
  culture_law law;
} culture_set;
/** @brief Set `number` (1 …) of the folder. */
LG_MUST_CHECK lg_status lg_culture_set_load(const culture_check *c, int number, culture_set *out);
void lg_culture_set_clear(lg_ctx *ctx, culture_set *set);

/** The truth of a movie. */
typedef struct culture_film_truth {
  size_t n, n_times, n_events;
  uint32_t *id;
  double *cy, *cx, *gamma; /* (n) */
  bool *is_border;
  double *latent;     /* (n_times, n) */
  double *event_cell; /* index, (n_events) */
  double *event_frame;
  double k;
  culture_law law;
} culture_film_truth;
LG_MUST_CHECK lg_status lg_culture_film_truth_load(const culture_check *c, culture_film_truth *out);
void lg_culture_film_truth_clear(lg_ctx *ctx, culture_film_truth *truth);

/** How an identification agrees with it. */
typedef struct culture_film_score {
  double gamma_r2;      /* of the effective feed: true feed times the traces' scale, and what static offsets add */
  double event_f1;      /* within two frames */
  double gamma_covered; /* share of effective feeds within their interval */
} culture_film_score;
/** @brief Cells are matched by their centroids. @param y (truth->n_times, graph->n) */
LG_MUST_CHECK lg_status lg_culture_score_film(lg_ctx *ctx, const culture_film_truth *truth,
                                              const lg_culture_graph *graph, const double *y,
                                              const lg_culture_result *result, culture_film_score *out);

/** A movie through all stages by given masks. */
typedef struct culture_film_run {
  lg_culture_graph *graph;
  double *y;
  lg_culture_result *result;
} culture_film_run;
LG_MUST_CHECK lg_status lg_culture_film_identify(lg_ctx *ctx, const lg_culture_film *film,
                                                 const lg_culture_masks *masks, const culture_identify *options,
                                                 culture_film_run *out);
void lg_culture_film_run_clear(lg_ctx *ctx, culture_film_run *run);
/** @brief The set's movie, through its stages. */
LG_MUST_CHECK lg_status lg_culture_check_film(const culture_check *c, lg_culture_film **out);

/** @brief The same with the true masks. */
LG_MUST_CHECK lg_status lg_culture_check_masked_film(const culture_check *c, lg_culture_film **film,
                                                     lg_culture_masks **masks);

/** @brief Seconds of processor time since the program began. */
double lg_culture_seconds(void);

LG_MUST_CHECK lg_status lg_culture_validate_stages(const culture_check *c);     /* 1 */
LG_MUST_CHECK lg_status lg_culture_validate_regression(const culture_check *c); /* 2 */
LG_MUST_CHECK lg_status lg_culture_validate_lsq(const culture_check *c);        /* 3 */
LG_MUST_CHECK lg_status lg_culture_validate_watershed(const culture_check *c);  /* 4 */
LG_MUST_CHECK lg_status lg_culture_validate_network(const culture_check *c);    /* 5 */
LG_MUST_CHECK lg_status lg_culture_validate_real(const culture_check *c);       /* 6 */
LG_MUST_CHECK lg_status lg_culture_validate_traces(const culture_check *c);     /* 7 */
LG_MUST_CHECK lg_status lg_culture_validate_own(const culture_check *c);        /* 8 */
LG_MUST_CHECK lg_status lg_culture_validate_true(const culture_check *c);       /* 9 */
LG_MUST_CHECK lg_status lg_culture_validate_pinn(const culture_check *c);       /* 10 */
LG_MUST_CHECK lg_status lg_culture_validate_paper(const culture_check *c);      /* 11 */
LG_MUST_CHECK lg_status lg_culture_validate_intervals(const culture_check *c);  /* 12 */
LG_MUST_CHECK lg_status lg_culture_validate_speed(const culture_check *c);      /* 13 */
LG_MUST_CHECK lg_status lg_culture_validate_learned(const culture_check *c);    /* 14 */
LG_MUST_CHECK lg_status lg_culture_validate_amortised(const culture_check *c);  /* 15 */

#endif
