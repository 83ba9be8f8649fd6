/**
 * @file drug_learn.h
 * @brief The effect of a drug learned from pairs: spike counts of real cells before and after it, at several currents.
 *
 * Few cells are ever recorded, so the model is small: after(I) = (1 - gain) before(I - shift), both times a Hill gate
 * of the dose that is 0 without drug and 1 at the dose of the pairs. One gain and one shift for the population, found
 * by a loss that a single odd cell cannot bend (Cauchy over cells) with a weak prior at "no effect"; cells differ
 * around it, which makes the predictive intervals. What it is worth is said by predicting cells, and groups of cells,
 * that were left out.
 */
#ifndef LG_DRUG_LEARN_H
#define LG_DRUG_LEARN_H

#include "base/base.h"
#include "data/provenance.h"

enum { LG_PAIR_WORDS = 48 };

/** A cell: counts at currents, in ascending order; NAN where one of the two was not recorded. */
typedef struct lg_pair {
  char cell[LG_PAIR_WORDS], group[LG_PAIR_WORDS];
  size_t n;
  double *i_pA, *before, *after; /* (n), owned by the table */
  bool has_after;
} lg_pair;

typedef struct lg_pairs {
  size_t n;
  lg_pair *cells;
  char before_state[LG_PAIR_WORDS], after_state[LG_PAIR_WORDS];
} lg_pairs;

/**
 * @brief Read pairs: a CSV with a row per cell, state and current.
 *
 * Columns by name: the cell (`letter`, `cell`), the `state`, the current in pA (`current_injection`, `current_pA`,
 * `I_pA`), the count (`no_of_APs`, `n_spikes`, `count`) and, if there is one, the group (`treatment`, `group`). Other
 * columns are ignored. Without a column `state` every row is of before.
 * @param before name of the state before; NULL: "Baseline", "before", "control" or "pre"
 * @retval LG_ERR_FORMAT a column is missing, a cell is no number, a current is there twice: file and line are named
 */
LG_MUST_CHECK lg_status lg_pairs_read(lg_ctx *ctx, const char *path, const char *before, lg_pairs **out);
LG_MUST_CHECK lg_status lg_pairs_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                       const char *before, lg_pairs **out);
void lg_pairs_destroy(lg_ctx *ctx, lg_pairs *pairs);

/** Which of the two numbers is free. */
typedef enum lg_effect_form { LG_EFFECT_GAIN = 0, LG_EFFECT_SHIFT, LG_EFFECT_BOTH, LG_EFFECT_FORMS } lg_effect_form;
const char *lg_effect_form_name(lg_effect_form form);

typedef struct lg_effect {
  char name[LG_PAIR_WORDS];
  lg_effect_form form;
  double gain, shift_pA;              /* at the dose of the pairs */
  double gain_ci95[2], shift_ci95[2]; /* bootstrap over cells */
  double gain_sd;                     /* between cells */
  double count_sd;                    /* of a count around its cell's curve */
  double share_reduced;               /* of cells, that fire less under the drug (normal, gain and gain_sd) */
  double dose_uM, K_uM, hill;         /* the Hill gate is 1 at dose_uM */
  double low_pA, high_pA, most_count; /* range of the training cells */
  size_t n_cells;
} lg_effect;

/** How to learn. */
typedef struct lg_effect_options {
  lg_effect_form form;
  double dose_uM, K_uM, hill;
  uint64_t seed;
  size_t bootstraps; /* 0: no intervals */
} lg_effect_options;

#define LG_EFFECT_OPTIONS_INIT                                                                                         \
  { .form = LG_EFFECT_GAIN, .dose_uM = 0.5, .K_uM = 0.5, .hill = 1.0, .seed = 1, .bootstraps = 400 }

/**
 * @brief Learn from the cells that `use` marks (NULL: all).
 * @retval LG_ERR_ARGUMENT fewer than three cells with both states
 */
LG_MUST_CHECK lg_status lg_effect_learn(lg_ctx *ctx, const lg_pairs *pairs, const bool *use,
                                        const lg_effect_options *options, lg_effect *out);

/** @brief The gate: 0 at dose 0, 1 at the dose of the pairs, levels off above. */
double lg_effect_gate(const lg_effect *effect, double dose_uM);

/**
 * @brief Predict the counts of a cell under a dose.
 * @param mean, low95, high95 (cell->n) out; NAN where before is; low95 and high95 may be NULL
 * @return whether cell and dose are inside what was learned from (currents, counts, the dose itself)
 */
bool lg_effect_predict(const lg_effect *effect, const lg_pair *cell, double dose_uM, double *mean, double *low95,
                       double *high95);

/** What a prediction is worth on a cell whose answer is known. */
typedef struct lg_effect_score {
  double change, predicted;       /* sum over currents of after - before */
  bool right;                     /* same sign; a cell that did not change counts as right when |predicted| < 0.5 */
  double rmse, rmse_none, inside; /* inside: share of counts in the 95 % interval */
  size_t n;
} lg_effect_score;

lg_effect_score lg_effect_judge(const lg_effect *effect, const lg_pair *cell, double dose_uM);

/** @brief Predict each cell from the others (of other groups only, when by_group). @param scores (pairs->n) out */
LG_MUST_CHECK lg_status lg_effect_leave_out(lg_ctx *ctx, const lg_pairs *pairs, const lg_effect_options *options,
                                            bool by_group, lg_effect_score *scores);

/** Sums over cells. */
typedef struct lg_effect_total {
  size_t n, right;
  double rmse, rmse_none, inside;
} lg_effect_total;

/** @brief Root mean over cells of their mean squares. Cells that have no n do not count. */
lg_effect_total lg_effect_sum(const lg_effect_score *scores, size_t n);

/** @brief Write as JSON, schema "loligo-drug-effect/1", with the tables of cells and groups left out (may be NULL). */
LG_MUST_CHECK lg_status lg_effect_write(lg_ctx *ctx, const lg_effect *effect, const lg_effect_total *cells_out,
                                        const lg_effect_total *groups_out, lg_provenance *provenance, const char *path);
LG_MUST_CHECK lg_status lg_effect_read(lg_ctx *ctx, const char *path, lg_effect *out);

#endif
