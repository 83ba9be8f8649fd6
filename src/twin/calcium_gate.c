/* Gates by name or file, and what a run must say about a network. */
#include "twin/calcium_gate.h"

#include "twin/gate_file.h"

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

void lg_calcium_gate_clear(lg_ctx *ctx, calcium_chosen_gate *chosen) {
  for (size_t k = 0; k < chosen->n_warnings; k++) lg_free(ctx, chosen->warnings[k]);
  lg_calcium_gate_net_destroy(ctx, chosen->own);
  lg_gate_net_destroy(ctx, chosen->net);
  *chosen = (calcium_chosen_gate){0};
}
