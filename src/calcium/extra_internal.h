/** @file extra_internal.h @brief The extras of a running dendrite; private to extra_*.c. */
#ifndef LG_CALCIUM_EXTRA_INTERNAL_H
#define LG_CALCIUM_EXTRA_INTERNAL_H

#include "calcium/extra_case.h"

enum { EXTRA_NONE = -1, EXTRA_MAX_SPECIES = 2 };

/** One kind of voltage-dependent channel on the nodes. */
typedef struct extra_vdcc {
  const calcium_vdcc *kind;
  double *permeability; /* (n) density times that of one channel, µm/s */
  size_t gate[2];       /* index of its gates among all; where power is 0: unused */
} extra_vdcc;

typedef struct extra_set {
  calcium_extra head;
  const calcium_case *c;
  const calcium_extras *x;
  size_t n;
  bool open_membrane;
  int ip3, er_buffer;                                /* species, or EXTRA_NONE */
  int ip3r_h, soce_s;                                /* gates, or EXTRA_NONE */
  double *ip3r;                                      /* (n) density times permeability, µm/s */
  double *soce;                                      /* (n) flux of all channels open, µM µm/s */
  double *er_leak;                                   /* (n) what balances the flux out of the ER at rest, µm/s */
  double *plasma_leak;                               /* (n) the same of the plasma membrane */
  double *rest_mV;                                   /* (n) where voltage-dependent channels are balanced */
  double *plasma_per_um, *er_per_um, *er_own_per_um; /* (n) membrane / volume */
  double *flux;                                      /* (n) room to work in */
  double *source;   /* (n_ip3_sources, n) shape along x times plasma membrane / volume, 1/µm */
  extra_vdcc *vdcc; /* (x->n_vdcc) */
  double per_mV;
  const calcium_outside *start; /* while the set is made; NULL: nothing comes from outside */
  calcium_outside outside;
  calcium_species species[EXTRA_MAX_SPECIES];
  double *edges_s;
} extra_set;

/** @brief Voltage of the table at t, mV. */
double lg_extra_table_mV(const calcium_voltage *voltage, double t_s);

void lg_extra_rates(const calcium_extra *x, double t_s, const double *c, const double *e, const double *species,
                    const double *gates, double *dc, double *de, double *dspecies);
void lg_extra_advance(const calcium_extra *x, double t_s, double h_s, const double *c, const double *e,
                      const double *species, double *gates);

/** @brief Share of store-operated channels that are open at an ER concentration. */
double lg_extra_soce_open(const calcium_extras *x, double e);

#endif
