#include "calcium/reactions.h"

calcium_derived lg_calcium_derived_at(const calcium_reactions *r, size_t i) {
  calcium_derived d = r->derived;
  if (!r->local) return d;
  d.ryr_permeability = r->local[CALCIUM_LOCAL_RYR * r->n + i];
  d.serca_max = r->local[CALCIUM_LOCAL_SERCA * r->n + i];
  d.er_leak = r->local[CALCIUM_LOCAL_ER_LEAK * r->n + i];
  d.pmca_max = r->local[CALCIUM_LOCAL_PMCA * r->n + i];
  d.ncx_max = r->local[CALCIUM_LOCAL_NCX * r->n + i];
  d.plasma_leak = r->local[CALCIUM_LOCAL_PLASMA_LEAK * r->n + i];
  return d;
}

void lg_calcium_reactions(const calcium_reactions *r, const double *c, const double *b, const double *e,
                          const double *open, const calcium_rates *out) {
  const calcium_constants *k = r->constants;
  const double pmca_k2 = k->pmca_k * k->pmca_k;
  for (size_t i = 0; i < r->n; i++) {
    const double ci = c[i], c2 = ci * ci;
    const calcium_derived here = lg_calcium_derived_at(r, i), *d = &here;
    const double buffering = k->buffer_off * (k->buffer_total - b[i]) - k->buffer_on * ci * b[i];
    const double serca = d->serca_max * ci / ((k->serca_k + ci) * e[i]);
    const double from_er = (d->ryr_permeability * open[i] + d->er_leak) * (e[i] - ci) - serca;
    double in = 0.0;
    if (!r->closed)
      in = d->plasma_leak * (k->outside - ci) - d->pmca_max * c2 / (pmca_k2 + c2) - d->ncx_max * ci / (k->ncx_k + ci) +
           r->inflow[i];
    out->c[i] = buffering + r->plasma_per_um[i] * in + r->er_per_um[i] * from_er;
    out->b[i] = buffering;
    out->e[i] = -r->er_own_per_um[i] * from_er;
  }
}
