/** @file calcium_across.h @brief A run of a calcium case resolved across the dendrite, with pictures of its rings. */
#ifndef LG_TWIN_CALCIUM_ACROSS_H
#define LG_TWIN_CALCIUM_ACROSS_H

#include "calcium/axi.h"

struct lg_provenance;

/** The rings at the snapshots' times (at the ends of the steps that reached them). */
typedef struct calcium_across {
  calcium_axi_grid *rings;
  size_t n;          /* of the case's snapshots, those reached */
  double *t_s;       /* (n) */
  double *c, *b, *e; /* (n, n_x, rings.cytosol.n), (n, n_x, rings.er.n) */
} calcium_across;

/** @brief As lg_calcium_simulate(); the result holds means over the cross-section. */
LG_MUST_CHECK lg_status lg_calcium_simulate_across(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                                   const calcium_gate *gate, size_t n_rings,
                                                   const calcium_options *options, calcium_result **out,
                                                   calcium_across **across);
void lg_calcium_across_destroy(lg_ctx *ctx, calcium_across *across);

/** @brief Write cross_sections.csv: t_s, x_um, rho_um, compartment (er, cytosol), c_uM, b_uM (0 in the ER). */
LG_MUST_CHECK lg_status lg_calcium_across_write(lg_ctx *ctx, const char *folder, const calcium_across *across,
                                                struct lg_provenance *provenance);

#endif
