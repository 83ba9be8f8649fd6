/** @file reactions.h @brief Buffering and membrane fluxes of every node: section 1 of the room's README. */
#ifndef LG_CALCIUM_REACTIONS_H
#define LG_CALCIUM_REACTIONS_H

#include "calcium/grid.h"

/** Rates of change, µM/s; (n) each. */
typedef struct calcium_rates {
  double *c, *b, *e;
} calcium_rates;

/** Rows of what varies with the densities. */
enum {
  CALCIUM_LOCAL_RYR,
  CALCIUM_LOCAL_SERCA,
  CALCIUM_LOCAL_ER_LEAK,
  CALCIUM_LOCAL_PMCA,
  CALCIUM_LOCAL_NCX,
  CALCIUM_LOCAL_PLASMA_LEAK,
  CALCIUM_LOCALS
};

/** What the right-hand side needs of a case; ratios of area to volume are per node. */
typedef struct calcium_reactions {
  const calcium_constants *constants;
  calcium_derived derived;
  double *local; /* (CALCIUM_LOCALS, n) what derived has where densities vary along the dendrite; NULL: derived holds */
  bool closed;   /* no flux through the plasma membrane */
  size_t n;
  double *plasma_per_um; /* (n) plasma membrane / cytosol volume */
  double *er_per_um;     /* (n) ER membrane / cytosol volume */
  double *er_own_per_um; /* (n) ER membrane / ER volume */
  double *inflow;        /* (n) stimulus shape of each node summed at the present time, µM µm/s */
  bool driven;           /* a stimulus is on: inflow is not 0 everywhere */
} calcium_reactions;

/** @brief Fluxes and leaks of a node. */
calcium_derived lg_calcium_derived_at(const calcium_reactions *r, size_t node);

void lg_calcium_reactions(const calcium_reactions *r, const double *c, const double *b, const double *e,
                          const double *open, const calcium_rates *out);

#endif
