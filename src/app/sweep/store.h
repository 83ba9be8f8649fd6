/**
 * @file store.h
 * @brief All points that the journals of one or more folders hold: their union, in the order of the points.
 */
#ifndef LG_SWEEP_STORE_H
#define LG_SWEEP_STORE_H

#include "app/sweep/journal.h"

typedef struct lg_sweep_store lg_sweep_store;

/**
 * @brief Map the journals ("journal-*.lgj") of folders and find their points.
 *
 * Torn tails and damaged records are left out (with a warning when it is more than a tail); a journal whose header is
 * damaged too.
 * @param expected what the journals must be of; NULL: of what the first one says. Borrowed.
 * @retval LG_ERR_ARGUMENT  a journal is of another sweep
 * @retval LG_ERR_NOT_FOUND expected is NULL and there is no journal
 * @retval LG_ERR_FORMAT    two journals disagree about a point
 */
LG_MUST_CHECK lg_status lg_sweep_store_open(lg_ctx *ctx, const char *const *folders, size_t n_folders,
                                            const lg_sweep_shape *expected, lg_sweep_store **out);
void lg_sweep_store_close(lg_sweep_store *store);

const lg_sweep_shape *lg_sweep_store_shape(const lg_sweep_store *store);
size_t lg_sweep_store_done(const lg_sweep_store *store);
size_t lg_sweep_store_failed(const lg_sweep_store *store);
/** @brief Journals with at least one point. */
size_t lg_sweep_store_journals(const lg_sweep_store *store);
bool lg_sweep_store_has(const lg_sweep_store *store, size_t point);
/** @brief Provenance of the results, as comment lines and as JSON: of all journals the text that sorts first. */
const char *lg_sweep_store_comments(const lg_sweep_store *store);
const char *lg_sweep_store_provenance(const lg_sweep_store *store);

/** @brief A point that is there; see lg_journal_row_read. */
void lg_sweep_store_row(const lg_sweep_store *store, size_t point, lg_sweep_cell *cells, float *array, bool *failed,
                        char *message);

/* ---- results of a complete store; same points, same bytes ------------------------------------------------- */

LG_MUST_CHECK lg_status lg_sweep_write_csv(lg_ctx *ctx, const lg_sweep_store *store, const char *path);
LG_MUST_CHECK lg_status lg_sweep_write_sqlite(lg_ctx *ctx, const lg_sweep_store *store, const char *path);
LG_MUST_CHECK lg_status lg_sweep_write_h5(lg_ctx *ctx, const lg_sweep_store *store, const char *path);

/** @brief Those that the sweep wants, in a folder. */
LG_MUST_CHECK lg_status lg_sweep_write_results(lg_ctx *ctx, const lg_sweep_store *store, const char *folder);

#endif
