/* Channels whose gates are networks, for many instances at once. */
#include "cable/mechanism_net.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 128, STATES = 2 * LG_GATES_MOST + 1, WORD = LG_GATE_NAME + 8 };

struct cable_net {
  cable_mechanism kind; /* first: blocks point at it */
  lg_gate_net *net;
  char *name, *source;
  lg_field fields[2];
  cable_ion_use ions[2];
  char words[STATES][WORD];
  const char *states[STATES];
  size_t gates, ahead,
      before;             /* states: gates, from `ahead` what they will be, at `before` u of the last step; 0: no */
  size_t carrier, inside; /* index of the ion; 2: none */
};

enum { GMAX, REVERSAL };

static const cable_net *net_of(const cable_block *block) { return (const cable_net *)(const void *)block->kind; }

/* What gates instances from … from + rows, in the unit of the network. */
static void inputs(const cable_block *block, const cable_net *c, const cable_moment *now, size_t from, size_t rows,
                   double *u) {
  const double *x = c->inside < 2 ? block->ion[c->inside]->inside_mM : now->v;
  const double unit = c->inside < 2 ? 1e3 : 1.0; /* mM -> µM */
  for (size_t i = 0; i < rows; i++) u[i] = unit * x[block->node[from + i]];
}

static void start(const cable_block *block, const cable_moment *now) {
  const cable_net *c = net_of(block);
  double gates[LG_GATES_MOST] = {0}, last = (double)NAN;
  for (size_t k = 0; k < block->number; k++) {
    double u;
    inputs(block, c, now, k, 1, &u);
    if (u != last) (void)lg_gate_net_rest(c->net, u, gates);
    last = u;
    for (size_t g = 0; g < c->gates; g++) {
      block->state[g][k] = gates[g];
      if (c->ahead) block->state[c->ahead + g][k] = gates[g];
    }
    if (c->before) block->state[c->before][k] = u;
  }
}

static void advance(const cable_block *block, const cable_moment *now) {
  const cable_net *c = net_of(block);
  const double faster = lg_gate_temperature_factor(&c->net->plan, now->celsius), dt_s = 1e-3 * now->dt_ms;
  double u[BLOCK], udot[BLOCK], unused[BLOCK], gates[LG_GATES_MOST * BLOCK], opening[LG_GATES_MOST * BLOCK],
      closing[LG_GATES_MOST * BLOCK];
  for (size_t from = 0; from < block->number; from += BLOCK) {
    const size_t rows = block->number - from < BLOCK ? block->number - from : BLOCK;
    inputs(block, c, now, from, rows, u);
    for (size_t i = 0; c->before && i < rows; i++) {
      double *before = &block->state[c->before][from + i];
      udot[i] = (u[i] - *before) / dt_s;
      *before = u[i];
    }
    for (size_t g = 0; g < c->gates; g++)
      memcpy(gates + g * BLOCK, block->state[c->ahead + g] + from, rows * sizeof *gates);
    lg_gate_net_rates(c->net, rows, BLOCK, gates, u, c->before ? udot : NULL, opening, closing);
    for (size_t g = 0; g < c->gates; g++)
      lg_gate_relax(c->net, rows, dt_s * faster, opening + g * BLOCK, closing + g * BLOCK, block->state[g] + from,
                    c->ahead ? block->state[c->ahead + g] + from : unused);
  }
}

static void current(const cable_block *block, const cable_moment *now) {
  const cable_net *c = net_of(block);
  const lg_gate_plan *p = &c->net->plan;
  cable_ion *ion = c->carrier < 2 ? block->ion[c->carrier] : NULL;
  const double *gmax = block->parameter[GMAX], *reversal = ion ? NULL : block->parameter[REVERSAL];
  double open[BLOCK];
  for (size_t from = 0; from < block->number; from += BLOCK) {
    const size_t rows = block->number - from < BLOCK ? block->number - from : BLOCK;
    for (size_t i = 0; i < rows; i++) open[i] = gmax[from + i];
    for (size_t g = 0; g < c->gates; g++)
      for (unsigned q = 0; q < p->power[g]; q++)
        for (size_t i = 0; i < rows; i++) open[i] *= block->state[g][from + i];
    for (size_t i = 0; i < rows; i++) {
      const size_t k = from + i;
      const uint32_t at = block->node[k];
      const double flow = open[i] * (now->v[at] - (ion ? ion->reversal_mV[at] : reversal[k]));
      now->g[at] += open[i] * block->scale[k];
      now->i[at] += flow * block->scale[k];
      if (!ion || !ion->current_is_read) continue;
      ion->current_mA_cm2[at] += flow;
      ion->conductance_S_cm2[at] += open[i];
    }
  }
}

/* ---- making ------------------------------------------------------------------------------------------ */

static void add_state(cable_net *c, const char *name, const char *behind) {
  const size_t k = c->kind.n_states++;
  (void)snprintf(c->words[k], WORD, "%s%s", name, behind);
  c->states[k] = c->words[k];
}

static void set_states(cable_net *c) {
  const lg_gate_plan *p = &c->net->plan;
  bool moves = false;
  for (size_t f = 0; f < p->n_features; f++) moves = moves || p->features[f].sort == LG_GATE_ASINH_UDOT;
  c->gates = p->n_gates;
  for (size_t g = 0; g < p->n_gates; g++) add_state(c, p->name[g], "");
  if (lg_gate_plan_shown_itself(p)) {
    c->ahead = c->kind.n_states;
    for (size_t g = 0; g < p->n_gates; g++) add_state(c, p->name[g], "_ahead");
  }
  if (!moves) return;
  c->before = c->kind.n_states;
  add_state(c, "u_before", "");
}

static lg_status set_ions(lg_ctx *ctx, cable_net *c) {
  static const struct {
    const char *name;
    int valence;
  } known[] = {{"na", 1}, {"k", 1}, {"ca", 2}};
  const lg_gate_plan *p = &c->net->plan;
  c->carrier = c->inside = 2;
  if (strcmp(p->ion, "none") != 0) {
    size_t k = 0;
    while (k < 3 && (strcmp(p->ion, known[k].name) != 0 || p->valence != known[k].valence)) k++;
    if (k == 3)
      return lg_fail(ctx, LG_ERR_RANGE, "the network's ion is %s of valence %d; na 1, k 1, ca 2 or none are known",
                     p->ion, p->valence);
    c->carrier = c->kind.n_ions++;
    c->ions[c->carrier] = (cable_ion_use){
        .name = known[k].name, .valence = known[k].valence, .reads_reversal = true, .writes_current = true};
  }
  if (p->input == LG_GATE_CALCIUM) {
    const bool same = c->carrier < 2 && strcmp(p->ion, "ca") == 0;
    c->inside = same ? c->carrier : c->kind.n_ions++;
    if (same) c->ions[c->inside].reads_inside = true;
    else c->ions[c->inside] = (cable_ion_use){.name = "ca", .valence = 2, .reads_inside = true};
  }
  return LG_OK;
}

lg_status lg_cable_net_create(lg_ctx *ctx, const char *name, const char *source, lg_gate_net *net, cable_net **out) {
  lg_status status = LG_OK;
  cable_net *c = NULL;
  *out = NULL;
  if (net->plan.form != LG_GATE_RATE)
    return lg_fail(ctx, LG_ERR_RANGE, "a network of the form raw; a membrane takes networks of rates");
  LG_NEW(ctx, c, 1);
  c->net = net;
  c->name = lg_strdup(ctx, name);
  c->source = lg_strdup(ctx, source);
  if (!c->name || !c->source) {
    status = LG_ERR_MEMORY;
    goto done;
  }
  LG_TRY(set_ions(ctx, c));
  c->fields[GMAX] = (lg_field){"gmax_S_cm2", "S/cm2", (double)NAN, 0.0, 1e3, "Conductance when all channels are open."};
  c->fields[REVERSAL] = (lg_field){"reversal_mV", "mV", (double)NAN, -500.0, 500.0, "Potential without current."};
  c->kind.name = c->name;
  c->kind.summary = "A channel whose gates are a network.";
  c->kind.source = c->source;
  c->kind.sort = CABLE_DENSITY;
  c->kind.parameters = c->fields;
  c->kind.n_parameters = c->carrier < 2 ? 1 : 2;
  set_states(c);
  c->kind.states = c->states;
  c->kind.ions = c->ions;
  c->kind.start = start;
  c->kind.current = current;
  c->kind.advance = advance;
  *out = c;
  return LG_OK;
done:
  if (c) c->net = NULL; /* stays the caller's */
  lg_cable_net_destroy(ctx, c);
  return status;
}

void lg_cable_net_destroy(lg_ctx *ctx, cable_net *c) {
  if (!c) return;
  lg_gate_net_destroy(ctx, c->net);
  lg_free(ctx, c->name);
  lg_free(ctx, c->source);
  lg_free(ctx, c);
}

const cable_mechanism *lg_cable_net_mechanism(const cable_net *c) { return &c->kind; }
