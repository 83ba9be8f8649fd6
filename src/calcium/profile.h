/** @file profile.h @brief A quantity along a dendrite: one number, or numbers and tables over x of its sections. */
#ifndef LG_CALCIUM_PROFILE_H
#define LG_CALCIUM_PROFILE_H

#include "base/base.h"

struct calcium_case;
struct calcium_grid;

/** What a section has instead of the number for everywhere; n 1: value[0] all along. */
typedef struct calcium_profile_piece {
  size_t section, n;
  double *x_um, *value; /* (n) ascending x, linear in between, level beyond the ends */
} calcium_profile_piece;

typedef struct calcium_profile {
  double everywhere;
  size_t n_pieces;
  calcium_profile_piece *pieces; /* (n_pieces) a later one of the same section holds */
} calcium_profile;

void lg_calcium_profile_clear(lg_ctx *ctx, calcium_profile *profile);

/** @brief Value at a place. */
double lg_calcium_profile_at(const calcium_profile *profile, size_t section, double x_um);

/** @brief Every value within low … high, every section below n_sections, x ascending; name stands in the message. */
LG_MUST_CHECK lg_status lg_calcium_profile_check(lg_ctx *ctx, const calcium_profile *profile, const char *name,
                                                 size_t n_sections, double low, double high);

/** @brief Means over each node's own membrane; plasma membrane or, with er, the ER's.
 * @param weights (n) room to work in
 * @param[out] out (n) */
void lg_calcium_profile_nodes(const calcium_profile *profile, const struct calcium_case *c,
                              const struct calcium_grid *grid, bool er, double *weights, double *out);

/** @brief Densities of RyR, SERCA, PMCA and NCX of every node.
 * @param weights (n) room to work in
 * @param[out] out (CALCIUM_DENSITIES) rows of n */
void lg_calcium_densities(const struct calcium_case *c, const struct calcium_grid *grid, double *weights,
                          double *const *out);

#endif
