/**
 * @file extra.h
 * @brief What a dendrite holds beyond RyR, SERCA, PMCA, NCX and leaks: further species, channels and stores.
 *
 * A set of extras adds fluxes to c and e, may hold species of its own that diffuse (IP3, the ER's buffer) and gates
 * that do not (of voltage-dependent channels). A run without extras takes the fused kernels; one with extras calls
 * these after the base reactions. Fluxes through a membrane in µM·µm/s, rates in µM/s, times in s; arrays (n) or
 * (count, n).
 */
#ifndef LG_CALCIUM_EXTRA_H
#define LG_CALCIUM_EXTRA_H

#include "calcium/grid.h"

/** A further concentration that diffuses along the cytosol or the ER. */
typedef struct calcium_species {
  const char *name;    /* as in the columns of the output, e.g. "ip3" */
  bool in_er;          /* which volume it fills */
  double diffusion;    /* µm²/s */
  double rest_uM;      /* at the start */
  double calcium_each; /* calcium ions that one of it holds, for the total; a buffer counted free: -1 with its total */
} calcium_species;

typedef struct calcium_extra calcium_extra;

struct calcium_extra {
  void *own;
  const calcium_grid *grid;
  size_t n_species, n_gates;
  const calcium_species *species; /* (n_species) */
  /** Net flux at rest into the cytosol through the ER's membrane and through the plasma membrane; the leaks balance
   * them. */
  void (*rest)(const calcium_extra *x, double c0, double e0, double *er_flux, double *plasma_flux, double *gates);
  /** Add to the rates of c and e (µM/s) and set those of the species, at time t with the values given. */
  void (*rates)(const calcium_extra *x, double t_s, const double *c, const double *e, const double *species,
                const double *gates, double *dc, double *de, double *dspecies);
  /** Move the gates by h with the values at the end of the step. */
  void (*advance)(const calcium_extra *x, double t_s, double h_s, const double *c, double *gates);
};

#endif
