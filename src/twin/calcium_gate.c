/* Gates by name or file, and what a run must say about a network. */
#include "twin/calcium_gate.h"

#include "twin/gate_file.h"

#include <math.h>
#include <string.h>

typedef struct formula {
  const char *name;
  calcium_gate (*make)(const calcium_constants *constants);
} formula;

static const char *const names[] = {"kl", "closure", "rise"};
static const formula formulas[] = {
    {"kl", lg_calcium_gate_kl}, {"closure", lg_calcium_gate_closure}, {"rise", lg_calcium_gate_rise}};
enum { FORMULAS = sizeof formulas / sizeof formulas[0] };

const char *const *lg_calcium_gate_names(size_t *n) {
  *n = FORMULAS;
  return names;
}

lg_status lg_calcium_gate_choose(lg_ctx *ctx, const char *name, const calcium_constants *constants,
                                 calcium_chosen_gate *out) {
  lg_status status = LG_OK;
  *out = (calcium_chosen_gate){0};
  for (size_t k = 0; k < FORMULAS; k++)
    if (strcmp(name, formulas[k].name) == 0) {
      out->gate = formulas[k].make(constants);
      return LG_OK;
    }
  if (!strpbrk(name, "/.")) {
    const char *nearest = lg_nearest(name, names, FORMULAS);
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "no gate '%s'%s%s%s; a network is given by the path of its file", name,
                   nearest ? " (nearest: '" : "", nearest ? nearest : "", nearest ? "')" : "");
  }
  LG_TRY(lg_gate_net_load(ctx, name, &out->net));
  status = lg_calcium_gate_net_create(ctx, out->net, &out->own);
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, status, "%s: ", name);
    goto done;
  }
  out->gate = lg_calcium_gate_net(out->own);
done:
  if (status != LG_OK) lg_calcium_gate_clear(ctx, out);
  return status;
}

static lg_status say(lg_ctx *ctx, calcium_chosen_gate *chosen, const char *words) {
  char *copy = lg_strdup(ctx, words);
  if (!copy) return lg_fail(ctx, LG_ERR_MEMORY, "no memory for a warning");
  chosen->warnings[chosen->n_warnings++] = copy;
  return LG_OK;
}

lg_status lg_calcium_gate_warn(lg_ctx *ctx, const calcium_grid *grid, calcium_chosen_gate *chosen) {
  lg_status status = LG_OK;
  char words[400];
  if (!chosen->own) return LG_OK;
  const lg_gate_plan *p = &chosen->net->plan;
  for (size_t q = 0; q < 2 + p->n_gates; q++)
    for (size_t side = 0; side < 2; side++) {
      const calcium_stray *s = &lg_calcium_gate_net_strays(chosen->own, q)[side];
      const double *range = q == 0 ? p->range_u : q == 1 ? p->range_udot : p->range_gates[q - 2];
      if (s->count == 0) continue;
      (void)snprintf(words, sizeof words,
                     "the gate's network was asked beyond its training range: %s reached %.4g%s at %.4g um of section "
                     "%u after %.6g s; trained on %.4g to %.4g (%llu values of nodes and steps outside)",
                     q == 0   ? "c"
                     : q == 1 ? "dc/dt"
                              : p->name[q - 2],
                     s->value,
                     q == 0   ? " uM"
                     : q == 1 ? " uM/s"
                              : "",
                     grid->x_um[s->node], (unsigned)grid->section[s->node], s->t_s, range[0], range[1],
                     (unsigned long long)s->count);
      LG_TRY(say(ctx, chosen, words));
    }
  if (p->form == LG_GATE_RAW && lg_calcium_gate_net_clipped(chosen->own) > 0) {
    (void)snprintf(words, sizeof words, "%zu values of the raw gate left 0 to 1 and were clipped",
                   lg_calcium_gate_net_clipped(chosen->own));
    LG_TRY(say(ctx, chosen, words));
  }
done:
  return status;
}

/* Second-order volumes: the speed of a wave whose foot is D/v long is too low by 2.4 (dx v/D)² %, from the reference
 * wave's convergence. */
static double speed_error_percent(const calcium_case *c, const calcium_grid *grid, double speed) {
  double dx = 0.0;
  for (size_t s = 0; s < c->n_sections; s++)
    dx = fmax(dx, c->sections[s].length_um / (double)(grid->last[s] + 1 - grid->begin[s]));
  const double edges = dx * speed / c->constants.diffusion_cytosol;
  return 2.4 * edges * edges;
}

lg_status lg_calcium_run_warn(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid, const calcium_result *r,
                              bool second_order, calcium_chosen_gate *chosen) {
  lg_status status = LG_OK;
  char words[300];
  const calcium_summary *s = &r->summary;
  if (r->derived_er_leak < 0.0) {
    (void)snprintf(words, sizeof words,
                   "at rest the ER gives more through its channels than SERCA takes up: the leak that balances it is "
                   "negative, %.4g um/s",
                   r->derived_er_leak);
    LG_TRY(say(ctx, chosen, words));
  }
  if (r->derived_plasma_leak < 0.0) {
    (void)snprintf(words, sizeof words,
                   "the leak of the plasma membrane that balances it at rest is negative, %.4g um/s",
                   r->derived_plasma_leak);
    LG_TRY(say(ctx, chosen, words));
  }
  if (s->open_low < -1e-9 || s->open_high > 1.0 + 1e-9) {
    (void)snprintf(words, sizeof words, "P went from %.4g to %.4g, beyond 0 to 1: a shorter --dt is needed",
                   s->open_low, s->open_high);
    LG_TRY(say(ctx, chosen, words));
  }
  const double error = speed_error_percent(c, grid, s->speed_um_s);
  if (second_order && error > 0.5) {
    (void)snprintf(words, sizeof words,
                   "the grid is coarse for this front: its speed is too low by about %.2g %%; a shorter --max-dx-um is "
                   "needed (half of it makes a quarter of the error)",
                   error);
    LG_TRY(say(ctx, chosen, words));
  }
done:
  return status;
}

void lg_calcium_gate_clear(lg_ctx *ctx, calcium_chosen_gate *chosen) {
  for (size_t k = 0; k < chosen->n_warnings; k++) lg_free(ctx, chosen->warnings[k]);
  lg_calcium_gate_net_destroy(ctx, chosen->own);
  lg_gate_net_destroy(ctx, chosen->net);
  *chosen = (calcium_chosen_gate){0};
}
