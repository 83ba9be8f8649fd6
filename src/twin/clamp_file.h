/** @file clamp_file.h @brief Recordings of a channel's open probability as CSV: protocol,t_s,u_uM,dudt_uM_per_s,…,P. */
#ifndef LG_CLAMP_FILE_H
#define LG_CLAMP_FILE_H

#include "calcium/clamp.h"
#include "calcium/gate_data.h"

struct lg_provenance;

/**
 * @brief Read recordings.
 *
 * Columns by name, in any order: protocol (or trace), t_s, u_uM (or u_mV, v_mV, u), dudt_uM_per_s (or dudt_mV_per_s,
 * dudt, udot; absent: differences), P (or open), weight (absent: 1). Others are kept out. Rows of a protocol stand
 * together.
 * @param voltage what u is said to be; a column with the other unit is refused
 * @retval LG_ERR_FORMAT file, line, what and the allowed range: not a number, t_s not ascending, P outside 0 … 1, u not
 * above 0, fewer than 3 rows in a protocol, a channel that hardly opens
 */
LG_MUST_CHECK lg_status lg_clamp_read(lg_ctx *ctx, const char *path, bool voltage, gate_data **out);
/** @brief The parser over a memory image; `name` is for messages. */
LG_MUST_CHECK lg_status lg_clamp_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n,
                                       bool voltage, gate_data **out);

/** What a set is made of. */
typedef struct clamp_set {
  clamp_channel channel;
  unsigned families;
  size_t first, n; /* protocols first … first + n - 1 of the seed */
  uint64_t seed;
  double tolerance; /* of a step, of every state */
} clamp_set;

/** @brief Run the protocols of a set, in parallel. @param rows (n), cleared by the caller */
LG_MUST_CHECK lg_status lg_clamp_make(lg_ctx *ctx, const clamp_set *set, clamp_rows *rows);
/** @brief The same as data to learn from or to test on. */
LG_MUST_CHECK lg_status lg_clamp_data(lg_ctx *ctx, const clamp_set *set, gate_data **out);
/** @brief Write a set: protocol,t_s,u,dudt,states…,P. @param[out] n_rows may be NULL */
LG_MUST_CHECK lg_status lg_clamp_write(lg_ctx *ctx, const char *path, const clamp_set *set,
                                       struct lg_provenance *provenance, size_t *n_rows);

#endif
