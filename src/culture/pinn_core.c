/* Both precisions of pinn_core.tmpl.h; layout of the network. */
#include "culture/pinn_core.h"

#include "learn/scalar.h"

#include <string.h>

culture_pinn_plan lg_culture_pinn_plan(const culture_pinn *o, size_t n_cells) {
  culture_pinn_plan p = {.n_layers = o->n_hidden + 1};
  p.width[0] = o->frequencies ? 2 * (size_t)o->frequencies : 1;
  for (size_t l = 0; l < o->n_hidden; l++) p.width[l + 1] = o->width[l];
  p.width[p.n_layers] = n_cells;
  for (size_t l = 0; l < p.n_layers; l++) {
    p.at[l] = p.n_params;
    p.row[l] = p.n_rows;
    p.n_rows += p.width[l] + 1;
    p.n_params += (p.width[l] + 1) * p.width[l + 1];
  }
  p.row[p.n_layers] = p.n_rows;
  return p;
}

#include "learn/real_f32.h"

#include "culture/pinn_core.tmpl.h"

#include "learn/real_f64.h"

#include "culture/pinn_core.tmpl.h"
