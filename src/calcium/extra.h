/**
 * @file extra.h
 * @brief What a dendrite holds beyond RyR, SERCA, PMCA, NCX and leaks: further species, channels and stores.
 *
 * A set of extras adds fluxes to c and e, may hold species of its own that diffuse (IP3, the ER's buffer) and gates
 * that do not (of voltage-dependent channels). A run without extras takes the fused kernels; one with extras calls
 * these after the base reactions. Steps are those of the IMEX schemes. Fluxes through a membrane in µM·µm/s, rates in
 * µM/s, times in s; arrays (n) or (count, n).
 */
#ifndef LG_CALCIUM_EXTRA_H
#define LG_CALCIUM_EXTRA_H

#include "calcium/grid.h"

/** A further concentration that diffuses along the cytosol or the ER. */
typedef struct calcium_species {
  const char *name;     /* as in the columns of the output, e.g. "ip3" */
  bool in_er;           /* which volume it fills */
  double diffusion;     /* µm²/s */
  double rest_uM;       /* at the start */
  double calcium_each;  /* for the total: calcium that s of it hold is calcium_total + calcium_each s, µM; a buffer */
  double calcium_total; /* counted free has -1 and its total, what holds none 0 and 0 */
} calcium_species;

typedef struct calcium_extra calcium_extra;

struct calcium_extra {
  void *own;
  const calcium_grid *grid;
  size_t n_species, n_gates;
  const calcium_species *species; /* (n_species) */
  size_t n_edges;
  const double *edges_s; /* (n_edges) ascending: sources begin or end there, and a run must land on them */
  /** Gates (n_gates, n) at rest under c0, e0 and the species' rest. The extras hold leaks of their own, node by node
   * (densities may vary along the dendrite), so that their flux at rest is zero: the base's leaks stay as they are. */
  void (*rest)(const calcium_extra *x, double *gates);
  /** Add to the rates of c and e (µM/s) and set those of the species, at time t with the values given. */
  void (*rates)(const calcium_extra *x, double t_s, const double *c, const double *e, const double *species,
                const double *gates, double *dc, double *de, double *dspecies);
  /** Move the gates by h by backward Euler (they are linear in themselves) with the values at t, the end of the step;
   * the gates given are those that stand on the right side: of BDF2 (4 g_n - g_n-1) / 3 with h = 2 dt / 3. */
  void (*advance)(const calcium_extra *x, double t_s, double h_s, const double *c, const double *e,
                  const double *species, double *gates);
};

#endif
