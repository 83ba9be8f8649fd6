/** @file kernel_imex_local.h @brief A sweep's numbers on the stack, where no store can change them. */
#ifndef LG_CALCIUM_KERNEL_IMEX_LOCAL_H
#define LG_CALCIUM_KERNEL_IMEX_LOCAL_H

#include "calcium/kernel_imex.h"

typedef struct sweep_local {
  size_t n;
  double *c, *b, *e, *open, *gates, *before_gates, *change, *history[3];
  const double *cytosol_um3, *er_um3, *plasma_um2, *er_um2, *cytosol_edge, *er_edge, *inflow, *local;
  bool closed, gates_first;
  double past, present, share;
  double gate_past, a_on, a_off, b_on, b_off, c_on, c_off; /* rates times the gate's step */
  double a2, a3, slow;                                     /* 1/(1 + b_off), 1/(1 + c_off), a3 c_on */
  double diffusion_cytosol, diffusion_buffer, diffusion_er;
  double buffer_on, buffer_off, buffer_total, outside;
  double serca_k, pmca_k2, ncx_k, ryr_permeability, serca_max, pmca_max, ncx_max, er_leak, plasma_leak;
} sweep_local;

static inline sweep_local sweep_localize(const calcium_sweep *q) {
  const calcium_constants *k = &q->constants;
  const calcium_derived *d = &q->derived;
  const double h = q->gate_s;
  return (sweep_local){.n = q->n,
                       .c = q->c,
                       .b = q->b,
                       .e = q->e,
                       .open = q->open,
                       .gates = q->gates,
                       .before_gates = q->before_gates,
                       .change = q->change,
                       .history = {q->history[0], q->history[1], q->history[2]},
                       .cytosol_um3 = q->cytosol_um3,
                       .er_um3 = q->er_um3,
                       .plasma_um2 = q->plasma_um2,
                       .er_um2 = q->er_um2,
                       .cytosol_edge = q->cytosol_edge,
                       .er_edge = q->er_edge,
                       .inflow = q->inflow,
                       .local = q->local,
                       .closed = q->closed,
                       .gates_first = q->gates_first,
                       .past = q->past,
                       .present = q->present,
                       .share = q->share,
                       .gate_past = q->gate_past,
                       .a_on = h * k->ka_on,
                       .a_off = h * k->ka_off,
                       .b_on = h * k->kb_on,
                       .b_off = h * k->kb_off,
                       .c_on = h * k->kc_on,
                       .c_off = h * k->kc_off,
                       .a2 = 1.0 / (1.0 + h * k->kb_off),
                       .a3 = 1.0 / (1.0 + h * k->kc_off),
                       .slow = 1.0 / (1.0 + h * k->kc_off) * (h * k->kc_on),
                       .diffusion_cytosol = k->diffusion_cytosol,
                       .diffusion_buffer = k->diffusion_buffer,
                       .diffusion_er = k->diffusion_er,
                       .buffer_on = k->buffer_on,
                       .buffer_off = k->buffer_off,
                       .buffer_total = k->buffer_total,
                       .outside = k->outside,
                       .serca_k = k->serca_k,
                       .pmca_k2 = k->pmca_k * k->pmca_k,
                       .ncx_k = k->ncx_k,
                       .ryr_permeability = d->ryr_permeability,
                       .serca_max = d->serca_max,
                       .pmca_max = d->pmca_max,
                       .ncx_max = d->ncx_max,
                       .er_leak = d->er_leak,
                       .plasma_leak = d->plasma_leak};
}

#endif
