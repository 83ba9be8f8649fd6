/** @file culture_amortised_sets.h @brief Many simulated cultures: made in parallel, kept in files, read again. */
#ifndef LG_CULTURE_AMORTISED_SETS_H
#define LG_CULTURE_AMORTISED_SETS_H

#include "twin/culture_amortised.h"

enum { AM_TRAIN = 1, AM_HELD, AM_CALIBRATE, AM_TEST };

/**
 * @brief Cultures 0 … n-1 of a stream; those that no estimator can read are left out.
 * @param path  of files to keep them in, so that a stopped training goes on; NULL: none
 * @param[out] count of those that are there
 */
LG_MUST_CHECK lg_status lg_culture_am_sets_make(lg_ctx *ctx, const culture_amortised_plan *plan, uint64_t stream,
                                                size_t n, bool compare, const char *path, lg_culture_am_set **sets,
                                                size_t *count);
void lg_culture_am_sets_destroy(lg_ctx *ctx, lg_culture_am_set *sets, size_t count);

/** @brief Remove the files. */
void lg_culture_am_sets_forget(uint64_t stream, size_t n, const char *path);

/** @brief Write a network. */
LG_MUST_CHECK lg_status lg_culture_amortised_write(lg_ctx *ctx, const char *path, const lg_culture_amortised *amortised,
                                                   const char *plan);

/** @brief The plan in one line. @param text (400) */
void lg_culture_am_plan_text(const culture_amortised_plan *plan, char *text, size_t bytes);

#endif
